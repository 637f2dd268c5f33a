#include "taking.h"

/* Caps on money of a year end with a tilt that waives them; caps of a day, a visit or a month stay, and so does how
 * often is paid. */
static bool is_waived(const struct taking *t, const struct plan_cap *cap) {
  return t->no_cap && !cap->on_times && (cap->per == CAP_YEAR || cap->per == CAP_DISEASE_YEAR);
}

/* What cap `i` still allows; its use is noted for the trace. */
static int64_t cap_left(struct taking *t, uint8_t i) {
  const struct plan_cap *cap = &t->rule->caps[i];
  const bool waived = is_waived(t, cap);
  int64_t limit = row_value(t, cap->amount) + (cap->on_covered || cap->on_times ? 0 : t->cap_plus);
  if (limit < 0) limit = 0;
  if (cap->per == CAP_BED_DAY) limit *= t->facts.days;
  const int64_t before = counter_now(t, cap->counter);
  const int64_t left = limit > before ? limit - before : 0;
  if (t->trace) {
    t->r->caps[i] = (struct cap_use){.counter = cap->counter,
                                     .per = cap->per,
                                     .on_covered = cap->on_covered,
                                     .on_times = cap->on_times,
                                     .waived = waived,
                                     .limit = limit,
                                     .before = before,
                                     .left = left};
  }
  if (cap->on_times) return left > 0 ? INT64_MAX : 0; /* a payment more bounds no amount, none more bounds all */
  return waived ? INT64_MAX : left;
}

void cap_covered(struct taking *t) {
  for (uint8_t i = 0; i < t->rule->n_caps; i++) {
    if (!t->rule->caps[i].on_covered) continue;
    const int64_t left = cap_left(t, i);
    if (left > t->r->covered) continue;
    if (t->covered > left * FINE_ONE) t->covered = left * FINE_ONE;
    if (left == t->r->covered) continue;
    if (t->trace) t->r->caps[i].binding = true;
    t->r->covered = left;
  }
}

void cap_payment(struct taking *t) {
  t->room = INT64_MAX;
  for (uint8_t i = 0; i < t->rule->n_caps; i++) {
    if (t->rule->caps[i].on_covered) continue;
    const int64_t left = cap_left(t, i);
    if (left < t->room) t->room = left;
  }
}

/* True when an earlier cap of the rule, or the rule's own counter, has moved this counter already. */
static bool has_moved(const struct rule *rule, uint8_t i) {
  if (rule->caps[i].counter == rule->paid_counter) return true;
  for (uint8_t j = 0; j < i; j++)
    if (rule->caps[j].counter == rule->caps[i].counter) return true;
  return false;
}

void cap_settle(struct taking *t) {
  const struct rule *rule = t->rule;
  struct result *r = t->r;
  const int64_t paid = r->paid + r->outside_bill;
  counter_move(t, rule->paid_counter, paid);
  for (uint8_t i = 0; i < rule->n_caps; i++) {
    const struct plan_cap *cap = &rule->caps[i];
    const int64_t used = cap->on_covered ? r->covered : cap->on_times ? paid > 0 : paid;
    if (cap->counter != NO_COUNTER && !has_moved(rule, i)) counter_move(t, cap->counter, used);
    if (!t->trace) continue;
    struct cap_use *use = &r->caps[i];
    const int64_t room = cap->on_times && use->left > 0 ? INT64_MAX : use->left;
    if (!cap->on_covered) use->binding = t->capped && !use->waived && room == t->room;
    use->left = use->left > used ? use->left - used : 0;
  }
  if (t->trace) r->n_caps = rule->n_caps;
}
