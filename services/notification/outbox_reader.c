#include "explain.h"
#include "id.h"
#include "log.h"
#include "notification.h"
#include "outbox.h"
#include "service_look.h"
#include "services.pb-c.h"

/* One reading: the notices, then the settlement of each, of which the words are kept. */
struct reading {
  struct bus_call *call;
  struct outbox outbox;
  Yz__PersonMessage **messages; /* NULL: its settlement is gone, which only somebody's hand can do */
};

static void say(void *context, size_t i, const Yz__Settlement *settlement) {
  struct reading *r = context;
  const struct notice *notice = &r->outbox.notices[i];
  if (!settlement) {
    log_line(LOG_ERROR, "a notice without its settlement", "\"settlement\":\"%s\"", notice->settlement);
    return;
  }
  const struct explain_packs packs = shelf_explain_packs(service_of(r->call)->shelf);
  r->messages[i] = message_for_person(settlement, &packs, notice->kind, bus_call_arena(r->call));
}

static void answer(void *context, Yz__Problem *problem) {
  const struct reading *r = context;
  if (problem) {
    bus_refuse(r->call, problem);
    return;
  }
  Yz__MessageList list = YZ__MESSAGE_LIST__INIT;
  list.messages = r->messages;
  for (size_t i = 0; i < r->outbox.n; i++)
    if (r->messages[i]) list.messages[list.n_messages++] = r->messages[i];
  bus_reply(r->call, &list.base);
}

static void on_outbox(void *context, const struct outbox *outbox) {
  struct reading *r = context;
  struct arena *arena = bus_call_arena(r->call);
  r->outbox = *outbox;
  if (outbox->result != STORE_OK) {
    bus_refuse(r->call, store_problem(arena, outbox->result, outbox->text));
    return;
  }
  r->messages = arena_alloc(arena, (outbox->n + 1) * sizeof(Yz__PersonMessage *));
  const char **ids = arena_alloc(arena, (outbox->n + 1) * sizeof *ids);
  for (size_t i = 0; i < outbox->n; i++) ids[i] = outbox->notices[i].settlement;
  service_look(r->call, outbox->n, ids, say, answer, r);
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
