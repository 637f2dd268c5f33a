#include "products.h"

#include <string.h>

const Yz__Member *member_of(const Yz__Contract *contract, const char *person) {
  for (size_t i = 0; i < contract->n_members; i++)
    if (strcmp(contract->members[i]->person, person) == 0) return contract->members[i];
  return NULL;
}

const Yz__ContractState *contract_of(const Yz__SettlementDraft *draft, const char *product) {
  for (size_t i = 0; i < draft->n_contracts; i++) {
    const Yz__Contract *contract = draft->contracts[i]->contract;
    if (strcmp(contract->product, product) == 0 && member_of(contract, draft->bill->person)) return draft->contracts[i];
  }
  return NULL;
}

size_t products_list(const Yz__SettlementDraft *draft, const char *products[PLAN_PACKS_MAX]) {
  size_t n = 0;
  for (size_t i = 0; i < draft->n_contracts && n < PLAN_PACKS_MAX; i++) {
    const char *product = draft->contracts[i]->contract->product;
    if (contract_of(draft, product) == draft->contracts[i]) products[n++] = product;
  }
  return n;
}
