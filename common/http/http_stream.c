/* Bodies that come, and answers that go, in pieces. */
#include "http_connection.h"

#include "must.h"

#include <stdio.h>

static struct http_work *work_of(const struct http_exchange *exchange) {
  return (struct http_work *)exchange;
}

/* Where the work's answer goes now. */
static struct http_bytes *output(struct http_work *work) {
  return work == work->connection->first ? &work->connection->out : &work->answer;
}

/* --- the body --- */

static void end_body(struct http_connection *connection) {
  struct http_work *work = connection->streaming;
  connection->streaming = NULL;
  if (!connection->request.keep_alive || connection->draining) connection->state = HTTP_LAST;
  work->exchange.body_end(&work->exchange, NULL);
}

void http_stream_cut(struct http_connection *connection, const char *why) {
  struct http_work *work = connection->streaming;
  connection->streaming = NULL;
  connection->state = HTTP_LAST;
  connection->cut = true;
  if (why) work->exchange.body_end(&work->exchange, why);
}

void http_stream_open(struct http_connection *connection) {
  const bool whole = connection->request.phase == HTTP_WHOLE;
  struct http_work *work = http_work_dispatch(connection);
  connection->streaming = work;
  if (connection->request.wants_continue && !whole) http_bytes_put(output(work), "HTTP/1.1 100 Continue\r\n\r\n", 25);
  connection->shared->handler(&work->exchange, connection->shared->ctx);
  if (connection->streaming != work) return; /* it was answered, as it has no use for the body */
  must(work->exchange.body_piece != NULL && work->exchange.body_end != NULL);
  if (whole) end_body(connection);
}

void http_stream_piece(void *ctx, const char *bytes, size_t n) {
  struct http_connection *connection = ctx;
  struct http_work *work = connection->streaming;
  if (work) work->exchange.body_piece(&work->exchange, bytes, n);
}

size_t http_stream_read(struct http_connection *connection, const char *bytes, size_t n) {
  size_t used;
  const enum http_phase phase = http_request_feed(&connection->request, bytes, n, &used);
  if (!connection->streaming) return used;
  if (phase == HTTP_WHOLE) end_body(connection);
  if (phase == HTTP_REFUSED) {
    connection->shared->stats.refused_total++;
    http_stream_cut(connection, connection->request.reason);
  }
  return used;
}

void http_stream_hold(struct http_exchange *exchange, bool hold) {
  struct http_work *work = work_of(exchange);
  struct http_connection *connection = work->connection;
  const bool let_go = work->held && !hold;
  work->held = hold;
  if (let_go && connection && !connection->busy) connection->shared->wake(connection->peer);
}

/* --- the answer --- */

void http_stream_begin(struct http_exchange *exchange, int status, const char *content_type,
                       const struct http_header *extra, size_t n_extra) {
  struct http_work *work = work_of(exchange);
  struct http_connection *connection = work->connection;
  must(work->dispatched && !work->answered && !work->begun && !work->head_only);
  work->begun = true;
  if (!connection) return;
  const bool reading = connection->streaming == work;
  http_work_write(
      work, &(struct http_response){.status = status,
                                    .content_type = content_type,
                                    .extra = extra,
                                    .n_extra = n_extra,
                                    .streamed = true,
                                    .chunked = !work->old,
                                    .close = reading && (!connection->request.keep_alive || connection->draining)});
  if (!connection->busy) connection->shared->wake(connection->peer);
}

void http_stream_write(struct http_exchange *exchange, const void *bytes, size_t n) {
  struct http_work *work = work_of(exchange);
  struct http_connection *connection = work->connection;
  must(work->begun && !work->answered);
  if (!connection || n == 0) return;
  struct http_bytes *out = output(work);
  char size[24];
  if (!work->old) http_bytes_put(out, size, (size_t)snprintf(size, sizeof size, "%zx\r\n", n));
  http_bytes_put(out, bytes, n);
  if (!work->old) http_bytes_put(out, "\r\n", 2);
  http_unsent_count(connection);
  if (!connection->busy) connection->shared->wake(connection->peer);
}

void http_stream_end(struct http_exchange *exchange) {
  struct http_work *work = work_of(exchange);
  struct http_connection *connection = work->connection;
  must(work->begun && !work->answered);
  if (connection && connection->streaming == work) http_stream_cut(connection, NULL);
  if (connection && !work->old) http_bytes_put(output(work), "0\r\n\r\n", 5);
  http_work_answered(work);
}

bool http_stream_full(struct http_exchange *exchange) {
  struct http_work *work = work_of(exchange);
  work->full = work->connection && http_unsent_full(work->connection, work->shared->limits.write_bytes_max);
  return work->full;
}

void http_connection_sent(struct http_connection *connection) {
  http_unsent_count(connection);
  struct http_work *work = connection->first;
  if (!work || !work->full || http_stream_full(&work->exchange) || !work->exchange.roomy) return;
  work->exchange.roomy(&work->exchange);
}
