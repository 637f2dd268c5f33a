/* Benefits beside each other: references, priority, shared counters, the ladder. */
#include "checking.h"

#include "cases.h"
#include "compile.h"
#include "field.h"
#include "yaml_names.h"

#include <string.h>

static bool lists(size_t n, char *const *ids, const char *id) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(ids[i], id) == 0) return true;
  return false;
}

/* ---- references between benefits ---- */

static void check_reference(const struct checking *k, const Yz__Benefit *benefit, const char *field, size_t i,
                            const char *id) {
  const struct policy_part *other = policy_benefit(k->policy, id);
  if (!other)
    refuse(k, benefit, field, i, "`%s` names the benefit `%s`, which is not here: correct the id", field, id);
  else if (other->benefit == benefit)
    refuse(k, benefit, field, i, "`%s` names the benefit itself", field);
  else if (other->benefit->tier != benefit->tier)
    refuse(k, benefit, field, i, "`%s` names `%s` of another tier: tiers follow each other by `ladder`", field, id);
}

static void check_references(const struct checking *k, const Yz__Benefit *benefit) {
  for (size_t i = 0; i < benefit->n_overrides; i++) {
    const char *id = benefit->overrides[i];
    const struct policy_part *other = policy_benefit(k->policy, id);
    check_reference(k, benefit, "overrides", i, id);
    if (other && lists(other->benefit->n_overrides, other->benefit->overrides, benefit->id))
      refuse(k, benefit, "overrides", i, "`%s` overrides this benefit too: let one of the two give way", id);
    if (lists(benefit->n_beside, benefit->beside, id))
      refuse(k, benefit, "overrides", i, "`%s` is overridden and beside at the same time: choose one", id);
  }
  for (size_t i = 0; i < benefit->n_beside; i++) check_reference(k, benefit, "beside", i, benefit->beside[i]);
  if (policy_rung(k->policy, benefit->tier) == k->policy->n_ladder) {
    char tier[64];
    refuse(k, benefit, "tier", 0, "the tier `%s` has no place in `ladder`: add it where it is taken",
           yaml_name(&yz__tier__descriptor, (int)benefit->tier, tier));
  }
}

/* ---- priority ---- */

struct span {
  int32_t from, to;
};

static struct span dates_of(const struct policy_part *part) {
  const Yz__Benefit *b = part->benefit;
  return (struct span){b->has_from ? b->from : part->pack->text->from, b->has_to ? b->to : part->pack->text->to};
}

static bool stated(const Yz__Benefit *a, const Yz__Benefit *b) {
  return lists(a->n_overrides, a->overrides, b->id) || lists(a->n_beside, a->beside, b->id);
}

bool may_meet(const struct checking *k, const struct policy_part *a, const struct policy_part *b) {
  const struct span x = dates_of(a), y = dates_of(b);
  if (x.from > y.to || y.from > x.to) return false;
  if (a->pack != b->pack && a->pack->text->product && b->pack->text->product) return false; /* two contracts */
  struct when first, second;
  when_compile(k->policy, a->benefit->applies, &first);
  when_compile(k->policy, b->benefit->applies, &second);
  return cases_meet(k->policy, &first, &second);
}

static void check_priority(struct checking *k) {
  const struct policy_parts *all = &k->policy->benefits;
  for (size_t i = 0; i < all->n; i++)
    for (size_t j = i + 1; j < all->n; j++) {
      const struct policy_part *a = &all->at[i], *b = &all->at[j];
      if (a->benefit->tier != b->benefit->tier || (a->pack != k->owner && b->pack != k->owner)) continue;
      if (stated(a->benefit, b->benefit) || stated(b->benefit, a->benefit) || !may_meet(k, a, b)) continue;
      const struct policy_part *mine = b->pack == k->owner ? b : a, *other = mine == a ? b : a;
      k->who = mine->benefit->id;
      refuse(k, mine->benefit, NULL, 0,
             "can apply to the same bill as `%s`, of the same tier: state which one counts with `overrides`, that both "
             "count with `beside`, or narrow `applies`",
             other->benefit->id);
      k->who = NULL;
    }
}

/* ---- counters ---- */

/* A name under which something is counted, by one benefit. */
struct tally {
  const struct policy_part *part;
  const void *message; /* Deductible, Cap or the Benefit itself */
  const char *field, *name;
  int per,
      on; /* what the name means: of deductibles on is 0, of caps Cap.On or BY_TIMES, of benefits per is the tier */
};

enum { TALLIES_MAX = PLAN_RULES_MAX * (PLAN_CAPS_MAX + 2) };
struct tallies {
  struct tally at[TALLIES_MAX];
  size_t n;
};

static void tally(struct tallies *tallies, const struct tally *one) {
  if (one->name && tallies->n < TALLIES_MAX) tallies->at[tallies->n++] = *one;
}

