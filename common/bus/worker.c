#include "worker.h"

#include "bounds.h"
#include "bus_header.h"
#include "date.h"
#include "gateways.h"
#include "guard.h"
#include "log.h"
#include "must.h"
#include "packed.h"
#include "problem.h"
#include "splitmix.h"
#include "zloop.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
  TICK_MS = 100,
  TRACE_AT = 3,
  TRACE_END = 35,                      /* of the trace id in a traceparent */
  BEAT_AGAIN_MS = 10,                  /* not connected yet */
  UNSEEN_MS = 5 * GATEWAYS_RESOLVE_MS, /* a silent gateway that names no longer give: forgotten */
  RETURN_MS = 2 * BUS_BEAT_MS,         /* after a gateway left: look whether one is there again */
};

/* One gateway address: CLOSED (no zloop) -> OPEN -> echoing -> leaving -> CLOSED. New keys need a new socket: a
 * successor is opened beside it, and only when that echoes the old one retires (takes no more, answers what it has, is
 * freed). */
struct link {
  struct link *next;
  struct link *successor; /* with newer keys, not echoing yet */
  struct bus_worker *worker;
  char endpoint[GATEWAYS_ENDPOINT_MAX];
  struct zloop *zloop;
  uint64_t number;                 /* who we are on this socket: new for each */
  uint64_t open_ms;                /* CLOSED: open then */
  uint64_t beat_ms;                /* next beat is due */
  int64_t beaten_ms;               /* last beat was sent: steady_ms, which does not stand still with the loop */
  uint64_t heard_ms, seen_ms;      /* last echo, or when opened; last given by name */
  uint32_t in_flight, credit_most; /* most credit announced: above it a gateway is wrong */
  bool echoing, leaving, drained, retiring;
};

struct bus_call {
  struct bus_call *next, *prev;
  struct bus_worker *worker;
  struct link *link; /* NULL: its gateway is gone */
  const ProtobufCMethodDescriptor *method;
  uint64_t request, deadline_ms;
  struct arena arena;
  char traceparent[BUS_TRACEPARENT_MAX];
};

struct row {
  uint32_t route;
  const ProtobufCMethodDescriptor *method;
  void (*handle)(struct bus_call *call, const ProtobufCMessage *request);
};

struct bus_worker {
  uv_loop_t *loop;
  uv_timer_t timer;
  struct gateways *gateways;
  struct link *links;
  struct bus_call *calls, *spare;
  struct row rows[BUS_ROUTES_MAX];
  uint32_t routes[BUS_ROUTES_MAX];
  size_t n_rows;
  char service[LIMIT_ID + 1], keys[3][BUS_KEY_TEXT];
  uint32_t concurrency, n_links, n_spare;
  uint64_t numbers; /* begin with our incarnation */
  uint64_t ticked_ms;
  void *user;
  struct arena header_arena;
  struct bus_worker_metrics count;
  int handles; /* timer, gateways, sockets: still to be closed */
  bool curve, draining, closing;
  void (*drained)(void *ctx);
  void *drained_ctx;
  void (*closed)(void *ctx);
  void *closed_ctx;
};

/* ---- calls ---- */

static struct bus_call *call_new(struct link *link, const struct row *row, const Yz__BusHeader *header) {
  struct bus_worker *worker = link->worker;
  struct bus_call *call = worker->spare;
  if (call) {
    worker->spare = call->next;
    worker->n_spare--;
  } else {
    call = calloc(1, sizeof *call);
    must(call != NULL);
    arena_init(&call->arena, LIMIT_ARENA);
  }
  call->worker = worker;
  call->link = link;
  call->method = row->method;
  call->request = header->request;
  call->deadline_ms = uv_now(worker->loop) + header->deadline_ms;
  call->traceparent[0] = '\0';
  if (header->traceparent) bus_copy(call->traceparent, sizeof call->traceparent, header->traceparent);
  if (log_shows(LOG_DEBUG) && strlen(call->traceparent) >= TRACE_END)
    log_line(LOG_DEBUG, "call", "\"trace\":\"%.32s\",\"call\":\"%s\",\"left_ms\":%u", call->traceparent + TRACE_AT,
             row->method->name, header->deadline_ms);
  call->prev = NULL;
  call->next = worker->calls;
  if (call->next) call->next->prev = call;
  worker->calls = call;
  worker->count.in_flight++;
  link->in_flight++;
  return call;
}

