/* outbox.h - what is to be said to a person, {b}:outbox:<person>: the newest first, at most OUTBOX_MAX, each journal
 * entry once.
 *
 * Kept is the fact, not the words: they are made of its settlement, which never changes, when somebody reads. */
#ifndef YZ_STORE_OUTBOX_H
#define YZ_STORE_OUTBOX_H

#include "settlement.pb-c.h"
#include "store.h"

enum { OUTBOX_MAX = 100 };

/* Adds the fact, without its moves, unless the journal entry `entry` already brought one. Idempotent, repeats itself
 * while unknown. */
void outbox_put(struct store *store, const char *entry, const Yz__Fact *fact, int deadline_ms,
                void (*done)(void *context, enum store_result result), void *context);

struct outbox {
  enum store_result result;
  const char *text;
  size_t n;
  Yz__Fact **facts; /* newest first, in the arena */
};
void outbox_read(struct store *store, struct arena *arena, const char *person, int deadline_ms,
                 void (*done)(void *context, const struct outbox *outbox), void *context);

#endif
