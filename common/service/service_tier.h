/* service_tier.h - a stop of the routing slip: run the rules of one service over the draft and send it on. */
#ifndef YZ_SERVICE_SERVICE_TIER_H
#define YZ_SERVICE_SERVICE_TIER_H

#include "service.h"
#include "settlement.pb-c.h"

/* Answers with the draft after the rules of `rung` (see service_send_on), or refuses. `request` is a SettlementDraft
 * that was split before. */
void service_run_tiers(struct bus_call *call, const ProtobufCMessage *request, Yz__Service rung);

/* Answers with the draft; where this is the last stop, settles it and answers with that. */
void service_send_on(struct bus_call *call, const Yz__SettlementDraft *draft);

#endif
