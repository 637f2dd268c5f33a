/* Bodies and answers in pieces, on a connection without sockets. */
#include "test.h"

#include "http_connection.h"

#include <stdio.h>

/* A handler that keeps what it is told. */
static struct {
  struct http_shared shared;
  struct http_connection *connection;
  struct http_exchange *exchange; /* the last one */
  char body[4096];
  size_t n_body;
  int begun, ended, gone, roomy, woken, released;
  const char *why;
  bool refuse;      /* answers 415 at once */
  bool end_in_body; /* ends the answer while it is given a piece */
} world;

static void on_piece(struct http_exchange *exchange, const char *bytes, size_t n) {
  assert_ptr_equal(exchange, world.exchange);
  assert_int_equal(world.ended, 0);
  assert_true(world.n_body + n < sizeof world.body);
  memcpy(world.body + world.n_body, bytes, n);
  world.n_body += n;
  if (world.end_in_body) http_stream_end(exchange);
}

static void on_body_end(struct http_exchange *exchange, const char *why) {
  assert_ptr_equal(exchange, world.exchange);
  world.ended++;
  world.why = why;
}

static void on_gone(struct http_exchange *exchange) {
  (void)exchange;
  world.gone++;
}

static void on_roomy(struct http_exchange *exchange) {
  assert_false(http_stream_full(exchange));
  world.roomy++;
}

static void on_request(struct http_exchange *exchange, void *ctx) {
  assert_ptr_equal(ctx, &world);
  world.exchange = exchange;
  world.begun++;
  if (strcmp(exchange->path, "/stream") != 0) {
    http_answer(exchange, 200, "text/plain", NULL, 0, exchange->path, strlen(exchange->path));
    return;
  }
  assert_int_equal(exchange->n_body, 0);
  exchange->gone = on_gone;
  exchange->roomy = on_roomy;
  exchange->body_piece = on_piece;
  exchange->body_end = on_body_end;
  if (world.refuse)
    http_answer(exchange, 415, "text/plain", NULL, 0, "no", 2);
  else
    http_stream_begin(exchange, 200, "text/plain", NULL, 0);
}

static bool streams(const char *method, const char *target, void *ctx) {
  assert_ptr_equal(ctx, &world);
  return strcmp(method, "POST") == 0 && strcmp(target, "/stream") == 0;
}

static void on_wake(void *peer) {
  assert_ptr_equal(peer, &world);
  world.woken++;
}

static void on_released(struct http_shared *shared) {
  (void)shared;
  world.released++;
}

