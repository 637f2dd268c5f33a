#include "zloop.h"

#include "bounds.h"
#include "bus.h"
#include "bus_header.h"
#include "must.h"

#include <errno.h>
#include <stdlib.h>

struct zloop {
  uv_poll_t poll;
  uv_prepare_t prepare;
  uv_check_t check;
  uv_idle_t idle;
  void *socket;
  struct zloop_user user;
  void (*closed)(void *ctx);
  void *closed_ctx;
  int handles; /* open ones */
  bool closing;
  bool quiet; /* see has_messages() */
};

struct option {
  int name, value;
};
static const struct option options[] = {
    {ZMQ_LINGER, 0},
    {ZMQ_SNDHWM, 4 * BUS_CREDIT_MAX}, /* a safety net: credit is the flow control */
    {ZMQ_RCVHWM, 4 * BUS_CREDIT_MAX},
    {ZMQ_IPV6, 1},
    {ZMQ_HANDSHAKE_IVL, 5000},
    /* ZMTP's own beats, answered by the I/O thread: find dead hosts and stopped processes, not stuck loops */
    {ZMQ_HEARTBEAT_IVL, BUS_BEAT_MS},
    {ZMQ_HEARTBEAT_TIMEOUT, 3 * BUS_BEAT_MS},
    {ZMQ_HEARTBEAT_TTL, BUS_SILENCE_MS},
    {ZMQ_RECONNECT_IVL, 100},
    {ZMQ_RECONNECT_IVL_MAX, BUS_SILENCE_MS},
    {ZMQ_CONNECT_TIMEOUT, BUS_SILENCE_MS},
};

void *zloop_socket(int type) {
  void *socket = zmq_socket(bus_context(), type);
  must(socket != NULL);
  for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
    must(zmq_setsockopt(socket, options[i].name, &options[i].value, sizeof options[i].value) == 0);
  const int64_t frame_max = BUS_LENGTH_BYTES + BUS_HEADER_MAX + LIMIT_FRAME;
  must(zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &frame_max, sizeof frame_max) == 0);
  return socket;
}

static void on_readable(uv_poll_t *poll, int status, int events) {
  struct zloop *zloop = poll->data;
  zloop->quiet = false;
  (void)events;
  /* libuv stops a handle when it reports an error; without it the loop would sleep through messages */
  if (status < 0) uv_poll_start(poll, UV_READABLE, on_readable);
}

static void on_idle(uv_idle_t *idle) {
  (void)idle;
}

/* Any call to a socket may consume the signal of its descriptor, so it has to be asked before the loop sleeps. Only
 * when the last call found nothing, the socket is quiet: libzmq has then emptied its mailbox, and whatever comes from
 * now on signals the descriptor anew. Asking costs a system call, and most turns of a busy loop have nothing to do with
 * it. */
static bool has_messages(struct zloop *zloop) {
  int events = 0;
  size_t size = sizeof events;
  if (zloop->quiet) return false;
  const bool told =
      zmq_getsockopt(zloop->socket, ZMQ_EVENTS, &events, &size) == 0; /* not when a signal interrupts it */
  zloop->quiet = told && !(events & ZMQ_POLLIN);
  return !zloop->quiet;
}

static void on_prepare(uv_prepare_t *prepare) {
  struct zloop *zloop = prepare->data;
  const bool more = zloop->user.turn(zloop->user.ctx);
  if (zloop->closing) return;
  if (more || has_messages(zloop)) uv_idle_start(&zloop->idle, on_idle);
}

/* Reads one message into frames, at most ZLOOP_FRAMES of it; the number of its frames, 0 when there is none. */
static int receive(struct zloop *zloop, zmq_msg_t frames[ZLOOP_FRAMES]) {
  int n = 0;
  for (bool more = true; more; n++) {
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, zloop->socket, ZMQ_DONTWAIT) < 0) {
      must(n == 0); /* libzmq gives a message whole or not at all */
      zloop->quiet = zmq_errno() == EAGAIN;
      zmq_msg_close(&frame);
      return 0;
    }
    more = zmq_msg_more(&frame);
    if (n < ZLOOP_FRAMES) {
      zmq_msg_init(&frames[n]);
      zmq_msg_move(&frames[n], &frame);
    } else {
      n = ZLOOP_FRAMES;
    }
    zmq_msg_close(&frame);
  }
  return n;
}

