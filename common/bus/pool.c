#include "pool.h"

#include "must.h"

#include <stdlib.h>
#include <string.h>

enum {
  WHEEL = 1024,        /* slots of POOL_TICK_MS; what is due later passes by until its turn */
  SCAN_MAX = 8,        /* with so few workers all are looked at, else two drawn at random */
  WAITERS = 4,         /* asks that may wait in a queue, for each credit */
  SHIFTS = 2,          /* who is in work, or waits for the shift in work to end */
  WATCH_MS = 1000,     /* which routes the work goes to is looked at so often .. */
  WATCH_ASKS = 64,     /* .. when there were enough to tell */
  HEDGE_AGAIN_MS = 100 /* no second worker was free: look again */
};
static_assert(BUS_ROUTES_MAX <= 64, "routes are bits of a uint64_t");

struct worker;

/* One sending of an ask to a worker: one credit. */
struct dispatch {
  struct dispatch *next, *prev; /* of the worker; of the free list by next */
  struct worker *worker;        /* NULL: free */
  struct pool_ask *ask;         /* NULL: ended in the meantime */
  struct route *route;
  uint32_t generation; /* makes numbers of reused places differ */
};

struct worker {
  struct pool_peer peer;
  char owner[BUS_KEY_TEXT]; /* "": none */
  uint64_t number;
  uint64_t routes; /* bit i: pool->routes[i] */
  uint32_t credit, outstanding;
  uint32_t others; /* in flight there for other gateways, when last told */
  bool draining;
  bool closed; /* sent something back: nothing more before its next beat */
  uint64_t beat_ms, picked;
  struct dispatch *dispatches;
};

struct route {
  struct pool_ask *first, *last; /* queue */
  struct worker **workers;
  uint32_t n_workers, room;
  uint32_t credit;       /* of all who serve it; when none does, of the last who did: they may only restart */
  uint64_t asked_before; /* when it was last watched */
  bool idle;             /* next to nothing was asked of it since */
  uint64_t served_ms;    /* last time that a worker served it */
  struct bus_route_metrics count;
};

enum state { QUEUED, SENT, ENDED };

struct pool_ask {
  struct pool_ask *next, *prev; /* of the route's queue, or of the ended */
  struct pool_ask *wheel_next, *wheel_prev;
  struct pool_ask **slot; /* NULL: not in the wheel */
  struct route *route;
  void *user;
  struct dispatch *sent[2]; /* live ones */
  uint64_t deadline_ms, silent_ms;
  uint32_t third_ms;
  enum state state;
  uint8_t tries; /* dispatches that were not bounced */
  bool once, begun, away;
};

struct pool {
  struct pool_limits limits;
  struct worker **workers;
  uint32_t n_workers;
  struct route routes[BUS_ROUTES_MAX];
  size_t n_routes;
  uint64_t dirty; /* routes whose queue may find a worker */
  struct dispatch *dispatches, *free;
  uint32_t fresh, dispatches_max; /* dispatches used so far, and in all */
  struct pool_ask *ended_first, *ended_last;
  struct pool_ask *wheel[WHEEL];
  uint64_t ticked_ms, watched_ms, random, picks;
  uint64_t salt; /* of the numbers of dispatches: a worker that still answers our predecessor is not understood */
  uint32_t asks, capacity;
  uint64_t beats, beats_missed, workers_lost, nobody, refused_beats;
};

struct pool *pool_new(const struct pool_limits *limits, uint64_t now_ms) {
  struct pool *pool = calloc(1, sizeof *pool);
  must(pool != NULL && limits->asks > 0 && limits->workers > 0 && limits->queue_min <= limits->queue_max);
  pool->limits = *limits;
  pool->ticked_ms = pool->watched_ms = now_ms;
  pool->random = limits->seed | 1;
  pool->salt = limits->seed * UINT64_C(0x9e3779b97f4a7c15);
  pool->capacity = UINT32_MAX;
  pool->dispatches_max = limits->workers * BUS_CREDIT_MAX;                   /* the sum of all credits: never short */
  pool->dispatches = calloc(pool->dispatches_max, sizeof *pool->dispatches); /* untouched pages cost nothing */
  pool->workers = calloc(limits->workers, sizeof(struct worker *));
  must(pool->dispatches != NULL && pool->workers != NULL);
  return pool;
}

