/* plan_maker.h - plans and cases made by hand, for the engine's tests and benchmark. */
#ifndef YZ_PLAN_MAKER_H
#define YZ_PLAN_MAKER_H

#include "base.pb-c.h"
#include "benefit.h"
#include "policy.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define YUAN(x) ((int64_t)(x)*100)
#define PERCENT(x) ((int32_t)((x)*100))

/* A condition that always holds. */
static inline struct when when_always(void) {
  return (struct when){
      .bits = UINT64_MAX, .age_from = INT16_MIN, .age_to = INT16_MAX, .stay_from = INT16_MIN, .stay_to = INT16_MAX};
}

/* Restricts one dimension of a condition to value v. */
static inline struct when when_only(struct when when, int at, int width, int v) {
  when.bits &= ~(((UINT64_C(1) << width) - 1) << at);
  when.bits |= PLAN_BIT(at, v);
  return when;
}

static inline struct when when_category(struct when when, Yz__Category category) {
  when.any_category |= PLAN_BIT(0, category);
  return when;
}

static inline struct plan *plan_start(void) {
  struct plan *plan = calloc(1, sizeof *plan);
  if (!plan) abort();
  plan->n_packs = 1;
  plan->from = 0;
  plan->to = INT32_MAX;
  return plan;
}

static inline struct rows rows_one(struct plan *plan, int64_t value) {
  const struct rows rows = {.first = plan->n_rows, .count = 1};
  plan->rows[plan->n_rows++] = (struct row){.when = when_always(), .value = value};
  return rows;
}

/* Adds a row at the end of a table that was begun last. */
static inline void rows_more(struct plan *plan, struct rows *rows, struct when when, int64_t value) {
  if (rows->count == 0) rows->first = plan->n_rows;
  plan->rows[plan->n_rows++] = (struct row){.when = when, .value = value};
  rows->count++;
}

static inline uint16_t counter_add(struct plan *plan, const char *name, enum counter_what what,
                                   enum counter_scope scope) {
  for (uint16_t i = 0; i < plan->n_counters; i++)
    if (strcmp(plan->counters[i].name, name) == 0) return i;
  struct counter_def *counter = &plan->counters[plan->n_counters];
  snprintf(counter->name, sizeof counter->name, "%s", name);
  counter->what = (uint8_t)what;
  counter->scope = (uint8_t)scope;
  return plan->n_counters++;
}

/* A rule that takes all money in policy and pays nothing yet; its counters are "<id>.b" and so on. */
static inline struct rule *rule_add(struct plan *plan, const char *id, Yz__Tier tier, Yz__Service service) {
  struct rule *rule = &plan->rules[plan->n_rules++];
  char name[PLAN_NAME_MAX];
  snprintf(rule->id, sizeof rule->id, "%s", id);
  rule->tier = (uint8_t)tier;
  rule->payer = (uint8_t)YZ__PAYER__RESIDENT_BASIC_FUND;
  rule->service = (uint8_t)service;
  rule->applies = when_always();
  rule->to = INT32_MAX;
  rule->lost_enters = true;
  rule->deductible_counter = rule->stays_counter = NO_COUNTER;
  rule->base_counter = rule->base_rest_counter = rule->base_deductible_counter = NO_COUNTER;
  snprintf(name, sizeof name, "%.60s.p", id);
  rule->paid_counter = counter_add(plan, name, COUNTER_PAID, SCOPE_YEAR);
  rule->days_counter = NO_COUNTER;
  return rule;
}

static inline void rule_deductible(struct plan *plan, struct rule *rule, enum deductible_per per, struct rows rows) {
  char name[PLAN_NAME_MAX];
  rule->deductible_per = (uint8_t)per;
  rule->deductible = rows;
  if (per == DEDUCTIBLE_STAY) rule->stays_counter = counter_add(plan, "stays", COUNTER_STAYS, SCOPE_YEAR);
  if (per == DEDUCTIBLE_STAY || per == DEDUCTIBLE_BILL) return;
  snprintf(name, sizeof name, "%.60s.d", rule->id);
  rule->deductible_counter = counter_add(plan, name, COUNTER_DEDUCTIBLE, SCOPE_YEAR);
}

static inline void rule_step(struct plan *plan, struct rule *rule, int64_t to, int32_t rate) {
  rule->steps[rule->n_steps++] = (struct plan_step){.to = to ? to : INT64_MAX, .rate = rows_one(plan, rate)};
}

/* A deductible of the year that the members of a contract share. */
static inline void rule_family_deductible(struct plan *plan, struct rule *rule, struct rows rows) {
  rule->deductible_per = DEDUCTIBLE_FAMILY_YEAR;
  rule->deductible = rows;
  rule->deductible_counter = counter_add(plan, "family.d", COUNTER_DEDUCTIBLE, SCOPE_FAMILY);
}

