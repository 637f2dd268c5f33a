/* Published cases: the arithmetic of pages that print their parameters and results, on plans made by hand. Where a page
 * is wrong by its own parameters, the case says so and holds the right amount. */
#include "plan_maker.h"
#include "test.h"

enum { DRUGS = 1 }; /* list bit of the special drugs */

struct page_rule {
  const char *id;
  enum in_policy_base base;
  int32_t first_pay, over_limit, own_expense;
  bool drugs; /* takes the special drugs alone; otherwise never takes them */
  bool above; /* brackets measured above the deductible */
  int64_t deductible;
  struct {
    int64_t to;
    int32_t rate;
  } steps[8];
  int64_t covered_cap;
  int64_t base_expected, paid_expected;
};

struct page_case {
  const char *id;
  int64_t in_policy, ratio, first_pay, own_expense, drugs;
  struct page_rule rules[4];
  int64_t left_expected;
};

static const struct page_case pages[] = {
    {.id = "cq-yubei-2023-edge-family",
     .in_policy = 5000000,
     .own_expense = 200000,
     .rules =
         {{.id = "basic",
           .deductible = 30000,
           .steps = {{0, 7000}},
           .base_expected = 5000000,
           .paid_expected = 3479000},
          {.id = "assistance", .steps = {{0, 7000}}, .base_expected = 1521000, .paid_expected = 1064700},
          {.id = "tilt", .deductible = 300000, .steps = {{0, 6000}}, .base_expected = 456300, .paid_expected = 93780}},
     .left_expected = 562520},
    {.id = "jiangyin-assistance",
     .ratio = 6617200 - 3716180,
     .own_expense = 1500000,
     .rules = {{.id = "assistance", .steps = {{0, 7000}}, .base_expected = 2901020, .paid_expected = 2030714}},
     .left_expected = 15000000 - 12629694},
    {.id = "sd-li-180000",
     .in_policy = 17700000,
     .own_expense = 300000,
     .rules = {{.id = "basic",
                .deductible = 60000,
                .steps = {{0, 5500}},
                .covered_cap = 9000000 - 60000,
                .base_expected = 17700000,
                .paid_expected = 4917000},
               {.id = "critical", .deductible = 12783000, .steps = {{0, 6000}}, .base_expected = 12783000}},
     .left_expected = 18000000 - 4917000},
    {.id = "wang-100k-segmented",
     .in_policy = 8940000,
     .first_pay = 60000,
     .own_expense = 1000000,
     .rules = {{.id = "basic",
                .deductible = 90000,
                .steps = {{2000000, 6800}, {4000000, 7300}, {0, 7800}},
                .base_expected = 8940000,
                .paid_expected = 6612000},
               {.id = "critical",
                .deductible = 2000000,
                .steps = {{0, 5000}},
                .base_expected = 2328000,
                .paid_expected = 164000}},
     .left_expected = 3224000},
    {.id = "huizhou-huiyibao-zhou",
     .ratio = 5142588 - 4093290,
     .own_expense = 4093290,
     .rules = {{.id = "in policy",
                .deductible = 1000000,
                .steps = {{0, 9500}},
                .base_expected = 1049298,
                .paid_expected = 46833},
               {.id = "out of policy",
                .base = BASE_OUT,
                .first_pay = RATIO_ONE,
                .over_limit = RATIO_ONE,
                .own_expense = RATIO_ONE,
                .deductible = 1200000,
                .steps = {{10000000, 5000}, {0, 7000}},
                .base_expected = 4093290,
                .paid_expected = 1446645}},
     .left_expected = 5142588 - 1493478},
    {.id = "mianyang-huimianbao",
     .ratio = 2000000,
     .first_pay = 3000000,
     .own_expense = 7000000,
     .drugs = 10000000,
     .rules = {{.id = "in policy",
                .first_pay = 5000,
                .deductible = 1500000,
                .steps = {{0, 7000}},
                .base_expected = 3500000,
                .paid_expected = 1400000},
               {.id = "out of policy",
                .base = BASE_OUT,
                .own_expense = RATIO_ONE,
                .deductible = 2000000,
                .steps = {{0, 4000}},
                .base_expected = 7000000,
                .paid_expected = 2000000},
               {.id = "special drug",
                .base = BASE_OUT,
                .own_expense = RATIO_ONE,
                .drugs = true,
                .steps = {{0, 7000}},
                .base_expected = 10000000,
                .paid_expected = 7000000}},
     .left_expected = 11600000},
    {.id = "zhenjiang-huiminbao-99", /* the page rounds to 1 000 yuan */
     .ratio = 17200000,
     .own_expense = 12000000,
     .drugs = 21200000,
     .rules = {{.id = "in policy",
                .deductible = 1500000,
                .steps = {{0, 7000}},
                .base_expected = 17200000,
                .paid_expected = 10990000},
               {.id = "out of policy",
                .base = BASE_OUT,
                .own_expense = RATIO_ONE,
                .deductible = 1500000,
                .steps = {{0, 7000}},
                .base_expected = 12000000,
                .paid_expected = 7350000},
               {.id = "special drug",
                .base = BASE_OUT,
                .own_expense = RATIO_ONE,
                .drugs = true,
                .deductible = 1000000,
                .steps = {{0, 6000}},
                .base_expected = 21200000,
                .paid_expected = 12120000}},
     .left_expected = 50400000 - 30460000},
    {.id = "tianjin-huiminbao-2022-healthy",
     .ratio = 6000000,
     .own_expense = 12000000,
     .drugs = 4000000,
     .rules = {{.id = "in policy",
                .deductible = 2000000,
                .steps = {{0, 7000}},
                .base_expected = 6000000,
                .paid_expected = 2800000},
               {.id = "out of policy",
                .base = BASE_OUT,
                .own_expense = RATIO_ONE,
                .deductible = 2000000,
                .steps = {{0, 7000}},
                .base_expected = 12000000,
                .paid_expected = 7000000},
               {.id = "special drug",
                .base = BASE_OUT,
                .own_expense = RATIO_ONE,
                .drugs = true,
                .deductible = 2000000,
                .steps = {{0, 7000}},
                .base_expected = 4000000,
                .paid_expected = 1400000}},
     .left_expected = 22000000 - 11200000},
    {.id = "beijing-jinghuibao-2022",
     .ratio = 3000000,
     .first_pay = 1000000,
     .own_expense = 5000000,
     .drugs = 30000000,
     .rules = {{.id = "in policy",
                .deductible = 2000000,
                .steps = {{0, RATIO_ONE}},
                .base_expected = 3000000,
                .paid_expected = 1000000},
               {.id = "out of policy",
                .base = BASE_OUT,
                .own_expense = RATIO_ONE,
                .deductible = 2000000,
                .steps = {{0, 5000}},
                .base_expected = 5000000,
                .paid_expected = 1500000},
               {.id = "special drug",
                .base = BASE_OUT,
                .own_expense = RATIO_ONE,
                .drugs = true,
                .steps = {{0, 9000}},
                .base_expected = 30000000,
                .paid_expected = 27000000}},
     .left_expected = 9500000},
    {.id = "beijing-puhui-2022-liu", /* the page prints 9.29 for 9.28 ten-thousand */
     .ratio = 14640000,
     .own_expense = 19700000,
     .drugs = 39960000,
     .rules = {{.id = "in policy",
                .deductible = 3040000,
                .steps = {{0, 8000}},
                .base_expected = 14640000,
                .paid_expected = 9280000},
               {.id = "out of policy",
                .base = BASE_OUT,
                .own_expense = RATIO_ONE,
                .deductible = 2000000,
                .steps = {{0, 7000}},
                .base_expected = 19700000,
                .paid_expected = 12390000},
               {.id = "special drug",
                .base = BASE_OUT,
                .own_expense = RATIO_ONE,
                .drugs = true,
                .deductible = 2000000,
                .steps = {{0, 6000}},
                .base_expected = 39960000,
                .paid_expected = 22776000}},
     .left_expected = 74300000 - 44446000},
    {.id = "feng-product-not-named",
     .ratio = 5000000,
     .own_expense = 3000000,
     .rules = {{.id = "in policy",
                .deductible = 1000000,
                .steps = {{0, RATIO_ONE}},
                .base_expected = 5000000,
                .paid_expected = 4000000},
               {.id = "out of policy",
                .base = BASE_OUT,
                .own_expense = RATIO_ONE,
                .deductible = 2000000,
                .steps = {{0, 8000}},
                .base_expected = 3000000,
                .paid_expected = 800000}},
     .left_expected = 3200000},
    {.id = "active-wu-20k-by-item", /* first-pay: 10 % of 2 000 and 30 % of 600 */
     .in_policy = 1792000,
     .first_pay = 38000,
     .own_expense = 170000,
     .rules = {{.id = "basic",
                .deductible = 80000,
                .steps = {{0, 8600}},
                .base_expected = 1792000,
                .paid_expected = 1472320}},
     .left_expected = 527680},
    {.id = "beijing-elderly-50k",
     .in_policy = 5000000,
     .rules = {{.id = "basic",
                .deductible = 130000,
                .steps = {{0, 6000}},
                .base_expected = 5000000,
                .paid_expected = 2922000}},
     .left_expected = 2078000},
    {.id = "critical-zhang-100k",
     .ratio = 5000000,
     .own_expense = 1000000,
     .rules = {{.id = "critical",
                .above = true,
                .deductible = 2000000,
                .steps = {{2000000, 3000},
                          {5000000, 4000},
                          {10000000, 5000},
                          {20000000, 6000},
                          {30000000, 6500},
                          {40000000, 7000},
                          {50000000, 7500},
                          {0, 8000}},
                .base_expected = 5000000,
                .paid_expected = 1000000}},
     .left_expected = 5000000},
    {.id = "generic-emp-15k-segmented",
     .in_policy = 1500000,
     .rules = {{.id = "basic",
                .deductible = 80000,
                .steps = {{500000, 8000}, {1000000, 8500}, {0, 9000}},
                .base_expected = 1500000,
                .paid_expected = 1211000}},
     .left_expected = 289000},
    {.id = "generic-15k-flat",
     .in_policy = 1500000,
     .rules = {{.id = "basic",
                .deductible = 130000,
                .steps = {{0, 5000}},
                .base_expected = 1500000,
                .paid_expected = 685000}},
     .left_expected = 815000},
    {.id = "guangzhou-5000",
     .in_policy = 500000,
     .rules = {{.id = "basic",
                .deductible = 200000,
                .steps = {{0, 8000}},
                .base_expected = 500000,
                .paid_expected = 240000}},
     .left_expected = 260000},
    {.id = "baiyin-500",
     .in_policy = 50000,
     .rules =
         {{.id = "basic", .deductible = 30000, .steps = {{0, 9000}}, .base_expected = 50000, .paid_expected = 18000}},
     .left_expected = 32000},
    {.id = "fail-chemo-14020", /* the page prints a base of 4 761.43 and pays 2 380.72 */
     .in_policy = 457943,
     .own_expense = 944088,
     .rules = {{.id = "basic", .steps = {{0, 5000}}, .base_expected = 457943, .paid_expected = 228972}},
     .left_expected = 1402031 - 228972},
    {.id = "fail-dibao-200k", /* the page prints 240 000, more than the bill */
     .ratio = 20000000,
     .rules = {{.id = "critical",
                .deductible = 1200000,
                .steps = {{10000000, 5000}, {20000000, 6000}, {0, 6500}},
                .base_expected = 20000000,
                .paid_expected = 10400000}},
     .left_expected = 9600000},
};

