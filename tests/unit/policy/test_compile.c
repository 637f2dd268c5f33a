#include "test.h"

#include "compile.h"
#include "date.h"
#include "pack_texts.h"

/* One pack with everything that a rule can have. */
static const char city[] =
    "pack: test.city\nversion: \"7\"\nname_zh: 测试市\nname_en: Test City\nfrom: 2023-01-01\nto: 2023-12-31\n"
    "ladder: [critical_illness, basic]\n"
    "sources:\n  - {id: law, title: The law, grade: official}\n  - {id: guess, title: A guess, grade: assumed}\n"
    "  - {id: rumour, title: Heard, grade: weak}\n"
    "parameters: [{id: income, amount: 40001.11, source: rumour}]\n"
    "diseases: [{code: M1, name_zh: 甲, name_en: A, source: law}, {code: M2, name_zh: 乙, name_en: B, source: law}]\n"
    "lists: [{id: drugs, name_zh: 药, name_en: Drugs, source: law}, {id: rare, name_zh: 罕, name_en: Rare, source: "
    "law}]\n"
    "remote:\n  source: law\n  filing_required: other_province\n  emergency_counts_as_filed: true\n"
    "  first_pay: [{when: {remote: unfiled}, share: 20%}, {when: {remote: temporary}, share: 10%}]\n"
    "benefits:\n"
    "  - id: basic.inpatient\n    name_zh: 住院\n    name_en: Inpatient\n    tier: basic\n"
    "    payer: resident_basic_fund\n"
    "    applies: {scheme: resident, setting: [inpatient, day_surgery], category: [orphan, monitored],\n"
    "              not_category: edge_family, age: 18-59, stay: 2+, disease: M2, basic_settled: true}\n"
    "    enters: {in_policy: without_deductibles, first_pay: 50%, remote_first_pay: 100%, over_limit: 10%,\n"
    "             own_expense: 1%, lost: false, only_lists: [rare], except_lists: [drugs], source: guess}\n"
    "    deductible:\n      per: stay\n      source: \"law: article 1\"\n      rows:\n"
    "        - {when: {level: tertiary}, of: income, ratio: 25%}\n"
    "        - {amount: 300.00, source: guess}\n"
    "    rate: {source: law, rows: [{when: {age: 50+}, rate: 75%, per_year_of_age: 0.2%}, {own_share: 30%}]}\n"
    "    caps:\n      - {per: year, amount: 200000.00, shared_as: pool, source: law}\n"
    "      - {per: visit, on: covered, amount: 5000.00, source: law}\n"
    "    tilts: [{when: {category: orphan}, deductible_share: 50%, points: 5%, no_cap: true, source: guess}]\n"
    "    adjustments: [{when: {remote: unfiled}, rate_share: 90%, lost: true, source: law}]\n"
    "    order_independent: true\n    may_lower_burden: true\n    counter: inpatient\n"
    "  - id: basic.day\n    name_zh: 日间\n    name_en: Day\n    tier: basic\n    payer: resident_basic_fund\n"
    "    overrides: basic.inpatient\n    applies: {setting: day_surgery}\n    from: 2023-07-01\n"
    "    rate: {flat: 60%, source: law}\n"
    "    caps: [{per: year, amount: 200000.00, shared_as: pool, source: law}, {per: day, amount: 9.00, source: law}]\n"
    "  - id: critical\n    name_zh: 大病\n    name_en: Critical\n    tier: critical_illness\n"
    "    payer: resident_critical_fund\n    service: supplementary\n"
    "    deductible: {per: year, amount: 18000.00, shared_as: joint, source: law}\n"
    "    rate:\n      on: year\n      measured: above_deductible\n      source: law\n"
    "      steps: [{to: 100000.00, rate: 60%}, {rate: 65%}]\n"
    "  - id: aid\n    name_zh: 补助\n    name_en: Aid\n    tier: critical_illness\n    payer: assistance_fund\n"
    "    beside: critical\n    applies: {setting: chronic}\n"
    "    deductible: {per: year, amount: 18000.00, shared_as: joint, source: law}\n"
    "    rate: {on: year, measured: including_deductible, source: law, steps: [{to: 10.00, rate: 50%}, {rate: 60%}]}\n"
    "    caps: [{per: disease_year, amount: 100.00, source: law}]\n"
    "  - id: allowance\n    name_zh: 津贴\n    name_en: Allowance\n    tier: critical_illness\n"
    "    payer: long_term_care_fund\n    beside: critical\n    applies: {setting: long_term_care}\n"
    "    grant: {per: month, beyond_cost: true, amount: 450.00, source: law}\n"
    "    caps: [{per: month, times: 1, source: law}]\n";

