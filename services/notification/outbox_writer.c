#include "must.h"
#include "notification.h"
#include "outbox.h"

#include <stdio.h>
#include <stdlib.h>

enum { DEADLINE_MS = 5000 };

struct delivery {
  struct service *service;
  uint32_t bucket;
  char id[JOURNAL_ID_MAX];
};

static void on_put(void *context, enum store_result result) {
  struct delivery *delivery = context;
  /* Not acknowledged, the fact comes again. */
  if (result == STORE_OK) service_ack(delivery->service, delivery->bucket, delivery->id);
  free(delivery);
}

void notification_take(struct service *service, const struct journal_entry *entry) {
  struct delivery *delivery = malloc(sizeof *delivery);
  must(delivery != NULL);
  *delivery = (struct delivery){.service = service, .bucket = entry->bucket};
  snprintf(delivery->id, sizeof delivery->id, "%s", entry->id);
  outbox_put(service->store, delivery->id, entry->fact, DEADLINE_MS, on_put, delivery);
}
