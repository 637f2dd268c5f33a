/* A connection without sockets: order of answers, limits, time, clients that leave. */
#include "test.h"

#include "http_connection.h"

#include <stdio.h>

enum { HELD_MAX = 32 };

/* The world around one connection: a handler that keeps what it gets, and a clock. */
struct world {
  struct http_shared shared;
  struct http_connection *connection;
  struct http_exchange *held[HELD_MAX];
  size_t n_held;
  int woken, gone, released;
  bool at_once; /* answer inside the handler */
  uint64_t now_ms;
};
static struct world world;

static void on_gone(struct http_exchange *exchange) {
  (void)exchange;
  world.gone++;
}

static void reply(struct http_exchange *exchange) {
  http_answer(exchange, 200, "text/plain", NULL, 0, exchange->path, strlen(exchange->path));
}

static void on_request(struct http_exchange *exchange, void *ctx) {
  assert_ptr_equal(ctx, &world);
  exchange->gone = on_gone;
  if (world.at_once)
    reply(exchange);
  else
    world.held[world.n_held++] = exchange;
}

static void on_wake(void *peer) {
  assert_ptr_equal(peer, &world);
  world.woken++;
}

static void on_released(struct http_shared *shared) {
  assert_ptr_equal(shared, &world.shared);
  world.released++;
}

static int setup(void **state) {
  (void)state;
  memset(&world, 0, sizeof world);
  world.shared = (struct http_shared){.limits = {.body_bytes_max = 1000,
                                                 .arena_bytes_max = 1024 * 1024,
                                                 .bodies_bytes_max = 10000,
                                                 .answers_bytes_max = 4096,
                                                 .write_bytes_max = 4096,
                                                 .unsent_bytes_max = 8192,
                                                 .connections_max = 1,
                                                 .pipeline_max = 4,
                                                 .head_ms = 50,
                                                 .body_ms = 100,
                                                 .idle_ms = 600,
                                                 .write_ms = 300},
                                      .handler = on_request,
                                      .ctx = &world,
                                      .wake = on_wake,
                                      .released = on_released};
  world.connection = http_connection_new(&world.shared, &world, 0);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  if (world.connection) http_connection_free(world.connection);
  http_shared_free(&world.shared);
  assert_int_equal(world.shared.stats.exchanges, 0);
  return 0;
}

static void say(const char *bytes) {
  http_connection_input(world.connection, bytes, strlen(bytes), world.now_ms);
}

static void get(const char *path) {
  char request[256];
  snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
  say(request);
}

/* The output so far as text, which is then taken as sent. */
static const char *heard(void) {
  static char text[64 * 1024];
  struct http_bytes *out = &world.connection->out;
  assert_true(out->n < sizeof text);
  if (out->n) memcpy(text, out->text + out->at, out->n);
  text[out->n] = '\0';
  http_bytes_drop(out, out->n);
  return text;
}

static size_t occurrences(const char *text, const char *part) {
  size_t n = 0;
  for (; (text = strstr(text, part)); text++) n++;
  return n;
}

static void test_answers_in_the_order_of_requests(void **state) {
  (void)state;
  get("/a");
  get("/b");
  get("/c");
  assert_int_equal(world.n_held, 3);
  reply(world.held[2]);
  reply(world.held[1]);
  assert_string_equal(heard(), "");
  reply(world.held[0]);
  const char *text = heard();
  assert_int_equal(occurrences(text, "HTTP/1.1 200 OK\r\n"), 3);
  const char *a = strstr(text, "\r\n\r\n/a"), *b = strstr(text, "\r\n\r\n/b"), *c = strstr(text, "\r\n\r\n/c");
  assert_true(a && b && c && a < b && b < c);
  assert_int_equal(world.woken, 3);
  assert_int_equal(world.connection->state, HTTP_OPEN);
}

static void test_an_answer_inside_the_handler(void **state) {
  (void)state;
  world.at_once = true;
  for (int i = 0; i < 40; i++) get("/x");
  assert_int_equal(occurrences(heard(), "\r\n\r\n/x"), 40);
  assert_int_equal(world.woken, 0); /* the shell flushes after input anyway */
  assert_int_equal(world.shared.stats.requests_total, 40);
}

