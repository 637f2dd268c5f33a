/* pool.h - which workers serve a route, how busy each is, and what becomes of each ask.
 *
 * Pure bookkeeping: no sockets and no clock. The caller passes `now_ms` in, tells what came from outside, and acts on
 * the steps that come out, so a day of churn runs in a unit test in a second.
 *
 *                        +--------------- worker lost, bounced, or silent for a third ---------------+
 *                        v                                                                           |
 *   pool_take ------> QUEUED -- pool_next gives POOL_SEND --> SENT ------------------------------> (again)
 *                        |                                      |
 *                        +------------- deadline, nobody -------+-- pool_answered, pool_expired gives the user back
 *                                           v
 *                                         ENDED -- pool_next gives POOL_END
 *
 * The `user` of an ask is given back exactly once: by pool_answered, pool_expired, pool_cancel or a POOL_END step.
 *
 * A sending is a dispatch; it holds one credit of its worker until that worker answers in any way or is lost, even when
 * its ask ended long before. So credits are conserved: a worker's outstanding never passes what it announced. */
#ifndef YZ_BUS_POOL_H
#define YZ_BUS_POOL_H

#include "bus_metrics.h"

#include <stdbool.h>

enum {
  POOL_TICK_MS = 10,       /* grain of deadlines */
  POOL_IDLE_MS = 250,      /* tick at least this often */
  POOL_PATIENCE_MS = 3000, /* how long asks wait for a route whose last worker has gone: a restart */
  POOL_PEER_MAX = 16,      /* ZeroMQ's own routing ids have 5 bytes */
  POOL_OWNERS_LEAST = 4,   /* so many at least share the workers' places: nobody has more than a quarter of them */
};

struct pool;
struct pool_ask;

/* Where a worker is reached: a routing id. */
struct pool_peer {
  uint8_t n;
  uint8_t bytes[POOL_PEER_MAX];
};

struct pool_limits {
  uint32_t asks; /* not ended, all routes */
  uint32_t workers;
  uint32_t queue_min, queue_max; /* of a route: four times its credit, or of the last who served it, within these */
  uint64_t seed; /* of the choice between workers and of the dispatches' numbers: another one in each process, so that
                  * an answer meant for a gateway that died is not taken for one of ours */
};

struct pool *pool_new(const struct pool_limits *limits, uint64_t now_ms);
/* Frees all; `user`s of asks not ended are the caller's business (pool_cancel them before). NULL inside is fine. */
void pool_free(struct pool **pool);

struct pool_beat {
  struct pool_peer peer;
  const char *owner; /* the key it came with, of BUS_KEY_TEXT; NULL: none, and its places are not counted */
  uint64_t worker;   /* drawn by the worker for this connection: the same from another peer means it has reconnected */
  const uint32_t *routes;
  size_t n_routes;
  uint32_t credit, in_flight; /* in flight: of all gateways */
  bool draining;
};
/* A worker beats: registers, or renews. False when there are too many workers, of its owner or in all, or too many
 * routes; then it is not registered. */
bool pool_beat(struct pool *pool, const struct pool_beat *beat, uint64_t now_ms);
/* The worker there is gone: what it had is asked elsewhere or ends. Unknown peers are ignored. */
void pool_lose(struct pool *pool, const struct pool_peer *peer, uint64_t now_ms);

enum pool_verdict {
  POOL_TAKEN,
  POOL_NOBODY, /* no worker serves the route, and none did within POOL_PATIENCE_MS */
  POOL_FULL,   /* queue or asks at their limit */
};
/* Takes an ask: *ask is valid until `user` is given back. Anything but POOL_TAKEN leaves it alone. `once`: never send
 * it to a second worker when a first may have begun. */
enum pool_verdict pool_take(struct pool *pool, uint32_t route, uint32_t deadline_ms, bool once, void *user,
                            uint64_t now_ms, struct pool_ask **ask);
/* Ends an ask silently and gives its user back. */
void *pool_cancel(struct pool *pool, struct pool_ask *ask);

struct pool_step {
  enum { POOL_SEND, POOL_END } kind;
  void *user;
  /* POOL_SEND: tell the worker; then pool_unsent when that failed. */
  struct pool_peer peer;
  uint64_t dispatch; /* comes back with the answer */
  uint32_t left_ms;
  uint32_t attempt; /* 1 or 2 */
  /* POOL_END: the ask is over without an answer. */
  bool begun; /* true: a worker may have done it (AWAY); false: nothing happened */
  bool away;  /* false: the deadline passed before any worker began (EXPIRED) */
};
/* Gives the next thing to do; false when there is none. */
bool pool_next(struct pool *pool, uint64_t now_ms, struct pool_step *step);

/* An answer came. Gives the user when it ends an ask; NULL when it is late, unknown, or not that worker's to give. */
void *pool_answered(struct pool *pool, uint64_t dispatch, uint64_t worker, uint32_t in_flight, bool refusal);
/* The worker says the deadline had passed before it began. Gives the user when that ends the ask, with *begun as in a
 * POOL_END step, since another worker may have had it before. */
void *pool_expired(struct pool *pool, uint64_t dispatch, uint64_t worker, uint32_t in_flight, bool *begun);
/* The worker sends it back undone: not asked again before its next beat. */
void pool_bounced(struct pool *pool, uint64_t dispatch, uint64_t worker);
/* The dispatch of the last POOL_SEND could not be sent: as if bounced. */
void pool_unsent(struct pool *pool, uint64_t dispatch);

/* Time passes: deadlines, silences, lost workers. At least every POOL_IDLE_MS, every POOL_TICK_MS while pool_asks: a
 * longer gap is taken as our own absence, and no worker is blamed for it. */
void pool_tick(struct pool *pool, uint64_t now_ms);

/* Asks not yet given back. */
uint32_t pool_asks(const struct pool *pool);
/* How many pieces of work it makes sense to have begun: twice the credit of the route that has least of those to which
 * the asks of the last second went, so that even if all of them stood before that one, the last would wait for one
 * shift of its workers. At least queue_min. */
uint32_t pool_capacity(const struct pool *pool);
/* True when a worker that does not drain serves the route. */
bool pool_serves(const struct pool *pool, uint32_t route);
/* The workers' peers, 0 <= i < metrics.workers, in no order; valid until the pool changes. */
const struct pool_peer *pool_peer(const struct pool *pool, uint32_t i);
/* Fills what the pool knows: routes, workers, beats, losses. */
void pool_metrics(const struct pool *pool, struct bus_broker_metrics *metrics);
/* Stops the process when the books do not balance. Walks over everything: for tests. */
void pool_audit(const struct pool *pool);

#endif
