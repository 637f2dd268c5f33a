/* gateways.h - where the gateways are: names turned into numeric addresses, again and again.
 *
 * libzmq would resolve names itself, but blocking, on its I/O thread, and take the first address only. */
#ifndef YZ_BUS_GATEWAYS_H
#define YZ_BUS_GATEWAYS_H

#include "bus.h"

#include <uv.h>

enum { GATEWAYS_RESOLVE_MS = 2000, GATEWAYS_ENDPOINT_MAX = 72 /* "tcp://[v6 address%zone]:65535" */ };

struct gateways;

struct gateways_user {
  void *ctx;
  /* Each address, each time that it is found; never that one has gone: silence shows that. */
  void (*found)(void *ctx, const char *endpoint);
  void (*failed)(void *ctx); /* a name could not be resolved this time */
};

/* Resolves "host:port,host:port" ("[v6]:port") now and every GATEWAYS_RESOLVE_MS; BUS_INSIDE alone is found at once. Of
 * a name with addresses of both families IPv4 is taken, so that no gateway is met twice. NULL, and a line in the log,
 * when the text is unreadable. */
struct gateways *gateways_open(uv_loop_t *loop, const char *text, const struct gateways_user *user);

/* Nothing is called back any more but `closed`, once, from the loop. Nulls the caller's pointer. */
void gateways_close(struct gateways **gateways, void (*closed)(void *ctx), void *ctx);

#endif
