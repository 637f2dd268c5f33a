/* bench_engine.c - how many four-tier bills one core takes in a second: basic, critical illness, assistance,
 * supplement.
 *
 * The plan has the shape of a city's: rules of both schemes and of several settings, tables by level, category and
 * ordinal of the stay, yearly brackets, tilts and caps. Bills, persons and counters are drawn beforehand and differ
 * from each other, so that neither branches nor tables are always the same. What else the machine does can only take
 * time away, by a third on some hosts: with and without trace take turns, and the best of the rounds counts. Prints
 * lines "name number" for machines. */
#include "../unit/benefit/plan_maker.h"

#include <inttypes.h>
#include <time.h>

enum { INPUTS = 4096, ROUND_BILLS = 4096, ROUNDS = 8 };
static const int64_t round_us = 500000;

struct input {
  struct facts facts;
  int64_t in_policy, first_pay, own_expense;
  int64_t counters[PLAN_COUNTERS_MAX];
};

static struct when level_at(int level) {
  return when_only(when_always(), BITS_LEVEL, 5, level);
}

static struct when scheme_setting(int scheme, int setting) {
  return when_only(when_only(when_always(), BITS_SCHEME, 2, scheme), BITS_SETTING, 10, setting);
}

static void basic_add(struct plan *plan, int scheme, int setting) {
  static const int64_t deductibles[][2] = {
      {YUAN(100), YUAN(50)}, {YUAN(100), YUAN(50)}, {YUAN(300), YUAN(150)}, {YUAN(700), YUAN(350)}};
  static const int32_t rates[] = {PERCENT(85), PERCENT(75), PERCENT(70), PERCENT(60)};
  char id[32];
  snprintf(id, sizeof id, "basic.%d.%d", scheme, setting);
  struct rule *rule = rule_add(plan, id, YZ__TIER__BASIC, YZ__SERVICE__ADJUDICATION);
  rule->applies = scheme_setting(scheme, setting);
  struct rows rows = {0}, rate = {0};
  struct when later = when_always();
  later.stay_from = 3;
  rows_more(plan, &rows, later, 0);
  for (int level = 1; level <= 4; level++) {
    struct when first = level_at(level), second = level_at(level);
    first.stay_to = 1;
    second.stay_from = second.stay_to = 2;
    rows_more(plan, &rows, first, deductibles[level - 1][0]);
    rows_more(plan, &rows, second, deductibles[level - 1][1]);
  }
  rule_deductible(plan, rule, DEDUCTIBLE_STAY, rows);
  for (int level = 1; level <= 4; level++) rows_more(plan, &rate, level_at(level), rates[level - 1]);
  rule->steps[rule->n_steps++] = (struct plan_step){.to = INT64_MAX, .rate = rate};
  rule_cap(plan, rule, CAP_YEAR, false, YUAN(200000))->counter =
      counter_add(plan, "basic_year.p", COUNTER_PAID, SCOPE_YEAR);
}

static void critical_add(struct plan *plan, int scheme) {
  struct rule *rule = rule_add(plan, scheme == YZ__SCHEME__RESIDENT ? "critical.resident" : "critical.employee",
                               YZ__TIER__CRITICAL_ILLNESS, YZ__SERVICE__ADJUDICATION);
  rule->applies = when_only(when_always(), BITS_SCHEME, 2, scheme);
  rule_deductible(plan, rule, DEDUCTIBLE_YEAR, rows_one(plan, YUAN(18000)));
  rule_step(plan, rule, YUAN(100000), PERCENT(60));
  rule_step(plan, rule, YUAN(200000), PERCENT(65));
  rule_step(plan, rule, YUAN(300000), PERCENT(70));
  rule_step(plan, rule, 0, PERCENT(75));
  rule_on_year(plan, rule, false);
  rule_cap(plan, rule, CAP_YEAR, false, YUAN(400000));
  struct plan_tilt tilt = tilt_plain();
  tilt.when.any_category = PLAN_BIT(0, YZ__CATEGORY__EXTREME_HARDSHIP) | PLAN_BIT(0, YZ__CATEGORY__MINIMUM_LIVING) |
                           PLAN_BIT(0, YZ__CATEGORY__RETURNED_TO_POVERTY);
  tilt.deductible_share = 5000;
  tilt.points = 500;
  tilt.no_cap = true;
  rule->tilts[rule->n_tilts++] = tilt;
}

static void assistance_add(struct plan *plan, const char *id, uint64_t categories, int64_t deductible, int32_t rate,
                           int64_t cap) {
  struct rule *rule = rule_add(plan, id, YZ__TIER__MEDICAL_ASSISTANCE, YZ__SERVICE__ASSISTANCE);
  rule->applies.any_category = categories;
  rule->lost_enters = false;
  if (deductible) rule_deductible(plan, rule, DEDUCTIBLE_YEAR, rows_one(plan, deductible));
  rule_step(plan, rule, 0, rate);
  rule_cap(plan, rule, CAP_YEAR, false, cap);
}

static void supplement_add(struct plan *plan) {
  static const struct {
    int64_t to;
    int32_t healthy;
  } steps[] = {
      {YUAN(50000), PERCENT(60)}, {YUAN(100000), PERCENT(70)}, {YUAN(200000), PERCENT(80)}, {INT64_MAX, PERCENT(90)}};
  struct rule *rule = rule_add(plan, "supplement", YZ__TIER__SUPPLEMENT, YZ__SERVICE__SUPPLEMENTARY);
  rule->pack = 1;
  rule->own_expense = RATIO_ONE;
  rule->first_pay = RATIO_ONE;
  rule_deductible(plan, rule, DEDUCTIBLE_YEAR, rows_one(plan, YUAN(20000)));
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
    struct rows rows = {0};
    rows_more(plan, &rows, when_only(when_always(), BITS_RISK, 2, YZ__RISK__PRE_EXISTING), PERCENT(50));
    rows_more(plan, &rows, when_always(), steps[i].healthy);
    rule->steps[rule->n_steps++] = (struct plan_step){.to = steps[i].to, .rate = rows};
  }
  rule_on_year(plan, rule, false);
  rule_cap(plan, rule, CAP_YEAR, false, YUAN(1500000));
}

