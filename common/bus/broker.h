/* broker.h - the gateway's side of the bus: ask a service, get called back exactly once.
 *
 *   broker = bus_broker_open(loop, &config);
 *   cancel = bus_route_id(&yz__adjudication__descriptor, "Cancel");        // at start
 *   bus_ask(broker, cancel, bytes, n, 3000, 0, traceparent, on_cancelled, exchange);
 *
 * The broker picks the least loaded worker of the route with credit left, waits in a bounded queue when all are full,
 * and asks another worker once when the first is lost or silent for a third of the deadline. That second asking is safe
 * for reads, and for writes since they carry the request's key; BUS_ASK_ONCE forbids it. A refusal is an answer and is
 * never asked again. Everything runs on the loop's thread; callbacks run from the loop, never inside bus_ask. */
#ifndef YZ_BUS_BROKER_H
#define YZ_BUS_BROKER_H

#include "bus_metrics.h"

#include <stdbool.h>
#include <uv.h>

struct bus_broker;

/* A worker's public key and a service it may serve; one row for each pair. */
struct bus_allowed {
  const char *public_key; /* CURVE, Z85 */
  const ProtobufCServiceDescriptor *service;
};

/* Zero in a limit takes the default in parentheses. */
struct bus_broker_config {
  const char *bind;                  /* "*:7000", "127.0.0.1:7000", "[::]:7000"; a port below 32768 (the ephemeral range
                                        lets a local client connect to itself) */
  bool inside;                       /* takes workers of this process too; one broker of a process may */
  uint32_t asks_max;                 /* unanswered at once, all routes (16 384) */
  uint32_t workers_max;              /* (1 024), of one key a quarter of that */
  uint32_t queue_min, queue_max;     /* waiting per route: four times the credit, within these (64, 4 096) */
  size_t bytes_max;                  /* request bytes held, all routes (256 MiB) */
  uint64_t incarnation;              /* 0: drawn at random */
  const char *secret_key;            /* CURVE, Z85: our own; NULL: no CURVE, every worker is believed */
  const struct bus_allowed *allowed; /* with CURVE: who may serve what; copied, see bus_broker_allow */
  size_t n_allowed;
};

enum bus_outcome {
  BUS_REPLY,      /* body: the method's output message, packed */
  BUS_REFUSAL,    /* body: a Yz__Problem, packed */
  BUS_AWAY,       /* nobody answered. `begun`: it was sent, so the outcome is UNKNOWN; ask again with the same key */
  BUS_EXPIRED,    /* the deadline passed before any worker began: nothing happened */
  BUS_OVERLOADED, /* the queue is full: nothing happened; 503 with Retry-After */
};

struct bus_answer {
  enum bus_outcome outcome;
  const void *body; /* valid during the callback; NULL but for BUS_REPLY and BUS_REFUSAL */
  size_t n;
  bool begun;             /* with BUS_AWAY: a worker may have done it */
  uint32_t retry_after_s; /* with BUS_AWAY and BUS_OVERLOADED: what to say to the client */
};
typedef void bus_answered(void *ctx, const struct bus_answer *answer);

enum {
  BUS_ASK_ONCE = 1, /* flag: never send it to a second worker once a first may have begun */
  BUS_RETRY_AFTER_S = 1,
};

/* Binds and starts. NULL, and a line in the log, when the address cannot be bound or a key is unreadable, or for a
 * second broker with CURVE in this process. */
struct bus_broker *bus_broker_open(uv_loop_t *loop, const struct bus_broker_config *config);

/* Asks a route. The bytes (n <= LIMIT_FRAME, else the answer is a TOO_LARGE refusal) are copied. `deadline_ms` counts
 * from now; `traceparent` may be NULL. `answered` is called exactly once, unless the ask is cancelled. */
void bus_ask(struct bus_broker *broker, uint32_t route, const void *bytes, size_t n, uint32_t deadline_ms,
             unsigned flags, const char *traceparent, bus_answered *answered, void *ctx);
/* Forgets all asks of `ctx` without calling back: the client left. Work that began goes on at the worker. */
void bus_cancel_asks(struct bus_broker *broker, const void *ctx);

/* How many clients' requests it makes sense to have in work (pool_capacity): who comes when there are more is refused
 * before anything is begun for him. Work that was begun and is refused half way is lost, and takes the place of work
 * that could have been finished. */
uint32_t bus_broker_capacity(const struct bus_broker *broker);

/* True when a worker that does not drain serves the route: for /ready. */
bool bus_broker_route_ready(const struct bus_broker *broker, uint32_t route);

/* Replaces the allow-list (its file was changed). Workers no longer on it are dropped at their next beat, their
 * requests asked elsewhere. False, and nothing is changed, when a key is unreadable. */
bool bus_broker_allow(struct bus_broker *broker, const struct bus_allowed *allowed, size_t n);

/* Takes no new asks (they end AWAY), waits for those under way, tells the workers that this gateway leaves, then calls
 * `done` once (from the loop). For after the HTTP side has finished its exchanges. */
void bus_broker_drain(struct bus_broker *broker, void (*done)(void *ctx), void *ctx);
/* Closes and frees, from the loop; `closed` may be NULL. Asks still under way end AWAY before this returns. */
void bus_broker_close(struct bus_broker *broker, void (*closed)(void *ctx), void *ctx);

void bus_broker_metrics(const struct bus_broker *broker, struct bus_broker_metrics *metrics);

#endif
