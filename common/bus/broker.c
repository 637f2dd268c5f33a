#include "broker.h"

#include "bounds.h"
#include "bus_header.h"
#include "bus_services.h"
#include "handshakes.h"
#include "log.h"
#include "must.h"
#include "packed.h"
#include "pool.h"
#include "problem.h"
#include "zap.h"
#include "zloop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
  ASKS_MAX = 16384,
  WORKERS_MAX = 1024,
  QUEUE_MIN = 64,
  QUEUE_MAX = 4096,
  BYTES_MAX = 256 * 1024 * 1024,
  BUS_FRAMES = 2, /* routing id, message */
  CLIENTS = 1024, /* places of the table of asks by client */
  STEPS = 1024,   /* of the pool in one turn */
};

struct ask {
  struct ask *next, *prev; /* of the same place in the table of clients */
  struct ask *next_refused;
  struct pool_ask *pool; /* NULL: never taken, waits among the refused */
  uint32_t route;
  char traceparent[BUS_TRACEPARENT_MAX];
  bus_answered *answered; /* NULL: cancelled */
  void *ctx;
  enum bus_outcome outcome; /* of the refused; BUS_REFUSAL: too large */
  bool begun;
  size_t n;
  uint8_t body[];
};

/* A row of the allow-list. */
struct permit {
  char key[BUS_KEY_TEXT];
  const ProtobufCServiceDescriptor *service;
};

struct bus_broker {
  uv_loop_t *loop;
  uv_timer_t timer;
  struct zloop *zloop;
  struct zap *zap;               /* NULL: no CURVE, every worker is believed */
  struct handshakes *handshakes; /* with it */
  struct permit *permits;
  size_t n_permits;
  uint32_t routes[BUS_ROUTES_MAX]; /* of the contract */
  size_t n_routes;
  struct pool *pool;
  struct ask *clients[CLIENTS];
  struct ask *refused_first, *refused_last; /* to be called back from the loop */
  size_t bytes, bytes_max;
  uint64_t incarnation, tick_ms;
  struct arena header_arena;
  uint64_t malformed, unsent, refused_beats;
  int handles;
  bool inside; /* workers of this process are taken */
  bool draining, left, closing;
  void (*drained)(void *ctx);
  void *drained_ctx;
  void (*closed)(void *ctx);
  void *closed_ctx;
};

/* ---- asks ---- */

