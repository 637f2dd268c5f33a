#include "service_tier.h"

#include "draft.h"

void service_run_tiers(struct bus_call *call, const ProtobufCMessage *request, Yz__Service rung) {
  struct arena *arena = bus_call_arena(call);
  /* The request lives in this call's arena and is nobody else's, so it is worked on in place. */
  Yz__SettlementDraft *draft = (Yz__SettlementDraft *)request;
  if (!draft->bill || !draft->entitlement || !draft->purse) {
    service_refuse(call, YZ__CODE__MALFORMED, "", "a draft without bill, entitlement or purse");
    return;
  }
  const struct plan *plan = NULL;
  Yz__Problem *problem = draft_plan(draft, service_of(call)->shelf, arena, &plan);
  if (!problem) problem = draft_run(draft, plan, rung, true, arena);
  if (problem)
    bus_refuse(call, problem);
  else
    bus_reply(call, &draft->base);
}
