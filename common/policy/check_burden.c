/* Benefits under which a higher bill may leave the person with less to pay: they say so. Why is told in benefit.h. */
#include "checking.h"

#include <string.h>

/* Kinds of money that enter, a bit each in the order in which they are used (enum money of benefit.h). */
static unsigned kinds_of(const Yz__Base *enters) {
  if (!enters) return 1;
  const bool kinds[] = {!enters->has_in_policy || enters->in_policy != YZ__BASE__IN_POLICY__OUT, enters->first_pay > 0,
                        enters->remote_first_pay > 0, enters->over_limit > 0, enters->own_expense > 0};
  unsigned bits = 0;
  for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) bits |= (unsigned)kinds[i] << i;
  return bits;
}

/* Of the kinds that the earlier one took, the later one takes a kind but not all that come before it. */
static bool later_kinds(const Yz__Base *earlier, const Yz__Base *later) {
  const unsigned taken = kinds_of(earlier) & kinds_of(later), left = kinds_of(earlier) & ~kinds_of(later);
  return left && taken > (left & (0U - left));
}

/* Whether money on a list (NULL: on none) enters. */
static bool takes(const Yz__Base *enters, const char *list) {
  if (!enters) return true;
  bool only = enters->n_only_lists == 0;
  for (size_t i = 0; i < enters->n_only_lists; i++) only = only || (list && strcmp(enters->only_lists[i], list) == 0);
  for (size_t i = 0; i < enters->n_except_lists; i++)
    if (list && strcmp(enters->except_lists[i], list) == 0) return false;
  return only;
}

/* Of the lists that the earlier one took together, the later one takes some, and leaves some. */
struct lists_taken {
  bool some, left;
};
static struct lists_taken lists_of(const struct checking *k, const Yz__Base *earlier, const Yz__Base *later) {
  struct lists_taken of = {.some = takes(earlier, NULL) && takes(later, NULL),
                           .left = takes(earlier, NULL) && !takes(later, NULL)};
  for (size_t i = 0; i < k->policy->lists.n; i++) {
    const char *list = k->policy->lists.at[i].list->id;
    of.some = of.some || (takes(earlier, list) && takes(later, list));
    of.left = of.left || (takes(earlier, list) && !takes(later, list));
  }
  return of;
}

static bool lost_enters(const Yz__Benefit *b) {
  return kinds_of(b->enters) & 1 && (!b->enters || !b->enters->has_lost || b->enters->lost);
}

static bool loses(const struct policy *policy) {
  for (size_t i = 0; i < policy->benefits.n; i++) {
    const Yz__Benefit *b = policy->benefits.at[i].benefit;
    for (size_t t = 0; t < b->n_tilts; t++)
      if (b->tilts[t]->lost) return true;
    for (size_t t = 0; t < b->n_adjustments; t++)
      if (b->adjustments[t]->lost) return true;
  }
  return false;
}

static bool overrides(const Yz__Benefit *a, const Yz__Benefit *b) {
  for (size_t i = 0; i < a->n_overrides; i++)
    if (strcmp(a->overrides[i], b->id) == 0) return true;
  return false;
}

/* True when `a`, number i, can be taken before `b`, number j, on one bill. Within a tier they are taken in file order.
 */
static bool before(const struct checking *k, const struct policy_part *a, size_t i, const struct policy_part *b,
                   size_t j) {
  const size_t first = policy_rung(k->policy, a->benefit->tier), second = policy_rung(k->policy, b->benefit->tier);
  if (first > second || (first == second && i >= j)) return false;
  return !overrides(a->benefit, b->benefit) && !overrides(b->benefit, a->benefit) && may_meet(k, a, b);
}

/* True when the later benefit takes a part of what the earlier one took together, or what it left out as lost. */
static bool takes_part(const struct checking *k, const Yz__Base *earlier, const Yz__Base *later, bool again) {
  const struct lists_taken lists = lists_of(k, earlier, later);
  const bool shared = kinds_of(earlier) & kinds_of(later);
  return lists.some && (again || later_kinds(earlier, later) || (shared && lists.left));
}

void check_burden(struct checking *k) {
  const struct policy_parts *all = &k->policy->benefits;
  const bool lost = loses(k->policy);
  for (size_t j = 0; j < all->n; j++)
    for (size_t i = 0; i < all->n; i++) {
      const struct policy_part *a = &all->at[i], *b = &all->at[j];
      const Yz__Benefit *earlier = a->benefit, *later = b->benefit;
      if (i == j || later->may_lower_burden || (a->pack != k->owner && b->pack != k->owner)) continue;
      const bool again = lost && kinds_of(earlier->enters) & 1 && !lost_enters(earlier) && lost_enters(later);
      if (!takes_part(k, earlier->enters, later->enters, again) || !before(k, a, i, b, j)) continue;
      const struct policy_part *mine = b->pack == k->owner ? b : a;
      k->who = mine->benefit->id;
      refuse(k, mine->benefit, NULL, 0,
             "`%s` takes a part of what `%s` took or left before it, so a higher bill may leave the person less to "
             "pay: let `%s` say `may_lower_burden: true`, or change what enters",
             later->id, earlier->id, later->id);
      k->who = NULL;
    }
}
