/* What holds for every plan and every bill, tried on thousands of random ones. The generator is deterministic: a
 * failure names its seed. */
#include "plan_maker.h"
#include "splitmix.h"
#include "test.h"

static int64_t random_to(uint64_t *state, int64_t most) {
  return (int64_t)(splitmix_next(state) % (uint64_t)(most + 1));
}
static bool chance(uint64_t *state, int percent) {
  return random_to(state, 99) < percent;
}
/* Small amounts as often as large ones: rounding shows in fen, brackets in thousands of yuan. */
static int64_t random_amount(uint64_t *state) {
  static const int64_t most[] = {20, 500, 20000, YUAN(5000), YUAN(300000)};
  return random_to(state, most[random_to(state, 4)]);
}

static struct plan_tilt random_tilt(uint64_t *state) {
  struct plan_tilt tilt = tilt_plain();
  if (chance(state, 60)) tilt.when = when_category(when_always(), (Yz__Category)(1 + random_to(state, 3)));
  if (chance(state, 40)) tilt.deductible_share = (int32_t)random_to(state, RATIO_ONE);
  if (chance(state, 20)) tilt.deductible_amount = random_amount(state);
  if (chance(state, 60)) tilt.points = (int32_t)random_to(state, 4000) - 2000;
  if (chance(state, 40)) tilt.rate_share = (int32_t)random_to(state, 12000);
  if (chance(state, 20)) tilt.no_cap = true;
  if (chance(state, 20)) tilt.cap_plus = random_amount(state);
  if (chance(state, 40)) tilt.lost = true;
  return tilt;
}

static void random_rate(uint64_t *state, struct plan *plan, struct rule *rule) {
  const int64_t steps = random_to(state, 4);
  int64_t to = 0;
  for (int64_t i = 0; i < steps; i++) {
    to += 1 + random_amount(state);
    rule_step(plan, rule, to, (int32_t)random_to(state, RATIO_ONE));
  }
  rule_step(plan, rule, 0, (int32_t)random_to(state, RATIO_ONE));
  rule->above_deductible = chance(state, 50);
  if (chance(state, 50)) rule_on_year(plan, rule, rule->above_deductible);
}

static void random_caps(uint64_t *state, struct plan *plan, struct rule *rule) {
  static const enum cap_per pers[] = {CAP_YEAR, CAP_VISIT, CAP_DAY, CAP_BED_DAY};
  while (rule->n_caps < 3 && chance(state, 40)) {
    const enum cap_per per = pers[random_to(state, 3)];
    const bool on_covered = chance(state, 40);
    rule_cap(plan, rule, per, on_covered, random_amount(state));
  }
}

/* A rule of the ladder of money in policy. */
static struct rule *random_rule(uint64_t *state, struct plan *plan, int number) {
  static const enum deductible_per pers[] = {DEDUCTIBLE_NONE, DEDUCTIBLE_STAY, DEDUCTIBLE_YEAR,
                                             DEDUCTIBLE_YEAR_TOPPED_UP, DEDUCTIBLE_BILL};
  char id[16];
  snprintf(id, sizeof id, "r%d", number);
  struct rule *rule = rule_add(plan, id, (Yz__Tier)(1 + number / 2), YZ__SERVICE__ADJUDICATION);
  rule->in_policy = (uint8_t)random_to(state, BASE_OVER_CAP);
  if (number == 0) rule->in_policy = BASE_ALL;
  rule->lost_enters = chance(state, 50);
  const enum deductible_per per = pers[random_to(state, 4)];
  if (per != DEDUCTIBLE_NONE) rule_deductible(plan, rule, per, rows_one(plan, random_amount(state)));
  random_rate(state, plan, rule);
  random_caps(state, plan, rule);
  while (rule->n_tilts < 2 && chance(state, 30)) rule->tilts[rule->n_tilts++] = random_tilt(state);
  while (rule->n_adjustments < 2 && chance(state, 30)) rule->adjustments[rule->n_adjustments++] = random_tilt(state);
  return rule;
}

