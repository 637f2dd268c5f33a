/* The pool's books: each rule of its manual, then a simulated day of joins, deaths, drains and losses. */
#include "must.h"
#include "pool.h"
#include "test.h"

#include <stdio.h>

enum { READ = 100, WRITE = 200 };

static struct pool *open_pool(uint32_t queue_max) {
  return pool_new(&(struct pool_limits){.asks = 4096, .workers = 16, .queue_min = 4, .queue_max = queue_max, .seed = 7},
                  1000);
}

static struct pool_peer peer_of(uint64_t n) {
  struct pool_peer peer = {.n = 8};
  memcpy(peer.bytes, &n, 8);
  return peer;
}

static void beat(struct pool *pool, uint64_t worker, uint32_t credit, uint32_t in_flight, bool draining, uint64_t now) {
  static const uint32_t routes[] = {READ, WRITE};
  assert_true(pool_beat(pool,
                        &(struct pool_beat){.peer = peer_of(worker),
                                            .worker = worker,
                                            .routes = routes,
                                            .n_routes = 2,
                                            .credit = credit,
                                            .in_flight = in_flight,
                                            .draining = draining},
                        now));
}

/* Users are small numbers, so that a step says which ask it is about. */
static void *user(uintptr_t n) {
  return (void *)n;
}

static struct pool_ask *take(struct pool *pool, uintptr_t who, uint32_t deadline_ms, bool once, uint64_t now) {
  struct pool_ask *ask = NULL;
  assert_int_equal(pool_take(pool, READ, deadline_ms, once, user(who), now, &ask), POOL_TAKEN);
  return ask;
}

/* The next step must be this sending; its dispatch. */
static uint64_t sent(struct pool *pool, uintptr_t who, uint64_t worker, uint32_t attempt, uint64_t now) {
  struct pool_step step;
  assert_true(pool_next(pool, now, &step));
  assert_int_equal(step.kind, POOL_SEND);
  assert_ptr_equal(step.user, user(who));
  const struct pool_peer peer = peer_of(worker);
  assert_memory_equal(step.peer.bytes, peer.bytes, 8);
  assert_int_equal(step.attempt, attempt);
  return step.dispatch;
}

static void ended(struct pool *pool, uintptr_t who, bool away, bool begun, uint64_t now) {
  struct pool_step step;
  assert_true(pool_next(pool, now, &step));
  assert_int_equal(step.kind, POOL_END);
  assert_ptr_equal(step.user, user(who));
  assert_int_equal(step.away, away);
  assert_int_equal(step.begun, begun);
}

static void quiet(struct pool *pool, uint64_t now) {
  struct pool_step step;
  assert_false(pool_next(pool, now, &step));
  pool_audit(pool);
}

static void close_pool(struct pool *pool) {
  pool_audit(pool);
  assert_int_equal(pool_asks(pool), 0);
  pool_free(&pool);
  assert_null(pool);
}

static struct bus_route_metrics read_route(const struct pool *pool) {
  struct bus_broker_metrics metrics = {0};
  pool_metrics(pool, &metrics);
  assert_int_equal(metrics.routes[0].route, READ);
  return metrics.routes[0];
}

/* Ticks as the shell does, so that workers stay alive: all of them beat. */
static void pass(struct pool *pool, uint64_t from, uint64_t to, const uint64_t *workers, size_t n) {
  for (uint64_t now = from; now <= to; now += POOL_TICK_MS) {
    for (size_t i = 0; i < n && now % 500 == 0; i++) beat(pool, workers[i], 4, 0, false, now);
    pool_tick(pool, now);
  }
}

static void least_loaded_first_then_least_recently_used(void **state) {
  (void)state;
  struct pool *pool = open_pool(100);
  beat(pool, 1, 8, 0, false, 1000);
  beat(pool, 2, 8, 2, false, 1000); /* two calls of another gateway */
  for (uintptr_t i = 1; i <= 5; i++) take(pool, i, 1000, false, 1000);
  uint64_t dispatch[6];
  dispatch[1] = sent(pool, 1, 1, 1, 1000);
  dispatch[2] = sent(pool, 2, 1, 1, 1000);
  dispatch[3] = sent(pool, 3, 2, 1, 1000); /* both 2: worker 2 was not used yet */
  dispatch[4] = sent(pool, 4, 1, 1, 1000);
  dispatch[5] = sent(pool, 5, 2, 1, 1000);
  quiet(pool, 1000);
  assert_ptr_equal(pool_answered(pool, dispatch[3], 2, 1, false), user(3));
  assert_ptr_equal(pool_answered(pool, dispatch[5], 2, 0, true), user(5));
  for (uintptr_t i = 1; i <= 4; i += i == 2 ? 2 : 1)
    assert_ptr_equal(pool_answered(pool, dispatch[i], 1, 0, false), user(i));
  assert_int_equal(read_route(pool).answered, 4);
  assert_int_equal(read_route(pool).refused, 1);
  assert_int_equal(read_route(pool).credit, 16);
  close_pool(pool);
}

