/* The server over real sockets, called by the blocking client and by hand. The loop has a thread of its own. */
#include "test.h"

#include "http.h"
#include "http_client.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct fixture {
  uv_loop_t loop;
  uv_async_t quit;
  struct http_server *server;
  struct http_exchange *_Atomic late; /* answered on quit */
  pthread_t thread;
  bool drained;
  struct http_stats stats; /* as of quit */
};
static struct fixture fixture;

static void on_request(struct http_exchange *exchange, void *ctx) {
  assert_ptr_equal(ctx, &fixture);
  if (strcmp(exchange->path, "/late") == 0) {
    fixture.late = exchange;
  } else if (strcmp(exchange->path, "/large") == 0) {
    const size_t n = 3 * 1024 * 1024; /* more than any socket buffer */
    char *body = arena_alloc(exchange->arena, n);
    for (size_t i = 0; i < n; i++) body[i] = (char)('a' + i % 26);
    http_answer(exchange, 200, "text/plain", NULL, 0, body, n);
  } else {
    http_answer(exchange, 201, "text/plain", NULL, 0, exchange->body, exchange->n_body);
  }
}

static void on_drained(void *ctx) {
  assert_ptr_equal(ctx, &fixture);
  fixture.drained = true;
  http_server_stop(&fixture.server);
  uv_close((uv_handle_t *)&fixture.quit, NULL);
}

static void on_quit(uv_async_t *async) {
  (void)async;
  fixture.stats = *http_server_stats(fixture.server);
  http_server_drain(fixture.server, on_drained, &fixture);
  if (fixture.late) http_answer(fixture.late, 200, "text/plain", NULL, 0, "late", 4);
}

static void *run(void *arg) {
  (void)arg;
  uv_run(&fixture.loop, UV_RUN_DEFAULT);
  return NULL;
}

static int setup(void **state) {
  (void)state;
  memset(&fixture, 0, sizeof fixture);
  assert_int_equal(uv_loop_init(&fixture.loop), 0);
  assert_int_equal(uv_async_init(&fixture.loop, &fixture.quit, on_quit), 0);
  const struct http_server_config config = {
      .host = "127.0.0.1", .limits = {.connections_max = 4}, .handler = on_request, .ctx = &fixture};
  assert_int_equal(http_server_start(&fixture.server, &fixture.loop, &config), 0);
  assert_int_equal(pthread_create(&fixture.thread, NULL, run, NULL), 0);
  return 0;
}

static void quit(void) {
  uv_async_send(&fixture.quit);
  pthread_join(fixture.thread, NULL);
  assert_true(fixture.drained);
  assert_null(fixture.server);
  assert_int_equal(uv_loop_close(&fixture.loop), 0); /* no handle is left */
}

/* One call by the client; the reply lives in the arena. */
static const char *call(struct arena *arena, const char *method, const char *path, const char *body,
                        struct http_reply *reply) {
  const struct http_call made = {
      .method = method,
      .url = arena_format(arena, "http://127.0.0.1:%d%s", http_server_port(fixture.server), path),
      .content_type = body ? "text/plain" : NULL,
      .body = body,
      .n_body = body ? strlen(body) : 0,
      .deadline_ms = 5000};
  return http_call(arena, &made, reply);
}

static int dial(void) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(http_server_port(fixture.server)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  return fd;
}

/* Sends, then reads until the server closes. */
static const char *converse(int fd, const char *bytes) {
  static char text[8192];
  size_t n = 0;
  assert_int_equal(send(fd, bytes, strlen(bytes), MSG_NOSIGNAL), strlen(bytes));
  for (ssize_t k; n < sizeof text - 1 && (k = recv(fd, text + n, sizeof text - 1 - n, 0)) > 0;) n += (size_t)k;
  text[n] = '\0';
  close(fd);
  return text;
}

static void test_calls(void **state) {
  (void)state;
  struct arena arena;
  struct http_reply reply;
  arena_init(&arena, 32 * 1024 * 1024);
  assert_null(call(&arena, "POST", "/echo", "hello", &reply));
  assert_int_equal(reply.status, 201);
  assert_string_equal(reply.content_type, "text/plain");
  assert_string_equal(reply.body, "hello");
  assert_null(call(&arena, "HEAD", "/large", NULL, &reply));
  assert_int_equal(reply.n_body, 0);
  assert_null(call(&arena, "GET", "/large", NULL, &reply));
  assert_int_equal(reply.n_body, 3 * 1024 * 1024);
  for (size_t i = 0; i < reply.n_body; i += 1009) assert_int_equal(reply.body[i], 'a' + i % 26);
  arena_free(&arena);
  quit();
}

