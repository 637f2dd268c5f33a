#include "sim_house.h"

#include "adjudication.h"
#include "assistance.h"
#include "bounds.h"
#include "clearing.h"
#include "enrollment.h"
#include "family.h"
#include "gateway.h"
#include "guard.h"
#include "input.h"
#include "must.h"
#include "notification.h"
#include "pool.h"
#include "seam_store.h"
#include "seam_zmq.h"
#include "services.pb-c.h"
#include "supplementary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONCURRENCY = 6 };

static const struct bus_handler handlers[] = {
    {&yz__enrollment__descriptor, "Resolve", enrollment_resolve},
    {&yz__adjudication__descriptor, "Adjudicate", adjudication_adjudicate},
    {&yz__adjudication__descriptor, "Cancel", adjudication_cancel},
    {&yz__assistance__descriptor, "Assist", assistance_assist},
    {&yz__supplementary__descriptor, "Contracts", supplementary_contracts},
    {&yz__supplementary__descriptor, "Supplement", supplementary_supplement},
};

/* The consumers of the journal: each is a service of its own as far as the journal is concerned. */
static const struct {
  const char *group;
  void (*take)(struct service *service, const struct journal_entry *entry);
} readers[] = {{"notification", notification_take}, {"clearing", clearing_take}};
enum { READERS = sizeof readers / sizeof readers[0] };

struct node {
  struct process process; /* first */
  struct service service; /* of a worker; `store` of its readers too */
  struct service reading[READERS];
  struct gateway gateway;
  struct pool *pool;
  bool reader;
};

static struct {
  struct house_shape shape;
  struct shelf *shelf;
  struct node *nodes[NODES_MAX];
  uint64_t born;
  struct node *opening; /* whose broker is being opened */
} house;

/* ---- processes ---- */

static bool is_gateway(int node) {
  return node < house.shape.gateways;
}

static const char *name_of(int node) {
  static char text[2][24];
  static int turn;
  turn ^= 1;
  snprintf(text[turn], sizeof text[turn], is_gateway(node) ? "gateway %d" : "worker %d",
           is_gateway(node) ? node : node - house.shape.gateways);
  return text[turn];
}

struct pool *__real_pool_new(const struct pool_limits *limits, uint64_t now_ms);
struct pool *__wrap_pool_new(const struct pool_limits *limits, uint64_t now_ms);
void __real_pool_free(struct pool **pool);
void __wrap_pool_free(struct pool **pool);

/* To be audited. */
struct pool *__wrap_pool_new(const struct pool_limits *limits, uint64_t now_ms) {
  return house.opening->pool = __real_pool_new(limits, now_ms);
}

void __wrap_pool_free(struct pool **pool) {
  for (int i = 0; i < NODES_MAX; i++)
    if (house.nodes[i] && house.nodes[i]->pool == *pool) house.nodes[i]->pool = NULL;
  __real_pool_free(pool);
}

static void start_gateway(struct node *node) {
  char bind[32];
  snprintf(bind, sizeof bind, "10.0.0.1:%d", GATEWAY_PORT + node->process.node);
  const struct bus_broker_config config = {
      .bind = bind, .asks_max = 64, .workers_max = 2 * WORKERS_OF_THE_WORLD, .queue_min = 4, .queue_max = 16};
  house.opening = node;
  node->gateway.deadline_ms = DEADLINE_MS_OF_GATEWAYS;
  node->gateway.broker = bus_broker_open(&node->process.loop, &config);
  must(node->gateway.broker != NULL);
  waits_open(&node->gateway.waits, &node->process.loop);
}

static void on_entry_of_reader(void *context, const struct journal_entry *entry) {
  struct service *service = context;
  const struct service_program *program = service->program;
  program->take(service, entry);
}

static void start_readers(struct node *node) {
  static struct service_program programs[READERS];
  for (int i = 0; i < READERS; i++) {
    programs[i] = (struct service_program){.name = readers[i].group, .take = readers[i].take};
    struct service *service = &node->reading[i];
    *service = node->service;
    service->program = &programs[i];
    const struct journal_config config = {.group = readers[i].group,
                                          .consumer = "reader",
                                          .sweep_ms = house.shape.sweep_ms,
                                          .lease_ms = LEASE_MS_OF_READERS,
                                          .again_ms = AGAIN_MS_OF_READERS,
                                          .take = on_entry_of_reader,
                                          .context = service};
    service->journal = journal_open(service->store, &node->process.loop, &config);
  }
}

