/* http_request.h - bytes to requests: the parser and the policy, without any I/O.
 *
 * llhttp (strict) reads the grammar. What it lets pass and RFC 9112 or our limits do not is refused here: bare LF and
 * bare CR in the head, folded header lines, HTTP/0.9, RTSP and every version but 1.0 and 1.1, no or two Host headers,
 * Transfer-Encoding other than exactly "chunked" (or any with 1.0), targets that do not begin with '/', a chunked body
 * that ends with a bare LF or is mostly framing, and whatever is too long or too many.
 *
 *   IN_HEAD --blank line, no body----------------------> WHOLE --http_request_begin()--> IN_HEAD
 *      |  \--blank line--> IN_BODY --last byte-----------^
 *      \----------------------\--refused--> REFUSED (answer, then close the connection)
 */
#ifndef YZ_HTTP_REQUEST_H
#define YZ_HTTP_REQUEST_H

#include "arena.h"
#include "http.h"

#include <llhttp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  HTTP_LINE_MAX = 8 * 1024,    /* the request line: 414 beyond */
  HTTP_HEAD_MAX = 16 * 1024,   /* request line and headers: 431 beyond */
  HTTP_FIELDS_MAX = 64,        /* headers: 431 beyond */
  HTTP_CHUNK_WASTE = 16 * 1024 /* framing and trailers of a chunked body may exceed the body by this much */
};

enum http_phase { HTTP_IN_HEAD, HTTP_IN_BODY, HTTP_WHOLE, HTTP_REFUSED };

/* Text in head[], a NUL behind it. */
struct http_span {
  uint16_t at, n;
};

/* Which bodies are streamed, and where to. */
struct http_request_stream {
  bool (*wanted)(void *ctx, const char *method, const char *target); /* asked once the head is read and right */
  void (*piece)(void *ctx, const char *bytes, size_t n);
  void *ctx;
};

struct http_request {
  enum http_phase phase;
  bool begun;          /* a byte of this request has come */
  bool keep_alive;     /* from IN_BODY on: the client may send further requests on the connection */
  bool wants_continue; /* from IN_BODY on: the client waits for "100 Continue" before it sends the body */
  int status;          /* REFUSED: answer this */
  const char *reason;  /* REFUSED: and say so; static text */
  bool old;            /* from IN_BODY on: HTTP/1.0, which knows no chunks */
  bool streamed;       /* from IN_BODY on: the body's pieces go to stream.piece and are not kept */

  /* the rest is private */
  struct http_request_stream stream;
  size_t body_max;
  struct arena *arena;
  llhttp_t llhttp;
  size_t head_bytes, line_bytes, lines; /* of the raw head */
  unsigned lead;                        /* bytes of an empty line before the request line */
  bool our_version; /* the request line ends as 1.1's or 1.0's does: llhttp takes 0.9 and RTSP too */
  char tail[11];    /* last raw bytes of the request line, later of the body */
  size_t n_head, span_start, n_fields;
  struct http_span target, names[HTTP_FIELDS_MAX], values[HTTP_FIELDS_MAX];
  char *body;
  size_t n_body, body_room, wire_bytes;
  size_t left_behind; /* bytes of rooms that a chunked body has outgrown: the arena has them still */
  char head[HTTP_HEAD_MAX];
};

/* Starts over for the next request. Its body goes to `arena`. */
void http_request_begin(struct http_request *request, struct arena *arena, size_t body_max);
/* After begin: bodies may be streamed. Those that are may have any length. */
void http_request_stream(struct http_request *request, const struct http_request_stream *stream);
/* Reads up to the end of one request, and of a streamed one first up to the end of its head; *used bytes were read, all
 * of them while the phase is IN_HEAD or IN_BODY but for that. Not to be called when the phase is WHOLE or REFUSED. */
enum http_phase http_request_feed(struct http_request *request, const char *bytes, size_t n, size_t *used);
/* Memory that the body has taken so far. What is reserved for it and has not come is not touched, and not counted. */
size_t http_request_taken(const struct http_request *request);
/* Fills method, path, query, headers and body of the exchange from a WHOLE request, or from a streamed one's head.
 * Everything is in the arena of http_request_begin() then, nothing in `request`. */
void http_request_take(const struct http_request *request, struct http_exchange *exchange);

#endif