/* Anything goes: lists, overrides, grants, shares of all kinds. */
static void random_wild(uint64_t *state, struct rule *rule, struct plan *plan) {
  rule->in_policy = (uint8_t)random_to(state, BASE_OUT);
  rule->first_pay = chance(state, 40) ? (int32_t)random_to(state, RATIO_ONE) : 0;
  rule->remote_first_pay = chance(state, 40) ? (int32_t)random_to(state, RATIO_ONE) : 0;
  rule->over_limit = chance(state, 40) ? RATIO_ONE : 0;
  rule->own_expense = chance(state, 40) ? (int32_t)random_to(state, RATIO_ONE) : 0;
  rule->only_lists = chance(state, 30) ? (uint32_t)random_to(state, 7) : 0;
  rule->except_lists = chance(state, 30) ? (uint32_t)random_to(state, 7) : 0;
  if (chance(state, 30)) rule->applies = when_category(when_always(), (Yz__Category)(1 + random_to(state, 3)));
  if (chance(state, 20))
    rule->overrides[0] = (uint64_t)splitmix_next(state) & 0xff & ~(UINT64_C(1) << (rule - plan->rules));
  if (rule->brackets_on_year && chance(state, 50)) rule_base_rest(plan, rule);
  if (!chance(state, 20)) return;
  rule->grant_per = (uint8_t)(1 + random_to(state, 2));
  rule->grant_beyond_cost = chance(state, 30);
  rule->grant = rows_one(plan, random_amount(state));
}

static struct plan *random_plan(uint64_t *state, bool wild) {
  struct plan *plan = plan_start();
  const int rules = 1 + (int)random_to(state, 6);
  for (int i = 0; i < rules; i++) {
    struct rule *rule = random_rule(state, plan, i);
    if (wild) random_wild(state, rule, plan);
    /* Tame rules keep to what benefit.h asks of those that do not name may_lower_burden. */
    if (!wild && rule->in_policy != BASE_ALL) rule->lost_enters = false;
    if (!wild && rule->in_policy == BASE_ALL && rule->lost_enters && chance(state, 30)) rule->own_expense = RATIO_ONE;
  }
  plan_index(plan);
  return plan;
}

static void random_facts(uint64_t *state, struct benefit_case *c) {
  c->facts = facts_plain();
  c->facts.categories = (uint64_t)random_to(state, 7);
  c->facts.days = (int32_t)random_to(state, 20);
  for (uint16_t i = 0; i < c->plan->n_counters; i++)
    c->counters[i] = c->plan->counters[i].what == COUNTER_STAYS ? random_to(state, 3)
                     : chance(state, 50)                        ? random_amount(state)
                                                                : 0;
}

static void random_purse(uint64_t *state, struct purse *purse) {
  memset(purse, 0, sizeof *purse);
  purse->n = (uint8_t)(1 + random_to(state, 3));
  for (uint8_t p = 0; p < purse->n; p++) {
    purse->pockets[p].lists = p ? (uint32_t)random_to(state, 7) : 0;
    for (int k = 0; k < MONEY_KINDS; k++)
      if (chance(state, 60)) purse->pockets[p].left[k] = random_amount(state);
  }
}

static struct benefit_case *copy_of(const struct benefit_case *c) {
  struct benefit_case *copy = malloc(sizeof *copy);
  if (!copy) abort();
  *copy = *c;
  return copy;
}

static void result_check(const struct result *r, uint64_t seed) {
  const int64_t all[] = {r->base,
                         r->deductible_full,
                         r->deductible_due,
                         r->deductible,
                         r->deductible_before,
                         r->deductible_left,
                         r->covered,
                         r->computed,
                         r->paid,
                         r->over_cap,
                         r->lost,
                         r->outside_bill,
                         r->year_before};
  for (size_t i = 0; i < COUNT(all); i++)
    if (all[i] < 0) fail_msg("seed %llu: member %zu is negative", (unsigned long long)seed, i);
  if (r->paid > r->base - r->deductible) fail_msg("seed %llu: pays more than there is", (unsigned long long)seed);
  if (r->paid + r->lost + r->over_cap + r->deductible > r->base)
    fail_msg("seed %llu: uses more than there is", (unsigned long long)seed);
  int64_t segments = 0, parts = 0;
  for (uint8_t i = 0; i < r->n_segments; i++) segments += r->segments[i].amount;
  for (int k = 0; k < MONEY_KINDS; k++) parts += r->parts[k];
  if (r->n_segments && segments != r->covered) fail_msg("seed %llu: segments", (unsigned long long)seed);
  if (parts != r->base) fail_msg("seed %llu: parts", (unsigned long long)seed);
}

