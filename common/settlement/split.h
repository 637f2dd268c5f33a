/* split.h - from fee lines to amounts: own expense, over limit, first-pay and in policy, by item list.
 *
 * Per line, with the catalogue version of the line's day (default: the service date):
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

/* What a catalogue says of an item on a day. */
struct split_item {
  Yz__ItemClass item_class;
  int32_t first_pay; /* class B: share, 1/10 000 */
  bool has_limit;
  uint64_t limit; /* highest unit price inside the policy, 1/10 000 yuan */
};

/* Where items are looked up. `item` is false for an unlisted one. `lists` gives bit i for plan.lists[i]. */
struct split_items {
  bool (*item)(const void *self, const char *code, int32_t on, struct split_item *item);
  uint32_t (*lists)(const void *self, const struct plan *plan, const char *code);
  const void *self;
};

/* Splits `lines` (the bill's or its encounter's), or takes the bill's given sums when there are none, and writes sums,
 * split, remote_first_pay and purse of the draft, which must have bill and entitlement. Refuses (INVALID) given lists
 * that the plan does not know or that are more than their sums, and more than CASE_POCKETS_MAX combinations of lists.
 */
Yz__Problem *split_draft(Yz__SettlementDraft *draft, Yz__FeeLine *const *lines, size_t n_lines, const struct plan *plan,
                         const struct split_items *items, struct arena *arena);

#endif
