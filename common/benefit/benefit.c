#include "benefit.h"

#include "base.pb-c.h"
#include "money.h"
#include "must.h"
#include "taking.h"

#include <string.h>

#define BASIC_KNOWN (PLAN_BOOL(BITS_BASIC_SETTLED, false) | PLAN_BOOL(BITS_BASIC_SETTLED, true))
enum { DAYS_MAX = 10000 }; /* of a grant or a cap per day: twenty-seven years */

void benefit_case_init(struct benefit_case *c, const struct plan *plan) {
  c->plan = plan;
  memset(&c->facts, 0, sizeof c->facts);
  memset(c->pack_bits, 0, sizeof c->pack_bits);
  c->from_rule = 0;
  c->to_rule = plan->n_rules;
  c->purse.n = 0;
  memset(c->counters, 0, plan->n_counters * sizeof c->counters[0]);
  memset(c->moved, 0, plan->n_counters * sizeof c->moved[0]);
  c->n_results = 0;
}

static bool is_sane(const struct benefit_case *c) {
  if (c->facts.days < 0 || c->facts.days > DAYS_MAX || c->purse.n > CASE_POCKETS_MAX) return false;
  for (uint8_t p = 0; p < c->purse.n; p++)
    for (int k = 0; k < MONEY_KINDS; k++)
      if ((uint64_t)c->purse.pockets[p].left[k] > (uint64_t)FEN_MAX) return false;
  return true;
}

/* Finds the tilts that fit, and what they say of caps and grants. */
static void tilts_find(struct taking *t) {
  const struct rule *rule = t->rule;
  t->n_tilts = 0;
  t->no_cap = t->capped = false;
  t->cap_plus = t->grant_plus = 0;
  for (uint8_t i = 0; i < rule->n_tilts && t->n_tilts == 0; i++) {
    if (!fits(&rule->tilts[i].when, &t->facts)) continue;
    t->tilts[t->n_tilts++] = &rule->tilts[i];
    t->r->tilt = (uint8_t)(i + 1);
  }
  for (uint8_t i = 0; i < rule->n_adjustments; i++)
    if (fits(&rule->adjustments[i].when, &t->facts)) t->tilts[t->n_tilts++] = &rule->adjustments[i];
  for (uint8_t i = 0; i < t->n_tilts; i++) {
    t->no_cap |= t->tilts[i]->no_cap;
    t->cap_plus += t->tilts[i]->cap_plus;
    t->grant_plus += t->tilts[i]->grant_plus;
    t->r->assumed |= t->tilts[i]->assumed;
  }
}

static void parts_trace(struct taking *t) {
  memset(t->r->parts, 0, sizeof t->r->parts);
  for (uint8_t i = 0; i < t->n_entries; i++) t->r->parts[t->entries[i].kind] += t->entries[i].amount;
}

/* Starts a result: what the steps do not always fill at zero, nothing else touched. Member by member, because a memset
 * of this size costs as much as a whole step. */
static struct result *result_start(struct benefit_case *c, uint16_t rule, int64_t base) {
  struct result *r = &c->results[c->n_results];
  r->rule = rule;
  r->base = base;
  r->deductible_full = r->deductible_due = r->deductible = r->deductible_before = r->deductible_left = 0;
  r->computed = r->paid = r->over_cap = r->lost = r->outside_bill = r->year_before = 0;
  r->to_next_step = -1;
  r->stay = 0;
  r->tilt = r->n_segments = r->n_caps = r->n_rows = 0;
  r->assumed = c->plan->rules[rule].assumed;
  return r;
}

/* A base that goes into the deductible whole does so in fen, as the deductible's counter has it. */
static void covered_find(struct taking *t) {
  struct result *r = t->r;
  r->covered = r->base - r->deductible;
  t->covered = t->base - r->deductible * FINE_ONE;
  if (t->covered > 0) return;
  t->covered = 0;
  t->base = r->base * FINE_ONE;
}

static void base_settle(struct taking *t) {
  const struct rule *rule = t->rule;
  if (rule->base_rest_counter == NO_COUNTER) {
    counter_move(t, rule->base_counter, t->r->base);
  } else {
    counter_move(t, rule->base_counter, t->base / FINE_ONE);
    counter_move(t, rule->base_rest_counter, t->base % FINE_ONE);
  }
}

static void counters_settle(struct taking *t) {
  const struct rule *rule = t->rule;
  struct benefit_case *c = t->c;
  deductible_settle(t);
  base_settle(t);
  cap_settle(t);
  if (rule->days_counter != NO_COUNTER) c->moved[rule->days_counter] = t->facts.month_days; /* set: as the stay below */
  if (rule->deductible_per != DEDUCTIBLE_STAY || rule->stays_counter == NO_COUNTER) return;
  t->r->stay = t->facts.stay;
  c->moved[rule->stays_counter] = 1; /* set, not added: a stay is one stay however many rules take part */
}

/* Takes one rule that applies. */
static enum benefit_status rule_take(struct taking *t, uint16_t index) {
  struct benefit_case *c = t->c;
  const struct rule *rule = t->rule;
  const int64_t base = purse_enter(t);
  if (base == 0 && rule->deductible_per != DEDUCTIBLE_STAY && !rule->grant_beyond_cost) return BENEFIT_OK;
  if (c->n_results == CASE_RESULTS_MAX) return BENEFIT_TOO_MANY;
  if (rule->days_counter != NO_COUNTER && (c->counters[rule->days_counter] & t->facts.month_days))
    return BENEFIT_DAY_TAKEN;
  t->r = result_start(c, index, base);
  if (t->trace) parts_trace(t);
  tilts_find(t);
  deductible_take(t);
  covered_find(t);
  cap_covered(t);
  cap_payment(t);
  if (rule->grant_per) {
    grant_pay(t);
  } else {
    rate_compute(t);
    rate_pay(t);
  }
  if (t->status != BENEFIT_OK) return t->status;
  counters_settle(t);
  purse_split(t);
  c->n_results++;
  if (rule->tier == YZ__TIER__BASIC)
    c->facts.bits = (c->facts.bits & ~BASIC_KNOWN) | PLAN_BOOL(BITS_BASIC_SETTLED, true);
  return BENEFIT_OK;
}

