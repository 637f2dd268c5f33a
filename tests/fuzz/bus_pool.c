/* Any order of events, forged answers among them: the pool's books balance, every ask ends once. A byte chooses what
 * happens, the next one with whom. */
#include "must.h"
#include "pool.h"

#include <stdlib.h>
#include <string.h>

enum { WORKERS = 4, ASKS = 64, DISPATCHES = 64 };

struct fuzz {
  struct pool *pool;
  uint64_t now;
  struct pool_ask *asks[ASKS]; /* NULL: over, or never taken */
  uint64_t dispatches[DISPATCHES];
  uint64_t workers[DISPATCHES]; /* to whom they went */
  uint8_t n;
};

static void over(struct fuzz *fuzz, void *user) {
  struct pool_ask **ask = user;
  if (!ask) return;
  must(ask >= fuzz->asks && ask < fuzz->asks + ASKS && *ask); /* once */
  *ask = NULL;
}

static void beat(struct fuzz *fuzz, uint8_t who, uint8_t what) {
  static const uint32_t routes[] = {1, 2};
  struct pool_beat event = {.worker = who % WORKERS + 1,
                            .routes = routes,
                            .n_routes = what % 3,
                            .credit = what % 5,
                            .in_flight = what,
                            .draining = what >= 200};
  event.peer = (struct pool_peer){.n = 1, .bytes = {who}}; /* several peers for one worker: it reconnected */
  pool_beat(fuzz->pool, &event, fuzz->now);
}

static void act(struct fuzz *fuzz) {
  for (struct pool_step step; pool_next(fuzz->pool, fuzz->now, &step);) {
    if (step.kind == POOL_END) {
      over(fuzz, step.user);
      continue;
    }
    must(step.left_ms > 0 && step.attempt >= 1 && step.attempt <= 2);
    fuzz->dispatches[fuzz->n % DISPATCHES] = step.dispatch;
    fuzz->workers[fuzz->n++ % DISPATCHES] = step.peer.bytes[0] % WORKERS + 1;
  }
}

static void happen(struct fuzz *fuzz, uint8_t what, uint8_t with) {
  const uint64_t dispatch = fuzz->dispatches[with % DISPATCHES], worker = fuzz->workers[with % DISPATCHES];
  struct pool_ask **ask = &fuzz->asks[with % ASKS];
  bool begun;
  switch (what % 10) {
  case 0: beat(fuzz, with, what); break;
  case 1:
    if (*ask) break;
    if (pool_take(fuzz->pool, with % 4, 20u * what, with & 16, ask, fuzz->now, ask) != POOL_TAKEN) must(!*ask);
    break;
  case 2: over(fuzz, pool_answered(fuzz->pool, dispatch, worker, what, with & 1)); break;
  case 3: over(fuzz, pool_expired(fuzz->pool, dispatch, worker, what, &begun)); break;
  case 4: pool_bounced(fuzz->pool, dispatch, worker); break;
  case 5: pool_lose(fuzz->pool, &(struct pool_peer){.n = 1, .bytes = {with}}, fuzz->now); break;
  case 6:
    if (*ask) over(fuzz, pool_cancel(fuzz->pool, *ask));
    break;
  case 7:
    fuzz->now += (uint64_t)with * (what > 128 ? 20 : 1);
    pool_tick(fuzz->pool, fuzz->now);
    break;
  case 8: act(fuzz); break;
  default: over(fuzz, pool_answered(fuzz->pool, dispatch + with, worker + what, 0, false)); break; /* forged */
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct fuzz fuzz = {.now = 1000};
  const struct pool_limits limits = {
      .asks = ASKS / 2, .workers = WORKERS - 1, .queue_min = 2, .queue_max = 8, .seed = 1};
  fuzz.pool = pool_new(&limits, fuzz.now);
  for (size_t i = 0; i + 1 < size; i += 2) {
    happen(&fuzz, data[i], data[i + 1]);
    pool_audit(fuzz.pool);
  }
  for (int i = 0; i < ASKS; i++)
    if (fuzz.asks[i]) over(&fuzz, pool_cancel(fuzz.pool, fuzz.asks[i]));
  must(pool_asks(fuzz.pool) == 0);
  pool_audit(fuzz.pool);
  pool_free(&fuzz.pool);
  return 0;
}
