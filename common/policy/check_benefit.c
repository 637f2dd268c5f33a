/* One benefit by itself: its values, its tables, its counters. */
#include "checking.h"

#include "cases.h"
#include "compile.h"
#include "money.h"
#include "must.h"

#include <stdlib.h>
#include <string.h>

/* The citations that the values within `message` have unless they have their own. Where every value has its own, the
 * message needs none. */
static struct citations cited(const struct checking *k, const void *message, size_t n, char *const *own,
                              struct citations around) {
  if (n) check_citations(k, message, n, own, around);
  return citations_or(n, own, around);
}

/* A single value that stands in the message itself rests on its citations. */
static void check_cited(const struct checking *k, const void *message, bool value, struct citations citations) {
  if (value && citations.n == 0) check_citations(k, message, 0, NULL, citations);
}

/* ---- tables ---- */

/* Conditions of a table's rows (NULL: always), with the rows themselves for the places of findings. */
struct table {
  const void *owner; /* the message that holds the rows */
  const char *what;  /* "table of rates" */
  size_t n;
  const Yz__When **whens;
  const void **rows;
};

static struct table table_new(const void *owner, const char *what, size_t n) {
  struct table table = {.owner = owner, .what = what, .n = n};
  table.whens = calloc(n + 1, sizeof *table.whens);
  table.rows = calloc(n + 1, sizeof *table.rows);
  must(table.whens && table.rows);
  return table;
}

static void table_free(struct table *table) {
  free(table->whens);
  free(table->rows);
}

/* Refuses rows that never count; with `complete` also cases without a row. */
static void check_cases(const struct checking *k, const struct when *applies, const struct table *table,
                        bool complete) {
  struct when *whens = calloc(table->n + 1, sizeof *whens);
  must(whens);
  for (size_t i = 0; i < table->n; i++) when_compile(k->policy, table->whens[i], &whens[i]);
  struct cases cases;
  cases_examine(k->policy, applies, whens, table->n, &cases);
  if (cases.too_many)
    refuse(k, table->owner, NULL, 0, "the %s has too many rows or cases to check: split the benefit", table->what);
  else if (complete && cases.missing)
    refuse(k, table->owner, NULL, 0, "the %s has no row for %s%s: add a row, or let `applies` exclude the case",
           table->what, text_string(&cases.example), cases.missing > 1 ? " and further cases" : "");
  for (size_t i = 0; i < table->n && !cases.too_many; i++) {
    if (cases_first(&cases, i)) continue;
    if (cases_meet(k->policy, applies, &whens[i]))
      refuse(k, table->rows[i], NULL, 0,
             "this row of the %s never counts, the rows before it take all its cases: "
             "move it before them, or drop it",
             table->what);
    else
      refuse(k, table->rows[i], NULL, 0,
             "this row of the %s never counts, no case within `applies` fits it: "
             "correct its `when`, or drop it",
             table->what);
  }
  cases_free(&cases);
  free(whens);
}

static void check_amount_row(const struct checking *k, const Yz__AmountRow *row, struct citations around) {
  check_when(k, row->when);
  check_one_of(k, row, (const char *const[]){"amount", "of"}, (const bool[]){row->has_amount, row->of != NULL}, 2);
  check_amount(k, row, "amount", row->has_amount, row->amount);
  if (row->of && !policy_parameter(k->policy, row->of))
    refuse(k, row, "of", 0, "the parameter `%s` is not in `parameters`: add it there, or correct the name", row->of);
  if (row->has_ratio && !row->of) refuse(k, row, "ratio", 0, "`ratio` needs `of`: a share of which parameter?");
  check_share(k, row, "ratio", row->has_ratio, row->ratio, 0, 10 * RATIO_ONE);
  check_citations(k, row, row->n_source, row->source, around);
}

static void check_amounts(const struct checking *k, const struct when *applies, const void *owner, const char *what,
                          size_t n, Yz__AmountRow *const *rows, bool has_amount, int64_t amount,
                          struct citations around) {
  check_one_of(k, owner, (const char *const[]){"amount", "rows"}, (const bool[]){has_amount, n > 0}, 2);
  check_amount(k, owner, "amount", has_amount, amount);
  check_cited(k, owner, has_amount, around);
  struct table table = table_new(owner, what, n);
  for (size_t i = 0; i < n; i++) {
    check_amount_row(k, rows[i], around);
    table.whens[i] = rows[i]->when;
    table.rows[i] = rows[i];
  }
  if (n) check_cases(k, applies, &table, true);
  table_free(&table);
}

