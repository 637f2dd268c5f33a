/* Each step of taking a rule, as tables: one rule, one pocket, given counters. Amounts in fen. */
#include "benefit.h"
#include "plan_maker.h"
#include "test.h"

struct step_case {
  const char *name;
  int64_t in_policy;                 /* the bill */
  int64_t year_before, taken_before; /* counters */
  int64_t paid_before, covered_before;
  enum deductible_per per;
  int64_t deductible;
  bool on_year, above;
  struct {
    int64_t to;
    int32_t rate;
  } steps[4];
  struct {
    enum cap_per per;
    bool on_covered;
    int64_t amount;
  } caps[2];
  struct plan_tilt tilt; /* used when `tilted` */
  bool tilted;
  struct {
    int64_t deductible, covered, computed, paid, over_cap, lost, to_next;
  } expect;
};

#define NEUTRAL                                                                                                        \
  .when = {.bits = UINT64_MAX,                                                                                         \
           .age_from = INT16_MIN,                                                                                      \
           .age_to = INT16_MAX,                                                                                        \
           .stay_from = INT16_MIN,                                                                                     \
           .stay_to = INT16_MAX},                                                                                      \
  .deductible_share = RATIO_ONE, .deductible_amount = -1, .rate_share = RATIO_ONE
#define ZIBO_CRITICAL                                                                                                  \
  {                                                                                                                    \
    {YUAN(100000), 6000}, {YUAN(200000), 6500}, {YUAN(300000), 7000}, {                                                \
      0, 7500                                                                                                          \
    }                                                                                                                  \
  }