static struct ask **client_of(struct bus_broker *broker, const void *ctx) {
  return &broker->clients[((uintptr_t)ctx >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 54];
}
static_assert(CLIENTS == 1 << (64 - 54), "the top ten bits choose the place");

static struct ask *ask_new(struct bus_broker *broker, uint32_t route, const void *bytes, size_t n,
                           bus_answered *answered, void *ctx) {
  struct ask *ask = malloc(sizeof *ask + n);
  must(ask != NULL && answered != NULL);
  *ask = (struct ask){.route = route, .n = n, .answered = answered, .ctx = ctx};
  if (n > 0) memcpy(ask->body, bytes, n);
  struct ask **place = client_of(broker, ctx);
  ask->next = *place;
  if (ask->next) ask->next->prev = ask;
  *place = ask;
  broker->bytes += n;
  return ask;
}

static void ask_free(struct bus_broker *broker, struct ask *ask) {
  *(ask->prev ? &ask->prev->next : client_of(broker, ask->ctx)) = ask->next;
  if (ask->next) ask->next->prev = ask->prev;
  broker->bytes -= ask->n;
  free(ask);
}

static void finish(struct bus_broker *broker, struct ask *ask, struct bus_answer answer) {
  bus_answered *answered = ask->answered;
  void *ctx = ask->ctx;
  ask_free(broker, ask);
  if (answer.outcome == BUS_AWAY || answer.outcome == BUS_OVERLOADED) answer.retry_after_s = BUS_RETRY_AFTER_S;
  if (answered) answered(ctx, &answer);
}

static void refuse_later(struct bus_broker *broker, struct ask *ask, enum bus_outcome outcome) {
  ask->outcome = outcome;
  if (broker->refused_last)
    broker->refused_last->next_refused = ask;
  else
    broker->refused_first = ask;
  broker->refused_last = ask;
}

void bus_ask(struct bus_broker *broker, uint32_t route, const void *bytes, size_t n, uint32_t deadline_ms,
             unsigned flags, const char *traceparent, bus_answered *answered, void *ctx) {
  const bool too_large = n > LIMIT_FRAME, full = !too_large && n > broker->bytes_max - broker->bytes;
  struct ask *ask = ask_new(broker, route, bytes, too_large || full ? 0 : n, answered, ctx);
  if (traceparent && strlen(traceparent) < sizeof ask->traceparent)
    bus_copy(ask->traceparent, sizeof ask->traceparent, traceparent);
  if (too_large || full || broker->draining) {
    refuse_later(broker, ask, too_large ? BUS_REFUSAL : full ? BUS_OVERLOADED : BUS_AWAY);
    return;
  }
  switch (pool_take(broker->pool, route, deadline_ms, flags & BUS_ASK_ONCE, ask, uv_now(broker->loop), &ask->pool)) {
  case POOL_TAKEN: break;
  case POOL_NOBODY: refuse_later(broker, ask, BUS_AWAY); break;
  case POOL_FULL: refuse_later(broker, ask, BUS_OVERLOADED); break;
  }
}

void bus_cancel_asks(struct bus_broker *broker, const void *ctx) {
  for (struct ask *ask = *client_of(broker, ctx), *next; ask; ask = next) {
    next = ask->next;
    if (ask->ctx != ctx) continue;
    ask->answered = NULL;
    if (!ask->pool) continue; /* the refused are freed in their turn */
    pool_cancel(broker->pool, ask->pool);
    ask_free(broker, ask);
  }
}

static void finish_too_large(struct bus_broker *broker, struct ask *ask) {
  struct arena arena;
  arena_init(&arena, BUS_HEADER_ARENA);
  const Yz__Problem *problem =
      problem_new(&arena, YZ__CODE__TOO_LARGE, NULL, "the request to a service is larger than %d bytes", LIMIT_FRAME);
  size_t n;
  const uint8_t *body = message_pack(&problem->base, &arena, &n);
  finish(broker, ask, (struct bus_answer){.outcome = BUS_REFUSAL, .body = body, .n = n});
  arena_free(&arena);
}

/* Calls back those refused until now; those that the callbacks add wait for the next turn. */
static void call_back_refused(struct bus_broker *broker) {
  const struct ask *last = broker->refused_last;
  for (struct ask *ask = NULL; broker->refused_first && ask != last;) {
    ask = broker->refused_first;
    broker->refused_first = ask->next_refused;
    if (!broker->refused_first) broker->refused_last = NULL;
    if (ask->outcome == BUS_REFUSAL)
      finish_too_large(broker, ask);
    else
      finish(broker, ask, (struct bus_answer){.outcome = ask->outcome, .begun = ask->begun});
  }
}

/* ---- what goes out ---- */

static bool send_to(struct bus_broker *broker, const struct pool_peer *peer, const Yz__BusHeader *header,
                    const void *body, size_t n) {
  zmq_msg_t frames[BUS_FRAMES];
  must(zmq_msg_init_size(&frames[0], peer->n) == 0);
  memcpy(zmq_msg_data(&frames[0]), peer->bytes, peer->n);
  bus_message_frame(header, body, n, &frames[1]);
  return zloop_send(broker->zloop, frames, BUS_FRAMES);
}

static void send_request(struct bus_broker *broker, const struct pool_step *step) {
  struct ask *ask = step->user;
  Yz__BusHeader header = YZ__BUS_HEADER__INIT;
  header.kind = YZ__BUS_HEADER__KIND__REQUEST;
  header.has_request = header.has_route = header.has_deadline_ms = header.has_attempt = true;
  header.request = step->dispatch;
  header.route = ask->route;
  header.deadline_ms = step->left_ms;
  header.attempt = step->attempt;
  if (ask->traceparent[0]) header.traceparent = ask->traceparent;
  if (send_to(broker, &step->peer, &header, ask->body, ask->n)) return;
  const int why = errno;
  pool_unsent(broker->pool, step->dispatch);
  if (why == EHOSTUNREACH)
    pool_lose(broker->pool, &step->peer, uv_now(broker->loop));
  else
    broker->unsent++;
}

static void echo(struct bus_broker *broker, const struct pool_peer *peer, bool worker_drains) {
  Yz__BusHeader header = YZ__BUS_HEADER__INIT;
  header.kind = YZ__BUS_HEADER__KIND__ECHO;
  header.has_gateway = header.has_leaving = header.has_draining = true;
  header.gateway = broker->incarnation;
  header.leaving = broker->left;
  header.draining = worker_drains;
  send_to(broker, peer, &header, NULL, 0); /* one that is lost is made good by the next */
}

static void leave_when_done(struct bus_broker *broker) {
  if (!broker->draining || broker->left || pool_asks(broker->pool) > 0 || broker->refused_first) return;
  broker->left = true;
  struct bus_broker_metrics metrics;
  pool_metrics(broker->pool, &metrics);
  for (uint32_t i = 0; i < metrics.workers; i++) echo(broker, pool_peer(broker->pool, i), false);
  broker->drained(broker->drained_ctx);
}

static void on_timer(uv_timer_t *timer) {
  struct bus_broker *broker = timer->data;
  pool_tick(broker->pool, uv_now(broker->loop));
}

/* Deadlines need a fine grain, beats do not. */
static void set_tick(struct bus_broker *broker) {
  const uint64_t tick_ms = pool_asks(broker->pool) > 0 ? POOL_TICK_MS : POOL_IDLE_MS;
  if (tick_ms == broker->tick_ms) return;
  broker->tick_ms = tick_ms;
  must(uv_timer_start(&broker->timer, on_timer, tick_ms, tick_ms) == 0);
}

static bool on_turn(void *ctx) {
  struct bus_broker *broker = ctx;
  call_back_refused(broker);
  struct pool_step step;
  int steps = 0;
  while (!broker->closing && steps < STEPS && pool_next(broker->pool, uv_now(broker->loop), &step)) {
    steps++;
    if (step.kind == POOL_SEND)
      send_request(broker, &step);
    else
      finish(broker, step.user,
             (struct bus_answer){.outcome = step.away ? BUS_AWAY : BUS_EXPIRED, .begun = step.begun});
  }
  if (!broker->closing) leave_when_done(broker);
  if (broker->closing) return false;
  set_tick(broker);
  return steps == STEPS || broker->refused_first;
}

/* ---- who may ---- */

static bool allows(void *ctx, const char *public_key) {
  const struct bus_broker *broker = ctx;
  for (size_t i = 0; i < broker->n_permits; i++)
    if (strcmp(broker->permits[i].key, public_key) == 0) return true;
  return false;
}

static void denied(void *ctx, const char *peer_address) {
  const struct bus_broker *broker = ctx;
  handshakes_refused(broker->handshakes, peer_address, "not on the allow-list");
}

static bool permits(const struct bus_broker *broker, const char *public_key, uint32_t route) {
  for (size_t i = 0; i < broker->n_permits; i++) {
    const ProtobufCServiceDescriptor *service = broker->permits[i].service;
    if (strcmp(broker->permits[i].key, public_key) != 0) continue;
    for (unsigned m = 0; m < service->n_methods; m++)
      if (bus_route_id(service, service->methods[m].name) == route) return true;
  }
  return false;
}

static void routes_fill(struct bus_broker *broker) {
  for (size_t i = 0; i < BUS_SERVICES; i++) {
    const ProtobufCServiceDescriptor *service = bus_services[i].descriptor;
    for (unsigned m = 0; m < service->n_methods; m++) {
      must(broker->n_routes < BUS_ROUTES_MAX);
      broker->routes[broker->n_routes++] = bus_route_id(service, service->methods[m].name);
    }
  }
}

/* Leaves out routes that the contract does not have: a newer worker's, which nobody here asks for, or made up to fill
 * the places that routes have. False when none is left of some, or one is said again and again. */
static bool routes_keep(const struct bus_broker *broker, const Yz__BusHeader *header, struct pool_beat *beat,
                        uint32_t kept[BUS_ROUTES_MAX]) {
  beat->routes = kept;
  for (size_t i = 0; i < header->n_routes; i++) {
    bool known = false;
    for (size_t k = 0; k < broker->n_routes && !known; k++) known = broker->routes[k] == header->routes[i];
    if (known && beat->n_routes == BUS_ROUTES_MAX) return false;
    if (known) kept[beat->n_routes++] = header->routes[i];
  }
  return beat->n_routes > 0 || header->n_routes == 0;
}

/* True when the sender of this frame, who becomes the beat's owner, may serve all that it announces. A worker of this
 * process, who has no address, may. */
static bool beat_allowed(const struct bus_broker *broker, struct pool_beat *beat, zmq_msg_t *frame) {
  if (!broker->zap || (broker->inside && !zmq_msg_gets(frame, "Peer-Address"))) return true;
  beat->owner = zmq_msg_gets(frame, "User-Id");
  if (!beat->owner || !allows((void *)broker, beat->owner)) return false;
  for (size_t i = 0; i < beat->n_routes; i++)
    if (!permits(broker, beat->owner, beat->routes[i])) return false;
  return true;
}

bool bus_broker_allow(struct bus_broker *broker, const struct bus_allowed *allowed, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (!bus_key_readable(allowed[i].public_key)) {
      log_line(LOG_ERROR, "unreadable key in the allow-list: want 40 characters of Z85", "\"row\":%zu", i);
      return false;
    }
  free(broker->permits);
  broker->permits = calloc(n + 1, sizeof *broker->permits);
  must(broker->permits != NULL);
  broker->n_permits = n;
  for (size_t i = 0; i < n; i++) {
    bus_copy(broker->permits[i].key, sizeof broker->permits[i].key, allowed[i].public_key);
    broker->permits[i].service = allowed[i].service;
  }
  return true;
}

/* ---- what comes in ---- */

static void on_beat(struct bus_broker *broker, const struct pool_peer *peer, const Yz__BusHeader *header,
                    zmq_msg_t *frame) {
  struct pool_beat beat = {.peer = *peer,
                           .worker = header->worker,
                           .credit = header->credit,
                           .in_flight = header->in_flight,
                           .draining = header->draining};
  uint32_t routes[BUS_ROUTES_MAX];
  if (!routes_keep(broker, header, &beat, routes) || !beat_allowed(broker, &beat, frame)) {
    broker->refused_beats++;
    pool_lose(broker->pool, peer, uv_now(broker->loop));
    return;
  }
  if (pool_beat(broker->pool, &beat, uv_now(broker->loop))) echo(broker, peer, header->draining);
}

static void on_answer(struct bus_broker *broker, const struct bus_message *message) {
  const Yz__BusHeader *header = message->header;
  const bool refusal = header->kind == YZ__BUS_HEADER__KIND__REFUSAL;
  struct ask *ask = pool_answered(broker->pool, header->request, header->worker, header->in_flight, refusal);
  if (ask)
    finish(broker, ask,
           (struct bus_answer){.outcome = refusal ? BUS_REFUSAL : BUS_REPLY, .body = message->body, .n = message->n});
}

static void on_expired(struct bus_broker *broker, const Yz__BusHeader *header) {
  bool begun = false;
  struct ask *ask = pool_expired(broker->pool, header->request, header->worker, header->in_flight, &begun);
  if (ask) finish(broker, ask, (struct bus_answer){.outcome = begun ? BUS_AWAY : BUS_EXPIRED, .begun = begun});
}

static void on_message(void *ctx, zmq_msg_t frames[ZLOOP_FRAMES], int n) {
  struct bus_broker *broker = ctx;
  arena_reset(&broker->header_arena);
  struct pool_peer peer = {.n = (uint8_t)zmq_msg_size(&frames[0])};
  struct bus_message message;
  const bool good =
      n == BUS_FRAMES && zmq_msg_size(&frames[0]) <= POOL_PEER_MAX &&
      bus_message_read(&broker->header_arena, zmq_msg_data(&frames[1]), zmq_msg_size(&frames[1]), &message);
  const Yz__BusHeader__Kind kind = good ? message.header->kind : YZ__BUS_HEADER__KIND__ECHO;
  if (good) memcpy(peer.bytes, zmq_msg_data(&frames[0]), peer.n);
  if (kind == YZ__BUS_HEADER__KIND__BEAT)
    on_beat(broker, &peer, message.header, &frames[1]);
  else if (kind == YZ__BUS_HEADER__KIND__REPLY || kind == YZ__BUS_HEADER__KIND__REFUSAL)
    on_answer(broker, &message);
  else if (kind == YZ__BUS_HEADER__KIND__EXPIRED)
    on_expired(broker, message.header);
  else if (kind == YZ__BUS_HEADER__KIND__BOUNCE)
    pool_bounced(broker->pool, message.header->request, message.header->worker);
  else
    broker->malformed++; /* unreadable, or not a worker's to send */
}

/* ---- the broker ---- */

static void *bind_socket(const struct bus_broker_config *config) {
  void *socket = zloop_socket(ZMQ_ROUTER);
  const int yes = 1;
  /* a gone worker is an error at once, not silence */
  must(zmq_setsockopt(socket, ZMQ_ROUTER_MANDATORY, &yes, sizeof yes) == 0);
  if (config->secret_key) {
    must(zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &yes, sizeof yes) == 0);
    must(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, config->secret_key, BUS_KEY_TEXT) == 0);
    must(zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, ZAP_DOMAIN, strlen(ZAP_DOMAIN)) == 0);
  }
  char endpoint[BUS_ADDRESS_MAX + 8];
  const int n = snprintf(endpoint, sizeof endpoint, "tcp://%s", config->bind);
  struct bus_address address; /* libzmq would take port 99999 for 34463 */
  errno = EINVAL;
  if (n < (int)sizeof endpoint && bus_address_read(&address, config->bind, strlen(config->bind)) &&
      zmq_bind(socket, endpoint) == 0 && (!config->inside || zmq_bind(socket, BUS_INSIDE_ENDPOINT) == 0))
    return socket;
  char shown[BUS_ADDRESS_MAX];
  log_line(LOG_ERROR, "cannot bind the bus", "\"bind\":%s,\"error\":\"%s\"",
           log_text(config->bind, shown, sizeof shown), zmq_strerror(zmq_errno()));
  zmq_close(socket);
  return NULL;
}