void pool_free(struct pool **slot) {
  struct pool *pool = *slot;
  *slot = NULL;
  if (!pool) return;
  must(pool->asks == 0);
  for (uint32_t i = 0; i < pool->n_workers; i++) free(pool->workers[i]);
  for (size_t i = 0; i < pool->n_routes; i++) free(pool->routes[i].workers);
  free(pool->workers);
  free(pool->dispatches);
  free(pool);
}

static uint64_t bit_of(const struct pool *pool, const struct route *route) {
  return UINT64_C(1) << (route - pool->routes);
}

static struct route *route_find(const struct pool *pool, uint32_t id) {
  for (size_t i = 0; i < pool->n_routes; i++)
    if (pool->routes[i].count.route == id) return (struct route *)&pool->routes[i];
  return NULL;
}

static bool route_served(const struct route *route) {
  for (uint32_t i = 0; i < route->n_workers; i++)
    if (!route->workers[i]->draining) return true;
  return false;
}

/* ---- the wheel: when to look at an ask again ---- */

static void disarm(struct pool_ask *ask) {
  if (!ask->slot) return;
  if (ask->wheel_prev)
    ask->wheel_prev->wheel_next = ask->wheel_next;
  else
    *ask->slot = ask->wheel_next;
  if (ask->wheel_next) ask->wheel_next->wheel_prev = ask->wheel_prev;
  ask->slot = NULL;
}

static uint64_t due_ms(const struct pool_ask *ask) {
  const bool watched = ask->state == SENT && !ask->once && ask->tries < 2;
  return watched && ask->silent_ms < ask->deadline_ms ? ask->silent_ms : ask->deadline_ms;
}

static void arm(struct pool *pool, struct pool_ask *ask) {
  disarm(ask);
  const uint64_t tick = due_ms(ask) / POOL_TICK_MS, ticked = pool->ticked_ms / POOL_TICK_MS;
  ask->slot = &pool->wheel[((tick > ticked ? tick : ticked) + 1) % WHEEL];
  ask->wheel_prev = NULL;
  ask->wheel_next = *ask->slot;
  if (ask->wheel_next) ask->wheel_next->wheel_prev = ask;
  *ask->slot = ask;
}

/* ---- queues ---- */

static void list_add(struct pool_ask **first, struct pool_ask **last, struct pool_ask *ask, bool at_head) {
  ask->prev = at_head ? NULL : *last;
  ask->next = at_head ? *first : NULL;
  *(ask->prev ? &ask->prev->next : first) = ask;
  *(ask->next ? &ask->next->prev : last) = ask;
}

static void list_remove(struct pool_ask **first, struct pool_ask **last, struct pool_ask *ask) {
  *(ask->prev ? &ask->prev->next : first) = ask->next;
  *(ask->next ? &ask->next->prev : last) = ask->prev;
  ask->next = ask->prev = NULL;
}

static void enqueue(struct pool *pool, struct pool_ask *ask, bool at_head) {
  list_add(&ask->route->first, &ask->route->last, ask, at_head);
  ask->state = QUEUED;
  ask->route->count.queued++;
  pool->dirty |= bit_of(pool, ask->route);
  arm(pool, ask);
}

static void unqueue(struct pool_ask *ask) {
  list_remove(&ask->route->first, &ask->route->last, ask);
  ask->state = SENT;
  ask->route->count.queued--;
}

static bool is_out(const struct pool_ask *ask) {
  return ask->sent[0] || ask->sent[1];
}

