#include "explain.h"
#include "id.h"
#include "ledger.h"
#include "log.h"
#include "notification.h"
#include "outbox.h"
#include "services.pb-c.h"

/* One reading: the notices, then the settlement of each, then the words. */
struct reading {
  struct bus_call *call;
  struct outbox outbox;
  const Yz__Settlement **settlements; /* NULL: gone, which only somebody's hand can do */
  size_t left;
  Yz__Problem *problem;
};

struct place {
  struct reading *reading;
  size_t i;
};

static void answer(struct reading *r) {
  struct arena *arena = bus_call_arena(r->call);
  if (r->problem) {
    bus_refuse(r->call, r->problem);
    return;
  }
  const struct explain_packs packs = shelf_explain_packs(service_of(r->call)->shelf);
  Yz__MessageList list = YZ__MESSAGE_LIST__INIT;
  list.messages = arena_alloc(arena, (r->outbox.n + 1) * sizeof *list.messages);
  for (size_t i = 0; i < r->outbox.n; i++) {
    const struct notice *notice = &r->outbox.notices[i];
    if (r->settlements[i])
      list.messages[list.n_messages++] = message_for_person(r->settlements[i], &packs, notice->kind, arena);
    else
      log_line(LOG_ERROR, "a notice without its settlement", "\"settlement\":\"%s\"", notice->settlement);
  }
  bus_reply(r->call, &list.base);
}

static void on_settlement(void *context, const struct ledger_reply *ledger) {
  const struct place *place = context;
  struct reading *r = place->reading;
  if (ledger->result != STORE_OK)
    r->problem = store_problem(bus_call_arena(r->call), ledger->result, ledger->text);
  else
    r->settlements[place->i] = ledger->recorded;
  if (--r->left == 0) answer(r);
}

static void on_outbox(void *context, const struct outbox *outbox) {
  struct reading *r = context;
  struct arena *arena = bus_call_arena(r->call);
  r->outbox = *outbox;
  r->left = outbox->n;
  if (outbox->result != STORE_OK) r->problem = store_problem(arena, outbox->result, outbox->text);
  if (outbox->result != STORE_OK || outbox->n == 0) {
    answer(r);
    return;
  }
  r->settlements = arena_alloc(arena, outbox->n * sizeof *r->settlements);
  for (size_t i = 0; i < outbox->n; i++) {
    struct place *place = arena_alloc(arena, sizeof *place);
    *place = (struct place){.reading = r, .i = i};
    ledger_read(service_of(r->call)->store, arena, outbox->notices[i].settlement, service_deadline(r->call),
                on_settlement, place);
  }
}

void notification_outbox(struct bus_call *call, const ProtobufCMessage *request) {
  const char *person = ((const Yz__PersonDay *)request)->person;
  if (!id_valid(person)) {
    service_refuse(call, YZ__CODE__INVALID, NULL, "a person id is letters, digits, '-', '_', '.'");
    return;
  }
  struct reading *reading = arena_alloc(bus_call_arena(call), sizeof *reading);
  *reading = (struct reading){.call = call};
  outbox_read(service_of(call)->store, bus_call_arena(call), person, service_deadline(call), on_outbox, reading);
}
