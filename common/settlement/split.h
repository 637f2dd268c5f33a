/* split.h - from fee lines to amounts: own expense, over limit, first-pay and in policy, by item list.
 *
 * Per line, with the catalogue version of the line's day (default: the service date):
 *   before benefits       own_expense = amount, in a pocket that no benefit opens (early.h)
 *   class C or unlisted   own_expense = amount
 *   else                  over_limit  = amount - quantity x price limit (half up), where the unit price is over it
 *                         first_pay   = what is left x the item's share, half up (class B)
 *                         in_policy   = the rest
 * so that total = own_expense + over_limit + first_pay + in_policy for each line and for the bill. The remote first-pay
 * (first fitting row of the plan x in-policy money, half up per pocket) is taken from in-policy money in the purse and
 * stands apart in the draft: `sums` stay those of the catalogue. */
#ifndef YZ_SETTLEMENT_SPLIT_H
#define YZ_SETTLEMENT_SPLIT_H

#include "arena.h"
#include "benefit.h"
#include "problem.h"
#include "settlement.pb-c.h"
#include "shelf.h"

/* Splits `lines` (the bill's or its encounter's), or takes the bill's given sums when there are none, and writes sums,
 * split, remote_first_pay and purse of the draft, which must have bill and entitlement. `plan` is the draft's
 * (draft_plan). Refuses (INVALID) given lists that the plan does not know or that are more than their sums, and more
 * than CASE_POCKETS_MAX combinations of lists; UNKNOWN_POLICY when there are lines and the city has no catalogue. */
Yz__Problem *split_draft(Yz__SettlementDraft *draft, Yz__FeeLine *const *lines, size_t n_lines, const struct plan *plan,
                         const struct shelf *shelf, struct arena *arena);

#endif