static void test_a_refused_body_does_not_reset_the_answer(void **state) {
  (void)state;
  /* the client goes on sending the body that was refused; the answer has to arrive all the same */
  static char request[64 * 1024];
  memset(request, 'x', sizeof request - 1);
  static const char head[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n";
  memcpy(request, head, sizeof head - 1);
  const char *text = converse(dial(), request);
  assert_int_equal(strncmp(text, "HTTP/1.1 413 ", 13), 0);
  quit();
}

static void test_drain_finishes_what_is_in_work(void **state) {
  (void)state;
  const int idle = dial(), late = dial();
  static const char request[] = "GET /late HTTP/1.1\r\nHost: a\r\n\r\n";
  assert_int_equal(send(late, request, sizeof request - 1, 0), sizeof request - 1);
  while (!fixture.late) usleep(1000);
  quit();
  char text[1024];
  ssize_t n = recv(late, text, sizeof text - 1, 0);
  assert_true(n > 0);
  text[n] = '\0';
  assert_non_null(strstr(text, "\r\n\r\nlate"));
  assert_non_null(strstr(text, "Connection: close"));
  assert_int_equal(recv(late, text, sizeof text, 0), 0);
  assert_int_equal(recv(idle, text, sizeof text, 0), 0);
  close(late);
  close(idle);
}

static void test_too_many_connections(void **state) {
  (void)state;
  int fds[5];
  for (size_t i = 0; i < 5; i++) fds[i] = dial();
  char byte;
  assert_int_equal(recv(fds[4], &byte, 1, 0), 0); /* closed at once */
  for (size_t i = 0; i < 5; i++) close(fds[i]);
  quit();
  assert_int_equal(fixture.stats.connections_total, 5);
  assert_int_equal(fixture.stats.connections_refused_total, 1);
}

static struct rlimit enough;

static void on_spent(int number) {
  (void)number;
  setrlimit(RLIMIT_NOFILE, &enough);
}

/* libuv tries again for as long as there is no descriptor to be had, so a signal has to end that: after 20 ms of CPU,
 * which nothing but those tries takes. */
static void test_a_connection_without_a_descriptor_is_counted(void **state) {
  (void)state;
  memset(&fixture, 0, sizeof fixture);
  assert_int_equal(uv_loop_init(&fixture.loop), 0);
  const struct http_server_config config = {.host = "127.0.0.1", .handler = on_request, .ctx = &fixture};
  assert_int_equal(http_server_start(&fixture.server, &fixture.loop, &config), 0);
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &enough), 0);
  const int fd = dial();
  const struct rlimit none = {.rlim_cur = 3, .rlim_max = enough.rlim_max}; /* all three are taken */
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  signal(SIGPROF, on_spent);
  assert_int_equal(setitimer(ITIMER_PROF, &(struct itimerval){.it_value = {.tv_usec = 20000}}, NULL), 0);
  while (http_server_stats(fixture.server)->connections_total == 0) uv_run(&fixture.loop, UV_RUN_ONCE);
  assert_true(http_server_stats(fixture.server)->connections_refused_total > 0);
  assert_int_equal(http_server_stats(fixture.server)->connections, 1); /* it is taken when there is one again */
  signal(SIGPROF, SIG_DFL);
  close(fd);
  http_server_stop(&fixture.server);
  uv_run(&fixture.loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&fixture.loop), 0);
}

static void test_addresses(void **state) {
  (void)state;
  struct http_server *second;
  const struct http_server_config taken = {
      .host = "127.0.0.1", .port = http_server_port(fixture.server), .handler = on_request};
  const struct http_server_config name = {.host = "localhost", .handler = on_request};
  uv_loop_t loop;
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(http_server_start(&second, &loop, &taken), UV_EADDRINUSE);
  assert_int_equal(http_server_start(&second, &loop, &name), UV_EINVAL);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&loop), 0);

  struct arena arena;
  struct http_reply reply;
  arena_init(&arena, 1024 * 1024);
  static const char *const unreadable[] = {"https://127.0.0.1/", "127.0.0.1:80", "http://", "http://a b/",
                                           "http://127.0.0.1:80/a b"};
  for (size_t i = 0; i < COUNT(unreadable); i++) {
    const struct http_call made = {.method = "GET", .url = unreadable[i], .deadline_ms = 1000};
    assert_non_null(http_call(&arena, &made, &reply));
  }
  const int port = http_server_port(fixture.server);
  const struct http_call unanswered = {
      .method = "GET", .url = arena_format(&arena, "http://127.0.0.1:%d/late", port), .deadline_ms = 50};
  assert_string_equal(http_call(&arena, &unanswered, &reply), "no answer in time");
  quit();
  const struct http_call closed = {
      .method = "GET", .url = arena_format(&arena, "http://127.0.0.1:%d/", port), .deadline_ms = 1000};
  assert_non_null(strstr(http_call(&arena, &closed, &reply), "cannot reach"));
  arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_calls, setup),
      cmocka_unit_test_setup(test_a_refused_body_does_not_reset_the_answer, setup),
      cmocka_unit_test_setup(test_drain_finishes_what_is_in_work, setup),
      cmocka_unit_test_setup(test_too_many_connections, setup),
      cmocka_unit_test(test_a_connection_without_a_descriptor_is_counted),
      cmocka_unit_test_setup(test_addresses, setup),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
