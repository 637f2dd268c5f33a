/* sim_world.h - the world of the simulator: a virtual clock, one source of chance, events in order, processes.
 *
 * One thread runs everything. Whatever is random comes from the seed, whatever takes time is an event, so a seed always
 * gives the same run. A process is a loop of the real code: what it would wait for on a uv_loop_t comes to it as
 * events.
 *
 *            start                  crash                          nothing left to answer
 *   (none) --------> running ----------------> ghost (unheard) -----------------------> freed with the world
 *                     |   ^
 *                pause|   |time
 *                     v   |
 *                    paused: its events wait
 *
 * A ghost is a process that died: its code still runs to its orderly end, so that its memory is freed, but nothing it
 * says reaches anybody and whatever it asks goes unanswered. */
#ifndef YZ_SIM_WORLD_H
#define YZ_SIM_WORLD_H

#include "arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

enum { NODES_MAX = 16, NODE_STORE = NODES_MAX - 1, NODE_CLIENTS = NODES_MAX - 2 };

struct process {
  uv_loop_t loop; /* first: real code names its process by it; never initialised */
  int node;
  bool ghost;
  struct process *next;
};

struct world {
  uint64_t seed, now, events; /* now: ms since the world began */
  bool trace, faults;         /* faults: things still go wrong */
  int drop_per_10000;         /* chance that a connection breaks under a message */
  int delay_most;             /* ms on the way, at least 1 */
  uint64_t paused[NODES_MAX]; /* until then */
  uint64_t cut[NODES_MAX][NODES_MAX];
  struct arena memory; /* of everything that lives as long as the world */
  struct process *processes;
  const char *broken; /* the first rule of the house that was broken; NULL: none */
};
extern struct world world;

void world_begin(uint64_t seed, bool trace);
/* Lets every event happen that is left, then frees. */
void world_end(void);

/* Below n. */
uint64_t chance(uint64_t n);
/* Draws once: true in `part` of `whole` cases, and never when faults are over. */
bool goes_wrong(uint64_t part, uint64_t whole);
/* Time of a message on its way. */
uint64_t delay(void);

typedef void happening(void *ctx, uint64_t a, uint64_t b);
/* At `at`, or when the process goes on after a pause. `process` NULL: the world's own. */
void happens(struct process *process, uint64_t at, happening *what, void *ctx, uint64_t a, uint64_t b);
/* The next event; false when there is none. */
bool world_step(void);
/* Called after each event of a process: what it does before its loop sleeps. */
void process_turn(struct process *process);

static inline struct process *process_of(const uv_loop_t *loop) {
  return (struct process *)(uintptr_t)loop;
}

/* True while nothing passes between two nodes. */
bool is_cut(int a, int b);

/* A rule of the house is broken: the first one is kept, and the run fails. */
void broken(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A line of the trace. */
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