static const struct step_case step_cases[] = {
    {.name = "a flat rate without deductible",
     .in_policy = 12345,
     .steps = {{0, 5000}},
     .expect = {0, 12345, 6173, 6173, 0, 0, -1}},
    {.name = "half a fen goes up", .in_policy = 1, .steps = {{0, 5000}}, .expect = {0, 1, 1, 1, 0, 0, -1}},
    {.name = "less than half a fen goes down", .in_policy = 1, .steps = {{0, 4999}}, .expect = {0, 1, 0, 0, 0, 0, -1}},
    {.name = "deductible per bill",
     .in_policy = YUAN(1000),
     .taken_before = YUAN(900),
     .per = DEDUCTIBLE_BILL,
     .deductible = YUAN(300),
     .steps = {{0, 8000}},
     .expect = {YUAN(300), YUAN(700), YUAN(560), YUAN(560), 0, 0, -1}},
    {.name = "a bill below the deductible",
     .in_policy = YUAN(100),
     .per = DEDUCTIBLE_BILL,
     .deductible = YUAN(300),
     .steps = {{0, 8000}},
     .expect = {YUAN(100), 0, 0, 0, 0, 0, -1}},
    {.name = "what the year took already is not due again",
     .in_policy = YUAN(1000),
     .taken_before = YUAN(200),
     .per = DEDUCTIBLE_YEAR,
     .deductible = YUAN(300),
     .steps = {{0, 5000}},
     .expect = {YUAN(100), YUAN(900), YUAN(450), YUAN(450), 0, 0, -1}},
    {.name = "topped up to the higher hospital level",
     .in_policy = YUAN(1000),
     .taken_before = YUAN(300),
     .per = DEDUCTIBLE_YEAR_TOPPED_UP,
     .deductible = YUAN(700),
     .steps = {{0, 5000}},
     .expect = {YUAN(400), YUAN(600), YUAN(300), YUAN(300), 0, 0, -1}},
    {.name = "a lower level after a higher one asks nothing",
     .in_policy = YUAN(1000),
     .taken_before = YUAN(700),
     .per = DEDUCTIBLE_YEAR_TOPPED_UP,
     .deductible = YUAN(300),
     .steps = {{0, 5000}},
     .expect = {0, YUAN(1000), YUAN(500), YUAN(500), 0, 0, -1}},
    {.name = "brackets of a bill including the deductible",
     .in_policy = YUAN(15000),
     .per = DEDUCTIBLE_BILL,
     .deductible = YUAN(800),
     .steps = {{YUAN(5000), 8000}, {YUAN(10000), 8500}, {0, 9000}},
     .expect = {YUAN(800), YUAN(14200), YUAN(12110), YUAN(12110), 0, 0, -1}},
    {.name = "brackets of a bill above the deductible",
     .in_policy = YUAN(15000),
     .per = DEDUCTIBLE_BILL,
     .deductible = YUAN(800),
     .above = true,
     .steps = {{YUAN(5000), 8000}, {YUAN(10000), 8500}, {0, 9000}},
     .expect = {YUAN(800), YUAN(14200), YUAN(12030), YUAN(12030), 0, 0, -1}},
    {.name = "brackets of the year including the deductible, first bill",
     .in_policy = YUAN(118000),
     .per = DEDUCTIBLE_YEAR,
     .deductible = YUAN(18000),
     .on_year = true,
     .steps = ZIBO_CRITICAL,
     .expect = {YUAN(18000), YUAN(100000), YUAN(60900), YUAN(60900), 0, 0, YUAN(82000)}},
    {.name = "brackets of the year including the deductible, later bill",
     .in_policy = YUAN(50000),
     .year_before = YUAN(90000),
     .taken_before = YUAN(18000),
     .per = DEDUCTIBLE_YEAR,
     .deductible = YUAN(18000),
     .on_year = true,
     .steps = ZIBO_CRITICAL,
     .expect = {0, YUAN(50000), YUAN(32000), YUAN(32000), 0, 0, YUAN(60000)}},
    {.name = "brackets of the year above the deductible",
     .in_policy = YUAN(50000),
     .year_before = YUAN(30000),
     .taken_before = YUAN(20000),
     .per = DEDUCTIBLE_YEAR,
     .deductible = YUAN(20000),
     .on_year = true,
     .above = true,
     .steps = {{YUAN(20000), 3000}, {YUAN(50000), 4000}, {0, 5000}},
     .expect = {0, YUAN(50000), YUAN(20000), YUAN(20000), 0, 0, -1}},
    {.name = "the deductible is not reached this year yet",
     .in_policy = YUAN(5000),
     .year_before = YUAN(10000),
     .taken_before = YUAN(10000),
     .per = DEDUCTIBLE_YEAR,
     .deductible = YUAN(18000),
     .on_year = true,
     .steps = ZIBO_CRITICAL,
     .expect = {YUAN(5000), 0, 0, 0, 0, 0, YUAN(85000)}},
    {.name = "a bound counts with the bracket that begins there",
     .in_policy = YUAN(1),
     .year_before = YUAN(100000),
     .taken_before = YUAN(18000),
     .per = DEDUCTIBLE_YEAR,
     .deductible = YUAN(18000),
     .on_year = true,
     .steps = ZIBO_CRITICAL,
     .expect = {0, 100, 65, 65, 0, 0, YUAN(99999)}},
    {.name = "the year's running total is rounded, not the bill",
     .in_policy = 1,
     .year_before = 1,
     .on_year = true,
     .steps = {{0, 5000}},
     .expect = {0, 1, 0, 0, 0, 0, -1}},
    {.name = "a payment cap is turned back by cap / rate",
     .in_policy = YUAN(100000),
     .steps = {{0, 9100}},
     .caps = {{CAP_VISIT, false, YUAN(65000)}},
     .expect = {0, YUAN(100000), YUAN(91000), YUAN(65000), 10000000 - 7142857, 0, -1}},
    {.name = "a payment cap within the second bracket",
     .in_policy = YUAN(20000),
     .steps = {{YUAN(10000), 5000}, {0, 8000}},
     .caps = {{CAP_VISIT, false, YUAN(9000)}},
     .expect = {0, YUAN(20000), YUAN(13000), YUAN(9000), YUAN(5000), 0, -1}},
    {.name = "a yearly cap leaves what the year has not used",
     .in_policy = YUAN(1000),
     .paid_before = YUAN(900),
     .steps = {{0, 5000}},
     .caps = {{CAP_YEAR, false, YUAN(1000)}},
     .expect = {0, YUAN(1000), YUAN(500), YUAN(100), YUAN(800), 0, -1}},
    {.name = "an exhausted cap pays nothing and all is over it",
     .in_policy = YUAN(1000),
     .paid_before = YUAN(1000),
     .steps = {{0, 5000}},
     .caps = {{CAP_YEAR, false, YUAN(1000)}},
     .expect = {0, YUAN(1000), YUAN(500), 0, YUAN(1000), 0, -1}},
    {.name = "the tighter of two caps binds",
     .in_policy = YUAN(1000),
     .steps = {{0, 5000}},
     .caps = {{CAP_VISIT, false, YUAN(300)}, {CAP_YEAR, false, YUAN(200)}},
     .expect = {0, YUAN(1000), YUAN(500), YUAN(200), YUAN(600), 0, -1}},
    {.name = "a cap on covered money cuts before the rate",
     .in_policy = YUAN(1000),
     .covered_before = YUAN(500),
     .steps = {{0, 5000}},
     .caps = {{CAP_YEAR, true, YUAN(600)}},
     .expect = {0, YUAN(100), YUAN(50), YUAN(50), YUAN(900), 0, -1}},
    {.name = "a cap that the rounded payment just meets lets the exact money through",
     .in_policy = 1004,
     .steps = {{0, 1000}},
     .caps = {{CAP_VISIT, false, 100}},
     .expect = {0, 1004, 100, 100, 4, 0, -1}},
    {.name = "a tilt halves the deductible and adds points",
     .in_policy = YUAN(30000),
     .per = DEDUCTIBLE_YEAR,
     .deductible = YUAN(18000),
     .on_year = true,
     .steps = ZIBO_CRITICAL,
     .tilted = true,
     .tilt = {NEUTRAL, .points = 500},
     .expect = {YUAN(18000), YUAN(12000), YUAN(7800), YUAN(7800), 0, 0, YUAN(70000)}},
    {.name = "half of an odd deductible goes up",
     .in_policy = 1000,
     .per = DEDUCTIBLE_BILL,
     .deductible = 501,
     .steps = {{0, 10000}},
     .tilted = true,
     .tilt = {.when = {.bits = UINT64_MAX,
                       .age_from = INT16_MIN,
                       .age_to = INT16_MAX,
                       .stay_from = INT16_MIN,
                       .stay_to = INT16_MAX},
              .deductible_share = 5000,
              .deductible_amount = -1,
              .rate_share = RATIO_ONE},
     .expect = {251, 749, 749, 749, 0, 0, -1}},
    {.name = "a share of the rate is exact",
     .in_policy = YUAN(10000),
     .steps = {{0, 9250}},
     .tilted = true,
     .tilt = {.when = {.bits = UINT64_MAX,
                       .age_from = INT16_MIN,
                       .age_to = INT16_MAX,
                       .stay_from = INT16_MIN,
                       .stay_to = INT16_MAX},
              .deductible_share = RATIO_ONE,
              .deductible_amount = -1,
              .rate_share = 9250},
     .expect = {0, YUAN(10000), 855625, 855625, 0, 0, -1}},
    {.name = "rates stay within 100 %",
     .in_policy = YUAN(10),
     .steps = {{0, 9800}},
     .tilted = true,
     .tilt = {NEUTRAL, .points = 500},
     .expect = {0, YUAN(10), YUAN(10), YUAN(10), 0, 0, -1}},
    {.name = "and are never below nothing",
     .in_policy = YUAN(10),
     .steps = {{0, 500}},
     .tilted = true,
     .tilt = {NEUTRAL, .points = -1000},
     .expect = {0, YUAN(10), 0, 0, 0, 0, -1}},
    {.name = "no cap for helped persons",
     .in_policy = YUAN(1000),
     .steps = {{0, 5000}},
     .caps = {{CAP_YEAR, false, YUAN(100)}},
     .tilted = true,
     .tilt = {NEUTRAL, .no_cap = true},
     .expect = {0, YUAN(1000), YUAN(500), YUAN(500), 0, 0, -1}},
    {.name = "a cap of a visit stays",
     .in_policy = YUAN(1000),
     .steps = {{0, 5000}},
     .caps = {{CAP_VISIT, false, YUAN(100)}},
     .tilted = true,
     .tilt = {NEUTRAL, .no_cap = true},
     .expect = {0, YUAN(1000), YUAN(500), YUAN(100), YUAN(800), 0, -1}},
    {.name = "a cap with something added",
     .in_policy = YUAN(1000),
     .steps = {{0, 5000}},
     .caps = {{CAP_VISIT, false, YUAN(100)}},
     .tilted = true,
     .tilt = {NEUTRAL, .cap_plus = YUAN(50)},
     .expect = {0, YUAN(1000), YUAN(500), YUAN(150), YUAN(700), 0, -1}},
    {.name = "points lost by not filing are told apart",
     .in_policy = YUAN(1000),
     .per = DEDUCTIBLE_BILL,
     .deductible = YUAN(100),
     .steps = {{0, 6000}},
     .tilted = true,
     .tilt = {NEUTRAL, .points = -2000, .lost = true},
     .expect = {YUAN(100), YUAN(900), YUAN(360), YUAN(360), 0, YUAN(180), -1}},
    {.name = "what was lost counts on the money below the cap",
     .in_policy = YUAN(1000),
     .steps = {{0, 6000}},
     .caps = {{CAP_VISIT, false, YUAN(200)}},
     .tilted = true,
     .tilt = {NEUTRAL, .points = -2000, .lost = true},
     .expect = {0, YUAN(1000), YUAN(400), YUAN(200), YUAN(500), YUAN(100), -1}},
};

