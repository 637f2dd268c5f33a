/* outbox.h - messages to a person, {b}:outbox:<person>: the newest first, at most OUTBOX_MAX, each journal entry once.
 */
#ifndef YZ_STORE_OUTBOX_H
#define YZ_STORE_OUTBOX_H

#include "services.pb-c.h"
#include "store.h"

enum { OUTBOX_MAX = 100 };

/* Adds `message`, unless the journal entry `entry` already brought one. Idempotent, repeats itself while unknown. */
void outbox_put(struct store *store, const char *person, const char *entry, const Yz__PersonMessage *message,
                int deadline_ms, void (*done)(void *context, enum store_result result), void *context);

struct outbox {
  enum store_result result;
  const char *text;
  size_t n;
  Yz__PersonMessage **messages; /* newest first */
};
void outbox_read(struct store *store, struct arena *arena, const char *person, int deadline_ms,
                 void (*done)(void *context, const struct outbox *outbox), void *context);

#endif
