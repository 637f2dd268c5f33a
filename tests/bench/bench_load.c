/* bench_load.c - open-loop load on the gateway: requests are due at a constant rate whether or not earlier ones were
 * answered, and latency counts from the moment a request was due (no coordinated omission). With rate 0 every
 * connection sends as soon as its answer is there: the most that so many outstanding requests can get through.
 *
 * bench_load PORT CONNECTIONS SECONDS RATE PERSONS KIND   KIND: enrol | settle | estimate | batch
 * Persons are b0 .. b<PERSONS-1>; `enrol` puts each once (and the institution first). Prints "name value" lines.
 * `batch` settles too: each connection sends one batch for all the time, its lines as fast as they are read (no rate);
 * latency counts from when a line was given to the socket. */
#include "date.h"
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

enum { CONNECTIONS_MAX = 4096, BUFFER = 64 * 1024, BUCKET_US = 10, BUCKET_COUNT = 1000000 };
enum {
  LINES_KEPT = 8 * 1024,
  LINES_OUT = 2 * 1024, /* unanswered lines of one batch: what waits in the sockets' buffers says nothing */
  BATCH_LINES = 32      /* in one chunk */
};

/* One batch that is being sent. */
struct stream {
  size_t out_at, out_n;
  char out[BUFFER];
  size_t line_n; /* of the answer's line that is being read: its first bytes */
  char line[64];
  int64_t lines, answered;    /* sent, and of those */
  int64_t due_us[LINES_KEPT]; /* by number: when each was */
  bool over;                  /* the last chunk is written, or in out[] */
  bool awaits_out;
};

struct connection {
  struct stream *stream; /* `batch` alone */
  int fd;
  bool busy;
  int64_t due_us; /* when the request under way was due */
  size_t in_n;
  char in[BUFFER];
};

enum kind { ENROL, SETTLE, ESTIMATE, BATCH };

static struct {
  enum kind kind;
  int port, connections;
  int64_t seconds, rate, persons;
  uint64_t run; /* makes request ids of this run unlike those of others */
  int64_t sent, answered, failed, refused;
  uint64_t histogram[BUCKET_COUNT + 1];
  struct connection *all;
  struct connection *idle[CONNECTIONS_MAX];
  int n_idle, epoll;
  uint64_t random;
} load;

static uint64_t next_random(void) { /* xorshift64 */
  load.random ^= load.random << 13;
  load.random ^= load.random >> 7;
  load.random ^= load.random << 17;
  return load.random;
}

static int body_print(char *body, size_t size, int64_t number) {
  const int64_t person = load.kind == ENROL ? number : (int64_t)(next_random() % (uint64_t)load.persons);
  if (load.kind == ENROL)
    return snprintf(
        body, size,
        "{\"id\":\"b%lld\",\"name\":\"测试\",\"born\":\"1970-05-17\",\"coverages\":[{\"scheme\":\"resident\","
        "\"standing\":"
        "\"adult\",\"pack\":\"cn.shandong.zibo\",\"from\":\"2023-01-01\",\"to\":\"2023-12-31\"}],\"recognitions\":[{"
        "\"category\":\"minimum_living\",\"from\":\"2023-01-01\"}]}",
        (long long)person);
  const uint64_t yuan = 1000 + next_random() % 30000;
  return snprintf(
      body, size,
      "{\"request_id\":\"%llx-%lld\",\"person\":\"b%lld\",\"institution\":\"bench-hospital\",\"setting\":\"inpatient\","
      "\"from\":\"2023-05-01\",\"to\":\"2023-05-09\",\"sums\":{\"total\":\"%llu.00\",\"own_expense\":\"0.00\","
      "\"over_limit\":\"0.00\",\"first_pay\":\"0.00\",\"in_policy\":\"%llu.00\"}}",
      (unsigned long long)load.run, (long long)number, (long long)person, (unsigned long long)yuan,
      (unsigned long long)yuan);
}

static void send_next(struct connection *c, int64_t due_us) {
  char body[2048], request[4096];
  const int64_t number = load.sent++;
  const int body_n = body_print(body, sizeof body, number);
  char target[64];
  if (load.kind == ENROL)
    snprintf(target, sizeof target, "PUT /v1/persons/b%lld", (long long)number);
  else
    snprintf(target, sizeof target, "POST /v1/%s", load.kind == SETTLE ? "settlements" : "estimates");
  const int n =
      snprintf(request, sizeof request,
               "%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
               target, body_n, body);
  must(n > 0 && (size_t)n < sizeof request);
  c->busy = true;
  c->due_us = due_us;
  c->in_n = 0;
  if (write(c->fd, request, (size_t)n) != n) {
    fprintf(stderr, "bench_load: write: %s\n", strerror(errno));
    exit(1);
  }
}

static int connection_open(void) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const int one = 1;
  struct sockaddr_in to = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)load.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
    fprintf(stderr, "bench_load: connect: %s\n", strerror(errno));
    exit(1);
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

