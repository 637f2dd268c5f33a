#include "zap.h"

#include "must.h"
#include "zloop.h"

#include <stdlib.h>
#include <string.h>

/* Frames of a request, and of a reply up to STATUS. */
enum { VERSION, REQUEST_ID, DOMAIN, ADDRESS, IDENTITY, MECHANISM, CREDENTIALS, REQUEST_FRAMES };
enum { STATUS_CODE = 2, STATUS_TEXT, USER_ID, METADATA, REPLY_FRAMES };
#define ENDPOINT "inproc://zeromq.zap.01" /* RFC 27 */
static_assert((int)REQUEST_FRAMES <= (int)ZLOOP_FRAMES, "a request must fit");

struct zap {
  struct zloop *zloop;
  void *socket; /* zloop's */
  struct zap_user user;
};

static bool says(zmq_msg_t *frame, const char *text) {
  return zmq_msg_size(frame) == strlen(text) && memcmp(zmq_msg_data(frame), text, strlen(text)) == 0;
}

static void frame_text(zmq_msg_t *frame, const char *text) {
  must(zmq_msg_init_size(frame, strlen(text)) == 0);
  memcpy(zmq_msg_data(frame), text, strlen(text));
}

static void deny(const struct zap *zap, zmq_msg_t *address) {
  char text[64]; /* numeric, as libzmq says it */
  const size_t n = zmq_msg_size(address) < sizeof text ? zmq_msg_size(address) : sizeof text - 1;
  memcpy(text, zmq_msg_data(address), n);
  text[n] = '\0';
  zap->user.denied(zap->user.ctx, text);
}

static void on_message(void *ctx, zmq_msg_t frames[ZLOOP_FRAMES], int n) {
  struct zap *zap = ctx;
  char key[BUS_KEY_TEXT] = "";
  const bool curve = n == REQUEST_FRAMES && says(&frames[VERSION], "1.0") && says(&frames[DOMAIN], ZAP_DOMAIN) &&
                     says(&frames[MECHANISM], "CURVE") && zmq_msg_size(&frames[CREDENTIALS]) == 32;
  const bool allowed =
      curve && zmq_z85_encode(key, zmq_msg_data(&frames[CREDENTIALS]), 32) && zap->user.allows(zap->user.ctx, key);
  zmq_msg_t reply[REPLY_FRAMES];
  frame_text(&reply[VERSION], "1.0");
  zmq_msg_init(&reply[REQUEST_ID]);
  if (n > REQUEST_ID) zmq_msg_copy(&reply[REQUEST_ID], &frames[REQUEST_ID]);
  frame_text(&reply[STATUS_CODE], allowed ? "200" : "400");
  frame_text(&reply[STATUS_TEXT], allowed ? "OK" : "not on the allow-list");
  frame_text(&reply[USER_ID], allowed ? key : "");
  frame_text(&reply[METADATA], "");
  zloop_send(zap->zloop, reply, REPLY_FRAMES);
  if (curve && !allowed) deny(zap, &frames[ADDRESS]);
}

static bool on_turn(void *ctx) {
  (void)ctx;
  return false;
}

struct zap *zap_open(uv_loop_t *loop, const struct zap_user *user) {
  void *socket = zloop_socket(ZMQ_REP);
  if (zmq_bind(socket, ENDPOINT) != 0) {
    zmq_close(socket);
    return NULL;
  }
  struct zap *zap = calloc(1, sizeof *zap);
  must(zap != NULL);
  zap->user = *user;
  zap->socket = socket;
  zap->zloop = zloop_new(loop, socket, &(struct zloop_user){zap, on_message, on_turn});
  return zap;
}

void zap_close(struct zap **slot, void (*closed)(void *ctx), void *ctx) {
  /* a closed socket keeps its name until libzmq comes round to it, and the next to be opened would not get it */
  zmq_unbind((*slot)->socket, ENDPOINT);
  zloop_close(&(*slot)->zloop, 0, closed, ctx);
  free(*slot); /* the loop calls nothing of it any more */
  *slot = NULL;
}
