/* Drives settle_flow.c: makes its asks, feeds it the answers. */
#include "gateway.h"
#include "input.h"
#include "settle_flow.h"

static void go_on(struct exchange *exchange);

static void on_reply(struct hop *hop, const struct bus_answer *answer) {
  struct flow *flow = hop->exchange->data;
  Yz__Problem *problem = hop_problem(hop, answer);
  if (problem)
    flow_refused(flow, hop->call, problem);
  else
    flow_replied(flow, hop->call, answer->body, answer->n);
  go_on(hop->exchange);
}

static void go_on(struct exchange *exchange) {
  struct flow *flow = exchange->data;
  if (flow->state == FLOW_REFUSED) {
    gateway_count_settlement(SETTLED_REFUSED, flow->tries);
    exchange_refuse(exchange, flow->problem);
    return;
  }
  if (flow->state == FLOW_ANSWERED) {
    gateway_count_settlement(flow->replayed   ? SETTLED_BEFORE
                             : flow->estimate ? SETTLED_ESTIMATE
                                              : SETTLED_NOW,
                             flow->tries);
    exchange_answer(exchange, flow->replayed || flow->estimate ? 200 : 201, &flow->settlement->base);
    return;
  }
  const size_t n = flow->n_asks;
  for (size_t i = 0; i < n; i++) exchange_ask(exchange, flow->asks[i], flow->body, flow->n_body, on_reply);
}

void serve_settlement(struct exchange *exchange) {
  Yz__Problem *problem;
  Yz__Bill *bill = input_read(&yz__bill__descriptor, exchange->route, exchange->id, exchange->http, &problem);
  if (!bill) {
    exchange_refuse(exchange, problem);
    return;
  }
  struct flow *flow = arena_alloc(exchange->arena, sizeof *flow);
  exchange->data = flow;
  flow_begin(flow, exchange->arena, bill, exchange->route->kind == ROUTE_ESTIMATE);
  go_on(exchange);
}
