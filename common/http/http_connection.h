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
 * output is sent, the connection is to be closed.
 *
 * A streamed request joins the queue with its head, and its body is read while it is in work (`streaming`). When that
 * body does not come to its end, for whatever reason, no byte behind it can be understood: LAST. */
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
  size_t bodies_bytes; /* memory of all bodies */
  size_t unsent_bytes; /* of all connections, as last counted */
  bool over;           /* nothing more is taken up */
  void (*handler)(struct http_exchange *exchange, void *ctx);
  bool (*streams)(const char *method, const char *target, void *ctx); /* NULL: never */
  void *ctx;
  /* There is output, or something else changed, outside of a call into the connection. */
  void (*wake)(void *peer);
  /* An exchange ended whose connection had gone. */
  void (*released)(struct http_shared *shared);
  uint32_t (*room)(void *ctx); /* NULL: never any */
  struct http_connection *waiting_newest, *waiting_oldest;
  struct http_work *spare; /* works to be used again, with their arenas */
  uint32_t n_spare;
  int64_t date_second;
  char date[HTTP_DATE_MAX];
};

/* An exchange with what the server keeps about it. */
struct http_work {
  struct http_exchange exchange; /* first: the handler's pointer is ours */
  struct arena arena;
  struct http_shared *shared;
  struct http_connection *connection; /* NULL: the client has gone */
  struct http_work *next;
  bool dispatched; /* the handler has seen it */
  bool answered;
  bool told; /* that the client has gone */
  bool head_only;
  bool old, begun;          /* HTTP/1.0; an answer in pieces has begun */
  bool held, full;          /* see http_stream_hold(), http_stream_full() */
  size_t body_bytes;        /* its part of shared->bodies_bytes */
  struct http_bytes answer; /* made before its turn */
};

enum http_connection_state { HTTP_OPEN, HTTP_LAST, HTTP_DONE };

struct http_connection {
  enum http_connection_state state;
  struct http_shared *shared;
  void *peer;                            /* for wake() */
  struct http_work *first, *last, *next; /* queue; `next` is the work whose request is being read */
  struct http_work *streaming;           /* in the queue: its body is being read */
  uint32_t n_work;
  bool busy;     /* inside http_connection_input: answers do not wake */
  bool draining; /* LAST after the request that is being read */
  bool left;     /* the client's EOF came */
  bool continue_due;
  bool cut;     /* a streamed body was left unread: the client may still be sending it */
  bool paused;  /* see http_pause() */
  bool waiting; /* paused, and the client has sent something all the same */
  bool late;    /* the next request has waited for a whole pause */
  uint32_t pause_ms;
  uint64_t until_ms; /* paused, or waiting, until then */
  struct http_connection *newer, *older;
  uint64_t since_ms;           /* when the phase that is timed began */
  uint64_t sent_ms;            /* last progress of output */
  size_t unsent;               /* output that the shell has taken and not yet sent */
  size_t counted;              /* its part of shared->unsent_bytes */
  struct http_bytes out, rest; /* to send; read and not yet parsed */
  struct http_request_stream stream;
  struct http_request request;
};

struct http_connection *http_connection_new(struct http_shared *shared, void *peer, uint64_t now_ms);
/* Frees it. Exchanges in work are told that the client is gone; their answers go nowhere. */
void http_connection_free(struct http_connection *connection);

/* Bytes from the client; n = 0 only goes on with what was read before. */
void http_connection_input(struct http_connection *connection, const char *bytes, size_t n, uint64_t now_ms);
/* The client will send no more. */
void http_connection_eof(struct http_connection *connection);
/* Output has been sent: to be called when it was, for handlers that wait for room. */
void http_connection_sent(struct http_connection *connection);
/* False: leave the client's bytes where they are for now. */
bool http_connection_reads(const struct http_connection *connection);
/* Checks the time limits. False: the client does not read its answers; close at once. */
bool http_connection_tick(struct http_connection *connection, uint64_t now_ms);
/* No further requests after the one that is being read. */
void http_connection_drain(struct http_connection *connection);

/* Goes on with connections that wait: the newest as far as there is room, and those whose time is over. To be called
 * when everything that has come was read, and now and then. */
void http_pause_look(struct http_shared *shared, uint64_t now_ms);
/* One waits and there is room. */
bool http_pause_due(const struct http_shared *shared);

/* --- between http_connection.c, http_stream.c and http_pause.c --- */

/* Ends the pause of a client that was silent all the time. */
void http_pause_end(struct http_connection *connection, uint64_t now_ms);
/* Something was sent within the pause. */
void http_pause_wait(struct http_connection *connection, uint64_t now_ms);
/* The connection goes. */
void http_pause_forget(struct http_connection *connection);

/* Gives the streamed request that is being read, whose head has come, to the handler. */
void http_stream_open(struct http_connection *connection);
/* Goes on with its body; returns how many bytes that took. */
size_t http_stream_read(struct http_connection *connection, const char *bytes, size_t n);
/* A piece of it, from the parser. */
void http_stream_piece(void *connection, const char *bytes, size_t n);
/* Its body will not be read any further. `why` is for the handler; NULL when that knows. */
void http_stream_cut(struct http_connection *connection, const char *why);
/* Brings shared->unsent_bytes up to date: after each change. */
void http_unsent_count(struct http_connection *connection);
/* So much is unsent, `most` for this connection alone, that nothing should be added. */
bool http_unsent_full(const struct http_connection *connection, size_t most);
/* The request that is being read, as an exchange in the queue. */
struct http_work *http_work_dispatch(struct http_connection *connection);
/* An answer is complete. */
void http_work_answered(struct http_work *work);
/* An answer's head as `given`, with what the connection knows; the body too unless it is streamed. */
void http_work_write(struct http_work *work, const struct http_response *given);

/* Frees the spare works of a server that ends. */
void http_shared_free(struct http_shared *shared);

#endif