static void money_is_neither_made_nor_lost(void **state) {
  (void)state;
  int applied = 0;
  for (uint64_t seed = 0; seed < 20000; seed++) {
    uint64_t random = seed;
    struct plan *plan = random_plan(&random, true);
    struct benefit_case *c = case_start(plan, 0);
    random_facts(&random, c);
    random_purse(&random, &c->purse);
    const int64_t before = purse_total(&c->purse);
    assert_int_equal(run_all(c, true), BENEFIT_OK);
    int64_t paid = 0, given = 0, moved = 0;
    for (uint8_t i = 0; i < c->n_results; i++) {
      result_check(&c->results[i], seed);
      paid += c->results[i].paid;
      given += c->results[i].paid + c->results[i].outside_bill;
    }
    for (uint8_t p = 0; p < c->purse.n; p++)
      for (int k = 0; k < MONEY_KINDS; k++)
        if (c->purse.pockets[p].left[k] < 0) fail_msg("seed %llu: negative pocket", (unsigned long long)seed);
    if (purse_total(&c->purse) + paid != before) fail_msg("seed %llu: fen astray", (unsigned long long)seed);
    for (uint16_t i = 0; i < plan->n_rules; i++) moved += c->moved[plan->rules[i].paid_counter];
    if (moved != given) fail_msg("seed %llu: counters", (unsigned long long)seed);
    applied += c->n_results;
    free(c);
    free(plan);
  }
  assert_true(applied > 20000); /* the generator does reach the rules */
}

static void equal_input_gives_equal_output(void **state) {
  (void)state;
  for (uint64_t seed = 0; seed < 5000; seed++) {
    uint64_t random = seed;
    struct plan *plan = random_plan(&random, true);
    struct benefit_case *one = case_start(plan, 0);
    random_facts(&random, one);
    random_purse(&random, &one->purse);
    struct benefit_case *two = copy_of(one), *plain = copy_of(one);
    assert_int_equal(run_all(one, true), BENEFIT_OK);
    assert_int_equal(run_all(two, true), BENEFIT_OK);
    assert_int_equal(run_all(plain, false), BENEFIT_OK);
    assert_memory_equal(&one->purse, &two->purse, sizeof one->purse);
    assert_memory_equal(&one->purse, &plain->purse, sizeof one->purse);
    assert_memory_equal(one->moved, two->moved, sizeof one->moved);
    assert_memory_equal(one->moved, plain->moved, sizeof one->moved);
    assert_int_equal(one->n_results, two->n_results);
    assert_int_equal(one->n_results, plain->n_results);
    for (uint8_t i = 0; i < one->n_results; i++) {
      assert_int_equal(one->results[i].rule, plain->results[i].rule);
      assert_int_equal(one->results[i].paid, plain->results[i].paid);
      assert_int_equal(one->results[i].lost, plain->results[i].lost);
      assert_int_equal(one->results[i].over_cap, plain->results[i].over_cap);
      assert_int_equal(one->results[i].assumed, plain->results[i].assumed);
      assert_int_equal(one->results[i].n_segments, two->results[i].n_segments);
      assert_int_equal(one->results[i].n_rows, two->results[i].n_rows);
      assert_int_equal(0, plain->results[i].n_segments + plain->results[i].n_rows + plain->results[i].n_caps);
    }
    free(one), free(two), free(plain);
    free(plan);
  }
}

/* What the person bears of a bill, under a plan whose rules do not name may_lower_burden. */
static int64_t burden(const struct benefit_case *bill) {
  struct benefit_case *c = copy_of(bill);
  assert_int_equal(run_all(c, false), BENEFIT_OK);
  const int64_t borne = purse_total(&c->purse);
  free(c);
  return borne;
}