/* Whether a whole response is in the buffer; its status. */
static bool response_whole(const struct connection *c, int *status) {
  const char *end = memmem(c->in, c->in_n, "\r\n\r\n", 4);
  if (!end || c->in_n < 12) return false;
  *status = atoi(c->in + 9);
  const char *length = memmem(c->in, (size_t)(end - c->in), "ontent-", 7);
  while (length && strncasecmp(length, "ontent-length:", 14) != 0)
    length = memmem(length + 1, (size_t)(end - length - 1), "ontent-", 7);
  const size_t body = length ? strtoul(length + 14, NULL, 10) : 0;
  return c->in_n >= (size_t)(end + 4 - c->in) + body;
}

static void take_time(int64_t since_us) {
  const int64_t slot = (steady_us() - since_us) / BUCKET_US;
  load.histogram[slot < BUCKET_COUNT ? slot : BUCKET_COUNT]++;
}

static void on_readable(struct connection *c) {
  const ssize_t n = read(c->fd, c->in + c->in_n, BUFFER - 1 - c->in_n);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) {
    if (c->busy) load.failed++;
    close(c->fd);
    c->fd = connection_open();
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(load.epoll, EPOLL_CTL_ADD, c->fd, &event);
    if (c->busy) load.idle[load.n_idle++] = c;
    c->busy = false;
    return;
  }
  c->in_n += (size_t)n;
  c->in[c->in_n] = '\0';
  int status = 0;
  if (!response_whole(c, &status)) return;
  if (status >= 200 && status < 300)
    load.answered++;
  else if (load.refused++ == 0)
    fprintf(stderr, "bench_load: first refusal: %.400s\n", c->in);
  take_time(c->due_us);
  c->busy = false;
  load.idle[load.n_idle++] = c;
}

/* --- batches --- */

/* The next lines, as one chunk; or the last chunk. */
static void stream_fill(struct stream *stream, bool over) {
  char chunk[BUFFER - 64];
  size_t n = 0;
  const int64_t now = steady_us();
  for (int i = 0; i < BATCH_LINES && !over; i++) {
    n += (size_t)body_print(chunk + n, sizeof chunk - n - 1, load.sent++);
    chunk[n++] = '\n';
    stream->due_us[++stream->lines % LINES_KEPT] = now;
  }
  must(n < sizeof chunk);
  stream->out_at = 0;
  stream->out_n = (size_t)snprintf(stream->out, sizeof stream->out, "%zx\r\n%.*s\r\n", n, (int)n, chunk);
  stream->over = over;
}

/* Whether the socket is to be told of when it takes more. */
static void stream_await(struct connection *c, bool out) {
  if (c->stream->awaits_out == out) return;
  c->stream->awaits_out = out;
  struct epoll_event event = {.events = out ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = c};
  must(epoll_ctl(load.epoll, EPOLL_CTL_MOD, c->fd, &event) == 0);
}

static void stream_write(struct connection *c, bool over) {
  struct stream *stream = c->stream;
  for (;;) {
    if (stream->out_at == stream->out_n) {
      const bool enough = stream->lines - stream->answered + BATCH_LINES > LINES_OUT;
      if (stream->over || (enough && !over)) {
        stream_await(c, false);
        return;
      }
      stream_fill(stream, over);
    }
    const ssize_t n = write(c->fd, stream->out + stream->out_at, stream->out_n - stream->out_at);
    if (n < 0 && errno == EAGAIN) {
      stream_await(c, true);
      return;
    }
    must(n > 0);
    stream->out_at += (size_t)n;
  }
}

/* A line of the answer came; other lines are the head, and the chunks' sizes. True: it was the last. */
static bool stream_line(struct stream *stream) {
  long long number;
  int status;
  stream->line[stream->line_n] = '\0';
  if (sscanf(stream->line, "{\"line\":%lld,\"status\":%d", &number, &status) == 2) {
    if (status == 200 || status == 201)
      load.answered++;
    else if (load.refused++ == 0)
      fprintf(stderr, "bench_load: first refusal: %s\n", stream->line);
    stream->answered++;
    take_time(stream->due_us[number % LINES_KEPT]);
  }
  return strcmp(stream->line, "0\r") == 0;
}

/* True: the batch is answered. */
static bool stream_read(struct connection *c) {
  struct stream *stream = c->stream;
  const ssize_t n = read(c->fd, c->in, BUFFER);
  if (n < 0 && errno == EAGAIN) return false;
  if (n <= 0) {
    fprintf(stderr, "bench_load: a batch was cut off\n");
    exit(1);
  }
  bool last = false;
  for (const char *at = c->in, *end = c->in + n; at < end;) {
    const char *lf = memchr(at, '\n', (size_t)(end - at));
    const size_t piece = (size_t)((lf ? lf : end) - at), room = sizeof stream->line - 1 - stream->line_n;
    memcpy(stream->line + stream->line_n, at, piece < room ? piece : room);
    stream->line_n += piece < room ? piece : room;
    at += piece + 1;
    if (!lf) break;
    last = last || stream_line(stream);
    stream->line_n = 0;
  }
  return last;
}