static void credit_bounds_what_is_sent_and_the_queue_is_bounded(void **state) {
  (void)state;
  struct pool *pool = open_pool(6);
  beat(pool, 1, 2, 0, false, 1000); /* four times the credit is 8, queue_max is 6 */
  for (uintptr_t i = 1; i <= 2; i++) take(pool, i, 1000, false, 1000);
  const uint64_t first = sent(pool, 1, 1, 1, 1000), second = sent(pool, 2, 1, 1, 1000);
  for (uintptr_t i = 3; i <= 8; i++) take(pool, i, 1000, false, 1000);
  quiet(pool, 1000);
  struct pool_ask *ask;
  assert_int_equal(pool_take(pool, READ, 1000, false, user(9), 1000, &ask), POOL_FULL);
  assert_ptr_equal(pool_answered(pool, first, 1, 1, false), user(1));
  sent(pool, 3, 1, 1, 1000); /* in the order in which they came */
  quiet(pool, 1000);
  assert_ptr_equal(pool_answered(pool, second, 1, 1, false), user(2));
  sent(pool, 4, 1, 1, 1000);
  beat(pool, 1, 3, 2, false, 1000); /* more credit: at once */
  sent(pool, 5, 1, 1, 1000);
  quiet(pool, 1000);
  const struct bus_route_metrics count = read_route(pool);
  assert_int_equal(count.overloaded, 1);
  assert_int_equal(count.queued, 3);
  assert_int_equal(count.outstanding, 3);
  pass(pool, 1010, 2010, (uint64_t[]){1}, 1); /* the one more credit goes to 6, the rest end at the deadline */
  int away = 0, expired = 0;
  for (struct pool_step step; pool_next(pool, 2010, &step);) {
    if (step.kind == POOL_SEND) continue;
    away += step.away && step.begun;
    expired += !step.away && !step.begun;
  }
  assert_int_equal(away + expired, 6);
  assert_true(expired >= 2);
  close_pool(pool);
}

static void what_may_be_begun_is_twice_the_least_credit(void **state) {
  (void)state;
  static const uint32_t read[] = {READ};
  struct pool *pool = open_pool(100);
  assert_true(pool_capacity(pool) > 1000); /* nothing is known yet: nothing is held back */
  beat(pool, 1, 8, 0, false, 1000);
  assert_int_equal(pool_capacity(pool), 16);
  assert_true(pool_beat(
      pool, &(struct pool_beat){.peer = peer_of(2), .worker = 2, .routes = read, .n_routes = 1, .credit = 32}, 1000));
  assert_int_equal(pool_capacity(pool), 16); /* a second one for READ does not help WRITE */
  beat(pool, 1, 20, 0, false, 1100);
  assert_int_equal(pool_capacity(pool), 40);
  beat(pool, 1, 1, 0, false, 1200);
  assert_int_equal(pool_capacity(pool), 4); /* queue_min */
  beat(pool, 1, 20, 0, false, 1300);
  const struct pool_peer first = peer_of(1);
  pool_lose(pool, &first, 1400);
  assert_int_equal(pool_capacity(pool), 40); /* nobody for WRITE, perhaps for a moment: as much as before */
  close_pool(pool);
}

static void take_many(struct pool *pool, uint32_t route, int n, uint64_t now) {
  for (int i = 0; i < n; i++) {
    struct pool_ask *ask;
    assert_int_equal(pool_take(pool, route, 1000, false, user(1), now, &ask), POOL_TAKEN);
    pool_cancel(pool, ask);
  }
}

static void a_route_that_is_not_asked_holds_nothing_back(void **state) {
  (void)state;
  static const uint32_t routes[] = {READ, WRITE};
  struct pool *pool = open_pool(100);
  assert_true(pool_beat(
      pool, &(struct pool_beat){.peer = peer_of(1), .worker = 1, .routes = routes, .n_routes = 1, .credit = 40}, 1000));
  assert_true(pool_beat(
      pool, &(struct pool_beat){.peer = peer_of(2), .worker = 2, .routes = routes, .n_routes = 2, .credit = 4}, 1000));
  static const struct {
    int reads, writes;
    uint32_t capacity; /* from then on: twice 4 for WRITE, twice 44 for READ */
  } seconds[] = {{20, 0, 8}, {640, 9, 88}, {640, 20, 8}, {640, 0, 88}, {20, 0, 8}};
  uint64_t now = 1000;
  for (size_t i = 0; i < COUNT(seconds); i++) {
    take_many(pool, READ, seconds[i].reads, now);
    take_many(pool, WRITE, seconds[i].writes, now);
    now += 1000;
    pool_tick(pool, now);
    assert_int_equal(pool_capacity(pool), seconds[i].capacity);
  }
  close_pool(pool);
}

