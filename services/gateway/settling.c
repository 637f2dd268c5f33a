#include "settling.h"

#include "must.h"

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

static void end_wait(struct settling *settling) {
  struct exchange *exchange = settling->exchange;
  settling->waits = false;
  if (!settling->hurried) return;
  exchange->dropped = NULL;
  wait_end(&exchange->gateway->waits, &settling->wait);
}

void settling_give_up(struct settling *settling) {
  must(settling->waits);
  end_wait(settling);
  turn_leave(&settling->exchange->gateway->turns, &settling->turn);
}

static void on_dropped(struct exchange *exchange) {
  settling_give_up(exchange->data);
}

static void on_late(struct wait *wait) {
  struct settling *settling = (struct settling *)((char *)wait - offsetof(struct settling, wait));
  settling_give_up(settling);
  Yz__Problem *problem =
      problem_new(settling->exchange->arena, YZ__CODE__OVERLOADED, NULL,
                  "others settle for this person, and the turn of this bill did not come in time: it was not begun");
  settling->flow = (struct flow){.state = FLOW_REFUSED, .problem = problem};
  settling->over(settling);
}

static void begin_wait(struct settling *settling) {
  struct exchange *exchange = settling->exchange;
  settling->waits = true;
  if (!settling->hurried) return;
  exchange->dropped = on_dropped;
  settling->wait = (struct wait){.until_ms = exchange->until_ms, .late = on_late};
  wait_begin(&exchange->gateway->waits, &settling->wait);
}

void settling_begin(struct settling *settling) {
  struct turns *turns = &settling->exchange->gateway->turns;
  settling->exchange->data = settling;
  settling->waits = false;
  settling->has_turn = !settling->estimate && turn_take(turns, &settling->turn, settling->bill->person);
  if (settling->has_turn || settling->estimate)
    settling->turned(settling);
  else
    begin_wait(settling);
}

void settling_leave(struct settling *settling) {
  if (!settling->has_turn) return;
  settling->has_turn = false;
  struct settling *heir = (struct settling *)turn_give(&settling->exchange->gateway->turns, &settling->turn);
  if (!heir) return;
  end_wait(heir);
  heir->has_turn = true;
  heir->turned(heir);
}
