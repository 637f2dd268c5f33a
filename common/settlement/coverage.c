#include "coverage.h"

#include "compile.h"
#include "date.h"

#include <string.h>

/* Months begun from birth to a day: six and a half months are the 7th. 0 on the day of birth. */
static int32_t months_begun(int32_t born, int32_t on) {
  const struct civil b = date_civil(born), o = date_civil(on);
  const int32_t months = (o.year - b.year) * 12 + o.month - b.month;
  return months + (date_add_months(born, months) < on);
}

/* What the pack says of a newborn enrolled when this coverage was paid; NULL when it says nothing. */
static const Yz__Newborn *newborn_rule(const Yz__Coverage *coverage, const Yz__Person *person,
                                       const Yz__Enrolment *enrolment) {
  if (!enrolment || !coverage->has_late || !coverage->late || !coverage->has_paid) return NULL;
  const int32_t months = months_begun(person->born, coverage->paid);
  for (size_t i = 0; i < enrolment->n_newborns; i++) {
    const Yz__Range *range = enrolment->newborns[i]->months_after_birth;
    if ((!range->has_from || months >= range->from) && (!range->has_to || months <= range->to))
      return enrolment->newborns[i];
  }
  return NULL;
}

int32_t coverage_first_day(const Yz__Coverage *coverage, const Yz__Person *person, const Yz__Enrolment *enrolment) {
  const Yz__Newborn *newborn = newborn_rule(coverage, person, enrolment);
  const bool from_birth = newborn && newborn->benefits == YZ__NEWBORN__BENEFITS__FROM_BIRTH;
  return from_birth && person->born < coverage->from ? person->born : coverage->from;
}

/* Days between a day and a period; 0 within it. */
static int64_t distance(int32_t on, int32_t from, const Yz__Coverage *coverage) {
  if (on < from) return (int64_t)from - on;
  return coverage->has_to && on > coverage->to ? (int64_t)on - coverage->to : 0;
}

static Yz__Problem *not_covered(int32_t on, const Yz__Coverage *nearest, struct arena *arena) {
  char day[DATE_TEXT_MAX], from[DATE_TEXT_MAX], to[DATE_TEXT_MAX];
  date_print(on, day);
  if (!nearest) return problem_new(arena, YZ__CODE__NOT_COVERED, "/person", "no coverage is recorded");
  return problem_new(arena, YZ__CODE__NOT_COVERED, "/person", "no coverage is in force on %s; the nearest is %s to %s",
                     day, date_print(nearest->from, from), nearest->has_to ? date_print(nearest->to, to) : "open end");
}

/* The coverage in force on the day, or NULL; the nearest one in any case. */
static const Yz__Coverage *coverage_on(const Yz__Person *person, int32_t on, const struct shelf *shelf,
                                       const Yz__Coverage **nearest) {
  const Yz__Coverage *found = NULL;
  int64_t least = INT64_MAX;
  *nearest = NULL;
  for (size_t i = 0; i < person->n_coverages; i++) {
    const Yz__Coverage *c = person->coverages[i];
    const int32_t from = coverage_first_day(c, person, shelf_enrolment(shelf, c->pack, on));
    const int64_t days = distance(on, from, c);
    if (days == 0 && (!found || c->from >= found->from)) found = c;
    if (days >= least) continue;
    least = days;
    *nearest = c;
  }
  return found;
}

Yz__Problem *coverage_find(const Yz__Person *person, int32_t on, const struct shelf *shelf, struct arena *arena,
                           const Yz__Coverage **coverage) {
  const Yz__Coverage *nearest;
  *coverage = coverage_on(person, on, shelf, &nearest);
  return *coverage ? NULL : not_covered(on, nearest, arena);
}

/* The end of the waiting period that the first fitting row names; the day of payment when none fits. */
static int32_t waited(const Yz__Coverage *coverage, const struct policy *policy, const struct facts *facts) {
  const Yz__Enrolment *enrolment = policy->enrolment;
  for (size_t i = 0; i < enrolment->n_waiting; i++) {
    const Yz__Waiting *waiting = enrolment->waiting[i];
    struct when when;
    when_compile(policy, waiting->when, &when);
    if (!when_holds(&when, facts)) continue;
    return date_add_months(coverage->paid, (int)waiting->months) + (int32_t)waiting->days;
  }
  return coverage->paid;
}

int32_t benefits_first_day(const Yz__Coverage *coverage, const Yz__Person *person, const struct policy *policy,
                           const struct facts *facts) {
  const int32_t first = coverage_first_day(coverage, person, policy->enrolment);
  if (!policy->enrolment || !coverage->has_late || !coverage->late || !coverage->has_paid) return first;
  const Yz__Newborn *newborn = newborn_rule(coverage, person, policy->enrolment);
  int32_t day = first;
  if (newborn && newborn->benefits == YZ__NEWBORN__BENEFITS__FROM_NEXT_MONTH) {
    const struct civil paid = date_civil(coverage->paid);
    day = date_add_months(date_of(paid.year, paid.month, 1), 1);
  } else if (!newborn || newborn->benefits == YZ__NEWBORN__BENEFITS__AFTER_WAITING) {
    day = waited(coverage, policy, facts);
  }
  return day > first ? day : first;
}

/* The coverage that gives benefits on the day, or NULL. A late one of a day that no pack rules has a waiting period
 * that nobody knows: it gives none. */
static const Yz__Coverage *benefits_on(const Yz__Person *person, int32_t on, struct shelf *shelf,
                                       const struct facts *facts, struct arena *arena) {
  const Yz__Coverage *nearest, *coverage = coverage_on(person, on, shelf, &nearest);
  if (!coverage || !coverage->has_late || !coverage->late) return coverage;
  struct policy policy;
  if (!shelf_policy(shelf, coverage->pack, on, NULL, 0, arena, &policy)) return NULL;
  return benefits_first_day(coverage, person, &policy, facts) <= on ? coverage : NULL;
}

struct days_before benefits_before(const Yz__Person *person, const char *pack, int32_t from, int32_t first,
                                   struct shelf *shelf, const struct facts *facts, struct arena *arena) {
  struct days_before before = {.since = first};
  for (int32_t on = first - 1; on >= from && !before.other; on--) {
    const Yz__Coverage *coverage = benefits_on(person, on, shelf, facts, arena);
    if (!coverage) continue;
    if (before.since == on + 1 && strcmp(coverage->pack, pack) == 0)
      before.since = on;
    else
      before.other = true;
  }
  return before;
}
