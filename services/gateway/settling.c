#include "settling.h"

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

static void go_on(struct settling *settling) {
  const struct flow *flow = &settling->flow;
  if (flow_over(flow))
    settling->over(settling);
  else
    exchange_ask(settling->exchange, flow->call, flow->body, flow->n_body, on_reply);
}

void settling_run(struct settling *settling) {
  flow_begin(&settling->flow, settling->exchange->arena, settling->bill, settling->estimate);
  go_on(settling);
}

void settling_begin(struct settling *settling) {
  struct turns *turns = &settling->exchange->gateway->turns;
  settling->exchange->data = settling;
  settling->has_turn = !settling->estimate && turn_take(turns, &settling->turn, settling->bill->person);
  if (settling->has_turn || settling->estimate) settling->turned(settling);
}

void settling_leave(struct settling *settling) {
  if (!settling->has_turn) return;
  settling->has_turn = false;
  struct settling *heir = (struct settling *)turn_give(&settling->exchange->gateway->turns, &settling->turn);
  if (!heir) return;
  heir->has_turn = true;
  heir->turned(heir);
}
