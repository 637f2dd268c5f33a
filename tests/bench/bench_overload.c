/* bench_overload.c - more settlements than can be done: requests are sent when they are due, at a constant rate, each
 * on a connection of its own choice that is free. What is accepted and what is refused are told apart.
 *
 * bench_overload PORT CONNECTIONS SECONDS RATE PERSONS
 * Persons b0 .. b<PERSONS-1> and their hospital are there (bench_load enrols them). Latency counts from when a request
 * was sent: with all connections busy it is not sent at all (`unsent`), as a client that still waits sends no more. It
 * is told of what was answered while the overload lasted; what still waits then finds room and is answered as it goes.
 * Prints "name value" lines; a refusal that is not 503 with Retry-After is `failed`. */
#include "date.h"
#include "descriptors.h"
#include "must.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 4000, BUFFER = 16 * 1024, BUCKET_US = 100, BUCKET_COUNT = 150000, PATIENCE_US = 15000000 };

struct connection {
  int fd;
  int64_t sent_us;
  size_t in_n;
  char in[BUFFER];
};

struct kind {
  int64_t n, lasting;                   /* all; while the overload lasts */
  uint64_t histogram[BUCKET_COUNT + 1]; /* of latencies, BUCKET_US each */
};

static struct {
  int port, connections;
  int64_t seconds, rate, persons, due, sent, unsent, failed;
  uint64_t run, random;
  struct kind accepted, refused;
  struct connection *all, *idle[CONNECTIONS_MAX];
  int n_idle, epoll;
} load;

static uint64_t next_random(void) { /* xorshift64 */
  load.random ^= load.random << 13;
  load.random ^= load.random >> 7;
  load.random ^= load.random << 17;
  return load.random;
}

static void connection_open(struct connection *c) {
  const int one = 1;
  const struct sockaddr_in to = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)load.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)&to, sizeof to) != 0) {
    fprintf(stderr, "bench_overload: connect: %s\n", strerror(errno));
    exit(1);
  }
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  must(epoll_ctl(load.epoll, EPOLL_CTL_ADD, c->fd, &event) == 0);
  load.idle[load.n_idle++] = c;
}

static void send_one(struct connection *c) {
  char body[1024], request[2048];
  const uint64_t yuan = 1000 + next_random() % 30000;
  const int body_n = snprintf(
      body, sizeof body,
      "{\"request_id\":\"%llx-%lld\",\"person\":\"b%llu\",\"institution\":\"bench-hospital\",\"setting\":\"inpatient\","
      "\"from\":\"2023-05-01\",\"to\":\"2023-05-09\",\"sums\":{\"total\":\"%llu.00\",\"own_expense\":\"0.00\","
      "\"over_limit\":\"0.00\",\"first_pay\":\"0.00\",\"in_policy\":\"%llu.00\"}}",
      (unsigned long long)load.run, (long long)load.sent++,
      (unsigned long long)(next_random() % (uint64_t)load.persons), (unsigned long long)yuan, (unsigned long long)yuan);
  const int n = snprintf(request, sizeof request,
                         "POST /v1/settlements HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                         "Content-Length: %d\r\n\r\n%s",
                         body_n, body);
  c->sent_us = steady_us();
  c->in_n = 0;
  if (write(c->fd, request, (size_t)n) != n) load.failed++; /* its connection ends, and is read so */
}

/* Status of a response that is whole, else 0. */
static int response_status(const struct connection *c) {
  const char *end = memmem(c->in, c->in_n, "\r\n\r\n", 4);
  if (!end) return 0;
  const char *length = strcasestr(c->in, "\r\ncontent-length:");
  const size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
  return c->in_n >= (size_t)(end + 4 - c->in) + body ? atoi(c->in + 9) : 0;
}

static void on_readable(struct connection *c, bool lasts) {
  const ssize_t n = read(c->fd, c->in + c->in_n, BUFFER - 1 - c->in_n);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) {
    load.failed++;
    close(c->fd);
    connection_open(c);
    return;
  }
  c->in_n += (size_t)n;
  c->in[c->in_n] = '\0';
  const int status = response_status(c);
  if (status == 0) return;
  struct kind *kind = status == 200 || status == 201 ? &load.accepted : &load.refused;
  if (kind == &load.refused && (status != 503 || !strcasestr(c->in, "\r\nretry-after:"))) {
    if (load.failed++ == 0) fprintf(stderr, "bench_overload: %.400s\n", c->in);
  }
  const int64_t slot = (steady_us() - c->sent_us) / BUCKET_US;
  kind->n++;
  kind->lasting += lasts;
  if (lasts) kind->histogram[slot < BUCKET_COUNT ? slot : BUCKET_COUNT]++;
  load.idle[load.n_idle++] = c;
}

static long long percentile_us(const struct kind *kind, int64_t per_ten_thousand) {
  uint64_t seen = 0;
  for (int i = 0; i <= BUCKET_COUNT && kind->lasting > 0; i++) {
    seen += kind->histogram[i];
    if (seen * 10000 >= (uint64_t)(kind->lasting * per_ten_thousand)) return (long long)i * BUCKET_US;
  }
  return 0;
}

static void run(void) {
  const int64_t start = steady_us(), end = start + load.seconds * 1000000;
  for (int64_t now = start; now < end || load.n_idle < load.connections; now = steady_us()) {
    if (now > end + PATIENCE_US) break; /* answers that never come */
    for (; now < end && load.due < (now - start) * load.rate / 1000000; load.due++) {
      if (load.n_idle > 0)
        send_one(load.idle[--load.n_idle]);
      else
        load.unsent++;
    }
    struct epoll_event events[256];
    const int n = epoll_wait(load.epoll, events, 256, 1);
    for (int i = 0; i < n; i++) on_readable(events[i].data.ptr, now < end);
  }
  printf("due %lld\nsent %lld\nunsent %lld\nfailed %lld\nunanswered %d\naccepted %lld\naccepted_per_second %lld\n"
         "accepted_p50_us %lld\naccepted_p99_us %lld\naccepted_max_us %lld\n",
         (long long)load.due, (long long)load.sent, (long long)load.unsent, (long long)load.failed,
         load.connections - load.n_idle, (long long)load.accepted.n, (long long)(load.accepted.lasting / load.seconds),
         percentile_us(&load.accepted, 5000), percentile_us(&load.accepted, 9900),
         percentile_us(&load.accepted, 10000));
  printf("refused %lld\nrefused_p50_us %lld\nrefused_p99_us %lld\n", (long long)load.refused.n,
         percentile_us(&load.refused, 5000), percentile_us(&load.refused, 9900));
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: bench_overload PORT CONNECTIONS SECONDS RATE PERSONS\n");
    return 2;
  }
  load.port = atoi(argv[1]);
  load.connections = atoi(argv[2]);
  load.seconds = atoi(argv[3]);
  load.rate = atoi(argv[4]);
  load.persons = atoi(argv[5]);
  must(load.connections > 0 && load.connections <= CONNECTIONS_MAX && load.persons > 0 && load.seconds > 0);
  load.run = (uint64_t)instant_now();
  load.random = load.run | 1;
  descriptors_raise();
  load.epoll = epoll_create1(0);
  load.all = calloc((size_t)load.connections, sizeof *load.all);
  must(load.all != NULL);
  for (int i = 0; i < load.connections; i++) connection_open(&load.all[i]);
  run();
  return load.failed == 0 ? 0 : 1;
}
