/* store.h - Redis as the services see it: one call, one answer, within a deadline.
 *
 * Everything runs on one libuv loop; a callback comes from the loop, exactly once, never from inside the call that
 * asked. Commands on one bucket keep their order, and those asked in one turn of the loop travel together.
 *
 *   STORE_OK       executed, here is the reply
 *   STORE_AWAY     certainly not executed: no connection within the deadline, queue full, or Redis refused to work
 *                  (loading, no replicas, out of memory ...). May be asked again.
 *   STORE_UNKNOWN  perhaps executed: written, and no answer came. Ask again only what is idempotent; the typed calls
 *                  (ledger.h, family.h, record.h, outbox.h, balance.h) are, and repeat themselves within the deadline.
 *   STORE_ERROR    executed and refused: a defect of ours, `text` says what Redis said
 *
 * Every key begins with the hash tag of a bucket, "{b01f3}:" (id_bucket), so a command needs to say only the bucket. */
#ifndef YZ_STORE_STORE_H
#define YZ_STORE_STORE_H

#include "arena.h"
#include "base.pb-c.h"

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct store;

enum store_result { STORE_OK, STORE_AWAY, STORE_UNKNOWN, STORE_ERROR };

/* What an answered write has survived. */
enum store_durability {
  STORE_SINGLE, /* one node: as durable as its appendfsync (use `always`) */
  STORE_CLUSTER /* also at one replica (WAIT once per batch); a shortfall is STORE_UNKNOWN, asked again it may be OK */
};

struct store_config {
  const char *url;  /* redis://[[user]:password@]host:port[,host:port...]; more than one: seeds of a cluster */
  const char *name; /* CLIENT SETNAME, such as "adjudication" */
  enum store_durability durability;
  int lanes; /* connections to a node, a bucket always uses the same one; 0: STORE_LANES */
};

/* Redis reads 16 KB of a connection between two fsyncs, which is some five settlements: with more connections, more of
 * them share one fsync. Measured by tests/bench/bench_store. */
enum { STORE_TEXT = 256, STORE_KEY_MAX = 256, STORE_LANES = 4, STORE_LANES_MAX = 32 };

/* Starts connecting; NULL when the url cannot be read, with the reason in `error`. */
struct store *store_open(uv_loop_t *loop, const struct store_config *config, char error[STORE_TEXT]);
/* Ends what is outstanding (AWAY or UNKNOWN, as it stands), then closes; `closed` is called when the memory is gone. */
void store_close(struct store *store, void (*closed)(void *context), void *context);
/* True when every node that holds buckets answers: what /ready asks. */
bool store_ready(const struct store *store);

/* True when one command may name keys of several buckets: not in a cluster. */
bool store_spans_buckets(const struct store *store);

/* `reply` is NULL unless STORE_OK and dies after the callback. `text` is "" unless there is something to say. */
typedef void store_done(void *context, enum store_result result, const redisReply *reply, const char *text);

enum store_flags {
  STORE_READ = 0,
  STORE_WRITE = 1,      /* waits for a replica when the durability says so */
  STORE_IDEMPOTENT = 2, /* asked again within the deadline when the outcome is unknown */
  STORE_SHARED = 4, /* a read: while the same, asked just before, is not even sent, and nothing was written since, one
                       command answers both */
  STORE_KEPT = 8    /* a read that a write or an answer will rest on: waits for a replica as a write does, so that a
                       failover cannot take back what was found. AWAY when none has it */
};

/* A command being put together. Texts and bytes are not copied and must live until it is asked. */
enum { COMMAND_ARGS = 1100, COMMAND_SCRATCH = 32 * 1024 };
struct command {
  uint32_t bucket;
  int argc;
  size_t scratch_used;
  const char *argv[COMMAND_ARGS]; /* 512 counters with their deltas, and a little more */
  size_t argvlen[COMMAND_ARGS];
  char scratch[COMMAND_SCRATCH];
};
void command_start(struct command *command, uint32_t bucket, const char *verb);
/* Starts "FCALL <function of our library> <keys>"; add `keys` keys, then the arguments. */
void command_call(struct command *command, uint32_t bucket, const char *function, int keys);
void command_text(struct command *command, const char *text);
void command_bytes(struct command *command, const void *bytes, size_t n);
/* A text that is copied. */
void command_copy(struct command *command, const char *text);
void command_number(struct command *command, int64_t number);
void command_format(struct command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds the key "{bXXXX}:" + the formatted rest, which has %s and %u only. */
void command_key(struct command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Asks. `deadline_ms` is what remains, counted from now. */
void store_ask(struct store *store, const struct command *command, unsigned flags, int deadline_ms, store_done *done,
               void *context);
/* The same for plain argument lists: argv[1] is normally a key that begins with the bucket's tag. */
void store_command(struct store *store, uint32_t bucket, unsigned flags, int argc, const char *const *argv,
                   const size_t *argvlen, int deadline_ms, store_done *done, void *context);

/* The problem to answer when `result` is not STORE_OK: STORE_AWAY, or DEFECT for STORE_ERROR. */
Yz__Problem *store_problem(struct arena *arena, enum store_result result, const char *text);

struct store_metrics {
  uint64_t asked, ok, away, unknown, errors;      /* outcomes of commands */
  uint64_t retried, redirected, connects, losses; /* what it took */
  uint64_t replica_shortfalls;                    /* WAIT answered too few */
  uint64_t applied, seen, conflicts, refused;     /* outcomes of the ledger's calls */
  uint64_t latency_us[24];                        /* latency_us[i]: commands answered in [2^i, 2^(i+1)) us */
  uint32_t waiting, in_flight;                    /* now */
};
struct store_metrics store_metrics(const struct store *store);

#endif