static void on_check(uv_check_t *check) {
  struct zloop *zloop = check->data;
  uv_idle_stop(&zloop->idle);
  for (int i = 0; i < ZLOOP_BUDGET && !zloop->closing && !zloop->quiet; i++) {
    zmq_msg_t frames[ZLOOP_FRAMES];
    const int n = receive(zloop, frames);
    if (n == 0) break;
    zloop->user.message(zloop->user.ctx, frames, n);
    for (int k = 0; k < n && k < ZLOOP_FRAMES; k++) zmq_msg_close(&frames[k]);
  }
  if (!zloop->closing && zloop->user.turn(zloop->user.ctx) && !zloop->closing) uv_idle_start(&zloop->idle, on_idle);
}

struct zloop *zloop_new(uv_loop_t *loop, void *socket, const struct zloop_user *user) {
  struct zloop *zloop = calloc(1, sizeof *zloop);
  must(zloop != NULL);
  int fd = -1;
  size_t size = sizeof fd;
  must(zmq_getsockopt(socket, ZMQ_FD, &fd, &size) == 0);
  zloop->socket = socket;
  zloop->user = *user;
  zloop->handles = 4;
  must(uv_poll_init(loop, &zloop->poll, fd) == 0);
  must(uv_prepare_init(loop, &zloop->prepare) == 0);
  must(uv_check_init(loop, &zloop->check) == 0);
  must(uv_idle_init(loop, &zloop->idle) == 0);
  zloop->poll.data = zloop->prepare.data = zloop->check.data = zloop->idle.data = zloop;
  must(uv_poll_start(&zloop->poll, UV_READABLE, on_readable) == 0);
  must(uv_prepare_start(&zloop->prepare, on_prepare) == 0);
  must(uv_check_start(&zloop->check, on_check) == 0);
  return zloop;
}

bool zloop_send(struct zloop *zloop, zmq_msg_t *frames, int n) {
  int failed = 0;
  zloop->quiet = false;
  for (int i = 0; i < n && !failed; i++) {
    if (zmq_msg_send(&frames[i], zloop->socket, ZMQ_DONTWAIT | (i + 1 < n ? ZMQ_SNDMORE : 0)) >= 0) continue;
    failed = zmq_errno();
    must(i == 0); /* what has begun is taken whole */
  }
  if (!failed) return true;
  for (int i = 0; i < n; i++) zmq_msg_close(&frames[i]);
  errno = failed;
  return false;
}

static void on_closed(uv_handle_t *handle) {
  struct zloop *zloop = handle->data;
  if (--zloop->handles > 0) return;
  zmq_close(zloop->socket); /* only now: libuv still knew its descriptor */
  if (zloop->closed) zloop->closed(zloop->closed_ctx);
  free(zloop);
}

void zloop_close(struct zloop **slot, int linger_ms, void (*closed)(void *ctx), void *ctx) {
  struct zloop *zloop = *slot;
  *slot = NULL;
  if (!zloop) return;
  must(!zloop->closing);
  zloop->closing = true;
  zloop->closed = closed;
  zloop->closed_ctx = ctx;
  must(zmq_setsockopt(zloop->socket, ZMQ_LINGER, &linger_ms, sizeof linger_ms) == 0);
  uv_close((uv_handle_t *)&zloop->poll, on_closed);
  uv_close((uv_handle_t *)&zloop->prepare, on_closed);
  uv_close((uv_handle_t *)&zloop->check, on_closed);
  uv_close((uv_handle_t *)&zloop->idle, on_closed);
}
