#include "draft.h"

#include "money.h"
#include "products.h"

#include <string.h>

enum { PAYERS = 13 }; /* values of Payer */

static Yz__Problem *defect(struct arena *arena, const char *rule, int64_t left, int64_t right) {
  char one[MONEY_TEXT_MAX], two[MONEY_TEXT_MAX];
  return problem_new(arena, YZ__CODE__DEFECT, NULL, "%s: %s against %s", rule, fen_print(left, one),
                     fen_print(right, two));
}

/* What the person still bears, and of it what is in policy. */
static Yz__Problem *purse_sum(const Yz__Purse *purse, struct arena *arena, int64_t *borne, int64_t *in_policy) {
  *borne = *in_policy = 0;
  for (size_t p = 0; p < purse->n_pockets; p++) {
    for (size_t k = 0; k < purse->pockets[p]->n_left; k++) {
      const int64_t left = purse->pockets[p]->left[k];
      if (left < 0) return defect(arena, "a pocket is below zero", left, 0);
      *borne += left;
      if (k <= MONEY_LOST) *in_policy += left;
    }
  }
  return NULL;
}

static Yz__Problem *sums_hold(const Yz__Sums *sums, struct arena *arena) {
  const int64_t parts = sums->own_expense + sums->over_limit + sums->first_pay + sums->in_policy;
  if (sums->own_expense < 0 || sums->over_limit < 0 || sums->first_pay < 0 || sums->in_policy < 0)
    return problem_new(arena, YZ__CODE__DEFECT, NULL, "a part of the bill is below zero");
  return parts == sums->total ? NULL : defect(arena, "the parts of the bill do not make its total", parts, sums->total);
}

/* Adds up what funds pay. No benefit is negative, none exceeds what was left to it. */
static Yz__Problem *results_sum(const Yz__SettlementDraft *draft, struct arena *arena, int64_t by_payer[PAYERS + 1],
                                Yz__Settlement *s) {
  int64_t left = draft->sums->total;
  for (size_t i = 0; i < draft->n_results; i++) {
    const Yz__BenefitResult *r = draft->results[i];
    if (r->payer < 1 || r->payer >= YZ__PAYER__PERSONAL_ACCOUNT)
      return problem_new(arena, YZ__CODE__DEFECT, NULL, "%s has no fund that pays", r->benefit);
    if (r->paid < 0 || r->outside_bill < 0) return defect(arena, "a benefit is negative", r->paid, r->outside_bill);
    if (r->paid > r->entered - r->deductible) return defect(arena, "a benefit exceeds its base", r->paid, r->entered);
    if (r->paid > left) return defect(arena, "a benefit exceeds what is left of the bill", r->paid, left);
    left -= r->paid;
    by_payer[r->payer] += r->paid;
    s->funds += r->paid;
    s->outside_bill += r->outside_bill;
    s->has_outside_bill = s->has_outside_bill || r->has_outside_bill;
  }
  return NULL;
}

/* What the person pays from the account: at most the wish, the balance and the personal part. */
static int64_t account_use(const Yz__SettlementDraft *draft, int64_t personal) {
  const Yz__Entitlement *e = draft->entitlement;
  int64_t use = draft->bill->has_use_account ? draft->bill->use_account : 0;
  const int64_t balance = e->has_account_balance ? e->account_balance : 0;
  if (use > balance) use = balance;
  if (use > personal) use = personal;
  return use > 0 ? use : 0;
}

static void moves_fill(const Yz__SettlementDraft *draft, int64_t account, struct arena *arena, Yz__Settlement *s) {
  s->moves = arena_alloc(arena, (draft->n_moves + 1) * sizeof *s->moves);
  if (draft->n_moves) memcpy(s->moves, draft->moves, draft->n_moves * sizeof *s->moves);
  s->n_moves = draft->n_moves;
  if (account == 0) return;
  Yz__Move *move = arena_alloc(arena, sizeof *move);
  yz__move__init(move);
  move->name = arena_copy(arena, ACCOUNT_COUNTER);
  move->delta = account;
  s->moves[s->n_moves++] = move;
}

static void contract_add(Yz__Settlement *s, char *contract) {
  for (size_t i = 0; i < s->n_contracts; i++)
    if (strcmp(s->contracts[i], contract) == 0) return;
  s->contracts[s->n_contracts++] = contract;
}

/* A benefit of a product is decided on the counters of the person's contract of it, also where it leaves them as they
 * are. */
