/* yz-sim - runs simulated worlds, one for each seed.
 *
 *   yz-sim [--seeds N] [--from SEED] [--jobs N]   N worlds, by so many processes; ends with "N passed, N failed"
 *   yz-sim --seed SEED [--trace]                  one world again, exactly, and what happens in it
 *   yz-sim --store                                the model of the store, to be asked (model_serve.h)
 *
 * A world: clients wish, things go wrong for some seconds, then nothing goes wrong any more and everything must come to
 * an end; then the books are checked. Run it from the top of the project. */
#include "bus.h"
#include "model_serve.h"
#include "must.h"
#include "seam_store.h"
#include "seam_zmq.h"
#include "sim_check.h"
#include "sim_house.h"
#include "sim_work.h"
#include "yaml_text.h"

#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  FAULTS_MS = 5000,
  FAULT_MOST_MS = 2550, /* of one fault */
  BACK_MS = 3000,       /* what is down when faults end is up again */
  LOOK_MS = 250,
  /* At rest nobody waits any more: the last ask is over, and who was silent because the last fault held its messages is
   * forgotten. */
  REST_MS = DEADLINE_MS_OF_GATEWAYS + BUS_BEAT_MS,
  QUIET_MS = BUS_SILENCE_MS + BUS_BEAT_MS,         /* after the last fault */
  SWEPT_AFTER_MS = DEADLINE_MS_OF_GATEWAYS + 1000, /* as services do it: not what still runs */
  /* So long after the last fault the world is at rest: what was down is back, those who ask have lost the last hope in
   * an answer, what they left behind is swept, they have asked once more, and readers hold the journal and have what
   * was brought again. */
  END_MS = BACK_MS + PATIENCE_MS_OF_CLIENTS + SWEPT_AFTER_MS + 4 * LOOK_MS + DEADLINE_MS_OF_GATEWAYS +
           LEASE_MS_OF_READERS + SWEEP_MS_OF_READERS + AGAIN_MS_OF_READERS,
  FAILURES_TOLD = 10,
  JOBS_MAX = 64
};

static struct shelf *shelf;
static Yz__Book *book;
static struct model model;
static sigjmp_buf out;   /* of a world whose code has stopped itself */
static uint64_t rest_at; /* when the world came to rest, ms */
static uint64_t stretch; /* of the time of faults: in some worlds they are longer than any deadline */

/* ---- what goes wrong ---- */

static int any_node(const struct house_shape *shape) {
  return (int)chance((uint64_t)(shape->gateways + shape->workers));
}

static uint64_t a_while(void) {
  return world.now + 50 + chance(stretch * FAULT_MOST_MS - 50);
}

static void stop(int node, uint64_t until) {
  tell("node %d pauses until %" PRIu64, node, until);
  world.paused[node] = until;
}

/* Of tries under way too: looks only, or fences. */
static void sweep_at_once(void) {
  house_sweep(0, chance(3) ? 0 : INT_MAX);
}

/* Somebody's write has been executed, and he does not know it yet. */
static void on_write(int node) {
  if (!world.faults) return;
  switch (chance(5)) {
  case 0:
  case 1: house_crash(node, a_while()); break;
  case 2: seam_store_crash(a_while()); break;
  case 3:
    stop(node, a_while()); /* and meanwhile */
    __attribute__((fallthrough));
  default: sweep_at_once();
  }
}

