#include "bill.h"

#include "bounds.h"
#include "date.h"
#include "money.h"

#include <stdio.h>
#include <string.h>

/* In place of a caller, in the id of a settlement that settles an encounter: no caller may be called so. */
static const char of_encounter[] = "encounter";

int32_t bill_day(const Yz__Bill *bill) {
  return bill->has_to ? bill->to : bill->from;
}

void bill_settlement_id(const Yz__Bill *bill, char id[SETTLEMENT_ID_MAX]) {
  if (bill->encounter)
    settlement_id_make(id, of_encounter, bill->encounter, bill->person);
  else
    settlement_id_make(id, bill->caller ? bill->caller : bill->institution, bill->request_id, bill->person);
}

/* Else a bill could take the id of a stay's settlement, and the stay would be settled already. */
static Yz__Problem *caller_check(const Yz__Bill *bill, struct arena *arena) {
  if (strcmp(bill->caller ? bill->caller : bill->institution, of_encounter) != 0) return NULL;
  return problem_new(arena, YZ__CODE__INVALID, bill->caller ? "/caller" : "/institution",
                     "\"%s\" is no name of a caller%s: settlements of stays have it", of_encounter,
                     bill->caller ? "" : ", which by default is the institution");
}

static bool is_amount(int64_t fen) {
  return fen >= 0 && fen <= FEN_MAX;
}

static Yz__Problem *ids_check(const Yz__Bill *bill, struct arena *arena) {
  const struct {
    const char *pointer, *id;
    bool required;
  } ids[] = {{"/request_id", bill->request_id, true},   {"/person", bill->person, true},
             {"/institution", bill->institution, true}, {"/caller", bill->caller, false},
             {"/disease", bill->disease, false},        {"/encounter", bill->encounter, false}};
  for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
    if (ids[i].id ? !id_valid(ids[i].id) : ids[i].required)
      return problem_new(arena, YZ__CODE__INVALID, ids[i].pointer, "an id has 1 to %d letters, digits, '-', '_' or '.'",
                         LIMIT_ID);
  if (bill->diagnosis && strlen(bill->diagnosis) > LIMIT_TEXT)
    return problem_new(arena, YZ__CODE__INVALID, "/diagnosis", "longer than %d bytes", LIMIT_TEXT);
  return NULL;
}

/* Care is paid by the day and the month, and its days are counted by the month (care.h). */
static Yz__Problem *month_check(const Yz__Bill *bill, struct arena *arena) {
  const struct civil from = date_civil(bill->from), to = date_civil(bill_day(bill));
  if (bill->setting != YZ__SETTING__LONG_TERM_CARE || (from.year == to.year && from.month == to.month)) return NULL;
  Yz__Problem *problem =
      problem_new(arena, YZ__CODE__INVALID, "/to", "long-term care of more than one month: it is billed by the month");
  problem->remedy =
      arena_copy(arena, "bill it in parts, one for each calendar month. 长期护理按自然月结算：请按月分段结算");
  return problem;
}

static Yz__Problem *days_check(const Yz__Bill *bill, struct arena *arena) {
  const int32_t first = date_of(BILL_YEAR_MIN, 1, 1);
  char from[DATE_TEXT_MAX];
  date_print(bill->from, from);
  if (bill->from < first || bill->from > DATE_MAX)
    return problem_new(arena, YZ__CODE__INVALID, "/from", "%s is not a day of insured care", from);
  if (bill_day(bill) < bill->from)
    return problem_new(arena, YZ__CODE__INVALID, "/to", "ends before it begins on %s", from);
  if (bill_day(bill) - bill->from > BILL_DAYS_MAX)
    return problem_new(arena, YZ__CODE__INVALID, "/to", "longer than %d days: bill it in parts", BILL_DAYS_MAX);
  const int32_t days = bill_day(bill) - bill->from + 1;
  if (bill->has_days && (bill->days == 0 || bill->days > (uint32_t)days))
    return problem_new(arena, YZ__CODE__INVALID, "/days", "%u is not between 1 and %d, the days from first to last",
                       bill->days, days);
  return month_check(bill, arena);
}

static Yz__Problem *kinds_check(const Yz__Bill *bill, struct arena *arena) {
  if (!protobuf_c_enum_descriptor_get_value(&yz__setting__descriptor, (int)bill->setting))
    return problem_new(arena, YZ__CODE__INVALID, "/setting", "%d is not a setting", (int)bill->setting);
  if (bill->has_care_form && !protobuf_c_enum_descriptor_get_value(&yz__care_form__descriptor, (int)bill->care_form))
    return problem_new(arena, YZ__CODE__INVALID, "/care_form", "%d is not a form of care", (int)bill->care_form);
  if (bill->has_use_account && !is_amount(bill->use_account))
    return problem_new(arena, YZ__CODE__INVALID, "/use_account", "not an amount");
  const int given = (bill->n_lines > 0) + (bill->sums != NULL) + (bill->encounter != NULL);
  if (given != 1)
    return problem_new(arena, YZ__CODE__INVALID, "", "exactly one of lines, sums and encounter is to be given, not %d",
                       given);
  return NULL;
}

