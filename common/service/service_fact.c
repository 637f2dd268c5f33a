#include "service_fact.h"

#include "bounds.h"
#include "ledger.h"
#include "log.h"
#include "must.h"

#include <stdio.h>
#include <stdlib.h>

void fact_done(struct fact_work *work, enum store_result result) {
  if (result == STORE_OK) service_ack(work->service, work->bucket, work->id);
  arena_free(&work->arena);
  free(work);
}

static void on_settlement(void *context, const struct ledger_reply *ledger) {
  struct fact_work *work = context;
  if (ledger->result != STORE_OK) {
    fact_done(work, ledger->result);
  } else if (!ledger->recorded) {
    /* The same call writes fact and settlement; one without the other means that somebody deleted the settlement. */
    log_line(LOG_ERROR, "a fact without its settlement", "\"bucket\":%u,\"entry\":\"%s\"", work->bucket, work->id);
    fact_done(work, STORE_OK);
  } else {
    work->settlement = ledger->recorded;
    work->work(work);
  }
}

void fact_begin(struct service *service, const struct journal_entry *entry, void (*begin)(struct fact_work *work)) {
  struct fact_work *work = calloc(1, sizeof *work);
  must(work != NULL);
  work->service = service;
  work->bucket = entry->bucket;
  work->kind = entry->fact->kind;
  work->at = entry->fact->at;
  work->work = begin;
  snprintf(work->id, sizeof work->id, "%s", entry->id);
  arena_init(&work->arena, LIMIT_ARENA);
  ledger_read(service->store, &work->arena, entry->fact->settlement, FACT_DEADLINE_MS, on_settlement, work);
}