static void stream_open(struct connection *c) {
  static const char head[] = "POST /v1/settlements:batch HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                             "Content-Type: application/x-ndjson\r\n\r\n";
  c->stream = calloc(1, sizeof *c->stream);
  must(c->stream != NULL && write(c->fd, head, sizeof head - 1) == sizeof head - 1);
  stream_write(c, false);
}

static int64_t run_batches(void) {
  const int64_t start = steady_us(), end = start + load.seconds * 1000000;
  for (int i = 0; i < load.connections; i++) stream_open(&load.all[i]);
  load.n_idle = 0;
  while (load.n_idle < load.connections) {
    struct epoll_event events[64];
    const int n = epoll_wait(load.epoll, events, 64, 100);
    for (int i = 0; i < n; i++) {
      struct connection *c = events[i].data.ptr;
      if (events[i].events & EPOLLIN && stream_read(c)) load.n_idle++;
      stream_write(c, steady_us() >= end);
    }
  }
  return steady_us() - start;
}

static int64_t percentile_us(int64_t per_ten_thousand) {
  uint64_t all = 0, seen = 0;
  for (int i = 0; i <= BUCKET_COUNT; i++) all += load.histogram[i];
  for (int i = 0; i <= BUCKET_COUNT; i++) {
    seen += load.histogram[i];
    if (seen * 10000 >= all * (uint64_t)per_ten_thousand && all > 0) return (int64_t)i * BUCKET_US;
  }
  return 0;
}

/* When the next request is due; requests are due from the start on, one each 1/rate s. */
static int64_t next_due_us(int64_t start) {
  return start + load.sent * 1000000 / load.rate;
}

/* At most a millisecond: there is a clock to be looked at. Less, and to the microsecond, when a request is due before:
 * in whole milliseconds they would come late, and in bunches. */
static struct timespec pause_until_due(int64_t start, bool over) {
  int64_t us = 1000;
  if (load.rate > 0 && load.n_idle > 0 && !over) {
    const int64_t left = next_due_us(start) - steady_us();
    us = left < 0 ? 0 : left < us ? left : us;
  }
  return (struct timespec){.tv_nsec = us * 1000};
}

static int64_t run(void) {
  const int64_t start = steady_us(), end = start + load.seconds * 1000000;
  for (;;) {
    const int64_t now = steady_us();
    const bool over = load.kind == ENROL ? load.sent >= load.persons : now >= end;
    if (over && load.n_idle == load.connections) break;
    while (!over && load.n_idle > 0 && (load.rate == 0 || next_due_us(start) <= now) &&
           (load.kind != ENROL || load.sent < load.persons)) {
      struct connection *c = load.idle[--load.n_idle];
      send_next(c, load.rate == 0 ? steady_us() : next_due_us(start));
    }
    struct epoll_event events[256];
    const struct timespec pause = pause_until_due(start, over);
    const int n = epoll_pwait2(load.epoll, events, 256, &pause, NULL);
    for (int i = 0; i < n; i++) on_readable(events[i].data.ptr);
    if (now > end + 30000000 && load.kind != ENROL) break; /* answers that never come */
  }
  return steady_us() - start;
}

static void report(int64_t took) {
  printf("answered %lld\nrefused %lld\nfailed %lld\nunanswered %d\nper_second %lld\np50_us %lld\np99_us %lld\np999_us "
         "%lld\n",
         (long long)load.answered, (long long)load.refused, (long long)load.failed, load.connections - load.n_idle,
         (long long)(load.answered * 1000000 / took), (long long)percentile_us(5000), (long long)percentile_us(9900),
         (long long)percentile_us(9990));
}

int main(int argc, char **argv) {
  if (argc != 7) {
    fprintf(stderr, "usage: bench_load PORT CONNECTIONS SECONDS RATE PERSONS enrol|settle|estimate|batch\n");
    return 2;
  }
  static const char *const kinds[] = {
      [ENROL] = "enrol", [SETTLE] = "settle", [ESTIMATE] = "estimate", [BATCH] = "batch"};
  while (load.kind < BATCH && strcmp(argv[6], kinds[load.kind]) != 0) load.kind++;
  must(strcmp(argv[6], kinds[load.kind]) == 0);
  load.port = atoi(argv[1]);
  load.connections = atoi(argv[2]);
  load.seconds = atoi(argv[3]);
  load.rate = atoi(argv[4]);
  load.persons = atoi(argv[5]);
  must(load.connections > 0 && load.connections <= CONNECTIONS_MAX && load.persons > 0);
  load.run = (uint64_t)instant_now();
  load.random = load.run | 1;
  load.epoll = epoll_create1(0);
  load.all = calloc((size_t)load.connections, sizeof *load.all);
  must(load.all != NULL);
  for (int i = 0; i < load.connections; i++) {
    struct connection *c = &load.all[i];
    c->fd = connection_open();
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    must(epoll_ctl(load.epoll, EPOLL_CTL_ADD, c->fd, &event) == 0);
    load.idle[load.n_idle++] = c;
  }
  report(load.kind == BATCH ? run_batches() : run());
  return load.failed == 0 && load.refused == 0 ? 0 : 1;
}