static void check_rate_row(const struct checking *k, const Yz__RateRow *row, struct citations around) {
  check_when(k, row->when);
  check_one_of(k, row, (const char *const[]){"rate", "own_share"}, (const bool[]){row->has_rate, row->has_own_share},
               2);
  check_share(k, row, "rate", row->has_rate, row->rate, 0, RATIO_ONE);
  check_share(k, row, "own_share", row->has_own_share, row->own_share, 0, RATIO_ONE);
  check_share(k, row, "per_year_of_age", row->has_per_year_of_age, row->per_year_of_age, 0, RATIO_ONE / 10);
  if (row->has_per_year_of_age && !row->has_rate)
    refuse(k, row, "per_year_of_age", 0, "`per_year_of_age` is added to `rate`: state the rate instead of own_share");
  check_citations(k, row, row->n_source, row->source, around);
}

static void check_rates(const struct checking *k, const struct when *applies, const void *owner, size_t n,
                        Yz__RateRow *const *rows, struct citations around) {
  struct table table = table_new(owner, "table of rates", n);
  for (size_t i = 0; i < n; i++) {
    check_rate_row(k, rows[i], around);
    table.whens[i] = rows[i]->when;
    table.rows[i] = rows[i];
  }
  if (n) check_cases(k, applies, &table, true);
  table_free(&table);
}

/* ---- parts of a benefit ---- */

static void check_lists(const struct checking *k, const Yz__Base *enters, const char *field, size_t n,
                        char *const *lists) {
  for (size_t i = 0; i < n; i++)
    if (!policy_list(k->policy, lists[i]))
      refuse(k, enters, field, i, "the list `%s` is not in `lists`: add it there, or correct the name", lists[i]);
}

static void check_enters(const struct checking *k, const Yz__Base *enters, struct citations around) {
  if (!enters) return;
  check_citations(k, enters, enters->n_source, enters->source, around);
  check_share(k, enters, "first_pay", enters->has_first_pay, enters->first_pay, 0, RATIO_ONE);
  check_share(k, enters, "remote_first_pay", enters->has_remote_first_pay, enters->remote_first_pay, 0, RATIO_ONE);
  check_share(k, enters, "over_limit", enters->has_over_limit, enters->over_limit, 0, RATIO_ONE);
  check_share(k, enters, "own_expense", enters->has_own_expense, enters->own_expense, 0, RATIO_ONE);
  check_lists(k, enters, "only_lists", enters->n_only_lists, enters->only_lists);
  check_lists(k, enters, "except_lists", enters->n_except_lists, enters->except_lists);
  const bool in_policy = !enters->has_in_policy || enters->in_policy != YZ__BASE__IN_POLICY__OUT;
  if (!in_policy && !enters->first_pay && !enters->remote_first_pay && !enters->over_limit && !enters->own_expense)
    refuse(k, enters, NULL, 0, "no money enters: `in_policy: out` needs a share of something else");
}

static void check_deductible(const struct checking *k, const struct when *applies, const Yz__Deductible *deductible,
                             struct citations around) {
  if (!deductible) return;
  around = cited(k, deductible, deductible->n_source, deductible->source, around);
  check_amounts(k, applies, deductible, "table of deductibles", deductible->n_rows, deductible->rows,
                deductible->has_amount, deductible->amount, around);
  const bool counted = deductible->per != YZ__DEDUCTIBLE__PER__STAY && deductible->per != YZ__DEDUCTIBLE__PER__BILL;
  if (deductible->shared_as) check_id(k, deductible, "shared_as", deductible->shared_as, NAME_ROOM);
  if (deductible->shared_as && !counted)
    refuse(k, deductible, "shared_as", 0,
           "a deductible of each stay or bill begins anew and cannot be shared: "
           "use `per: year`, or drop `shared_as`");
  if (deductible->per == YZ__DEDUCTIBLE__PER__FAMILY_YEAR && !k->owner->text->product)
    refuse(k, deductible, "per", 0, "a family's deductible is kept with its contract: only a product pack can have it");
}

