#include "notification.h"

#include "date.h"
#include "explain.h"
#include "outbox.h"
#include "service_fact.h"

static void on_put(void *context, enum store_result result) {
  fact_done(context, result);
}

static void write_message(struct fact_work *work) {
  const struct explain_packs packs = shelf_explain_packs(work->service->shelf);
  const Yz__PersonMessage *message =
      message_for_person(work->settlement, &packs, work->kind, instant_now(), &work->arena);
  outbox_put(work->service->store, work->settlement->bill->person, work->id, message, FACT_DEADLINE_MS, on_put, work);
}

void notification_take(struct service *service, const struct journal_entry *entry) {
  fact_begin(service, entry, write_message);
}
