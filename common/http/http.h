/* http.h - an HTTP/1.1 server on a libuv loop.
 *
 * Requests come as whole exchanges: the handler sees one when its head and body have arrived and passed every check,
 * and answers at once or later. Connections are kept alive and may pipeline; answers leave in the order of the requests
 * whatever order they are made in. The checks and limits are RFC 9112's, taken strictly: see http_request.h.
 *
 * Where the server's `streams` says so, the handler sees the request when its head has come and gets the body in
 * pieces, and where the handler wants, the answer leaves in pieces too, while the body still comes:
 *
 *   handler: exchange->body_piece = ...; exchange->body_end = ...; http_stream_begin(exchange, 200, ...);
 *   later:   http_stream_write(exchange, ...), any number of times; http_stream_end(exchange);
 *
 * One loop, one thread: everything here is called on the loop's thread. */
#ifndef YZ_HTTP_HTTP_H
#define YZ_HTTP_HTTP_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct http_header {
  const char *name; /* lower case in requests */
  const char *value;
};

/* One request and the place of its answer. All pointers are borrowed from the arena: they live until http_answer(). */
struct http_exchange {
  const char *method; /* "GET" */
  const char *path;   /* as sent, begins with '/', without the query, percent signs not decoded */
  const char *query;  /* behind the '?', "" without one */
  const struct http_header *headers;
  size_t n_headers;
  const char *body; /* NUL-terminated behind its n_body bytes */
  size_t n_body;
  struct arena *arena; /* for the handler's use too; dies with the answer */
  bool late;           /* it lay there for a whole pause: see http_pause() */
  uint64_t started_us; /* steady_us() when the request was complete; of a streamed one, its head */

  /* For the handler: `gone`, when set, is called at most once if the client leaves before the answer, so that work can
   * be dropped. It is a hint: the exchange stays valid and still has to be answered exactly once. */
  void (*gone)(struct http_exchange *exchange);
  void *data;

  /* Of a streamed request, set by the handler before it returns. They run while the connection is being read: they may
   * hold the body, but are better not to answer. The pieces' bytes are borrowed for the call. */
  void (*body_piece)(struct http_exchange *exchange, const char *bytes, size_t n);
  /* At most once, and not after the answer's end: the body is whole (why NULL), or was cut short: why, static text. */
  void (*body_end)(struct http_exchange *exchange, const char *why);
  /* The client has read on after http_stream_full() had said true. */
  void (*roomy)(struct http_exchange *exchange);
};

/* Zeros mean the defaults in brackets. */
struct http_limits {
  size_t body_bytes_max;    /* [LIMIT_BODY] beyond: 413 */
  size_t bodies_bytes_max;  /* [128 MB] memory of all bodies, and of what was read from them; then 503 */
  size_t arena_bytes_max;   /* [LIMIT_ARENA] memory of one exchange */
  size_t answers_bytes_max; /* [64 KB] unsent answers at which a connection's further requests wait */
  size_t write_bytes_max;   /* [1 MB] the same while a request is streamed: its body is no longer read, full */
  size_t unsent_bytes_max;  /* [32 MB] unsent of all connections; then whoever has something unsent waits */
  uint32_t connections_max; /* [4096] beyond: closed at once */
  uint32_t pipeline_max;    /* [16] requests of one connection in work at a time */
  uint32_t head_ms;         /* [5 000] from the first byte of a request to the end of its headers, then 408 */
  uint32_t body_ms;         /* [10 000] from there to the end of the body, then 408 */
  uint32_t idle_ms;         /* [60 000] between requests, then closed; between pieces of a stream, then it is cut */
  uint32_t write_ms;        /* [30 000] without progress while the client does not read, then closed */
};

struct http_server_config {
  const char *host; /* numeric address to listen on: "127.0.0.1", "0.0.0.0", "::" */
  uint16_t port;    /* 0: any free one, see http_server_port() */
  struct http_limits limits;
  void (*handler)(struct http_exchange *exchange, void *ctx); /* answers `exchange` once, now or later */
  /* Whether a request's body is to come as a stream, without the limit on its length; `target` is path and query.
   * NULL: never. */
  bool (*streams)(const char *method, const char *target, void *ctx);
  uint32_t (*room)(void *ctx); /* for how many more requests there is room: see http_pause(). NULL: never any */
  void *ctx;
};

