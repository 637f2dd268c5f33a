/* journal.h - reading the journal: every fact at least once, to each group of consumers.
 *
 * A bucket's journal is the stream {b}:journal, written by the same call that moves the counters. A consumer sweeps its
 * buckets with pipelined, non-blocking XREADGROUPs, acknowledges what was taken care of, and claims what another (or
 * its own earlier life) left unacknowledged. A fact can come twice: what it leads to must carry the entry's id as its
 * own idempotency key (outbox.h and balance.h do). */
#ifndef YZ_STORE_JOURNAL_H
#define YZ_STORE_JOURNAL_H

#include "settlement.pb-c.h"
#include "store.h"

enum { JOURNAL_ID_MAX = 44, JOURNAL_GROUPS_MAX = 8 };

struct journal_entry {
  uint32_t bucket;
  char id[JOURNAL_ID_MAX]; /* stream entry id "<ms>-<n>" */
  const Yz__Fact *fact;    /* dies after the callback */
};

struct journal_config {
  const char *group, *consumer; /* "notification", a stable name of this process */
  uint32_t first, count;        /* buckets first .. first+count-1; count 0: all */
  int sweep_ms;                 /* 0: 50 */
  int claim_idle_ms;            /* what nobody, this process too, acknowledged for so long comes again; 0: 30 000 */
  /* One bucket after the other is trimmed of entries older than this that all the groups have acknowledged (see
   * journal_trim); all of them within the hour. 0: nothing is. */
  int64_t retention_ms;
  size_t n_groups;
  const char *const *groups;
  /* Called for each entry; call journal_ack when its effects are durable. Entries of a bucket come in order, except
   * those claimed. */
  void (*take)(void *context, const struct journal_entry *entry);
  void *context;
};

struct journal;
struct journal *journal_open(struct store *store, uv_loop_t *loop, const struct journal_config *config);
/* Taken care of. What failed is simply not acknowledged. */
void journal_ack(struct journal *journal, uint32_t bucket, const char id[JOURNAL_ID_MAX]);
/* A hint that the bucket has something new: it is read now instead of with the next sweep. */
void journal_ring(struct journal *journal, uint32_t bucket);
void journal_close(struct journal *journal, void (*closed)(void *context), void *context);

struct journal_metrics {
  uint64_t taken, acked, claimed, corrupt;
  uint32_t outstanding; /* taken, neither acknowledged nor given up */
};
struct journal_metrics journal_metrics(const struct journal *journal);

/* Removes entries of a bucket that are older than `retention_ms` and that every group of `groups` has acknowledged.
 * When one of these groups does not exist, nothing is removed. `done` gets the number as an integer reply. */
void journal_trim(struct store *store, uint32_t bucket, size_t n_groups, const char *const *groups,
                  int64_t retention_ms, int deadline_ms, store_done *done, void *context);

#endif