static void on_fault(void *ctx, uint64_t a, uint64_t b) {
  const struct house_shape *shape = ctx;
  const uint64_t until = a_while();
  const int node = any_node(shape);
  (void)a;
  (void)b;
  if (!world.faults) return;
  switch (chance(13)) {
  case 0:
  case 1: house_crash(node, until); break;
  case 2: stop(node, until); break;
  case 3: house_drain(node); break;
  case 4: seam_store_crash(until); break;
  case 5:
    tell("the store pauses until %" PRIu64, until);
    world.paused[NODE_STORE] = until;
    break;
  case 6: sweep_at_once(); break;
  case 7:
  case 8:
  case 9: seam_store_at_write(1 + chance(12), on_write); break;
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
  stretch = chance(16) ? 1 : 3;
  /* where the store is slow, a cursor may be saved while what it passed is still on its way */
  shape->sweep_ms = world.delay_most > 100 && chance(2) ? SWEEP_MS_OF_READERS / 8 : SWEEP_MS_OF_READERS;
  for (uint64_t n = chance(8); n > 0; n--) happens(NULL, chance(stretch * FAULTS_MS), on_fault, shape, 0, 0);
}

static void end_faults(const struct house_shape *shape) {
  tell("nothing goes wrong any more");
  world.faults = false;
  memset(world.cut, 0, sizeof world.cut);
  for (int i = 0; i < shape->gateways + shape->workers; i++)
    if (!house_running(i)) house_crash(i, world.now + BACK_MS);
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
  shape.readers = 1 + (int)chance((uint64_t)shape.workers);
  seam_zmq_begin();
  seam_store_begin(&model, work_watch);
  work_begin(&model, book, shape.gateways);
  draw_faults(&shape);
  house_begin(&shape, shelf);
  const uint64_t faults_ms = stretch * FAULTS_MS, last_fault_ms = faults_ms + stretch * FAULT_MOST_MS;
  while (world.now < faults_ms) {
    pass(LOOK_MS);
    house_audit(false);
  }
  end_faults(&shape);
  while (world.now < last_fault_ms + END_MS && !(work_done() && check_delivered(&model, false))) {
    pass(4 * LOOK_MS);
    house_audit(false);
    if (check_open_try(&model)) house_sweep(LOOK_MS, SWEPT_AFTER_MS);
  }
  rest_at = world.now;
  tell("at rest");
  check_delivered(&model, true);
  pass(REST_MS);
  if (world.now < last_fault_ms + QUIET_MS) pass(last_fault_ms + QUIET_MS - world.now);
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

/* ---- many worlds ---- */

/* A job's own line of the page that all jobs share with who started them. */
struct job {
  uint64_t next, to, passed, failed; /* next: the seed being run, or to be run */
  uint64_t longest_ms, longest_seed; /* the world that came to rest last */
  pid_t pid;
};

static void say_failed(struct job *job) {
  printf("again: yz-sim --seed %" PRIu64 " --trace\n", job->next);
  job->failed++;
}

static void work_off(struct job *job) {
  for (; job->next < job->to && job->failed < FAILURES_TOLD; job->next++) {
    if (run_guarded(job->next, false))
      job->passed++;
    else
      say_failed(job);
    if (rest_at <= job->longest_ms) continue;
    job->longest_ms = rest_at;
    job->longest_seed = job->next;
  }
}

static void start(struct job *job) {
  fflush(stdout);
  job->pid = fork();
  must(job->pid >= 0);
  if (job->pid > 0) return;
  work_off(job);
  fflush(stdout);
  _exit(0);
}

/* Each job takes its part of the seeds. One that dies of a seed goes on with the next. */
static void run_all(struct job *jobs, uint64_t n_jobs, uint64_t from, uint64_t n) {
  for (uint64_t i = 0; i < n_jobs; i++) {
    jobs[i] = (struct job){.next = from + n * i / n_jobs, .to = from + n * (i + 1) / n_jobs};
    start(&jobs[i]);
  }
  int status;
  for (pid_t pid; (pid = wait(&status)) > 0;)
    for (uint64_t i = 0; i < n_jobs; i++) {
      if (jobs[i].pid != pid || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) continue;
      printf("seed %" PRIu64 ": its process died, status %d\n", jobs[i].next, status);
      say_failed(&jobs[i]);
      jobs[i].next++;
      start(&jobs[i]);
    }
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
  if (argc == 2 && strcmp(argv[1], "--store") == 0) {
    model_serve();
    return 0;
  }
  struct arena arena;
  arena_init(&arena, SIZE_MAX / 2);
  open_house(&arena);
  signal(SIGABRT, on_abort);
  setvbuf(stdout, NULL, _IOLBF, 0); /* lines of several processes stay whole */
  struct job sum = {0};
  if (argc > 2 && strcmp(argv[1], "--seed") == 0) {
    sum.failed = !run_guarded(number_after(argc, argv, "--seed", 1), strcmp(argv[argc - 1], "--trace") == 0);
    sum.passed = !sum.failed;
  } else {
    uint64_t n_jobs = number_after(argc, argv, "--jobs", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
    n_jobs = n_jobs < 1 ? 1 : n_jobs > JOBS_MAX ? JOBS_MAX : n_jobs;
    struct job *jobs = mmap(NULL, n_jobs * sizeof *jobs, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(jobs != MAP_FAILED);
    run_all(jobs, n_jobs, number_after(argc, argv, "--from", 1), number_after(argc, argv, "--seeds", 1000));
    for (uint64_t i = 0; i < n_jobs; i++) {
      sum.passed += jobs[i].passed;
      sum.failed += jobs[i].failed;
      if (jobs[i].longest_ms <= sum.longest_ms) continue;
      sum.longest_ms = jobs[i].longest_ms;
      sum.longest_seed = jobs[i].longest_seed;
    }
    printf("last at rest: seed %" PRIu64 ", after %" PRIu64 " ms\n", sum.longest_seed, sum.longest_ms);
  }
  printf("%" PRIu64 " passed, %" PRIu64 " failed\n", sum.passed, sum.failed);
  shelf_free(&shelf);
  arena_free(&arena);
  return sum.failed > 0;
}
