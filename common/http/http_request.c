#include "http_request.h"

#include "must.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

static_assert(HTTP_HEAD_MAX <= UINT16_MAX, "spans index the head with 16 bits");

enum { BODY_ROOM_LEAST = 4096 };

/* The first reason is the cause; what follows from it is not told. Returns -1 for llhttp. */
static int refuse(struct http_request *request, int status, const char *reason) {
  if (request->phase == HTTP_REFUSED) return -1;
  request->phase = HTTP_REFUSED;
  request->status = status;
  request->reason = reason;
  return -1;
}

/* The stored text never outgrows the raw head: for each NUL added there was a separator among the raw bytes. */
static void head_put(struct http_request *request, const char *bytes, size_t n) {
  must(request->n_head + n <= sizeof request->head);
  memcpy(request->head + request->n_head, bytes, n);
  request->n_head += n;
}

static struct http_span head_end_span(struct http_request *request) {
  const struct http_span span = {(uint16_t)request->span_start, (uint16_t)(request->n_head - request->span_start)};
  head_put(request, "", 1);
  request->span_start = request->n_head;
  return span;
}

static const char *text_of(const struct http_request *request, struct http_span span) {
  return request->head + span.at;
}

/* Keeps the last raw bytes, so that an ending can be checked that came in pieces. */
static void tail_put(struct http_request *request, const char *bytes, size_t n) {
  const size_t room = sizeof request->tail;
  if (n < room) {
    memmove(request->tail, request->tail + n, room - n);
    memcpy(request->tail + room - n, bytes, n);
  } else {
    memcpy(request->tail, bytes + n - room, room);
  }
}

static bool tail_is(const struct http_request *request, const char *ending) {
  const size_t n = strlen(ending);
  return memcmp(request->tail + sizeof request->tail - n, ending, n) == 0;
}

/* --- policy of a complete head --- */

/* How many headers have that name; *value is the last of them. */
static size_t fields_named(const struct http_request *request, const char *name, const char **value) {
  size_t count = 0;
  for (size_t i = 0; i < request->n_fields; i++)
    if (strcmp(text_of(request, request->names[i]), name) == 0) {
      *value = text_of(request, request->values[i]);
      count++;
    }
  return count;
}

