/* The explanation as JSON, or with Accept: text/plain the printed slip, for which settlement and explanation are asked
 * for at the same time. */
#include "gateway.h"
#include "input.h"
#include "slips.h"

struct printing {
  enum language language;
  const Yz__Settlement *settlement;
  const Yz__Explanation *explanation;
};

static void on_part(struct hop *hop, const struct bus_answer *answer) {
  struct exchange *exchange = hop->exchange;
  struct printing *printing = exchange->data;
  Yz__Problem *problem;
  const void *message = hop_message(hop, answer, &problem);
  if (!message) {
    exchange_refuse(exchange, problem);
    return;
  }
  if (hop->call == CALL_READ)
    printing->settlement = message;
  else
    printing->explanation = message;
  if (printing->settlement && printing->explanation)
    slip_answer(exchange, printing->settlement, printing->explanation, printing->language);
}

void serve_explanation(struct exchange *exchange) {
  if (!slip_wanted(exchange)) {
    serve_call(exchange);
    return;
  }
  Yz__Problem *problem;
  struct printing *printing = arena_alloc(exchange->arena, sizeof *printing);
  exchange->data = printing;
  if (!slip_language(exchange, &printing->language)) return;
  const ProtobufCMessage *query =
      input_read(&yz__settlement_query__descriptor, exchange->route, exchange->id, exchange->http, &problem);
  if (!query) {
    exchange_refuse(exchange, problem);
    return;
  }
  exchange_ask_message(exchange, CALL_READ, query, on_part);
  exchange_ask_message(exchange, CALL_EXPLAIN, query, on_part);
}
