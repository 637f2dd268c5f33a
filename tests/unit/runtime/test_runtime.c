/* Programs run as processes of their own: health, reload, drain, and what ends them. */
#include "test.h"

#include "http_client.h"
#include "runtime.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- the program under test: its only work is a timer that a drain waits for --- */

enum { MODE_PLAIN, MODE_FAILS, MODE_DRAINS, MODE_NEVER_DRAINS, MODE_BLOCKS };
static int mode;
static uv_timer_t work;
static bool holds_now = true;
static int reloads;

static bool holds(void *ctx, char *why, size_t size) {
  (void)ctx;
  snprintf(why, size, "said \"no\"");
  return holds_now;
}
static struct condition condition = {.name = "mood", .holds = holds};

static bool never(void *ctx, char *why, size_t size) {
  (void)ctx;
  snprintf(why, size, "never");
  return false;
}
static struct condition wish = {.name = "wish", .holds = never, .advisory = true};

static void on_done(uv_timer_t *timer) {
  runtime_drained(timer->data);
}

static int start(struct runtime *runtime, void **state) {
  *state = &work;
  uv_timer_init(runtime_loop(runtime), &work);
  work.data = runtime;
  runtime_condition(runtime, &condition);
  runtime_condition(runtime, &wish);
  if (mode == MODE_BLOCKS) usleep(300000);
  return mode == MODE_FAILS;
}

static void reload(struct runtime *runtime, void *state) {
  (void)runtime;
  (void)state;
  reloads++;
  holds_now = false;
}

static void drain(struct runtime *runtime, void *state) {
  (void)state;
  if (mode == MODE_PLAIN || mode == MODE_BLOCKS) runtime_drained(runtime);
  if (mode == MODE_DRAINS) uv_timer_start(&work, on_done, 1000, 0);
}

static void stop(struct runtime *runtime, void *state) {
  (void)runtime;
  uv_close(state, NULL);
}

/* --- running it --- */

static char port[8];

static void pick_port(void) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t n = sizeof address;
  assert_int_equal(bind(fd, (struct sockaddr *)&address, n), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &n), 0);
  close(fd);
  snprintf(port, sizeof port, "%d", ntohs(address.sin_port));
}

static pid_t launch_program(const struct program *program, int chosen, const char *flag) {
  pick_port();
  const pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid > 0) return pid;
  mode = chosen;
  char port_flag[32];
  snprintf(port_flag, sizeof port_flag, "--admin-port=%s", port);
  char *argv[] = {(char *)"yz-test", port_flag, (char *)(uintptr_t)flag, NULL};
  if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)) _exit(99);
  _exit(runtime_main(flag ? 3 : 2, argv, program));
}

static pid_t launch(int chosen, const char *flag) {
  static const struct program program = {.name = "test",
                                         .summary = "Tests.",
                                         .admin_port = "1",
                                         .start = start,
                                         .reload = reload,
                                         .drain = drain,
                                         .stop = stop};
  return launch_program(&program, chosen, flag);
}

static struct arena arena;

/* The status of a page, its body in *body; 0 while nobody listens. */
static int page(const char *path, const char **body) {
  struct http_reply reply;
  const struct http_call call = {
      .method = "GET", .url = arena_format(&arena, "http://127.0.0.1:%s%s", port, path), .deadline_ms = 2000};
  if (http_call(&arena, &call, &reply)) return 0;
  *body = reply.body;
  return reply.status;
}

static void wait_until(const char *path, int status) {
  const char *body;
  for (int i = 0; i < 300; i++) {
    if (page(path, &body) == status) return;
    usleep(10000);
  }
  fail_msg("%s never answered %d", path, status);
}

