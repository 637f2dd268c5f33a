#include "sim_world.h"

#include "must.h"
#include "splitmix.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct event {
  uint64_t at, order;
  struct process *process;
  happening *what;
  void *ctx;
  uint64_t a, b;
};

struct world world;
static struct event *heap; /* kept from world to world */
static size_t n_heap, heap_room;
static uint64_t order, random_state[4];

/* ---- chance: xoshiro256**, seeded by splitmix64 ---- */

static uint64_t rotl(uint64_t x, int k) {
  return x << k | x >> (64 - k);
}

static void seed_random(uint64_t seed) {
  for (int i = 0; i < 4; i++) random_state[i] = splitmix_next(&seed);
}

uint64_t chance(uint64_t n) {
  uint64_t *s = random_state;
  const uint64_t result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotl(s[3], 45);
  must(n > 0);
  return (result >> 11) % n;
}

bool goes_wrong(uint64_t part, uint64_t whole) {
  return chance(whole) < part && world.faults;
}

uint64_t delay(void) {
  const uint64_t most = world.faults ? (uint64_t)world.delay_most : 3;
  return 1 + chance(most);
}

/* ---- events: a binary heap by time, then by order of making ---- */

static bool sooner(const struct event *a, const struct event *b) {
  return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void push(struct event event) {
  if (n_heap == heap_room) {
    heap_room = heap_room ? 2 * heap_room : 1024;
    heap = realloc(heap, heap_room * sizeof *heap);
    must(heap != NULL);
  }
  size_t i = n_heap++;
  while (i > 0 && sooner(&event, &heap[(i - 1) / 2])) {
    heap[i] = heap[(i - 1) / 2];
    i = (i - 1) / 2;
  }
  heap[i] = event;
}

static struct event pop(void) {
  const struct event first = heap[0], last = heap[--n_heap];
  size_t i = 0;
  for (;;) {
    size_t child = 2 * i + 1;
    if (child >= n_heap) break;
    if (child + 1 < n_heap && sooner(&heap[child + 1], &heap[child])) child++;
    if (!sooner(&heap[child], &last)) break;
    heap[i] = heap[child];
    i = child;
  }
  heap[i] = last;
  return first;
}

void happens(struct process *process, uint64_t at, happening *what, void *ctx, uint64_t a, uint64_t b) {
  must(at >= world.now);
  push((struct event){at, ++order, process, what, ctx, a, b});
}

bool world_step(void) {
  if (n_heap == 0) return false;
  struct event event = pop();
  world.now = event.at;
  struct process *process = event.process;
  if (process && !process->ghost && world.paused[process->node] > world.now) {
    event.at = world.paused[process->node];
    push(event);
    return true;
  }
  world.events++;
  event.what(event.ctx, event.a, event.b);
  if (process) process_turn(process);
  return true;
}

/* ---- the world ---- */

void world_begin(uint64_t seed, bool trace) {
  world = (struct world){.seed = seed, .trace = trace, .faults = true, .delay_most = 3};
  arena_init(&world.memory, SIZE_MAX / 2);
  n_heap = 0;
  order = 0;
  seed_random(seed);
}

void world_end(void) {
  world.faults = false;
  while (world_step()) must(world.events < 50 * 1000 * 1000);
  arena_free(&world.memory);
}

bool is_cut(int a, int b) {
  return world.cut[a < b ? a : b][a < b ? b : a] > world.now;
}

void broken(const char *format, ...) {
  char text[512];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  tell("BROKEN %s", text);
  if (!world.broken) world.broken = arena_copy(&world.memory, text);
}

void tell(const char *format, ...) {
  if (!world.trace) return;
  va_list args;
  va_start(args, format);
  printf("%8" PRIu64 "  ", world.now);
  vprintf(format, args);
  putchar('\n');
  va_end(args);
}
