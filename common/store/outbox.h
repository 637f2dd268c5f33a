/* outbox.h - what is to be said to a person, {b}:notices:<person>: a sorted set of "S<settlement>" (settled) and
 * "C<settlement>" (cancelled), by journal entry. Each of the two happens to a settlement once, so an entry that comes
 * again changes nothing, and a late one finds its place.
 *
 * Kept is what happened, not the words: they are made of the settlement, which never changes, when somebody reads. */
#ifndef YZ_STORE_OUTBOX_H
#define YZ_STORE_OUTBOX_H

#include "settlement.pb-c.h"
#include "store.h"

enum { OUTBOX_MAX = 100 /* notices that are told, the newest */ };

/* Adds what the journal entry `entry` says. Idempotent, repeats itself while unknown. */
void outbox_put(struct store *store, const char *entry, const Yz__Fact *fact, int deadline_ms,
                void (*done)(void *context, enum store_result result), void *context);

/* The letter that stands before the settlement. */
static inline char notice_mark(Yz__Fact__Kind kind) {
  return kind == YZ__FACT__KIND__SETTLED ? 'S' : 'C';
}

struct notice {
  Yz__Fact__Kind kind;
  const char *settlement;
};
struct outbox {
  enum store_result result;
  const char *text;
  size_t n;
  struct notice *notices; /* newest first, in the arena */
};
void outbox_read(struct store *store, struct arena *arena, const char *person, int deadline_ms,
                 void (*done)(void *context, const struct outbox *outbox), void *context);

#endif
