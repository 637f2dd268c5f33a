/* coverage.h - which coverage is in force on a day, and from which day on it gives benefits. For entitle. */
#ifndef YZ_SETTLEMENT_COVERAGE_H
#define YZ_SETTLEMENT_COVERAGE_H

#include "arena.h"
#include "benefit.h"
#include "person.pb-c.h"
#include "problem.h"
#include "shelf.h"

/* First day of a coverage. A newborn who enrolled late but within the months that the pack counts from birth is covered
 * from birth. `enrolment` may be NULL. */
int32_t coverage_first_day(const Yz__Coverage *coverage, const Yz__Person *person, const Yz__Enrolment *enrolment);

/* The coverage in force on the day; of two the one that began later. NOT_COVERED names the nearest period. */
Yz__Problem *coverage_find(const Yz__Person *person, int32_t on, const struct shelf *shelf, struct arena *arena,
                           const Yz__Coverage **coverage);

/* First day of benefits of late enrolment: the month after payment or the end of the waiting period, as the pack says;
 * the first day of the coverage when there is nothing to wait for. `facts` are asked by the pack's conditions. */
int32_t benefits_first_day(const Yz__Coverage *coverage, const Yz__Person *person, const struct policy *policy,
                           const struct facts *facts);

/* What the person had on the days from..first - 1, where `first` is the first day of benefits of the coverage in
 * force. A day had benefits when a bill of that day alone would be entitled. */
struct days_before {
  int32_t since; /* benefits of the same pack run from here on without a break: a stay over the turn of the year */
  bool other;    /* before `since` there are days with benefits again, behind a gap or of another city's pack */
};
struct days_before benefits_before(const Yz__Person *person, const char *pack, int32_t from, int32_t first,
                                   struct shelf *shelf, const struct facts *facts, struct arena *arena);

#endif
