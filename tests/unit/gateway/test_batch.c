/* A batch with a bus and a connection of the test's: the window, the order, what is tried again, how it ends. */
#include "test.h"

#include "batch.h"
#include "bounds.h"
#include "guard.h"
#include "http_connection.h"
#include "packed.h"

#include <stdio.h>

enum { ASKS_MAX = 256, WINDOW = 4, LEAST = 2 /* bytes of a line that is not blank */ };

/* A call that was made and is not answered. */
struct ask {
  bus_answered *answered;
  void *ctx;
  char request[LIMIT_ID + 1]; /* of its bill */
};

static struct {
  uv_loop_t loop;
  struct gateway gateway;
  struct batches batches;
  struct http_shared shared;
  struct http_connection *connection;
  uint32_t capacity;
  struct ask asks[ASKS_MAX];
  size_t n_asks, asked_total;
  char heard[256 * 1024];
  size_t n_heard;
} world;

/* --- the bus, and what the gateway would count --- */

uint32_t bus_broker_capacity(const struct bus_broker *broker) {
  (void)broker;
  return world.capacity;
}

void bus_cancel_asks(struct bus_broker *broker, const void *ctx) {
  (void)broker;
  (void)ctx;
}

void bus_ask(struct bus_broker *broker, uint32_t route, const void *bytes, size_t n, uint32_t deadline_ms,
             unsigned flags, const char *traceparent, bus_answered *answered, void *ctx) {
  (void)broker;
  (void)flags;
  (void)deadline_ms;
  assert_int_equal(route, call_info(CALL_RESOLVE)->route);
  assert_int_equal(strlen(traceparent), TRACE_TEXT - 1);
  struct arena arena;
  Yz__Problem *problem;
  arena_init(&arena, LIMIT_ARENA);
  const Yz__SettlementDraft *draft = message_unpack(&yz__settlement_draft__descriptor, bytes, n, &arena, &problem);
  assert_non_null(draft);
  assert_true(world.n_asks < ASKS_MAX);
  struct ask *ask = &world.asks[world.n_asks++];
  *ask = (struct ask){.answered = answered, .ctx = ctx};
  snprintf(ask->request, sizeof ask->request, "%s", draft->bill->request_id);
  world.asked_total++;
  arena_free(&arena);
}

void gateway_count(const struct exchange *exchange, int status) {
  (void)exchange;
  assert_int_equal(status, 200);
}

void gateway_count_crowded(void) {
  fail();
}

void gateway_count_settlement(enum settle_outcome outcome, int tries) {
  (void)outcome;
  (void)tries;
}

/* --- the connection --- */

static void on_request(struct http_exchange *http, void *ctx) {
  (void)ctx;
  static const struct route route = {.operation = "settleBatch"};
  struct exchange *exchange = arena_alloc(http->arena, sizeof *exchange);
  *exchange = (struct exchange){.gateway = &world.gateway, .http = http, .arena = http->arena, .route = &route};
  trace_make(NULL, exchange->traceparent);
  http->data = exchange;
  serve_batch(exchange);
}

static bool streams(const char *method, const char *target, void *ctx) {
  (void)method;
  (void)target;
  (void)ctx;
  return true;
}

static void hear(void) {
  struct http_bytes *out = &world.connection->out;
  assert_true(world.n_heard + out->n < sizeof world.heard);
  if (out->n) memcpy(world.heard + world.n_heard, out->text + out->at, out->n);
  world.n_heard += out->n;
  world.heard[world.n_heard] = '\0';
  http_bytes_drop(out, out->n);
}

/* What the server's shell does. */
static void on_wake(void *peer) {
  (void)peer;
  if (world.connection->rest.n > 0 && http_connection_reads(world.connection))
    http_connection_input(world.connection, "", 0, 0);
  hear();
  http_connection_sent(world.connection);
}

static void on_released(struct http_shared *shared) {
  (void)shared;
}

/* --- doing --- */

static void turn(void) {
  for (int i = 0; i < 4; i++) uv_run(&world.loop, UV_RUN_NOWAIT);
  if (world.connection) hear();
}

static void say(const char *bytes, size_t n) {
  http_connection_input(world.connection, bytes, n, 0);
}

/* Begins a batch whose body is `n` bytes long. */
static void begin(size_t n) {
  char head[128];
  const int length = snprintf(head, sizeof head, "POST /b HTTP/1.0\r\nContent-Length: %zu\r\n\r\n", n);
  say(head, (size_t)length);
}

