#include "handshakes.h"

#include "log.h"
#include "must.h"
#include "zloop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TELL_AGAIN_MS = 60 * 1000 };

struct handshakes {
  uv_loop_t *loop;
  void *socket;          /* that is watched */
  struct zloop *monitor; /* what libzmq tells of it */
  uint64_t refused;
  uint64_t told, told_ms; /* of those, when the last was told; 0: none */
};

void handshakes_refused(struct handshakes *handshakes, const char *address, const char *why) {
  const uint64_t now = uv_now(handshakes->loop);
  handshakes->refused++;
  if (handshakes->told > 0 && now - handshakes->told_ms < TELL_AGAIN_MS) return;
  char peer[80];
  log_line(LOG_WARN, "not let onto the bus", "\"peer\":%s,\"why\":\"%s\",\"more\":%" PRIu64,
           log_text(address ? address : "unknown", peer, sizeof peer), why, handshakes->refused - handshakes->told - 1);
  handshakes->told = handshakes->refused;
  handshakes->told_ms = now;
}

static void on_message(void *ctx, zmq_msg_t frames[ZLOOP_FRAMES], int n) {
  uint16_t what;
  uint32_t value;
  must(n == 2 && zmq_msg_size(&frames[0]) == sizeof what + sizeof value);
  memcpy(&what, zmq_msg_data(&frames[0]), sizeof what);
  memcpy(&value, (const char *)zmq_msg_data(&frames[0]) + sizeof what, sizeof value);
  must(what == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL); /* we asked for no other, and hear no end: see handshakes_close */
  handshakes_refused(ctx, NULL, value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH ? "no key" : "no key that fits");
}

static bool on_turn(void *ctx) {
  (void)ctx;
  return false;
}

struct handshakes *handshakes_watch(uv_loop_t *loop, void *socket) {
  static unsigned watched; /* a name is free again only some time after its socket was closed */
  char endpoint[64];
  snprintf(endpoint, sizeof endpoint, "inproc://yz-bus-handshakes-%u", watched++);
  must(zmq_socket_monitor(socket, endpoint, ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL) == 0);
  void *monitor = zloop_socket(ZMQ_PAIR);
  const int unbounded = 0; /* or libzmq's thread would wait for us */
  must(zmq_setsockopt(monitor, ZMQ_RCVHWM, &unbounded, sizeof unbounded) == 0 && zmq_connect(monitor, endpoint) == 0);
  struct handshakes *handshakes = calloc(1, sizeof *handshakes);
  must(handshakes != NULL);
  handshakes->loop = loop;
  handshakes->socket = socket;
  handshakes->monitor = zloop_new(loop, monitor, &(struct zloop_user){handshakes, on_message, on_turn});
  return handshakes;
}

uint64_t handshakes_count(const struct handshakes *handshakes) {
  return handshakes->refused;
}

void handshakes_close(struct handshakes **slot, void (*closed)(void *ctx), void *ctx) {
  struct handshakes *handshakes = *slot;
  *slot = NULL;
  must(zmq_socket_monitor(handshakes->socket, NULL, 0) == 0);
  zloop_close(&handshakes->monitor, 0, closed, ctx);
  free(handshakes); /* the loop calls nothing of it any more */
}