struct fixture {
  struct shelf *shelf;
  const struct plan *plan;
};

static int set_up(void **state) {
  static struct fixture fixture;
  fixture.shelf = shelf_of(1, (const char *const[]){city});
  fixture.plan = shelf_plan(fixture.shelf, "test.city", date_of(2023, 5, 1), NULL, 0);
  *state = &fixture;
  return fixture.plan ? 0 : 1;
}

static int tear_down(void **state) {
  shelf_free(&((struct fixture *)*state)->shelf);
  return 0;
}

static const struct rule *rule_of(void **state, const char *id) {
  const struct plan *plan = ((struct fixture *)*state)->plan;
  for (size_t i = 0; i < plan->n_rules; i++)
    if (strcmp(plan->rules[i].id, id) == 0) return &plan->rules[i];
  fail_msg("no rule %s", id);
  return NULL;
}

static const struct plan *plan_of(void **state) {
  return ((struct fixture *)*state)->plan;
}

static void assert_counter(void **state, uint16_t counter, const char *name, enum counter_scope scope) {
  const struct plan *plan = plan_of(state);
  assert_in_range(counter, 0, plan->n_counters - 1);
  assert_string_equal(plan->counters[counter].name, name);
  assert_int_equal(plan->counters[counter].scope, scope);
}

static void rules_stand_by_ladder_then_by_file(void **state) {
  const struct plan *plan = plan_of(state);
  const char *order[] = {"critical", "aid", "allowance", "basic.inpatient", "basic.day"};
  assert_int_equal(plan->n_rules, COUNT(order));
  for (size_t i = 0; i < COUNT(order); i++) assert_string_equal(plan->rules[i].id, order[i]);
  assert_true(plan->indexed);
  assert_int_equal(plan->from, date_of(2023, 1, 1));
  assert_int_equal(plan->to, date_of(2023, 12, 31));
  assert_string_equal(plan->packs[0].pack, "test.city");
  assert_string_equal(plan->packs[0].version, "7");
  assert_int_equal(strlen(plan->packs[0].sha256), 64);
}

static void services_come_from_the_tier_unless_stated(void **state) {
  assert_int_equal(rule_of(state, "basic.inpatient")->service, YZ__SERVICE__ADJUDICATION);
  assert_int_equal(rule_of(state, "critical")->service, YZ__SERVICE__SUPPLEMENTARY);
}

static void conditions_become_bits(void **state) {
  const struct when *when = &rule_of(state, "basic.inpatient")->applies;
  const uint64_t facts = PLAN_BIT(BITS_SCHEME, YZ__SCHEME__RESIDENT) |
                         PLAN_BIT(BITS_SETTING, YZ__SETTING__DAY_SURGERY) | PLAN_BIT(BITS_LEVEL, YZ__LEVEL__UNGRADED) |
                         PLAN_BOOL(BITS_BASIC_SETTLED, true);
  assert_true((facts & ~when->bits) == 0);
  assert_false(when->bits & PLAN_BIT(BITS_SCHEME, YZ__SCHEME__EMPLOYEE));
  assert_false(when->bits & PLAN_BIT(BITS_SETTING, YZ__SETTING__CHRONIC));
  assert_false(when->bits & PLAN_BOOL(BITS_BASIC_SETTLED, false));
  assert_true(when->any_category == (PLAN_BIT(0, YZ__CATEGORY__ORPHAN) | PLAN_BIT(0, YZ__CATEGORY__MONITORED)));
  assert_true(when->not_category == PLAN_BIT(0, YZ__CATEGORY__EDGE_FAMILY));
  assert_int_equal(when->age_from, 18);
  assert_int_equal(when->age_to, 59);
  assert_int_equal(when->stay_from, 2);
  assert_int_equal(when->stay_to, INT16_MAX);
  assert_true(when->has_disease);
  assert_true(when->disease[0] == 2); /* M2 is the second */
  assert_true(rule_of(state, "critical")->applies.bits == UINT64_MAX);
}

