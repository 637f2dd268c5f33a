#include "record_check.h"

#include "date.h"
#include "id.h"
#include "money.h"

#include <limits.h>
#include <string.h>

enum { CARE_GRADE_MAX = 5 }; /* 长期护理失能等级评估标准（试行）: 0 to 5 */

static Yz__Problem *invalid(struct arena *arena, const char *pointer, const char *why) {
  return problem_new(arena, YZ__CODE__INVALID, pointer, "%s", why);
}

/* A period's last day; open ends reach for ever. */
static int32_t last_day(protobuf_c_boolean has_to, int32_t to) {
  return has_to ? to : INT_MAX;
}

static Yz__Problem *period_check(const char *list, size_t i, int32_t from, protobuf_c_boolean has_to, int32_t to,
                                 struct arena *arena) {
  if (last_day(has_to, to) >= from) return NULL;
  return invalid(arena, arena_format(arena, "/%s/%zu/to", list, i), "the last day is before the first");
}

static bool digits(const char *text, size_t least, size_t most) {
  const size_t n = strspn(text, "0123456789");
  return text[n] == '\0' && n >= least && n <= most;
}

static Yz__Problem *coverage_check(const Yz__Person *person, size_t i, struct arena *arena) {
  const Yz__Coverage *c = person->coverages[i];
  const bool employed = c->standing == YZ__STANDING__ACTIVE || c->standing == YZ__STANDING__RETIRED;
  if (!id_valid(c->pack))
    return invalid(arena, arena_format(arena, "/coverages/%zu/pack", i),
                   "a policy pack id is letters, digits, '.', '-', '_'");
  if (employed != (c->scheme == YZ__SCHEME__EMPLOYEE))
    return invalid(arena, arena_format(arena, "/coverages/%zu/standing", i),
                   "active and retired belong to the employee scheme, adult and student_child to the resident scheme");
  for (size_t k = 0; k < i; k++) {
    const Yz__Coverage *other = person->coverages[k];
    if (c->from <= last_day(other->has_to, other->to) && other->from <= last_day(c->has_to, c->to))
      return problem_new(arena, YZ__CODE__INVALID, arena_format(arena, "/coverages/%zu", i),
                         "overlaps coverage %zu: a person has one basic scheme at a time", k);
  }
  return period_check("coverages", i, c->from, c->has_to, c->to, arena);
}

Yz__Problem *person_check(const Yz__Person *person, struct arena *arena) {
  Yz__Problem *problem = NULL;
  if (!id_valid(person->id)) return invalid(arena, "/id", "a person id is 1 to 64 letters, digits, '-', '_', '.'");
  if (person->has_account_balance && (person->account_balance < 0 || person->account_balance > FEN_MAX))
    return invalid(arena, "/account_balance", "the balance is from 0.00 to 100000000000.00");
  if (person->has_account_balance != person->has_account_year)
    return invalid(arena, "/account_year",
                   "a balance of the personal account and the year for which it was credited come together: it pays "
                   "for care of that year alone");
  if (person->has_account_year && (person->account_year < 2000 || person->account_year > 2100))
    return invalid(arena, "/account_year", "no year of insured care");
  for (size_t i = 0; i < person->n_coverages && !problem; i++) problem = coverage_check(person, i, arena);
  for (size_t i = 0; i < person->n_recognitions && !problem; i++) {
    const Yz__Recognition *r = person->recognitions[i];
    problem = period_check("recognitions", i, r->from, r->has_to, r->to, arena);
  }
  for (size_t i = 0; i < person->n_filings && !problem; i++) {
    const Yz__Filing *f = person->filings[i];
    if (!digits(f->city, 2, 6))
      problem = invalid(arena, arena_format(arena, "/filings/%zu/city", i), "a division code of 2 to 6 digits");
    else if (f->kind == YZ__REMOTE__LOCAL || f->kind == YZ__REMOTE__RESCUE || f->kind == YZ__REMOTE__UNFILED)
      problem = invalid(arena, arena_format(arena, "/filings/%zu/kind", i),
                        "a filing is long_term_filed, referred or temporary");
    else
      problem = period_check("filings", i, f->from, f->has_to, f->to, arena);
  }
  for (size_t i = 0; i < person->n_registrations && !problem; i++) {
    const Yz__Registration *r = person->registrations[i];
    if (!id_valid(r->disease))
      problem = invalid(arena, arena_format(arena, "/registrations/%zu/disease", i), "a disease code");
    else
      problem = period_check("registrations", i, r->from, r->has_to, r->to, arena);
  }
  for (size_t i = 0; i < person->n_assessments && !problem; i++) {
    const Yz__CareAssessment *a = person->assessments[i];
    if (a->grade > CARE_GRADE_MAX)
      problem = invalid(arena, arena_format(arena, "/assessments/%zu/grade", i), "a grade is from 0 to 5");
    else
      problem = period_check("assessments", i, a->from, a->has_to, a->to, arena);
  }
  return problem;
}

Yz__Problem *institution_check(const Yz__Institution *institution, struct arena *arena) {
  Yz__Problem *problem = NULL;
  if (!id_valid(institution->id))
    return invalid(arena, "/id", "an institution id is 1 to 64 letters, digits, '-', '_', '.'");
  if (!digits(institution->city, 6, 6)) return invalid(arena, "/city", "a division code of 6 digits");
  if (institution->has_from && institution->has_to && institution->to < institution->from)
    return invalid(arena, "/to", "the last day is before the first");
  for (size_t i = 0; i < institution->n_suspensions && !problem; i++) {
    const Yz__Suspension *s = institution->suspensions[i];
    problem = period_check("suspensions", i, s->from, s->has_to, s->to, arena);
  }
  return problem;
}
