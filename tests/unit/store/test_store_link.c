/* The link against a scripted server: what is said and answered stands in the tests, line by line. */
#include "log.h"
#include "redis_link.h"
#include "resp.h"
#include "store_fixture.h"

#include <poll.h>

static int listener = -1, port;
static struct link *tested;

#define PING "*1\r\n$4\r\nPING\r\n"
static const struct link_hello hello = {.bytes = PING, .n = sizeof PING - 1, .tolerated = {"ERR known"}};

struct result {
  int calls;
  enum link_result result;
  char text[64];
};

static void take(void *context, enum link_result result, redisReply *reply) {
  struct result *seen = context;
  seen->calls++;
  seen->result = result;
  if (reply && reply->str) snprintf(seen->text, sizeof seen->text, "%s", reply->str);
  resp_free(reply);
}

static void ask(struct result *seen, const char *bytes, unsigned flags, int deadline_ms) {
  *seen = (struct result){0};
  uv_update_time(&loop);
  assert_true(link_send(tested, bytes, strlen(bytes), flags, uv_now(&loop) + (uint64_t)deadline_ms, take, seen));
  assert_int_equal(0, seen->calls);
}

static void listen_again(void) {
  listener = local_socket(port, bind);
  assert_true(listener >= 0);
  assert_int_equal(0, listen(listener, 8));
  assert_int_equal(0, fcntl(listener, F_SETFL, O_NONBLOCK));
}

static int set_up_with(int replicas) {
  log_open("test", LOG_ERROR + 1);
  assert_int_equal(0, uv_loop_init(&loop));
  port = free_port();
  listen_again();
  const struct link_config config = {
      .host = "127.0.0.1", .port = port, .wait_replicas = replicas, .n_hello = 1, .hello = {hello}};
  tested = link_open(&loop, &config);
  return 0;
}

static int set_up(void **state) {
  (void)state;
  return set_up_with(0);
}

static int set_up_replicas(void **state) {
  (void)state;
  return set_up_with(1);
}

static int tear_down(void **state) {
  (void)state;
  bool closed = false;
  link_close(tested, set_true, &closed);
  RUN_UNTIL(closed);
  if (listener >= 0) close(listener);
  assert_int_equal(0, uv_loop_close(&loop));
  return 0;
}