static void what_enters(void **state) {
  const struct rule *rule = rule_of(state, "basic.inpatient");
  assert_int_equal(rule->in_policy, BASE_WITHOUT_DEDUCTIBLES);
  assert_int_equal(rule->first_pay, 5000);
  assert_int_equal(rule->remote_first_pay, 10000);
  assert_int_equal(rule->over_limit, 1000);
  assert_int_equal(rule->own_expense, 100);
  assert_false(rule->lost_enters);
  assert_int_equal(rule->only_lists, 2);
  assert_int_equal(rule->except_lists, 1);
  assert_true(rule->assumed);
  const struct rule *plain = rule_of(state, "basic.day");
  assert_int_equal(plain->in_policy, BASE_ALL);
  assert_true(plain->lost_enters);
  assert_false(plain->assumed);
}

static void deductibles_and_parameters(void **state) {
  const struct plan *plan = plan_of(state);
  const struct rule *rule = rule_of(state, "basic.inpatient");
  assert_int_equal(rule->deductible_per, DEDUCTIBLE_STAY);
  assert_int_equal(rule->deductible_counter, NO_COUNTER);
  assert_counter(state, rule->stays_counter, "stays", SCOPE_YEAR);
  assert_int_equal(rule->deductible.count, 2);
  const struct row *share = &plan->rows[rule->deductible.first], *fixed = share + 1;
  assert_int_equal(share->value, 1000028); /* 25 % of 40 001.11 = 10 000.2775, half up */
  assert_true(share->assumed);             /* because the parameter's source is weak */
  assert_int_equal(share->cites, 2);
  assert_string_equal(plan->cites[share->cite].text, "law: article 1");
  assert_string_equal(plan->cites[share->cite + 1].text, "rumour");
  assert_int_equal(fixed->value, 30000);
  assert_true(fixed->assumed);
  assert_string_equal(plan->cites[fixed->cite].text, "guess");
  assert_int_equal(rule_of(state, "basic.day")->deductible_per, DEDUCTIBLE_NONE);
  assert_int_equal(rule_of(state, "basic.day")->deductible.count, 0);
}

static void rates_and_brackets(void **state) {
  const struct plan *plan = plan_of(state);
  const struct rule *rule = rule_of(state, "basic.inpatient");
  assert_int_equal(rule->n_steps, 1);
  assert_int_equal(rule->steps[0].to, INT64_MAX);
  const struct row *row = &plan->rows[rule->steps[0].rate.first];
  assert_int_equal(row[0].value, 7500);
  assert_int_equal(row[0].per_year_of_age, 20);
  assert_int_equal(row[1].value, 7000); /* own share 30 % */
  assert_false(rule->brackets_on_year);
  assert_int_equal(rule->base_counter, NO_COUNTER);
  const struct rule *critical = rule_of(state, "critical");
  assert_true(critical->brackets_on_year && critical->above_deductible);
  assert_int_equal(critical->n_steps, 2);
  assert_int_equal(critical->steps[0].to, 10000000);
  assert_counter(state, critical->base_counter, "critical.b", SCOPE_YEAR);
  assert_counter(state, critical->deductible_counter, "joint.d", SCOPE_YEAR);
  assert_counter(state, critical->base_deductible_counter, "critical.d", SCOPE_YEAR); /* its own, not the joint one */
  assert_counter(state, rule_of(state, "aid")->base_deductible_counter, "aid.d",
                 SCOPE_YEAR); /* inside the brackets too */
  assert_int_equal(rule->base_deductible_counter, NO_COUNTER);
  assert_int_equal(critical->base_rest_counter, NO_COUNTER); /* whole money enters */
  assert_int_equal(rule_of(state, "aid")->deductible_counter, critical->deductible_counter);
}