static void worker_free_when_done(struct bus_worker *worker) {
  if (worker->handles > 0 || worker->calls) return;
  for (struct bus_call *call = worker->spare, *next; call; call = next) {
    next = call->next;
    arena_free(&call->arena);
    free(call);
  }
  arena_free(&worker->header_arena);
  free(worker);
}

static void call_end(struct bus_call *call) {
  struct bus_worker *worker = call->worker;
  *(call->prev ? &call->prev->next : &worker->calls) = call->next;
  if (call->next) call->next->prev = call->prev;
  arena_reset(&call->arena);
  if (worker->n_spare < worker->concurrency) {
    call->next = worker->spare;
    worker->spare = call;
    worker->n_spare++;
  } else {
    arena_free(&call->arena);
    free(call);
  }
  if (worker->closing) worker_free_when_done(worker);
}

/* Sends what a request is answered with. */
static bool link_answer(struct link *link, Yz__BusHeader__Kind kind, uint64_t request, const void *body, size_t n) {
  Yz__BusHeader header = YZ__BUS_HEADER__INIT;
  header.kind = kind;
  header.has_request = header.has_worker = header.has_in_flight = true;
  header.request = request;
  header.worker = link->number;
  header.in_flight = link->worker->count.in_flight;
  zmq_msg_t frame;
  bus_message_frame(&header, body, n, &frame);
  return zloop_send(link->zloop, &frame, 1);
}

/* Answers and ends the call. */
static void answer(struct bus_call *call, Yz__BusHeader__Kind kind, const void *body, size_t n) {
  must(n <= LIMIT_FRAME);
  struct bus_worker *worker = call->worker;
  worker->count.in_flight--;
  if (kind == YZ__BUS_HEADER__KIND__REPLY)
    worker->count.replies++;
  else
    worker->count.refusals++;
  bool sent = false;
  if (call->link) {
    call->link->in_flight--;
    sent = link_answer(call->link, kind, call->request, body, n);
  }
  if (!sent) worker->count.unsent++;
  call_end(call);
}

void bus_refuse(struct bus_call *call, const Yz__Problem *problem) {
  size_t n;
  const uint8_t *bytes = message_packed(&problem->base, &n);
  answer(call, YZ__BUS_HEADER__KIND__REFUSAL, bytes, n);
}

/* A frame above the limit would cost the connection and everything on it. */
static bool fits(struct bus_call *call, size_t n) {
  if (n <= LIMIT_FRAME) return true;
  bus_refuse(call,
             problem_new(&call->arena, YZ__CODE__DEFECT, NULL, "the answer of %s has %zu bytes, at most %d may be",
                         call->method->name, n, LIMIT_FRAME));
  return false;
}

void bus_reply(struct bus_call *call, const ProtobufCMessage *message) {
  must(message->descriptor == call->method->output);
  size_t n;
  const uint8_t *bytes = message_packed(message, &n);
  bus_reply_bytes(call, bytes, n);
}

void bus_reply_bytes(struct bus_call *call, const void *bytes, size_t n) {
  if (fits(call, n)) answer(call, YZ__BUS_HEADER__KIND__REPLY, bytes, n);
}

struct arena *bus_call_arena(struct bus_call *call) {
  return &call->arena;
}

uint32_t bus_call_deadline_ms(const struct bus_call *call) {
  const uint64_t now = uv_now(call->worker->loop);
  return now < call->deadline_ms ? (uint32_t)(call->deadline_ms - now) : 0;
}