static void step_take(const struct step_case *s, bool trace) {
  struct plan *plan = plan_start();
  struct rule *rule = rule_add(plan, "r", YZ__TIER__CRITICAL_ILLNESS, YZ__SERVICE__ADJUDICATION);
  if (s->per) rule_deductible(plan, rule, s->per, rows_one(plan, s->deductible));
  for (size_t i = 0; i < COUNT(s->steps) && s->steps[i].rate; i++)
    rule_step(plan, rule, s->steps[i].to, s->steps[i].rate);
  rule->above_deductible = s->above;
  if (s->on_year) rule_on_year(plan, rule, s->above);
  for (size_t i = 0; i < COUNT(s->caps) && s->caps[i].amount; i++)
    rule_cap(plan, rule, s->caps[i].per, s->caps[i].on_covered, s->caps[i].amount);
  if (s->tilted) rule->tilts[rule->n_tilts++] = s->tilt;
  plan_index(plan);
  struct benefit_case *c = case_start(plan, s->in_policy);
  for (uint16_t i = 0; i < plan->n_counters; i++) {
    static const char whats[] = "bdcp";
    const int64_t before[] = {s->year_before, s->taken_before, s->covered_before, s->paid_before};
    c->counters[i] = before[strchr(whats, plan->counters[i].name[2]) - whats];
  }
  if (benefit_run(c, YZ__SERVICE__ADJUDICATION, trace) != BENEFIT_OK || c->n_results != 1)
    fail_msg("%s: failed", s->name);
  const struct result *r = &c->results[0];
  const int64_t found[] = {r->deductible, r->covered, r->computed, r->paid, r->over_cap, r->lost, r->to_next_step};
  if (memcmp(found, &s->expect, sizeof found) != 0)
    fail_msg("%s: deductible %lld covered %lld computed %lld paid %lld over_cap %lld lost %lld to_next %lld", s->name,
             (long long)found[0], (long long)found[1], (long long)found[2], (long long)found[3], (long long)found[4],
             (long long)found[5], (long long)found[6]);
  const int64_t *left = c->purse.pockets[0].left;
  assert_int_equal(left[MONEY_IN_POLICY], 0);
  assert_int_equal(left[MONEY_DEDUCTIBLE], r->deductible);
  assert_int_equal(left[MONEY_OVER_CAP], r->over_cap);
  assert_int_equal(left[MONEY_LOST], r->lost);
  assert_int_equal(purse_total(&c->purse) + r->paid, s->in_policy);
  assert_int_equal(c->moved[rule->paid_counter], r->paid);
  if (rule->deductible_counter != NO_COUNTER) assert_int_equal(c->moved[rule->deductible_counter], r->deductible);
  if (s->on_year) assert_int_equal(c->moved[rule->base_counter], s->in_policy);
  for (uint8_t i = 0; i < rule->n_caps; i++)
    if (rule->caps[i].on_covered) assert_int_equal(c->moved[rule->caps[i].counter], r->covered);
  free(c);
  free(plan);
}

static void steps_by_table(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(step_cases); i++) {
    step_take(&step_cases[i], false);
    step_take(&step_cases[i], true);
  }
}

/* ---- conditions ---- */

static void conditions_hold_when_no_fact_is_outside(void **state) {
  (void)state;
  const struct facts plain = facts_plain();
  struct when when = when_always();
  assert_true(when_holds(&when, &plain));
  when = when_only(when_always(), BITS_SCHEME, 2, YZ__SCHEME__EMPLOYEE);
  assert_false(when_holds(&when, &plain));
  when = when_only(when_always(), BITS_LEVEL, 5, YZ__LEVEL__TERTIARY);
  assert_true(when_holds(&when, &plain));
  when = when_category(when_always(), YZ__CATEGORY__ORPHAN);
  assert_false(when_holds(&when, &plain));
  struct facts orphan = plain;
  orphan.categories = PLAN_BIT(0, YZ__CATEGORY__ORPHAN) | PLAN_BIT(0, YZ__CATEGORY__MONITORED);
  assert_true(when_holds(&when, &orphan));
  when = when_always();
  when.not_category = PLAN_BIT(0, YZ__CATEGORY__MONITORED);
  assert_true(when_holds(&when, &plain));
  assert_false(when_holds(&when, &orphan));
  when = when_always();
  when.age_from = 40, when.age_to = 40;
  assert_true(when_holds(&when, &plain));
  when.age_from = 41, when.age_to = 60;
  assert_false(when_holds(&when, &plain));
  when = when_always();
  when.has_disease = true;
  when.disease[2] = 1; /* disease 128 */
  assert_false(when_holds(&when, &plain));
  struct facts ill = plain;
  ill.disease = 128;
  assert_true(when_holds(&when, &ill));
  ill.disease = 64;
  assert_false(when_holds(&when, &ill));
}

/* ---- stays ---- */

static void the_deductible_follows_the_ordinal_of_the_stay(void **state) {
  (void)state;
  struct plan *plan = plan_start();
  struct rule *rule = rule_add(plan, "basic", YZ__TIER__BASIC, YZ__SERVICE__ADJUDICATION);
  struct rows rows = {0};
  struct when first = when_always(), second = when_always();
  first.stay_to = 1;
  second.stay_from = second.stay_to = 2;
  rows_more(plan, &rows, first, YUAN(700));
  rows_more(plan, &rows, second, YUAN(350));
  rows_more(plan, &rows, when_always(), 0);
  rule_deductible(plan, rule, DEDUCTIBLE_STAY, rows);
  rule_step(plan, rule, 0, 6000);
  struct rule *beside = rule_add(plan, "beside", YZ__TIER__BASIC, YZ__SERVICE__ADJUDICATION);
  rule_deductible(plan, beside, DEDUCTIBLE_STAY, rows_one(plan, 0));
  rule_step(plan, beside, 0, 0);
  plan_index(plan);
  static const int64_t due[] = {YUAN(700), YUAN(350), 0, 0};
  struct benefit_case *c = case_start(plan, 0);
  for (size_t stay = 0; stay < COUNT(due); stay++) {
    benefit_case_init(c, plan);
    c->facts = facts_plain();
    c->purse.n = 1;
    c->purse.pockets[0].left[MONEY_IN_POLICY] = YUAN(1000);
    c->counters[rule->stays_counter] = (int64_t)stay;
    assert_int_equal(run_all(c, true), BENEFIT_OK);
    assert_int_equal(c->results[0].deductible, due[stay]);
    assert_int_equal(c->results[0].stay, stay + 1);
    assert_int_equal(c->results[1].stay, stay + 1);
    assert_int_equal(c->moved[rule->stays_counter], 1); /* two rules, one stay */
    memset(c->purse.pockets[0].left, 0, sizeof c->purse.pockets[0].left);
  }
  free(c);
  free(plan);
}

