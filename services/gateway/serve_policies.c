/* The policy packs, from the gateway's own shelf. */
#include "date.h"
#include "gateway.h"
#include "id.h"
#include "input.h"
#include "services.pb-c.h"

void serve_policies(struct exchange *exchange) {
  size_t n;
  const struct pack *const *packs = shelf_list(exchange->gateway->shelf, &n);
  Yz__PolicyList list = YZ__POLICY_LIST__INIT;
  list.packs = arena_alloc(exchange->arena, (n + 1) * sizeof(Yz__PolicyList__Row *));
  for (size_t i = 0; i < n; i++) {
    const Yz__PolicyPack *text = packs[i]->text;
    Yz__PolicyList__Row *row = arena_alloc(exchange->arena, sizeof *row);
    yz__policy_list__row__init(row);
    row->pack = text->pack;
    row->version = text->version;
    row->name_zh = text->name_zh;
    row->name_en = text->name_en;
    row->from = text->from;
    row->to = text->to;
    row->sha256 = arena_copy(exchange->arena, packs[i]->sha256);
    list.packs[list.n_packs++] = row;
  }
  exchange_answer(exchange, 200, &list.base);
}

void serve_policy(struct exchange *exchange) {
  int32_t on = date_of_instant(instant_now());
  Yz__Problem *problem;
  if (!input_day(exchange->http, &on, &problem)) {
    exchange_refuse(exchange, problem);
    return;
  }
  char day[DATE_TEXT_MAX];
  const struct pack *pack = shelf_find(exchange->gateway->shelf, exchange->id, on);
  if (pack)
    exchange_answer(exchange, 200, &pack->text->base);
  else if (!id_valid(exchange->id))
    exchange_refuse_new(exchange, YZ__CODE__NOT_FOUND, NULL, "a pack's id is letters, digits, '.', '-' and '_'");
  else
    exchange_refuse_new(exchange, YZ__CODE__NOT_FOUND, NULL, "no pack %s is in force on %s", exchange->id,
                        date_print(on, day));
}