static int check_target(struct http_request *request) {
  static const unsigned served = 1u << HTTP_DELETE | 1u << HTTP_GET | 1u << HTTP_HEAD | 1u << HTTP_POST |
                                 1u << HTTP_PUT | 1u << HTTP_OPTIONS | 1u << HTTP_PATCH;
  const unsigned method = request->llhttp.method;
  if (!request->our_version) return refuse(request, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
  if (method >= 32 || !(served >> method & 1)) return refuse(request, 501, "this method is not served");
  const char *target = text_of(request, request->target);
  if (target[0] != '/') return refuse(request, 400, "the target must begin with '/'");
  if (strchr(target, '#')) return refuse(request, 400, "a target has no fragment");
  return 0;
}

static int check_fields(struct http_request *request) {
  const char *value = "";
  const bool old = request->llhttp.http_minor == 0;
  const size_t hosts = fields_named(request, "host", &value);
  if (hosts > 1) return refuse(request, 400, "more than one Host header");
  if (hosts == 0 && !old) return refuse(request, 400, "no Host header");
  if (hosts == 1 && strpbrk(value, " \t,/\\@?#\"<>")) return refuse(request, 400, "unreadable Host header");

  const size_t codings = fields_named(request, "transfer-encoding", &value);
  if (codings > 0 && old) return refuse(request, 400, "Transfer-Encoding with HTTP/1.0");
  if (codings > 1 || (codings == 1 && strcasecmp(value, "chunked") != 0))
    return refuse(request, 501, "Transfer-Encoding other than chunked");
  if (codings == 1 && fields_named(request, "content-length", &value) > 0)
    return refuse(request, 400, "both Transfer-Encoding and Content-Length");
  if (fields_named(request, "expect", &value) > 0) {
    if (strcasecmp(value, "100-continue") != 0) return refuse(request, 417, "an expectation other than 100-continue");
    request->wants_continue = !old;
  }
  return 0;
}

/* --- what llhttp tells --- */

static int on_url(llhttp_t *llhttp, const char *at, size_t n) {
  head_put(llhttp->data, at, n);
  return 0;
}

static int on_url_complete(llhttp_t *llhttp) {
  struct http_request *request = llhttp->data;
  request->target = head_end_span(request);
  return 0;
}

/* Fields behind the body are trailers: read over, bounded by HTTP_CHUNK_WASTE. */
static int on_field_text(llhttp_t *llhttp, const char *at, size_t n) {
  struct http_request *request = llhttp->data;
  if (request->phase == HTTP_IN_HEAD) head_put(request, at, n);
  return 0;
}

static int on_field_complete(llhttp_t *llhttp) {
  struct http_request *request = llhttp->data;
  if (request->phase != HTTP_IN_HEAD) return 0;
  if (request->n_fields == HTTP_FIELDS_MAX) return refuse(request, 431, "more than 64 headers");
  const struct http_span span = head_end_span(request);
  if (span.n == 0) return refuse(request, 400, "a header without a name");
  for (char *c = request->head + span.at; *c; c++)
    if (*c >= 'A' && *c <= 'Z') *c = (char)(*c + ('a' - 'A'));
  request->names[request->n_fields] = span;
  return 0;
}

static int on_value_complete(llhttp_t *llhttp) {
  struct http_request *request = llhttp->data;
  if (request->phase != HTTP_IN_HEAD) return 0;
  while (request->n_head > request->span_start && strchr(" \t", request->head[request->n_head - 1])) request->n_head--;
  request->values[request->n_fields++] = head_end_span(request);
  return 0;
}

/* Makes the body's room that large. The arena takes nothing back: who says how long it is gets its room once. */
static int make_room(struct http_request *request, size_t room) {
  char *body = arena_raw(request->arena, room + 1);
  if (!body) return refuse(request, 413, "the body needs more memory than one request may take");
  if (request->n_body) memcpy(body, request->body, request->n_body);
  request->left_behind += request->n_body;
  request->body = body;
  request->body_room = room;
  return 0;
}

static int on_headers_complete(llhttp_t *llhttp) {
  struct http_request *request = llhttp->data;
  if (check_target(request) != 0 || check_fields(request) != 0) return -1;
  const struct http_request_stream *stream = &request->stream;
  request->streamed = stream->wanted && stream->wanted(stream->ctx, llhttp_method_name(llhttp->method),
                                                       text_of(request, request->target));
  if (!request->streamed && !(llhttp->flags & F_CHUNKED) && llhttp->content_length > request->body_max)
    return refuse(request, 413, "the body is longer than the limit");
  if (!request->streamed && llhttp->content_length > 0 && make_room(request, (size_t)llhttp->content_length) != 0)
    return -1;
  request->old = llhttp->http_minor == 0;
  request->keep_alive = !request->old && !(llhttp->flags & F_CONNECTION_CLOSE);
  request->phase = HTTP_IN_BODY;
  llhttp->upgrade = 0; /* we stay with HTTP/1.1, as RFC 9110 section 7.8 allows, and read on */
  return 0;
}

static int on_body(llhttp_t *llhttp, const char *at, size_t n) {
  struct http_request *request = llhttp->data;
  if (request->streamed) {
    request->n_body += n;
    request->stream.piece(request->stream.ctx, at, n);
    return 0;
  }
  if (n > request->body_max - request->n_body) return refuse(request, 413, "the body is longer than the limit");
  if (request->n_body + n > request->body_room) {
    size_t room = request->body_room ? request->body_room : BODY_ROOM_LEAST;
    while (room < request->n_body + n) room *= 2;
    if (make_room(request, room) != 0) return -1;
  }
  memcpy(request->body + request->n_body, at, n);
  request->n_body += n;
  return 0;
}

static int on_message_complete(llhttp_t *llhttp) {
  struct http_request *request = llhttp->data;
  request->phase = HTTP_WHOLE;
  if (request->body) request->body[request->n_body] = '\0';
  return HPE_PAUSED; /* the bytes behind belong to the next request */
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_url_complete = on_url_complete,
    .on_header_field = on_field_text,
    .on_header_field_complete = on_field_complete,
    .on_header_value = on_field_text,
    .on_header_value_complete = on_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

/* --- feeding --- */

/* Hands bytes to llhttp; returns how many it read. */
static size_t parse(struct http_request *request, const char *bytes, size_t n) {
  const llhttp_errno_t error = llhttp_execute(&request->llhttp, bytes, n);
  if (error == HPE_OK) return n;
  const size_t used = (size_t)(llhttp_get_error_pos(&request->llhttp) - bytes);
  if (error == HPE_PAUSED && request->phase == HTTP_WHOLE) return used;
  const int status = error == HPE_INVALID_METHOD ? 501 : error == HPE_INVALID_VERSION ? 505 : 400;
  refuse(request, status, llhttp_get_error_reason(&request->llhttp));
  return used;
}

/* RFC 9112 section 2.2: one empty line before the request line is read over. Returns its bytes. */
static size_t skip_lead(struct http_request *request, const char *bytes, size_t n) {
  size_t i = 0;
  for (; i < n && request->lead < 2 && bytes[i] == "\r\n"[request->lead]; i++) request->lead++;
  if (i < n && request->lead == 1) refuse(request, 400, "a bare CR before the request line");
  return i;
}

/* Looks at one piece of a raw head line. `ends`: its last byte is LF. True when it may go on. */
static bool scan_line(struct http_request *request, const char *bytes, size_t n, bool ends) {
  const bool starts = request->line_bytes == 0, after_cr = !starts && tail_is(request, "\r");
  if (starts && request->lines > 0 && (bytes[0] == ' ' || bytes[0] == '\t'))
    return refuse(request, 400, "a folded header line"), false;
  request->line_bytes += n;
  request->head_bytes += n;
  if (request->lines == 0 && request->line_bytes > HTTP_LINE_MAX)
    return refuse(request, 414, "the request line is longer than 8 KB"), false;
  if (request->head_bytes > HTTP_HEAD_MAX) return refuse(request, 431, "the headers are longer than 16 KB"), false;
  if (after_cr && bytes[0] != '\n') return refuse(request, 400, "a bare CR in the head"), false;
  const char *cr = memchr(bytes, '\r', n);
  if (cr && cr + 1 < bytes + n && cr[1] != '\n') return refuse(request, 400, "a bare CR in the head"), false;
  if (ends && !cr && !after_cr) return refuse(request, 400, "a bare LF in the head"), false;
  tail_put(request, bytes, n);
  return true;
}

/* How many of the bytes belong to the head; checks line ends, folding and lengths on the way. */
static size_t scan_head(struct http_request *request, const char *bytes, size_t n) {
  size_t i = 0;
  while (i < n) {
    const char *lf = memchr(bytes + i, '\n', n - i);
    const size_t piece = lf ? (size_t)(lf - bytes) + 1 - i : n - i;
    if (!scan_line(request, bytes + i, piece, lf != NULL)) return i;
    i += piece;
    if (!lf) break;
    if (request->line_bytes == 2) break; /* the blank line */
    if (request->lines++ == 0)
      request->our_version = tail_is(request, " HTTP/1.1\r\n") || tail_is(request, " HTTP/1.0\r\n");
    request->line_bytes = 0;
  }
  return i;
}

static size_t feed_head(struct http_request *request, const char *bytes, size_t n) {
  request->begun = request->begun || n > 0;
  const size_t lead = request->line_bytes || request->lines ? 0 : skip_lead(request, bytes, n);
  if (request->phase == HTTP_REFUSED || lead == n) return lead;
  const size_t mine = scan_head(request, bytes + lead, n - lead);
  if (request->phase == HTTP_REFUSED) return lead + mine;
  const size_t used = parse(request, bytes + lead, mine);
  /* the two readers have to agree where the head ends, else a request could hide in another */
  const bool ended = request->line_bytes == 2 && tail_is(request, "\r\n");
  if (used != mine || ended != (request->phase != HTTP_IN_HEAD)) refuse(request, 400, "an unreadable head");
  return lead + used;
}

static size_t feed_body(struct http_request *request, const char *bytes, size_t n) {
  const size_t used = parse(request, bytes, n);
  if (request->phase == HTTP_REFUSED) return used;
  request->wire_bytes += used;
  tail_put(request, bytes, used);
  if (!(request->llhttp.flags & F_CHUNKED)) return used;
  if (request->wire_bytes > 2 * request->n_body + HTTP_CHUNK_WASTE) refuse(request, 400, "chunks are mostly framing");
  if (request->phase == HTTP_WHOLE && !tail_is(request, "\r\n\r\n")) refuse(request, 400, "a bare LF ends the chunks");
  return used;
}

enum http_phase http_request_feed(struct http_request *request, const char *bytes, size_t n, size_t *used) {
  must(request->phase == HTTP_IN_HEAD || request->phase == HTTP_IN_BODY);
  *used = 0;
  if (request->phase == HTTP_IN_HEAD) {
    *used = feed_head(request, bytes, n);
    if (request->streamed) return request->phase; /* the head first: somebody has to be there to take the pieces */
  }
  if (request->phase == HTTP_IN_BODY && *used < n) *used += feed_body(request, bytes + *used, n - *used);
  return request->phase;
}

void http_request_begin(struct http_request *request, struct arena *arena, size_t body_max) {
  memset(request, 0, offsetof(struct http_request, head));
  request->arena = arena;
  request->body_max = body_max;
  llhttp_init(&request->llhttp, HTTP_REQUEST, &settings);
  request->llhttp.data = request;
}

void http_request_stream(struct http_request *request, const struct http_request_stream *stream) {
  request->stream = *stream;
}

size_t http_request_taken(const struct http_request *request) {
  return request->streamed ? 0 : request->left_behind + request->n_body;
}

void http_request_take(const struct http_request *request, struct http_exchange *exchange) {
  must(request->phase == HTTP_WHOLE || (request->streamed && request->phase == HTTP_IN_BODY));
  char *head = arena_copy_n(request->arena, request->head, request->n_head);
  char *target = head + request->target.at, *mark = strchr(target, '?');
  if (mark) *mark = '\0';
  struct http_header *headers = arena_alloc(request->arena, (request->n_fields + 1) * sizeof *headers);
  for (size_t i = 0; i < request->n_fields; i++)
    headers[i] = (struct http_header){head + request->names[i].at, head + request->values[i].at};
  exchange->method = llhttp_method_name(request->llhttp.method);
  exchange->path = target;
  exchange->query = mark ? mark + 1 : "";
  exchange->headers = headers;
  exchange->n_headers = request->n_fields;
  exchange->body = request->n_body ? request->body : "";
  exchange->n_body = request->n_body;
}