static void a_stay_without_money_counts_as_a_stay(void **state) {
  (void)state;
  struct plan *plan = plan_start();
  struct rule *rule = rule_add(plan, "basic", YZ__TIER__BASIC, YZ__SERVICE__ADJUDICATION);
  rule_deductible(plan, rule, DEDUCTIBLE_STAY, rows_one(plan, YUAN(700)));
  rule_step(plan, rule, 0, 6000);
  struct rule *other = rule_add(plan, "critical", YZ__TIER__CRITICAL_ILLNESS, YZ__SERVICE__ADJUDICATION);
  rule_step(plan, other, 0, 6000);
  plan_index(plan);
  struct benefit_case *c = case_start(plan, 0);
  assert_int_equal(run_all(c, false), BENEFIT_OK);
  assert_int_equal(c->n_results, 1); /* a rule without money and without stay leaves no result */
  assert_int_equal(c->results[0].paid, 0);
  assert_int_equal(c->moved[rule->stays_counter], 1);
  free(c);
  free(plan);
}

/* ---- which rules apply ---- */

static void rules_apply_by_condition_date_and_override(void **state) {
  (void)state;
  struct plan *plan = plan_start();
  static const char *const ids[] = {"general", "special", "most special", "over", "employee", "later"};
  struct rule *rules[COUNT(ids)];
  for (size_t i = 0; i < COUNT(ids); i++) {
    rules[i] = rule_add(plan, ids[i], YZ__TIER__BASIC, YZ__SERVICE__ADJUDICATION);
    rule_step(plan, rules[i], 0, 1000);
  }
  rules[1]->overrides[0] = 1u << 0; /* special over general */
  rules[2]->overrides[0] = 1u << 1; /* most special over special: then general stands again */
  rules[2]->applies = when_category(when_always(), YZ__CATEGORY__ORPHAN);
  rules[4]->applies = when_only(when_always(), BITS_SCHEME, 2, YZ__SCHEME__EMPLOYEE);
  rules[5]->from = facts_plain().on + 1;
  plan_index(plan);
  struct benefit_case *c = case_start(plan, YUAN(100));
  assert_int_equal(run_all(c, false), BENEFIT_OK);
  assert_int_equal(c->n_results, 2);
  assert_non_null(result_of(c, "special"));
  assert_non_null(result_of(c, "over"));
  free(c);
  c = case_start(plan, YUAN(100));
  c->facts.categories = PLAN_BIT(0, YZ__CATEGORY__ORPHAN);
  c->facts.on = rules[5]->from;
  assert_int_equal(run_all(c, false), BENEFIT_OK);
  assert_int_equal(c->n_results, 4);
  assert_non_null(result_of(c, "general"));
  assert_non_null(result_of(c, "most special"));
  assert_non_null(result_of(c, "later"));
  assert_null(result_of(c, "special"));
  free(c);
  free(plan);
}

static void later_tiers_know_whether_basic_settled(void **state) {
  (void)state;
  struct plan *plan = plan_start();
  struct rule *basic = rule_add(plan, "basic", YZ__TIER__BASIC, YZ__SERVICE__ADJUDICATION);
  rule_step(plan, basic, 0, 5000);
  basic->applies = when_category(when_always(), YZ__CATEGORY__ORPHAN);
  struct rule *with = rule_add(plan, "with", YZ__TIER__SUPPLEMENT, YZ__SERVICE__SUPPLEMENTARY);
  struct rule *without = rule_add(plan, "without", YZ__TIER__SUPPLEMENT, YZ__SERVICE__SUPPLEMENTARY);
  with->applies.bits &= ~PLAN_BOOL(BITS_BASIC_SETTLED, false);
  without->applies.bits &= ~PLAN_BOOL(BITS_BASIC_SETTLED, true);
  rule_step(plan, with, 0, 5000);
  rule_step(plan, without, 0, 2500);
  plan_index(plan);
  struct benefit_case *c = case_start(plan, YUAN(100));
  assert_int_equal(run_all(c, false), BENEFIT_OK);
  assert_int_equal(c->n_results, 1);
  assert_non_null(result_of(c, "without"));
  free(c);
  c = case_start(plan, YUAN(100));
  c->facts.categories = PLAN_BIT(0, YZ__CATEGORY__ORPHAN);
  assert_int_equal(run_all(c, false), BENEFIT_OK);
  assert_int_equal(c->n_results, 2);
  assert_int_equal(result_of(c, "with")->paid, YUAN(25));
  free(c);
  /* a later service is told by the facts */
  c = case_start(plan, YUAN(100));
  c->facts.bits |= PLAN_BOOL(BITS_BASIC_SETTLED, true);
  assert_int_equal(benefit_run(c, YZ__SERVICE__SUPPLEMENTARY, false), BENEFIT_OK);
  assert_non_null(result_of(c, "with"));
  free(c);
  free(plan);
}

static void the_risk_class_belongs_to_the_contract(void **state) {
  (void)state;
  struct plan *plan = plan_start();
  for (uint16_t pack = 1; pack <= 2; pack++) {
    struct rule *rule = rule_add(plan, pack == 1 ? "one" : "two", YZ__TIER__SUPPLEMENT, YZ__SERVICE__SUPPLEMENTARY);
    struct rows rows = {0};
    rule->pack = pack;
    rows_more(plan, &rows, when_only(when_always(), BITS_RISK, 2, YZ__RISK__PRE_EXISTING), 3000);
    rows_more(plan, &rows, when_always(), 7000);
    rule->steps[rule->n_steps++] = (struct plan_step){.to = INT64_MAX, .rate = rows};
    rule->in_policy = BASE_OUT;
    rule->own_expense = pack == 1 ? RATIO_ONE : 0;
    rule->over_limit = pack == 2 ? RATIO_ONE : 0;
  }
  plan->n_packs = 3;
  plan_index(plan);
  struct benefit_case *c = case_start(plan, 0);
  c->purse.pockets[0].left[MONEY_OWN_EXPENSE] = YUAN(100);
  c->purse.pockets[0].left[MONEY_OVER_LIMIT] = YUAN(100);
  c->pack_bits[1] = PLAN_BIT(BITS_RISK, YZ__RISK__PRE_EXISTING);
  c->pack_bits[2] = PLAN_BIT(BITS_RISK, YZ__RISK__HEALTHY);
  assert_int_equal(run_all(c, false), BENEFIT_OK);
  assert_int_equal(result_of(c, "one")->paid, YUAN(30));
  assert_int_equal(result_of(c, "two")->paid, YUAN(70));
  free(c);
  free(plan);
}