/* Lets the brackets run over the year; called when the rule has its deductible. */
static inline void rule_on_year(struct plan *plan, struct rule *rule, bool above) {
  char name[PLAN_NAME_MAX];
  rule->brackets_on_year = true;
  rule->above_deductible = above;
  snprintf(name, sizeof name, "%.60s.b", rule->id);
  rule->base_counter = counter_add(plan, name, COUNTER_BASE, SCOPE_YEAR);
  if (!above && rule->deductible_per == DEDUCTIBLE_NONE) return;
  snprintf(name, sizeof name, "%.60s.d", rule->id);
  rule->base_deductible_counter = counter_add(plan, name, COUNTER_DEDUCTIBLE, SCOPE_YEAR);
}

/* Lets the year keep what of the base is less than a fen: for rules that take shares of money. */
static inline void rule_base_rest(struct plan *plan, struct rule *rule) {
  char name[PLAN_NAME_MAX];
  snprintf(name, sizeof name, "%.60s.r", rule->id);
  rule->base_rest_counter = counter_add(plan, name, COUNTER_BASE_REST, SCOPE_YEAR);
}

static inline struct plan_cap *rule_cap(struct plan *plan, struct rule *rule, enum cap_per per, bool on_covered,
                                        int64_t amount) {
  char name[PLAN_NAME_MAX];
  struct plan_cap *cap = &rule->caps[rule->n_caps++];
  *cap = (struct plan_cap){.per = (uint8_t)per, .on_covered = on_covered, .amount = rows_one(plan, amount)};
  cap->counter = NO_COUNTER;
  if (per == CAP_VISIT || per == CAP_BED_DAY) return cap;
  snprintf(name, sizeof name, "%.60s.%c", rule->id, on_covered ? 'c' : 'p');
  cap->counter = counter_add(plan, name, on_covered ? COUNTER_COVERED : COUNTER_PAID, SCOPE_YEAR);
  return cap;
}

/* A tilt that changes nothing yet and always fits. */
static inline struct plan_tilt tilt_plain(void) {
  return (struct plan_tilt){
      .when = when_always(), .deductible_share = RATIO_ONE, .deductible_amount = -1, .rate_share = RATIO_ONE};
}

/* A resident's stay at a tertiary hospital of the own city. */
static inline struct facts facts_plain(void) {
  return (struct facts){
      .bits = PLAN_BIT(BITS_SCHEME, YZ__SCHEME__RESIDENT) | PLAN_BIT(BITS_SETTING, YZ__SETTING__INPATIENT) |
              PLAN_BIT(BITS_LEVEL, YZ__LEVEL__TERTIARY) | PLAN_BIT(BITS_STANDING, YZ__STANDING__ADULT) |
              PLAN_BIT(BITS_REMOTE, YZ__REMOTE__LOCAL) | PLAN_BIT(BITS_REACH, YZ__REACH__SAME_CITY) |
              PLAN_BOOL(BITS_TWO_OR_INSULIN, false) | PLAN_BOOL(BITS_PREFERENTIAL, false),
      .age = 40,
      .disease = -1,
      .on = 19700,
      .days = 1};
}

/* A case with one pocket that holds `amount` of one kind. The plan must be indexed. */
static inline struct benefit_case *case_start(const struct plan *plan, int64_t in_policy) {
  struct benefit_case *c = calloc(1, sizeof *c);
  if (!c) abort();
  benefit_case_init(c, plan);
  c->facts = facts_plain();
  c->purse.n = 1;
  memset(&c->purse.pockets[0], 0, sizeof c->purse.pockets[0]);
  c->purse.pockets[0].left[MONEY_IN_POLICY] = in_policy;
  return c;
}

/* Runs all services' rules, as a settlement would. */
static inline enum benefit_status run_all(struct benefit_case *c, bool trace) {
  static const uint8_t services[] = {YZ__SERVICE__ADJUDICATION, YZ__SERVICE__ASSISTANCE, YZ__SERVICE__SUPPLEMENTARY};
  for (size_t i = 0; i < sizeof services; i++) {
    const enum benefit_status status = benefit_run(c, services[i], trace);
    if (status != BENEFIT_OK) return status;
  }
  return BENEFIT_OK;
}

static inline const struct result *result_of(const struct benefit_case *c, const char *id) {
  for (uint8_t i = 0; i < c->n_results; i++)
    if (strcmp(c->plan->rules[c->results[i].rule].id, id) == 0) return &c->results[i];
  return NULL;
}

#endif
