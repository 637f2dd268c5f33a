/* The shell around http_connection.c: sockets, timers and nothing else. */
#include "http_connection.h"

#include "bounds.h"
#include "must.h"

#include <stdlib.h>
#include <string.h>

enum { TICK_MS = 250, LINGER_MS = 1000, LINGER_CUT_MS = 5000, BACKLOG = 512, READ_BYTES = 64 * 1024 };

/* A client. Its connection lives until the socket's close callback, so that nothing is freed under a handler. */
struct peer {
  uv_tcp_t tcp;
  uv_write_t write;
  uv_shutdown_t shutdown;
  struct http_server *server;
  struct http_connection *connection;
  struct http_bytes sending; /* in the hands of libuv while `writing` */
  struct peer *previous, *next;
  bool reading, writing, ended /* EOF came */, lingering, closing;
  uint64_t linger_until_ms;
  size_t queued; /* bytes that libuv had at the last tick */
};

struct http_server {
  struct http_shared shared; /* first: http_released gets its address */
  uv_loop_t *loop;
  uv_tcp_t listener;
  uv_timer_t tick;
  uv_prepare_t prepare;
  uv_check_t check;
  uv_idle_t idle;
  struct peer *peers;
  uint32_t handles; /* not yet closed: the five above, and peers */
  uint16_t port;
  bool stopping;
  void (*drained)(void *ctx);
  void *drained_ctx;
  char buffer[READ_BYTES]; /* of whoever reads just now */
};

static void maybe_free(struct http_server *server) {
  if (!server->stopping || server->handles > 0 || server->shared.stats.exchanges > 0) return;
  http_shared_free(&server->shared);
  free(server);
}

static void on_released(struct http_shared *shared) {
  maybe_free((struct http_server *)shared);
}

static void check_drained(struct http_server *server) {
  if (!server->drained || server->peers) return;
  void (*const drained)(void *) = server->drained;
  server->drained = NULL;
  drained(server->drained_ctx);
}

static void on_closed(uv_handle_t *handle) {
  struct http_server *server = handle->data;
  server->handles--;
  maybe_free(server);
}

/* --- a peer's life --- */

static void on_peer_closed(uv_handle_t *handle) {
  struct peer *peer = handle->data;
  struct http_server *server = peer->server;
  if (peer->previous)
    peer->previous->next = peer->next;
  else
    server->peers = peer->next;
  if (peer->next) peer->next->previous = peer->previous;
  server->shared.stats.connections--;
  http_connection_free(peer->connection);
  http_bytes_free(&peer->sending);
  free(peer);
  server->handles--;
  check_drained(server);
  maybe_free(server);
}

static void close_peer(struct peer *peer) {
  if (peer->closing) return;
  peer->closing = true;
  uv_close((uv_handle_t *)&peer->tcp, on_peer_closed);
}

static void advance(struct peer *peer);

static void on_written(uv_write_t *write, int status) {
  struct peer *peer = write->data;
  peer->writing = false;
  peer->connection->unsent = 0;
  peer->connection->sent_ms = uv_now(peer->server->loop);
  http_bytes_free(&peer->sending);
  if (status < 0) close_peer(peer);
  advance(peer);
}