/* ---- what enters, and how it goes back ---- */

static void bases_take_the_money_they_name(void **state) {
  (void)state;
  static const struct {
    const char *name;
    enum in_policy_base in_policy;
    bool lost;
    int32_t first_pay, remote_first_pay, over_limit, own_expense;
    uint32_t only, except;
    int64_t base;
  } cases[] = {
      {"all in policy", BASE_ALL, true, 0, 0, 0, 0, 0, 0, 2 * (1 + 10 + 100 + 1000 + 10000)},
      {"without what was lost", BASE_ALL, false, 0, 0, 0, 0, 0, 0, 2 * (1 + 10 + 100 + 1000)},
      {"without deductibles", BASE_WITHOUT_DEDUCTIBLES, true, 0, 0, 0, 0, 0, 0, 2 * (1 + 100 + 1000 + 10000)},
      {"over the cap", BASE_OVER_CAP, true, 0, 0, 0, 0, 0, 0, 2 * 1000},
      {"nothing in policy", BASE_OUT, true, 0, 0, 0, RATIO_ONE, 0, 0, 2 * 100000000},
      {"half the first-pay, exact over the pockets", BASE_OUT, true, 5000, 0, 0, 0, 0, 0, 100001},
      {"remote first-pay and over limit", BASE_OUT, true, 0, RATIO_ONE, RATIO_ONE, 0, 0, 0, 2 * (1000000 + 10000000)},
      {"only the list", BASE_OVER_CAP, true, 0, 0, 0, 0, 2, 0, 1000},
      {"not the list", BASE_OVER_CAP, true, 0, 0, 0, 0, 0, 2, 1000},
      {"another list", BASE_OVER_CAP, true, 0, 0, 0, 0, 4, 0, 0},
  };
  static const int64_t left[MONEY_KINDS] = {1, 10, 100, 1000, 10000, 100001, 1000000, 10000000, 100000000};
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct plan *plan = plan_start();
    struct rule *rule = rule_add(plan, "r", YZ__TIER__SUPPLEMENT, YZ__SERVICE__SUPPLEMENTARY);
    rule_step(plan, rule, 0, RATIO_ONE);
    rule->in_policy = (uint8_t)cases[i].in_policy;
    rule->lost_enters = cases[i].lost;
    rule->first_pay = cases[i].first_pay;
    rule->remote_first_pay = cases[i].remote_first_pay;
    rule->over_limit = cases[i].over_limit;
    rule->own_expense = cases[i].own_expense;
    rule->only_lists = cases[i].only;
    rule->except_lists = cases[i].except;
    plan_index(plan);
    struct benefit_case *c = case_start(plan, 0);
    c->purse.n = 2;
    memcpy(c->purse.pockets[0].left, left, sizeof left);
    memcpy(c->purse.pockets[1].left, left, sizeof left);
    c->purse.pockets[1].lists = 2;
    const int64_t before = purse_total(&c->purse);
    assert_int_equal(run_all(c, true), BENEFIT_OK);
    const struct result *r = result_of(c, "r");
    if ((r ? r->base : 0) != cases[i].base) fail_msg("%s: %lld", cases[i].name, (long long)(r ? r->base : 0));
    assert_int_equal(purse_total(&c->purse), before - cases[i].base); /* 100 % paid */
    if (r) {
      int64_t parts = 0;
      for (int k = 0; k < MONEY_KINDS; k++) parts += r->parts[k];
      assert_int_equal(parts, r->base);
    }
    free(c);
    free(plan);
  }
}

static void money_takes_the_name_of_its_use(void **state) {
  (void)state;
  struct plan *plan = plan_start();
  struct rule *rule = rule_add(plan, "r", YZ__TIER__CRITICAL_ILLNESS, YZ__SERVICE__ADJUDICATION);
  rule_deductible(plan, rule, DEDUCTIBLE_BILL, rows_one(plan, 150));
  rule_step(plan, rule, 0, 5000);
  rule->own_expense = RATIO_ONE;
  plan_index(plan);
  struct benefit_case *c = case_start(plan, 0);
  int64_t *left = c->purse.pockets[0].left;
  left[MONEY_DEDUCTIBLE] = 100;  /* all paid */
  left[MONEY_RATIO] = 300;       /* all paid */
  left[MONEY_OVER_CAP] = 400;    /* 25 paid, 375 ratio */
  left[MONEY_LOST] = 100;        /* 50 fill the deductible, 50 the ratio: stays lost */
  left[MONEY_OWN_EXPENSE] = 100; /* fills the deductible: stays own expense */
  assert_int_equal(run_all(c, false), BENEFIT_OK);
  assert_int_equal(c->results[0].base, 1000);
  assert_int_equal(c->results[0].paid, 425);
  assert_int_equal(left[MONEY_DEDUCTIBLE], 0);
  assert_int_equal(left[MONEY_RATIO], 375);
  assert_int_equal(left[MONEY_OVER_CAP], 0);
  assert_int_equal(left[MONEY_LOST], 100);
  assert_int_equal(left[MONEY_OWN_EXPENSE], 100);
  free(c);
  free(plan);
}

static void pockets_share_a_payment_in_proportion(void **state) {
  (void)state;
  struct plan *plan = plan_start();
  struct rule *rule = rule_add(plan, "r", YZ__TIER__BASIC, YZ__SERVICE__ADJUDICATION);
  rule_step(plan, rule, 0, 6000);
  plan_index(plan);
  struct benefit_case *c = case_start(plan, 1000);
  c->purse.n = 3;
  memset(&c->purse.pockets[1], 0, 2 * sizeof c->purse.pockets[1]);
  c->purse.pockets[1].lists = 1;
  c->purse.pockets[1].left[MONEY_IN_POLICY] = 100;
  c->purse.pockets[2].lists = 2;
  c->purse.pockets[2].left[MONEY_IN_POLICY] = 1;
  assert_int_equal(run_all(c, false), BENEFIT_OK);
  assert_int_equal(c->results[0].paid, 661); /* 660.6 */
  assert_int_equal(c->purse.pockets[0].left[MONEY_RATIO], 399);
  assert_int_equal(c->purse.pockets[1].left[MONEY_RATIO], 40);
  assert_int_equal(c->purse.pockets[2].left[MONEY_RATIO], 1);
  free(c);
  free(plan);
}

/* ---- tilts, ages, grants, caps by the day ---- */