static void a_restart_of_the_only_worker_lets_as_many_wait_as_before(void **state) {
  (void)state;
  struct pool *pool = open_pool(100);
  beat(pool, 1, 8, 0, false, 1000);
  beat(pool, 1, 0, 0, true, 1100);
  const struct pool_peer peer = peer_of(1);
  pool_lose(pool, &peer, 1200);
  for (uintptr_t i = 1; i <= 32; i++) take(pool, i, 1000, false, 1300);
  struct pool_ask *ask;
  assert_int_equal(pool_take(pool, READ, 1000, false, user(33), 1300, &ask), POOL_FULL);
  quiet(pool, 1300);
  beat(pool, 2, 32, 0, false, 1400);
  uint64_t dispatch[33];
  for (uintptr_t i = 1; i <= 32; i++) dispatch[i] = sent(pool, i, 2, 1, 1400);
  for (uintptr_t i = 1; i <= 32; i++) assert_ptr_equal(pool_answered(pool, dispatch[i], 2, 0, false), user(i));
  close_pool(pool);
}

static void deadline_says_whether_anything_may_have_happened(void **state) {
  (void)state;
  struct pool *pool = open_pool(100);
  beat(pool, 1, 1, 0, false, 1000);
  take(pool, 1, 100, false, 1000);
  take(pool, 2, 100, false, 1000);
  const uint64_t dispatch = sent(pool, 1, 1, 1, 1000);
  pass(pool, 1010, 1090, NULL, 0);
  quiet(pool, 1090);
  pass(pool, 1100, 1110, NULL, 0);
  ended(pool, 1, true, true, 1110);                  /* sent: unknown */
  ended(pool, 2, false, false, 1110);                /* never sent: nothing happened */
  assert_int_equal(read_route(pool).outstanding, 1); /* the credit is still out */
  assert_int_equal(read_route(pool).credit, 0);
  assert_null(pool_answered(pool, dispatch, 1, 0, false));
  assert_int_equal(read_route(pool).late, 1);
  assert_int_equal(read_route(pool).credit, 1);
  assert_null(pool_answered(pool, dispatch, 1, 0, false)); /* a second time: unknown, and no credit from nowhere */
  assert_int_equal(read_route(pool).credit, 1);
  close_pool(pool);
}

static void far_deadlines_pass_by_the_wheel_more_than_once(void **state) {
  (void)state;
  struct pool *pool = open_pool(100);
  beat(pool, 1, 4, 0, false, 1000);
  take(pool, 1, 25000, true, 1000);
  sent(pool, 1, 1, 1, 1000);
  pass(pool, 1010, 25990, (uint64_t[]){1}, 1);
  quiet(pool, 25990);
  pass(pool, 26000, 26010, (uint64_t[]){1}, 1);
  ended(pool, 1, true, true, 26010);
  close_pool(pool);
}

static void silence_of_a_third_asks_another_worker_once(void **state) {
  (void)state;
  struct pool *pool = open_pool(100);
  const uint64_t workers[] = {1, 2, 3};
  for (int i = 0; i < 3; i++) beat(pool, workers[i], 4, 0, false, 1000);
  take(pool, 1, 600, false, 1000);
  const uint64_t first = sent(pool, 1, 1, 1, 1000);
  pass(pool, 1010, 1190, workers, 3);
  quiet(pool, 1190);
  pass(pool, 1200, 1210, workers, 3);
  struct pool_step step;
  assert_true(pool_next(pool, 1210, &step));
  assert_int_equal(step.attempt, 2);
  assert_int_equal(step.left_ms, 390);
  pass(pool, 1220, 1500, workers, 3);
  quiet(pool, 1500);
  assert_ptr_equal(pool_answered(pool, first, 1, 0, false), user(1)); /* whoever is first */
  assert_null(pool_answered(pool, step.dispatch, step.peer.bytes[0], 0, false));
  assert_int_equal(read_route(pool).late, 1);
  assert_int_equal(read_route(pool).retries, 1);
  assert_int_equal(read_route(pool).credit, 12);

  take(pool, 2, 600, true, 1500); /* forbidden: silence changes nothing */
  assert_true(pool_next(pool, 1500, &step));
  pass(pool, 1510, 2090, workers, 3);
  quiet(pool, 2090);
  pass(pool, 2100, 2110, workers, 3);
  ended(pool, 2, true, true, 2110);
  close_pool(pool);
}

static void silence_waits_for_a_second_worker_without_blocking_others(void **state) {
  (void)state;
  struct pool *pool = open_pool(100);
  beat(pool, 1, 4, 0, false, 1000);
  take(pool, 1, 900, false, 1000);
  sent(pool, 1, 1, 1, 1000);
  pass(pool, 1010, 1400, (uint64_t[]){1}, 1);
  take(pool, 2, 900, false, 1400);
  const uint64_t other = sent(pool, 2, 1, 1, 1400);
  assert_ptr_equal(pool_answered(pool, other, 1, 1, false), user(2));
  beat(pool, 2, 4, 0, false, 1400);
  pass(pool, 1410, 1520, (uint64_t[]){1, 2}, 2);
  const uint64_t second = sent(pool, 1, 2, 2, 1520);
  assert_ptr_equal(pool_answered(pool, second, 2, 0, false), user(1));
  close_pool(pool);
}

