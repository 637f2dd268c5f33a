/* draft.h - the draft that travels between services: into an engine case, through the engine, and out as a settlement.
 *
 * Pure: no I/O, no clock. The offline tool and the services run exactly this code; an estimate is a settlement that
 * nobody commits. Everything made is in the arena, and nothing of it points into the shelf, which may be freed while
 * the settlement is being committed; the settlement borrows from the draft. Every function that can fail returns NULL
 * when all is well, else the problem. DEFECT means that an identity of the house did not hold: refuse, log, never pay.
 */
#ifndef YZ_SETTLEMENT_DRAFT_H
#define YZ_SETTLEMENT_DRAFT_H

#include "arena.h"
#include "benefit.h"
#include "problem.h"
#include "settlement.pb-c.h"
#include "shelf.h"

/* Counter of what settlements took from the personal account in a year; Person.account_balance is what was credited for
 * Person.account_year, the one year whose counter it is compared with. */
#define ACCOUNT_COUNTER "account.p"

/* The plan that decides a draft: the pack of its entitlement on the service date with the products of the person's
 * contracts. UNKNOWN_POLICY when the shelf lacks one of them; CONFLICT when it holds a pack with other content than the
 * service that made the draft, which passes when both have reloaded; NO_BENEFIT when no rule serves the person in
 * this setting, wherever the care was given. */
Yz__Problem *draft_plan(const Yz__SettlementDraft *draft, struct shelf *shelf, struct arena *arena,
                        const struct plan **plan);

/* Prepares an engine case from a split draft: facts, purse, counters by name with the qualifiers of this bill and as
 * earlier services moved them, family counters and risk class from the person's contract of the product that holds the
 * rule. */
Yz__Problem *draft_case(const Yz__SettlementDraft *draft, const struct plan *plan, struct arena *arena,
                        struct benefit_case *c);

/* Runs the next leg of the ladder, which must be the service's (otherwise nothing happens), and writes results, purse,
 * moves, stay, packs and the rung reached back into the draft. With `trace` the results carry segments, caps, parts and
 * citations. The legs are the service's entries of the slip (ladder.h), so asking again in the order of the slip is
 * right and asking twice in a row harmless. */
Yz__Problem *draft_run(Yz__SettlementDraft *draft, const struct plan *plan, Yz__Service service, bool trace,
                       struct arena *arena);

/* Makes the settlement: shares by payer (cash always among them), personal account, totals. Before it is given it is
 * asserted that every rule that can apply had its turn, that total = sum of shares, that personal = accounts + cash,
 * that nothing is negative and that no benefit exceeds what was left to it. Entitlement.account_balance is what the
 * account still holds. `now` is the instant of settling; an estimate has status ESTIMATED and no instant. */
Yz__Problem *draft_finish(const Yz__SettlementDraft *draft, int64_t now, struct arena *arena,
                          Yz__Settlement **settlement);

/* The settlement as cancelled, and the moves that restore every counter (the opposite of its own, in reverse order).
 * ALREADY_CANCELLED when it is. */
Yz__Problem *settlement_cancel(const Yz__Settlement *settlement, const char *request_id, const char *reason,
                               int64_t now, struct arena *arena, Yz__Settlement **cancelled, Yz__Move ***moves,
                               size_t *n_moves);

#endif
