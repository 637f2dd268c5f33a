/* products.h - the products of a draft: whose contracts count. For common/settlement alone. */
#ifndef YZ_SETTLEMENT_PRODUCTS_H
#define YZ_SETTLEMENT_PRODUCTS_H

#include "plan.h"
#include "settlement.pb-c.h"

/* The member of a contract that the draft's person is, or NULL. */
const Yz__Member *member_of(const Yz__Contract *contract, const char *person);

/* The first contract of a product that the draft's person is a member of, or NULL. */
const Yz__ContractState *contract_of(const Yz__SettlementDraft *draft, const char *product);

/* Distinct products of the person's contracts, in the order of the draft; at most PLAN_PACKS_MAX. Borrowed strings. */
size_t products_list(const Yz__SettlementDraft *draft, const char *products[PLAN_PACKS_MAX]);

#endif