static void loss_is_asked_again_once(void **state) {
  (void)state;
  struct pool *pool = open_pool(100);
  for (uint64_t i = 1; i <= 3; i++) beat(pool, i, 1, 0, false, 1000);
  const struct pool_peer one = peer_of(1), two = peer_of(2), three = peer_of(3);
  take(pool, 1, 1000, false, 1000);
  take(pool, 2, 1000, true, 1000);
  const uint64_t stale = sent(pool, 1, 1, 1, 1000);
  sent(pool, 2, 2, 1, 1000);
  pool_lose(pool, &one, 1010);
  sent(pool, 1, 3, 2, 1010);
  pool_lose(pool, &two, 1010);
  ended(pool, 2, true, true, 1010); /* once: the client decides */
  assert_null(pool_answered(pool, stale, 1, 0, false));
  pool_lose(pool, &three, 1020);
  ended(pool, 1, true, true, 1020);
  pool_lose(pool, &three, 1020); /* unknown by now */
  struct bus_broker_metrics metrics = {0};
  pool_metrics(pool, &metrics);
  assert_int_equal(metrics.workers, 0);
  assert_int_equal(metrics.workers_lost, 3);
  close_pool(pool);
}

static void missed_beats_unregister_but_our_own_absence_does_not(void **state) {
  (void)state;
  struct pool *pool = open_pool(100);
  beat(pool, 1, 4, 0, false, 1000);
  beat(pool, 2, 4, 0, false, 1000);
  take(pool, 1, 9000, false, 1000);
  sent(pool, 1, 1, 1, 1000);
  pass(pool, 1010, 3000, (uint64_t[]){2}, 1);
  struct bus_broker_metrics metrics = {0};
  pool_metrics(pool, &metrics);
  assert_int_equal(metrics.workers, 2); /* 2000 ms: not yet */
  pass(pool, 3010, 3020, (uint64_t[]){2}, 1);
  pool_metrics(pool, &metrics);
  assert_int_equal(metrics.workers, 1);
  assert_int_equal(metrics.beats_missed, 3);
  const uint64_t dispatch = sent(pool, 1, 2, 2, 3020);
  pool_tick(pool, 8000); /* we were stopped for 5 s: the worker's beats lie unread in the socket */
  pool_metrics(pool, &metrics);
  assert_int_equal(metrics.workers, 1);
  assert_ptr_equal(pool_answered(pool, dispatch, 2, 0, false), user(1));
  close_pool(pool);
}

static void bounces_cost_no_try_and_close_the_worker_until_it_beats(void **state) {
  (void)state;
  struct pool *pool = open_pool(100);
  beat(pool, 1, 4, 0, false, 1000);
  beat(pool, 2, 4, 1, false, 1000);
  take(pool, 1, 1000, true, 1000); /* allowed for `once` too: it never began */
  uint64_t dispatch = sent(pool, 1, 1, 1, 1000);
  pool_bounced(pool, dispatch, 1);
  dispatch = sent(pool, 1, 2, 1, 1000);
  pool_bounced(pool, dispatch, 2);
  quiet(pool, 1000);
  beat(pool, 2, 4, 0, true, 1000);
  quiet(pool, 1000); /* draining */
  beat(pool, 1, 4, 0, false, 1000);
  dispatch = sent(pool, 1, 1, 1, 1000);
  pool_unsent(pool, dispatch);
  quiet(pool, 1000);
  beat(pool, 1, 4, 0, false, 1000);
  dispatch = sent(pool, 1, 1, 1, 1000);
  assert_ptr_equal(pool_answered(pool, dispatch, 1, 0, false), user(1));
  assert_int_equal(read_route(pool).bounces, 2);
  assert_int_equal(read_route(pool).retries, 0);
  close_pool(pool);
}

static void expired_at_the_worker_is_nothing_happened_unless_another_had_it(void **state) {
  (void)state;
  struct pool *pool = open_pool(100);
  beat(pool, 1, 4, 0, false, 1000);
  beat(pool, 2, 4, 1, false, 1000);
  bool begun = true;
  take(pool, 1, 1000, false, 1000);
  uint64_t dispatch = sent(pool, 1, 1, 1, 1000);
  assert_ptr_equal(pool_expired(pool, dispatch, 1, 0, &begun), user(1));
  assert_false(begun);
  take(pool, 2, 1000, false, 1000);
  sent(pool, 2, 1, 1, 1000);
  const struct pool_peer one = peer_of(1);
  pool_lose(pool, &one, 1000);
  dispatch = sent(pool, 2, 2, 2, 1000);
  assert_ptr_equal(pool_expired(pool, dispatch, 2, 0, &begun), user(2));
  assert_true(begun);
  close_pool(pool);
}

static void answers_count_only_from_the_worker_that_was_asked(void **state) {
  (void)state;
  struct pool *pool = open_pool(100);
  beat(pool, 1, 4, 0, false, 1000);
  beat(pool, 2, 4, 0, false, 1000);
  take(pool, 1, 1000, false, 1000);
  const uint64_t dispatch = sent(pool, 1, 1, 1, 1000);
  assert_null(pool_answered(pool, dispatch, 2, 0, false));
  assert_null(pool_answered(pool, dispatch + 1, 1, 0, false));
  assert_null(pool_answered(pool, dispatch + (UINT64_C(1) << 32), 1, 0, false));
  assert_null(pool_answered(pool, UINT64_MAX, 1, 0, false));
  assert_ptr_equal(pool_answered(pool, dispatch, 1, 0, false), user(1));
  close_pool(pool);
}

