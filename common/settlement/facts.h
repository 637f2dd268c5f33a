/* facts.h - an entitlement and a bill as the facts that the benefit engine asks about. */
#ifndef YZ_SETTLEMENT_FACTS_H
#define YZ_SETTLEMENT_FACTS_H

#include "arena.h"
#include "benefit.h"
#include "problem.h"
#include "settlement.pb-c.h"

/* Fills `facts`; INVALID when the bill names a disease that the plan does not know. */
Yz__Problem *facts_make(const Yz__Bill *bill, const Yz__Entitlement *entitlement, const struct plan *plan,
                        struct arena *arena, struct facts *facts);

#endif