enum { BY_TIMES = 0 }; /* beside Cap.On */

static int cap_on(const Yz__Cap *cap) {
  if (cap->has_times) return BY_TIMES;
  return cap->has_on ? (int)cap->on : YZ__CAP__ON__PAYMENT;
}

enum tally_kind { OF_DEDUCTIBLES, OF_CAPS, OF_BENEFITS };

static void tally_all(const struct policy *policy, enum tally_kind kind, struct tallies *tallies) {
  tallies->n = 0;
  for (size_t i = 0; i < policy->benefits.n; i++) {
    const struct policy_part *part = &policy->benefits.at[i];
    const Yz__Benefit *b = part->benefit;
    const Yz__Deductible *d = b->deductible;
    if (kind == OF_DEDUCTIBLES && d)
      tally(tallies, &(struct tally){part, d, "shared_as", d->shared_as, (int)d->per, 0});
    for (size_t c = 0; kind == OF_CAPS && c < b->n_caps; c++)
      tally(tallies, &(struct tally){part, b->caps[c], "shared_as", b->caps[c]->shared_as, (int)b->caps[c]->per,
                                     cap_on(b->caps[c])});
    if (kind == OF_BENEFITS)
      tally(tallies, &(struct tally){part, b, b->counter ? "counter" : "id", benefit_counter(b), (int)b->tier, 0});
  }
}

/* Where one name means two things, the later benefit is refused; where it is shared with nobody, it may be misspelt. */
static void check_tallies(struct checking *k, enum tally_kind kind, const char *what, struct tallies *tallies) {
  tally_all(k->policy, kind, tallies);
  for (size_t i = 0; i < tallies->n; i++) {
    const struct tally *mine = &tallies->at[i];
    if (mine->part->pack != k->owner) continue;
    bool shared = kind == OF_BENEFITS;
    k->who = mine->part->benefit->id;
    for (size_t j = 0; j < tallies->n; j++) {
      const struct tally *other = &tallies->at[j];
      if (i == j || strcmp(mine->name, other->name) != 0) continue;
      shared = true;
      if ((mine->per != other->per || mine->on != other->on) && (j < i || other->part->pack != k->owner))
        refuse(k, mine->message, mine->field, 0, "`%s` counts something else in `%s`: %s; use another name", mine->name,
               other->part->benefit->id, what);
    }
    if (!shared)
      refuse(k, mine->message, mine->field, 0, "nothing else is `shared_as: %s`: correct the name, or drop `shared_as`",
             mine->name);
  }
  k->who = NULL;
}

/* True when a condition anywhere in the message asks for the ordinal of the stay. */
static bool uses_stay(const ProtobufCMessage *message) {
  if (message->descriptor == &yz__when__descriptor && ((const Yz__When *)message)->stay) return true;
  for (unsigned f = 0; f < message->descriptor->n_fields; f++) {
    const ProtobufCFieldDescriptor *field = &message->descriptor->fields[f];
    if (field->type != PROTOBUF_C_TYPE_MESSAGE) continue;
    for (size_t i = 0; i < field_count(message, field); i++)
      if (uses_stay(*(const ProtobufCMessage *const *)field_value(message, field, i))) return true;
  }
  return false;
}

static void check_stays(struct checking *k) {
  bool counted = false;
  for (size_t i = 0; i < k->policy->benefits.n; i++) {
    const Yz__Deductible *d = k->policy->benefits.at[i].benefit->deductible;
    counted = counted || (d && d->per == YZ__DEDUCTIBLE__PER__STAY);
  }
  for (size_t i = 0; i < k->policy->benefits.n && !counted; i++) {
    const struct policy_part *part = &k->policy->benefits.at[i];
    if (part->pack != k->owner || !uses_stay(&part->benefit->base)) continue;
    k->who = part->benefit->id;
    refuse(k, part->benefit, NULL, 0,
           "asks for the `stay` of the year, but nothing counts stays: a deductible with "
           "`per: stay` does");
    k->who = NULL;
  }
}

void check_together(struct checking *k) {
  struct tallies tallies;
  for (size_t i = 0; i < k->policy->benefits.n; i++) {
    const struct policy_part *part = &k->policy->benefits.at[i];
    if (part->pack != k->owner) continue;
    k->who = part->benefit->id;
    check_references(k, part->benefit);
  }
  k->who = NULL;
  check_priority(k);
  check_tallies(k, OF_DEDUCTIBLES, "the deductibles have different `per`", &tallies);
  check_tallies(k, OF_CAPS, "the caps have different `per`, `on` or `times`", &tallies);
  check_tallies(k, OF_BENEFITS, "the benefits are of different tiers", &tallies);
  check_stays(k);
  check_burden(k);
}