static void the_first_tilt_and_every_adjustment_count(void **state) {
  (void)state;
  struct plan *plan = plan_start();
  struct rule *rule = rule_add(plan, "r", YZ__TIER__BASIC, YZ__SERVICE__ADJUDICATION);
  rule_step(plan, rule, 0, 5000);
  struct plan_tilt tilt = tilt_plain();
  tilt.when = when_category(when_always(), YZ__CATEGORY__ORPHAN);
  tilt.points = 4000;
  rule->tilts[0] = tilt;
  tilt.when = when_category(when_always(), YZ__CATEGORY__MONITORED);
  tilt.points = 1000;
  rule->tilts[1] = tilt;
  tilt.points = 2000;
  rule->tilts[2] = tilt;
  rule->n_tilts = 3;
  tilt = tilt_plain();
  tilt.rate_share = 5000;
  rule->adjustments[0] = tilt;
  tilt = tilt_plain();
  tilt.points = 500;
  rule->adjustments[1] = tilt;
  tilt.when = when_only(when_always(), BITS_REMOTE, 6, YZ__REMOTE__UNFILED);
  rule->adjustments[2] = tilt;
  rule->n_adjustments = 3;
  plan_index(plan);
  struct benefit_case *c = case_start(plan, 10000);
  c->facts.categories = PLAN_BIT(0, YZ__CATEGORY__MONITORED);
  assert_int_equal(run_all(c, false), BENEFIT_OK);
  assert_int_equal(c->results[0].tilt, 2);
  assert_int_equal(c->results[0].paid, 3500); /* (50 % + 10) x 50 % + 5 */
  free(c);
  free(plan);
}

static void a_rate_may_grow_with_age(void **state) {
  (void)state;
  struct plan *plan = plan_start();
  struct rule *rule = rule_add(plan, "r", YZ__TIER__BASIC, YZ__SERVICE__ADJUDICATION);
  rule_step(plan, rule, 0, 7500);
  plan->rows[rule->steps[0].rate.first].per_year_of_age = 20;
  plan_index(plan);
  static const struct {
    int16_t age;
    int64_t paid;
  } cases[] = {{0, 7500}, {40, 8300}, {125, 10000}, {130, 10000}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct benefit_case *c = case_start(plan, 10000);
    c->facts.age = cases[i].age;
    assert_int_equal(run_all(c, false), BENEFIT_OK);
    assert_int_equal(c->results[0].paid, cases[i].paid);
    free(c);
  }
  free(plan);
}

static void grants_are_amounts(void **state) {
  (void)state;
  static const struct {
    const char *name;
    int per;
    bool beyond;
    int64_t plus, bill, cap;
    int32_t days;
    int64_t computed, paid, outside, over_cap;
  } cases[] = {
      {"each bill", YZ__GRANT__PER__EACH_BILL, false, 0, YUAN(100), 0, 7, YUAN(30), YUAN(30), 0, 0},
      {"by the day", YZ__GRANT__PER__DAY, false, 0, YUAN(1000), 0, 7, YUAN(210), YUAN(210), 0, 0},
      {"by the month, more for some", YZ__GRANT__PER__MONTH, false, YUAN(5), YUAN(1000), 0, 2, YUAN(35), YUAN(35), 0,
       0},
      {"never more than the bill", YZ__GRANT__PER__DAY, false, 0, YUAN(100), 0, 7, YUAN(210), YUAN(100), 0, 0},
      {"under a cap", YZ__GRANT__PER__DAY, false, 0, YUAN(1000), YUAN(150), 7, YUAN(210), YUAN(150), 0, YUAN(60)},
      {"to the person, whatever the bill", YZ__GRANT__PER__DAY, true, 0, YUAN(100), 0, 7, YUAN(210), 0, YUAN(210), 0},
      {"to the person without a bill", YZ__GRANT__PER__DAY, true, 0, 0, 0, 7, YUAN(210), 0, YUAN(210), 0},
      {"to the person under a cap", YZ__GRANT__PER__DAY, true, 0, 0, YUAN(200), 7, YUAN(210), 0, YUAN(200), 0},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct plan *plan = plan_start();
    struct rule *rule = rule_add(plan, "r", YZ__TIER__CARE, YZ__SERVICE__ADJUDICATION);
    rule->grant_per = (uint8_t)cases[i].per;
    rule->grant_beyond_cost = cases[i].beyond;
    rule->grant = rows_one(plan, YUAN(30));
    if (cases[i].cap) rule_cap(plan, rule, CAP_YEAR, false, cases[i].cap);
    struct plan_tilt tilt = tilt_plain();
    tilt.grant_plus = cases[i].plus;
    rule->adjustments[rule->n_adjustments++] = tilt;
    plan_index(plan);
    struct benefit_case *c = case_start(plan, cases[i].bill);
    c->facts.days = cases[i].days;
    assert_int_equal(run_all(c, true), BENEFIT_OK);
    const struct result *r = result_of(c, "r");
    assert_non_null(r);
    if (r->computed != cases[i].computed || r->paid != cases[i].paid || r->outside_bill != cases[i].outside ||
        r->over_cap != cases[i].over_cap)
      fail_msg("%s: computed %lld paid %lld outside %lld over %lld", cases[i].name, (long long)r->computed,
               (long long)r->paid, (long long)r->outside_bill, (long long)r->over_cap);
    assert_int_equal(purse_total(&c->purse) + r->paid, cases[i].bill);
    assert_int_equal(c->moved[rule->paid_counter], r->paid + r->outside_bill);
    free(c);
    free(plan);
  }
}

static void a_cap_on_times_counts_what_was_paid(void **state) {
  (void)state;
  static const struct {
    const char *name;
    int64_t bill, before, paid, over_cap, moved;
    bool no_cap, binding;
  } cases[] = {
      {"the first time", YUAN(1000), 0, YUAN(500), 0, 1, false, false},
      {"the last of two", YUAN(1000), 1, YUAN(500), 0, 1, false, false},
      {"once too often", YUAN(1000), 2, 0, YUAN(1000), 0, false, true},
      {"no tilt lifts it", YUAN(1000), 2, 0, YUAN(1000), 0, true, true},
      {"what pays nothing is no time", 0, 1, 0, 0, 0, false, false},
      {"a fen is a time", 1, 1, 1, 0, 1, false, false},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct plan *plan = plan_start();
    struct rule *rule = rule_add(plan, "r", YZ__TIER__CARE, YZ__SERVICE__ADJUDICATION);
    rule->deductible_per = DEDUCTIBLE_STAY; /* so that a bill of nothing is taken too */
    rule->deductible = rows_one(plan, 0);
    rule->deductible_counter = NO_COUNTER;
    rule->stays_counter = counter_add(plan, "stays", COUNTER_STAYS, SCOPE_YEAR);
    rule_step(plan, rule, 0, 5000);
    struct plan_cap *cap = rule_cap(plan, rule, CAP_YEAR, false, 2);
    cap->on_times = true;
    cap->counter = counter_add(plan, "r.t", COUNTER_TIMES, SCOPE_YEAR);
    struct plan_tilt tilt = tilt_plain();
    tilt.no_cap = cases[i].no_cap;
    tilt.cap_plus = YUAN(5);
    rule->adjustments[rule->n_adjustments++] = tilt;
    plan_index(plan);
    struct benefit_case *c = case_start(plan, cases[i].bill);
    c->counters[cap->counter] = cases[i].before;
    assert_int_equal(run_all(c, true), BENEFIT_OK);
    const struct result *r = result_of(c, "r");
    if (r->paid != cases[i].paid || r->over_cap != cases[i].over_cap || c->moved[cap->counter] != cases[i].moved)
      fail_msg("%s: paid %lld over %lld moved %lld", cases[i].name, (long long)r->paid, (long long)r->over_cap,
               (long long)c->moved[cap->counter]);
    assert_int_equal(r->caps[0].binding, cases[i].binding);
    assert_true(r->caps[0].on_times);
    assert_int_equal(r->caps[0].limit, 2);
    assert_int_equal(r->caps[0].before, cases[i].before);
    free(c);
    free(plan);
  }
}

