/* draft_case.h - a draft as an engine case: the parts that draft.c, draft_run.c share. For common/settlement alone. */
#ifndef YZ_SETTLEMENT_DRAFT_CASE_H
#define YZ_SETTLEMENT_DRAFT_CASE_H

#include "draft.h"

enum { COUNTER_KEY_MAX = PLAN_NAME_MAX + 80 };

/* Name of a plan's counter in the store, with the qualifier of this bill: "chronic.p@M03900". It is the plan's
 * own where there is none, else made in `key`. */
const char *counter_key(const struct plan *plan, uint16_t counter, const Yz__SettlementDraft *draft,
                        char key[COUNTER_KEY_MAX]);

/* The contract that keeps a family counter: the person's, of the product whose pack holds the rule; NULL for a counter
 * of the person, and where there is no such contract. */
const Yz__ContractState *counter_contract(const struct plan *plan, uint16_t counter, const Yz__SettlementDraft *draft);

#endif
