/* One bill: settled, or estimated. */
#include "guard.h"
#include "input.h"
#include "settling.h"
#include "slips.h"

/* What the exchange keeps meanwhile. */
struct serving {
  struct settling settling; /* first: its callbacks' pointer is ours */
  bool prints;              /* an estimate as a slip, in this language */
  enum language language;
};

static void answer_slip(struct exchange *exchange, const struct flow *flow, enum language language) {
  Yz__Problem *problem;
  const Yz__Settlement *settlement =
      message_unpack(&yz__settlement__descriptor, flow->settlement, flow->n_settlement, exchange->arena, &problem);
  if (settlement)
    slip_answer(exchange, settlement, NULL, language);
  else
    exchange_refuse(exchange, problem);
}

/* Answers; then the exchange and `settling` are gone. */
static void on_over(struct settling *settling) {
  const struct serving *serving = (struct serving *)settling;
  const struct flow *flow = &settling->flow;
  struct exchange *exchange = settling->exchange;
  settling_leave(settling);
  if (flow->state == FLOW_REFUSED) {
    gateway_count_settlement(SETTLED_REFUSED, flow->tries);
    exchange->settlement = flow->id;
    exchange_refuse(exchange, flow->problem);
    return;
  }
  gateway_count_settlement(flow->replayed   ? SETTLED_BEFORE
                           : flow->estimate ? SETTLED_ESTIMATE
                                            : SETTLED_NOW,
                           flow->tries);
  if (serving->prints)
    answer_slip(exchange, flow, serving->language);
  else
    exchange_answer_packed(exchange, flow->replayed || flow->estimate ? 200 : 201, &yz__settlement__descriptor,
                           flow->settlement, flow->n_settlement);
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
  struct serving *serving = arena_alloc(exchange->arena, sizeof *serving);
  serving->prints = prints;
  serving->language = language;
  serving->settling.exchange = exchange;
  serving->settling.bill = bill;
  serving->settling.estimate = exchange->route->kind == ROUTE_ESTIMATE;
  serving->settling.hurried = true;
  serving->settling.turned = settling_run;
  serving->settling.over = on_over;
  settling_begin(&serving->settling);
}