static void a_closed_pocket_enters_nothing(void **state) {
  (void)state;
  for (int open = 0; open < 2; open++) { /* the closed one alone, or beside one of 100 */
    struct plan *plan = plan_start();
    struct rule *rule = rule_add(plan, "r", YZ__TIER__BASIC, YZ__SERVICE__ADJUDICATION);
    rule_step(plan, rule, 0, 5000);
    rule_deductible(plan, rule, DEDUCTIBLE_STAY, rows_one(plan, 0));
    rule->own_expense = RATIO_ONE;
    struct rule *grant = rule_add(plan, "g", YZ__TIER__CARE, YZ__SERVICE__ADJUDICATION);
    grant->grant_per = YZ__GRANT__PER__EACH_BILL;
    grant->grant_beyond_cost = true;
    grant->grant = rows_one(plan, YUAN(30));
    plan_index(plan);
    struct benefit_case *c = case_start(plan, YUAN(100));
    struct pocket *closed = &c->purse.pockets[open];
    if (open) c->purse.n = 2;
    *closed = (struct pocket){.lists = POCKET_CLOSED, .left = {[MONEY_OWN_EXPENSE] = YUAN(1000)}};
    assert_int_equal(run_all(c, true), BENEFIT_OK);
    assert_int_equal(closed->left[MONEY_OWN_EXPENSE], YUAN(1000));
    assert_int_equal(c->n_results, open ? 2 : 0);
    assert_int_equal(c->moved[rule->stays_counter], open);
    if (open) assert_int_equal(result_of(c, "r")->paid, YUAN(50));
    free(c);
    free(plan);
  }
}

static void a_cap_by_bed_day_counts_the_days(void **state) {
  (void)state;
  struct plan *plan = plan_start();
  struct rule *rule = rule_add(plan, "r", YZ__TIER__CARE, YZ__SERVICE__ADJUDICATION);
  rule_step(plan, rule, 0, 7500);
  rule_cap(plan, rule, CAP_BED_DAY, false, YUAN(30));
  struct plan_tilt tilt = tilt_plain();
  tilt.cap_plus = YUAN(5);
  tilt.when = when_category(when_always(), YZ__CATEGORY__ORPHAN);
  rule->adjustments[rule->n_adjustments++] = tilt;
  plan_index(plan);
  for (int helped = 0; helped < 2; helped++) {
    struct benefit_case *c = case_start(plan, YUAN(1000));
    c->facts.days = 10;
    if (helped) c->facts.categories = PLAN_BIT(0, YZ__CATEGORY__ORPHAN);
    assert_int_equal(run_all(c, true), BENEFIT_OK);
    assert_int_equal(c->results[0].paid, helped ? YUAN(350) : YUAN(300));
    assert_int_equal(c->results[0].caps[0].limit, helped ? YUAN(350) : YUAN(300));
    assert_true(c->results[0].caps[0].binding);
    free(c);
  }
  free(plan);
}

static void a_shared_cap_counter_moves_once_per_rule(void **state) {
  (void)state;
  struct plan *plan = plan_start();
  struct rule *one = rule_add(plan, "one", YZ__TIER__BASIC, YZ__SERVICE__ADJUDICATION);
  struct rule *two = rule_add(plan, "two", YZ__TIER__CRITICAL_ILLNESS, YZ__SERVICE__ADJUDICATION);
  const uint16_t shared = counter_add(plan, "both.p", COUNTER_PAID, SCOPE_YEAR);
  rule_step(plan, one, 0, 5000);
  rule_step(plan, two, 0, 5000);
  rule_cap(plan, one, CAP_YEAR, false, YUAN(1000))->counter = shared;
  rule_cap(plan, one, CAP_YEAR, false, YUAN(2000))->counter = shared;
  rule_cap(plan, one, CAP_YEAR, false, YUAN(3000));
  rule_cap(plan, two, CAP_YEAR, false, YUAN(600))->counter = shared;
  plan_index(plan);
  struct benefit_case *c = case_start(plan, YUAN(1000));
  assert_int_equal(run_all(c, true), BENEFIT_OK);
  assert_int_equal(result_of(c, "one")->paid, YUAN(500));
  assert_int_equal(result_of(c, "two")->paid, YUAN(100)); /* what the first left of the shared cap */
  assert_int_equal(c->moved[shared], YUAN(600));
  assert_int_equal(c->moved[one->paid_counter], YUAN(500));
  assert_int_equal(result_of(c, "two")->caps[0].before, YUAN(500));
  assert_int_equal(result_of(c, "two")->caps[0].left, 0);
  free(c);
  free(plan);
}

