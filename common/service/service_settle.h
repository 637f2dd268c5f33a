/* service_settle.h - the end of a settlement's way, in whichever service its slip ends: identities are asserted, then
 * one function call makes it durable.
 *
 * The last stop does it in the call that decides its own benefits. A stop of its own for the commit would send the
 * whole draft over the bus once more for nothing. */
#ifndef YZ_SERVICE_SERVICE_SETTLE_H
#define YZ_SERVICE_SERVICE_SETTLE_H

#include "service.h"
#include "settlement.pb-c.h"

/* Answers the call with a draft that holds `settlement`, `prior` or `again`, or refuses it. `draft` has bill,
 * entitlement and sums, and lives as long as the call. */
void service_settle(struct bus_call *call, const Yz__SettlementDraft *draft);

#endif