/* The keys and the guard: to be there before the socket is. */
static bool guard_open(struct bus_broker *broker, const struct bus_broker_config *config) {
  if (!config->secret_key) return true;
  if (!bus_key_readable(config->secret_key)) {
    log_line(LOG_ERROR, "unreadable CURVE key: want 40 characters of Z85", NULL);
    return false;
  }
  if (!bus_broker_allow(broker, config->allowed, config->n_allowed)) return false;
  broker->zap = zap_open(broker->loop, &(struct zap_user){broker, allows, denied});
  if (!broker->zap) log_line(LOG_ERROR, "this process has a broker with CURVE already", NULL);
  return broker->zap != NULL;
}

static void broker_free(struct bus_broker *broker) {
  arena_free(&broker->header_arena);
  free(broker->permits);
  free(broker);
}

static void on_handle_closed(void *ctx) {
  struct bus_broker *broker = ctx;
  if (--broker->handles > 0) return;
  if (broker->closed) broker->closed(broker->closed_ctx);
  broker_free(broker);
}

struct bus_broker *bus_broker_open(uv_loop_t *loop, const struct bus_broker_config *config) {
  struct bus_broker *broker = calloc(1, sizeof *broker);
  must(broker != NULL);
  broker->loop = loop;
  void *socket = guard_open(broker, config) ? bind_socket(config) : NULL;
  if (!socket) {
    broker->handles = 1;
    if (broker->zap)
      zap_close(&broker->zap, on_handle_closed, broker);
    else
      broker_free(broker);
    return NULL;
  }
  broker->inside = config->inside;
  broker->bytes_max = config->bytes_max ? config->bytes_max : BYTES_MAX;
  uint64_t random[2];
  must(getrandom(random, sizeof random, 0) == sizeof random);
  broker->incarnation = config->incarnation ? config->incarnation : random[0];
  const struct pool_limits limits = {.asks = config->asks_max ? config->asks_max : ASKS_MAX,
                                     .workers = config->workers_max ? config->workers_max : WORKERS_MAX,
                                     .queue_min = config->queue_min ? config->queue_min : QUEUE_MIN,
                                     .queue_max = config->queue_max ? config->queue_max : QUEUE_MAX,
                                     .seed = random[1]};
  routes_fill(broker);
  broker->pool = pool_new(&limits, uv_now(loop));
  arena_init(&broker->header_arena, BUS_HEADER_ARENA);
  if (broker->zap) broker->handshakes = handshakes_watch(loop, socket);
  broker->zloop = zloop_new(loop, socket, &(struct zloop_user){broker, on_message, on_turn});
  must(uv_timer_init(loop, &broker->timer) == 0);
  broker->timer.data = broker;
  broker->handles = 2 + (broker->zap != NULL) + (broker->handshakes != NULL);
  set_tick(broker);
  return broker;
}

