#include "early.h"

#include "date.h"

/* What to do, in both languages: clerks at the counter read it. */
static char *in_parts(struct arena *arena, int32_t first) {
  char day[DATE_TEXT_MAX];
  date_print(first, day);
  return arena_format(
      arena,
      "bill it in parts: one from %s on; earlier days are the person's own, or of the coverage that was "
      "in force then. 请分段结算：自 %s 起另开一单；此前的费用由个人自行承担，或按当时的参保关系结算",
      day, day);
}

Yz__Problem *early_refuse(Yz__Code code, const Yz__Bill *bill, int32_t first, const char *why, struct arena *arena) {
  char from[DATE_TEXT_MAX], day[DATE_TEXT_MAX];
  Yz__Problem *problem = problem_new(arena, code, "/from", "the bill begins on %s, benefits on %s: %s",
                                     date_print(bill->from, from), date_print(first, day), why);
  problem->remedy = in_parts(arena, first);
  return problem;
}

Yz__Problem *early_check(const Yz__Bill *bill, const Yz__Person *person, const Yz__Coverage *coverage, int32_t first,
                         struct shelf *shelf, const struct facts *facts, struct arena *arena, Yz__Entitlement *e) {
  if (bill->from >= first || bill->setting == YZ__SETTING__APPLICATION) return NULL;
  const struct days_before before = benefits_before(person, coverage->pack, bill->from, first, shelf, facts, arena);
  if (bill->from >= before.since) return NULL;
  const bool waits = before.since == first && coverage->has_late && coverage->late;
  const Yz__Code code = waits ? YZ__CODE__WAITING_PERIOD : YZ__CODE__NOT_COVERED;
  if (before.other)
    return early_refuse(code, bill, before.since, "between them other days had benefits, of a cover that ended", arena);
  if (bill->sums || bill->setting == YZ__SETTING__LONG_TERM_CARE)
    return early_refuse(code, bill, before.since, "what it cost before cannot be told from what it cost since", arena);
  e->has_benefits_from = true;
  e->benefits_from = before.since;
  return NULL;
}

Yz__Problem *early_lines_check(const Yz__Entitlement *e, Yz__FeeLine *const *lines, size_t n, const char *pointer,
                               struct arena *arena) {
  for (size_t i = 0; e->has_benefits_from && i < n; i++) {
    if (lines[i]->has_on) continue;
    char day[DATE_TEXT_MAX];
    Yz__Problem *problem = problem_new(arena, YZ__CODE__INVALID, arena_format(arena, "%s/%zu/on", pointer, i),
                                       "benefits begin on %s, within the bill, and the line does not say its day",
                                       date_print(e->benefits_from, day));
    problem->remedy = arena_format(arena, "give each line its day, or bill it in parts. 请填写每条费用的发生日期，或"
                                          "分段结算");
    return problem;
  }
  return NULL;
}

bool line_is_early(const Yz__Entitlement *e, const Yz__FeeLine *line) {
  return e->has_benefits_from && line->on < e->benefits_from;
}