static void reconnecting_worker_takes_its_own_place(void **state) {
  (void)state;
  struct pool *pool = open_pool(100);
  beat(pool, 1, 4, 0, false, 1000);
  take(pool, 1, 1000, false, 1000);
  const uint64_t lost = sent(pool, 1, 1, 1, 1000);
  static const uint32_t routes[] = {READ};
  struct pool_beat again = {.peer = peer_of(77), .worker = 1, .routes = routes, .n_routes = 1, .credit = 4};
  assert_true(pool_beat(pool, &again, 1010));
  struct pool_step step;
  assert_true(pool_next(pool, 1010, &step));
  assert_int_equal(step.attempt, 2);
  assert_int_equal(step.peer.bytes[0], 77);
  assert_null(pool_answered(pool, lost, 1, 0, false));
  assert_ptr_equal(pool_answered(pool, step.dispatch, 1, 0, false), user(1));
  assert_false(pool_serves(pool, WRITE)); /* it no longer announces that one */
  assert_true(pool_serves(pool, READ));
  close_pool(pool);
}

static void routes_without_workers(void **state) {
  (void)state;
  struct pool *pool = open_pool(100);
  struct pool_ask *ask;
  assert_int_equal(pool_take(pool, 999, 1000, false, user(1), 1000, &ask), POOL_NOBODY);
  assert_false(pool_serves(pool, 999));
  beat(pool, 1, 4, 0, false, 1000);
  const struct pool_peer one = peer_of(1);
  pool_lose(pool, &one, 1000);
  take(pool, 1, 60000, false, 1000); /* a restart: worth waiting for */
  pass(pool, 1010, 3900, NULL, 0);
  quiet(pool, 3900);
  pass(pool, 3910, 4010, NULL, 0);
  ended(pool, 1, true, false, 4010);
  assert_int_equal(pool_take(pool, READ, 1000, false, user(2), 4010, &ask), POOL_NOBODY);
  beat(pool, 2, 4, 0, false, 4020);
  take(pool, 3, 1000, false, 4020);
  sent(pool, 3, 2, 1, 4020);
  pool_lose(pool, &(struct pool_peer){.n = 8, .bytes = {2}}, 4020);
  pass(pool, 4030, 5030, NULL, 0);
  ended(pool, 3, true, true, 5030);
  close_pool(pool);
}

static void cancelled_asks_end_silently_in_every_state(void **state) {
  (void)state;
  struct pool *pool = open_pool(100);
  beat(pool, 1, 1, 0, false, 1000);
  struct pool_ask *out = take(pool, 1, 100, false, 1000), *waiting = take(pool, 2, 100, false, 1000);
  struct pool_ask *over = take(pool, 3, 20, false, 1000);
  const uint64_t dispatch = sent(pool, 1, 1, 1, 1000);
  pass(pool, 1010, 1030, NULL, 0);
  assert_ptr_equal(pool_cancel(pool, out), user(1));
  assert_ptr_equal(pool_cancel(pool, waiting), user(2));
  assert_ptr_equal(pool_cancel(pool, over), user(3));
  quiet(pool, 1030);
  assert_int_equal(read_route(pool).cancelled, 2);
  assert_int_equal(read_route(pool).expired, 1);
  assert_null(pool_answered(pool, dispatch, 1, 0, false));
  assert_int_equal(read_route(pool).credit, 1);
  close_pool(pool);
}

static void too_many_workers_or_routes_are_refused(void **state) {
  (void)state;
  struct pool *pool = open_pool(100);
  for (uint64_t i = 1; i <= 16; i++) beat(pool, i, 1, 0, false, 1000);
  static const uint32_t routes[] = {READ};
  struct pool_beat more = {.peer = peer_of(17), .worker = 17, .routes = routes, .n_routes = 1, .credit = 1};
  assert_false(pool_beat(pool, &more, 1000));
  uint32_t many[BUS_ROUTES_MAX + 1];
  for (uint32_t i = 0; i < COUNT(many); i++) many[i] = 1000 + i;
  more = (struct pool_beat){.peer = peer_of(1), .worker = 1, .routes = many, .n_routes = COUNT(many), .credit = 1};
  assert_false(pool_beat(pool, &more, 1000));
  struct bus_broker_metrics metrics = {0};
  pool_metrics(pool, &metrics);
  assert_int_equal(metrics.refused_beats, 2);
  assert_int_equal(metrics.workers, 16);
  close_pool(pool);
}