static void check_step(const struct checking *k, const struct when *applies, const Yz__Rate *rate, size_t i,
                       struct citations around) {
  const Yz__RateStep *step = rate->steps[i];
  const int64_t before = i > 0 && rate->steps[i - 1]->has_to ? rate->steps[i - 1]->to : 0;
  const bool last = i + 1 == rate->n_steps;
  char to[MONEY_TEXT_MAX], from[MONEY_TEXT_MAX];
  around = cited(k, step, step->n_source, step->source, around);
  check_one_of(k, step, (const char *const[]){"rate", "rows"}, (const bool[]){step->has_rate, step->n_rows > 0}, 2);
  check_share(k, step, "rate", step->has_rate, step->rate, 0, RATIO_ONE);
  check_cited(k, step, step->has_rate, around);
  check_rates(k, applies, step, step->n_rows, step->rows, around);
  if (last && step->has_to)
    refuse(k, step, "to", 0, "the last bracket has no upper bound: drop `to`; a limit belongs in `caps`");
  if (!last && !step->has_to)
    refuse(k, step, NULL, 0, "bracket %zu of %zu needs `to`: only the last one is open", i + 1, rate->n_steps);
  if (!last && step->has_to && step->to <= before)
    refuse(k, step, "to", 0, "brackets must rise: this one ends at %s, the one before at %s", fen_print(step->to, to),
           fen_print(before, from));
}

static void check_rate(const struct checking *k, const struct when *applies, const Yz__Rate *rate,
                       struct citations around) {
  if (!rate) return;
  around = cited(k, rate, rate->n_source, rate->source, around);
  check_one_of(k, rate, (const char *const[]){"flat", "rows", "steps"},
               (const bool[]){rate->has_flat, rate->n_rows > 0, rate->n_steps > 0}, 3);
  check_share(k, rate, "flat", rate->has_flat, rate->flat, 0, RATIO_ONE);
  check_cited(k, rate, rate->has_flat, around);
  check_rates(k, applies, rate, rate->n_rows, rate->rows, around);
  for (size_t i = 0; i < rate->n_steps; i++) check_step(k, applies, rate, i, around);
  if (rate->n_steps > 1 && !rate->has_measured)
    refuse(k, rate, NULL, 0,
           "brackets need `measured`: do their bounds count including_deductible or above_deductible?");
  if (rate->n_steps > PLAN_STEPS_MAX)
    refuse(k, rate, "steps", 0, "%zu brackets: %d is the most", rate->n_steps, PLAN_STEPS_MAX);
}

/* True when every setting of the benefit is one of the `n` given. */
static bool only_in(const struct when *applies, size_t n, const Yz__Setting *settings) {
  uint64_t outside = ((UINT64_C(1) << yz__setting__descriptor.n_values) - 1) << BITS_SETTING;
  for (size_t i = 0; i < n; i++) outside &= ~PLAN_BIT(BITS_SETTING, settings[i]);
  return !(applies->bits & outside);
}

static bool only_long_term_care(const struct when *applies) {
  return only_in(applies, 1, (const Yz__Setting[]){YZ__SETTING__LONG_TERM_CARE});
}

static void check_grant(const struct checking *k, const struct when *applies, const Yz__Grant *grant,
                        struct citations around) {
  if (!grant) return;
  around = cited(k, grant, grant->n_source, grant->source, around);
  check_amounts(k, applies, grant, "table of grants", grant->n_rows, grant->rows, grant->has_amount, grant->amount,
                around);
  if (grant->per != YZ__GRANT__PER__EACH_BILL && !only_long_term_care(applies))
    refuse(k, grant, "per", 0,
           "days and months are counted in long-term care only: use `per: each_bill`, or let "
           "`applies` say `setting: long_term_care`");
}

/* Without it every further bill of a month would be granted the month again. */
static void check_month_once(const struct checking *k, const Yz__Benefit *benefit) {
  if (!benefit->grant || benefit->grant->per != YZ__GRANT__PER__MONTH) return;
  for (size_t i = 0; i < benefit->n_caps; i++)
    if (benefit->caps[i]->per == YZ__CAP__PER__MONTH && benefit->caps[i]->has_times) return;
  refuse(k, benefit->grant, "per", 0,
         "a grant of a month is granted again with each bill of the month: add the cap `{per: month, times: 1}`");
}

