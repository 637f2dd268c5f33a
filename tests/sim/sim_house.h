/* sim_house.h - the processes of the simulated world: gateways and workers, made of the real code.
 *
 * Real are: the broker with its pool, the worker's side of the bus, every handler of enrollment, adjudication,
 * assistance and supplementary, the gateway's flow and turns, the typed calls of the store, the journal's reader and
 * its consumers. In place of HTTP, a request is given as the message it would become, and the answer taken as a
 * message. A worker here serves all four services at once. */
#ifndef YZ_SIM_HOUSE_H
#define YZ_SIM_HOUSE_H

#include "model_store.h"
#include "shelf.h"
#include "sim_world.h"

enum {
  WORKERS_OF_THE_WORLD = 4,
  DEADLINE_MS_OF_GATEWAYS = 3000,
  SWEEP_MS_OF_READERS = 2000,
  LEASE_MS_OF_READERS = 1600,
  AGAIN_MS_OF_READERS = 4000
};

struct house_shape {
  int gateways, workers;
  int readers;  /* of the workers, those that read the journal; so many may be dead at once that nobody reads */
  int sweep_ms; /* how often they look and save how far they are */
};

/* Starts the processes of a world over the model. */
void house_begin(const struct house_shape *shape, struct shelf *shelf);
/* Everything is told to end, as if it crashed; world_end lets it. */
void house_end(void);

/* Nodes: gateways 0 .., then workers. A crashed one is started again at `back`. */
void house_crash(int node, uint64_t back);
/* SIGTERM: finishes what is in work, then starts again. Workers only; false when it is not running. */
bool house_drain(int node);
bool house_running(int node);

struct answer {
  const ProtobufCMessage *message; /* or */
  const Yz__Problem *problem;
};
/* Comes once, or never when the gateway dies; what it holds dies with the call. */
typedef void house_answered(void *ctx, const struct answer *answer);
/* A request reached the gateway: POST on the path. False when nobody listens there. */
bool house_serve(int gateway, const char *path, const ProtobufCMessage *body, house_answered *answered, void *ctx);

/* What every process asserts about itself, and what must hold when nothing is asked any more. */
void house_audit(bool at_rest);
/* Lets a worker that is not stopped settle what died between an account and a contract, as family_sweep(). */
void house_sweep(int look_ms, int fence_ms);

#endif
