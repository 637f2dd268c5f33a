/* redis_server.h - a real redis-server for one test program: own port, own directory, always fsync. */
#ifndef YZ_TEST_REDIS_SERVER_H
#define YZ_TEST_REDIS_SERVER_H

#include "test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct server {
  pid_t pid;
  int port;
  char dir[64];
};

/* A socket bound to, or (listening or not) connected to, 127.0.0.1:port; -1 when that fails. */
static inline int local_socket(int port, int (*use)(int, const struct sockaddr *, socklen_t)) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_true(fd >= 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (use(fd, (const struct sockaddr *)&address, sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

static inline bool port_is_free(int port) {
  const int fd = local_socket(port, bind);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

/* A free port below the ephemeral range, so that no outgoing connection takes it, as its cluster bus (10 000 above). */
static inline int free_port(void) {
  static unsigned next;
  if (!next) next = (unsigned)getpid() * 7919u;
  for (;;) {
    const int port = 12000 + (int)(next++ % 10000);
    if (port_is_free(port) && port_is_free(port + 10000)) return port;
  }
}

/* Starts it, over the data that is in its directory, and waits until it answers. `more`: further arguments, NULL ends.
 */
static inline void server_run(struct server *server, const char *const *more) {
  char port[16];
  snprintf(port, sizeof port, "%d", server->port);
  const char *argv[40] = {"redis-server", "--port",     port,      "--bind",       "127.0.0.1", "--dir",
                          server->dir,    "--save",     "",        "--appendonly", "yes",       "--appendfsync",
                          "always",       "--loglevel", "warning", "--logfile",    "log"};
  for (int n = 17; more && *more && n < 39;) argv[n++] = *more++;
  server->pid = fork();
  assert_true(server->pid >= 0);
  if (server->pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvp(argv[0], (char *const *)argv);
    _exit(127);
  }
  for (int tries = 0; tries < 1000; tries++) {
    const int fd = local_socket(server->port, connect);
    char answer[8] = "";
    const bool up = fd >= 0 && write(fd, "PING\r\n", 6) == 6 && read(fd, answer, 7) == 7;
    if (fd >= 0) close(fd);
    if (up && memcmp(answer, "+PONG\r\n", 7) == 0) return;
    nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
  }
  fail_msg("redis-server does not answer on port %d", server->port);
}

static inline void server_start(struct server *server, const char *const *more) {
  *server = (struct server){.port = free_port()};
  snprintf(server->dir, sizeof server->dir, "/tmp/yz-test-XXXXXX");
  assert_non_null(mkdtemp(server->dir));
  server_run(server, more);
}

/* Says one inline command and gives what comes first, in `answer`. */
static inline char *server_say(const struct server *server, const char *command, char answer[4096]) {
  const int fd = local_socket(server->port, connect);
  assert_true(fd >= 0);
  assert_int_equal(strlen(command), write(fd, command, strlen(command)));
  assert_int_equal(2, write(fd, "\r\n", 2));
  const ssize_t n = read(fd, answer, 4095);
  assert_true(n > 0);
  answer[n] = '\0';
  close(fd);
  return answer;
}

static inline void server_kill(struct server *server) {
  kill(server->pid, SIGKILL);
  waitpid(server->pid, NULL, 0);
  server->pid = 0;
}

static inline void server_remove(struct server *server) {
  if (server->pid) server_kill(server);
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", server->dir);
  assert_int_equal(0, system(command));
}

#endif