/* The bill number i of a person. */
static size_t print_bill(char *line, size_t size, int i, const char *person) {
  return (size_t)snprintf(line, size,
                          "{\"request_id\":\"r%d\",\"person\":\"%s\",\"institution\":\"h\",\"setting\":\"inpatient\","
                          "\"from\":\"2023-05-01\"}\n",
                          i, person);
}

/* A body of n bills; each another person's, or all of one. */
static size_t print_bills(char *body, size_t size, int n, bool one) {
  size_t at = 0;
  for (int i = 1; i <= n; i++) {
    char person[16];
    snprintf(person, sizeof person, "p%d", one ? 0 : i);
    at += print_bill(body + at, size - at, i, person);
    assert_true(at < size);
  }
  return at;
}

static struct ask take_ask(const char *request) {
  for (size_t i = 0; i < world.n_asks; i++) {
    if (strcmp(world.asks[i].request, request) != 0) continue;
    const struct ask ask = world.asks[i];
    world.asks[i] = world.asks[--world.n_asks];
    return ask;
  }
  fail_msg("%s is not asked", request);
  return world.asks[0];
}

/* The line of that request is found settled, as S<request>. */
static void settle(const char *request) {
  const struct ask ask = take_ask(request);
  char id[LIMIT_ID + 2];
  snprintf(id, sizeof id, "S%s", ask.request);
  Yz__PackRef pack = YZ__PACK_REF__INIT;
  pack.pack = pack.version = pack.sha256 = (char *)"x";
  Yz__Bill bill = YZ__BILL__INIT;
  bill.request_id = bill.person = bill.institution = (char *)"x";
  bill.setting = YZ__SETTING__INPATIENT;
  Yz__Entitlement entitlement = YZ__ENTITLEMENT__INIT;
  entitlement.person = entitlement.institution = entitlement.insured_city = entitlement.care_city = (char *)"x";
  entitlement.scheme = YZ__SCHEME__RESIDENT;
  entitlement.standing = YZ__STANDING__ADULT;
  entitlement.remote = YZ__REMOTE__LOCAL;
  entitlement.reach = YZ__REACH__SAME_CITY;
  entitlement.level = YZ__LEVEL__TERTIARY;
  entitlement.pack = &pack;
  Yz__Sums sums = YZ__SUMS__INIT;
  Yz__Settlement settlement = YZ__SETTLEMENT__INIT;
  settlement.id = id;
  settlement.status = YZ__SETTLEMENT__STATUS__SETTLED;
  settlement.bill = &bill;
  settlement.entitlement = &entitlement;
  settlement.sums = &sums;
  Yz__SettlementDraft draft = YZ__SETTLEMENT_DRAFT__INIT;
  draft.prior = &settlement;
  size_t n;
  const uint8_t *bytes = message_packed(&draft.base, &n);
  ask.answered(ask.ctx, &(struct bus_answer){.outcome = BUS_REPLY, .body = bytes, .n = n});
}

static void fail_ask(const char *request, enum bus_outcome outcome) {
  const struct ask ask = take_ask(request);
  ask.answered(ask.ctx, &(struct bus_answer){.outcome = outcome, .begun = outcome == BUS_AWAY});
}

static size_t occurrences(const char *part) {
  size_t n = 0;
  for (const char *at = world.heard; (at = strstr(at, part)); at++) n++;
  return n;
}

static int setup(void **state) {
  (void)state;
  memset(&world, 0, sizeof world);
  world.capacity = 1000;
  world.gateway.deadline_ms = 10000;
  assert_int_equal(uv_loop_init(&world.loop), 0);
  batches_open(&world.batches, &world.gateway, &world.loop, WINDOW, 50);
  world.shared = (struct http_shared){.limits = {.body_bytes_max = 10,
                                                 .arena_bytes_max = 1024 * 1024,
                                                 .bodies_bytes_max = 10000,
                                                 .answers_bytes_max = 100000,
                                                 .write_bytes_max = 100000,
                                                 .unsent_bytes_max = 1000000,
                                                 .connections_max = 1,
                                                 .pipeline_max = 4,
                                                 .head_ms = 5000,
                                                 .body_ms = 5000,
                                                 .idle_ms = 5000,
                                                 .write_ms = 5000},
                                      .handler = on_request,
                                      .streams = streams,
                                      .wake = on_wake,
                                      .released = on_released};
  world.connection = http_connection_new(&world.shared, &world, 0);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  batches_halt(&world.batches);
  while (world.n_asks > 0) fail_ask(world.asks[0].request, BUS_AWAY);
  batches_close(&world.batches);
  if (world.connection) http_connection_free(world.connection);
  world.connection = NULL;
  http_shared_free(&world.shared);
  assert_int_equal(world.shared.stats.exchanges, 0);
  turn();
  assert_int_equal(uv_loop_close(&world.loop), 0);
  return 0;
}