/* Takes the ask out of all books; what is still out holds its credit without it. */
static void detach(struct pool *pool, struct pool_ask *ask) {
  disarm(ask);
  if (ask->state == QUEUED) unqueue(ask);
  if (ask->state == ENDED) list_remove(&pool->ended_first, &pool->ended_last, ask);
  for (int i = 0; i < 2; i++) {
    if (ask->sent[i]) ask->sent[i]->ask = NULL;
    ask->sent[i] = NULL;
  }
}

static void *give_back(struct pool *pool, struct pool_ask *ask) {
  detach(pool, ask);
  void *user = ask->user;
  free(ask);
  pool->asks--;
  return user;
}

static void count_end(struct pool_ask *ask) {
  if (ask->away)
    ask->route->count.away++;
  else
    ask->route->count.expired++;
}

static void end(struct pool *pool, struct pool_ask *ask, bool away) {
  ask->begun |= is_out(ask);
  ask->away = away || ask->begun;
  count_end(ask);
  detach(pool, ask);
  ask->state = ENDED;
  list_add(&pool->ended_first, &pool->ended_last, ask, false);
}

/* ---- dispatches ---- */

static struct dispatch *dispatch_new(struct pool *pool, struct worker *worker, struct pool_ask *ask) {
  struct dispatch *dispatch = pool->free;
  if (dispatch)
    pool->free = dispatch->next;
  else
    dispatch = &pool->dispatches[pool->fresh++];
  must(pool->fresh <= pool->dispatches_max && worker->outstanding < worker->credit);
  dispatch->worker = worker;
  dispatch->ask = ask;
  dispatch->route = ask->route;
  dispatch->prev = NULL;
  dispatch->next = worker->dispatches;
  if (dispatch->next) dispatch->next->prev = dispatch;
  worker->dispatches = dispatch;
  worker->outstanding++;
  ask->route->count.outstanding++;
  ask->sent[ask->sent[0] != NULL] = dispatch;
  return dispatch;
}

/* Gives the credit back. */
static void dispatch_end(struct pool *pool, struct dispatch *dispatch) {
  struct worker *worker = dispatch->worker;
  must(worker != NULL);
  *(dispatch->prev ? &dispatch->prev->next : &worker->dispatches) = dispatch->next;
  if (dispatch->next) dispatch->next->prev = dispatch->prev;
  worker->outstanding--;
  dispatch->route->count.outstanding--;
  if (dispatch->ask) dispatch->ask->sent[dispatch->ask->sent[1] == dispatch] = NULL;
  dispatch->worker = NULL;
  dispatch->ask = NULL;
  dispatch->generation++;
  dispatch->next = pool->free;
  pool->free = dispatch;
  pool->dirty |= worker->routes;
}

static uint64_t dispatch_number(const struct pool *pool, const struct dispatch *dispatch) {
  return ((uint64_t)dispatch->generation << 32 | (uint64_t)(dispatch - pool->dispatches)) ^ pool->salt;
}

static struct dispatch *dispatch_find(struct pool *pool, uint64_t salted, uint64_t worker) {
  const uint64_t number = salted ^ pool->salt;
  const uint32_t index = (uint32_t)number;
  if (index >= pool->fresh) return NULL;
  struct dispatch *dispatch = &pool->dispatches[index];
  const bool same = dispatch->worker && dispatch->generation == number >> 32 && dispatch->worker->number == worker;
  return same ? dispatch : NULL;
}

/* ---- workers ---- */

static void ask_lost(struct pool *pool, struct pool_ask *ask) {
  ask->begun = true;
  if (ask->state == QUEUED || is_out(ask)) return;
  if (ask->once || ask->tries >= 2)
    end(pool, ask, true);
  else
    enqueue(pool, ask, true);
}

static void join(struct route *route, struct worker *worker) {
  if (route->n_workers == route->room) {
    route->room = route->room ? 2 * route->room : 8;
    route->workers = realloc(route->workers, route->room * sizeof(struct worker *));
    must(route->workers != NULL);
  }
  route->workers[route->n_workers++] = worker;
}

static void leave(struct route *route, const struct worker *worker) {
  for (uint32_t i = 0; i < route->n_workers; i++)
    if (route->workers[i] == worker) route->workers[i--] = route->workers[--route->n_workers];
}

