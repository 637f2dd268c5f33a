/* Drives settle_flow.c: makes its calls, feeds it the answers. Settlements of one person take turns; estimates write
 * nothing and need none. */
#include "gateway.h"
#include "input.h"
#include "settle_flow.h"
#include "slips.h"

/* What the exchange keeps meanwhile. */
struct settling {
  struct turn turn; /* first: turn_give gives it back */
  struct exchange *exchange;
  bool has_turn;
  bool prints; /* an estimate as a slip, in this language */
  enum language language;
  Yz__Bill *bill;
  struct flow flow;
};

static void go_on(struct settling *settling);

static void on_reply(struct hop *hop, const struct bus_answer *answer) {
  struct settling *settling = hop->exchange->data;
  Yz__Problem *problem = hop_problem(hop, answer);
  if (problem)
    flow_refused(&settling->flow, problem);
  else
    flow_replied(&settling->flow, answer->body, answer->n);
  go_on(settling);
}

static void begin(struct settling *settling) {
  struct exchange *exchange = settling->exchange;
  flow_begin(&settling->flow, exchange->arena, settling->bill, exchange->route->kind == ROUTE_ESTIMATE);
  go_on(settling);
}

/* Answers; then the exchange and `settling` are gone. */
static void end(struct settling *settling) {
  const struct flow *flow = &settling->flow;
  struct exchange *exchange = settling->exchange;
  if (flow->state == FLOW_REFUSED) {
    gateway_count_settlement(SETTLED_REFUSED, flow->tries);
    exchange_refuse(exchange, flow->problem);
  } else {
    gateway_count_settlement(flow->replayed   ? SETTLED_BEFORE
                             : flow->estimate ? SETTLED_ESTIMATE
                                              : SETTLED_NOW,
                             flow->tries);
    if (settling->prints)
      slip_answer(exchange, flow->settlement, NULL, settling->language);
    else
      exchange_answer(exchange, flow->replayed || flow->estimate ? 200 : 201, &flow->settlement->base);
  }
}

static void go_on(struct settling *settling) {
  struct gateway *gateway = settling->exchange->gateway;
  struct flow *flow = &settling->flow;
  if (flow_over(flow)) {
    struct turn *heir = settling->has_turn ? turn_give(&gateway->turns, &settling->turn) : NULL;
    end(settling);
    if (!heir) return;
    ((struct settling *)heir)->has_turn = true;
    begin((struct settling *)heir);
    return;
  }
  exchange_ask(settling->exchange, flow->call, flow->body, flow->n_body, on_reply);
}

void serve_settlement(struct exchange *exchange) {
  Yz__Problem *problem;
  enum language language = LANGUAGE_ZH;
  const bool prints = slip_wanted(exchange);
  if (prints && !slip_language(exchange, &language)) return;
  Yz__Bill *bill = input_read(&yz__bill__descriptor, exchange->route, exchange->id, exchange->http, &problem);
  if (!bill) {
    exchange_refuse(exchange, problem);
    return;
  }
  struct settling *settling = arena_alloc(exchange->arena, sizeof *settling);
  settling->exchange = exchange;
  settling->bill = bill;
  settling->prints = prints;
  settling->language = language;
  exchange->data = settling;
  const bool takes_turn = exchange->route->kind == ROUTE_SETTLE;
  settling->has_turn = takes_turn && turn_take(&exchange->gateway->turns, &settling->turn, bill->person);
  if (settling->has_turn || !takes_turn) begin(settling);
}