static int setup(void **state) {
  (void)state;
  memset(&world, 0, sizeof world);
  world.shared = (struct http_shared){.limits = {.body_bytes_max = 10,
                                                 .arena_bytes_max = 1024 * 1024,
                                                 .bodies_bytes_max = 10000,
                                                 .answers_bytes_max = 1000,
                                                 .write_bytes_max = 1000,
                                                 .unsent_bytes_max = 10000,
                                                 .connections_max = 1,
                                                 .pipeline_max = 4,
                                                 .head_ms = 50,
                                                 .body_ms = 100,
                                                 .idle_ms = 600,
                                                 .write_ms = 300},
                                      .handler = on_request,
                                      .streams = streams,
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
  http_connection_input(world.connection, bytes, strlen(bytes), 0);
}

static const char *heard(void) {
  static char text[8192];
  struct http_bytes *out = &world.connection->out;
  assert_true(out->n < sizeof text);
  if (out->n) memcpy(text, out->text + out->at, out->n);
  text[out->n] = '\0';
  http_bytes_drop(out, out->n);
  http_connection_sent(world.connection);
  return text;
}

static const char *body(void) {
  world.body[world.n_body] = '\0';
  return world.body;
}

static const char chunked[] = "POST /stream HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
static const char counted[] = "POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n";

static void test_both_ways_at_the_same_time(void **state) {
  (void)state;
  say(chunked);
  assert_int_equal(world.begun, 1);
  const char *text = heard();
  assert_non_null(strstr(text, "HTTP/1.1 200 OK\r\n"));
  assert_non_null(strstr(text, "\r\nTransfer-Encoding: chunked\r\n"));
  assert_null(strstr(text, "Content-Length"));
  assert_null(strstr(text, "Connection"));
  say("14\r\nmore than the limit ");
  http_stream_write(world.exchange, "first", 5);
  assert_int_equal(world.woken, 1);
  assert_string_equal(heard(), "5\r\nfirst\r\n");
  say("\r\n2\r\nof\r\n");
  http_stream_write(world.exchange, "", 0); /* would be the end */
  assert_string_equal(heard(), "");
  say("0\r\n\r\n");
  assert_int_equal(world.ended, 1);
  assert_null(world.why);
  assert_string_equal(body(), "more than the limit of");
  http_stream_end(world.exchange);
  assert_string_equal(heard(), "0\r\n\r\n");
  assert_int_equal(world.connection->state, HTTP_OPEN);
}

static void test_the_next_request_waits_for_the_end(void **state) {
  (void)state;
  say(counted);
  struct http_exchange *stream = world.exchange;
  say("hello, world");
  assert_int_equal(world.ended, 1);
  heard();
  say("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_string_equal(heard(), "");
  http_stream_write(stream, "x", 1);
  http_stream_end(stream);
  const char *text = heard();
  assert_int_equal(strncmp(text, "1\r\nx\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n", 28), 0);
  assert_int_equal(world.connection->state, HTTP_OPEN);
}

static void test_behind_an_answer_that_is_not_there_yet(void **state) {
  (void)state;
  say(counted);
  struct http_exchange *first = world.exchange;
  say("hello, world");
  world.n_body = 0;
  world.ended = 0;
  say(counted);
  struct http_exchange *second = world.exchange;
  say("again, world");
  http_stream_write(second, "2", 1);
  heard();
  assert_int_equal(world.connection->out.n, 0);
  http_stream_end(first);
  const char *text = heard(); /* what there is of the second comes along */
  assert_int_equal(strncmp(text, "0\r\n\r\nHTTP/1.1 200 OK\r\n", 22), 0);
  assert_string_equal(text + strlen(text) - 10, "\r\n\r\n1\r\n2\r\n");
  http_stream_end(second);
  assert_string_equal(heard(), "0\r\n\r\n");
}

static void test_a_head_that_comes_with_its_body(void **state) {
  (void)state;
  char text[256];
  snprintf(text, sizeof text, "%shello, world", counted);
  for (size_t cut = 1; cut < strlen(text); cut++) {
    teardown(state);
    setup(state);
    http_connection_input(world.connection, text, cut, 0);
    http_connection_input(world.connection, text + cut, strlen(text) - cut, 0);
    assert_string_equal(body(), "hello, world");
    assert_int_equal(world.ended, 1);
    http_stream_end(world.exchange);
    assert_int_equal(world.connection->state, HTTP_OPEN);
  }
}

static void test_no_body_at_all(void **state) {
  (void)state;
  say("POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  assert_int_equal(world.ended, 1);
  assert_null(world.why);
  http_stream_end(world.exchange);
  assert_int_equal(world.connection->state, HTTP_OPEN);
}

static void test_continue(void **state) {
  (void)state;
  say("POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n");
  const char *text = heard();
  assert_int_equal(strncmp(text, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", 42), 0);
  http_stream_end(world.exchange);
}

static void test_the_old_version_gets_no_chunks(void **state) {
  (void)state;
  say("POST /stream HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi");
  const char *text = heard();
  assert_null(strstr(text, "chunked"));
  assert_non_null(strstr(text, "\r\nConnection: close\r\n"));
  http_stream_write(world.exchange, "x", 1);
  http_stream_end(world.exchange);
  assert_string_equal(heard(), "x");
  assert_int_equal(world.connection->state, HTTP_DONE);
}

static void test_a_body_that_nobody_wants(void **state) {
  (void)state;
  world.refuse = true;
  say(chunked);
  const char *text = heard();
  assert_int_equal(strncmp(text, "HTTP/1.1 415 ", 13), 0);
  assert_non_null(strstr(text, "\r\nConnection: close\r\n"));
  assert_int_equal(world.connection->state, HTTP_DONE);
  say("5\r\nhello\r\n");
  assert_int_equal(world.n_body, 0);
  assert_int_equal(world.ended, 0);
}

static void test_an_answer_that_ends_before_the_body(void **state) {
  (void)state;
  say(chunked);
  say("5\r\nhello\r\n");
  http_stream_end(world.exchange);
  assert_int_equal(world.connection->state, HTTP_DONE);
  assert_true(world.connection->cut);
  assert_int_equal(world.ended, 0);
  say("5\r\nworld\r\n");
  assert_string_equal(body(), "hello");
}

static void test_an_answer_that_ends_within_a_piece(void **state) {
  (void)state;
  world.end_in_body = true;
  say(chunked);
  say("5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n");
  assert_string_equal(body(), "hello");
  assert_int_equal(world.ended, 0);
  assert_int_equal(world.connection->state, HTTP_DONE);
}

static void test_broken_framing(void **state) {
  (void)state;
  say(chunked);
  say("5\r\nhello\r\nzz\r\n");
  assert_int_equal(world.ended, 1);
  assert_non_null(world.why);
  assert_string_equal(body(), "hello");
  assert_int_equal(world.connection->state, HTTP_LAST);
  assert_int_equal(world.shared.stats.refused_total, 1);
  heard();
  http_stream_write(world.exchange, "so far", 6);
  http_stream_end(world.exchange);
  assert_string_equal(heard(), "6\r\nso far\r\n0\r\n\r\n");
  assert_int_equal(world.connection->state, HTTP_DONE);
}

static void test_a_client_that_leaves(void **state) {
  (void)state;
  say(counted);
  say("hello");
  http_connection_eof(world.connection);
  assert_int_equal(world.ended, 1);
  assert_non_null(world.why);
  assert_int_equal(world.gone, 1);
  assert_true(http_gone(world.exchange));
  http_connection_free(world.connection);
  world.connection = NULL;
  assert_int_equal(world.ended, 1);
  http_stream_write(world.exchange, "nobody", 6);
  assert_false(http_stream_full(world.exchange));
  http_stream_hold(world.exchange, true);
  http_stream_hold(world.exchange, false);
  http_stream_end(world.exchange);
  assert_int_equal(world.released, 1);
}

static void test_a_connection_that_breaks(void **state) {
  (void)state;
  say(counted);
  http_connection_free(world.connection);
  world.connection = NULL;
  assert_int_equal(world.ended, 1);
  assert_non_null(world.why);
  assert_int_equal(world.gone, 1);
  http_stream_end(world.exchange);
  assert_int_equal(world.released, 1);
}

static void test_a_client_that_sends_and_shuts_its_side(void **state) {
  (void)state;
  say(counted);
  say("hello, world");
  http_connection_eof(world.connection);
  assert_null(world.why);
  assert_int_equal(world.ended, 1);
  heard();
  http_stream_write(world.exchange, "x", 1);
  http_stream_end(world.exchange);
  assert_string_equal(heard(), "1\r\nx\r\n0\r\n\r\n");
  assert_int_equal(world.connection->state, HTTP_DONE);
}

static void test_holding_the_body(void **state) {
  (void)state;
  say(counted);
  http_stream_hold(world.exchange, true);
  assert_false(http_connection_reads(world.connection));
  say("hello, "); /* read by a shell that was not fast enough to stop */
  assert_string_equal(body(), "");
  http_connection_eof(world.connection); /* and what was read is not lost, though it ends there */
  assert_int_equal(world.ended, 0);
  http_stream_hold(world.exchange, false);
  assert_int_equal(world.woken, 1);
  assert_true(http_connection_reads(world.connection));
  http_connection_input(world.connection, "", 0, 0);
  assert_string_equal(body(), "hello, ");
  assert_int_equal(world.ended, 1);
  assert_non_null(world.why);
  http_stream_end(world.exchange);
}

static void test_a_client_that_does_not_read(void **state) {
  (void)state;
  static const char much[1200];
  say(counted);
  heard();
  assert_false(http_stream_full(world.exchange));
  http_stream_write(world.exchange, much, sizeof much);
  assert_true(http_stream_full(world.exchange));
  assert_false(http_connection_reads(world.connection));
  http_connection_sent(world.connection);
  assert_int_equal(world.roomy, 0);
  http_bytes_drop(&world.connection->out, world.connection->out.n);
  http_connection_sent(world.connection);
  http_connection_sent(world.connection);
  assert_int_equal(world.roomy, 1);
  assert_true(http_connection_reads(world.connection));
  http_stream_end(world.exchange);
}

static void test_others_that_do_not_read(void **state) {
  (void)state;
  say(counted);
  heard();
  http_connection_sent(world.connection);
  world.shared.unsent_bytes += world.shared.limits.unsent_bytes_max;
  assert_false(http_stream_full(world.exchange)); /* who reads all gets more */
  http_stream_write(world.exchange, "x", 1);
  assert_true(http_stream_full(world.exchange));
  assert_false(http_connection_reads(world.connection));
  world.shared.unsent_bytes -= world.shared.limits.unsent_bytes_max;
  http_connection_sent(world.connection);
  assert_int_equal(world.roomy, 1);
  http_stream_end(world.exchange);
}

static void test_time(void **state) {
  (void)state;
  say(counted);
  heard();
  /* as long as it is held it is not the client who is late */
  http_stream_hold(world.exchange, true);
  for (uint64_t ms = 0; ms <= 5000; ms += 250) assert_true(http_connection_tick(world.connection, ms));
  http_stream_hold(world.exchange, false);
  http_connection_input(world.connection, "hello", 5, 5100);
  assert_true(http_connection_tick(world.connection, 5700));
  assert_int_equal(world.ended, 0);
  assert_true(http_connection_tick(world.connection, 5701));
  assert_int_equal(world.ended, 1);
  assert_non_null(world.why);
  assert_int_equal(world.connection->state, HTTP_LAST);
  http_stream_end(world.exchange);
  assert_string_equal(heard(), "0\r\n\r\n");
}

static void test_drain(void **state) {
  (void)state;
  say(counted);
  http_connection_drain(world.connection);
  assert_int_equal(world.connection->state, HTTP_OPEN); /* whoever answers decides whether to read on */
  say("hello, world");
  assert_int_equal(world.connection->state, HTTP_LAST);
  http_stream_end(world.exchange);
  assert_int_equal(world.connection->state, HTTP_DONE);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(test_both_ways_at_the_same_time),
      TEST(test_the_next_request_waits_for_the_end),
      TEST(test_behind_an_answer_that_is_not_there_yet),
      TEST(test_a_head_that_comes_with_its_body),
      TEST(test_no_body_at_all),
      TEST(test_continue),
      TEST(test_the_old_version_gets_no_chunks),
      TEST(test_a_body_that_nobody_wants),
      TEST(test_an_answer_that_ends_before_the_body),
      TEST(test_an_answer_that_ends_within_a_piece),
      TEST(test_broken_framing),
      TEST(test_a_client_that_leaves),
      TEST(test_a_connection_that_breaks),
      TEST(test_a_client_that_sends_and_shuts_its_side),
      TEST(test_holding_the_body),
      TEST(test_a_client_that_does_not_read),
      TEST(test_others_that_do_not_read),
      TEST(test_time),
      TEST(test_drain),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