static void start_worker(struct node *node) {
  node->service.store = seam_store_of(&node->process);
  node->service.shelf = house.shelf;
  const struct bus_worker_config config = {.gateways = seam_gateways_text(house.shape.gateways),
                                           .service = "all",
                                           .concurrency = CONCURRENCY,
                                           .incarnation = ++house.born,
                                           .user = &node->service};
  node->service.worker = bus_worker_open(&node->process.loop, &config, handlers, sizeof handlers / sizeof handlers[0]);
  node->reader = node->process.node - house.shape.gateways < house.shape.readers;
  if (node->reader) start_readers(node);
}

static void on_start(void *ctx, uint64_t number, uint64_t unused) {
  (void)ctx;
  (void)unused;
  if (house.nodes[number]) return;
  struct node *node = arena_alloc(&world.memory, sizeof *node);
  node->process.node = (int)number;
  node->process.next = world.processes;
  world.processes = &node->process;
  house.nodes[number] = node;
  tell("%s starts", name_of((int)number));
  if (is_gateway((int)number))
    start_gateway(node);
  else
    start_worker(node);
}

bool house_running(int node) {
  return house.nodes[node] != NULL;
}

/* Ends the real code's part of a process. */
static void let_end(struct node *node) {
  if (node->gateway.broker) {
    bus_broker_close(node->gateway.broker, NULL, NULL);
    waits_close(&node->gateway.waits);
  }
  if (node->reader)
    for (int i = 0; i < READERS; i++) journal_close(node->reading[i].journal, NULL, NULL);
  if (node->service.worker) bus_worker_close(node->service.worker, NULL, NULL);
  house.nodes[node->process.node] = NULL;
}

void house_crash(int number, uint64_t back) {
  struct node *node = house.nodes[number];
  if (node) {
    tell("%s crashes", name_of(number));
    node->process.ghost = true;
    seam_zmq_crash(&node->process);
    let_end(node);
  }
  if (back) happens(NULL, back, on_start, NULL, (uint64_t)number, 0);
}

static void on_drained(void *ctx) {
  struct node *node = ctx;
  if (house.nodes[node->process.node] != node) return;
  tell("%s has drained", name_of(node->process.node));
  const int number = node->process.node;
  let_end(node);
  happens(NULL, world.now + 1 + chance(500), on_start, NULL, (uint64_t)number, 0);
}

bool house_drain(int number) {
  struct node *node = house.nodes[number];
  struct bus_worker_metrics metrics;
  if (is_gateway(number) || !node || node->process.loop.data) return false;
  bus_worker_metrics(node->service.worker, &metrics);
  node->process.loop.data = node; /* told */
  tell("%s drains with %u in flight", name_of(number), metrics.in_flight);
  bus_worker_drain(node->service.worker, on_drained, node);
  return true;
}

void house_begin(const struct house_shape *shape, struct shelf *shelf) {
  memset(&house, 0, sizeof house);
  house.shape = *shape;
  house.shelf = shelf;
  house.born = chance(UINT32_MAX);
  seam_gateways_text(shape->gateways);
  for (int i = 0; i < shape->gateways + shape->workers; i++) on_start(NULL, (uint64_t)i, 0);
}

void house_end(void) {
  for (int i = 0; i < NODES_MAX; i++) house_crash(i, 0);
}

static void on_swept(void *context, enum store_result result, unsigned settled) {
  (void)context;
  tell("sweep settled %u tries, %s", settled, result == STORE_OK ? "all" : "not all");
}

void house_sweep(int look_ms, int fence_ms) {
  for (int i = house.shape.gateways; i < NODES_MAX; i++)
    if (house.nodes[i] && world.paused[i] <= world.now) {
      family_sweep(house.nodes[i]->service.store, 0, BUCKETS, look_ms, fence_ms, 2000, on_swept, NULL);
      return;
    }
}

/* ---- serving ---- */

struct serving {
  struct exchange exchange;
  struct http_exchange http;
  struct arena arena;
  const ProtobufCMessage *body;
  struct node *node;
  house_answered *answered;
  void *ctx;
};

void *__wrap_input_read(const ProtobufCMessageDescriptor *type, const struct route *route, const char *id,
                        const struct http_exchange *http, Yz__Problem **problem);
void __wrap_exchange_answer_packed(struct exchange *exchange, int status, const ProtobufCMessageDescriptor *type,
                                   const void *bytes, size_t n);
void __wrap_exchange_refuse(struct exchange *exchange, const Yz__Problem *problem);
void __wrap_gateway_count_settlement(enum settle_outcome outcome, int tries);

void *__wrap_input_read(const ProtobufCMessageDescriptor *type, const struct route *route, const char *id,
                        const struct http_exchange *http, Yz__Problem **problem) {
  (void)route;
  (void)id;
  *problem = NULL;
  const ProtobufCMessage *body = ((const struct serving *)http->data)->body;
  must(body->descriptor == type);
  return (void *)(uintptr_t)body;
}