static int accepted(void) {
  int fd = -1;
  RUN_UNTIL((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0);
  return fd;
}

/* Reads until exactly `text` came. */
static void expect(int fd, const char *text) {
  char got[8192] = "";
  size_t n = 0;
  while (n < strlen(text)) {
    ssize_t more;
    RUN_UNTIL((more = read(fd, got + n, sizeof got - 1 - n)) > 0);
    n += (size_t)more;
  }
  assert_string_equal(text, got);
}

static void say(int fd, const char *text) {
  assert_int_equal(strlen(text), write(fd, text, strlen(text)));
}

static int greeted(void) {
  const int fd = accepted();
  expect(fd, PING);
  say(fd, "+PONG\r\n");
  RUN_UNTIL(link_state(tested) == LINK_READY);
  return fd;
}

static void hang_up_with_reset(int fd) {
  const struct linger linger = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close(fd);
}

static void a_turn_s_commands_leave_in_one_write_and_answers_keep_their_order(void **state) {
  (void)state;
  const int fd = greeted();
  const uint64_t batches = link_metrics(tested).batches;
  struct result a, b, c;
  ask(&a, "A\r\n", 0, DEADLINE_MS);
  ask(&b, "B\r\n", 0, DEADLINE_MS);
  ask(&c, "C\r\n", 0, DEADLINE_MS);
  expect(fd, "A\r\nB\r\nC\r\n");
  assert_int_equal(batches + 1, link_metrics(tested).batches);
  say(fd, "+1\r\n$1\r\n");
  RUN_UNTIL(a.calls);
  assert_int_equal(0, b.calls);
  say(fd, "2\r\n-ERR 3\r\n");
  RUN_UNTIL(c.calls);
  assert_string_equal("1", a.text);
  assert_string_equal("2", b.text);
  assert_string_equal("ERR 3", c.text);
  assert_int_equal(LINK_OK, c.result);
  assert_int_equal(0, link_in_flight(tested));
  close(fd);
}

static void a_refused_connection_is_tried_again_and_what_waits_is_sent(void **state) {
  (void)state;
  close(accepted());
  close(listener);
  RUN_UNTIL(strstr(link_trouble(tested), "refused"));
  struct result in_time, too_late;
  ask(&in_time, "A\r\n", 0, DEADLINE_MS);
  ask(&too_late, "B\r\n", 0, 50);
  RUN_UNTIL(too_late.calls);
  assert_int_equal(LINK_AWAY, too_late.result);
  assert_int_equal(0, in_time.calls);
  listen_again();
  const int fd = greeted();
  expect(fd, "A\r\n");
  say(fd, "+OK\r\n");
  RUN_UNTIL(in_time.calls);
  assert_int_equal(LINK_OK, in_time.result);
  assert_int_equal(1, too_late.calls);
  close(fd);
}

static void a_reset_after_the_write_leaves_the_outcome_unknown(void **state) {
  (void)state;
  int fd = greeted();
  struct result answered, open, later;
  ask(&answered, "A\r\n", 0, DEADLINE_MS);
  ask(&open, "B\r\n", 0, DEADLINE_MS);
  expect(fd, "A\r\nB\r\n");
  say(fd, "+OK\r\n");
  RUN_UNTIL(answered.calls);
  hang_up_with_reset(fd);
  RUN_UNTIL(open.calls);
  assert_int_equal(LINK_OK, answered.result);
  assert_int_equal(LINK_UNKNOWN, open.result);
  ask(&later, "C\r\n", 0, DEADLINE_MS);
  fd = greeted();
  expect(fd, "C\r\n"); /* and nothing of what was unknown */
  say(fd, "+OK\r\n");
  RUN_UNTIL(later.calls);
  assert_int_equal(1, open.calls);
  assert_int_equal(1, link_metrics(tested).losses);
  assert_int_equal(2, link_metrics(tested).connects);
  close(fd);
}

static void garbage_ends_the_connection(void **state) {
  (void)state;
  int fd = greeted();
  struct result seen;
  ask(&seen, "A\r\n", 0, DEADLINE_MS);
  expect(fd, "A\r\n");
  say(fd, "HTTP/1.1 200 OK\r\n");
  RUN_UNTIL(seen.calls);
  assert_int_equal(LINK_UNKNOWN, seen.result);
  close(fd);
  fd = greeted();
  say(fd, "+unasked\r\n"); /* a reply that nobody asked for */
  RUN_UNTIL(link_state(tested) != LINK_READY);
  close(fd);
}

static void a_loading_server_is_not_ready(void **state) {
  (void)state;
  int fd = accepted();
  expect(fd, PING);
  struct result seen;
  ask(&seen, "A\r\n", 0, DEADLINE_MS);
  say(fd, "-LOADING Redis is loading the dataset in memory\r\n");
  RUN_UNTIL(link_state(tested) == LINK_IDLE);
  assert_non_null(strstr(link_trouble(tested), "LOADING"));
  assert_int_equal(0, seen.calls);
  close(fd);
  fd = accepted();
  expect(fd, PING);
  say(fd, "-ERR known already\r\n"); /* tolerated */
  expect(fd, "A\r\n");
  say(fd, "+OK\r\n");
  RUN_UNTIL(seen.calls);
  assert_int_equal(LINK_OK, seen.result);
  close(fd);
}

static void a_late_reply_does_not_meet_the_next_question(void **state) {
  (void)state;
  const int fd = greeted();
  struct result late, next;
  ask(&late, "A\r\n", 0, 30);
  expect(fd, "A\r\n");
  RUN_UNTIL(late.calls);
  assert_int_equal(LINK_UNKNOWN, late.result);
  ask(&next, "B\r\n", 0, DEADLINE_MS);
  expect(fd, "B\r\n");
  say(fd, "+late\r\n+next\r\n");
  RUN_UNTIL(next.calls);
  assert_string_equal("next", next.text);
  assert_int_equal(1, late.calls);
  close(fd);
}

static void a_silent_server_is_given_up(void **state) {
  (void)state;
  int fd = greeted();
  struct result seen;
  ask(&seen, "A\r\n", 0, 2 * LINK_STALL_MS);
  expect(fd, "A\r\n");
  const int64_t from = steady_ms();
  RUN_UNTIL(seen.calls);
  assert_int_equal(LINK_UNKNOWN, seen.result);
  assert_in_range(steady_ms() - from, LINK_STALL_MS - 100, LINK_STALL_MS + 1000);
  close(fd);
}

static void a_redirected_command_travels_with_asking(void **state) {
  (void)state;
  const int fd = greeted();
  struct result seen, next;
  ask(&seen, "ASKING\r\nA\r\n", LINK_TWO_REPLIES, DEADLINE_MS);
  ask(&next, "B\r\n", 0, DEADLINE_MS);
  expect(fd, "ASKING\r\nA\r\nB\r\n");
  say(fd, "+OK\r\n+a\r\n+b\r\n");
  RUN_UNTIL(next.calls);
  assert_string_equal("a", seen.text);
  assert_string_equal("b", next.text);
  close(fd);
}

#define WAIT "*3\r\n$4\r\nWAIT\r\n$1\r\n1\r\n$2\r\n50\r\n"

static void writes_are_answered_after_their_replicas(void **state) {
  (void)state;
  const int fd = greeted();
  struct result read_only, first, second;
  ask(&first, "W1\r\n", LINK_WRITE, DEADLINE_MS);
  ask(&read_only, "R\r\n", 0, DEADLINE_MS);
  ask(&second, "W2\r\n", LINK_WRITE, DEADLINE_MS);
  expect(fd, "W1\r\nR\r\nW2\r\n" WAIT); /* one for the batch */
  say(fd, "+w1\r\n+r\r\n+w2\r\n");
  RUN_UNTIL(read_only.calls);
  assert_int_equal(0, first.calls + second.calls);
  say(fd, ":1\r\n");
  RUN_UNTIL(second.calls);
  assert_string_equal("w1", first.text);
  assert_string_equal("w2", second.text);

  ask(&first, "W3\r\n", LINK_WRITE, DEADLINE_MS);
  expect(fd, "W3\r\n" WAIT);
  say(fd, "+w3\r\n:0\r\n");
  RUN_UNTIL(first.calls);
  assert_int_equal(LINK_SHORT, first.result); /* too few */
  assert_int_equal(1, link_metrics(tested).shortfalls);

  ask(&first, "W4\r\n", LINK_WRITE, DEADLINE_MS);
  ask(&second, "W5\r\n", LINK_WRITE, DEADLINE_MS);
  expect(fd, "W4\r\nW5\r\n" WAIT);
  say(fd, "-NOREPLICAS\r\n+w5\r\n");
  RUN_UNTIL(first.calls); /* nothing was written: no replica has to have it */
  assert_int_equal(LINK_OK, first.result);
  assert_int_equal(0, second.calls);
  say(fd, ":1\r\n");
  RUN_UNTIL(second.calls);

  ask(&read_only, "R\r\n", 0, DEADLINE_MS);
  expect(fd, "R\r\n"); /* a batch of reads waits for nobody */
  say(fd, "+r\r\n");
  RUN_UNTIL(read_only.calls);
  close(fd);
}

static void more_than_a_socket_takes_arrives_whole(void **state) {
  (void)state;
  const int fd = greeted();
  enum { BIG = 8 * 1024 * 1024 };
  char *bytes = malloc(BIG);
  assert_non_null(bytes);
  for (int i = 0; i < BIG; i++) bytes[i] = (char)('a' + i % 23);
  struct result big = {0}, next;
  assert_true(link_send(tested, bytes, BIG, 0, uv_now(&loop) + DEADLINE_MS, take, &big));
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_run(&loop, UV_RUN_NOWAIT);
  ask(&next, "B", 0, DEADLINE_MS); /* not before the rest of the first */
  char *got = malloc(BIG + 1);
  assert_non_null(got);
  for (size_t n = 0; n < BIG + 1;) {
    ssize_t more;
    RUN_UNTIL((more = read(fd, got + n, BIG + 1 - n)) > 0);
    n += (size_t)more;
  }
  assert_memory_equal(bytes, got, BIG);
  assert_int_equal('B', got[BIG]);
  say(fd, "+1\r\n+2\r\n");
  RUN_UNTIL(next.calls);
  assert_string_equal("1", big.text);
  free(bytes);
  free(got);
  close(fd);
}

static void closing_ends_everything_once(void **state) {
  (void)state;
  const int fd = greeted();
  struct result written, waiting;
  ask(&written, "A\r\n", 0, DEADLINE_MS);
  expect(fd, "A\r\n");
  ask(&waiting, "B\r\n", 0, DEADLINE_MS);
  tear_down(NULL);
  assert_int_equal(1, written.calls);
  assert_int_equal(1, waiting.calls);
  assert_int_equal(LINK_UNKNOWN, written.result);
  assert_int_equal(LINK_AWAY, waiting.result);
  close(fd);
}

int main(void) {
#define LINK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      LINK_TEST(a_turn_s_commands_leave_in_one_write_and_answers_keep_their_order),
      LINK_TEST(a_refused_connection_is_tried_again_and_what_waits_is_sent),
      LINK_TEST(a_reset_after_the_write_leaves_the_outcome_unknown),
      LINK_TEST(garbage_ends_the_connection),
      LINK_TEST(a_loading_server_is_not_ready),
      LINK_TEST(a_late_reply_does_not_meet_the_next_question),
      LINK_TEST(a_silent_server_is_given_up),
      LINK_TEST(a_redirected_command_travels_with_asking),
      LINK_TEST(more_than_a_socket_takes_arrives_whole),
      cmocka_unit_test_setup_teardown(writes_are_answered_after_their_replicas, set_up_replicas, tear_down),
      cmocka_unit_test_setup(closing_ends_everything_once, set_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