static void serve(struct pool *pool, struct worker *worker, uint64_t routes) {
  for (size_t i = 0; i < pool->n_routes; i++) {
    const uint64_t bit = UINT64_C(1) << i;
    if (routes & ~worker->routes & bit) join(&pool->routes[i], worker);
    if (worker->routes & ~routes & bit) leave(&pool->routes[i], worker);
  }
  worker->routes = routes;
}

static void count_missed(struct pool *pool, const struct worker *worker, uint64_t now_ms) {
  const uint64_t beats = (now_ms - worker->beat_ms + BUS_BEAT_MS / 2) / BUS_BEAT_MS;
  if (beats > 1) pool->beats_missed += beats - 1;
}

/* What the routes' workers can do has changed. */
static void recount(struct pool *pool) {
  uint32_t least = UINT32_MAX / SHIFTS;
  for (size_t i = 0; i < pool->n_routes; i++) {
    struct route *route = &pool->routes[i];
    uint32_t credit = 0;
    for (uint32_t k = 0; k < route->n_workers; k++)
      if (!route->workers[k]->draining) credit += route->workers[k]->credit;
    if (credit > 0) route->credit = credit;
    if (route->credit > 0 && !route->idle && route->credit < least) least = route->credit;
  }
  pool->capacity = SHIFTS * least;
}

/* Which routes the work goes to: a service that has few workers, because little is asked of it, must not hold back what
 * does not need it. The busiest route has a BUS_ROUTES_MAX-th of the asks at least, so one always counts. */
static void watch(struct pool *pool, uint64_t now_ms) {
  uint64_t all = 0;
  for (size_t i = 0; i < pool->n_routes; i++) all += pool->routes[i].count.asked - pool->routes[i].asked_before;
  for (size_t i = 0; i < pool->n_routes; i++) {
    struct route *route = &pool->routes[i];
    route->idle = all >= WATCH_ASKS && (route->count.asked - route->asked_before) * BUS_ROUTES_MAX < all;
    route->asked_before = route->count.asked;
  }
  pool->watched_ms = now_ms;
  recount(pool);
}

static void lose(struct pool *pool, uint32_t i, uint64_t now_ms) {
  struct worker *worker = pool->workers[i];
  if (!worker->draining) {
    count_missed(pool, worker, now_ms);
    pool->workers_lost++;
  }
  worker->closed = true;
  while (worker->dispatches) {
    struct pool_ask *ask = worker->dispatches->ask;
    dispatch_end(pool, worker->dispatches);
    if (ask) ask_lost(pool, ask);
  }
  must(worker->outstanding == 0);
  serve(pool, worker, 0);
  pool->workers[i] = pool->workers[--pool->n_workers];
  recount(pool);
  free(worker);
}

static bool same_peer(const struct pool_peer *a, const struct pool_peer *b) {
  return a->n == b->n && memcmp(a->bytes, b->bytes, a->n) == 0;
}

void pool_lose(struct pool *pool, const struct pool_peer *peer, uint64_t now_ms) {
  for (uint32_t i = pool->n_workers; i-- > 0;)
    if (same_peer(&pool->workers[i]->peer, peer)) lose(pool, i, now_ms);
}

/* Whether one more would leave the owner more than his share: a key that was stolen, or a service that starts too many,
 * must not keep the others out. */
static bool has_his_share(const struct pool *pool, const char *owner) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < pool->n_workers; i++) n += strcmp(pool->workers[i]->owner, owner) == 0;
  return n >= (pool->limits.workers + POOL_OWNERS_LEAST - 1) / POOL_OWNERS_LEAST;
}

