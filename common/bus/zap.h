/* zap.h - who may connect under CURVE: ZeroMQ asks, the allow-list answers (ZAP, RFC 27).
 *
 * CURVE alone lets in everybody who knows the public key of the gateway. One handler serves the whole process; it must
 * be there before the socket that it guards is bound. */
#ifndef YZ_BUS_ZAP_H
#define YZ_BUS_ZAP_H

#include "bus.h"

#include <uv.h>

#define ZAP_DOMAIN "bus" /* of the sockets that are guarded */

struct zap;

struct zap_user {
  void *ctx;
  bool (*allows)(void *ctx, const char *public_key);   /* Z85 */
  void (*denied)(void *ctx, const char *peer_address); /* whoever was not allowed */
};

/* NULL when this process has one already. Messages of a peer that was let in carry its key as "User-Id": read it from
 * the payload frame (in libzmq 4.3.4 the routing id has none). */
struct zap *zap_open(uv_loop_t *loop, const struct zap_user *user);

/* Nulls the caller's pointer; `closed` is called once, from the loop. */
void zap_close(struct zap **zap, void (*closed)(void *ctx), void *ctx);

#endif
