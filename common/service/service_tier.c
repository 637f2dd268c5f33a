#include "service_tier.h"

#include "draft.h"
#include "service_settle.h"

void service_send_on(struct bus_call *call, const Yz__SettlementDraft *draft) {
  if (draft->last)
    service_settle(call, draft);
  else
    bus_reply(call, &draft->base);
}

void service_run_tiers(struct bus_call *call, const ProtobufCMessage *request, Yz__Service rung) {
  struct arena *arena = bus_call_arena(call);
  /* The request lives in this call's arena and is nobody else's, so it is worked on in place. */
  Yz__SettlementDraft *draft = (Yz__SettlementDraft *)request;
  if (!draft->bill || !draft->entitlement || !draft->sums || !draft->purse) {
    service_refuse(call, YZ__CODE__MALFORMED, "", "a draft without bill, entitlement, sums or purse");
    return;
  }
  const struct plan *plan = NULL;
  Yz__Problem *problem = draft_plan(draft, service_of(call)->shelf, arena, &plan);
  if (!problem) problem = draft_run(draft, plan, rung, true, arena);
  if (problem)
    bus_refuse(call, problem);
  else
    service_send_on(call, draft);
}
