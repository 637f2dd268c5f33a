#include "settle_flow.h"

#include "guard.h"
#include "must.h"
#include "problem.h"

#include <string.h>

static void refuse(struct flow *flow, Yz__Problem *problem) {
  flow->state = FLOW_REFUSED;
  flow->problem = problem;
}

static void refuse_defect(struct flow *flow, const char *detail) {
  refuse(flow, problem_new(flow->arena, YZ__CODE__DEFECT, NULL, "%s", detail));
}

/* A copy of two messages, one behind the other: both merged. NULL and the flow refused when there is no memory. */
static const uint8_t *joined(struct flow *flow, const void *a, size_t n_a, const void *b, size_t n_b) {
  uint8_t *both = arena_raw(flow->arena, n_a + n_b);
  if (both)
    memcpy(mempcpy(both, a, n_a), b, n_b);
  else
    refuse(flow, problem_new(flow->arena, YZ__CODE__TOO_LARGE, NULL, "the draft has %zu bytes", n_a + n_b));
  return both;
}

/* Answers with the settlement that is this member of the draft; false when the draft has none there. */
static bool answer(struct flow *flow, const char *member, const void *draft, size_t n) {
  const uint8_t *settlement = message_part(&yz__settlement_draft__descriptor, member, draft, n, &flow->n_settlement);
  if (!settlement) return false;
  flow->settlement = joined(flow, settlement, flow->n_settlement, "", 0);
  if (flow->settlement) flow->state = FLOW_ANSWERED;
  return true;
}

static bool answer_prior(struct flow *flow, const void *draft, size_t n) {
  return flow->replayed = answer(flow, "prior", draft, n);
}

static void ask(struct flow *flow, enum flow_state state, enum call call, const void *body, size_t n) {
  flow->state = state;
  flow->call = call;
  flow->body = body;
  flow->n_body = n;
}

/* The next service of the slip. */
static void go_on(struct flow *flow, const void *draft, size_t n) {
  const enum call call = flow->slip[flow->at++];
  if (flow->at < flow->n_slip) {
    ask(flow, FLOW_SLIP, call, draft, n);
    return;
  }
  Yz__SettlementDraft last = YZ__SETTLEMENT_DRAFT__INIT;
  last.has_last = last.last = true;
  size_t n_mark;
  const uint8_t *mark = message_pack(&last.base, flow->arena, &n_mark);
  const uint8_t *marked = joined(flow, draft, n, mark, n_mark);
  if (marked) ask(flow, FLOW_SLIP, call, marked, n + n_mark);
}

/* Takes the slip from the entitlement and goes; supplementary insurance is asked only where there is a contract. */
static void start_slip(struct flow *flow, bool contracts, const void *draft, size_t n) {
  const Yz__Entitlement *entitlement = flow->entitlement;
  for (size_t i = 0; i < entitlement->n_slip; i++) {
    enum call call;
    switch (entitlement->slip[i]) {
    case YZ__SERVICE__ADJUDICATION: call = CALL_ADJUDICATE; break;
    case YZ__SERVICE__ASSISTANCE: call = CALL_ASSIST; break;
    case YZ__SERVICE__SUPPLEMENTARY:
      if (!contracts) continue;
      call = CALL_SUPPLEMENT;
      break;
    default: refuse_defect(flow, "the slip names a service that decides nothing"); return;
    }
    if (flow->n_slip == FLOW_SLIP_MAX) {
      refuse_defect(flow, "the slip is too long");
      return;
    }
    flow->slip[flow->n_slip++] = call;
  }
  if (flow->n_slip == 0)
    refuse_defect(flow, "the slip names no service");
  else
    go_on(flow, draft, n);
}

static void look_up(struct flow *flow) {
  flow->n_slip = flow->at = 0;
  ask(flow, FLOW_RESOLVE, CALL_RESOLVE, flow->request, flow->n_request);
}

static const Yz__SettlementDraft *read_draft(struct flow *flow, const void *bytes, size_t n) {
  Yz__Problem *problem = NULL;
  const Yz__SettlementDraft *draft = message_unpack(&yz__settlement_draft__descriptor, bytes, n, flow->arena, &problem);
  if (!draft) refuse(flow, problem);
  return draft;
}

static void resolved(struct flow *flow, const void *bytes, size_t n) {
  if (!flow->estimate && answer_prior(flow, bytes, n)) return;
  const Yz__SettlementDraft *entitled = read_draft(flow, bytes, n);
  if (!entitled) return;
  if (!entitled->entitlement) {
    refuse_defect(flow, "enrollment answered without an entitlement");
    return;
  }
  flow->entitlement = entitled->entitlement;
  if (!flow->estimate) flow->id = entitled->id; /* an estimate is never kept */
  flow->n_draft = flow->n_request + n;
  flow->draft = joined(flow, flow->request, flow->n_request, bytes, n);
  if (!flow->draft) return;
  if (entitled->contracted)
    ask(flow, FLOW_CONTRACTS, CALL_CONTRACTS, flow->request, flow->n_request);
  else
    start_slip(flow, false, flow->draft, flow->n_draft);
}

static void contracted(struct flow *flow, const void *bytes, size_t n) {
  const Yz__SettlementDraft *contracts = read_draft(flow, bytes, n);
  const uint8_t *draft = contracts ? joined(flow, flow->draft, flow->n_draft, bytes, n) : NULL;
  if (draft) start_slip(flow, contracts->n_contracts > 0, draft, flow->n_draft + n);
}

static void settled(struct flow *flow, const void *bytes, size_t n) {
  if (answer(flow, "settlement", bytes, n) || answer_prior(flow, bytes, n)) return;
  const Yz__SettlementDraft *end = read_draft(flow, bytes, n);
  if (!end) return;
  if (!end->again)
    refuse_defect(flow, "the last service of the slip settled nothing");
  else if (++flow->tries >= FLOW_TRIES)
    refuse(flow, problem_new(flow->arena, YZ__CODE__CONFLICT, NULL, "the account moved %d times while it was settled",
                             FLOW_TRIES));
  else
    look_up(flow);
}

void flow_begin(struct flow *flow, struct arena *arena, Yz__Bill *bill, bool estimate) {
  *flow = (struct flow){.arena = arena, .estimate = estimate};
  Yz__SettlementDraft draft = YZ__SETTLEMENT_DRAFT__INIT;
  draft.bill = bill;
  draft.has_estimate = estimate;
  draft.estimate = estimate;
  flow->request = message_pack(&draft.base, arena, &flow->n_request);
  look_up(flow);
}

void flow_replied(struct flow *flow, const void *bytes, size_t n) {
  must(!flow_over(flow));
  switch (flow->state) {
  case FLOW_RESOLVE: resolved(flow, bytes, n); break;
  case FLOW_CONTRACTS: contracted(flow, bytes, n); break;
  case FLOW_SLIP:
    if (flow->at < flow->n_slip)
      go_on(flow, bytes, n);
    else
      settled(flow, bytes, n);
    break;
  case FLOW_ANSWERED:
  case FLOW_REFUSED: break;
  }
}

void flow_refused(struct flow *flow, Yz__Problem *problem) {
  must(!flow_over(flow));
  refuse(flow, problem);
}
