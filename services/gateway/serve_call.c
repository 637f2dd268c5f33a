/* One call on the bus whose answer is ours. */
#include "gateway.h"
#include "input.h"

static void on_reply(struct hop *hop, const struct bus_answer *answer) {
  Yz__Problem *problem;
  const ProtobufCMessage *message = hop_message(hop, answer, &problem);
  if (message)
    exchange_answer(hop->exchange, 200, message);
  else
    exchange_refuse(hop->exchange, problem);
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
