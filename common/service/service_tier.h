/* service_tier.h - a stop of the routing slip: run the rules of one service over the draft and send it on. */
#ifndef YZ_SERVICE_SERVICE_TIER_H
#define YZ_SERVICE_SERVICE_TIER_H

#include "base.pb-c.h"
#include "service.h"

/* Answers with the draft after the rules of `rung`, or refuses. `request` is a SettlementDraft that was split before.
 */
void service_run_tiers(struct bus_call *call, const ProtobufCMessage *request, Yz__Service rung);

#endif