uint32_t bus_broker_capacity(const struct bus_broker *broker) {
  return pool_capacity(broker->pool);
}

bool bus_broker_route_ready(const struct bus_broker *broker, uint32_t route) {
  return pool_serves(broker->pool, route);
}

void bus_broker_drain(struct bus_broker *broker, void (*done)(void *ctx), void *ctx) {
  must(!broker->draining && done != NULL);
  broker->draining = true;
  broker->drained = done;
  broker->drained_ctx = ctx;
}

static void on_timer_closed(uv_handle_t *handle) {
  on_handle_closed(handle->data);
}

void bus_broker_close(struct bus_broker *broker, void (*closed)(void *ctx), void *ctx) {
  must(!broker->closing);
  broker->draining = broker->closing = true; /* what the callbacks ask is refused below */
  broker->closed = closed;
  broker->closed_ctx = ctx;
  for (size_t i = 0; i < CLIENTS; i++)
    for (struct ask *ask = broker->clients[i], *next; ask; ask = next) {
      next = ask->next;
      if (!ask->pool) continue;
      pool_cancel(broker->pool, ask->pool);
      ask->pool = NULL;
      ask->begun = true;
      refuse_later(broker, ask, BUS_AWAY);
    }
  while (broker->refused_first) call_back_refused(broker);
  pool_free(&broker->pool);
  if (broker->handshakes) handshakes_close(&broker->handshakes, on_handle_closed, broker);
  zloop_close(&broker->zloop, BUS_LINGER_MS, on_handle_closed, broker);
  if (broker->zap) zap_close(&broker->zap, on_handle_closed, broker);
  uv_close((uv_handle_t *)&broker->timer, on_timer_closed);
}

void bus_broker_metrics(const struct bus_broker *broker, struct bus_broker_metrics *metrics) {
  pool_metrics(broker->pool, metrics);
  metrics->malformed = broker->malformed;
  metrics->unsent = broker->unsent;
  metrics->refused_beats += broker->refused_beats;
  metrics->refused_handshakes = broker->handshakes ? handshakes_count(broker->handshakes) : 0;
}