static void test_no_more_than_the_pipeline(void **state) {
  (void)state;
  for (int i = 0; i < 4; i++) get("/x");
  assert_false(http_connection_reads(world.connection));
  get("/y"); /* read by a shell that was not fast enough to stop: kept, not served */
  assert_int_equal(world.n_held, 4);
  reply(world.held[0]);
  assert_true(http_connection_reads(world.connection));
  http_connection_input(world.connection, "", 0, 0);
  assert_int_equal(world.n_held, 5);
  for (int i = 1; i < 5; i++) reply(world.held[i]);
  assert_int_equal(occurrences(heard(), "\r\n\r\n/"), 5);
}

static void test_a_client_that_does_not_read(void **state) {
  (void)state;
  world.at_once = true;
  char path[1500];
  memset(path, 'p', sizeof path - 1);
  path[0] = '/';
  path[sizeof path - 1] = '\0';
  char request[1600];
  snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
  for (int i = 0; i < 10; i++) say(request);
  assert_false(http_connection_reads(world.connection));
  assert_true(world.shared.stats.requests_total < 10);
  assert_true(http_connection_tick(world.connection, 300));
  assert_false(http_connection_tick(world.connection, 301));
}

static void test_close_wishes(void **state) {
  (void)state;
  static const char *const last[] = {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
                                     "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"};
  for (size_t i = 0; i < COUNT(last); i++) {
    world.at_once = true;
    http_connection_free(world.connection);
    world.connection = http_connection_new(&world.shared, &world, 0);
    say(last[i]);
    assert_non_null(strstr(heard(), "\r\nConnection: close\r\n"));
    assert_int_equal(world.connection->state, HTTP_DONE);
    get("/ignored");
    assert_string_equal(heard(), "");
  }
}

static void test_a_refusal_waits_for_its_turn(void **state) {
  (void)state;
  get("/a");
  say("GET / HTTP/1.1\r\n\r\n");
  get("/never");
  assert_string_equal(heard(), "");
  assert_int_equal(world.n_held, 1);
  reply(world.held[0]);
  const char *text = heard();
  assert_true(strstr(text, "HTTP/1.1 200") < strstr(text, "HTTP/1.1 400"));
  assert_non_null(strstr(text, "application/problem+json"));
  assert_non_null(strstr(text, "no Host header"));
  assert_non_null(strstr(text, "Connection: close"));
  assert_int_equal(world.connection->state, HTTP_DONE);
  assert_int_equal(world.shared.stats.refused_total, 1);
}

static void test_head(void **state) {
  (void)state;
  world.at_once = true;
  say("HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n");
  const char *text = heard();
  assert_non_null(strstr(text, "Content-Length: 4\r\n"));
  assert_string_equal(text + strlen(text) - 4, "\r\n\r\n");
}

static void test_continue(void **state) {
  (void)state;
  static const char head[] = "POST /c HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  say(head);
  assert_string_equal(heard(), "HTTP/1.1 100 Continue\r\n\r\n");
  say("hi");
  assert_int_equal(world.n_held, 1);
  assert_string_equal(world.held[0]->body, "hi");
  /* while an earlier answer is outstanding it has to wait behind that */
  say(head);
  assert_string_equal(heard(), "");
  reply(world.held[0]);
  const char *text = heard();
  assert_string_equal(text + strlen(text) - strlen("\r\n\r\n/cHTTP/1.1 100 Continue\r\n\r\n"),
                      "\r\n\r\n/cHTTP/1.1 100 Continue\r\n\r\n");
  say("hi");
  reply(world.held[1]);
  /* and is left out when the body comes along anyway */
  heard();
  say("POST /c HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi");
  assert_string_equal(heard(), "");
  reply(world.held[2]);
  /* a body that is too long is refused before it is sent */
  heard();
  say("POST /c HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n");
  assert_int_equal(strncmp(heard(), "HTTP/1.1 413 ", 13), 0);
}

