/* journal.h - reading the journal: every fact at least once, to each group of consumers.
 *
 *   {b}:journal            stream, written by the same call that moves the counters
 *   {b}:cursor:<group>     the last entry of the bucket that the group has taken care of, without a gap before it
 *   {b}:consumers:<group>  sorted set: consumers, until when they count as alive } in the bucket of the group's name
 *   {b}:leases:<group>     hash: chunk of buckets -> consumer that reads it      }
 *
 * The buckets are dealt in chunks. Each consumer asks for its share again and again (function attend); one that was
 * silent for `lease_ms` is dead, and what it held goes to those that ask:
 *
 *            dealt to us             cursors read             too many for our share, or closing
 *   AWAY ----------------> OPENING ----------------> HELD ----------------------------------> LEAVING
 *    ^                        |                       |     all acknowledged, cursors saved      |
 *    |<-- dealt to another, or lease not renewed -----+              (or patience is over):      |
 *    +<------------------------------------------------------------------- given back, free -----+
 *
 * Reading is XREAD from where it was left: nothing is written for it. The cursor moves over what is acknowledged
 * without a gap and is saved with the next sweep, so a process that dies, or a chunk that changes hands in disorder,
 * brings a few entries again. What a fact leads to must therefore carry the entry's id as its own idempotency key
 * (outbox.h and balance.h do), and then two holders of a chunk at once do no harm either. */
#ifndef YZ_STORE_JOURNAL_H
#define YZ_STORE_JOURNAL_H

#include "settlement.pb-c.h"
#include "store.h"

enum { JOURNAL_ID_MAX = 44, JOURNAL_GROUPS_MAX = 8, JOURNAL_CHUNKS = 16 };

struct journal_entry {
  uint32_t bucket;
  char id[JOURNAL_ID_MAX]; /* stream entry id "<ms>-<n>" */
  const Yz__Fact *fact;    /* dies after the callback */
};

struct journal_config {
  const char *group, *consumer; /* "notification"; a name of this process for people, made unique here */
  int sweep_ms;                 /* in which each bucket is read once; 0: 500 */
  int lease_ms;                 /* 0: 4 000; asked for again four times as often */
  int again_ms;                 /* what was not acknowledged for so long is brought again; 0: 30 000 */
  /* One bucket after the other is trimmed of entries older than this that all the groups have acknowledged (see
   * journal_trim); all of them within the hour. 0: nothing is. */
  int64_t retention_ms;
  size_t n_groups;
  const char *const *groups;
  /* Called for each entry; call journal_ack when its effects are durable. Entries of a bucket come in order, except
   * those brought again. */
  void (*take)(void *context, const struct journal_entry *entry);
  void *context;
};

struct journal;
struct journal *journal_open(struct store *store, uv_loop_t *loop, const struct journal_config *config);
/* Taken care of. What failed is simply not acknowledged. */
void journal_ack(struct journal *journal, uint32_t bucket, const char id[JOURNAL_ID_MAX]);
/* Takes nothing more, waits a moment for what is outstanding, saves the cursors and gives back the chunks, so that
 * others read on at once. The journal may be used, and its store must live, until `closed`. */
void journal_close(struct journal *journal, void (*closed)(void *context), void *context);

struct journal_metrics {
  uint64_t taken, acked, again, corrupt;
  uint32_t outstanding; /* taken, not acknowledged */
  uint32_t held;        /* chunks: all consumers of a group together have JOURNAL_CHUNKS */
  int64_t oldest_ms;    /* age of the oldest fact that is outstanding; 0: none is */
};
struct journal_metrics journal_metrics(const struct journal *journal);

/* Removes entries of a bucket that are older than `retention_ms` and that every group of `groups` has acknowledged.
 * When one of these groups has no cursor there, nothing is removed. With the entries goes the memory of what was posted
 * (balance.h), so `retention_ms` has to be longer than any work on a fact may take. `done` gets the number as an
 * integer reply. */
void journal_trim(struct store *store, uint32_t bucket, size_t n_groups, const char *const *groups,
                  int64_t retention_ms, int deadline_ms, store_done *done, void *context);

#endif
