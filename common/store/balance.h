/* balance.h - clearing balances, {b}:clearing:<yyyymm>: what insured cities owe care cities, summed per bucket, each
 * journal entry once. */
#ifndef YZ_STORE_BALANCE_H
#define YZ_STORE_BALANCE_H

#include "services.pb-c.h"
#include "store.h"

/* Adds `rows` (amounts may be negative: a cancellation) to the month's balances of the entry's bucket, unless the entry
 * was posted before. `settlements` of a row is +1 or 0 for a settlement, and taken off for a cancellation. */
struct balance_row {
  const char *insured_city, *care_city;
  Yz__Payer payer;
  int64_t amount;
  int settlements;
};
void balance_post(struct store *store, uint32_t bucket, const char *entry, uint32_t month, size_t n_rows,
                  const struct balance_row *rows, int deadline_ms,
                  void (*done)(void *context, enum store_result result), void *context);

struct balances {
  enum store_result result;
  const char *text;
  Yz__ClearingBalances *balances; /* rows sorted by insured city, care city, payer */
};
/* Sums the month over all buckets. */
void balance_read(struct store *store, struct arena *arena, uint32_t month, int deadline_ms,
                  void (*done)(void *context, const struct balances *balances), void *context);

#endif