static void contracts_fill(const Yz__SettlementDraft *draft, struct arena *arena, Yz__Settlement *s) {
  if (draft->n_contracts == 0) return;
  s->contracts = arena_alloc(arena, draft->n_contracts * sizeof *s->contracts);
  for (size_t i = 0; i < s->n_results; i++) {
    const Yz__ContractState *state = contract_of(draft, s->results[i]->pack);
    if (state) contract_add(s, state->contract->id);
  }
}

/* One share for each payer with something to pay, in the order of the enumeration; cash always. */
static void shares_fill(const int64_t by_payer[PAYERS + 1], struct arena *arena, Yz__Settlement *s) {
  s->shares = arena_alloc(arena, PAYERS * sizeof *s->shares);
  for (int payer = 1; payer <= PAYERS; payer++) {
    if (by_payer[payer] == 0 && payer != YZ__PAYER__CASH) continue;
    Yz__Share *share = arena_alloc(arena, sizeof *share);
    yz__share__init(share);
    share->payer = (Yz__Payer)payer;
    share->amount = by_payer[payer];
    s->shares[s->n_shares++] = share;
  }
}

/* The two identities of a settlement, over what is about to be said. */
static Yz__Problem *identities_hold(const Yz__Settlement *s, struct arena *arena) {
  int64_t all = 0, own = 0;
  for (size_t i = 0; i < s->n_shares; i++) {
    if (s->shares[i]->amount < 0) return defect(arena, "a share is negative", s->shares[i]->amount, 0);
    all += s->shares[i]->amount;
    if (s->shares[i]->payer >= YZ__PAYER__PERSONAL_ACCOUNT) own += s->shares[i]->amount;
  }
  if (all != s->sums->total) return defect(arena, "the shares do not make the bill", all, s->sums->total);
  if (own != s->personal) return defect(arena, "accounts and cash do not make the personal part", own, s->personal);
  if (s->funds + s->personal != s->sums->total)
    return defect(arena, "funds and person do not make the bill", s->funds + s->personal, s->sums->total);
  if (s->in_policy_burden > s->personal)
    return defect(arena, "more is borne in policy than at all", s->in_policy_burden, s->personal);
  return NULL;
}

static Yz__Problem *is_whole(const Yz__SettlementDraft *draft, struct arena *arena) {
  if (!draft->id || !draft->bill || !draft->entitlement || !draft->sums || !draft->purse)
    return problem_new(arena, YZ__CODE__DEFECT, NULL, "a draft that was not decided");
  if (!draft->has_taken || !draft->taken)
    return problem_new(arena, YZ__CODE__DEFECT, NULL, "a service of the ladder was left out");
  return NULL;
}

Yz__Problem *draft_finish(const Yz__SettlementDraft *draft, int64_t now, struct arena *arena,
                          Yz__Settlement **settlement) {
  int64_t by_payer[PAYERS + 1] = {0};
  Yz__Problem *problem = is_whole(draft, arena);
  if (problem) return problem;
  Yz__Settlement *s = arena_alloc(arena, sizeof *s);
  yz__settlement__init(s);
  problem = sums_hold(draft->sums, arena);
  if (!problem) problem = results_sum(draft, arena, by_payer, s);
  if (!problem) problem = purse_sum(draft->purse, arena, &s->personal, &s->in_policy_burden);
  if (problem) return problem;
  const int64_t account = account_use(draft, s->personal);
  by_payer[YZ__PAYER__PERSONAL_ACCOUNT] = account;
  by_payer[YZ__PAYER__CASH] = s->personal - account;
  s->id = draft->id;
  s->status =
      draft->has_estimate && draft->estimate ? YZ__SETTLEMENT__STATUS__ESTIMATED : YZ__SETTLEMENT__STATUS__SETTLED;
  s->bill = draft->bill;
  s->entitlement = draft->entitlement;
  s->sums = draft->sums;
  s->has_remote_first_pay = draft->has_remote_first_pay;
  s->remote_first_pay = draft->remote_first_pay;
  s->n_split = draft->n_split;
  s->split = draft->split;
  s->n_results = draft->n_results;
  s->results = draft->results;
  s->n_packs = draft->n_packs;
  s->packs = draft->packs;
  s->has_settled = s->status == YZ__SETTLEMENT__STATUS__SETTLED;
  if (s->has_settled) s->settled = now;
  shares_fill(by_payer, arena, s);
  moves_fill(draft, account, arena, s);
  contracts_fill(draft, arena, s);
  *settlement = s;
  return identities_hold(s, arena);
}
