#include "settle_flow.h"

#include "guard.h"
#include "must.h"
#include "problem.h"

#include <string.h>

static void refuse(struct flow *flow, Yz__Problem *problem) {
  flow->state = FLOW_REFUSED;
  flow->problem = problem;
}

static void answer(struct flow *flow, Yz__Settlement *settlement, bool replayed) {
  flow->state = FLOW_ANSWERED;
  flow->settlement = settlement;
  flow->replayed = replayed;
}

static void ask(struct flow *flow, enum call call, const void *body, size_t n) {
  flow->asks[flow->n_asks++] = call;
  flow->body = body;
  flow->n_body = n;
}

static void look_up(struct flow *flow) {
  flow->state = FLOW_LOOKUP;
  flow->entitled = flow->contracted = NULL;
  flow->contracts_problem = NULL;
  flow->n_slip = flow->at = 0;
  ask(flow, CALL_RESOLVE, flow->request, flow->n_request);
  ask(flow, CALL_CONTRACTS, flow->request, flow->n_request);
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

/* The next service of the slip, or the commit when it is done. */
static void go_on(struct flow *flow, const void *draft, size_t n) {
  if (flow->at < flow->n_slip) {
    flow->state = FLOW_SLIP;
    ask(flow, flow->slip[flow->at++], draft, n);
  } else {
    flow->state = FLOW_COMMIT;
    ask(flow, flow->estimate ? CALL_FINISH : CALL_COMMIT, draft, n);
  }
}

/* Takes the slip from the entitlement; supplementary insurance is asked only where there is a contract. */
static Yz__Problem *read_slip(struct flow *flow, const Yz__Entitlement *entitlement, bool contracts) {
  for (size_t i = 0; i < entitlement->n_slip; i++) {
    enum call call;
    switch (entitlement->slip[i]) {
    case YZ__SERVICE__ADJUDICATION: call = CALL_ADJUDICATE; break;
    case YZ__SERVICE__ASSISTANCE: call = CALL_ASSIST; break;
    case YZ__SERVICE__SUPPLEMENTARY:
      if (!contracts) continue;
      call = CALL_SUPPLEMENT;
      break;
    default: return problem_new(flow->arena, YZ__CODE__DEFECT, NULL, "the slip names a service that decides nothing");
    }
    if (flow->n_slip == FLOW_SLIP_MAX)
      return problem_new(flow->arena, YZ__CODE__DEFECT, NULL, "the slip is longer than %d", FLOW_SLIP_MAX);
    flow->slip[flow->n_slip++] = call;
  }
  return NULL;
}

/* Both lookups are in: the draft is the request and both replies, one behind the other. */
static void merge(struct flow *flow, const Yz__SettlementDraft *entitled) {
  Yz__Problem *problem = NULL;
  const Yz__SettlementDraft *contracted =
      message_unpack(&yz__settlement_draft__descriptor, flow->contracted, flow->n_contracted, flow->arena, &problem);
  if (contracted) problem = read_slip(flow, entitled->entitlement, contracted->n_contracts > 0);
  if (problem) {
    refuse(flow, problem);
    return;
  }
  const size_t n = flow->n_request + flow->n_entitled + flow->n_contracted;
  uint8_t *draft = arena_try(flow->arena, n);
  if (!draft) {
    refuse(flow, problem_new(flow->arena, YZ__CODE__TOO_LARGE, NULL, "the draft has %zu bytes", n));
    return;
  }
  uint8_t *end = mempcpy(draft, flow->request, flow->n_request);
  end = mempcpy(end, flow->entitled, flow->n_entitled);
  memcpy(end, flow->contracted, flow->n_contracted);
  go_on(flow, draft, n);
}

/* Decides as soon as enough of the two lookups is in. What enrollment says comes first: a bill that was settled before
 * is answered though its contracts cannot be read today. */
static void join(struct flow *flow) {
  if (!flow->entitled) return;
  Yz__Problem *problem = NULL;
  const Yz__SettlementDraft *entitled =
      message_unpack(&yz__settlement_draft__descriptor, flow->entitled, flow->n_entitled, flow->arena, &problem);
  if (!entitled)
    refuse(flow, problem);
  else if (entitled->prior && !flow->estimate)
    answer(flow, entitled->prior, true);
  else if (!entitled->entitlement)
    refuse(flow, problem_new(flow->arena, YZ__CODE__DEFECT, NULL, "enrollment answered without an entitlement"));
  else if (flow->contracts_problem)
    refuse(flow, flow->contracts_problem);
  else if (flow->contracted)
    merge(flow, entitled);
}

/* A copy that outlives the reply; NULL and the flow refused when there is no memory. */
static const uint8_t *keep(struct flow *flow, const void *bytes, size_t n) {
  uint8_t *copy = arena_try(flow->arena, n + 1);
  if (!copy)
    refuse(flow, problem_new(flow->arena, YZ__CODE__TOO_LARGE, NULL, "a reply of %zu bytes", n));
  else if (n)
    memcpy(copy, bytes, n);
  return copy;
}

static void looked_up(struct flow *flow, enum call call, const void *bytes, size_t n) {
  const uint8_t *copy = keep(flow, bytes, n);
  if (!copy) return;
  if (call == CALL_RESOLVE) {
    flow->entitled = copy;
    flow->n_entitled = n;
  } else {
    flow->contracted = copy;
    flow->n_contracted = n;
  }
  join(flow);
}

static void committed(struct flow *flow, const void *bytes, size_t n) {
  Yz__Problem *problem = NULL;
  if (flow->estimate) {
    Yz__Settlement *settlement = message_unpack(&yz__settlement__descriptor, bytes, n, flow->arena, &problem);
    if (settlement)
      answer(flow, settlement, false);
    else
      refuse(flow, problem);
    return;
  }
  const Yz__CommitReply *reply = message_unpack(&yz__commit_reply__descriptor, bytes, n, flow->arena, &problem);
  if (!reply)
    refuse(flow, problem);
  else if (reply->settlement)
    answer(flow, reply->settlement, reply->seen);
  else if (!reply->again)
    refuse(flow,
           problem_new(flow->arena, YZ__CODE__DEFECT, NULL, "the commit answered neither a settlement nor again"));
  else if (++flow->tries >= FLOW_TRIES)
    refuse(flow, problem_new(flow->arena, YZ__CODE__CONFLICT, NULL, "the account moved %d times while it was settled",
                             FLOW_TRIES));
  else
    look_up(flow);
}

void flow_replied(struct flow *flow, enum call call, const void *bytes, size_t n) {
  flow->n_asks = 0;
  must(flow->state != FLOW_ANSWERED && flow->state != FLOW_REFUSED);
  switch (flow->state) {
  case FLOW_LOOKUP: looked_up(flow, call, bytes, n); break;
  case FLOW_SLIP: go_on(flow, bytes, n); break;
  case FLOW_COMMIT: committed(flow, bytes, n); break;
  case FLOW_ANSWERED:
  case FLOW_REFUSED: break;
  }
}

void flow_refused(struct flow *flow, enum call call, Yz__Problem *problem) {
  must(flow->state != FLOW_ANSWERED && flow->state != FLOW_REFUSED);
  flow->n_asks = 0;
  if (call == CALL_CONTRACTS) {
    flow->contracts_problem = problem;
    join(flow);
  } else {
    refuse(flow, problem);
  }
}