const char *bus_call_traceparent(const struct bus_call *call) {
  return call->traceparent[0] ? call->traceparent : NULL;
}

void *bus_call_user(const struct bus_call *call) {
  return call->worker->user;
}

/* ---- links ---- */

/* All links: their credit depends on how many gateways there are. */
static void beat_soon(struct bus_worker *worker) {
  for (struct link *link = worker->links; link; link = link->next) link->beat_ms = 0;
}

static uint32_t link_credit(const struct link *link) {
  const struct bus_worker *worker = link->worker;
  if (worker->draining || link->leaving || link->retiring) return 0;
  uint32_t gateways = 1;
  for (const struct link *other = worker->links; other; other = other->next)
    gateways += other != link && other->echoing && !other->leaving && !other->retiring;
  const uint32_t share = worker->concurrency / gateways;
  if (share < BUS_CREDIT_MIN) return BUS_CREDIT_MIN;
  return share < BUS_CREDIT_MAX ? share : BUS_CREDIT_MAX;
}

static void link_beat(struct link *link) {
  struct bus_worker *worker = link->worker;
  Yz__BusHeader header = YZ__BUS_HEADER__INIT;
  header.kind = YZ__BUS_HEADER__KIND__BEAT;
  header.has_worker = header.has_credit = header.has_in_flight = header.has_draining = true;
  header.worker = link->number;
  header.routes = worker->routes;
  header.n_routes = worker->n_rows;
  header.credit = link_credit(link);
  header.in_flight = worker->count.in_flight;
  header.draining = worker->draining || link->retiring;
  header.service = worker->service;
  zmq_msg_t frame;
  bus_message_frame(&header, NULL, 0, &frame);
  const bool sent = zloop_send(link->zloop, &frame, 1);
  link->beat_ms = uv_now(worker->loop) + (sent ? BUS_BEAT_MS : BEAT_AGAIN_MS);
  if (sent) link->beaten_ms = steady_ms();
  if (header.credit > link->credit_most) link->credit_most = header.credit;
}

static struct link *predecessor(const struct link *link) {
  struct link *old = link->worker->links;
  while (old && old->successor != link) old = old->next;
  return old;
}

/* The link with the new keys works: the one before it has done its duty. */
static void succeed(struct link *link) {
  struct link *old = predecessor(link);
  if (!old) return;
  old->successor = NULL;
  old->retiring = true;
  old->drained = !old->zloop;
}

static void on_echo(struct link *link, const Yz__BusHeader *header) {
  link->heard_ms = uv_now(link->worker->loop);
  if (header->draining) link->drained = true;
  if (link->echoing && link->leaving == (bool)header->leaving) return;
  link->echoing = true;
  link->leaving = header->leaving;
  succeed(link);
  beat_soon(link->worker);
}

static void send_back(struct link *link, const Yz__BusHeader *header, Yz__BusHeader__Kind kind) {
  if (!link_answer(link, kind, header->request, NULL, 0)) link->worker->count.unsent++;
}

static void on_request(struct link *link, const struct bus_message *message) {
  const Yz__BusHeader *header = message->header;
  struct bus_worker *worker = link->worker;
  const struct row *row = NULL;
  for (size_t i = 0; i < worker->n_rows && !row; i++)
    if (worker->rows[i].route == header->route) row = &worker->rows[i];
  if (worker->draining || link->in_flight >= link->credit_most || !row) {
    worker->count.bounced++;
    send_back(link, header, YZ__BUS_HEADER__KIND__BOUNCE);
    return;
  }
  if (header->deadline_ms == 0) {
    worker->count.expired++;
    send_back(link, header, YZ__BUS_HEADER__KIND__EXPIRED);
    return;
  }
  struct bus_call *call = call_new(link, row, header);
  Yz__Problem *problem = NULL;
  const ProtobufCMessage *request =
      message_unpack(row->method->input, message->body, message->n, &call->arena, &problem);
  if (!request) {
    bus_refuse(call, problem);
    return;
  }
  worker->count.calls++;
  row->handle(call, request);
}

