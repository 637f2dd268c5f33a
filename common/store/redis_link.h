/* redis_link.h - one connection to one Redis node: commands out in batches, replies back in order, for ever
 * reconnecting.
 *
 *   IDLE --------> RESOLVING ----> CONNECTING ----> HELLO ----> READY
 *    ^  back-off      |                |               |           |
 *    +----------------+----------------+---------------+-----------+      any --link_close()--> CLOSED
 *
 * Names are resolved without blocking, all addresses are tried; the hello commands (AUTH, names, our function library)
 * travel in one write. What is asked while the link is not ready waits, within its deadline. Everything asked in one
 * turn of the loop leaves in one write, in the loop's check phase. When the connection is lost, what was not written
 * waits for the next one; what was written and not answered ends as LINK_UNKNOWN. A connection whose oldest command
 * stays unanswered for LINK_STALL_MS is given up.
 *
 * With replicas asked for, a batch that contains writes ends with WAIT, and the batch's writes are answered after it:
 * too few replicas make them LINK_SHORT. What was refused was not written and waits for nobody. */
#ifndef YZ_STORE_REDIS_LINK_H
#define YZ_STORE_REDIS_LINK_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum {
  LINK_CONNECT_MS = 2000,             /* from the first packet to READY */
  LINK_STALL_MS = 4000,               /* longer than any of our commands by three orders; fsync stalls are shorter */
  LINK_BACKOFF_MIN_MS = 20,           /* doubles, with jitter, up to .. */
  LINK_BACKOFF_MAX_MS = 1000,         /* .. this */
  LINK_IN_FLIGHT_MAX = 4096,          /* written, unanswered */
  LINK_WAITING_MAX = 16384,           /* unwritten */
  LINK_BATCH_BYTES = 4 * 1024 * 1024, /* one write is cut after this; a single command may be longer */
  LINK_WAIT_MS = 50,                  /* for replicas */
  LINK_HELLO_MAX = 4,
  LINK_TOLERATED_MAX = 5,
  LINK_HOST_MAX = 256
};

enum link_state { LINK_IDLE, LINK_RESOLVING, LINK_CONNECTING, LINK_HELLO, LINK_READY, LINK_CLOSED };

enum link_result {
  LINK_OK,      /* `reply` is there, perhaps an error reply */
  LINK_AWAY,    /* not written */
  LINK_UNKNOWN, /* written, no answer */
  LINK_SHORT    /* executed, not yet at enough replicas: may be lost with its node */
};

/* `reply` belongs to the callee (resp_free); NULL unless LINK_OK. Comes from the loop, once. */
typedef void link_done(void *context, enum link_result result, redisReply *reply);

enum link_flags {
  LINK_WRITE = 1,      /* waits for replicas; also of a read, whose answer then holds what is at a replica */
  LINK_TWO_REPLIES = 2 /* the bytes are ASKING and a command: the first reply is dropped */
};

struct link;

/* A command of the hello; an error reply that begins with one of `tolerated` is as good as OK. */
struct link_hello {
  const char *bytes;
  size_t n;
  const char *tolerated[LINK_TOLERATED_MAX];
  void (*told)(const struct link *link, const redisReply *reply); /* sees what is as good as OK; may be NULL */
};

/* Everything pointed to lives as long as the link, but for `host`, which is copied. */
struct link_config {
  const char *host;
  int port;
  int lane;          /* the owner's, to tell links to one node apart */
  int wait_replicas; /* 0: do not WAIT */
  int n_hello;
  struct link_hello hello[LINK_HELLO_MAX];
};

struct link_metrics {
  uint64_t connects, losses, shortfalls, batches;
};

/* Begins to connect at once. */
struct link *link_open(uv_loop_t *loop, const struct link_config *config);
/* Ends all that is outstanding, then closes; memory is freed before `closed` (may be NULL) is called. */
void link_close(struct link *link, void (*closed)(void *context), void *context);

/* Asks. `bytes` (RESP) must live until `done` is called. `deadline` is in uv_now() milliseconds. False when
 * LINK_WAITING_MAX are waiting; then `done` is not called. */
bool link_send(struct link *link, const char *bytes, size_t n, unsigned flags, uint64_t deadline, link_done *done,
               void *context);

enum link_state link_state(const struct link *link);
const char *link_host(const struct link *link);
int link_port(const struct link *link);
int link_lane(const struct link *link);
/* Why it is not ready, in words; "" when it is. */
const char *link_trouble(const struct link *link);
struct link_metrics link_metrics(const struct link *link);
uint32_t link_waiting(const struct link *link);
uint32_t link_in_flight(const struct link *link);

#endif