static void test_time(void **state) {
  (void)state;
  static const struct {
    const char *said;
    uint64_t patience_ms;
    const char *answer;
  } cases[] = {{"GET / HT", 50, "HTTP/1.1 408 "},
               {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n", 100, "HTTP/1.1 408 "},
               {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nh", 100, "HTTP/1.1 408 "},
               {"", 600, ""}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    http_connection_free(world.connection);
    world.now_ms = 1000;
    world.connection = http_connection_new(&world.shared, &world, 1000);
    if (cases[i].said[0]) say(cases[i].said);
    assert_true(http_connection_tick(world.connection, 1000 + cases[i].patience_ms));
    assert_int_equal(world.connection->state, HTTP_OPEN);
    assert_true(http_connection_tick(world.connection, 1001 + cases[i].patience_ms));
    assert_int_equal(world.connection->state, HTTP_DONE);
    assert_int_equal(strncmp(heard(), cases[i].answer, strlen(cases[i].answer)), 0);
  }
}

static void test_one_byte_at_a_time_gains_no_time(void **state) {
  (void)state;
  static const char head[] = "GET / HTTP/1.1\r\nHost: a\r\nA: ";
  for (size_t i = 0; i < sizeof head - 1; i++) {
    world.now_ms = i * 3;
    http_connection_input(world.connection, head + i, 1, world.now_ms);
    assert_true(http_connection_tick(world.connection, world.now_ms));
  }
  assert_int_equal(world.connection->state, HTTP_DONE);
  assert_int_equal(strncmp(heard(), "HTTP/1.1 408 ", 13), 0);
}

static void test_work_takes_as_long_as_it_takes(void **state) {
  (void)state;
  get("/slow");
  for (uint64_t ms = 0; ms < 10000; ms += 100) assert_true(http_connection_tick(world.connection, ms));
  assert_int_equal(world.connection->state, HTTP_OPEN);
  reply(world.held[0]);
  heard();
  assert_true(http_connection_tick(world.connection, 10000));
  assert_int_equal(world.connection->state, HTTP_OPEN);
  assert_true(http_connection_tick(world.connection, 10601));
  assert_int_equal(world.connection->state, HTTP_DONE);
}

static void test_a_client_that_leaves(void **state) {
  (void)state;
  get("/a");
  get("/b");
  reply(world.held[1]);
  http_connection_eof(world.connection);
  assert_int_equal(world.gone, 1); /* /b was answered */
  assert_true(http_gone(world.held[0]));
  assert_int_equal(world.connection->state, HTTP_LAST);
  http_connection_free(world.connection);
  world.connection = NULL;
  assert_int_equal(world.gone, 1); /* told once */
  assert_int_equal(world.released, 0);
  reply(world.held[0]);
  assert_int_equal(world.released, 1);
}

static void answer_when_gone(struct http_exchange *exchange) {
  world.gone++;
  reply(exchange);
}

static void test_answering_when_told(void **state) {
  (void)state;
  for (int round = 0; round < 2; round++) {
    get("/a");
    get("/b");
    get("/c");
    reply(world.held[3 * round + 1]);
    world.held[3 * round]->gone = world.held[3 * round + 2]->gone = answer_when_gone;
    if (round == 0) {
      http_connection_eof(world.connection);
      assert_int_equal(world.connection->state, HTTP_DONE);
      assert_int_equal(occurrences(heard(), "HTTP/1.1 200"), 3);
    }
    http_connection_free(world.connection);
    world.connection = http_connection_new(&world.shared, &world, 0);
  }
  assert_int_equal(world.gone, 4);
  assert_int_equal(world.woken, 2); /* by the replies made while nobody was told */
}

/* Each answer is some 1 600 bytes; the connection's own limit is 4 096, that of all 8 192. */
static void test_what_nobody_reads_is_counted_over_all_connections(void **state) {
  (void)state;
  world.at_once = true;
  char request[1600];
  memset(request, 'p', sizeof request);
  memcpy(request, "GET /", 5);
  strcpy(request + 1500, " HTTP/1.1\r\nHost: a\r\n\r\n");
  struct http_connection *others[2];
  for (size_t i = 0; i < COUNT(others); i++) {
    others[i] = http_connection_new(&world.shared, &world, 0);
    for (int k = 0; k < 10; k++) http_connection_input(others[i], request, strlen(request), 0);
    assert_false(http_connection_reads(others[i]));
  }
  const uint64_t taken = world.shared.stats.requests_total;
  assert_int_equal(world.shared.unsent_bytes, others[0]->out.n + others[1]->out.n);
  assert_true(world.shared.unsent_bytes >= 8192 && world.shared.unsent_bytes < 8192 + 3200);
  say(request); /* who reads what he gets is served all the same, one request after the other */
  say(request);
  assert_int_equal(world.shared.stats.requests_total, taken + 1);
  assert_int_equal(occurrences(heard(), "HTTP/1.1 200"), 1);
  http_connection_sent(world.connection);
  http_connection_input(world.connection, "", 0, 0);
  assert_int_equal(world.shared.stats.requests_total, taken + 2);
  assert_false(http_connection_reads(world.connection));
  http_connection_free(others[0]); /* and with it what it has not read */
  assert_true(http_connection_reads(world.connection));
  http_connection_free(others[1]);
  heard();
  http_connection_sent(world.connection);
  assert_int_equal(world.shared.unsent_bytes, 0);
}

/* What the shell has taken, and answers behind one that is not made yet, are unsent too. */
static void test_what_waits_its_turn_is_unsent(void **state) {
  (void)state;
  get("/a");
  get("/b");
  reply(world.held[1]);
  assert_int_equal(world.connection->out.n, 0);
  const size_t second = world.shared.unsent_bytes;
  assert_true(second > 0);
  reply(world.held[0]);
  assert_int_equal(world.shared.unsent_bytes, world.connection->out.n);
  world.connection->unsent = world.connection->out.n;
  http_bytes_drop(&world.connection->out, world.connection->out.n);
  http_connection_sent(world.connection);
  assert_true(world.shared.unsent_bytes > second);
  world.connection->unsent = 0;
  http_connection_sent(world.connection);
  assert_int_equal(world.shared.unsent_bytes, 0);
}

static void test_bodies_of_all_connections(void **state) {
  (void)state;
  static const char request[] = "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab";
  world.shared.limits.bodies_bytes_max = 5;
  struct http_connection *others[2];
  for (size_t i = 0; i < 2; i++) { /* each takes what has come, 2 bytes */
    others[i] = http_connection_new(&world.shared, &world, 0);
    http_connection_input(others[i], request, sizeof request - 1, 0);
    assert_int_equal(others[i]->state, HTTP_OPEN);
  }
  say(request);
  const char *text = heard();
  assert_int_equal(strncmp(text, "HTTP/1.1 503 ", 13), 0);
  assert_non_null(strstr(text, "\r\nRetry-After: 1\r\n"));
  http_connection_free(world.connection);
  world.connection = http_connection_new(&world.shared, &world, 0);
  world.shared.bodies_bytes += 10;
  get("/without"); /* a body, for which there is no room, is none of its business */
  world.shared.bodies_bytes -= 10;
  reply(world.held[--world.n_held]);
  http_connection_free(others[0]);
  http_connection_free(world.connection);
  world.connection = http_connection_new(&world.shared, &world, 0);
  say(request);
  say("c");
  assert_int_equal(world.n_held, 1);
  assert_true(world.shared.bodies_bytes >= 2 + arena_held(world.held[0]->arena)); /* now with what was made of it */
  reply(world.held[0]);
  http_connection_free(others[1]);
  assert_int_equal(world.shared.bodies_bytes, 0);
}

static void test_drain(void **state) {
  (void)state;
  http_connection_drain(world.connection); /* idle */
  assert_int_equal(world.connection->state, HTTP_DONE);
  http_connection_free(world.connection);
  world.connection = http_connection_new(&world.shared, &world, 0);
  say("GET /half HTTP/1.1\r\n"); /* being read: it is still served, and is the last */
  http_connection_drain(world.connection);
  say("Host: a\r\n\r\nGET /next HTTP/1.1\r\n");
  assert_int_equal(world.n_held, 1);
  reply(world.held[0]);
  assert_non_null(strstr(heard(), "Connection: close\r\n"));
  assert_int_equal(world.connection->state, HTTP_DONE);
}

static void test_headers_cannot_be_split(void **state) {
  (void)state;
  get("/a");
  const struct http_header extra = {"X-Echo", "a\r\nSet-Cookie: b\n\x7f"};
  http_answer(world.held[0], 204, NULL, &extra, 1, NULL, 0);
  const char *text = heard();
  assert_non_null(strstr(text, "\r\nX-Echo: a  Set-Cookie: b  \r\n"));
  assert_null(strstr(text, "Content-Length"));
}

/* --- pauses --- */

static uint32_t room;
static uint32_t rooms(void *ctx) {
  assert_ptr_equal(ctx, &world);
  return room;
}

/* Refuses, telling to come again after 100 ms, whatever says so; keeps the others. */
static void refuse_or_keep(struct http_exchange *exchange, void *ctx) {
  (void)ctx;
  if (strcmp(exchange->path, "/no") == 0) {
    http_pause(exchange, 100);
    http_answer(exchange, 503, NULL, NULL, 0, NULL, 0);
  } else {
    world.held[world.n_held++] = exchange;
  }
}

/* As the shell does: goes on with what was read before. */
static void on_wake_of(void *peer) {
  struct http_connection *connection = *(struct http_connection **)peer;
  http_connection_input(connection, "", 0, world.now_ms);
}

enum { CROWD = 3 };
static struct http_connection *crowd[CROWD];

static void say_to(int i, const char *path) {
  char request[256];
  snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
  http_connection_input(crowd[i], request, strlen(request), world.now_ms);
}

static void look_at(uint64_t now_ms) {
  world.now_ms = now_ms;
  http_pause_look(&world.shared, now_ms);
}

/* All of the crowd are refused at 0 ms. */
static void crowd_begin(void) {
  world.shared.handler = refuse_or_keep;
  world.shared.wake = on_wake_of;
  world.shared.room = rooms;
  room = 0;
  for (int i = 0; i < CROWD; i++) {
    crowd[i] = http_connection_new(&world.shared, &crowd[i], 0);
    say_to(i, "/no");
  }
}

static void crowd_end(void) {
  for (size_t i = 0; i < world.n_held; i++) reply(world.held[i]);
  for (int i = 0; i < CROWD; i++) http_connection_free(crowd[i]);
}

static void test_a_pause_lets_the_newest_go_on(void **state) {
  (void)state;
  crowd_begin();
  assert_int_equal(world.shared.stats.waiting, 0);
  const char *const paths[CROWD] = {"/a", "/b", "/c"};
  for (int i = 0; i < CROWD; i++) {
    world.now_ms = 10 + (uint64_t)i;
    say_to(i, paths[i]);
  }
  assert_int_equal(world.n_held, 0);
  assert_int_equal(world.shared.stats.waiting, 3);
  assert_false(http_pause_due(&world.shared));
  look_at(20); /* no room */
  assert_int_equal(world.n_held, 0);
  room = 2;
  assert_true(http_pause_due(&world.shared));
  look_at(30);
  assert_int_equal(world.n_held, 2);
  assert_string_equal(world.held[0]->path, "/c");
  assert_string_equal(world.held[1]->path, "/b");
  assert_false(world.held[0]->late || world.held[1]->late);
  assert_int_equal(world.shared.stats.waiting, 1);
  room = 0;
  look_at(109);
  assert_int_equal(world.n_held, 2);
  look_at(110); /* it has waited for 100 ms */
  assert_int_equal(world.n_held, 3);
  assert_string_equal(world.held[2]->path, "/a");
  assert_true(world.held[2]->late);
  assert_int_equal(world.shared.stats.waiting, 0);
  say_to(1, "/d"); /* nobody is paused now */
  assert_int_equal(world.n_held, 4);
  assert_false(world.held[3]->late);
  crowd_end();
}

static void test_who_comes_when_told_is_not_kept(void **state) {
  (void)state;
  crowd_begin();
  world.now_ms = 99;
  say_to(0, "/a");
  world.now_ms = 100;
  say_to(1, "/b");
  assert_int_equal(world.n_held, 1);
  assert_string_equal(world.held[0]->path, "/b");
  assert_false(world.held[0]->late);
  room = 1;
  look_at(101);
  assert_int_equal(world.n_held, 2);
  crowd_end();
}

static void test_a_pause_reads_little_ahead(void **state) {
  (void)state;
  crowd_begin();
  world.now_ms = 1;
  assert_true(http_connection_reads(crowd[0]));
  char request[3000];
  snprintf(request, sizeof request, "GET /a HTTP/1.1\r\nHost: a\r\nX: %02900d\r\n\r\n", 0);
  for (int i = 0; i < 2; i++) http_connection_input(crowd[0], request, strlen(request), world.now_ms);
  assert_false(http_connection_reads(crowd[0]));
  assert_int_equal(world.shared.stats.waiting, 1);
  http_bytes_drop(&crowd[0]->out, crowd[0]->out.n);
  assert_true(http_connection_tick(crowd[0], 5000)); /* it is we who let it wait */
  assert_int_equal(crowd[0]->state, HTTP_OPEN);
  room = 1;
  look_at(50);
  assert_int_equal(world.n_held, 2);
  crowd_end();
}

static void test_who_stays_silent_is_idle_in_the_end(void **state) {
  (void)state;
  crowd_begin();
  http_bytes_drop(&crowd[0]->out, crowd[0]->out.n);
  assert_true(http_connection_tick(crowd[0], 99));
  assert_true(crowd[0]->paused);
  assert_true(http_connection_tick(crowd[0], 100));
  assert_false(crowd[0]->paused);
  assert_true(http_connection_tick(crowd[0], 601));
  assert_int_equal(crowd[0]->state, HTTP_DONE);
  crowd_end();
}

static void test_who_leaves_waits_no_more(void **state) {
  (void)state;
  crowd_begin();
  world.now_ms = 1;
  for (int i = 0; i < CROWD; i++) say_to(i, "/a");
  http_connection_free(crowd[1]);
  assert_int_equal(world.shared.stats.waiting, 2);
  room = 5;
  look_at(2);
  assert_int_equal(world.n_held, 2);
  assert_int_equal(world.shared.stats.waiting, 0);
  crowd[1] = http_connection_new(&world.shared, &crowd[1], 0);
  crowd_end();
}

static void test_dates(void **state) {
  (void)state;
  char text[HTTP_DATE_MAX];
  assert_string_equal(http_date(INT64_C(784111777000), text), "Sun, 06 Nov 1994 08:49:37 GMT"); /* RFC 9110 */
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(test_answers_in_the_order_of_requests),
      TEST(test_an_answer_inside_the_handler),
      TEST(test_no_more_than_the_pipeline),
      TEST(test_a_client_that_does_not_read),
      TEST(test_close_wishes),
      TEST(test_a_refusal_waits_for_its_turn),
      TEST(test_head),
      TEST(test_continue),
      TEST(test_time),
      TEST(test_one_byte_at_a_time_gains_no_time),
      TEST(test_work_takes_as_long_as_it_takes),
      TEST(test_a_client_that_leaves),
      TEST(test_answering_when_told),
      TEST(test_what_nobody_reads_is_counted_over_all_connections),
      TEST(test_what_waits_its_turn_is_unsent),
      TEST(test_bodies_of_all_connections),
      TEST(test_drain),
      TEST(test_headers_cannot_be_split),
      TEST(test_a_pause_lets_the_newest_go_on),
      TEST(test_who_comes_when_told_is_not_kept),
      TEST(test_a_pause_reads_little_ahead),
      TEST(test_who_stays_silent_is_idle_in_the_end),
      TEST(test_who_leaves_waits_no_more),
      TEST(test_dates),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
