#include "draft_case.h"

#include "bill.h"
#include "date.h"
#include "facts.h"
#include "products.h"

#include <stdio.h>
#include <string.h>

static const char *qualifier(uint8_t scope, const Yz__SettlementDraft *draft, char text[DATE_TEXT_MAX]) {
  if (scope == SCOPE_INSTITUTION) return draft->entitlement->institution;
  if (scope == SCOPE_DISEASE) return draft->bill->disease ? draft->bill->disease : "-";
  if (scope != SCOPE_DAY && scope != SCOPE_MONTH) return NULL;
  const struct civil day = date_civil(bill_day(draft->bill));
  if (scope == SCOPE_DAY)
    snprintf(text, DATE_TEXT_MAX, "%04d%02d%02d", day.year, day.month, day.day);
  else
    snprintf(text, DATE_TEXT_MAX, "%04d%02d", day.year, day.month);
  return text;
}

const char *counter_key(const struct plan *plan, uint16_t counter, const Yz__SettlementDraft *draft,
                        char key[COUNTER_KEY_MAX]) {
  const struct counter_def *def = &plan->counters[counter];
  char text[DATE_TEXT_MAX];
  const char *at = qualifier(def->scope, draft, text);
  if (!at) return def->name;
  snprintf(key, COUNTER_KEY_MAX, "%s@%s", def->name, at);
  return key;
}

const Yz__ContractState *counter_contract(const struct plan *plan, uint16_t counter, const Yz__SettlementDraft *draft) {
  if (plan->counters[counter].scope != SCOPE_FAMILY) return NULL;
  for (uint16_t i = 0; i < plan->n_rules; i++)
    if (plan->rules[i].deductible_counter == counter) return contract_of(draft, plan->packs[plan->rules[i].pack].pack);
  return NULL;
}

/* Whether a stored counter "name@qualifier" is this one of the plan: `n` is the length of its name. */
static bool is_counted(const Yz__SettlementDraft *draft, const struct plan *plan, uint16_t counter,
                       const Yz__Contract *contract, const char *key, size_t n) {
  if ((plan->counters[counter].scope == SCOPE_FAMILY) != (contract != NULL)) return false;
  if (contract) {
    const Yz__ContractState *state = counter_contract(plan, counter, draft);
    return state && state->contract == contract && key[n] == '\0';
  }
  char text[DATE_TEXT_MAX];
  const char *at = qualifier(plan->counters[counter].scope, draft, text);
  return at ? key[n] == '@' && strcmp(key + n + 1, at) == 0 : key[n] == '\0';
}

/* Sets the counters of the plan that are stored under `key`, with a contract or with the person. A stored counter that
 * no rule of the plan counts is another day's or another pack's. */
static void counter_fill(const struct benefit_case *c, const Yz__SettlementDraft *draft, const Yz__Contract *contract,
                         const char *key, int64_t value, int64_t *values) {
  const struct plan *plan = c->plan;
  const size_t n = strcspn(key, "@");
  for (uint16_t at = plan_counter_place(plan, key, n); at < plan->n_counters; at++) {
    const uint16_t i = plan->counters_by_name[at];
    if (!plan_counter_is(plan, i, key, n)) break;
    if (is_counted(draft, plan, i, contract, key, n)) values[i] = value;
  }
}

static const Yz__Contract *contract_named(const Yz__SettlementDraft *draft, const char *id) {
  for (size_t i = 0; i < draft->n_contracts; i++)
    if (strcmp(draft->contracts[i]->contract->id, id) == 0) return draft->contracts[i]->contract;
  return NULL;
}

static void counters_fill(struct benefit_case *c, const Yz__SettlementDraft *draft) {
  for (size_t i = 0; i < draft->n_counters; i++)
    counter_fill(c, draft, NULL, draft->counters[i]->name, draft->counters[i]->value, c->counters);
  for (size_t k = 0; k < draft->n_contracts; k++) {
    const Yz__ContractState *state = draft->contracts[k];
    for (size_t i = 0; i < state->n_counters; i++)
      counter_fill(c, draft, state->contract, state->counters[i]->name, state->counters[i]->value, c->counters);
  }
  for (size_t i = 0; i < draft->n_moves; i++) {
    const Yz__Move *move = draft->moves[i];
    const Yz__Contract *contract = move->contract ? contract_named(draft, move->contract) : NULL;
    if (move->contract && !contract) continue;
    counter_fill(c, draft, contract, move->name, move->delta, c->moved);
  }
}

static Yz__Problem *purse_fill(struct benefit_case *c, const Yz__Purse *purse, struct arena *arena) {
  if (!purse || purse->n_pockets > CASE_POCKETS_MAX)
    return problem_new(arena, YZ__CODE__DEFECT, NULL, "a draft without a purse, or with too many pockets");
  c->purse.n = (uint8_t)purse->n_pockets;
  for (uint8_t p = 0; p < c->purse.n; p++) {
    const Yz__Purse__Pocket *from = purse->pockets[p];
    if (from->n_left != MONEY_KINDS)
      return problem_new(arena, YZ__CODE__DEFECT, NULL, "a pocket with %zu kinds of money", from->n_left);
    c->purse.pockets[p].lists = from->lists;
    memcpy(c->purse.pockets[p].left, from->left, sizeof c->purse.pockets[p].left);
  }
  return NULL;
}

/* Whether basic insurance took part already, and in which risk class the person is for each product. */
static void bits_fill(struct benefit_case *c, const Yz__SettlementDraft *draft) {
  for (size_t i = 0; i < draft->n_results; i++)
    if (draft->results[i]->tier == YZ__TIER__BASIC) c->facts.bits |= PLAN_BOOL(BITS_BASIC_SETTLED, true);
  for (uint16_t p = 0; p < c->plan->n_packs; p++) {
    const Yz__ContractState *state = contract_of(draft, c->plan->packs[p].pack);
    if (!state) continue;
    const Yz__Member *member = member_of(state->contract, draft->bill->person);
    const bool pre_existing = member->has_risk && member->risk == YZ__RISK__PRE_EXISTING;
    c->pack_bits[p] = PLAN_BIT(BITS_RISK, pre_existing ? YZ__RISK__PRE_EXISTING : YZ__RISK__HEALTHY);
  }
}

Yz__Problem *draft_case(const Yz__SettlementDraft *draft, const struct plan *plan, struct arena *arena,
                        struct benefit_case *c) {
  benefit_case_init(c, plan);
  Yz__Problem *problem = facts_make(draft->bill, draft->entitlement, plan, arena, &c->facts);
  if (!problem) problem = purse_fill(c, draft->purse, arena);
  if (problem) return problem;
  counters_fill(c, draft);
  bits_fill(c, draft);
  return NULL;
}