static void a_higher_bill_never_lowers_what_the_person_bears(void **state) {
  (void)state;
  for (uint64_t seed = 0; seed < 4000; seed++) {
    uint64_t random = seed;
    struct plan *plan = random_plan(&random, false);
    struct benefit_case *c = case_start(plan, random_amount(&random));
    random_facts(&random, c);
    int64_t *left = c->purse.pockets[0].left;
    left[MONEY_OWN_EXPENSE] = chance(&random, 50) ? random_amount(&random) : 0;
    int64_t borne = burden(c);
    for (int i = 0; i < 60; i++) {
      const int64_t bill = purse_total(&c->purse);
      const int64_t more = chance(&random, 70) ? 1 : random_amount(&random);
      left[chance(&random, 70) ? MONEY_IN_POLICY : MONEY_OWN_EXPENSE] += more;
      const int64_t then = burden(c);
      if (then < borne)
        fail_msg("seed %llu: %lld leaves %lld, %lld leaves %lld", (unsigned long long)seed, (long long)bill,
                 (long long)borne, (long long)purse_total(&c->purse), (long long)then);
      borne = then;
    }
    free(c);
    free(plan);
  }
}

/* Takes a bill of the year, all of it money of one kind: counters move on. Returns what was paid. */
static int64_t bill_of_kind(struct benefit_case *c, enum money kind, int64_t amount) {
  c->purse.n = 1;
  memset(c->purse.pockets, 0, sizeof c->purse.pockets[0]);
  c->purse.pockets[0].left[kind] = amount;
  c->n_results = 0;
  assert_int_equal(run_all(c, false), BENEFIT_OK);
  for (uint16_t i = 0; i < c->plan->n_counters; i++) {
    c->counters[i] += c->moved[i];
    c->moved[i] = 0;
  }
  return c->n_results ? c->results[0].paid : 0;
}

static int64_t bill_of_year(struct benefit_case *c, int64_t amount) {
  return bill_of_kind(c, MONEY_IN_POLICY, amount);
}

static void a_year_does_not_depend_on_how_it_was_split(void **state) {
  (void)state;
  for (uint64_t seed = 0; seed < 5000; seed++) {
    uint64_t random = seed;
    struct plan *plan = plan_start();
    struct rule *rule = rule_add(plan, "r", YZ__TIER__CRITICAL_ILLNESS, YZ__SERVICE__ADJUDICATION);
    rule->order_independent = true;
    if (chance(&random, 70)) rule_deductible(plan, rule, DEDUCTIBLE_YEAR, rows_one(plan, random_amount(&random)));
    random_rate(&random, plan, rule);
    if (!rule->brackets_on_year) rule_on_year(plan, rule, rule->above_deductible);
    if (chance(&random, 50)) rule_cap(plan, rule, CAP_YEAR, false, random_amount(&random));
    if (chance(&random, 50)) rule->tilts[rule->n_tilts++] = random_tilt(&random);
    plan_index(plan);
    struct benefit_case *whole = case_start(plan, 0), *parts = case_start(plan, 0);
    whole->facts.categories = parts->facts.categories = (uint64_t)random_to(&random, 7);
    int64_t total = 0, paid = 0;
    for (int i = 0; i < 12; i++) {
      const int64_t amount = random_amount(&random);
      total += amount;
      paid += bill_of_year(parts, amount);
    }
    const int64_t at_once = bill_of_year(whole, total);
    if (paid != at_once)
      fail_msg("seed %llu: %lld in parts, %lld at once", (unsigned long long)seed, (long long)paid, (long long)at_once);
    assert_memory_equal(whole->counters, parts->counters, sizeof whole->counters);
    free(whole), free(parts);
    free(plan);
  }
}

/* What of the year's money entered, in 10^-4 fen. */
static int64_t year_entered(const struct benefit_case *c, const struct rule *rule) {
  return c->counters[rule->base_counter] * RATIO_ONE + c->counters[rule->base_rest_counter];
}

/* Of shares too, once a deductible is taken: what a bill leaves in one it leaves in whole fen. Bills of a few fen are
 * left out, of which nothing may enter, or more be due than entered. */