/* --- tests --- */

static void test_the_window_and_the_order(void **state) {
  (void)state;
  static char body[64 * 1024];
  const size_t n = print_bills(body, sizeof body, 40, false);
  begin(n);
  say(body, n);
  turn();
  assert_int_equal(world.n_asks, WINDOW);
  /* the first takes long: the others go on until four windows lie behind it */
  for (int i = 2; i <= BATCH_AHEAD * WINDOW; i++) {
    char request[16];
    snprintf(request, sizeof request, "r%d", i);
    settle(request);
    turn();
    assert_true(world.n_asks <= WINDOW);
  }
  assert_int_equal(world.n_asks, 1);
  assert_int_equal(occurrences("\"line\":"), 0);
  settle("r1");
  turn();
  assert_int_equal(occurrences("\"line\":"), BATCH_AHEAD * WINDOW);
  for (int i = BATCH_AHEAD * WINDOW + 1; i <= 40; i++) {
    char request[16];
    snprintf(request, sizeof request, "r%d", i);
    settle(request);
    turn();
  }
  const char *at = strstr(world.heard, "\r\n\r\n") + 4;
  for (int i = 1; i <= 40; i++) {
    char expected[64];
    const int length =
        snprintf(expected, sizeof expected, "{\"line\":%d,\"status\":200,\"settlement\":{\"id\":\"Sr%d\"", i, i);
    assert_int_equal(strncmp(at, expected, (size_t)length), 0);
    at = strchr(at, '\n') + 1;
  }
  assert_string_equal(at, "");
  assert_int_equal(world.batches.n, 0);
  assert_int_equal(world.connection->state, HTTP_DONE);
}

static void test_byte_for_byte(void **state) {
  (void)state;
  static char body[8 * 1024];
  const size_t n = print_bills(body, sizeof body, 3, false) - 1; /* the last without its LF */
  begin(n);
  for (size_t i = 0; i < n; i++) {
    say(body + i, 1);
    turn();
  }
  assert_int_equal(world.n_asks, 3);
  for (int i = 3; i >= 1; i--) {
    char request[16];
    snprintf(request, sizeof request, "r%d", i);
    settle(request);
  }
  turn();
  assert_int_equal(occurrences("\"status\":200"), 3);
  assert_int_equal(world.batches.n, 0);
}

/* A line that waits for its turn has the memory of its bill, one that waits for its place in the answer no more. */
static void test_memory_is_counted_as_it_is_taken(void **state) {
  (void)state;
  enum { BLOCK = 16 * 1024 };
  static char body[8 * 1024];
  size_t n = print_bills(body, sizeof body, 3, true);
  n += print_bill(body + n, sizeof body - n, 4, "other");
  begin(n);
  say(body, n);
  turn();
  assert_int_equal(world.n_asks, 2);
  const size_t waiting = world.batches.bytes;
  assert_true(waiting > 4 * BLOCK);
  settle("r4");
  turn();
  assert_true(world.batches.bytes < waiting - BLOCK / 2 && world.batches.bytes > 3 * BLOCK);
  for (int i = 1; i <= 3; i++) {
    char request[16];
    snprintf(request, sizeof request, "r%d", i);
    settle(request);
  }
  turn();
  assert_int_equal(world.batches.bytes, 0);
}

/* Others have all the memory there is for batches: one line at a time is settled even so. */
static void test_what_others_take_holds_up_and_does_not_stop(void **state) {
  (void)state;
  static char body[8 * 1024];
  world.batches.bytes += BATCHES_BYTES_MAX;
  const size_t n = print_bills(body, sizeof body, 3, false);
  begin(n);
  say(body, n);
  for (int i = 1; i <= 3; i++) {
    char request[16];
    snprintf(request, sizeof request, "r%d", i);
    turn();
    assert_int_equal(world.n_asks, 1);
    settle(request);
  }
  turn();
  assert_int_equal(occurrences("\"status\":200"), 3);
  world.batches.bytes -= BATCHES_BYTES_MAX;
}