/* A cap on how often a benefit pays. */
static void check_times(const struct checking *k, const Yz__Cap *cap, bool counted, struct citations around) {
  check_one_of(k, cap, (const char *const[]){"times", "amount", "rows"},
               (const bool[]){cap->has_times, cap->has_amount, cap->n_rows > 0}, 3);
  check_cited(k, cap, true, around);
  if (cap->times < 1 || cap->times > 366) refuse(k, cap, "times", 0, "`times` is a number from 1 to 366");
  if (cap->has_on) refuse(k, cap, "on", 0, "a cap on times counts payments: drop `on`");
  if (!counted) refuse(k, cap, "per", 0, "one bill is one time: use `per: day`, `month`, `year` or `disease_year`");
}

static void check_cap(const struct checking *k, const struct when *applies, const Yz__Benefit *benefit, size_t i) {
  static const Yz__Setting with_disease[] = {YZ__SETTING__CHRONIC, YZ__SETTING__TWO_DISEASE};
  const Yz__Cap *cap = benefit->caps[i];
  const struct citations around =
      cited(k, cap, cap->n_source, cap->source, (struct citations){.at = benefit->source, .n = benefit->n_source});
  const bool counted = cap->per != YZ__CAP__PER__VISIT && cap->per != YZ__CAP__PER__BED_DAY;
  if (cap->has_times)
    check_times(k, cap, counted, around);
  else
    check_amounts(k, applies, cap, "table of caps", cap->n_rows, cap->rows, cap->has_amount, cap->amount, around);
  if (cap->shared_as) check_id(k, cap, "shared_as", cap->shared_as, NAME_ROOM);
  if (cap->shared_as && !counted)
    refuse(k, cap, "shared_as", 0,
           "a cap of each visit or bed-day counts nothing that could be shared: drop `shared_as`");
  if (cap->per == YZ__CAP__PER__DISEASE_YEAR && !applies->has_disease && !only_in(applies, 2, with_disease))
    refuse(k, cap, "per", 0,
           "a cap per disease needs a disease to count by: let `applies` say `setting: chronic` or "
           "`two_disease`, or name diseases");
  if (cap->per == YZ__CAP__PER__BED_DAY && !only_long_term_care(applies))
    refuse(k, cap, "per", 0,
           "bed-days are counted in long-term care only: let `applies` say `setting: long_term_care`, "
           "or use another `per`");
  for (size_t j = 0; j < i; j++) {
    const Yz__Cap *other = benefit->caps[j];
    if (other->per == cap->per && other->on == cap->on && other->has_times == cap->has_times &&
        !strcmp(other->shared_as ? other->shared_as : "", cap->shared_as ? cap->shared_as : ""))
      refuse(k, cap, NULL, 0, "this cap counts the same as cap %zu of the benefit: make one table of both", j + 1);
  }
}

static void check_tilt(const struct checking *k, const Yz__Benefit *benefit, const Yz__Tilt *tilt) {
  const bool deductible = tilt->has_deductible_share || tilt->has_deductible_amount;
  const bool rate = tilt->has_points || tilt->has_rate_share, cap = tilt->has_no_cap || tilt->has_cap_plus;
  check_when(k, tilt->when);
  check_citations(k, tilt, tilt->n_source, tilt->source,
                  (struct citations){.at = benefit->source, .n = benefit->n_source});
  check_share(k, tilt, "deductible_share", tilt->has_deductible_share, tilt->deductible_share, 0, 2 * RATIO_ONE);
  check_amount(k, tilt, "deductible_amount", tilt->has_deductible_amount, tilt->deductible_amount);
  check_share(k, tilt, "points", tilt->has_points, tilt->points, -RATIO_ONE, RATIO_ONE);
  check_share(k, tilt, "rate_share", tilt->has_rate_share, tilt->rate_share, 0, 2 * RATIO_ONE);
  check_amount(k, tilt, "cap_plus", tilt->has_cap_plus, tilt->cap_plus);
  check_amount(k, tilt, "grant_plus", tilt->has_grant_plus, tilt->grant_plus);
  if (!deductible && !rate && !cap && !tilt->has_grant_plus)
    refuse(k, tilt, NULL, 0,
           "changes nothing: state deductible_share, deductible_amount, points, rate_share, no_cap, "
           "cap_plus or grant_plus");
  if (tilt->has_deductible_share && tilt->has_deductible_amount)
    refuse(k, tilt, "deductible_amount", 0, "state either deductible_share or deductible_amount");
  if (deductible && !benefit->deductible)
    refuse(k, tilt, NULL, 0, "changes a deductible that the benefit does not have");
  if (rate && !benefit->rate) refuse(k, tilt, NULL, 0, "changes a rate that the benefit does not have");
  if (cap && !benefit->n_caps) refuse(k, tilt, NULL, 0, "changes a cap that the benefit does not have");
  if (tilt->has_grant_plus && !benefit->grant)
    refuse(k, tilt, "grant_plus", 0, "adds to a grant that the benefit does not have");
  if (tilt->has_lost && tilt->lost && tilt->points >= 0 && (!tilt->has_rate_share || tilt->rate_share >= RATIO_ONE))
    refuse(k, tilt, "lost", 0, "nothing is lost without negative `points` or a `rate_share` under 100%%");
}