static void one_owner_has_a_quarter_of_the_places(void **state) {
  (void)state;
  struct pool *pool = open_pool(100);
  static const uint32_t routes[] = {READ};
  struct pool_beat next = {.routes = routes, .n_routes = 1, .credit = 1, .owner = "greedy"};
  for (next.worker = 1; next.worker <= 16; next.worker++) {
    next.peer = peer_of(next.worker);
    assert_int_equal(pool_beat(pool, &next, 1000), next.worker <= 4);
  }
  next.worker = 4;
  next.peer = peer_of(4);
  assert_true(pool_beat(pool, &next, 1100)); /* who is in stays in */
  next.worker = 5;
  assert_true(pool_beat(pool, &next, 1100)); /* or reconnects in his own place */
  next.worker = 21;
  next.peer = peer_of(21);
  assert_false(pool_beat(pool, &next, 1200));
  next.owner = "modest";
  assert_true(pool_beat(pool, &next, 1200));
  beat(pool, 22, 1, 0, false, 1200); /* without a key: all are believed */
  pool_lose(pool, &(struct pool_peer){peer_of(1).n, {1}}, 1300);
  next = (struct pool_beat){.peer = peer_of(23), .worker = 23, .routes = routes, .n_routes = 1, .owner = "greedy"};
  assert_true(pool_beat(pool, &next, 1300));
  struct bus_broker_metrics metrics = {0};
  pool_metrics(pool, &metrics);
  assert_int_equal(metrics.refused_beats, 13);
  assert_int_equal(metrics.workers, 6);
  close_pool(pool);
}

/* ---- a day of churn ---- */

enum { ACTORS = 24, JOBS = 64, DAY_MS = 24 * 3600 * 1000, STEP_MS = 25 };

struct job {
  struct errand *errand; /* NULL: free */
  uint64_t dispatch, at_ms;
  bool forgotten; /* the pool took us for dead in the meantime */
};

/* One ask and what the world knows of it. */
struct errand {
  int live;  /* sent and not answered */
  int begun; /* sendings that were not bounced */
  bool once;
  struct pool_ask *ask;
};

/* A worker of the simulated world, from its own point of view. */
struct actor {
  enum { GONE, UP, MUTE, DRAINING } mode; /* MUTE: stopped; its messages wait */
  uint64_t number, beat_ms, until_ms, beaten_ms;
  uint32_t credit, known_credit, jobs, forgotten; /* known: as announced */
  bool known_draining;
  struct job job[JOBS];
};

struct world {
  struct pool *pool;
  struct actor actors[ACTORS];
  uint64_t now, random, numbers;
  uint64_t taken, returned, sendings, lost_messages, answers_late;
  uint64_t answered, away, expired, cancelled, full, nobody;
};

static uint32_t roll(struct world *world, uint32_t n) {
  world->random ^= world->random << 13;
  world->random ^= world->random >> 7;
  world->random ^= world->random << 17;
  return (uint32_t)((world->random >> 20) % n);
}

static void give_back(struct world *world, void *pointer) {
  struct errand *errand = pointer;
  world->returned++;
  must(errand->ask != NULL); /* exactly once */
  errand->ask = NULL;
  if (errand->live == 0) free(errand);
}

static void unlive(struct errand *errand) {
  must(errand->live > 0);
  errand->live--;
  if (errand->live == 0 && !errand->ask) free(errand);
}

static void actor_vanishes(struct world *world, struct actor *actor, bool told) {
  const struct pool_peer peer = peer_of(actor->number);
  actor->mode = GONE;
  actor->until_ms = world->now + 100 + roll(world, 60000);
  for (int i = 0; i < JOBS; i++) {
    if (!actor->job[i].errand) continue;
    unlive(actor->job[i].errand);
    actor->job[i].errand = NULL;
    world->lost_messages++;
  }
  actor->jobs = actor->forgotten = 0;
  if (told) pool_lose(world->pool, &peer, world->now);
}

static void actor_joins(struct world *world, struct actor *actor) {
  actor->mode = UP;
  actor->number = ++world->numbers;
  actor->credit = 2 + roll(world, JOBS / 2 - 2);
  actor->beat_ms = actor->beaten_ms = world->now;
  actor->known_credit = 0;
  actor->known_draining = false;
}

static void actor_beats(struct world *world, struct actor *actor) {
  uint32_t routes[3], n = 0;
  const uint32_t kind = (uint32_t)(actor - world->actors) % 3; /* three services, six routes */
  routes[n++] = 10 * kind;
  routes[n++] = 10 * kind + 1;
  if (roll(world, 200) == 0) actor->credit = 2 + roll(world, JOBS / 2 - 2);
  const struct pool_beat beat = {.peer = peer_of(actor->number),
                                 .worker = actor->number,
                                 .routes = routes,
                                 .n_routes = n,
                                 .credit = actor->mode == DRAINING ? 0 : actor->credit,
                                 .in_flight = actor->jobs + roll(world, 4),
                                 .draining = actor->mode == DRAINING};
  must(pool_beat(world->pool, &beat, world->now));
  for (int i = 0; i < JOBS && world->now - STEP_MS - actor->beaten_ms > BUS_SILENCE_MS; i++)
    if (actor->job[i].errand && !actor->job[i].forgotten) {
      actor->job[i].forgotten = true;
      actor->forgotten++;
    }
  actor->beaten_ms = world->now;
  actor->known_credit = beat.credit;
  actor->known_draining = beat.draining;
  actor->beat_ms = world->now + BUS_BEAT_MS;
}

