/* zloop.h - a ZeroMQ socket on a libuv loop.
 *
 * ZMQ_FD only says that the socket may have something to say, and any call on the socket, a send too, may swallow that.
 * So nothing is decided in the poll callback (measured: read there, and a busy sender stalls for good):
 *
 *    poll      only wakes the loop
 *    prepare   `turn`; if messages wait or there is more to do, an idle handle keeps the loop from sleeping
 *    check     read at most ZLOOP_BUDGET messages, so that HTTP on the same loop gets its share; then `turn`
 *
 * Use a socket only from the loop's thread. */
#ifndef YZ_BUS_ZLOOP_H
#define YZ_BUS_ZLOOP_H

#include <stdbool.h>
#include <uv.h>
#include <zmq.h>

enum { ZLOOP_BUDGET = 256, ZLOOP_FRAMES = 7 /* of a ZAP request; the bus has 2 */ };

struct zloop;

struct zloop_user {
  void *ctx;
  /* A whole message of n frames; they are closed afterwards unless moved away. n is ZLOOP_FRAMES + 1 when there were
   * more: those are dropped. */
  void (*message)(void *ctx, zmq_msg_t frames[ZLOOP_FRAMES], int n);
  /* Once before the loop sleeps and once after reading: the place to send what has gathered. True: call again without
   * sleeping. */
  bool (*turn)(void *ctx);
};

/* A socket with the options of this house: bounded frames, no linger, heartbeats. Set before bind or connect, since
 * libzmq 4.3.4 may crash on options of live pipes. Never NULL. */
void *zloop_socket(int type);

/* Takes the socket, already bound or connected. */
struct zloop *zloop_new(uv_loop_t *loop, void *socket, const struct zloop_user *user);

/* Sends n frames or none; false when the socket takes no more (zmq_errno says why: EAGAIN, EHOSTUNREACH). The frames
 * are consumed either way. */
bool zloop_send(struct zloop *zloop, zmq_msg_t *frames, int n);

/* Closes socket and handles, from within callbacks too; nothing is called back any more but `closed` (may be NULL),
 * once, from the loop. Bytes not yet sent get `linger_ms`. Nulls the caller's pointer; NULL is fine. */
void zloop_close(struct zloop **zloop, int linger_ms, void (*closed)(void *ctx), void *ctx);

#endif
