#include "compile.h"

#include "citation.h"
#include "money.h"
#include "must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct compiler {
  const struct policy *policy;
  struct plan *plan;
  struct findings *findings;
  const struct pack *pack;    /* that holds .. */
  const Yz__Benefit *benefit; /* .. the benefit being compiled */
  struct citations around;    /* its citations */
  bool full;                  /* a limit was exceeded: */
  struct row spill;           /* what does not fit is written here and forgotten */
};

static void beyond(struct compiler *c, const char *limit, int most) {
  if (!c->full)
    pack_refuse(c->pack, c->findings, c->benefit ? (const void *)c->benefit : c->pack->text, NULL, 0,
                "%s, with what it inherits, has more than %d %s, the most that a plan holds (plan.h): merge some",
                c->policy->packs[0]->text->pack, most, limit);
  c->full = true;
}

static void name_copy(struct compiler *c, char *to, size_t room, const char *from) {
  const int n = snprintf(to, room, "%s", from);
  if (n < 0 || (size_t)n >= room) beyond(c, "characters in an id", (int)room - 1);
}

/* ---- conditions ---- */

/* Narrows the `width` bits of dimension `at` to the listed values. */
#define NARROW(at, width, list)                                                                                        \
  if (text->n_##list) {                                                                                                \
    when->bits &= ~(((UINT64_C(1) << (width)) - 1) << (at));                                                           \
    for (size_t i = 0; i < text->n_##list; i++) when->bits |= PLAN_BIT(at, text->list[i]);                             \
  }
#define NARROW_BOOL(at, member)                                                                                        \
  if (text->has_##member) when->bits &= ~PLAN_BOOL(at, !text->member);

static int16_t clamp(int32_t n) {
  return (int16_t)(n < INT16_MIN ? INT16_MIN : n > INT16_MAX ? INT16_MAX : n);
}

static void range_compile(const Yz__Range *range, int16_t *from, int16_t *to) {
  *from = clamp(range && range->has_from ? range->from : INT16_MIN);
  *to = clamp(range && range->has_to ? range->to : INT16_MAX);
}

static uint64_t category_bits(size_t n, const Yz__Category *categories) {
  uint64_t bits = 0;
  for (size_t i = 0; i < n; i++) bits |= PLAN_BIT(0, categories[i]);
  return bits;
}

static void diseases_compile(const struct policy *policy, const Yz__When *text, struct when *when) {
  when->has_disease = text->n_disease > 0;
  for (size_t i = 0; i < text->n_disease; i++) {
    const struct policy_part *part = policy_disease(policy, text->disease[i]);
    const size_t at = part ? (size_t)(part - policy->diseases.at) : PLAN_DISEASES_MAX;
    if (at < PLAN_DISEASES_MAX) when->disease[at / 64] |= UINT64_C(1) << (at % 64);
  }
}

void when_compile(const struct policy *policy, const Yz__When *text, struct when *when) {
  static const Yz__When always = YZ__WHEN__INIT;
  if (!text) text = &always;
  *when = (struct when){.bits = UINT64_MAX};
  NARROW(BITS_SCHEME, 2, scheme)
  NARROW(BITS_SETTING, 10, setting)
  NARROW(BITS_LEVEL, 5, level)
  NARROW(BITS_STANDING, 4, standing)
  NARROW(BITS_REMOTE, 6, remote)
  NARROW(BITS_REACH, 3, reach)
  NARROW(BITS_RISK, 2, risk)
  NARROW(BITS_FORM, 4, form)
  NARROW_BOOL(BITS_BASIC_SETTLED, basic_settled)
  NARROW_BOOL(BITS_TWO_OR_INSULIN, two_or_insulin)
  NARROW_BOOL(BITS_PREFERENTIAL, preferential)
  when->any_category = category_bits(text->n_category, text->category);
  when->not_category = category_bits(text->n_not_category, text->not_category);
  range_compile(text->age, &when->age_from, &when->age_to);
  range_compile(text->stay, &when->stay_from, &when->stay_to);
  diseases_compile(policy, text, when);
}

/* ---- citations ---- */

static bool run_is(const struct plan *plan, size_t first, struct citations run) {
  if (first + run.n > plan->n_cites) return false;
  for (size_t i = 0; i < run.n; i++)
    if (strcmp(plan->cites[first + i].text, run.at[i]) != 0) return false;
  return true;
}

static void cite_add(struct compiler *c, const char *citation) {
  struct plan *plan = c->plan;
  enum { STEP = 64 };
  if (plan->n_cites == UINT16_MAX) {
    beyond(c, "citations", UINT16_MAX);
    return;
  }
  if (plan->n_cites % STEP == 0) {
    plan->cites = realloc(plan->cites, (plan->n_cites + (size_t)STEP) * sizeof *plan->cites);
    must(plan->cites);
  }
  struct plan_cite *cite = &plan->cites[plan->n_cites++];
  cite->text = strdup(citation);
  must(cite->text);
  citation_mark(citation, cite->mark);
}

/* Citations stand in plan.cites as a run; the same run is kept once. */
static void cite(struct compiler *c, struct citations run, uint16_t *first, uint8_t *n) {
  size_t at = 0;
  if (run.n > UINT8_MAX) run.n = UINT8_MAX;
  while (at < c->plan->n_cites && !run_is(c->plan, at, run)) at++;
  *first = (uint16_t)at;
  *n = (uint8_t)run.n;
  if (!run_is(c->plan, at, run)) {
    *first = c->plan->n_cites;
    for (size_t i = 0; i < run.n; i++) cite_add(c, run.at[i]);
  }
}

/* ---- rows ---- */

static struct row *row_add(struct compiler *c, struct rows *rows, const Yz__When *when, struct citations citations) {
  if (rows->count == 0) rows->first = c->plan->n_rows;
  if (c->plan->n_rows == PLAN_ROWS_MAX) {
    beyond(c, "table rows", PLAN_ROWS_MAX);
    return &c->spill;
  }
  struct row *row = &c->plan->rows[c->plan->n_rows++];
  rows->count++;
  when_compile(c->policy, when, &row->when);
  cite(c, citations, &row->cite, &row->cites);
  row->assumed = policy_assumed(c->policy, c->pack, citations);
  return row;
}

/* An amount that is a share of a parameter rests on the parameter's sources too. */
static void row_of_parameter(struct compiler *c, struct row *row, const Yz__AmountRow *text,
                             struct citations citations) {
  const struct policy_part *part = policy_parameter(c->policy, text->of);
  if (!part) return;
  const Yz__Parameter *parameter = part->parameter;
  row->value = fen_share(parameter->amount, text->has_ratio ? text->ratio : RATIO_ONE);
  char *both[UINT8_MAX];
  size_t n = 0;
  for (size_t i = 0; i < citations.n && n < UINT8_MAX; i++) both[n++] = citations.at[i];
  for (size_t i = 0; i < parameter->n_source && n < UINT8_MAX; i++) both[n++] = parameter->source[i];
  cite(c, (struct citations){.at = both, .n = n}, &row->cite, &row->cites);
  const struct citations of = {.at = parameter->source, .n = parameter->n_source};
  row->assumed = row->assumed || policy_assumed(c->policy, part->pack, of);
}

/* A table of amounts: rows, or one amount for all. */
static struct rows amounts_compile(struct compiler *c, size_t n, Yz__AmountRow *const *texts, bool has_amount,
                                   int64_t amount, struct citations around) {
  struct rows rows = {.first = c->plan->n_rows};
  if (has_amount) row_add(c, &rows, NULL, around)->value = amount;
  for (size_t i = 0; i < n; i++) {
    const struct citations citations = citations_or(texts[i]->n_source, texts[i]->source, around);
    struct row *row = row_add(c, &rows, texts[i]->when, citations);
    if (texts[i]->has_amount) row->value = texts[i]->amount;
    if (texts[i]->of) row_of_parameter(c, row, texts[i], citations);
  }
  return rows;
}

static struct rows rates_compile(struct compiler *c, size_t n, Yz__RateRow *const *texts, bool has_rate, int32_t rate,
                                 struct citations around) {
  struct rows rows = {.first = c->plan->n_rows};
  if (has_rate) row_add(c, &rows, NULL, around)->value = rate;
  for (size_t i = 0; i < n; i++) {
    const Yz__RateRow *text = texts[i];
    struct row *row = row_add(c, &rows, text->when, citations_or(text->n_source, text->source, around));
    row->value = text->has_rate ? text->rate : RATIO_ONE - text->own_share;
    row->per_year_of_age = text->per_year_of_age;
  }
  return rows;
}

/* ---- counters ---- */

static const char whats[] = {[COUNTER_BASE] = 'b',    [COUNTER_BASE_REST] = 'r', [COUNTER_DEDUCTIBLE] = 'd',
                             [COUNTER_COVERED] = 'c', [COUNTER_PAID] = 'p',      [COUNTER_TIMES] = 't'};

static uint16_t counter_of(struct compiler *c, const char *name, enum counter_what what, enum counter_scope scope) {
  struct plan *plan = c->plan;
  struct counter_def wanted = {.what = (uint8_t)what, .scope = (uint8_t)scope};
  char whole[2 * PLAN_NAME_MAX];
  if (what == COUNTER_STAYS || what == COUNTER_DAYS)
    snprintf(whole, sizeof whole, "%s", name);
  else
    snprintf(whole, sizeof whole, "%s.%c", name, whats[what]);
  name_copy(c, wanted.name, sizeof wanted.name, whole);
  for (uint16_t i = 0; i < plan->n_counters; i++)
    if (plan->counters[i].scope == scope && strcmp(plan->counters[i].name, wanted.name) == 0) return i;
  if (plan->n_counters == PLAN_COUNTERS_MAX) {
    beyond(c, "counters", PLAN_COUNTERS_MAX);
    return NO_COUNTER;
  }
  plan->counters[plan->n_counters] = wanted;
  return plan->n_counters++;
}

/* ---- the parts of a benefit ---- */

static uint32_t list_bits(const struct policy *policy, size_t n, char *const *ids) {
  uint32_t bits = 0;
  for (size_t i = 0; i < n; i++) {
    const struct policy_part *part = policy_list(policy, ids[i]);
    if (part && part - policy->lists.at < PLAN_LISTS_MAX) bits |= UINT32_C(1) << (part - policy->lists.at);
  }
  return bits;
}

static void enters_compile(struct compiler *c, struct rule *rule) {
  static const uint8_t in_policy[] = {
      [YZ__BASE__IN_POLICY__ALL] = BASE_ALL,
      [YZ__BASE__IN_POLICY__WITHOUT_DEDUCTIBLES] = BASE_WITHOUT_DEDUCTIBLES,
      [YZ__BASE__IN_POLICY__OVER_CAP] = BASE_OVER_CAP,
      [YZ__BASE__IN_POLICY__OUT] = BASE_OUT,
  };
  const Yz__Base *enters = c->benefit->enters;
  rule->lost_enters = !enters || !enters->has_lost || enters->lost;
  rule->in_policy = enters && enters->has_in_policy ? in_policy[enters->in_policy] : BASE_ALL;
  if (!enters) return;
  rule->first_pay = enters->first_pay;
  rule->remote_first_pay = enters->remote_first_pay;
  rule->over_limit = enters->over_limit;
  rule->own_expense = enters->own_expense;
  rule->only_lists = list_bits(c->policy, enters->n_only_lists, enters->only_lists);
  rule->except_lists = list_bits(c->policy, enters->n_except_lists, enters->except_lists);
  rule->assumed = policy_assumed(c->policy, c->pack, citations_or(enters->n_source, enters->source, c->around));
}

static void deductible_compile(struct compiler *c, struct rule *rule) {
  static const struct {
    uint8_t per;
    int8_t scope; /* -1: nothing is kept */
  } kinds[] = {
      [YZ__DEDUCTIBLE__PER__STAY] = {DEDUCTIBLE_STAY, -1},
      [YZ__DEDUCTIBLE__PER__YEAR] = {DEDUCTIBLE_YEAR, SCOPE_YEAR},
      [YZ__DEDUCTIBLE__PER__YEAR_TOPPED_UP] = {DEDUCTIBLE_YEAR_TOPPED_UP, SCOPE_YEAR},
      [YZ__DEDUCTIBLE__PER__INSTITUTION_YEAR] = {DEDUCTIBLE_INSTITUTION_YEAR, SCOPE_INSTITUTION},
      [YZ__DEDUCTIBLE__PER__FAMILY_YEAR] = {DEDUCTIBLE_FAMILY_YEAR, SCOPE_FAMILY},
      [YZ__DEDUCTIBLE__PER__BILL] = {DEDUCTIBLE_BILL, -1},
  };
  const Yz__Deductible *text = c->benefit->deductible;
  rule->deductible_counter = rule->stays_counter = NO_COUNTER;
  rule->deductible_per = DEDUCTIBLE_NONE;
  if (!text) return;
  rule->deductible_per = kinds[text->per].per;
  rule->deductible = amounts_compile(c, text->n_rows, text->rows, text->has_amount, text->amount,
                                     citations_or(text->n_source, text->source, c->around));
  if (kinds[text->per].scope >= 0)
    rule->deductible_counter = counter_of(c, text->shared_as ? text->shared_as : benefit_counter(c->benefit),
                                          COUNTER_DEDUCTIBLE, (enum counter_scope)kinds[text->per].scope);
  if (text->per == YZ__DEDUCTIBLE__PER__STAY) rule->stays_counter = counter_of(c, "stays", COUNTER_STAYS, SCOPE_YEAR);
}

static bool is_part(int32_t share) {
  return share != 0 && share != RATIO_ONE;
}
static bool enters_in_parts(const struct rule *rule) {
  return is_part(rule->first_pay) || is_part(rule->remote_first_pay) || is_part(rule->over_limit) ||
         is_part(rule->own_expense);
}

static void rate_compile(struct compiler *c, struct rule *rule) {
  const Yz__Rate *text = c->benefit->rate;
  rule->base_counter = rule->base_rest_counter = rule->base_deductible_counter = NO_COUNTER;
  if (!text) return;
  const struct citations around = citations_or(text->n_source, text->source, c->around);
  rule->brackets_on_year = text->has_on && text->on == YZ__RATE__ON__YEAR;
  rule->above_deductible = text->has_measured && text->measured == YZ__RATE__MEASURED__ABOVE_DEDUCTIBLE;
  if (text->n_steps > PLAN_STEPS_MAX) {
    beyond(c, "brackets", PLAN_STEPS_MAX);
    return;
  }
  for (size_t i = 0; i < text->n_steps; i++) {
    const Yz__RateStep *step = text->steps[i];
    rule->steps[i].to = step->has_to ? step->to : INT64_MAX;
    rule->steps[i].rate = rates_compile(c, step->n_rows, step->rows, step->has_rate, step->rate,
                                        citations_or(step->n_source, step->source, around));
  }
  rule->n_steps = (uint8_t)text->n_steps;
  if (text->n_steps == 0) {
    rule->steps[0].to = INT64_MAX;
    rule->steps[0].rate = rates_compile(c, text->n_rows, text->rows, text->has_flat, text->flat, around);
    rule->n_steps = 1;
  }
  if (!rule->brackets_on_year) return;
  rule->base_counter = counter_of(c, benefit_counter(c->benefit), COUNTER_BASE, SCOPE_YEAR);
  if (enters_in_parts(rule))
    rule->base_rest_counter = counter_of(c, benefit_counter(c->benefit), COUNTER_BASE_REST, SCOPE_YEAR);
  if (rule->above_deductible || rule->deductible_per != DEDUCTIBLE_NONE)
    rule->base_deductible_counter = counter_of(c, benefit_counter(c->benefit), COUNTER_DEDUCTIBLE, SCOPE_YEAR);
}

static void grant_compile(struct compiler *c, struct rule *rule) {
  const Yz__Grant *text = c->benefit->grant;
  if (!text) return;
  rule->grant_per = (uint8_t)text->per;
  rule->grant_beyond_cost = text->has_beyond_cost && text->beyond_cost;
  rule->grant = amounts_compile(c, text->n_rows, text->rows, text->has_amount, text->amount,
                                citations_or(text->n_source, text->source, c->around));
}

static void caps_compile(struct compiler *c, struct rule *rule) {
  static const struct {
    uint8_t per;
    int8_t scope; /* -1: each bill by itself */
  } kinds[] = {
      [YZ__CAP__PER__YEAR] = {CAP_YEAR, SCOPE_YEAR}, [YZ__CAP__PER__DAY] = {CAP_DAY, SCOPE_DAY},
      [YZ__CAP__PER__VISIT] = {CAP_VISIT, -1},       [YZ__CAP__PER__DISEASE_YEAR] = {CAP_DISEASE_YEAR, SCOPE_DISEASE},
      [YZ__CAP__PER__BED_DAY] = {CAP_BED_DAY, -1},   [YZ__CAP__PER__MONTH] = {CAP_MONTH, SCOPE_MONTH},
  };
  const Yz__Benefit *benefit = c->benefit;
  if (benefit->n_caps > PLAN_CAPS_MAX) {
    beyond(c, "caps of a benefit", PLAN_CAPS_MAX);
    return;
  }
  for (size_t i = 0; i < benefit->n_caps; i++) {
    const Yz__Cap *text = benefit->caps[i];
    struct plan_cap *cap = &rule->caps[i];
    cap->per = kinds[text->per].per;
    cap->on_covered = text->has_on && text->on == YZ__CAP__ON__COVERED;
    cap->on_times = text->has_times;
    cap->amount = amounts_compile(c, text->n_rows, text->rows, text->has_amount || text->has_times,
                                  text->has_times ? (int64_t)text->times : text->amount,
                                  citations_or(text->n_source, text->source, c->around));
    cap->counter = NO_COUNTER;
    const enum counter_what what = cap->on_times ? COUNTER_TIMES : cap->on_covered ? COUNTER_COVERED : COUNTER_PAID;
    if (kinds[text->per].scope >= 0)
      cap->counter = counter_of(c, text->shared_as ? text->shared_as : benefit_counter(benefit), what,
                                (enum counter_scope)kinds[text->per].scope);
  }
  rule->n_caps = (uint8_t)benefit->n_caps;
}

/* All benefits of a person share it: a day in an institution is none at home. */
static void days_compile(struct compiler *c, struct rule *rule) {
  bool by_day = rule->grant_per == YZ__GRANT__PER__DAY;
  for (uint8_t i = 0; i < rule->n_caps; i++) by_day = by_day || rule->caps[i].per == CAP_BED_DAY;
  rule->days_counter = by_day ? counter_of(c, "care_days", COUNTER_DAYS, SCOPE_MONTH) : NO_COUNTER;
}

static void tilt_compile(struct compiler *c, const Yz__Tilt *text, struct plan_tilt *tilt) {
  const struct citations citations = citations_or(text->n_source, text->source, c->around);
  when_compile(c->policy, text->when, &tilt->when);
  tilt->deductible_share = text->has_deductible_share ? text->deductible_share : RATIO_ONE;
  tilt->deductible_amount = text->has_deductible_amount ? text->deductible_amount : -1;
  tilt->points = text->points;
  tilt->rate_share = text->has_rate_share ? text->rate_share : RATIO_ONE;
  tilt->cap_plus = text->cap_plus;
  tilt->grant_plus = text->grant_plus;
  tilt->no_cap = text->has_no_cap && text->no_cap;
  tilt->lost = text->has_lost && text->lost;
  cite(c, citations, &tilt->cite, &tilt->cites);
  tilt->assumed = policy_assumed(c->policy, c->pack, citations);
}

static uint8_t tilts_compile(struct compiler *c, size_t n, Yz__Tilt *const *texts, struct plan_tilt *tilts) {
  if (n > PLAN_TILTS_MAX) {
    beyond(c, "tilts or adjustments of a benefit", PLAN_TILTS_MAX);
    return 0;
  }
  for (size_t i = 0; i < n; i++) tilt_compile(c, texts[i], &tilts[i]);
  return (uint8_t)n;
}

static uint16_t pack_index(const struct policy *policy, const struct pack *pack) {
  uint16_t i = 0;
  while (i < policy->n_packs && policy->packs[i] != pack) i++;
  must(i < policy->n_packs);
  return i;
}

static void benefit_compile(struct compiler *c, const struct policy_part *part) {
  if (c->plan->n_rules == PLAN_RULES_MAX) {
    beyond(c, "benefits", PLAN_RULES_MAX);
    return;
  }
  const Yz__Benefit *benefit = part->benefit;
  struct rule *rule = &c->plan->rules[c->plan->n_rules++];
  name_copy(c, rule->id, sizeof rule->id, benefit->id);
  rule->pack = pack_index(c->policy, part->pack);
  rule->tier = (uint8_t)benefit->tier;
  rule->payer = (uint8_t)benefit->payer;
  rule->service = (uint8_t)benefit_service(benefit);
  rule->order_independent = benefit->has_order_independent && benefit->order_independent;
  rule->may_lower_burden = benefit->has_may_lower_burden && benefit->may_lower_burden;
  rule->from = benefit->has_from ? benefit->from : part->pack->text->from;
  rule->to = benefit->has_to ? benefit->to : part->pack->text->to;
  when_compile(c->policy, benefit->applies, &rule->applies);
  cite(c, c->around, &rule->cite, &rule->cites);
  enters_compile(c, rule);
  deductible_compile(c, rule);
  rate_compile(c, rule);
  grant_compile(c, rule);
  caps_compile(c, rule);
  days_compile(c, rule);
  rule->paid_counter = counter_of(c, benefit_counter(benefit), COUNTER_PAID, SCOPE_YEAR);
  rule->n_tilts = tilts_compile(c, benefit->n_tilts, benefit->tilts, rule->tilts);
  rule->n_adjustments = tilts_compile(c, benefit->n_adjustments, benefit->adjustments, rule->adjustments);
}

static void benefits_compile(struct compiler *c) {
  const struct policy *policy = c->policy;
  for (size_t rung = 0; rung < policy->n_ladder; rung++)
    for (size_t i = 0; i < policy->benefits.n && !c->full; i++) {
      const struct policy_part *part = &policy->benefits.at[i];
      if (part->benefit->tier != policy->ladder[rung]) continue;
      c->pack = part->pack;
      c->benefit = part->benefit;
      c->around = (struct citations){.at = part->benefit->source, .n = part->benefit->n_source};
      benefit_compile(c, part);
    }
}

/* Rules that count their base together know the same rest of it. */
static void rests_compile(struct compiler *c) {
  struct plan *plan = c->plan;
  for (uint16_t i = 0; i < plan->n_rules; i++) {
    if (plan->rules[i].base_rest_counter == NO_COUNTER) continue;
    for (uint16_t j = 0; j < plan->n_rules; j++)
      if (plan->rules[j].base_counter == plan->rules[i].base_counter)
        plan->rules[j].base_rest_counter = plan->rules[i].base_rest_counter;
  }
}

static void overrides_compile(struct compiler *c) {
  struct plan *plan = c->plan;
  for (uint16_t i = 0; i < plan->n_rules; i++) {
    const Yz__Benefit *benefit = policy_benefit(c->policy, plan->rules[i].id)->benefit;
    for (size_t o = 0; o < benefit->n_overrides; o++)
      for (uint16_t j = 0; j < plan->n_rules; j++)
        if (strcmp(plan->rules[j].id, benefit->overrides[o]) == 0)
          plan->rules[i].overrides[j / 64] |= UINT64_C(1) << (j % 64);
  }
}

/* ---- what is not a benefit ---- */

static void remote_compile(struct compiler *c) {
  const Yz__RemoteRules *remote = c->policy->remote;
  struct plan *plan = c->plan;
  if (!remote) return;
  c->pack = c->policy->remote_pack;
  for (size_t i = 0; i < remote->n_filing_required; i++)
    plan->filing_required |= UINT32_C(1) << (remote->filing_required[i] - 1);
  plan->emergency_counts_as_filed = remote->has_emergency_counts_as_filed && remote->emergency_counts_as_filed;
  plan->home_benefit_when_filed = remote->has_home_benefit_when_filed && remote->home_benefit_when_filed;
  if (remote->n_first_pay > PLAN_REMOTE_MAX) {
    beyond(c, "rows of remote first-pay", PLAN_REMOTE_MAX);
    return;
  }
  for (size_t i = 0; i < remote->n_first_pay; i++) {
    when_compile(c->policy, remote->first_pay[i]->when, &plan->remote[i].when);
    plan->remote[i].share = remote->first_pay[i]->share;
  }
  plan->n_remote = (uint16_t)remote->n_first_pay;
}

static void names_compile(struct compiler *c) {
  const struct policy *policy = c->policy;
  struct plan *plan = c->plan;
  for (size_t i = 0; i < policy->n_packs; i++) {
    struct plan_pack_ref *ref = &plan->packs[i];
    name_copy(c, ref->pack, sizeof ref->pack, policy->packs[i]->text->pack);
    name_copy(c, ref->version, sizeof ref->version, policy->packs[i]->text->version);
    name_copy(c, ref->sha256, sizeof ref->sha256, policy->packs[i]->sha256);
  }
  plan->n_packs = (uint16_t)policy->n_packs;
  if (policy->diseases.n > PLAN_DISEASES_MAX) beyond(c, "diseases", PLAN_DISEASES_MAX);
  if (policy->lists.n > PLAN_LISTS_MAX) beyond(c, "item lists", PLAN_LISTS_MAX);
  if (c->full) return;
  for (size_t i = 0; i < policy->diseases.n; i++)
    name_copy(c, plan->diseases[i], sizeof plan->diseases[i], policy->diseases.at[i].disease->code);
  for (size_t i = 0; i < policy->lists.n; i++)
    name_copy(c, plan->lists[i], sizeof plan->lists[i], policy->lists.at[i].list->id);
  plan->n_diseases = (uint16_t)policy->diseases.n;
  plan->n_lists = (uint16_t)policy->lists.n;
}

bool policy_compile(const struct policy *policy, struct plan *plan, struct findings *findings) {
  memset(plan, 0, sizeof *plan);
  plan->from = policy->from;
  plan->to = policy->to;
  struct compiler c = {.policy = policy, .plan = plan, .findings = findings, .pack = policy->packs[0]};
  names_compile(&c);
  if (!c.full) remote_compile(&c);
  c.benefit = NULL;
  if (!c.full) benefits_compile(&c);
  if (!c.full) rests_compile(&c);
  if (!c.full) overrides_compile(&c);
  if (!c.full) plan_index(plan);
  return !c.full;
}

struct plan *plan_new(const struct policy *policy, struct findings *findings) {
  struct plan *plan = malloc(sizeof *plan);
  must(plan);
  if (!policy_compile(policy, plan, findings)) plan_free(&plan);
  return plan;
}

void plan_free(struct plan **plan) {
  if (!*plan) return;
  for (uint16_t i = 0; i < (*plan)->n_cites; i++) free((*plan)->cites[i].text);
  free((*plan)->cites);
  free(*plan);
  *plan = NULL;
}