/* Sends what the socket takes at once; the rest goes to libuv, one write at a time. */
static void flush(struct peer *peer) {
  struct http_connection *connection = peer->connection;
  struct http_bytes *out = &connection->out;
  if (out->n == 0 || peer->writing || peer->closing) return;
  uv_buf_t buffer = uv_buf_init(out->text + out->at, (unsigned)out->n);
  const int sent = uv_try_write((uv_stream_t *)&peer->tcp, &buffer, 1);
  if (sent < 0 && sent != UV_EAGAIN) {
    close_peer(peer);
    return;
  }
  if (sent > 0) {
    http_bytes_drop(out, (size_t)sent);
    connection->sent_ms = uv_now(peer->server->loop);
  }
  if (out->n == 0) return;
  peer->sending = *out;
  *out = (struct http_bytes){0};
  connection->unsent = peer->sending.n;
  peer->writing = true;
  peer->write.data = peer;
  buffer = uv_buf_init(peer->sending.text + peer->sending.at, (unsigned)peer->sending.n);
  if (uv_write(&peer->write, (uv_stream_t *)&peer->tcp, &buffer, 1, on_written) != 0) {
    peer->writing = false;
    close_peer(peer);
  }
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  (void)suggested;
  struct peer *peer = handle->data;
  *buffer = uv_buf_init(peer->server->buffer, READ_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer) {
  struct peer *peer = stream->data;
  if (n == 0) return;
  if (n < 0) {
    uv_read_stop(stream);
    peer->reading = false;
    peer->ended = true;
    if (n != UV_EOF || peer->lingering)
      close_peer(peer);
    else
      http_connection_eof(peer->connection);
  } else if (!peer->lingering) {
    http_connection_input(peer->connection, buffer->base, (size_t)n, uv_now(peer->server->loop));
  }
  advance(peer);
}

static void on_shutdown(uv_shutdown_t *shutdown, int status) {
  (void)shutdown;
  (void)status; /* the close that follows is the same either way */
}

/* Everything is said. Closing with unread bytes would reset the connection and could destroy the answer on its way, so
 * our side is shut and the client's bytes are read over for a moment; for longer when it is in the midst of a stream
 * and has perhaps not read yet that we want no more of it. */
static void linger(struct peer *peer) {
  if (peer->ended || uv_shutdown(&peer->shutdown, (uv_stream_t *)&peer->tcp, on_shutdown) != 0) {
    close_peer(peer);
    return;
  }
  peer->lingering = true;
  peer->linger_until_ms = uv_now(peer->server->loop) + (peer->connection->cut ? LINGER_CUT_MS : LINGER_MS);
}

/* Does whatever is due after something happened to the peer. */
static void advance(struct peer *peer) {
  if (peer->closing) return;
  struct http_connection *connection = peer->connection;
  if (connection->rest.n > 0 && http_connection_reads(connection))
    http_connection_input(connection, "", 0, uv_now(peer->server->loop));
  flush(peer);
  if (peer->closing) return;
  http_connection_sent(connection);
  if (connection->state == HTTP_DONE && connection->out.n == 0 && !peer->writing && !peer->lingering) linger(peer);
  if (peer->closing) return;
  const bool wants = !peer->ended && (peer->lingering || http_connection_reads(connection));
  if (wants && !peer->reading) peer->reading = uv_read_start((uv_stream_t *)&peer->tcp, on_alloc, on_read) == 0;
  if (!wants && peer->reading) peer->reading = uv_read_stop((uv_stream_t *)&peer->tcp) != 0;
}

static void on_wake(void *peer) {
  advance(peer);
}

/* --- the server --- */

static void on_connection(uv_stream_t *listener, int status) {
  struct http_server *server = listener->data;
  if (status < 0) { /* out of descriptors, say: the next one is told again */
    server->shared.stats.connections_refused_total++;
    return;
  }
  struct peer *peer = calloc(1, sizeof *peer);
  must(peer != NULL);
  must(uv_tcp_init(server->loop, &peer->tcp) == 0);
  peer->tcp.data = peer;
  peer->server = server;
  const uint64_t now_ms = uv_now(server->loop);
  peer->connection = http_connection_new(&server->shared, peer, now_ms);
  peer->next = server->peers;
  if (server->peers) server->peers->previous = peer;
  server->peers = peer;
  server->handles++;
  struct http_stats *stats = &server->shared.stats;
  stats->connections++;
  stats->connections_total++;
  const bool full = stats->connections > server->shared.limits.connections_max;
  if (full) stats->connections_refused_total++;
  if (uv_accept(listener, (uv_stream_t *)&peer->tcp) != 0 || full) {
    close_peer(peer);
    return;
  }
  uv_tcp_nodelay(&peer->tcp, 1);
  advance(peer);
}

static void on_tick(uv_timer_t *timer) {
  struct http_server *server = timer->data;
  const uint64_t now_ms = uv_now(server->loop);
  for (struct peer *peer = server->peers; peer; peer = peer->next) {
    if (peer->closing) continue;
    const size_t queued = uv_stream_get_write_queue_size((uv_stream_t *)&peer->tcp);
    if (queued != peer->queued) peer->connection->sent_ms = now_ms;
    peer->queued = queued;
    const bool reads_answers = http_connection_tick(peer->connection, now_ms);
    if (!reads_answers || (peer->lingering && now_ms > peer->linger_until_ms)) close_peer(peer);
    advance(peer);
  }
}

static void on_idle(uv_idle_t *idle) {
  (void)idle;
}

/* What was done in this turn has perhaps made room: then the loop must not sleep. */
static void on_prepare(uv_prepare_t *prepare) {
  struct http_server *server = prepare->data;
  if (http_pause_due(&server->shared)) uv_idle_start(&server->idle, on_idle);
}

/* Whoever has come was read. The room that is left is for those who wait; given away before, it would be given twice.
 */
static void on_check(uv_check_t *check) {
  struct http_server *server = check->data;
  uv_idle_stop(&server->idle);
  http_pause_look(&server->shared, uv_now(server->loop));
}

static struct http_limits with_defaults(struct http_limits given) {
#define OR(member, value) .member = given.member ? given.member : (value)
  return (struct http_limits){OR(body_bytes_max, LIMIT_BODY),
                              OR(bodies_bytes_max, (size_t)128 * 1024 * 1024),
                              OR(arena_bytes_max, LIMIT_ARENA),
                              OR(answers_bytes_max, (size_t)64 * 1024),
                              OR(write_bytes_max, (size_t)1024 * 1024),
                              OR(unsent_bytes_max, (size_t)32 * 1024 * 1024),
                              OR(connections_max, 4096),
                              OR(pipeline_max, 16),
                              OR(head_ms, 5000),
                              OR(body_ms, 10000),
                              OR(idle_ms, 60000),
                              OR(write_ms, 30000)};
#undef OR
}

static int listen_on(struct http_server *server, const char *host, uint16_t port) {
  struct sockaddr_storage address;
  int error = uv_ip4_addr(host, port, (struct sockaddr_in *)&address);
  if (error) error = uv_ip6_addr(host, port, (struct sockaddr_in6 *)&address);
  if (!error) error = uv_tcp_bind(&server->listener, (struct sockaddr *)&address, 0);
  if (!error) error = uv_listen((uv_stream_t *)&server->listener, BACKLOG, on_connection);
  int n = sizeof address;
  if (!error) error = uv_tcp_getsockname(&server->listener, (struct sockaddr *)&address, &n);
  if (error) return error;
  const struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
  const struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
  server->port = ntohs(address.ss_family == AF_INET ? v4->sin_port : v6->sin6_port);
  return 0;
}

int http_server_start(struct http_server **made, uv_loop_t *loop, const struct http_server_config *config) {
  struct http_server *server = malloc(sizeof *server);
  must(server != NULL);
  memset(server, 0, offsetof(struct http_server, buffer));
  server->shared = (struct http_shared){.limits = with_defaults(config->limits),
                                        .handler = config->handler,
                                        .streams = config->streams,
                                        .room = config->room,
                                        .ctx = config->ctx,
                                        .wake = on_wake,
                                        .released = on_released};
  server->loop = loop;
  must(uv_tcp_init(loop, &server->listener) == 0 && uv_timer_init(loop, &server->tick) == 0 &&
       uv_prepare_init(loop, &server->prepare) == 0 && uv_check_init(loop, &server->check) == 0 &&
       uv_idle_init(loop, &server->idle) == 0);
  server->listener.data = server->tick.data = server->prepare.data = server->check.data = server->idle.data = server;
  server->handles = 5;
  const int error = listen_on(server, config->host, config->port);
  if (error) {
    http_server_stop(&server);
    *made = NULL;
    return error;
  }
  uv_timer_start(&server->tick, on_tick, TICK_MS, TICK_MS);
  uv_prepare_start(&server->prepare, on_prepare);
  uv_check_start(&server->check, on_check);
  *made = server;
  return 0;
}

uint16_t http_server_port(const struct http_server *server) {
  return server->port;
}

const struct http_stats *http_server_stats(const struct http_server *server) {
  return &server->shared.stats;
}

void http_server_drain(struct http_server *server, void (*done)(void *ctx), void *ctx) {
  server->drained = done;
  server->drained_ctx = ctx;
  if (!uv_is_closing((uv_handle_t *)&server->listener)) uv_close((uv_handle_t *)&server->listener, on_closed);
  for (struct peer *peer = server->peers; peer; peer = peer->next) {
    if (peer->closing) continue;
    http_connection_drain(peer->connection);
    advance(peer);
  }
  check_drained(server);
}

void http_server_take_no_more(struct http_server *server) {
  if (server) server->shared.over = true;
}

void http_server_stop(struct http_server **stopped) {
  struct http_server *server = *stopped;
  if (!server) return;
  *stopped = NULL;
  server->stopping = true;
  server->drained = NULL;
  if (!uv_is_closing((uv_handle_t *)&server->listener)) uv_close((uv_handle_t *)&server->listener, on_closed);
  uv_close((uv_handle_t *)&server->tick, on_closed);
  uv_close((uv_handle_t *)&server->prepare, on_closed);
  uv_close((uv_handle_t *)&server->check, on_closed);
  uv_close((uv_handle_t *)&server->idle, on_closed);
  for (struct peer *peer = server->peers; peer; peer = peer->next) close_peer(peer);
}