/* 90 % of first-pay, over limit and own expense; two pockets. Money is lost to rounding once, and not at each kind. */
static void shares_are_exact_until_the_payment(void **state) {
  (void)state;
  static const struct {
    const char *name;
    int64_t first_pay, over_limit, own[2], deductible;
    int32_t rate;
    int64_t base, covered, paid, parts[3]; /* parts: first-pay, over limit, own expense */
  } cases[] = {
      {"a deductible and a rate",
       1000005,
       1000005,
       {2000005, 0},
       2000000,
       6000,
       3600014,
       1600014,
       960008,
       {900005, 900004, 1800005}},
      {"half a fen of each goes up once", 5, 5, {5, 0}, 0, 6000, 14, 14, 8, {5, 4, 5}},
      {"by the rate and not before", 15, 15, {15, 0}, 0, 9000, 41, 41, 36, {14, 13, 14}}, /* 40.5 x 90 % = 36.45 */
      {"pockets of one kind too", 0, 0, {5, 5}, 0, 10000, 9, 9, 9, {0, 0, 9}},
      {"never more than entered", 0, 0, {6, 0}, 0, 10000, 5, 5, 5, {0, 0, 5}},
      {"a base that the deductible takes", 5, 0, {0, 0}, 5, 10000, 5, 0, 0, {5, 0, 0}},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct plan *plan = plan_start();
    struct rule *rule = rule_add(plan, "r", YZ__TIER__SUPPLEMENT, YZ__SERVICE__ADJUDICATION);
    if (cases[i].deductible) rule_deductible(plan, rule, DEDUCTIBLE_BILL, rows_one(plan, cases[i].deductible));
    rule->first_pay = rule->over_limit = rule->own_expense = PERCENT(90);
    rule_step(plan, rule, 0, cases[i].rate);
    plan_index(plan);
    struct benefit_case *c = case_start(plan, 0);
    c->purse.n = 2;
    c->purse.pockets[1] = (struct pocket){.lists = 1, .left = {[MONEY_OWN_EXPENSE] = cases[i].own[1]}};
    c->purse.pockets[0].left[MONEY_FIRST_PAY] = cases[i].first_pay;
    c->purse.pockets[0].left[MONEY_OVER_LIMIT] = cases[i].over_limit;
    c->purse.pockets[0].left[MONEY_OWN_EXPENSE] = cases[i].own[0];
    const int64_t bill = purse_total(&c->purse);
    assert_int_equal(run_all(c, true), BENEFIT_OK);
    const struct result *r = &c->results[0];
    const int64_t found[] = {r->base,
                             r->covered,
                             r->paid,
                             r->parts[MONEY_FIRST_PAY],
                             r->parts[MONEY_OVER_LIMIT],
                             r->parts[MONEY_OWN_EXPENSE]};
    if (memcmp(found, &cases[i].base, sizeof found) != 0)
      fail_msg("%s: base %lld covered %lld paid %lld of %lld, %lld, %lld", cases[i].name, (long long)found[0],
               (long long)found[1], (long long)found[2], (long long)found[3], (long long)found[4], (long long)found[5]);
    assert_int_equal(purse_total(&c->purse) + cases[i].paid, bill);
    free(c);
    free(plan);
  }
}

static void the_trace_says_the_segments(void **state) {
  (void)state;
  struct plan *plan = plan_start();
  struct rule *rule = rule_add(plan, "r", YZ__TIER__CRITICAL_ILLNESS, YZ__SERVICE__ADJUDICATION);
  rule_deductible(plan, rule, DEDUCTIBLE_YEAR, rows_one(plan, YUAN(18000)));
  rule_step(plan, rule, YUAN(100000), 6000);
  rule_step(plan, rule, YUAN(200000), 6500);
  rule_step(plan, rule, 0, 7000);
  rule_on_year(plan, rule, false);
  plan->rows[rule->steps[1].rate.first].assumed = true;
  plan_index(plan);
  struct benefit_case *c = case_start(plan, YUAN(150000));
  assert_int_equal(run_all(c, true), BENEFIT_OK);
  const struct result *r = &c->results[0];
  assert_int_equal(r->n_segments, 2);
  assert_int_equal(r->segments[0].from, YUAN(18000));
  assert_int_equal(r->segments[0].to, YUAN(100000));
  assert_int_equal(r->segments[0].amount, YUAN(82000));
  assert_int_equal(r->segments[0].rate, 6000);
  assert_int_equal(r->segments[1].amount, YUAN(50000));
  assert_int_equal(r->segments[1].rate, 6500);
  assert_int_equal(r->n_rows, 3); /* deductible and two rates */
  assert_true(r->assumed);
  assert_int_equal(r->parts[MONEY_IN_POLICY], YUAN(150000));
  free(c);
  /* a bill that stays below the assumed bracket does not rest on it */
  c = case_start(plan, YUAN(50000));
  assert_int_equal(run_all(c, false), BENEFIT_OK);
  assert_false(c->results[0].assumed);
  assert_int_equal(c->results[0].n_segments, 0);
  free(c);
  free(plan);
}

/* ---- refusals ---- */

static void what_cannot_be_computed_is_refused(void **state) {
  (void)state;
  struct plan *plan = plan_start();
  struct rule *rule = rule_add(plan, "r", YZ__TIER__BASIC, YZ__SERVICE__ADJUDICATION);
  struct rows rows = {0};
  rows_more(plan, &rows, when_only(when_always(), BITS_LEVEL, 5, YZ__LEVEL__PRIMARY), 5000);
  rule->steps[rule->n_steps++] = (struct plan_step){.to = INT64_MAX, .rate = rows};
  plan_index(plan);
  struct benefit_case *c = case_start(plan, YUAN(100));
  assert_int_equal(run_all(c, false), BENEFIT_NO_ROW);
  free(c);
  c = case_start(plan, INT64_C(10000000000001));
  assert_int_equal(run_all(c, false), BENEFIT_OVERFLOW);
  free(c);
  c = case_start(plan, -1);
  assert_int_equal(run_all(c, false), BENEFIT_OVERFLOW);
  free(c);
  free(plan);
  plan = plan_start();
  for (int i = 0; i < CASE_RESULTS_MAX + 1; i++) {
    char id[16];
    snprintf(id, sizeof id, "r%d", i);
    rule_step(plan, rule_add(plan, id, YZ__TIER__BASIC, YZ__SERVICE__ADJUDICATION), 0, 100);
  }
  plan_index(plan);
  c = case_start(plan, YUAN(100000));
  assert_int_equal(run_all(c, false), BENEFIT_TOO_MANY);
  free(c);
  free(plan);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(steps_by_table),
      cmocka_unit_test(conditions_hold_when_no_fact_is_outside),
      cmocka_unit_test(the_deductible_follows_the_ordinal_of_the_stay),
      cmocka_unit_test(a_stay_without_money_counts_as_a_stay),
      cmocka_unit_test(rules_apply_by_condition_date_and_override),
      cmocka_unit_test(later_tiers_know_whether_basic_settled),
      cmocka_unit_test(the_risk_class_belongs_to_the_contract),
      cmocka_unit_test(bases_take_the_money_they_name),
      cmocka_unit_test(money_takes_the_name_of_its_use),
      cmocka_unit_test(pockets_share_a_payment_in_proportion),
      cmocka_unit_test(the_first_tilt_and_every_adjustment_count),
      cmocka_unit_test(a_rate_may_grow_with_age),
      cmocka_unit_test(grants_are_amounts),
      cmocka_unit_test(a_cap_on_times_counts_what_was_paid),
      cmocka_unit_test(a_closed_pocket_enters_nothing),
      cmocka_unit_test(a_cap_by_bed_day_counts_the_days),
      cmocka_unit_test(a_shared_cap_counter_moves_once_per_rule),
      cmocka_unit_test(shares_are_exact_until_the_payment),
      cmocka_unit_test(the_trace_says_the_segments),
      cmocka_unit_test(what_cannot_be_computed_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
