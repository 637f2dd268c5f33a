#include "family.h"
#include "id.h"
#include "log.h"
#include "supplementary.h"

enum {
  DEADLINE_MS = 5000,
  LOOK_MS = 1000,   /* somebody runs who will do it himself */
  FENCE_MS = 12000, /* longer than a request takes: until then its family waits */
  PART = BUCKETS / SUPPLEMENTARY_SWEEPS
};

static void on_swept(void *context, enum store_result result, unsigned settled) {
  (void)context;
  if (result == STORE_OK && settled > 0) log_line(LOG_INFO, "unfinished contract moves settled", "\"n\":%u", settled);
}

/* Part by part: all buckets at once are 10 ms in which settlements wait behind the looking. */
void supplementary_sweep(struct service *service) {
  static uint32_t next;
  family_sweep(service->store, next, PART, LOOK_MS, FENCE_MS, DEADLINE_MS, on_swept, NULL);
  next = (next + PART) % BUCKETS;
}