static struct plan *city_plan(void) {
  static const int settings[] = {YZ__SETTING__INPATIENT,   YZ__SETTING__OUTPATIENT, YZ__SETTING__CHRONIC,
                                 YZ__SETTING__TWO_DISEASE, YZ__SETTING__EMERGENCY,  YZ__SETTING__DAY_SURGERY};
  struct plan *plan = plan_start();
  for (int scheme = 1; scheme <= PLAN_SCHEMES; scheme++)
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) basic_add(plan, scheme, settings[i]);
  for (int scheme = 1; scheme <= PLAN_SCHEMES; scheme++) critical_add(plan, scheme);
  assistance_add(plan, "assistance.a",
                 PLAN_BIT(0, YZ__CATEGORY__EXTREME_HARDSHIP) | PLAN_BIT(0, YZ__CATEGORY__MINIMUM_LIVING), 0,
                 PERCENT(75), YUAN(30000));
  assistance_add(plan, "assistance.b", PLAN_BIT(0, YZ__CATEGORY__EDGE_FAMILY) | PLAN_BIT(0, YZ__CATEGORY__MONITORED),
                 YUAN(3000), PERCENT(50), YUAN(20000));
  supplement_add(plan);
  plan->n_packs = 2;
  plan_index(plan);
  return plan;
}

static uint32_t draw(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(*state >> 33);
}

static void input_draw(struct input *in, const struct plan *plan, uint64_t *state) {
  static const Yz__Category categories[] = {YZ__CATEGORY__EXTREME_HARDSHIP, YZ__CATEGORY__MINIMUM_LIVING,
                                            YZ__CATEGORY__EDGE_FAMILY, YZ__CATEGORY__MONITORED};
  in->facts = facts_plain();
  in->facts.bits &= ~(UINT64_C(31) << BITS_LEVEL);
  in->facts.bits |= PLAN_BIT(BITS_LEVEL, 1 + draw(state) % 4);
  in->facts.categories = PLAN_BIT(0, categories[draw(state) % 4]);
  in->facts.age = (int16_t)(draw(state) % 90);
  in->in_policy = YUAN(1000) + (int64_t)draw(state) % YUAN(150000);
  in->first_pay = (int64_t)draw(state) % YUAN(10000);
  in->own_expense = (int64_t)draw(state) % YUAN(30000);
  for (uint16_t i = 0; i < plan->n_counters; i++)
    in->counters[i] = plan->counters[i].what == COUNTER_STAYS ? draw(state) % 4 : (int64_t)draw(state) % YUAN(20000);
}

/* One bill; returns what was paid, and counts the benefits. */
static int64_t bill_take(struct benefit_case *c, const struct plan *plan, const struct input *in, bool trace,
                         uint64_t *benefits) {
  benefit_case_init(c, plan);
  c->facts = in->facts;
  c->pack_bits[1] = PLAN_BIT(BITS_RISK, 1 + (in->in_policy & 1));
  c->purse.n = 1;
  struct pocket *pocket = &c->purse.pockets[0];
  memset(pocket, 0, sizeof *pocket);
  pocket->left[MONEY_IN_POLICY] = in->in_policy;
  pocket->left[MONEY_FIRST_PAY] = in->first_pay;
  pocket->left[MONEY_OWN_EXPENSE] = in->own_expense;
  memcpy(c->counters, in->counters, plan->n_counters * sizeof c->counters[0]);
  const int64_t before = in->in_policy + in->first_pay + in->own_expense;
  if (benefit_run(c, YZ__SERVICE__ADJUDICATION, trace) != BENEFIT_OK ||
      benefit_run(c, YZ__SERVICE__ASSISTANCE, trace) != BENEFIT_OK ||
      benefit_run(c, YZ__SERVICE__SUPPLEMENTARY, trace) != BENEFIT_OK)
    abort();
  *benefits += c->n_results;
  return before - purse_total(&c->purse);
}

static int64_t cpu_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Bills a second in one round. */
static uint64_t measure(const struct plan *plan, const struct input *inputs, bool trace) {
  static struct benefit_case c;
  uint64_t bills = 0, benefits = 0;
  int64_t paid = 0, now = 0;
  const int64_t start = cpu_us();
  do {
    for (size_t i = 0; i < ROUND_BILLS; i++) paid += bill_take(&c, plan, &inputs[i % INPUTS], trace, &benefits);
    bills += ROUND_BILLS;
    now = cpu_us();
  } while (now - start < round_us);
  if (benefits != 4 * bills || paid <= 0) abort();
  return bills * 1000000 / (uint64_t)(now - start);
}

int main(void) {
  static struct input inputs[INPUTS];
  struct plan *plan = city_plan();
  uint64_t state = 20231017;
  for (size_t i = 0; i < INPUTS; i++) input_draw(&inputs[i], plan, &state);
  uint64_t best[2] = {0};
  for (int i = 0; i < 2 * ROUNDS; i++) {
    const uint64_t rate = measure(plan, inputs, i % 2);
    if (rate > best[i % 2]) best[i % 2] = rate;
  }
  printf("engine_bills_per_second_untraced %" PRIu64 "\nengine_bills_per_second_traced %" PRIu64 "\n", best[0],
         best[1]);
  free(plan);
  return 0;
}
