/* ladder.h - in which order services are asked: the plan's rules stand in the order of the ladder, and each run of
 * rules of one service is a leg of it. A service may have two legs (assistance, the supplement, re-assistance). */
#ifndef YZ_SETTLEMENT_LADDER_H
#define YZ_SETTLEMENT_LADDER_H

#include "benefit.h"
#include "policy.h"
#include "settlement.pb-c.h"

enum { SLIP_MAX = 16 }; /* as many legs as a ladder has tiers */

/* True when a rule can apply to a bill with these facts, whatever the counters, the risk class and earlier tiers say.
 */
bool rule_may_apply(const struct rule *rule, const struct facts *facts);

/* The routing slip: adjudication, then the services of the rules that can apply, in ladder order, equal neighbours
 * once; SUPPLEMENTARY where the ladder has its tier, or last. `plan` is without products. */
size_t slip_make(const struct plan *plan, const struct policy *policy, const struct facts *facts,
                 Yz__Service slip[SLIP_MAX]);

/* The end of the leg of `service` that begins at or behind rule `from`: the number of the next rule of another service
 * that can apply, or of rules when none is left. It is `from` when it is another service's turn. */
uint16_t leg_end(const struct plan *plan, const struct facts *facts, Yz__Service service, uint16_t from);

#endif
