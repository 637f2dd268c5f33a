/* early.h - what of a bill lies before the person's benefits began: before the cover, or within the waiting period.
 *
 * "参保缴费之日起，3个月发生的医疗费用医保不予支付，需要个人自行承担" (seed 001): what counts is the day on which a
 * cost arose, not the day of discharge. A fee line says its day; sums, bed-days and grants do not, so that a bill of
 * these must not reach before the first day of benefits. Policy and counters stay those of the service date: a stay
 * over the turn of the year of somebody who is covered in both years is settled whole.
 *
 * An application (依申请救助) is left alone: its sums are what settled bills left to the person in a look-back period,
 * and each of these was held to its own first day. */
#ifndef YZ_SETTLEMENT_EARLY_H
#define YZ_SETTLEMENT_EARLY_H

#include "benefit.h"
#include "coverage.h"
#include "settlement.pb-c.h"

/* Sets Entitlement.benefits_from where the bill begins before benefits did, or refuses it (WAITING_PERIOD, NOT_COVERED)
 * where the bill cannot say what of it is early, or where days with benefits lie before a gap or in another city.
 * `first` is the first day of benefits of the coverage in force. */
Yz__Problem *early_check(const Yz__Bill *bill, const Yz__Person *person, const Yz__Coverage *coverage, int32_t first,
                         struct shelf *shelf, const struct facts *facts, struct arena *arena, Yz__Entitlement *e);

/* The refusal of a bill that begins before `first`, with the remedy to bill it in parts. */
Yz__Problem *early_refuse(Yz__Code code, const Yz__Bill *bill, int32_t first, const char *why, struct arena *arena);

/* Refuses (INVALID) lines without a day where the entitlement has a first day of benefits within the bill. `pointer` is
 * of the list of lines. */
Yz__Problem *early_lines_check(const Yz__Entitlement *e, Yz__FeeLine *const *lines, size_t n, const char *pointer,
                               struct arena *arena);

/* True when the line, which passed early_lines_check(), is before the first day of benefits. */
bool line_is_early(const Yz__Entitlement *e, const Yz__FeeLine *line);

#endif
