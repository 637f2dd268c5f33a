/* bill.h - is a bill sane? Asked before anything is looked up about the person.
 *
 * Every function that can refuse returns NULL when all is well, else a problem made in the arena, with the JSON pointer
 * of the member at fault and the expected value in its detail. */
#ifndef YZ_SETTLEMENT_BILL_H
#define YZ_SETTLEMENT_BILL_H

#include "arena.h"
#include "id.h"
#include "problem.h"
#include "settlement.pb-c.h"

enum {
  BILL_DAYS_MAX =
      366, /* longest stay billed at once: more is billed in parts, so that each year has its own counters */
  BILL_YEAR_MIN = 1990 /* before it there was no insurance to settle */
};

/* The service date, by which policy and counters are chosen: `to`, or `from` where the bill has no `to`. */
int32_t bill_day(const Yz__Bill *bill);

/* Ids of the right alphabet, and no caller with the name that stands for encounters; dates in order; not more days than
 * from first to last; long-term care within one calendar month; exactly one of lines, sums and encounter; amounts from
 * 0 to FEN_MAX; a total above zero (care that is paid by a daily grant alone may have none); lines and sums that add
 * up.
 */
Yz__Problem *bill_check(const Yz__Bill *bill, struct arena *arena);

/* The same for fee lines alone, as an encounter collects them: at most LIMIT_LINES, amount = quantity x unit price half
 * up, no day outside from..to. Pointers are `pointer` + "/3/amount". */
Yz__Problem *lines_check(Yz__FeeLine *const *lines, size_t n, int32_t from, int32_t to, const char *pointer,
                         struct arena *arena);

/* The settlement id of a bill: of (caller, request id, person), or of (encounter, person) where the bill settles an
 * encounter, so that an encounter is settled once whoever asks. */
void bill_settlement_id(const Yz__Bill *bill, char id[SETTLEMENT_ID_MAX]);

#endif
