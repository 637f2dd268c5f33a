/* bench_bus.c - round trips over the bus: a broker here, a worker as a process of its own, TCP on this machine.
 *
 * bench_bus [SECONDS [BYTES]]   per number of outstanding asks: round trips a second, p50 and p99 in microseconds.
 * Prints "name value" lines. BYTES (256) is about the size of the request and of the reply. */
#include "broker.h"
#include "date.h"
#include "must.h"
#include "services.pb-c.h"
#include "worker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PORT = 31999, OUTSTANDING_MAX = 256, SLOWEST_US = 1000000, BYTES_MAX = 1000000 };

/* ---- worker ---- */

static void get_encounter(struct bus_call *call, const ProtobufCMessage *request) {
  Yz__Encounter reply = YZ__ENCOUNTER__INIT;
  reply.id = ((const Yz__Id *)(const void *)request)->id;
  reply.person = reply.institution = (char *)"";
  reply.setting = YZ__SETTING__INPATIENT;
  bus_reply(call, &reply.base);
}

static void work(void) {
  static const struct bus_handler handlers[] = {{&yz__adjudication__descriptor, "GetEncounter", get_encounter}};
  char gateways[32];
  snprintf(gateways, sizeof gateways, "127.0.0.1:%d", PORT);
  const struct bus_worker_config config = {.gateways = gateways, .service = "adjudication"};
  must(bus_worker_open(uv_default_loop(), &config, handlers, 1) != NULL);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

/* ---- gateway ---- */

struct slot {
  int64_t start_us;
};

static struct {
  struct bus_broker *broker;
  uint32_t route;
  uint8_t *bytes;
  size_t n;
  struct slot slots[OUTSTANDING_MAX];
  uint64_t histogram[SLOWEST_US + 1], answered, failed;
  int under_way;
  bool stopping;
} bench;

static void on_answer(void *ctx, const struct bus_answer *answer);

static void ask(struct slot *slot) {
  slot->start_us = steady_us();
  bench.under_way++;
  bus_ask(bench.broker, bench.route, bench.bytes, bench.n, 10000, 0, NULL, on_answer, slot);
}

static void on_answer(void *ctx, const struct bus_answer *answer) {
  struct slot *slot = ctx;
  const int64_t us = steady_us() - slot->start_us;
  bench.under_way--;
  bench.answered += answer->outcome == BUS_REPLY;
  bench.failed += answer->outcome != BUS_REPLY;
  bench.histogram[us < SLOWEST_US ? us : SLOWEST_US]++;
  if (!bench.stopping) ask(slot);
}

static long quantile(uint64_t per_thousand) {
  uint64_t seen = 0;
  for (long us = 0; us <= SLOWEST_US; us++)
    if ((seen += bench.histogram[us]) * 1000 >= bench.answered * per_thousand) return us;
  return SLOWEST_US;
}

static void on_stop(uv_timer_t *timer) {
  (void)timer;
  bench.stopping = true;
}

static void measure(uv_loop_t *loop, int outstanding, int seconds) {
  uv_timer_t timer;
  uv_timer_init(loop, &timer);
  uv_timer_start(&timer, on_stop, (uint64_t)seconds * 1000, 0);
  memset(bench.histogram, 0, sizeof bench.histogram);
  bench.answered = bench.failed = 0;
  bench.stopping = false;
  const int64_t start_us = steady_us();
  for (int i = 0; i < outstanding; i++) ask(&bench.slots[i]);
  while (bench.under_way > 0) uv_run(loop, UV_RUN_ONCE);
  const int64_t us = steady_us() - start_us;
  printf("bus.%d.round_trips_per_s %lld\n", outstanding, (long long)((int64_t)bench.answered * 1000000 / us));
  printf("bus.%d.p50_us %ld\nbus.%d.p99_us %ld\n", outstanding, quantile(500), outstanding, quantile(990));
  printf("bus.%d.failed %llu\n", outstanding, (unsigned long long)bench.failed);
  fflush(stdout);
  uv_close((uv_handle_t *)&timer, NULL);
  uv_run(loop, UV_RUN_NOWAIT);
}

static void make_request(size_t bytes) {
  Yz__Id request = YZ__ID__INIT;
  request.id = malloc(bytes + 1);
  must(request.id != NULL);
  memset(request.id, 'x', bytes);
  request.id[bytes] = '\0';
  bench.n = yz__id__get_packed_size(&request);
  bench.bytes = malloc(bench.n);
  must(bench.bytes != NULL);
  yz__id__pack(&request, bench.bytes);
  free(request.id);
}

int main(int argc, char **argv) {
  const int seconds = argc > 1 ? atoi(argv[1]) : 2, bytes = argc > 2 ? atoi(argv[2]) : 256;
  if (seconds < 1 || bytes < 0 || bytes > BYTES_MAX) return fprintf(stderr, "bench_bus [SECONDS [BYTES]]\n"), 2;
  const pid_t pid = fork(); /* before ZeroMQ has threads */
  must(pid >= 0);
  if (pid == 0) work();
  uv_loop_t *loop = uv_default_loop();
  char bind[32];
  snprintf(bind, sizeof bind, "127.0.0.1:%d", PORT);
  bench.broker = bus_broker_open(loop, &(struct bus_broker_config){.bind = bind});
  if (!bench.broker) return kill(pid, SIGKILL), 1;
  bench.route = bus_route_id(&yz__adjudication__descriptor, "GetEncounter");
  make_request((size_t)bytes);
  while (!bus_broker_route_ready(bench.broker, bench.route)) uv_run(loop, UV_RUN_ONCE);
  static const int outstanding[] = {1, 16, 64, 256};
  for (size_t i = 0; i < sizeof outstanding / sizeof outstanding[0]; i++) measure(loop, outstanding[i], seconds);
  bus_broker_close(bench.broker, NULL, NULL);
  uv_run(loop, UV_RUN_DEFAULT);
  bus_context_end();
  free(bench.bytes);
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
  return 0;
}