/* What the server did so far, for metrics. */
struct http_stats {
  uint64_t connections_total, connections_refused_total, requests_total;
  uint64_t refused_total;          /* answered 4xx or 5xx here, before any handler: malformed, too large, too slow */
  uint64_t gone_total;             /* clients that left before their answer */
  uint32_t connections, exchanges; /* open, in work */
  uint32_t waiting;                /* connections, see http_pause() */
};

struct http_server;

/* Listens. 0 and the server in *server, or a libuv error (uv_strerror). `config` and its text are copied. */
int http_server_start(struct http_server **server, uv_loop_t *loop, const struct http_server_config *config);
uint16_t http_server_port(const struct http_server *server);
const struct http_stats *http_server_stats(const struct http_server *server);
/* Stops accepting; answers from now on close their connections; idle ones close at once. `done` is called when the last
 * connection has gone, perhaps before this returns. */
void http_server_drain(struct http_server *server, void (*done)(void *ctx), void *ctx);
/* No further request is taken up, not even of what was read already: to be called before that is closed which the
 * handler works with. Answers still leave. Safe on NULL. */
void http_server_take_no_more(struct http_server *server);
/* Closes everything and frees the server on the loop's later turns; *server becomes NULL. Exchanges in work must still
 * be answered before the loop ends; the answers go nowhere. Safe on NULL. */
void http_server_stop(struct http_server **server);

/* Answers and ends an exchange, whose memory is then gone. `content_type` may be NULL when there is no body. `extra`
 * are further headers (control characters in their values become spaces); Content-Length, Date and Connection are made
 * here. The body is copied; to HEAD it is not sent. */
void http_answer(struct http_exchange *exchange, int status, const char *content_type, const struct http_header *extra,
                 size_t n_extra, const void *body, size_t n_body);
/* To be called before http_answer() when the client is told to come again in `ms` (Retry-After): what it sends on this
 * connection before that is not taken up until there is room. Refusing costs, and clients that ask again at once
 * would take the time that is needed for the others. Who came last goes on first: in a crowd some are served soon
 * and the others told so, instead of everybody late. What has waited for a whole pause is marked: as long as others
 * wait it is better refused than put before them. */
void http_pause(struct http_exchange *exchange, uint32_t ms);

/* --- an answer in pieces, in place of http_answer() --- */

/* Begins it. Not for HEAD. HTTP/1.1 gets it chunked, HTTP/1.0 ended by the close of the connection. */
void http_stream_begin(struct http_exchange *exchange, int status, const char *content_type,
                       const struct http_header *extra, size_t n_extra);
/* Adds to it. The bytes are copied and leave at once: gather what can be gathered. May call body_piece on the way. */
void http_stream_write(struct http_exchange *exchange, const void *bytes, size_t n);
/* Ends it, and the exchange, as http_answer() does. A body that has not come to its end is read no more, and the
 * connection closes. */
void http_stream_end(struct http_exchange *exchange);
/* True: so much is unsent that nothing should be added before the client has read; roomy() tells. */
bool http_stream_full(struct http_exchange *exchange);
/* Holds the streamed body: it is not read until let go again. */
void http_stream_hold(struct http_exchange *exchange, bool hold);

/* True once the client has left: the answer will not be read. */
bool http_gone(const struct http_exchange *exchange);

/* Value of a request header (name in lower case), or NULL. Of several the first. */
const char *http_header(const struct http_exchange *exchange, const char *name);
/* Value of a query parameter, decoded into the arena, or NULL. Of several the first. "" for a bare name. One with
 * broken percent signs is as if it were not there: see http_query_broken(). */
const char *http_query(const struct http_exchange *exchange, const char *name);
/* The name, as it was sent, of the first parameter with broken percent signs in name or value; NULL: there is none. */
const char *http_query_broken(const struct http_exchange *exchange);
/* Decodes percent signs of a path segment or, with `plus`, of a query value; NULL when they are broken or decode to
 * NUL. */
char *http_decode(struct arena *arena, const char *text, size_t n, bool plus);
/* The standard phrase of a status, "" when unknown. */
const char *http_reason(int status);

#endif