static int exit_status(pid_t pid) {
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void test_health_and_reload(void **state) {
  (void)state;
  const char *body;
  const pid_t pid = launch(MODE_PLAIN, NULL);
  wait_until("/ready", 200);
  assert_int_equal(page("/ready", &body), 200);
  assert_string_equal(body, "{\"ready\":true,\"phase\":\"running\",\"conditions\":[{\"name\":\"mood\",\"holds\":true},"
                            "{\"name\":\"wish\",\"holds\":false,\"why\":\"never\"}]}\n");
  assert_int_equal(page("/live", &body), 200);
  assert_non_null(strstr(body, "{\"live\":true,"));
  assert_int_equal(page("/metrics", &body), 200);
  assert_non_null(strstr(body, "\nyz_build_info{version=\"" YZ_VERSION "\"} 1\n"));
  assert_null(strstr(body, "\nyz_resident_bytes 0\n"));
  assert_int_equal(page("/elsewhere", &body), 404);
  kill(pid, SIGHUP);
  wait_until("/ready", 503);
  assert_int_equal(page("/ready", &body), 503);
  assert_non_null(strstr(body, "{\"name\":\"mood\",\"holds\":false,\"why\":\"said \\\"no\\\"\"}"));
  assert_int_equal(page("/live", &body), 200); /* readiness is not liveness */
  kill(pid, SIGTERM);
  assert_int_equal(exit_status(pid), 0);
}

static void test_lag_is_seen(void **state) {
  (void)state;
  const char *body;
  const pid_t pid = launch(MODE_BLOCKS, NULL);
  wait_until("/live", 200);
  usleep(200000);
  assert_int_equal(page("/metrics", &body), 200);
  const char *fast = strstr(body, "yz_loop_lag_seconds_bucket{le=\"0.1\"} "),
             *all = strstr(body, "_bucket{le=\"+Inf\"} ");
  assert_true(atoi(strchr(fast, '}') + 2) < atoi(strchr(all, '}') + 2));
  kill(pid, SIGINT);
  assert_int_equal(exit_status(pid), 0);
}

static void test_drain(void **state) {
  (void)state;
  const char *body;
  const pid_t pid = launch(MODE_DRAINS, NULL);
  wait_until("/ready", 200);
  kill(pid, SIGTERM);
  wait_until("/ready", 503); /* still answering, and saying so */
  page("/ready", &body);
  assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
  assert_int_equal(exit_status(pid), 0);
}

static void test_drain_is_bounded(void **state) {
  (void)state;
  pid_t pid = launch(MODE_NEVER_DRAINS, "--drain-ms=100");
  wait_until("/ready", 200);
  kill(pid, SIGTERM);
  assert_int_equal(exit_status(pid), 0);
  pid = launch(MODE_NEVER_DRAINS, "--drain-ms=600000");
  wait_until("/ready", 200);
  kill(pid, SIGTERM);
  wait_until("/ready", 503);
  kill(pid, SIGTERM); /* asked twice: at once */
  assert_int_equal(exit_status(pid), 0);
}

static void test_what_does_not_start(void **state) {
  (void)state;
  assert_int_equal(exit_status(launch(MODE_FAILS, NULL)), 1);
  assert_int_equal(exit_status(launch(MODE_PLAIN, "--log-level=loud")), 2);
  assert_int_equal(exit_status(launch(MODE_PLAIN, "--nonsense")), 2);
  assert_int_equal(exit_status(launch(MODE_PLAIN, "--admin-host=nowhere")), 1);
  assert_int_equal(exit_status(launch(MODE_PLAIN, "--help")), 0);
}

/* --- two programs in one process: each step writes a letter, small ones the second program --- */

static int letters[2]; /* a pipe */

static void tell(char letter) {
  assert_int_equal(write(letters[1], &letter, 1), 1);
}

static uv_timer_t drain_of_first;
static void on_first_drained(uv_timer_t *timer) {
  tell('F');
  runtime_drained(timer->data);
}
static int first_start(struct runtime *runtime, void **state) {
  *state = (void *)"A";
  assert_true(runtime_has_parts(runtime));
  assert_int_equal(settings_number(runtime_settings(runtime), "second"), 7);
  uv_timer_init(runtime_loop(runtime), &drain_of_first);
  drain_of_first.data = runtime;
  tell('S');
  return 0;
}
static void first_reload(struct runtime *runtime, void *state) {
  (void)runtime;
  tell(*(const char *)state);
}
static void first_drain(struct runtime *runtime, void *state) {
  (void)runtime;
  (void)state;
  tell('D');
  uv_timer_start(&drain_of_first, on_first_drained, 100, 0);
}
static void first_stop(struct runtime *runtime, void *state) {
  (void)runtime;
  (void)state;
  tell('X');
  uv_close((uv_handle_t *)&drain_of_first, NULL);
}
static void first_ended(void *state) {
  (void)state;
  tell('E');
}

static int second_start(struct runtime *runtime, void **state) {
  (void)runtime;
  *state = (void *)"a";
  tell('s');
  return mode == MODE_FAILS;
}
static void second_drain(struct runtime *runtime, void *state) {
  (void)state;
  tell('d');
  runtime_drained(runtime);
}
static void second_stop(struct runtime *runtime, void *state) {
  (void)runtime;
  (void)state;
  tell('x');
}
static void second_ended(void *state) {
  (void)state;
  tell('e');
}

static const char *told(void) {
  char text[32];
  close(letters[1]);
  const ssize_t n = read(letters[0], text, sizeof text - 1);
  close(letters[0]);
  assert_true(n >= 0);
  text[n] = '\0';
  return arena_copy(&arena, text);
}

static void test_parts_take_turns(void **state) {
  (void)state;
  static const struct setting rows[] = {
      {.name = "second", .fallback = "7", .kind = SETTING_NUMBER, .help = "Of the second part."}};
  static const struct program first = {.start = first_start,
                                       .reload = first_reload,
                                       .drain = first_drain,
                                       .stop = first_stop,
                                       .ended = first_ended},
                              second = {.settings = rows,
                                        .n_settings = 1,
                                        .start = second_start,
                                        .reload = first_reload,
                                        .drain = second_drain,
                                        .stop = second_stop,
                                        .ended = second_ended};
  static const struct program *const parts[] = {&first, &second};
  static const struct program both = {
      .name = "both", .summary = "Tests.", .admin_port = "1", .parts = parts, .n_parts = COUNT(parts)};
  assert_int_equal(pipe(letters), 0);
  pid_t pid = launch_program(&both, MODE_PLAIN, NULL);
  wait_until("/live", 200);
  kill(pid, SIGHUP);
  usleep(200000);
  kill(pid, SIGTERM);
  assert_int_equal(exit_status(pid), 0);
  assert_string_equal(told(), "SsAaDFdXxEe");
  assert_int_equal(pipe(letters), 0);
  pid = launch_program(&both, MODE_FAILS, NULL); /* the second does not start: the first is stopped too */
  assert_int_equal(exit_status(pid), 1);
  assert_string_equal(told(), "SsXxEe");
}

int main(void) {
  arena_init(&arena, 64 * 1024 * 1024);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_health_and_reload),
      cmocka_unit_test(test_lag_is_seen),
      cmocka_unit_test(test_drain),
      cmocka_unit_test(test_drain_is_bounded),
      cmocka_unit_test(test_what_does_not_start),
      cmocka_unit_test(test_parts_take_turns),
  };
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  arena_free(&arena);
  return failed;
}