static void on_handle_closed(void *ctx) {
  struct bus_worker *worker = ctx;
  if (--worker->handles > 0) return;
  if (worker->closed) worker->closed(worker->closed_ctx);
  worker_free_when_done(worker);
}

static void link_close(struct link *link, int linger_ms) {
  struct bus_worker *worker = link->worker;
  for (struct bus_call *call = worker->calls; call; call = call->next)
    if (call->link == link) call->link = NULL;
  link->in_flight = 0;
  zloop_close(&link->zloop, linger_ms, on_handle_closed, worker);
  if (link->echoing) beat_soon(worker);
  link->echoing = link->leaving = false;
}

/* True when we were silent for so long (stopped, or on a machine without time for us) that the gateway has taken us for
 * lost, and has given to others what waits in the socket. To do it now, with a deadline that counts from now, would be
 * to do it after what was asked, and answered, since: it is dropped with the socket. A gateway of our own process stood
 * still with us and has lost nobody. */
static bool link_lost(struct link *link) {
  const bool silent = link->echoing && steady_ms() - link->beaten_ms > BUS_SILENCE_MS;
  if (!silent || strcmp(link->endpoint, BUS_INSIDE_ENDPOINT) == 0) return false;
  link->worker->count.reopened++;
  link_close(link, 0);
  link->open_ms = 0; /* with the next tick */
  return true;
}

static bool on_turn(void *ctx) {
  struct link *link = ctx;
  if (!link_lost(link) && uv_now(link->worker->loop) >= link->beat_ms) link_beat(link);
  return false;
}

static void on_message(void *ctx, zmq_msg_t frames[ZLOOP_FRAMES], int n) {
  struct link *link = ctx;
  struct bus_worker *worker = link->worker;
  if (link_lost(link)) return;
  arena_reset(&worker->header_arena);
  struct bus_message message;
  const bool good =
      n == 1 && bus_message_read(&worker->header_arena, zmq_msg_data(&frames[0]), zmq_msg_size(&frames[0]), &message);
  if (good && message.header->kind == YZ__BUS_HEADER__KIND__ECHO)
    on_echo(link, message.header);
  else if (good && message.header->kind == YZ__BUS_HEADER__KIND__REQUEST)
    on_request(link, &message);
  else
    worker->count.malformed++;
}

/* A number that no other socket of any worker has. */
static uint64_t number_next(struct bus_worker *worker) {
  return splitmix_next(&worker->numbers);
}

static void link_open(struct link *link) {
  struct bus_worker *worker = link->worker;
  static const int key_options[] = {ZMQ_CURVE_SERVERKEY, ZMQ_CURVE_PUBLICKEY, ZMQ_CURVE_SECRETKEY};
  void *socket = zloop_socket(ZMQ_DEALER);
  const int immediate = 1; /* queue nothing for a gateway that is not there */
  must(zmq_setsockopt(socket, ZMQ_IMMEDIATE, &immediate, sizeof immediate) == 0);
  for (int i = 0; i < 3 && worker->curve; i++)
    must(zmq_setsockopt(socket, key_options[i], worker->keys[i], BUS_KEY_TEXT) == 0);
  must(zmq_connect(socket, link->endpoint) == 0); /* numeric: only a malformed one fails */
  link->zloop = zloop_new(worker->loop, socket, &(struct zloop_user){link, on_message, on_turn});
  worker->handles++;
  link->number = number_next(worker);
  link->heard_ms = uv_now(worker->loop);
  link->beat_ms = 0;
  link->beaten_ms = steady_ms();
  link->credit_most = 0;
  link->echoing = link->leaving = link->drained = false;
}

