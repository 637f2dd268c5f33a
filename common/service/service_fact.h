/* service_fact.h - a consumer's work on one fact: read the settlement it speaks of, do something durable, acknowledge.
 *
 * What is done must be idempotent by the entry's id, for a fact can come twice. A fact that is not finished comes
 * again. */
#ifndef YZ_SERVICE_SERVICE_FACT_H
#define YZ_SERVICE_SERVICE_FACT_H

#include "service.h"
#include "settlement.pb-c.h"

enum { FACT_DEADLINE_MS = 5000 };

struct fact_work {
  struct service *service;
  struct arena arena;
  uint32_t bucket;
  char id[JOURNAL_ID_MAX];
  Yz__Fact__Kind kind;
  int64_t at;
  const Yz__Settlement *settlement;
  void (*work)(struct fact_work *work);
};

/* Reads the settlement and calls `work` with it. Each must end in fact_done. */
void fact_begin(struct service *service, const struct journal_entry *entry, void (*work)(struct fact_work *work));
/* Acknowledges when `result` is STORE_OK, and frees. */
void fact_done(struct fact_work *work, enum store_result result);

#endif