static void actor_answers(struct world *world, struct actor *actor, struct job *job) {
  struct errand *errand = job->errand;
  const bool waits = errand->ask != NULL;
  const uint32_t kind = roll(world, 100);
  job->errand = NULL;
  actor->jobs--;
  actor->forgotten -= job->forgotten;
  void *back = NULL;
  bool begun = false;
  if (actor->mode == DRAINING && kind < 30) {
    errand->begun--;
    pool_bounced(world->pool, job->dispatch, actor->number);
  } else if (kind == 0) {
    errand->begun--;
    back = pool_expired(world->pool, job->dispatch, actor->number, actor->jobs, &begun);
    world->expired += back && !begun;
    world->away += back && begun;
  } else {
    back = pool_answered(world->pool, job->dispatch, actor->number, actor->jobs, kind < 5);
    world->answered += back != NULL;
  }
  must(!back || back == errand);
  must(waits || !back); /* late: nobody is called back twice */
  if (back) give_back(world, back);
  unlive(errand);
}

static void actor_steps(struct world *world, struct actor *actor) {
  if (actor->mode == GONE) {
    if (world->now >= actor->until_ms) actor_joins(world, actor);
    return;
  }
  if (actor->mode == MUTE) {
    if (world->now >= actor->until_ms) actor->mode = UP;
    return;
  }
  if (world->now >= actor->beat_ms && roll(world, 50) > 0) actor_beats(world, actor);
  for (int i = 0; i < JOBS && actor->jobs > 0; i++)
    if (actor->job[i].errand && world->now >= actor->job[i].at_ms) actor_answers(world, actor, &actor->job[i]);
  if (actor->mode == DRAINING && actor->jobs == 0 && actor->known_draining) actor_vanishes(world, actor, false);
  if (actor->mode == GONE) return;
  switch (roll(world, 30000)) {
  case 0: actor_vanishes(world, actor, true); break;
  case 1: actor_vanishes(world, actor, false); break; /* without a word: only silence tells */
  case 2:
    actor->mode = DRAINING;
    actor->beat_ms = world->now;
    break;
  case 3:
    actor->mode = MUTE;
    actor->until_ms = world->now + roll(world, 6000);
    break;
  default: break;
  }
}

static void world_asks(struct world *world) {
  struct errand *errand = calloc(1, sizeof *errand);
  must(errand != NULL);
  errand->once = roll(world, 10) == 0;
  const uint32_t route = 10 * roll(world, 3) + roll(world, 2);
  const uint32_t deadline_ms = 20 + roll(world, 4000);
  const enum pool_verdict verdict =
      pool_take(world->pool, route, deadline_ms, errand->once, errand, world->now, &errand->ask);
  world->full += verdict == POOL_FULL;
  world->nobody += verdict == POOL_NOBODY;
  if (verdict != POOL_TAKEN) {
    free(errand);
    return;
  }
  if (++world->taken % 97 > 0) return;
  must(pool_cancel(world->pool, errand->ask) == errand);
  world->cancelled++;
  give_back(world, errand);
}

static void world_sends(struct world *world, const struct pool_step *step) {
  struct errand *errand = step->user;
  uint64_t number;
  memcpy(&number, step->peer.bytes, sizeof number);
  world->sendings++;
  must(step->attempt >= 1 && step->attempt <= 2 && step->left_ms > 0);
  must(!errand->once || errand->begun == 0);
  struct actor *actor = NULL;
  for (int i = 0; i < ACTORS; i++)
    if (world->actors[i].number == number && world->actors[i].mode != GONE) actor = &world->actors[i];
  if (!actor) { /* dead, and the pool cannot know yet: half the time the socket tells */
    if (roll(world, 2)) {
      pool_unsent(world->pool, step->dispatch);
      pool_lose(world->pool, &step->peer, world->now);
    } else {
      errand->begun++;
    }
    return;
  }
  must(!actor->known_draining && actor->jobs - actor->forgotten < actor->known_credit); /* credit is kept to */
  for (int i = 0; i < JOBS; i++)
    must(actor->job[i].errand != errand || actor->job[i].forgotten); /* never twice at the same worker */
  if (actor->jobs >= actor->credit) { /* as a worker does that came back with work in hand */
    pool_bounced(world->pool, step->dispatch, number);
    return;
  }
  struct job *job = actor->job;
  while (job->errand) job++;
  const uint32_t fast = roll(world, 300), slow = roll(world, 9000);
  *job = (struct job){errand, step->dispatch, world->now + (roll(world, 40) ? fast : slow), false};
  actor->jobs++;
  errand->live++;
  errand->begun++;
}

static void world_acts(struct world *world) {
  for (struct pool_step step; pool_next(world->pool, world->now, &step);) {
    if (step.kind == POOL_SEND) {
      world_sends(world, &step);
      continue;
    }
    must(step.away || !step.begun);
    world->away += step.away;
    world->expired += !step.away;
    give_back(world, step.user);
  }
}

