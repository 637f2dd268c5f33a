/* worker.h - the service's side of the bus: calls come in from every gateway, answers go back.
 *
 *   static void adjudicate(struct bus_call *call, const ProtobufCMessage *request) {
 *     const Yz__SettlementDraft *draft = (const void *)request;      // lives in bus_call_arena(call)
 *     ...
 *     bus_reply(call, &reply.base);                                  // now, or in a later callback
 *   }
 *   static const struct bus_handler handlers[] = {
 *     {&yz__adjudication__descriptor, "Adjudicate", adjudicate},
 *   };
 *   worker = bus_worker_open(loop, &config, handlers, COUNT(handlers));
 *
 * A call is alive until it is answered, once, by one of bus_reply, bus_reply_bytes, bus_refuse; then it and its arena
 * are gone. A gateway that asks the same again (after a loss, or when we are slow) makes a second call: handlers of
 * writes must be idempotent by the request's key. Everything runs on the loop's thread. */
#ifndef YZ_BUS_WORKER_H
#define YZ_BUS_WORKER_H

#include "arena.h"
#include "base.pb-c.h"
#include "bus.h"

#include <stdbool.h>
#include <uv.h>

struct bus_worker;
struct bus_call;

struct bus_worker_config {
  const char *gateways;    /* "host:port,host:port"; names are resolved again every 2 s, all their addresses used */
  const char *service;     /* "adjudication": for people, and checked against the gateway's allow-list */
  uint32_t concurrency;    /* calls in work at once, shared out to the gateways as credit; 0: BUS_CREDIT_MAX */
  uint64_t incarnation;    /* tells this process from any other, restarted ones too; 0: drawn at random */
  void *user;              /* what bus_call_user gives: the service's own state */
  const char *gateway_key; /* CURVE, Z85: the gateways' public key; NULL: no CURVE */
  const char *public_key;  /* CURVE: our own pair */
  const char *secret_key;
};

/* A row of the handler table; it and the table must outlive the worker. */
struct bus_handler {
  const ProtobufCServiceDescriptor *service;
  const char *method;
  void (*handle)(struct bus_call *call, const ProtobufCMessage *request);
};

/* Starts: resolves, connects and registers from the loop; calls may come at once. NULL, and a line in the log, when the
 * gateways' text or a key is unreadable. Copies the configuration. */
struct bus_worker *bus_worker_open(uv_loop_t *loop, const struct bus_worker_config *config,
                                   const struct bus_handler *handlers, size_t n);

/* Other keys from now on (their files were changed). Each gateway is connected to anew with them, beside the connection
 * that is there, which retires only when the new one is answered: no call is lost, whichever side learns of the keys
 * first. False, a line in the log, and nothing changed, when a key is unreadable. */
bool bus_worker_rekey(struct bus_worker *worker, const char *gateway_key, const char *public_key,
                      const char *secret_key);

/* Tells the gateways to send no more, answers what is in work, then calls `done` once (from the loop). What still comes
 * in is bounced: the gateway asks another worker. Not bounded in time: the caller closes when patience ends. */
void bus_worker_drain(struct bus_worker *worker, void (*done)(void *ctx), void *ctx);

/* Closes and frees, from the loop; `closed` may be NULL. Calls still unanswered stay valid and their answers go
 * nowhere. */
void bus_worker_close(struct bus_worker *worker, void (*closed)(void *ctx), void *ctx);

/* True when at least one gateway has echoed within BUS_SILENCE_MS: for /ready. */
bool bus_worker_ready(const struct bus_worker *worker);

struct bus_worker_metrics {
  uint64_t calls;     /* handed to a handler */
  uint64_t replies;   /* answered with a message */
  uint64_t refusals;  /* answered with a problem, unreadable requests among them */
  uint64_t expired;   /* came too late to begin */
  uint64_t bounced;   /* sent back while draining or above our credit */
  uint64_t malformed; /* messages that were no messages of this bus */
  uint64_t unsent;    /* answers whose gateway was gone */
  uint64_t reopened;  /* sockets opened anew after silence, the gateway's or our own */
  uint64_t resolve_failed;
  uint32_t in_flight; /* calls unanswered now */
  uint32_t gateways;  /* addresses connected to, and of these */
  uint32_t echoing;   /* those that answer */
};
void bus_worker_metrics(const struct bus_worker *worker, struct bus_worker_metrics *metrics);

/* Answers with a message of the method's output type, packed at once. */
void bus_reply(struct bus_call *call, const ProtobufCMessage *message);
/* Answers with bytes that are a packed message of that type: an outcome that was recorded. */
void bus_reply_bytes(struct bus_call *call, const void *bytes, size_t n);
/* Answers with a problem (problem_new). */
void bus_refuse(struct bus_call *call, const Yz__Problem *problem);

/* Memory of this call; freed with it. */
struct arena *bus_call_arena(struct bus_call *call);
/* Milliseconds left before nobody waits for the answer any more; 0 when that has passed. */
uint32_t bus_call_deadline_ms(const struct bus_call *call);
/* W3C traceparent, or NULL. */
const char *bus_call_traceparent(const struct bus_call *call);
/* The `user` of the worker's configuration. */
void *bus_call_user(const struct bus_call *call);

#endif
