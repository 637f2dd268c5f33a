/* http_connection.h - one connection: bytes in, bytes out, without any I/O; its limits run on the caller's clock.
 *
 * Requests wait in a queue in the order they came; each may be answered at any time, and its bytes leave when it is at
 * the head.
 *
 *   OPEN --refusal, "Connection: close", HTTP/1.0, client's EOF, drain--> LAST --queue empty--> DONE
 *    |                                                                                           ^
 *    \--idle too long, or drain while idle-------------------------------------------------------/
 *
 * OPEN reads requests; LAST reads no more and answers what is in the queue; DONE has nothing more to say: once its
 * output is sent, the connection is to be closed. */
#ifndef YZ_HTTP_CONNECTION_H
#define YZ_HTTP_CONNECTION_H

#include "http.h"
#include "http_bytes.h"
#include "http_request.h"
#include "http_response.h"

#include <stdbool.h>
#include <stdint.h>

/* What the connections of one server share. Filled by the server, with no zero left in `limits`. */
struct http_shared {
  struct http_limits limits;
  struct http_stats stats;
  size_t bodies_bytes; /* room of all bodies in memory */
  void (*handler)(struct http_exchange *exchange, void *ctx);
  void *ctx;
  /* There is output, or something else changed, outside of a call into the connection. */
  void (*wake)(void *peer);
  /* An exchange ended whose connection had gone. */
  void (*released)(struct http_shared *shared);
  struct http_work *spare; /* works to be used again, with their arenas */
  uint32_t n_spare;
  int64_t date_second;
  char date[HTTP_DATE_MAX];
};

enum http_connection_state { HTTP_OPEN, HTTP_LAST, HTTP_DONE };

struct http_connection {
  enum http_connection_state state;
  struct http_shared *shared;
  void *peer;                            /* for wake() */
  struct http_work *first, *last, *next; /* queue; `next` is the work whose request is being read */
  uint32_t n_work;
  bool busy;     /* inside http_connection_input: answers do not wake */
  bool draining; /* LAST after the request that is being read */
  bool left;     /* the client's EOF came */
  bool continue_due;
  uint64_t since_ms;           /* when the phase that is timed began */
  uint64_t sent_ms;            /* last progress of output */
  size_t unsent;               /* output that the shell has taken and not yet sent */
  struct http_bytes out, rest; /* to send; read and not yet parsed */
  struct http_request request;
};

struct http_connection *http_connection_new(struct http_shared *shared, void *peer, uint64_t now_ms);
/* Frees it. Exchanges in work are told that the client is gone; their answers go nowhere. */
void http_connection_free(struct http_connection *connection);

/* Bytes from the client; n = 0 only goes on with what was read before. */
void http_connection_input(struct http_connection *connection, const char *bytes, size_t n, uint64_t now_ms);
/* The client will send no more. */
void http_connection_eof(struct http_connection *connection);
/* False: leave the client's bytes where they are for now. */
bool http_connection_reads(const struct http_connection *connection);
/* Checks the time limits. False: the client does not read its answers; close at once. */
bool http_connection_tick(struct http_connection *connection, uint64_t now_ms);
/* No further requests after the one that is being read. */
void http_connection_drain(struct http_connection *connection);

/* Frees the spare works of a server that ends. */
void http_shared_free(struct http_shared *shared);

#endif