static void over(struct exchange *exchange, const struct answer *answer) {
  struct serving *serving = (struct serving *)exchange;
  for (struct hop *hop = exchange->hops; hop; hop = hop->next)
    if (hop->pending) bus_cancel_asks(exchange->gateway->broker, hop);
  if (!serving->node->process.ghost) serving->answered(serving->ctx, answer);
  arena_free(&serving->arena);
  free(serving);
}

void __wrap_exchange_answer_packed(struct exchange *exchange, int status, const ProtobufCMessageDescriptor *type,
                                   const void *bytes, size_t n) {
  (void)status;
  Yz__Problem *problem;
  const ProtobufCMessage *message = message_unpack(type, bytes, n, exchange->arena, &problem);
  must(message != NULL);
  over(exchange, &(struct answer){.message = message});
}

void __wrap_exchange_refuse(struct exchange *exchange, const Yz__Problem *problem) {
  over(exchange, &(struct answer){.problem = problem});
}

void __wrap_gateway_count_settlement(enum settle_outcome outcome, int tries) {
  (void)outcome;
  (void)tries;
}

static void on_served(void *ctx, uint64_t a, uint64_t b) {
  struct serving *serving = ctx;
  (void)a;
  (void)b;
  if (serving->node->process.ghost) {
    arena_free(&serving->arena);
    free(serving);
  } else if (serving->exchange.route->kind == ROUTE_CALL) {
    serve_call(&serving->exchange);
  } else {
    serve_settlement(&serving->exchange);
  }
}

bool house_serve(int gateway, const char *path, const ProtobufCMessage *body, house_answered *answered, void *ctx) {
  struct node *node = house.nodes[gateway];
  if (!node) return false;
  struct serving *serving = calloc(1, sizeof *serving);
  must(serving != NULL);
  arena_init(&serving->arena, LIMIT_ARENA);
  serving->node = node;
  serving->answered = answered;
  serving->ctx = ctx;
  serving->body = body;
  serving->http = (struct http_exchange){.method = "POST", .path = path, .arena = &serving->arena, .data = serving};
  const struct route_match match = route_match("POST", path, &serving->arena);
  must(match.route != NULL);
  serving->exchange = (struct exchange){.gateway = &node->gateway,
                                        .http = &serving->http,
                                        .arena = &serving->arena,
                                        .route = match.route,
                                        .id = match.id,
                                        .until_ms = (int64_t)(1000 + world.now) + DEADLINE_MS_OF_GATEWAYS};
  happens(&node->process, world.now, on_served, serving, 0, 0);
  return true;
}

/* ---- audit ---- */

static void audit_gateway(struct node *node, bool at_rest) {
  struct bus_broker_metrics metrics;
  if (!node->pool) return;
  pool_audit(node->pool);
  bus_broker_metrics(node->gateway.broker, &metrics);
  uint32_t outstanding = 0, queued = 0;
  for (size_t i = 0; i < metrics.n_routes; i++) {
    outstanding += metrics.routes[i].outstanding;
    queued += metrics.routes[i].queued;
    if (metrics.routes[i].queued > 4 * CONCURRENCY * WORKERS_OF_THE_WORLD)
      broken("a queue of %s has %u", name_of(node->process.node), metrics.routes[i].queued);
  }
  if (metrics.malformed) broken("%s met malformed messages", name_of(node->process.node));
  if (at_rest && (outstanding || queued || pool_asks(node->pool)))
    broken("%s at rest: %u credits out, %u queued, %u asks", name_of(node->process.node), outstanding, queued,
           pool_asks(node->pool));
}

static void audit_worker(const struct node *node, bool at_rest) {
  struct bus_worker_metrics metrics;
  bus_worker_metrics(node->service.worker, &metrics);
  /* every gateway may have the least credit, and for a while what it was given when it was alone; a gateway that died
   * leaves work behind */
  const uint32_t most = 8 * CONCURRENCY * (uint32_t)house.shape.gateways;
  if (metrics.in_flight > most) broken("%s has %u calls in work", name_of(node->process.node), metrics.in_flight);
  if (metrics.malformed) broken("%s met malformed messages", name_of(node->process.node));
  if (at_rest && metrics.in_flight > 0)
    broken("%s at rest has %u calls", name_of(node->process.node), metrics.in_flight);
}

void house_audit(bool at_rest) {
  for (int i = 0; i < NODES_MAX; i++) {
    struct node *node = house.nodes[i];
    if (!node) continue;
    if (is_gateway(i))
      audit_gateway(node, at_rest);
    else
      audit_worker(node, at_rest);
  }
}