static void balance(const struct world *world) {
  struct bus_broker_metrics metrics = {0};
  pool_audit(world->pool);
  pool_metrics(world->pool, &metrics);
  uint64_t answered = 0, away = 0, asked = 0, expired = 0, full = 0, cancelled = 0;
  for (size_t i = 0; i < metrics.n_routes; i++) {
    const struct bus_route_metrics *count = &metrics.routes[i];
    assert_true(count->queued <= 256 + ACTORS * JOBS); /* the limit, and what losses put back */
    answered += count->answered + count->refused;
    asked += count->asked;
    away += count->away;
    expired += count->expired;
    full += count->overloaded;
    cancelled += count->cancelled;
  }
  assert_int_equal(asked, answered + away + expired + full + cancelled + pool_asks(world->pool));
  assert_int_equal(answered, world->answered);
  assert_int_equal(expired, world->expired);
  assert_int_equal(full, world->full);
  assert_int_equal(world->taken, world->returned + pool_asks(world->pool));
}

static void a_day_of_churn(void **state) {
  (void)state;
  struct world *world = calloc(1, sizeof *world);
  world->random = 20231017;
  world->now = 1000;
  const struct pool_limits limits = {.asks = 2048, .workers = ACTORS * 8, .queue_min = 8, .queue_max = 256, .seed = 3};
  world->pool = pool_new(&limits, world->now);
  for (uint64_t end = world->now + DAY_MS; world->now < end; world->now += STEP_MS) {
    const bool rush = world->now / 60000 % 30 == 29;   /* a minute of each half hour */
    const bool strike = world->now / 1000 % 3600 < 20; /* and many die at the full hour */
    if (roll(world, 500000) == 0) { /* the gateway itself is stopped for a while: nobody else's fault */
      world->now += 600 + roll(world, 5000);
      for (int i = 0; i < ACTORS; i++) world->actors[i].beaten_ms = world->now;
    }
    for (int i = 0; i < ACTORS; i++) {
      if (strike && world->actors[i].mode != GONE && roll(world, 200) == 0)
        actor_vanishes(world, &world->actors[i], false);
      actor_steps(world, &world->actors[i]);
    }
    for (uint32_t n = rush ? roll(world, 40) : roll(world, 4) == 0; n > 0; n--) world_asks(world);
    pool_tick(world->pool, world->now);
    world_acts(world);
    if (world->now / 60000 != (world->now - STEP_MS) / 60000) balance(world);
  }
  for (int i = 0; i < 600; i++, world->now += STEP_MS) { /* nobody asks or fails any more */
    for (int k = 0; k < ACTORS; k++)
      if (world->actors[k].mode != GONE) actor_vanishes(world, &world->actors[k], true);
    pool_tick(world->pool, world->now);
    world_acts(world);
  }
  balance(world);
  assert_int_equal(pool_asks(world->pool), 0);
  print_message("%llu asked, %llu answered, %llu away, %llu expired, %llu refused for load, %llu sendings, %llu lost\n",
                (unsigned long long)world->taken, (unsigned long long)world->answered, (unsigned long long)world->away,
                (unsigned long long)world->expired, (unsigned long long)world->full,
                (unsigned long long)world->sendings, (unsigned long long)world->lost_messages);
  assert_true(world->answered > world->taken / 2); /* each way to end was taken often */
  assert_true(world->away > 1000 && world->expired > 1000 && world->full > 100 && world->lost_messages > 1000);
  struct bus_broker_metrics metrics = {0};
  pool_metrics(world->pool, &metrics);
  assert_int_equal(metrics.workers, 0);
  for (size_t i = 0; i < metrics.n_routes; i++) assert_int_equal(metrics.routes[i].outstanding, 0);
  pool_free(&world->pool);
  free(world);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(least_loaded_first_then_least_recently_used),
      cmocka_unit_test(credit_bounds_what_is_sent_and_the_queue_is_bounded),
      cmocka_unit_test(what_may_be_begun_is_twice_the_least_credit),
      cmocka_unit_test(a_route_that_is_not_asked_holds_nothing_back),
      cmocka_unit_test(a_restart_of_the_only_worker_lets_as_many_wait_as_before),
      cmocka_unit_test(deadline_says_whether_anything_may_have_happened),
      cmocka_unit_test(far_deadlines_pass_by_the_wheel_more_than_once),
      cmocka_unit_test(silence_of_a_third_asks_another_worker_once),
      cmocka_unit_test(silence_waits_for_a_second_worker_without_blocking_others),
      cmocka_unit_test(loss_is_asked_again_once),
      cmocka_unit_test(missed_beats_unregister_but_our_own_absence_does_not),
      cmocka_unit_test(bounces_cost_no_try_and_close_the_worker_until_it_beats),
      cmocka_unit_test(expired_at_the_worker_is_nothing_happened_unless_another_had_it),
      cmocka_unit_test(answers_count_only_from_the_worker_that_was_asked),
      cmocka_unit_test(reconnecting_worker_takes_its_own_place),
      cmocka_unit_test(routes_without_workers),
      cmocka_unit_test(cancelled_asks_end_silently_in_every_state),
      cmocka_unit_test(too_many_workers_or_routes_are_refused),
      cmocka_unit_test(one_owner_has_a_quarter_of_the_places),
      cmocka_unit_test(a_day_of_churn),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