static void a_year_of_shares_does_not_depend_on_how_it_was_split(void **state) {
  (void)state;
  for (uint64_t seed = 0; seed < 5000; seed++) {
    uint64_t random = seed;
    struct plan *plan = plan_start();
    struct rule *rule = rule_add(plan, "r", YZ__TIER__SUPPLEMENT, YZ__SERVICE__ADJUDICATION);
    const int64_t deductible = chance(&random, 50) ? random_amount(&random) : 0;
    if (deductible) rule_deductible(plan, rule, DEDUCTIBLE_YEAR, rows_one(plan, deductible));
    rule->own_expense = PERCENT(50) + (int32_t)random_to(&random, PERCENT(50));
    rule->first_pay = PERCENT(50) + (int32_t)random_to(&random, PERCENT(50));
    random_rate(&random, plan, rule);
    if (!rule->brackets_on_year) rule_on_year(plan, rule, rule->above_deductible);
    for (uint8_t i = 0; i < rule->n_steps; i++) {
      int64_t *rate = &plan->rows[rule->steps[i].rate.first].value;
      if (*rate > PERCENT(95)) *rate = PERCENT(95);
    }
    rule_base_rest(plan, rule);
    if (chance(&random, 50)) rule_cap(plan, rule, CAP_YEAR, false, random_amount(&random));
    plan_index(plan);
    struct benefit_case *whole = case_start(plan, 0), *parts = case_start(plan, 0);
    int64_t totals[MONEY_KINDS] = {0}, paid = 0, at_once = 0;
    bill_of_year(whole, deductible);
    bill_of_year(parts, deductible);
    for (int i = 0; i < 12; i++) {
      const enum money kind = chance(&random, 50) ? MONEY_OWN_EXPENSE : MONEY_FIRST_PAY;
      const int64_t amount = YUAN(1) + random_amount(&random);
      totals[kind] += amount;
      paid += bill_of_kind(parts, kind, amount);
    }
    for (int kind = 0; kind < MONEY_KINDS; kind++)
      if (totals[kind]) at_once += bill_of_kind(whole, (enum money)kind, totals[kind]);
    if (paid != at_once)
      fail_msg("seed %llu: %lld in parts, %lld at once", (unsigned long long)seed, (long long)paid, (long long)at_once);
    assert_int_equal(year_entered(whole, rule), year_entered(parts, rule));
    free(whole), free(parts);
    free(plan);
  }
}

/* One member's year of a contract: what the family took stands in the case, what the member has is new. */
static struct benefit_case *member_case(const struct plan *plan, uint16_t family, int64_t taken) {
  struct benefit_case *c = case_start(plan, 0);
  c->counters[family] = taken;
  return c;
}

/* Members come one after the other, so that each finds the same deductible whichever way the bills were split. */
static void a_member_s_year_does_not_depend_on_how_it_was_split(void **state) {
  (void)state;
  for (uint64_t seed = 0; seed < 5000; seed++) {
    uint64_t random = seed;
    struct plan *plan = plan_start();
    struct rule *rule = rule_add(plan, "r", YZ__TIER__SUPPLEMENT, YZ__SERVICE__ADJUDICATION);
    rule_family_deductible(plan, rule, rows_one(plan, random_amount(&random)));
    random_rate(&random, plan, rule);
    if (!rule->brackets_on_year) rule_on_year(plan, rule, rule->above_deductible);
    if (chance(&random, 50)) rule_cap(plan, rule, CAP_YEAR, false, random_amount(&random));
    plan_index(plan);
    const uint16_t family = rule->deductible_counter;
    int64_t taken = 0;
    for (int member = 0; member < 4; member++) {
      struct benefit_case *whole = member_case(plan, family, taken), *parts = member_case(plan, family, taken);
      int64_t total = 0, paid = 0;
      for (int i = 0; i < 6; i++) {
        const int64_t amount = random_amount(&random);
        total += amount;
        paid += bill_of_year(parts, amount);
      }
      const int64_t at_once = bill_of_year(whole, total);
      if (paid != at_once)
        fail_msg("seed %llu, member %d: %lld in parts, %lld at once", (unsigned long long)seed, member, (long long)paid,
                 (long long)at_once);
      assert_memory_equal(whole->counters, parts->counters, sizeof whole->counters);
      taken = whole->counters[family];
      free(whole), free(parts);
    }
    free(plan);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(money_is_neither_made_nor_lost),
      cmocka_unit_test(equal_input_gives_equal_output),
      cmocka_unit_test(a_higher_bill_never_lowers_what_the_person_bears),
      cmocka_unit_test(a_year_does_not_depend_on_how_it_was_split),
      cmocka_unit_test(a_year_of_shares_does_not_depend_on_how_it_was_split),
      cmocka_unit_test(a_member_s_year_does_not_depend_on_how_it_was_split),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
