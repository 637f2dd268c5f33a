/* Settlements per second through the store alone: ledger_apply() over our link, without bus, gateway and rules.
 *
 *   bench_store URL OUTSTANDING SETTLEMENTS [LANES]
 *
 * Between tests/bench/ceiling.sh (Redis alone) and the whole house; prints "store_applies_per_second N" and latencies.
 */
#include "date.h"
#include "id.h"
#include "ledger.h"
#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOVES = 12, DETAIL_BYTES = 1800, DEADLINE_MS = 10000 };

static struct store *store;
static uv_loop_t *loop;
static long asked, done, wanted;
static uint32_t *latency_us;

struct one {
  struct arena arena;
  int64_t from_us;
};

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

static void ask(struct one *one);

static void on_applied(void *context, const struct ledger_reply *reply) {
  struct one *one = context;
  if (reply->result != STORE_OK || reply->outcome != LEDGER_APPLIED) {
    fprintf(stderr, "not applied: %s\n", reply->text);
    exit(1);
  }
  latency_us[done++] = (uint32_t)(steady_us() - one->from_us);
  if (asked < wanted) ask(one);
  if (done == wanted) uv_stop(loop);
}

static void ask(struct one *one) {
  arena_reset(&one->arena);
  one->from_us = steady_us();
  ledger_apply(store, &one->arena, settlement_of(&one->arena, asked++), DEADLINE_MS, on_applied, one);
}

static int ascending(const void *a, const void *b) {
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  if (argc < 4) return fprintf(stderr, "usage: %s URL OUTSTANDING SETTLEMENTS [LANES]\n", argv[0]), 2;
  log_open("bench", LOG_WARN);
  const long outstanding = strtol(argv[2], NULL, 10);
  wanted = strtol(argv[3], NULL, 10);
  if (outstanding < 1 || wanted < outstanding) return fprintf(stderr, "1 <= OUTSTANDING <= SETTLEMENTS\n"), 2;
  char error[STORE_TEXT];
  loop = uv_default_loop();
  const int lanes = argc > 4 ? atoi(argv[4]) : 0;
  store = store_open(loop, &(struct store_config){.url = argv[1], .name = "bench", .lanes = lanes}, error);
  if (!store) return fprintf(stderr, "%s\n", error), 2;
  latency_us = calloc((size_t)wanted, sizeof *latency_us);
  struct one *ones = calloc((size_t)outstanding, sizeof *ones);
  if (!latency_us || !ones) return 1;
  while (!store_ready(store)) uv_run(loop, UV_RUN_ONCE);
  const int64_t from = steady_us();
  for (long i = 0; i < outstanding; i++) {
    arena_init(&ones[i].arena, 1024 * 1024);
    ask(&ones[i]);
  }
  uv_run(loop, UV_RUN_DEFAULT);
  const int64_t us = steady_us() - from;
  qsort(latency_us, (size_t)wanted, sizeof *latency_us, ascending);
  printf("store_applies_per_second %ld\n", (long)(wanted * INT64_C(1000000) / us));
  printf("store_p50_us %u\nstore_p99_us %u\n", latency_us[wanted / 2], latency_us[wanted * 99 / 100]);
  return 0;
}