static struct link *link_new(struct bus_worker *worker, const char *endpoint) {
  struct link *link = calloc(1, sizeof *link);
  must(link != NULL);
  link->worker = worker;
  bus_copy(link->endpoint, sizeof link->endpoint, endpoint);
  link->seen_ms = uv_now(worker->loop);
  link->next = worker->links;
  worker->links = link;
  worker->n_links++;
  if (!worker->draining) link_open(link);
  return link;
}

static void on_found(void *ctx, const char *endpoint) {
  struct bus_worker *worker = ctx;
  bool known = false;
  for (struct link *link = worker->links; link; link = link->next) {
    if (strcmp(link->endpoint, endpoint) != 0) continue;
    link->seen_ms = uv_now(worker->loop);
    known = known || !link->retiring;
  }
  if (!known && worker->n_links < BUS_GATEWAYS_MAX) link_new(worker, endpoint);
}

static void on_resolve_failed(void *ctx) {
  struct bus_worker *worker = ctx;
  worker->count.resolve_failed++;
}

/* ---- time ---- */

static void link_tick(struct link *link, uint64_t now) {
  struct bus_worker *worker = link->worker;
  if (!link->zloop) {
    if (now >= link->open_ms && !worker->draining && !link->retiring) link_open(link);
  } else if (now - link->heard_ms > BUS_SILENCE_MS) {
    if (link->echoing) worker->count.reopened++;
    link_close(link, 0);
    link->open_ms = now;
  } else if ((link->leaving || (link->retiring && link->drained)) && link->in_flight == 0) {
    link_close(link, BUS_LINGER_MS);
    link->open_ms = now + RETURN_MS;
  }
}

static void forget_unseen(struct bus_worker *worker, uint64_t now) {
  for (struct link **at = &worker->links; *at;) {
    struct link *link = *at;
    if (link->zloop || (!link->retiring && now - link->seen_ms <= UNSEEN_MS)) {
      at = &link->next;
      continue;
    }
    struct link *old = predecessor(link);
    if (old) old->successor = NULL;
    *at = link->next;
    worker->n_links--;
    free(link);
  }
}

/* True when no gateway will send us anything more: its echo of our draining follows its last request. */
static bool all_drained(const struct bus_worker *worker) {
  for (const struct link *link = worker->links; link; link = link->next)
    if (link->zloop && link->echoing && !link->drained) return false;
  return worker->calls == NULL;
}

static void on_tick(uv_timer_t *timer) {
  struct bus_worker *worker = timer->data;
  const uint64_t now = uv_now(worker->loop);
  const bool was_away = now - worker->ticked_ms > BUS_BEAT_MS; /* echoes wait unread: blame no gateway */
  worker->ticked_ms = now;
  for (struct link *link = worker->links; link; link = link->next) {
    if (was_away) link->heard_ms = now;
    link_tick(link, now);
  }
  forget_unseen(worker, now);
  if (worker->drained && all_drained(worker)) {
    void (*done)(void *) = worker->drained;
    worker->drained = NULL;
    done(worker->drained_ctx);
  }
}

/* ---- the worker ---- */

/* Takes the three keys over, or none of them. */
static bool keys_take(struct bus_worker *worker, const char *const texts[3]) {
  for (int i = 0; i < 3; i++)
    if (!bus_key_readable(texts[i])) {
      log_line(LOG_ERROR, "unreadable CURVE key: want 40 characters of Z85", NULL);
      return false;
    }
  for (int i = 0; i < 3; i++) bus_copy(worker->keys[i], sizeof worker->keys[i], texts[i]);
  worker->curve = true;
  return true;
}

bool bus_worker_rekey(struct bus_worker *worker, const char *gateway_key, const char *public_key,
                      const char *secret_key) {
  const char *const texts[] = {gateway_key, public_key, secret_key};
  bool same = worker->curve;
  for (int i = 0; i < 3 && same; i++) same = texts[i] && strcmp(texts[i], worker->keys[i]) == 0;
  if (same) return true;
  if (!keys_take(worker, texts)) return false;
  for (struct link *link = worker->links, *next; link; link = next) {
    next = link->next;                                               /* new ones are put before it */
    if (!link->zloop || link->retiring || link->successor) continue; /* opens with the new keys, or is being replaced */
    if (predecessor(link))
      link_close(link, 0); /* a successor that is not answered yet: once more, with the newest keys */
    else
      link->successor = link_new(worker, link->endpoint);
  }
  return true;
}

