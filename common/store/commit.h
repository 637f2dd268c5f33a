/* commit.h - a settlement with everything it moves: contracts tried, person's account applied, contracts confirmed; and
 * its cancel: contracts reopened, person's account moved back, contracts moved back.
 *
 * If the process dies in between, family_sweep() finishes it either way. Where no contract takes part this is
 * ledger_apply() and ledger_cancel() and costs one round trip. */
#ifndef YZ_STORE_COMMIT_H
#define YZ_STORE_COMMIT_H

#include "ledger.h"

/* As ledger_apply. `contracts` are the states the decision was made on (SettlementDraft.contracts). CONFLICT can also
 * come from a contract; then `counters` is empty and everything has to be read again. */
void commit_apply(struct store *store, struct arena *arena, const Yz__Settlement *settlement, size_t n_contracts,
                  Yz__ContractState *const *contracts, int deadline_ms, ledger_done *done, void *context);

/* As ledger_cancel, with the contracts' counters moved back. CONFLICT: another settlement of a contract is under way,
 * or the person's account moved. */
void commit_cancel(struct store *store, struct arena *arena, const uint8_t *before, size_t n_before,
                   const Yz__Settlement *cancelled, int deadline_ms, ledger_done *done, void *context);

/* For a cancel asked for again: finishes with the contracts what the process that did it may have left, and answers
 * SEEN with `cancelled`. */
void commit_cancelled(struct store *store, struct arena *arena, Yz__Settlement *cancelled, int deadline_ms,
                      ledger_done *done, void *context);

#endif
