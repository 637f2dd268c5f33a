/* The overview: every service is asked at the same time, what came within overview-ms is answered, the others are
 * named. */
#include "gateway.h"
#include "input.h"
#include "services.pb-c.h"

#include <stddef.h>

/* Who is asked, and where in the overview the answer stands. All take a PersonDay. */
static const struct {
  enum call call;
  size_t offset;
} parts[] = {
    {CALL_GET_PERSON, offsetof(Yz__Overview, record)},       {CALL_ACCOUNT, offsetof(Yz__Overview, account)},
    {CALL_OF_PERSON, offsetof(Yz__Overview, contracts)},     {CALL_SUMMARY, offsetof(Yz__Overview, assistance)},
    {CALL_SETTLEMENTS, offsetof(Yz__Overview, settlements)}, {CALL_OUTBOX, offsetof(Yz__Overview, messages)},
};
enum { PARTS = sizeof parts / sizeof parts[0] };

struct gathering {
  Yz__Overview overview;
  Yz__Service missing[PARTS];
  size_t waiting;
};

static void name_missing(struct gathering *gathering, Yz__Service service) {
  Yz__Overview *overview = &gathering->overview;
  for (size_t i = 0; i < overview->n_missing; i++)
    if (overview->missing[i] == service) return;
  overview->missing[overview->n_missing++] = service;
}

static void on_part(struct hop *hop, const struct bus_answer *answer) {
  struct gathering *gathering = hop->exchange->data;
  Yz__Problem *problem;
  void *message = hop_message(hop, answer, &problem);
  if (problem && problem->code == YZ__CODE__UNKNOWN_PERSON && hop->call == CALL_GET_PERSON) {
    exchange_refuse(hop->exchange, problem);
    return;
  }
  for (size_t i = 0; i < PARTS; i++)
    if (message && parts[i].call == hop->call) *(void **)((char *)&gathering->overview + parts[i].offset) = message;
  /* a service that knows nothing of the person has answered, one that could not find out has not */
  if (problem && problem_kind(problem->code)->status >= 500) name_missing(gathering, call_info(hop->call)->service);
  if (--gathering->waiting == 0) exchange_answer(hop->exchange, 200, &gathering->overview.base);
}

void serve_overview(struct exchange *exchange) {
  Yz__Problem *problem;
  const Yz__PersonDay *query =
      input_read(&yz__person_day__descriptor, exchange->route, exchange->id, exchange->http, &problem);
  if (!query) {
    exchange_refuse(exchange, problem);
    return;
  }
  struct gathering *gathering = arena_alloc(exchange->arena, sizeof *gathering);
  exchange->data = gathering;
  yz__overview__init(&gathering->overview);
  gathering->overview.person = query->person;
  gathering->overview.missing = gathering->missing;
  gathering->waiting = PARTS;
  exchange->until_ms -= exchange->gateway->deadline_ms - exchange->gateway->overview_ms;
  for (size_t i = 0; i < PARTS; i++) exchange_ask_message(exchange, parts[i].call, &query->base, on_part);
}