static void rule_make(struct plan *plan, const struct page_rule *page) {
  struct rule *rule = rule_add(plan, page->id, YZ__TIER__SUPPLEMENT, YZ__SERVICE__ADJUDICATION);
  rule->in_policy = (uint8_t)page->base;
  rule->first_pay = page->first_pay;
  rule->over_limit = page->over_limit;
  rule->own_expense = page->own_expense;
  rule->above_deductible = page->above;
  if (page->drugs)
    rule->only_lists = DRUGS;
  else
    rule->except_lists = DRUGS;
  if (page->deductible) rule_deductible(plan, rule, DEDUCTIBLE_YEAR, rows_one(plan, page->deductible));
  for (size_t i = 0; i < COUNT(page->steps) && page->steps[i].rate; i++)
    rule_step(plan, rule, page->steps[i].to, page->steps[i].rate);
  if (page->covered_cap) rule_cap(plan, rule, CAP_YEAR, true, page->covered_cap);
}

static void published_cases(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(pages); i++) {
    const struct page_case *page = &pages[i];
    struct plan *plan = plan_start();
    for (size_t r = 0; r < COUNT(page->rules) && page->rules[r].id; r++) rule_make(plan, &page->rules[r]);
    plan_index(plan);
    struct benefit_case *c = case_start(plan, page->in_policy);
    c->purse.pockets[0].left[MONEY_RATIO] = page->ratio;
    c->purse.pockets[0].left[MONEY_FIRST_PAY] = page->first_pay;
    c->purse.pockets[0].left[MONEY_OWN_EXPENSE] = page->own_expense;
    c->purse.n = 2;
    memset(&c->purse.pockets[1], 0, sizeof c->purse.pockets[1]);
    c->purse.pockets[1].lists = DRUGS;
    c->purse.pockets[1].left[MONEY_OWN_EXPENSE] = page->drugs;
    assert_int_equal(run_all(c, true), BENEFIT_OK);
    for (uint16_t r = 0; r < plan->n_rules; r++) {
      const struct result *result = result_of(c, page->rules[r].id);
      if (!result) fail_msg("%s: %s left no result", page->id, page->rules[r].id);
      if (result->base != page->rules[r].base_expected || result->paid != page->rules[r].paid_expected)
        fail_msg("%s: %s pays %lld of %lld", page->id, page->rules[r].id, (long long)result->paid,
                 (long long)result->base);
    }
    if (purse_total(&c->purse) != page->left_expected)
      fail_msg("%s: left %lld", page->id, (long long)purse_total(&c->purse));
    free(c);
    free(plan);
  }
}

