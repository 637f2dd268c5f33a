/* One call on the bus whose answer is ours. */
#include "gateway.h"
#include "input.h"

static void on_reply(struct hop *hop, const struct bus_answer *answer) {
  Yz__Problem *problem = hop_problem(hop, answer);
  if (problem)
    exchange_refuse(hop->exchange, problem);
  else
    exchange_answer_packed(hop->exchange, 200, call_info(hop->call)->output, answer->body, answer->n);
}

void serve_call(struct exchange *exchange) {
  const struct route *route = exchange->route;
  Yz__Problem *problem;
  const ProtobufCMessage *input =
      input_read(call_info(route->call)->input, route, exchange->id, exchange->http, &problem);
  if (input)
    exchange_ask_message(exchange, route->call, input, on_reply);
  else
    exchange_refuse(exchange, problem);
}