static void facts_of_rule(struct taking *t, const struct rule *rule) {
  t->rule = rule;
  t->facts.bits = t->c->facts.bits | t->c->pack_bits[rule->pack];
}

static void overrides_join(struct rule_set *set, const struct rule *rule) {
  for (int w = 0; w < PLAN_RULES_MAX / 64; w++) set->bits[w] |= rule->overrides[w];
}

static bool in_set(const struct rule_set *set, uint8_t i) {
  return set->bits[i / 64] >> (i % 64) & 1;
}

/* Leaves of the rules whose condition holds those that no applying rule overrides. A rule that is overridden overrides
 * nothing: go round until nothing changes, at most once per rule. */
static uint8_t override(const struct plan *plan, uint8_t holding[], uint8_t n, struct rule_set overridden) {
  for (uint8_t round = 0; round < n; round++) {
    struct rule_set next = {{0}};
    for (uint8_t i = 0; i < n; i++)
      if (!in_set(&overridden, holding[i])) overrides_join(&next, &plan->rules[holding[i]]);
    if (memcmp(&next, &overridden, sizeof next) == 0) break;
    overridden = next;
  }
  uint8_t left = 0;
  for (uint8_t i = 0; i < n; i++)
    if (!in_set(&overridden, holding[i])) holding[left++] = holding[i];
  return left;
}

/* Takes the rules of one tier that apply: the condition holds, and no rule that applies overrides it. */
static enum benefit_status tier_take(struct taking *t, const uint8_t order[], uint8_t n) {
  uint8_t applying[PLAN_RULES_MAX], count = 0;
  struct rule_set overridden = {{0}};
  for (uint8_t i = 0; i < n; i++) {
    const struct rule *rule = &t->plan->rules[order[i]];
    facts_of_rule(t, rule);
    if (t->facts.on < rule->from || t->facts.on > rule->to || !fits(&rule->applies, &t->facts)) continue;
    applying[count++] = order[i];
    overrides_join(&overridden, rule);
  }
  if (overridden.bits[0] | overridden.bits[1]) count = override(t->plan, applying, count, overridden);
  for (uint8_t i = 0; i < count; i++) {
    facts_of_rule(t, &t->plan->rules[applying[i]]);
    const enum benefit_status status = rule_take(t, applying[i]);
    if (status != BENEFIT_OK) return status;
  }
  return BENEFIT_OK;
}

/* Value - 1 of the one bit that the facts have in a dimension; -1 when they have none. */
static int value_of(uint64_t bits, int at, int count) {
  const uint64_t values = bits >> at & ((UINT64_C(1) << count) - 1);
  return values ? __builtin_ctzll(values) : -1;
}

/* Lists the rules of a service that the facts' scheme and setting can meet, of this leg, in the order of taking. */
static uint8_t candidates(const struct benefit_case *c, uint8_t service, uint8_t order[PLAN_RULES_MAX]) {
  const int scheme = value_of(c->facts.bits, BITS_SCHEME, PLAN_SCHEMES);
  const int setting = value_of(c->facts.bits, BITS_SETTING, PLAN_SETTINGS);
  if (scheme < 0 || setting < 0) return 0;
  const struct rule_set *set = &c->plan->candidates[service - 1][scheme][setting];
  uint8_t n = 0;
  for (int w = 0; w < PLAN_RULES_MAX / 64; w++)
    for (uint64_t bits = set->bits[w]; bits; bits &= bits - 1) {
      const int rule = w * 64 + __builtin_ctzll(bits);
      if (rule >= c->from_rule && rule < c->to_rule) order[n++] = (uint8_t)rule;
    }
  return n;
}

/* Cost of days before benefits began alone gives nothing, no grant either, and is no stay of the insured year. */
static bool is_closed(const struct purse *purse) {
  return purse->n == 1 && purse->pockets[0].lists == POCKET_CLOSED;
}

enum benefit_status benefit_run(struct benefit_case *c, uint8_t service, bool trace) {
  const struct plan *plan = c->plan;
  must(plan->indexed && service >= 1 && service <= PLAN_SERVICES);
  if (!is_sane(c)) return BENEFIT_OVERFLOW;
  if (is_closed(&c->purse)) return BENEFIT_OK;
  if (!(c->facts.bits & BASIC_KNOWN)) c->facts.bits |= PLAN_BOOL(BITS_BASIC_SETTLED, false);
  if (plan->stays_counter != NO_COUNTER) c->facts.stay = (int16_t)(c->counters[plan->stays_counter] + 1);
  struct taking t; /* filled piece by piece: the whole is larger than a bill needs */
  t.c = c;
  t.plan = plan;
  t.facts = c->facts;
  t.status = BENEFIT_OK;
  t.trace = trace;
  uint8_t order[PLAN_RULES_MAX];
  const uint8_t n = candidates(c, service, order);
  for (uint8_t i = 0, size; i < n; i = (uint8_t)(i + size)) {
    for (size = 1; i + size < n && plan->rules[order[i + size]].tier == plan->rules[order[i]].tier;) size++;
    const enum benefit_status status = tier_take(&t, order + i, size);
    if (status != BENEFIT_OK) return status;
  }
  return BENEFIT_OK;
}