/* It is too long, has no LF, and when the body ends there is no room to take it: it is answered all the same. */
static void test_a_last_line_of_which_nothing_is_kept(void **state) {
  (void)state;
  enum { LONG = LIMIT_BODY + 0x1000 };
  static char line[LONG];
  char chunk[128];
  memset(line, 'x', LONG);
  const int n = snprintf(chunk, sizeof chunk, "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n",
                         (unsigned)LONG);
  say(chunk, (size_t)n);
  say(line, LONG);
  turn();
  world.batches.under_way += world.capacity;
  say("\r\n0\r\n\r\n", 7);
  turn();
  assert_int_equal(world.batches.n, 1);
  world.batches.under_way -= world.capacity;
  while (world.batches.n > 0) uv_run(&world.loop, UV_RUN_ONCE); /* until it looks again */
  turn();
  assert_int_equal(occurrences("{\"line\":1,\"status\":413,"), 1);
}

/* Lets some ticks pass, with a blank line before each; returns whether it is still there. */
static bool trickle(void) {
  for (int i = 0; i < 5 && world.batches.n > 0; i++) {
    say("\n", 1);
    turn();
    uv_run(&world.loop, UV_RUN_ONCE); /* until the next tick */
    turn();
  }
  return world.batches.n > 0;
}

static void test_who_sends_no_line_gives_up_his_place(void **state) {
  (void)state;
  static char body[1024];
  begin(1000);
  assert_true(trickle()); /* it has a minute */
  world.batches.idle_ms = 1;
  const size_t n = print_bill(body, sizeof body, 1, "p");
  say(body, n);
  turn();
  trickle(); /* while something is in work it is not the client who is waited for */
  world.batches.idle_ms = BATCH_IDLE_MS;
  settle("r1");
  assert_true(trickle());
  assert_int_equal(occurrences("\"status\":200"), 1);
  world.batches.idle_ms = 1;
  assert_false(trickle());
  assert_int_equal(occurrences("the next line did not come in time"), 1);
  assert_int_equal(occurrences("\"rest\":true"), 1);
  assert_int_equal(world.connection->state, HTTP_DONE);
}

static void test_one_person_at_a_time(void **state) {
  (void)state;
  static char body[8 * 1024];
  const size_t n = print_bills(body, sizeof body, 3, true), more = print_bill(body + n, sizeof body - n, 4, "other");
  begin(n + more);
  say(body, n + more);
  turn();
  assert_int_equal(world.n_asks, 2);
  settle("r1");
  turn();
  assert_int_equal(world.n_asks, 2);
  settle("r2");
  settle("r4");
  settle("r3");
  turn();
  assert_int_equal(occurrences("\"status\":200"), 4);
}

static void test_the_share_of_all_batches(void **state) {
  (void)state;
  static char body[8 * 1024];
  world.capacity = 4; /* half of it: two */
  const size_t n = print_bills(body, sizeof body, 10, false);
  begin(n);
  say(body, n);
  turn();
  assert_int_equal(world.n_asks, 2);
  world.capacity = 0; /* one goes on even so */
  settle("r1");
  settle("r2");
  turn();
  assert_int_equal(world.n_asks, 1);
  world.capacity = 1000;
  settle("r3");
  turn();
  assert_int_equal(world.n_asks, WINDOW);
}

static void test_overload_is_tried_again(void **state) {
  (void)state;
  static char body[8 * 1024];
  const size_t n = print_bills(body, sizeof body, 2, true);
  begin(n);
  say(body, n);
  turn();
  for (int i = 0; i < 2; i++) {
    fail_ask("r1", BUS_OVERLOADED);
    turn();
    assert_int_equal(world.n_asks, 0);
    while (world.n_asks == 0) uv_run(&world.loop, UV_RUN_ONCE); /* until the pause is over */
    assert_string_equal(world.asks[0].request, "r1");           /* it has kept its turn */
  }
  assert_int_equal(world.batches.pauses_total, 2);
  settle("r1");
  settle("r2");
  turn();
  assert_int_equal(occurrences("\"status\":200"), 2);
}

static void test_who_is_lost_is_not_overtaken(void **state) {
  (void)state;
  static char body[8 * 1024];
  world.gateway.deadline_ms = 1;
  size_t n = print_bills(body, sizeof body, 3, true);
  n += print_bill(body + n, sizeof body - n, 4, "other");
  begin(n);
  say(body, n);
  turn();
  fail_ask("r1", BUS_AWAY);
  turn();
  assert_int_equal(world.n_asks, 1);
  settle("r4");
  turn();
  assert_int_equal(world.asked_total, 2);
  assert_int_equal(occurrences("\"status\":503"), 3);
  assert_int_equal(occurrences("to keep their order"), 2);
  assert_int_equal(occurrences("{\"line\":4,\"status\":200"), 1);
  assert_int_equal(occurrences("\"rest\""), 0);
}