/* The worker that beats. Another entry with its peer or its number is an old connection of it. */
static struct worker *renew(struct pool *pool, const struct pool_beat *beat, uint64_t now_ms) {
  struct worker *found = NULL;
  for (uint32_t i = pool->n_workers; i-- > 0;) {
    struct worker *worker = pool->workers[i];
    const bool peer = same_peer(&worker->peer, &beat->peer), number = worker->number == beat->worker;
    if (peer && number)
      found = worker;
    else if (peer || number)
      lose(pool, i, now_ms);
  }
  if (found) {
    count_missed(pool, found, now_ms);
    return found;
  }
  if (pool->n_workers == pool->limits.workers || (beat->owner && has_his_share(pool, beat->owner))) return NULL;
  struct worker *worker = calloc(1, sizeof *worker);
  must(worker != NULL);
  if (beat->owner) bus_copy(worker->owner, sizeof worker->owner, beat->owner);
  worker->peer = beat->peer;
  worker->number = beat->worker;
  return pool->workers[pool->n_workers++] = worker;
}

/* The routes' bits; new ones get a place. False when there are more than places. */
static bool routes_of(struct pool *pool, const struct pool_beat *beat, uint64_t *bits) {
  *bits = 0;
  for (size_t i = 0; i < beat->n_routes; i++) {
    struct route *route = route_find(pool, beat->routes[i]);
    if (!route && pool->n_routes == BUS_ROUTES_MAX) return false;
    if (!route) {
      route = &pool->routes[pool->n_routes++];
      route->count.route = beat->routes[i];
    }
    *bits |= bit_of(pool, route);
  }
  return true;
}

bool pool_beat(struct pool *pool, const struct pool_beat *beat, uint64_t now_ms) {
  uint64_t routes;
  struct worker *worker = routes_of(pool, beat, &routes) ? renew(pool, beat, now_ms) : NULL;
  if (!worker) {
    pool->refused_beats++;
    return false;
  }
  pool->beats++;
  const uint32_t credit = beat->credit < BUS_CREDIT_MAX ? beat->credit : BUS_CREDIT_MAX;
  const bool changed = worker->routes != routes || worker->credit != credit || worker->draining != beat->draining;
  serve(pool, worker, routes);
  worker->credit = credit;
  worker->others = beat->in_flight > worker->outstanding ? beat->in_flight - worker->outstanding : 0;
  worker->draining = beat->draining;
  worker->closed = false;
  worker->beat_ms = now_ms;
  if (changed) recount(pool);
  for (size_t i = 0; i < pool->n_routes; i++)
    if (routes >> i & 1 && !worker->draining) pool->routes[i].served_ms = now_ms;
  pool->dirty |= routes;
  return true;
}

/* ---- asks ---- */

static bool has_credit(const struct worker *worker) {
  return !worker->draining && !worker->closed && worker->outstanding < worker->credit;
}

static const struct worker *out_at(const struct pool_ask *ask) {
  const struct dispatch *live = ask->sent[0] ? ask->sent[0] : ask->sent[1];
  return live ? live->worker : NULL;
}

static uint32_t draw(struct pool *pool, uint32_t n) {
  pool->random ^= pool->random << 13;
  pool->random ^= pool->random >> 7;
  pool->random ^= pool->random << 17;
  return (uint32_t)((pool->random >> 16) % n);
}

static struct worker *better(struct worker *a, struct worker *b, const struct worker * not ) {
  if (b == not || !has_credit(b)) return a;
  if (!a) return b;
  const uint32_t load_a = a->outstanding + a->others, load_b = b->outstanding + b->others;
  if (load_a != load_b) return load_a < load_b ? a : b;
  return a->picked <= b->picked ? a : b;
}

/* The least loaded worker with credit, other than the one that has the ask already. */
static struct worker *pick(struct pool *pool, const struct pool_ask *ask) {
  const struct route *route = ask->route;
  const struct worker *not = out_at(ask);
  struct worker *best = NULL;
  if (route->n_workers > SCAN_MAX)
    for (int i = 0; i < 2; i++) best = better(best, route->workers[draw(pool, route->n_workers)], not );
  for (uint32_t i = 0; !best && i < route->n_workers && route->n_workers > SCAN_MAX; i++)
    best = better(best, route->workers[i], not );
  for (uint32_t i = 0; i < route->n_workers && route->n_workers <= SCAN_MAX; i++)
    best = better(best, route->workers[i], not );
  return best;
}

