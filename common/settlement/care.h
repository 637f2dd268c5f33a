/* care.h - long-term care: which days a bill is for, and that each is paid for once.
 *
 * "每床日支付限额为30元", "基金月支付护理补贴300元" (seed 002): what is paid by the day or month needs days that are
 * real. A bill of care lies within one month (bill.h), names at most the days from its first to its last, and a day is
 * paid for once per person, whatever the form of care: the counter "care_days@yyyymm" has a bit for each day of the
 * month. A bill of n days is for the first n of its period, since the day of admission counts and that of discharge
 * need not: who moves from one place to another on a day has it billed by the second. */
#ifndef YZ_SETTLEMENT_CARE_H
#define YZ_SETTLEMENT_CARE_H

#include "arena.h"
#include "benefit.h"
#include "person.pb-c.h"
#include "policy.h"
#include "problem.h"
#include "settlement.pb-c.h"

/* The days of the month that a bill of care is for: bit 0 is the first; 0 for other care. */
int64_t care_month_days(const Yz__Bill *bill);

/* Refuses a bill of care that begins before a rule that would pay it did (NO_BENEFIT: a pilot's first month), and one
 * of several days that does not say how many where a rule pays by the day (INVALID). */
Yz__Problem *care_check(const Yz__Bill *bill, const struct plan *plan, const struct facts *facts, struct arena *arena);

/* Refuses care on a day on which no assessment of the grade that the policy asks for is in force (NOT_REGISTERED). */
Yz__Problem *care_assessed(const Yz__Bill *bill, const Yz__Person *person, const struct policy *policy,
                           const struct facts *facts, struct arena *arena);

/* The refusal (INVALID) of a case that benefit_run() left with BENEFIT_DAY_TAKEN: names the first such day. */
Yz__Problem *care_day_taken(const Yz__Bill *bill, const struct benefit_case *c, struct arena *arena);

#endif
