/* gateway.h - the gateway's state, and one request being served.
 *
 * A request is an exchange. It makes its asks on the bus (each a hop) and is answered once, by exchange_answer,
 * .._packed, exchange_text or exchange_refuse; then it and its memory are gone:
 *
 *   on_request --route--> handler --exchange_ask--> waiting --hop answered--> ... --> answered
 *                                                      \--client left, nothing begun--> dropped
 *
 * A settlement that was begun is finished whoever listens. */
#ifndef YZ_GATEWAY_GATEWAY_H
#define YZ_GATEWAY_GATEWAY_H

#include "broker.h"
#include "calls.h"
#include "http.h"
#include "problem.h"
#include "routes.h"
#include "runtime.h"
#include "shelf.h"
#include "trace.h"
#include "turns.h"
#include "waits.h"

struct batches;

enum { GATEWAY_SERVICES = 6, HOPS_TOLD = 32 };

struct gateway {
  struct runtime *runtime;
  struct bus_broker *broker;
  struct http_server *http;
  struct shelf *shelf;
  char *openapi;
  size_t n_openapi;
  uint32_t deadline_ms, overview_ms;
  struct turns turns; /* settlements, by person */
  struct waits waits; /* those that wait for their turn and whose client does not for ever */
  struct batches *batches;
};

struct exchange;
struct hop;
typedef void hop_answered(struct hop *hop, const struct bus_answer *answer);

/* One ask. Lives with its exchange. */
struct hop {
  struct exchange *exchange;
  enum call call;
  hop_answered *answered;
  struct hop *next; /* of the same exchange, the newest first */
  int64_t started_us, took_us;
  bool pending;
};

struct exchange {
  struct gateway *gateway;
  struct http_exchange *http;
  struct arena *arena;
  const struct route *route;  /* NULL when none fitted */
  const char *id;             /* what the path says for {id}, or NULL */
  const char *settlement;     /* id of the settlement that is the answer or was tried, for the log; or NULL */
  const Yz__Problem *problem; /* what it was refused with, or NULL */
  char traceparent[TRACE_TEXT];
  int64_t until_ms; /* steady; the whole exchange is answered by then */
  struct hop *hops;
  void *data; /* the handler's */
  /* The handler's, while nothing was begun that has to be finished: the client has left, so it is dropped. */
  void (*dropped)(struct exchange *exchange);
};

/* --- for handlers --- */

/* Asks; `answered` is called once from the loop unless the exchange ends before. */
void exchange_ask(struct exchange *exchange, enum call call, const void *bytes, size_t n, hop_answered *answered);
void exchange_ask_message(struct exchange *exchange, enum call call, const ProtobufCMessage *message,
                          hop_answered *answered);
/* The reply as a message in the arena, or NULL and *problem: the refusal, or who did not answer. */
void *hop_message(struct hop *hop, const struct bus_answer *answer, Yz__Problem **problem);
/* What to say when there was no reply; NULL when there was one. */
Yz__Problem *hop_problem(struct hop *hop, const struct bus_answer *answer);

/* The id of a packed settlement, in the arena; "" when it has none. */
const char *packed_settlement_id(const void *bytes, size_t n, struct arena *arena);

/* Answers, forgetting asks that are still under way. */
void exchange_answer(struct exchange *exchange, int status, const ProtobufCMessage *message);
/* The same with a packed message of that type, as a service gave it; refuses when it is none. 201: a settlement. */
void exchange_answer_packed(struct exchange *exchange, int status, const ProtobufCMessageDescriptor *type,
                            const void *bytes, size_t n);
void exchange_text(struct exchange *exchange, int status, const char *content_type, const char *text, size_t n);
void exchange_refuse(struct exchange *exchange, const Yz__Problem *problem);
/* Begins an answer of 200 in pieces, which are then written to exchange->http; and ends it. */
void exchange_stream_begin(struct exchange *exchange, const char *content_type);
void exchange_stream_end(struct exchange *exchange);
/* Refuses with a problem made on the spot. */
#define exchange_refuse_new(exchange, code, pointer, ...)                                                              \
  exchange_refuse(exchange, problem_new((exchange)->arena, code, pointer, __VA_ARGS__))

/* --- the handlers, one file each --- */

void serve_call(struct exchange *exchange);
void serve_put(struct exchange *exchange);
void serve_settlement(struct exchange *exchange);
void serve_batch(struct exchange *exchange);
void serve_explanation(struct exchange *exchange);
void serve_overview(struct exchange *exchange);
void serve_policies(struct exchange *exchange);
void serve_policy(struct exchange *exchange);

/* --- for main.c --- */

extern const struct program gateway_program;

/* --- for gateway_program.c --- */

/* Opens the bus as the settings say; false, and a line in the log, when it cannot. */
bool gateway_bus_open(struct gateway *gateway);
/* Reads the allow-list again; keeps the old one when the new is wrong. */
void gateway_bus_reload(struct gateway *gateway);
/* The HTTP server's handler; ctx is the gateway. */
void gateway_on_request(struct http_exchange *http, void *ctx);
/* Registers what /metrics shows. */
void gateway_metrics(struct gateway *gateway);
/* Counts an answered exchange. */
void gateway_count(const struct exchange *exchange, int status);
/* Counts one that was refused because as many were in work as can be. */
void gateway_count_crowded(void);
/* Counts the outcome of a settlement's way. */
enum settle_outcome { SETTLED_NOW, SETTLED_BEFORE, SETTLED_ESTIMATE, SETTLED_REFUSED };
void gateway_count_settlement(enum settle_outcome outcome, int tries);

#endif