static uint32_t queue_limit(const struct pool *pool, const struct route *route) {
  const uint32_t limit = WAITERS * route->credit;
  if (limit < pool->limits.queue_min) return pool->limits.queue_min;
  return limit < pool->limits.queue_max ? limit : pool->limits.queue_max;
}

enum pool_verdict pool_take(struct pool *pool, uint32_t route_id, uint32_t deadline_ms, bool once, void *user,
                            uint64_t now_ms, struct pool_ask **slot) {
  struct route *route = route_find(pool, route_id);
  if (!route) {
    pool->nobody++;
    return POOL_NOBODY;
  }
  route->count.asked++;
  if (!route_served(route) && now_ms - route->served_ms > POOL_PATIENCE_MS) {
    route->count.away++;
    return POOL_NOBODY;
  }
  const bool full = route->count.queued >= pool->limits.queue_min && route->count.queued >= queue_limit(pool, route);
  if (full || pool->asks >= pool->limits.asks) {
    route->count.overloaded++;
    return POOL_FULL;
  }
  struct pool_ask *ask = calloc(1, sizeof *ask);
  must(ask != NULL);
  ask->route = route;
  ask->user = user;
  ask->once = once;
  ask->deadline_ms = now_ms + deadline_ms;
  ask->third_ms = deadline_ms / 3;
  pool->asks++;
  enqueue(pool, ask, false);
  *slot = ask;
  return POOL_TAKEN;
}

void *pool_cancel(struct pool *pool, struct pool_ask *ask) {
  if (ask->state != ENDED) ask->route->count.cancelled++; /* ended ones are counted as what they ended as */
  return give_back(pool, ask);
}

static void send_to(struct pool *pool, struct pool_ask *ask, struct worker *worker, uint64_t now_ms,
                    struct pool_step *step) {
  unqueue(ask);
  const struct dispatch *dispatch = dispatch_new(pool, worker, ask);
  worker->picked = ++pool->picks;
  ask->tries++;
  must(ask->tries <= 2);
  if (ask->tries == 2) ask->route->count.retries++;
  ask->silent_ms = now_ms + ask->third_ms;
  arm(pool, ask);
  *step = (struct pool_step){.kind = POOL_SEND,
                             .user = ask->user,
                             .peer = worker->peer,
                             .dispatch = dispatch_number(pool, dispatch),
                             .left_ms = (uint32_t)(ask->deadline_ms - now_ms),
                             .attempt = ask->tries};
}

/* Finds something to send for the route, or takes it off the dirty ones. */
static bool send_next(struct pool *pool, struct route *route, uint64_t now_ms, struct pool_step *step) {
  while (route->first) {
    struct pool_ask *ask = route->first;
    if (ask->deadline_ms <= now_ms) {
      end(pool, ask, false);
      continue;
    }
    struct worker *worker = pick(pool, ask);
    if (worker) {
      send_to(pool, ask, worker, now_ms, step);
      return true;
    }
    if (!is_out(ask)) break;
    unqueue(ask); /* a second asking must not keep the others waiting */
    ask->silent_ms = now_ms + HEDGE_AGAIN_MS;
    arm(pool, ask);
  }
  pool->dirty &= ~bit_of(pool, route);
  return false;
}

bool pool_next(struct pool *pool, uint64_t now_ms, struct pool_step *step) {
  while (pool->dirty && !pool->ended_first)
    if (send_next(pool, &pool->routes[__builtin_ctzll(pool->dirty)], now_ms, step)) return true;
  struct pool_ask *ask = pool->ended_first;
  if (!ask) return false;
  *step = (struct pool_step){.kind = POOL_END, .begun = ask->begun, .away = ask->away};
  step->user = give_back(pool, ask);
  return true;
}

static void note_load(struct worker *worker, uint32_t in_flight) {
  worker->others = in_flight > worker->outstanding ? in_flight - worker->outstanding : 0;
}

