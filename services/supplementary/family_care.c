#include "commit.h"
#include "family.h"
#include "id.h"
#include "log.h"
#include "must.h"
#include "supplementary.h"

#include <stdio.h>
#include <stdlib.h>

enum { DEADLINE_MS = 5000, TRY_OLD_MS = 12000 }; /* longer than a request takes: until then its family waits */
enum { PART = BUCKETS / SUPPLEMENTARY_SWEEPS };

struct following {
  struct service *service;
  uint32_t bucket;
  char id[JOURNAL_ID_MAX];
};

static void on_followed(void *context, enum store_result result) {
  struct following *f = context;
  /* Not acknowledged, the fact comes again. */
  if (result == STORE_OK) service_ack(f->service, f->bucket, f->id);
  free(f);
}

void supplementary_take(struct service *service, const struct journal_entry *entry) {
  bool of_contract = false;
  for (size_t i = 0; i < entry->fact->n_moves; i++) of_contract = of_contract || entry->fact->moves[i]->contract;
  if (!of_contract) {
    service_ack(service, entry->bucket, entry->id);
    return;
  }
  struct following *f = malloc(sizeof *f);
  must(f != NULL);
  *f = (struct following){.service = service, .bucket = entry->bucket};
  snprintf(f->id, sizeof f->id, "%s", entry->id);
  commit_follow(service->store, entry->fact, DEADLINE_MS, on_followed, f);
}

static void on_swept(void *context, enum store_result result, unsigned settled) {
  (void)context;
  if (result == STORE_OK && settled > 0) log_line(LOG_INFO, "unfinished contract moves settled", "\"n\":%u", settled);
}

/* Part by part: all buckets at once are 10 ms in which settlements wait behind the looking. */
void supplementary_sweep(struct service *service) {
  static uint32_t next;
  family_sweep(service->store, next, PART, TRY_OLD_MS, DEADLINE_MS, on_swept, NULL);
  next = (next + PART) % BUCKETS;
}
