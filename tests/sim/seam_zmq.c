#include "seam_zmq.h"

#include "gateways.h"
#include "must.h"
#include "pool.h"
#include "zloop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Before zloop_new it is the socket, afterwards the loop's. */
struct zloop {
  struct process *process;
  struct zloop_user user;
  bool router, closed;
  int gateway; /* whose place: bound there, or connected to */
  struct connection *connection;
  struct zloop *next; /* of all */
};

struct connection {
  struct connection *next; /* of all */
  uint32_t id;
  struct zloop *dealer, *router;
  uint64_t to_router_at, to_dealer_at; /* when the last message of a direction arrives */
  bool over;
};

struct flying {
  struct connection *connection;
  bool to_router;
  int n;
  zmq_msg_t frames[ZLOOP_FRAMES];
};

struct gateways {
  struct process *process;
  struct gateways_user user;
  int n;
  bool closed;
};

static struct zloop *loops, *bound[GATEWAYS_OF_THE_WORLD];
static struct connection *connections;
static uint32_t ids;
static int n_gateways;

void seam_zmq_begin(void) {
  loops = NULL;
  connections = NULL;
  memset(bound, 0, sizeof bound);
  ids = 0;
}

const char *seam_gateways_text(int n) {
  static char text[32 * GATEWAYS_OF_THE_WORLD];
  n_gateways = n;
  size_t at = 0;
  for (int i = 0; i < n; i++)
    at += (size_t)snprintf(text + at, sizeof text - at, "%s10.0.0.1:%d", i ? "," : "", GATEWAY_PORT + i);
  return text;
}

/* ---- sockets ---- */

void *__wrap_zloop_socket(int type);
int __wrap_zmq_setsockopt(void *socket, int option, const void *value, size_t n);
int __wrap_zmq_connect(void *socket, const char *endpoint);
int __wrap_zmq_bind(void *socket, const char *endpoint);
struct zloop *__wrap_zloop_new(uv_loop_t *loop, void *socket, const struct zloop_user *user);
bool __wrap_zloop_send(struct zloop *zloop, zmq_msg_t *frames, int n);
void __wrap_zloop_close(struct zloop **zloop, int linger_ms, void (*closed)(void *ctx), void *ctx);
struct gateways *__wrap_gateways_open(uv_loop_t *loop, const char *text, const struct gateways_user *user);
void __wrap_gateways_close(struct gateways **gateways, void (*closed)(void *ctx), void *ctx);

void *__wrap_zloop_socket(int type) {
  struct zloop *zloop = arena_alloc(&world.memory, sizeof *zloop);
  zloop->router = type == ZMQ_ROUTER;
  return zloop;
}

int __wrap_zmq_setsockopt(void *socket, int option, const void *value, size_t n) {
  (void)socket;
  (void)option;
  (void)value;
  (void)n;
  return 0;
}

static void set_place(struct zloop *zloop, const char *endpoint) {
  const char *colon = strrchr(endpoint, ':');
  must(colon != NULL);
  zloop->gateway = atoi(colon + 1) - GATEWAY_PORT;
  must(zloop->gateway >= 0 && zloop->gateway < GATEWAYS_OF_THE_WORLD);
}

int __wrap_zmq_connect(void *socket, const char *endpoint) {
  set_place(socket, endpoint);
  return 0;
}

int __wrap_zmq_bind(void *socket, const char *endpoint) {
  struct zloop *zloop = socket;
  set_place(zloop, endpoint);
  must(!bound[zloop->gateway]);
  bound[zloop->gateway] = zloop;
  return 0;
}

struct zloop *__wrap_zloop_new(uv_loop_t *loop, void *socket, const struct zloop_user *user) {
  struct zloop *zloop = socket;
  zloop->process = process_of(loop);
  zloop->user = *user;
  zloop->next = loops;
  loops = zloop;
  return zloop;
}

void process_turn(struct process *process) {
  for (struct zloop *zloop = loops; zloop; zloop = zloop->next)
    for (int i = 0; zloop->process == process && !zloop->closed && zloop->user.turn(zloop->user.ctx); i++)
      must(i < 10000);
}

/* ---- messages ---- */

static void frames_close(zmq_msg_t *frames, int n) {
  for (int i = 0; i < n; i++) zmq_msg_close(&frames[i]);
}

static void on_landed(void *ctx, uint64_t a, uint64_t b) {
  struct flying *flying = ctx;
  const struct connection *c = flying->connection;
  struct zloop *to = flying->to_router ? c->router : c->dealer;
  (void)a;
  (void)b;
  /* what its sender said before it closed still arrives; what a broken connection held does not */
  if (!c->over && !to->closed) to->user.message(to->user.ctx, flying->frames, flying->n);
  frames_close(flying->frames, flying->n);
}

/* The connection of a worker's socket, made anew when it was lost; NULL while the gateway cannot be reached. */
static struct connection *connect_dealer(struct zloop *dealer) {
  struct zloop *router = bound[dealer->gateway];
  struct connection *c = dealer->connection;
  if (c && !c->over && c->router == router) return c;
  if (!router || is_cut(dealer->process->node, router->process->node)) return NULL;
  c = arena_alloc(&world.memory, sizeof *c);
  *c = (struct connection){.next = connections, .id = ++ids, .dealer = dealer, .router = router};
  connections = c;
  return dealer->connection = c;
}

