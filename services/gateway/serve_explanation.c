/* The explanation as JSON, or with Accept: text/plain the printed slip, for which settlement and explanation are asked
 * for at the same time. */
#include "gateway.h"
#include "input.h"
#include "media.h"
#include "slip.h"

struct printing {
  enum language language;
  const Yz__Settlement *settlement;
  const Yz__Explanation *explanation;
};

static const Yz__PolicyPack *find_pack(const void *self, const char *id, const char *version) {
  const struct pack *pack = shelf_find_exact(self, id, version, NULL);
  return pack ? pack->text : NULL;
}

static void print(struct exchange *exchange, const struct printing *printing) {
  const struct explain_packs packs = {.find = find_pack, .self = exchange->gateway->shelf};
  struct text slip = {0};
  slip_print(printing->settlement, printing->explanation, &packs, printing->language, &slip);
  exchange_text(exchange, 200, "text/plain; charset=utf-8", text_string(&slip), slip.n);
  text_free(&slip);
}

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
  if (printing->settlement && printing->explanation) print(exchange, printing);
}

void serve_explanation(struct exchange *exchange) {
  const char *accept = http_header(exchange->http, "accept"), *lang = http_query(exchange->http, "lang");
  if (media_quality(accept, "application/json") >= media_quality(accept, "text/plain")) {
    serve_call(exchange);
    return;
  }
  Yz__Problem *problem;
  struct printing *printing = arena_alloc(exchange->arena, sizeof *printing);
  exchange->data = printing;
  if (!language_read(lang ? lang : "zh", &printing->language)) {
    exchange_refuse_new(exchange, YZ__CODE__MALFORMED, NULL, "parameter lang: expected zh, en or both");
    return;
  }
  const ProtobufCMessage *query =
      input_read(&yz__settlement_query__descriptor, exchange->route, exchange->id, exchange->http, &problem);
  if (!query) {
    exchange_refuse(exchange, problem);
    return;
  }
  exchange_ask_message(exchange, CALL_READ, query, on_part);
  exchange_ask_message(exchange, CALL_EXPLAIN, query, on_part);
}