/* Settles a dispatch that its worker has done with; its ask, if that still waits. */
static struct pool_ask *settle(struct pool *pool, struct dispatch *dispatch, uint32_t in_flight) {
  struct worker *worker = dispatch->worker;
  struct pool_ask *ask = dispatch->ask;
  if (!ask) dispatch->route->count.late++;
  dispatch_end(pool, dispatch);
  note_load(worker, in_flight);
  return ask;
}

void *pool_answered(struct pool *pool, uint64_t number, uint64_t worker, uint32_t in_flight, bool refusal) {
  struct dispatch *dispatch = dispatch_find(pool, number, worker);
  struct pool_ask *ask = dispatch ? settle(pool, dispatch, in_flight) : NULL;
  if (!ask) return NULL;
  if (refusal)
    ask->route->count.refused++;
  else
    ask->route->count.answered++;
  return give_back(pool, ask);
}

void *pool_expired(struct pool *pool, uint64_t number, uint64_t worker, uint32_t in_flight, bool *begun) {
  struct dispatch *dispatch = dispatch_find(pool, number, worker);
  struct pool_ask *ask = dispatch ? settle(pool, dispatch, in_flight) : NULL;
  if (!ask || is_out(ask)) return NULL;
  *begun = ask->away = ask->begun;
  count_end(ask);
  return give_back(pool, ask);
}

static void take_back(struct pool *pool, struct dispatch *dispatch) {
  struct pool_ask *ask = dispatch->ask;
  dispatch->worker->closed = true;
  dispatch_end(pool, dispatch);
  if (!ask) return;
  ask->tries--;
  if (ask->state == SENT && !is_out(ask))
    enqueue(pool, ask, true);
  else
    arm(pool, ask); /* one try fewer: its silence counts again */
}

void pool_bounced(struct pool *pool, uint64_t number, uint64_t worker) {
  struct dispatch *dispatch = dispatch_find(pool, number, worker);
  if (!dispatch) return;
  dispatch->route->count.bounces++;
  take_back(pool, dispatch);
}

void pool_unsent(struct pool *pool, uint64_t number) {
  struct dispatch *dispatch = &pool->dispatches[(uint32_t)(number ^ pool->salt)];
  must(dispatch->worker && dispatch_number(pool, dispatch) == number);
  take_back(pool, dispatch);
}

/* ---- time ---- */

static void look_at(struct pool *pool, struct pool_ask *ask, uint64_t now_ms) {
  if (now_ms >= ask->deadline_ms) {
    end(pool, ask, false);
    return;
  }
  if (ask->state == SENT && !ask->once && ask->tries < 2 && now_ms >= ask->silent_ms) {
    ask->silent_ms = now_ms + HEDGE_AGAIN_MS;
    if (pick(pool, ask)) enqueue(pool, ask, true);
  }
  arm(pool, ask);
}

static void turn_wheel(struct pool *pool, uint64_t now_ms) {
  const uint64_t from = pool->ticked_ms / POOL_TICK_MS, to = now_ms / POOL_TICK_MS;
  pool->ticked_ms = now_ms;
  for (uint64_t tick = to - from < WHEEL ? from + 1 : to - WHEEL + 1; tick <= to; tick++) {
    for (struct pool_ask *ask = pool->wheel[tick % WHEEL], *next; ask; ask = next) {
      next = ask->wheel_next;
      if (due_ms(ask) <= now_ms) look_at(pool, ask, now_ms);
    }
  }
}

/* Nobody has served it for long: those who wait for a worker need not wait for their deadline. */
static void give_up(struct pool *pool, struct route *route) {
  for (struct pool_ask *ask = route->first, *next; ask; ask = next) {
    next = ask->next;
    if (!is_out(ask)) end(pool, ask, true);
  }
}