static void test_too_many_lost_end_it(void **state) {
  (void)state;
  static char body[64 * 1024];
  world.gateway.deadline_ms = 1;
  const size_t n = print_bills(body, sizeof body, 100, false);
  begin(n);
  say(body, n);
  turn();
  while (world.n_asks > 0) {
    fail_ask(world.asks[0].request, BUS_AWAY);
    turn();
  }
  assert_int_equal(world.batches.n, 0);
  assert_int_equal(occurrences("\"rest\":true"), 1);
  const int taken = (int)world.asked_total;
  assert_true(taken > BATCH_LOST_MAX && taken <= BATCH_LOST_MAX + 1 + WINDOW);
  char last[64];
  snprintf(last, sizeof last, "{\"line\":%d,\"status\":503,\"problem\":", taken + 1);
  assert_int_equal(occurrences(last), 1);
}

static void test_drain(void **state) {
  (void)state;
  static char body[64 * 1024];
  const size_t n = print_bills(body, sizeof body, 10, false);
  begin(n + LEAST);
  say(body, n);
  turn();
  batches_drain(&world.batches);
  turn();
  assert_int_equal(world.n_asks, WINDOW);
  for (int i = 1; i <= WINDOW; i++) {
    char request[16];
    snprintf(request, sizeof request, "r%d", i);
    settle(request);
  }
  turn();
  assert_int_equal(world.asked_total, WINDOW);
  assert_int_equal(occurrences("\"status\":200"), WINDOW);
  assert_int_equal(occurrences("{\"line\":5,\"status\":503,"), 1);
  assert_int_equal(occurrences("\"rest\":true"), 1);
  assert_int_equal(world.connection->state, HTTP_DONE);
}

static void test_drain_behind_the_last_line(void **state) {
  (void)state;
  static char body[8 * 1024];
  const size_t n = print_bills(body, sizeof body, 2, false);
  begin(n);
  say(body, n);
  turn();
  batches_drain(&world.batches);
  settle("r1");
  settle("r2");
  turn();
  assert_int_equal(occurrences("\"status\":200"), 2);
  assert_int_equal(occurrences("\"rest\""), 0);
}

/* A client sends ten bills of one person or of ten, and leaves within the body. */
static void leave_behind(bool one_person) {
  static char body[64 * 1024];
  const size_t n = print_bills(body, sizeof body, 10, one_person);
  begin(n + LEAST);
  say(body, n);
  turn();
  http_connection_free(world.connection);
  world.connection = NULL;
  turn();
}

static void test_a_client_that_leaves(void **state) {
  (void)state;
  leave_behind(false);
  assert_int_equal(world.batches.n, 1); /* what is under way is finished */
  while (world.n_asks > 0) settle(world.asks[0].request);
  turn();
  assert_int_equal(world.batches.n, 0);
  assert_int_equal(world.asked_total, WINDOW);
}

static void test_who_waits_for_a_turn_is_dropped_with_the_client(void **state) {
  (void)state;
  leave_behind(true);
  settle("r1");
  turn();
  assert_int_equal(world.batches.n, 0);
  assert_int_equal(world.asked_total, 1);
}

static void test_a_stop_leaves_nothing(void **state) {
  (void)state; /* teardown stops it: with asks, with a pause, with one that waits for its turn */
  static char body[8 * 1024];
  size_t n = print_bills(body, sizeof body, 2, true);
  n += print_bill(body + n, sizeof body - n, 3, "other");
  begin(n);
  say(body, n);
  turn();
  fail_ask("r3", BUS_OVERLOADED);
  turn();
  assert_int_equal(world.n_asks, 1);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(test_the_window_and_the_order),
      TEST(test_byte_for_byte),
      TEST(test_memory_is_counted_as_it_is_taken),
      TEST(test_what_others_take_holds_up_and_does_not_stop),
      TEST(test_a_last_line_of_which_nothing_is_kept),
      TEST(test_who_sends_no_line_gives_up_his_place),
      TEST(test_one_person_at_a_time),
      TEST(test_the_share_of_all_batches),
      TEST(test_overload_is_tried_again),
      TEST(test_who_is_lost_is_not_overtaken),
      TEST(test_too_many_lost_end_it),
      TEST(test_drain),
      TEST(test_drain_behind_the_last_line),
      TEST(test_a_client_that_leaves),
      TEST(test_who_waits_for_a_turn_is_dropped_with_the_client),
      TEST(test_a_stop_leaves_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