/* A sum that is `found` where `expected` follows from its parts. */
static Yz__Problem *sum_problem(struct arena *arena, const char *pointer, const char *rule, int64_t expected,
                                int64_t found) {
  char want[MONEY_TEXT_MAX], have[MONEY_TEXT_MAX];
  return problem_new(arena, YZ__CODE__INVALID, pointer, "%s gives %s, not %s", rule, fen_print(expected, want),
                     fen_print(found, have));
}

static Yz__Problem *listed_check(const Yz__ListedSum *listed, size_t i, struct arena *arena) {
  const int64_t amounts[] = {listed->own_expense, listed->over_limit, listed->first_pay, listed->in_policy};
  for (size_t k = 0; k < sizeof amounts / sizeof amounts[0]; k++)
    if (!is_amount(amounts[k]))
      return problem_new(arena, YZ__CODE__INVALID, arena_format(arena, "/sums/listed/%zu", i),
                         "an amount is negative or beyond a hundred billion yuan");
  return NULL;
}

static Yz__Problem *sums_check(const Yz__Sums *sums, struct arena *arena) {
  const struct {
    const char *pointer;
    int64_t amount;
  } parts[] = {{"/sums/total", sums->total},
               {"/sums/own_expense", sums->own_expense},
               {"/sums/over_limit", sums->over_limit},
               {"/sums/first_pay", sums->first_pay},
               {"/sums/in_policy", sums->in_policy}};
  int64_t sum = 0;
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    if (!is_amount(parts[i].amount))
      return problem_new(arena, YZ__CODE__INVALID, parts[i].pointer, "negative or beyond a hundred billion yuan");
    if (i > 0) sum += parts[i].amount;
  }
  if (sum != sums->total)
    return sum_problem(arena, "/sums/total", "own_expense + over_limit + first_pay + in_policy", sum, sums->total);
  for (size_t i = 0; i < sums->n_listed; i++) {
    Yz__Problem *problem = listed_check(sums->listed[i], i, arena);
    if (problem) return problem;
  }
  return NULL;
}

static Yz__Problem *line_check(const Yz__FeeLine *line, int32_t from, int32_t to, const char *at, struct arena *arena) {
  if (!line->item || !id_valid(line->item))
    return problem_new(arena, YZ__CODE__UNKNOWN_ITEM, arena_format(arena, "%s/item", at),
                       "a catalogue code has 1 to %d letters, digits, '-', '_' or '.'", LIMIT_ID);
  if (line->name && strlen(line->name) > LIMIT_TEXT)
    return problem_new(arena, YZ__CODE__INVALID, arena_format(arena, "%s/name", at), "longer than %d bytes",
                       LIMIT_TEXT);
  if (line->quantity == 0)
    return problem_new(arena, YZ__CODE__INVALID, arena_format(arena, "%s/quantity", at), "nothing was given");
  int64_t amount;
  if (!is_amount(line->amount) || !fen_of_line(line->quantity, line->unit_price, &amount))
    return problem_new(arena, YZ__CODE__INVALID, arena_format(arena, "%s/amount", at),
                       "negative or beyond a hundred billion yuan");
  if (amount != line->amount)
    return sum_problem(arena, arena_format(arena, "%s/amount", at), "quantity x unit_price, half up to the fen,",
                       amount, line->amount);
  if (line->has_on && (line->on < from || line->on > to))
    return problem_new(arena, YZ__CODE__INVALID, arena_format(arena, "%s/on", at), "outside the days of the bill");
  return NULL;
}

Yz__Problem *lines_check(Yz__FeeLine *const *lines, size_t n, int32_t from, int32_t to, const char *pointer,
                         struct arena *arena) {
  int64_t total = 0;
  if (n > LIMIT_LINES) return problem_new(arena, YZ__CODE__TOO_LARGE, pointer, "%zu lines: at most %d", n, LIMIT_LINES);
  for (size_t i = 0; i < n; i++) {
    char at[LIMIT_TEXT];
    snprintf(at, sizeof at, "%s/%zu", pointer, i);
    Yz__Problem *problem = line_check(lines[i], from, to, at, arena);
    if (problem) return problem;
    total += lines[i]->amount;
    if (total > FEN_MAX)
      return problem_new(arena, YZ__CODE__INVALID, pointer, "together beyond a hundred billion yuan");
  }
  return NULL;
}

/* What the bill amounts to, as far as it says so itself. */
static int64_t bill_total(const Yz__Bill *bill) {
  int64_t total = bill->sums ? bill->sums->total : 0;
  for (size_t i = 0; i < bill->n_lines; i++) total += bill->lines[i]->amount;
  return total;
}

Yz__Problem *bill_check(const Yz__Bill *bill, struct arena *arena) {
  Yz__Problem *problem = ids_check(bill, arena);
  if (!problem) problem = caller_check(bill, arena);
  if (!problem) problem = days_check(bill, arena);
  if (!problem) problem = kinds_check(bill, arena);
  if (!problem) problem = lines_check(bill->lines, bill->n_lines, bill->from, bill_day(bill), "/lines", arena);
  if (!problem && bill->sums) problem = sums_check(bill->sums, arena);
  if (problem) return problem;
  const bool may_be_free = bill->encounter || bill->setting == YZ__SETTING__LONG_TERM_CARE;
  if (!may_be_free && bill_total(bill) == 0)
    return problem_new(arena, YZ__CODE__INVALID, bill->sums ? "/sums/total" : "/lines", "the bill amounts to nothing");
  return NULL;
}