void pool_tick(struct pool *pool, uint64_t now_ms) {
  if (now_ms <= pool->ticked_ms) return;
  const bool was_away = now_ms - pool->ticked_ms > 2ull * POOL_IDLE_MS;
  for (uint32_t i = pool->n_workers; i-- > 0;) {
    if (was_away) pool->workers[i]->beat_ms = now_ms; /* its beats wait in the socket, unread */
    if (now_ms - pool->workers[i]->beat_ms > BUS_SILENCE_MS) lose(pool, i, now_ms);
  }
  turn_wheel(pool, now_ms);
  if (now_ms - pool->watched_ms >= WATCH_MS) watch(pool, now_ms);
  for (size_t i = 0; i < pool->n_routes; i++) {
    struct route *route = &pool->routes[i];
    if (route_served(route))
      route->served_ms = now_ms;
    else if (now_ms - route->served_ms > POOL_PATIENCE_MS)
      give_up(pool, route);
  }
}

/* ---- what can be seen ---- */

uint32_t pool_asks(const struct pool *pool) {
  return pool->asks;
}

uint32_t pool_capacity(const struct pool *pool) {
  return pool->capacity < pool->limits.queue_min ? pool->limits.queue_min : pool->capacity;
}

bool pool_serves(const struct pool *pool, uint32_t id) {
  const struct route *route = route_find(pool, id);
  return route && route_served(route);
}

const struct pool_peer *pool_peer(const struct pool *pool, uint32_t i) {
  must(i < pool->n_workers);
  return &pool->workers[i]->peer;
}

void pool_metrics(const struct pool *pool, struct bus_broker_metrics *metrics) {
  metrics->n_routes = pool->n_routes;
  for (size_t i = 0; i < pool->n_routes; i++) {
    const struct route *route = &pool->routes[i];
    struct bus_route_metrics *count = &metrics->routes[i];
    *count = route->count;
    for (uint32_t k = 0; k < route->n_workers; k++) {
      const struct worker *worker = route->workers[k];
      count->workers += !worker->draining;
      if (has_credit(worker)) count->credit += worker->credit - worker->outstanding;
    }
  }
  metrics->workers = pool->n_workers;
  metrics->beats = pool->beats;
  metrics->beats_missed = pool->beats_missed;
  metrics->workers_lost = pool->workers_lost;
  metrics->nobody = pool->nobody;
  metrics->refused_beats = pool->refused_beats;
}

static void audit_route(const struct route *route, uint32_t *queued) {
  uint32_t n = 0;
  for (const struct pool_ask *ask = route->first; ask; ask = ask->next, n++)
    must(ask->state == QUEUED && ask->route == route && ask->slot && !(ask->sent[0] && ask->sent[1]));
  must(n == route->count.queued);
  *queued += n;
}

void pool_audit(const struct pool *pool) {
  uint32_t outstanding = 0, queued = 0, ended = 0, waiting = 0, by_route = 0, live = 0;
  for (uint32_t i = 0; i < pool->n_workers; i++) {
    const struct worker *worker = pool->workers[i];
    uint32_t n = 0;
    for (const struct dispatch *d = worker->dispatches; d; d = d->next, n++) {
      must(d->worker == worker && (!d->ask || d->ask->sent[0] == d || d->ask->sent[1] == d));
      live += d->ask != NULL;
    }
    must(n == worker->outstanding && n <= BUS_CREDIT_MAX);
    outstanding += n;
  }
  for (size_t i = 0; i < pool->n_routes; i++) {
    audit_route(&pool->routes[i], &queued);
    by_route += pool->routes[i].count.outstanding;
  }
  must(by_route == outstanding);
  for (const struct pool_ask *ask = pool->ended_first; ask; ask = ask->next, ended++)
    must(ask->state == ENDED && !is_out(ask) && !ask->slot);
  for (int i = 0; i < WHEEL; i++)
    for (const struct pool_ask *ask = pool->wheel[i]; ask; ask = ask->wheel_next, waiting++) {
      must(ask->state == QUEUED || is_out(ask));
      live -= ask->sent[0] != NULL;
      live -= ask->sent[1] != NULL;
    }
  must(live == 0 && waiting + ended == pool->asks);
}