/* The connection that a routing id names. */
static struct connection *find(const struct zloop *router, zmq_msg_t *id) {
  uint32_t wanted;
  if (zmq_msg_size(id) != sizeof wanted) return NULL;
  memcpy(&wanted, zmq_msg_data(id), sizeof wanted);
  for (struct connection *c = connections; c; c = c->next)
    if (c->id == wanted) return c->router == router && !c->over && !c->dealer->closed ? c : NULL;
  return NULL;
}

static uint64_t landing(const struct connection *c, uint64_t *last) {
  uint64_t at = world.now + delay();
  const int a = c->dealer->process->node, b = c->router->process->node;
  if (is_cut(a, b)) at += world.cut[a < b ? a : b][a < b ? b : a] - world.now;
  if (at < *last) at = *last;
  return *last = at;
}

static void fly(struct connection *c, bool to_router, zmq_msg_t *frames, int n) {
  struct flying *flying = arena_alloc(&world.memory, sizeof *flying);
  *flying = (struct flying){.connection = c, .to_router = to_router};
  if (to_router) {
    must(zmq_msg_init_size(&flying->frames[flying->n], sizeof c->id) == 0);
    memcpy(zmq_msg_data(&flying->frames[flying->n++]), &c->id, sizeof c->id);
  }
  for (int i = to_router ? 0 : 1; i < n; i++) {
    zmq_msg_init(&flying->frames[flying->n]);
    zmq_msg_move(&flying->frames[flying->n++], &frames[i]);
  }
  const uint64_t at = landing(c, to_router ? &c->to_router_at : &c->to_dealer_at);
  happens(to_router ? c->router->process : c->dealer->process, at, on_landed, flying, 0, 0);
}

bool __wrap_zloop_send(struct zloop *zloop, zmq_msg_t *frames, int n) {
  struct connection *c = NULL;
  if (!zloop->process->ghost) c = zloop->router ? find(zloop, &frames[0]) : connect_dealer(zloop);
  if (c && goes_wrong((uint64_t)world.drop_per_10000, 10000)) {
    tell("connection %u breaks", c->id);
    c->over = true; /* what was said is taken and lost */
  } else if (c) {
    fly(c, !zloop->router, frames, n);
  }
  frames_close(frames, n);
  errno = zloop->router ? EHOSTUNREACH : EAGAIN;
  return c != NULL;
}

static void on_zloop_closed(void *ctx, uint64_t closed, uint64_t unused) {
  (void)unused;
  ((void (*)(void *))(uintptr_t)closed)(ctx);
}

void __wrap_zloop_close(struct zloop **slot, int linger_ms, void (*closed)(void *ctx), void *ctx) {
  struct zloop *zloop = *slot;
  *slot = NULL;
  if (!zloop) return;
  (void)linger_ms;
  zloop->closed = true;
  if (bound[zloop->gateway] == zloop) bound[zloop->gateway] = NULL;
  if (closed) happens(zloop->process, world.now, on_zloop_closed, ctx, (uint64_t)(uintptr_t)closed, 0);
}

void seam_zmq_crash(struct process *process) {
  const bool lost = chance(2);
  for (struct connection *c = connections; c && lost; c = c->next)
    if (c->dealer->process == process || c->router->process == process) c->over = true;
  for (int i = 0; i < GATEWAYS_OF_THE_WORLD; i++)
    if (bound[i] && bound[i]->process == process) bound[i] = NULL;
}

/* ---- where the gateways are ---- */

static void on_resolve(void *ctx, uint64_t a, uint64_t b) {
  struct gateways *gateways = ctx;
  (void)a;
  (void)b;
  if (gateways->closed) return;
  for (int i = 0; i < gateways->n; i++) {
    char endpoint[GATEWAYS_ENDPOINT_MAX];
    snprintf(endpoint, sizeof endpoint, "tcp://10.0.0.1:%d", GATEWAY_PORT + i);
    gateways->user.found(gateways->user.ctx, endpoint);
  }
  happens(gateways->process, world.now + GATEWAYS_RESOLVE_MS, on_resolve, gateways, 0, 0);
}

struct gateways *__wrap_gateways_open(uv_loop_t *loop, const char *text, const struct gateways_user *user) {
  (void)text;
  struct gateways *gateways = arena_alloc(&world.memory, sizeof *gateways);
  *gateways = (struct gateways){.process = process_of(loop), .user = *user, .n = n_gateways};
  happens(gateways->process, world.now, on_resolve, gateways, 0, 0);
  return gateways;
}

void __wrap_gateways_close(struct gateways **slot, void (*closed)(void *ctx), void *ctx) {
  struct gateways *gateways = *slot;
  *slot = NULL;
  gateways->closed = true;
  if (closed) happens(gateways->process, world.now, on_zloop_closed, ctx, (uint64_t)(uintptr_t)closed, 0);
}
