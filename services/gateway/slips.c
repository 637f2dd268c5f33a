#include "slips.h"

#include "explain.h"
#include "media.h"

bool slip_wanted(const struct exchange *exchange) {
  const char *accept = http_header(exchange->http, "accept");
  return exchange->route->slip && media_quality(accept, "text/plain") > media_quality(accept, "application/json");
}

bool slip_language(struct exchange *exchange, enum language *language) {
  const char *lang = http_query(exchange->http, "lang");
  if (language_read(lang ? lang : "zh", language)) return true;
  exchange_refuse_new(exchange, YZ__CODE__MALFORMED, NULL, "parameter lang: expected zh, en or both");
  return false;
}

void slip_answer(struct exchange *exchange, const Yz__Settlement *settlement, const Yz__Explanation *explanation,
                 enum language language) {
  const struct explain_packs packs = shelf_explain_packs(exchange->gateway->shelf);
  struct text slip = {0};
  if (!explanation) explanation = explain(settlement, &packs, exchange->arena);
  slip_print(settlement, explanation, &packs, language, &slip);
  exchange_text(exchange, 200, "text/plain; charset=utf-8", text_string(&slip), slip.n);
  text_free(&slip);
}
