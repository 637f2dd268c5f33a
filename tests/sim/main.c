/* yz-sim - runs simulated worlds, one for each seed.
 *
 *   yz-sim [--seeds N] [--from SEED]     N worlds, one after the other; ends with "N passed, N failed"
 *   yz-sim --seed SEED [--trace]         one world, and what happens in it
 *
 * A world: clients wish, things go wrong for some seconds, then nothing goes wrong any more and everything must come to
 * an end; then the books are checked. Run it from the top of the project. */
#include "must.h"
#include "seam_store.h"
#include "seam_zmq.h"
#include "sim_check.h"
#include "sim_house.h"
#include "sim_work.h"
#include "yaml_text.h"

#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FAULTS_MS = 5000, END_MS = 60000, LOOK_MS = 250, REST_MS = 3600, SWEPT_AFTER_MS = 2000, FAILURES_TOLD = 10 };

static struct shelf *shelf;
static Yz__Book *book;
static struct model model;
static sigjmp_buf out; /* of a world whose code has stopped itself */

/* ---- what goes wrong ---- */

static int any_node(const struct house_shape *shape) {
  return (int)chance((uint64_t)(shape->gateways + shape->workers));
}

static void on_fault(void *ctx, uint64_t a, uint64_t b) {
  const struct house_shape *shape = ctx;
  const uint64_t until = world.now + 50 + chance(2500);
  const int node = any_node(shape);
  (void)a;
  (void)b;
  if (!world.faults) return;
  switch (chance(9)) {
  case 0:
  case 1: house_crash(node, until); break;
  case 2:
    tell("node %d pauses until %" PRIu64, node, until);
    world.paused[node] = until;
    break;
  case 3: house_drain(node); break;
  case 4: seam_store_crash(until); break;
  case 5:
    tell("the store pauses until %" PRIu64, until);
    world.paused[NODE_STORE] = until;
    break;
  case 6: house_sweep(0); break; /* of tries under way too */
  default: {
    static const int others[] = {NODE_STORE, NODE_CLIENTS};
    const int kind = (int)chance(3), other = kind < 2 ? others[kind] : any_node(shape);
    if (kind == 1 && node >= shape->gateways) break; /* clients speak to gateways only */
    tell("nothing passes between %d and %d until %" PRIu64, node, other, until);
    world.cut[node < other ? node : other][node < other ? other : node] = until;
  }
  }
}

static void draw_faults(struct house_shape *shape) {
  static const int drops[] = {0, 0, 20, 100, 400}, delays[] = {3, 3, 10, 60, 400};
  world.drop_per_10000 = drops[chance(5)];
  world.delay_most = delays[chance(5)];
  for (uint64_t n = chance(8); n > 0; n--) happens(NULL, chance(FAULTS_MS), on_fault, shape, 0, 0);
}

static void end_faults(const struct house_shape *shape) {
  tell("nothing goes wrong any more");
  world.faults = false;
  memset(world.cut, 0, sizeof world.cut);
  for (int i = 0; i < shape->gateways + shape->workers; i++)
    if (!house_running(i)) house_crash(i, world.now + 3000);
}

/* ---- a world ---- */

static void on_look(void *ctx, uint64_t a, uint64_t b) {
  (void)a;
  (void)b;
  *(bool *)ctx = true;
}

static void pass(uint64_t ms) {
  bool there = false;
  happens(NULL, world.now + ms, on_look, &there, 0, 0);
  while (!there) must(world_step());
}

static bool run(uint64_t seed, bool trace) {
  world_begin(seed, trace);
  model_begin(&model);
  struct house_shape shape = {.gateways = 1 + (int)chance(2), .workers = 1 + (int)chance(3)};
  /* what a dead process left between a person and a contract is finished by who reads the journal, so somebody does */
  shape.readers = 1 + (int)chance((uint64_t)shape.workers);
  seam_zmq_begin();
  seam_store_begin(&model, work_watch);
  work_begin(&model, book, shape.gateways);
  house_begin(&shape, shelf);
  draw_faults(&shape);
  while (world.now < FAULTS_MS) {
    pass(LOOK_MS);
    house_audit(false);
  }
  end_faults(&shape);
  while (world.now < END_MS && !(work_done() && check_delivered(&model, false))) {
    pass(4 * LOOK_MS);
    house_audit(false);
    if (check_open_try(&model)) house_sweep(SWEPT_AFTER_MS);
  }
  check_delivered(&model, true);
  pass(REST_MS);
  house_audit(true);
  check_all(&model, book, shelf);
  const bool good = !world.broken;
  if (!good) printf("seed %" PRIu64 ": %s\n", seed, world.broken);
  tell("%" PRIu64 " events", world.events);
  work_end();
  house_end();
  world_end();
  model_end(&model);
  return good;
}

static void on_abort(int signal) {
  (void)signal;
  siglongjmp(out, 1);
}

/* What the code of the house stops the process for is a failure of this seed, and the others still run. */
static bool run_guarded(uint64_t seed, bool trace) {
  if (sigsetjmp(out, 1) == 0) return run(seed, trace);
  printf("seed %" PRIu64 ": the process stopped itself\n", seed);
  return false;
}

/* ---- the program ---- */

static void open_house(struct arena *arena) {
  struct findings findings;
  findings_init(&findings);
  shelf = shelf_open("ops/policies", &findings);
  if (!shelf) fprintf(stderr, "ops/policies: %s\n", findings.n ? findings.all[0].reason : "cannot be read");
  findings_free(&findings);
  static char text[16 * 1024];
  FILE *file = fopen("tests/sim/people.yaml", "r");
  const size_t n = file ? fread(text, 1, sizeof text, file) : 0;
  if (file) fclose(file);
  Yz__Problem *problem = NULL;
  book = yaml_read(&yz__book__descriptor, "people.yaml", text, n, arena, NULL, &problem);
  if (!book) fprintf(stderr, "tests/sim/people.yaml: %s\n", problem->detail);
  if (!shelf || !book) exit(2);
}

static uint64_t number_after(int argc, char **argv, const char *option, uint64_t otherwise) {
  for (int i = 1; i + 1 < argc; i++)
    if (strcmp(argv[i], option) == 0) return strtoull(argv[i + 1], NULL, 10);
  return otherwise;
}

int main(int argc, char **argv) {
  const bool one = argc > 2 && strcmp(argv[1], "--seed") == 0;
  const uint64_t from = number_after(argc, argv, one ? "--seed" : "--from", 1);
  const uint64_t n = one ? 1 : number_after(argc, argv, "--seeds", 1000);
  const bool trace = strcmp(argv[argc - 1], "--trace") == 0;
  struct arena arena;
  arena_init(&arena, SIZE_MAX / 2);
  open_house(&arena);
  signal(SIGABRT, on_abort);
  uint64_t passed = 0, failed = 0;
  for (uint64_t seed = from; seed < from + n; seed++) {
    if (run_guarded(seed, trace))
      passed++;
    else if (++failed == FAILURES_TOLD && !one)
      break;
  }
  printf("%" PRIu64 " passed, %" PRIu64 " failed\n", passed, failed);
  shelf_free(&shelf);
  arena_free(&arena);
  return failed > 0;
}