/* `first`: the first that fits counts, so one behind a wider one never does. */
static void check_tilts(const struct checking *k, const struct when *applies, const Yz__Benefit *benefit,
                        const char *what, size_t n, Yz__Tilt *const *tilts, bool first) {
  struct table table = table_new(benefit, what, n);
  for (size_t i = 0; i < n; i++) {
    check_tilt(k, benefit, tilts[i]);
    table.whens[i] = tilts[i]->when;
    table.rows[i] = tilts[i];
  }
  if (first && n) check_cases(k, applies, &table, false);
  for (size_t i = 0; i < n && !first; i++) {
    const struct table one = {.owner = benefit, .what = what, .n = 1, .whens = &table.whens[i], .rows = &table.rows[i]};
    check_cases(k, applies, &one, false);
  }
  table_free(&table);
  if (n > PLAN_TILTS_MAX) refuse(k, benefit, NULL, 0, "%zu rows in the %s: %d is the most", n, what, PLAN_TILTS_MAX);
}

static void check_self(const struct checking *k, const Yz__Benefit *benefit) {
  const Yz__PolicyPack *pack = k->owner->text;
  check_id(k, benefit, "id", benefit->id, NAME_ROOM);
  if (benefit->counter) check_id(k, benefit, "counter", benefit->counter, NAME_ROOM);
  const int32_t from = benefit->has_from ? benefit->from : pack->from, to = benefit->has_to ? benefit->to : pack->to;
  check_dates(k, benefit, from, to);
  if (from < pack->from || to > pack->to)
    refuse(k, benefit, from < pack->from ? "from" : "to", 0, "the benefit's dates must lie within the pack's");
  check_one_of(k, benefit, (const char *const[]){"rate", "grant"},
               (const bool[]){benefit->rate != NULL, benefit->grant != NULL}, 2);
  if (benefit->payer == YZ__PAYER__PERSONAL_ACCOUNT || benefit->payer == YZ__PAYER__FAMILY_ACCOUNT ||
      benefit->payer == YZ__PAYER__CASH)
    refuse(k, benefit, "payer", 0, "a benefit is paid by a fund or an insurer; accounts and cash pay what is left");
  if (benefit->n_caps > PLAN_CAPS_MAX)
    refuse(k, benefit, "caps", 0, "%zu caps: %d is the most", benefit->n_caps, PLAN_CAPS_MAX);
}

void check_benefit(struct checking *k, const Yz__Benefit *benefit) {
  const struct citations none = {0}, around = {.at = benefit->source, .n = benefit->n_source};
  struct when applies;
  k->who = benefit->id;
  check_self(k, benefit);
  check_when(k, benefit->applies);
  when_compile(k->policy, benefit->applies, &applies);
  if (benefit->applies && benefit->applies->n_form && !only_long_term_care(&applies))
    refuse(k, benefit->applies, "form", 0, "only long-term care has forms: add `setting: long_term_care`");
  if (benefit->n_source) check_citations(k, benefit, benefit->n_source, benefit->source, none);
  struct when always;
  when_compile(k->policy, NULL, &always);
  if (!cases_meet(k->policy, &applies, &always)) {
    refuse(k, benefit, "applies", 0, "`applies` can never hold: its conditions exclude each other");
  } else {
    check_enters(k, benefit->enters, around);
    check_deductible(k, &applies, benefit->deductible, around);
    check_rate(k, &applies, benefit->rate, around);
    check_grant(k, &applies, benefit->grant, around);
    check_month_once(k, benefit);
    for (size_t i = 0; i < benefit->n_caps; i++) check_cap(k, &applies, benefit, i);
    check_tilts(k, &applies, benefit, "table of tilts", benefit->n_tilts, benefit->tilts, true);
    check_tilts(k, &applies, benefit, "list of adjustments", benefit->n_adjustments, benefit->adjustments, false);
  }
  k->who = NULL;
}