static void caps_and_counters(void **state) {
  const struct rule *rule = rule_of(state, "basic.inpatient"), *day = rule_of(state, "basic.day");
  assert_int_equal(rule->n_caps, 2);
  assert_counter(state, rule->caps[0].counter, "pool.p", SCOPE_YEAR);
  assert_int_equal(rule->caps[0].per, CAP_YEAR);
  assert_int_equal(rule->caps[1].per, CAP_VISIT);
  assert_true(rule->caps[1].on_covered);
  assert_int_equal(rule->caps[1].counter, NO_COUNTER);
  assert_int_equal(day->caps[0].counter, rule->caps[0].counter);
  assert_counter(state, day->caps[1].counter, "basic.day.p", SCOPE_DAY);
  assert_counter(state, day->paid_counter, "basic.day.p", SCOPE_YEAR);
  assert_counter(state, rule->paid_counter, "inpatient.p", SCOPE_YEAR);
  assert_counter(state, rule_of(state, "aid")->caps[0].counter, "aid.p", SCOPE_DISEASE);
}

static void tilts_grants_and_overrides(void **state) {
  const struct plan *plan = plan_of(state);
  const struct rule *rule = rule_of(state, "basic.inpatient");
  assert_int_equal(rule->n_tilts, 1);
  assert_int_equal(rule->tilts[0].deductible_share, 5000);
  assert_int_equal(rule->tilts[0].deductible_amount, -1);
  assert_int_equal(rule->tilts[0].points, 500);
  assert_int_equal(rule->tilts[0].rate_share, RATIO_ONE);
  assert_true(rule->tilts[0].no_cap && rule->tilts[0].assumed);
  assert_int_equal(rule->n_adjustments, 1);
  assert_int_equal(rule->adjustments[0].rate_share, 9000);
  assert_true(rule->adjustments[0].lost);
  assert_false(rule->adjustments[0].assumed);
  assert_true(rule->order_independent);
  assert_true(rule->may_lower_burden);
  const struct rule *allowance = rule_of(state, "allowance");
  assert_int_equal(allowance->grant_per, YZ__GRANT__PER__MONTH);
  assert_true(allowance->grant_beyond_cost);
  assert_int_equal(plan->rows[allowance->grant.first].value, 45000);
  assert_int_equal(allowance->n_steps, 0);
  assert_int_equal(allowance->n_caps, 1);
  assert_true(allowance->caps[0].on_times);
  assert_int_equal(plan->rows[allowance->caps[0].amount.first].value, 1);
  const struct counter_def *times = &plan->counters[allowance->caps[0].counter];
  assert_string_equal(times->name, "allowance.t");
  assert_int_equal(times->what, COUNTER_TIMES);
  assert_int_equal(times->scope, SCOPE_MONTH);
  const struct rule *day = rule_of(state, "basic.day");
  assert_true(day->overrides[0] == UINT64_C(1) << (rule - plan->rules));
  assert_int_equal(day->from, date_of(2023, 7, 1));
  assert_int_equal(day->to, date_of(2023, 12, 31));
}

static void remote_lists_and_diseases(void **state) {
  const struct plan *plan = plan_of(state);
  assert_int_equal(plan->filing_required, 1u << (YZ__REACH__OTHER_PROVINCE - 1));
  assert_true(plan->emergency_counts_as_filed);
  assert_false(plan->home_benefit_when_filed);
  assert_int_equal(plan->n_remote, 2);
  assert_int_equal(plan->remote[0].share, 2000);
  assert_int_equal(plan->n_diseases, 2);
  assert_string_equal(plan->diseases[1], "M2");
  assert_int_equal(plan->n_lists, 2);
  assert_string_equal(plan->lists[0], "drugs");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(rules_stand_by_ladder_then_by_file, set_up, tear_down),
      cmocka_unit_test_setup_teardown(services_come_from_the_tier_unless_stated, set_up, tear_down),
      cmocka_unit_test_setup_teardown(conditions_become_bits, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_enters, set_up, tear_down),
      cmocka_unit_test_setup_teardown(deductibles_and_parameters, set_up, tear_down),
      cmocka_unit_test_setup_teardown(rates_and_brackets, set_up, tear_down),
      cmocka_unit_test_setup_teardown(caps_and_counters, set_up, tear_down),
      cmocka_unit_test_setup_teardown(tilts_grants_and_overrides, set_up, tear_down),
      cmocka_unit_test_setup_teardown(remote_lists_and_diseases, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
