#include "notification.h"

#include "id.h"
#include "outbox.h"
#include "services.pb-c.h"

static void on_outbox(void *context, const struct outbox *outbox) {
  struct bus_call *call = context;
  if (outbox->result != STORE_OK) {
    bus_refuse(call, store_problem(bus_call_arena(call), outbox->result, outbox->text));
    return;
  }
  Yz__MessageList list = YZ__MESSAGE_LIST__INIT;
  list.n_messages = outbox->n;
  list.messages = outbox->messages;
  bus_reply(call, &list.base);
}

void notification_outbox(struct bus_call *call, const ProtobufCMessage *request) {
  const char *person = ((const Yz__PersonDay *)request)->person;
  if (!id_valid(person))
    service_refuse(call, YZ__CODE__INVALID, NULL, "a person id is letters, digits, '-', '_', '.'");
  else
    outbox_read(service_of(call)->store, bus_call_arena(call), person, service_deadline(call), on_outbox, call);
}