static void rows_fill(struct bus_worker *worker, const struct bus_handler *handlers, size_t n) {
  must(n > 0 && n <= BUS_ROUTES_MAX);
  for (size_t i = 0; i < n; i++) {
    const uint32_t route = bus_route_id(handlers[i].service, handlers[i].method);
    for (size_t k = 0; k < i; k++) must(worker->routes[k] != route);
    worker->routes[i] = route;
    worker->rows[i] =
        (struct row){route, protobuf_c_service_descriptor_get_method_by_name(handlers[i].service, handlers[i].method),
                     handlers[i].handle};
  }
  worker->n_rows = n;
}

struct bus_worker *bus_worker_open(uv_loop_t *loop, const struct bus_worker_config *config,
                                   const struct bus_handler *handlers, size_t n) {
  struct bus_worker *worker = calloc(1, sizeof *worker);
  must(worker != NULL && strlen(config->service) <= LIMIT_ID);
  worker->loop = loop;
  worker->user = config->user;
  worker->concurrency = config->concurrency ? config->concurrency : BUS_CREDIT_MAX;
  worker->numbers = config->incarnation;
  if (!worker->numbers) must(getrandom(&worker->numbers, sizeof worker->numbers, 0) == sizeof worker->numbers);
  bus_copy(worker->service, sizeof worker->service, config->service);
  rows_fill(worker, handlers, n);
  arena_init(&worker->header_arena, BUS_HEADER_ARENA);
  const bool keys =
      !config->gateway_key ||
      keys_take(worker, (const char *const[]){config->gateway_key, config->public_key, config->secret_key});
  if (keys)
    worker->gateways =
        gateways_open(loop, config->gateways, &(struct gateways_user){worker, on_found, on_resolve_failed});
  if (!worker->gateways) {
    free(worker);
    return NULL;
  }
  worker->ticked_ms = uv_now(loop);
  must(uv_timer_init(loop, &worker->timer) == 0);
  worker->timer.data = worker;
  must(uv_timer_start(&worker->timer, on_tick, TICK_MS, TICK_MS) == 0);
  worker->handles = 2;
  return worker;
}

void bus_worker_drain(struct bus_worker *worker, void (*done)(void *ctx), void *ctx) {
  must(!worker->draining);
  worker->draining = true;
  worker->drained = done;
  worker->drained_ctx = ctx;
  beat_soon(worker);
}

static void on_timer_closed(uv_handle_t *handle) {
  on_handle_closed(handle->data);
}

void bus_worker_close(struct bus_worker *worker, void (*closed)(void *ctx), void *ctx) {
  must(!worker->closing);
  worker->closing = true;
  worker->closed = closed;
  worker->closed_ctx = ctx;
  worker->drained = NULL;
  while (worker->links) {
    struct link *link = worker->links;
    worker->links = link->next;
    if (link->zloop) link_close(link, BUS_LINGER_MS);
    free(link);
  }
  gateways_close(&worker->gateways, on_handle_closed, worker);
  uv_close((uv_handle_t *)&worker->timer, on_timer_closed);
}

bool bus_worker_ready(const struct bus_worker *worker) {
  for (const struct link *link = worker->links; link; link = link->next)
    if (link->echoing) return true;
  return false;
}

void bus_worker_metrics(const struct bus_worker *worker, struct bus_worker_metrics *metrics) {
  *metrics = worker->count;
  for (const struct link *link = worker->links; link; link = link->next) {
    metrics->gateways += !link->retiring && !predecessor(link);
    metrics->echoing += link->echoing && !link->retiring;
  }
}
