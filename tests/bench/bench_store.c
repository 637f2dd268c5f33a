/* Settlements per second through the store alone: ledger_apply() over our link, without bus, gateway and rules.
 *
 *   bench_store URL OUTSTANDING SETTLEMENTS [LANES [RATE]]
 *
 * Between tests/bench/ceiling.sh (Redis alone) and the whole house; prints "store_applies_per_second N" and latencies.
 * With a RATE a settlement is due each 1/RATE s, whether or not the ones before are answered, and its latency counts
 * from then. LANES 0: as many as the services have. */
#include "date.h"
#include "id.h"
#include "ledger.h"
#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { MOVES = 12, DETAIL_BYTES = 1800, DEADLINE_MS = 10000 };

static struct store *store;
static uv_loop_t *loop;
static long asked, done, wanted;
static uint32_t *latency_us;

struct one {
  struct arena arena;
  int64_t from_us;
  struct one *next; /* idle, of an open loop */
};

/* An open loop. */
static long rate; /* 0: a closed one */
static int64_t start_us;
static struct one *idle;
static uv_poll_t clock_poll;
static int clock_fd;

static Yz__Settlement *settlement_of(struct arena *arena, long number) {
  static Yz__Entitlement entitlement;
  static Yz__PackRef pack;
  static Yz__Sums sums;
  static Yz__Bill bill;
  static Yz__Move moves[MOVES], *of[MOVES];
  static char text[DETAIL_BYTES + 1], names[MOVES][24];
  yz__bill__init(&bill);
  yz__entitlement__init(&entitlement);
  yz__sums__init(&sums);
  yz__pack_ref__init(&pack);
  Yz__Settlement *s = arena_alloc(arena, sizeof *s);
  yz__settlement__init(s);
  s->bill = &bill;
  s->entitlement = &entitlement;
  s->sums = &sums;
  bill.person = entitlement.person = arena_format(arena, "bench-%d-%ld", (int)getpid(), number);
  bill.request_id = bill.institution = entitlement.institution = "H1";
  entitlement.insured_city = entitlement.care_city = "370300";
  entitlement.pack = &pack;
  entitlement.year = 2023;
  pack.pack = pack.version = "p";
  pack.sha256 = memset(text, 's', DETAIL_BYTES); /* stands for the results and sources of a real one */
  s->id = arena_alloc(arena, SETTLEMENT_ID_MAX);
  settlement_id_make(s->id, "H1", "r", bill.person);
  s->status = YZ__SETTLEMENT__STATUS__SETTLED;
  s->has_sequence = true;
  s->sequence = 1;
  for (int i = 0; i < MOVES; i++) {
    yz__move__init(&moves[i]);
    snprintf(names[i], sizeof names[i], "benefit.%d.p", i);
    moves[i].name = names[i];
    moves[i].delta = 12345;
    of[i] = &moves[i];
  }
  s->n_moves = MOVES;
  s->moves = of;
  return s;
}

static void ask(struct one *one, int64_t from_us);

static int64_t due_us(void) {
  return start_us + asked * INT64_C(1000000) / rate;
}

static void wait_until_due(void) {
  const int64_t us = due_us(); /* steady_us() is CLOCK_MONOTONIC */
  const struct itimerspec at = {.it_value = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000}};
  if (timerfd_settime(clock_fd, TFD_TIMER_ABSTIME, &at, NULL) != 0) exit(1);
}

/* Asks for all that are due, as long as there is one idle. */
static void ask_due(void) {
  while (idle && asked < wanted && due_us() <= steady_us()) {
    struct one *one = idle;
    idle = one->next;
    ask(one, due_us());
  }
  if (idle && asked < wanted) wait_until_due();
}

static void on_clock(uv_poll_t *poll, int status, int events) {
  (void)poll, (void)status, (void)events;
  uint64_t times;
  if (read(clock_fd, &times, sizeof times) == sizeof times) ask_due();
}

static void on_applied(void *context, const struct ledger_reply *reply) {
  struct one *one = context;
  if (reply->result != STORE_OK || reply->outcome != LEDGER_APPLIED) {
    fprintf(stderr, "not applied: %s\n", reply->text);
    exit(1);
  }
  latency_us[done++] = (uint32_t)(steady_us() - one->from_us);
  if (rate) {
    one->next = idle;
    idle = one;
    ask_due();
  } else if (asked < wanted) {
    ask(one, steady_us());
  }
  if (done == wanted) uv_stop(loop);
}

static void ask(struct one *one, int64_t from_us) {
  arena_reset(&one->arena);
  one->from_us = from_us;
  ledger_apply(store, &one->arena, settlement_of(&one->arena, asked++), DEADLINE_MS, on_applied, one);
}

static int ascending(const void *a, const void *b) {
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  if (argc < 4) return fprintf(stderr, "usage: %s URL OUTSTANDING SETTLEMENTS [LANES [RATE]]\n", argv[0]), 2;
  log_open("bench", LOG_WARN);
  const long outstanding = strtol(argv[2], NULL, 10);
  wanted = strtol(argv[3], NULL, 10);
  if (outstanding < 1 || wanted < outstanding) return fprintf(stderr, "1 <= OUTSTANDING <= SETTLEMENTS\n"), 2;
  char error[STORE_TEXT];
  loop = uv_default_loop();
  const int lanes = argc > 4 ? atoi(argv[4]) : 0;
  rate = argc > 5 ? strtol(argv[5], NULL, 10) : 0;
  store = store_open(loop, &(struct store_config){.url = argv[1], .name = "bench", .lanes = lanes}, error);
  if (!store) return fprintf(stderr, "%s\n", error), 2;
  latency_us = calloc((size_t)wanted, sizeof *latency_us);
  struct one *ones = calloc((size_t)outstanding, sizeof *ones);
  if (!latency_us || !ones) return 1;
  while (!store_ready(store)) uv_run(loop, UV_RUN_ONCE);
  const int64_t from = start_us = steady_us();
  for (long i = 0; i < outstanding; i++) {
    arena_init(&ones[i].arena, 1024 * 1024);
    ones[i].next = idle;
    idle = &ones[i];
    if (!rate) ask(&ones[i], from);
  }
  if (rate) {
    clock_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (clock_fd < 0 || uv_poll_init(loop, &clock_poll, clock_fd) != 0) return 1;
    uv_poll_start(&clock_poll, UV_READABLE, on_clock);
    ask_due();
  }
  uv_run(loop, UV_RUN_DEFAULT);
  const int64_t us = steady_us() - from;
  qsort(latency_us, (size_t)wanted, sizeof *latency_us, ascending);
  printf("store_applies_per_second %ld\n", (long)(wanted * INT64_C(1000000) / us));
  printf("store_p50_us %u\nstore_p99_us %u\n", latency_us[wanted / 2], latency_us[wanted * 99 / 100]);
  return 0;
}