/* Chengdu: rate (75 + 0.2 x age) %, deductible 8 084 x 5 %. */
static void chengdu_rate_by_age(void **state) {
  (void)state;
  struct plan *plan = plan_start();
  struct rule *rule = rule_add(plan, "basic", YZ__TIER__BASIC, YZ__SERVICE__ADJUDICATION);
  rule_deductible(plan, rule, DEDUCTIBLE_BILL, rows_one(plan, 40420));
  rule_step(plan, rule, 0, 7500);
  plan->rows[rule->steps[0].rate.first].per_year_of_age = 20;
  plan_index(plan);
  struct benefit_case *c = case_start(plan, 3000000);
  assert_int_equal(run_all(c, false), BENEFIT_OK);
  assert_int_equal(c->results[0].paid, 2456451);
  assert_int_equal(purse_total(&c->purse), 543549);
  free(c);
  free(plan);
}

/* family-shared-generic: mother 5 000 and child 5 000 use up one deductible of 10 000; the father's 2 000 count whole.
 */
static void a_family_shares_one_deductible(void **state) {
  (void)state;
  struct plan *plan = plan_start();
  struct rule *rule = rule_add(plan, "family", YZ__TIER__SUPPLEMENT, YZ__SERVICE__SUPPLEMENTARY);
  rule_deductible(plan, rule, DEDUCTIBLE_FAMILY_YEAR, rows_one(plan, YUAN(10000)));
  rule_step(plan, rule, 0, RATIO_ONE);
  plan_index(plan);
  static const struct {
    int64_t bill, deductible, paid;
  } bills[] = {{YUAN(5000), YUAN(5000), 0}, {YUAN(5000), YUAN(5000), 0}, {YUAN(2000), 0, YUAN(2000)}};
  int64_t taken = 0;
  for (size_t i = 0; i < COUNT(bills); i++) {
    struct benefit_case *c = case_start(plan, bills[i].bill);
    c->counters[rule->deductible_counter] = taken;
    assert_int_equal(run_all(c, false), BENEFIT_OK);
    assert_int_equal(c->results[0].deductible, bills[i].deductible);
    assert_int_equal(c->results[0].paid, bills[i].paid);
    taken += c->moved[rule->deductible_counter];
    free(c);
  }
  assert_int_equal(taken, YUAN(10000));
  free(plan);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(published_cases),
      cmocka_unit_test(chengdu_rate_by_age),
      cmocka_unit_test(a_family_shares_one_deductible),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
