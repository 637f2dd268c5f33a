#include "seam_store.h"

#include "must.h"

#include <stdlib.h>
#include <string.h>

enum { AGAIN_MIN_MS = 10, AGAIN_MAX_MS = 400 };

struct store {
  struct process *process;
  struct store_metrics metrics;
  uint64_t asked_at[STORE_LANES]; /* when a connection's last command reaches the store: a lane keeps its order */
};

/* A command on its way. Kept for the next one when nothing on the way names it any more. */
struct ask {
  struct ask *next;
  struct store *store;
  struct arena arena; /* of command and reply */
  uint32_t bucket;
  int argc;
  const char **argv;
  size_t *argvlen;
  unsigned flags;
  uint64_t deadline, attempt;
  int backoff_ms, under_way;
  bool maybe, over;
  store_done *done;
  void *context;
  redisReply *reply;
};

static struct ask *spare; /* kept from world to world */
static struct model *model;
static seam_watch *watch;
static uint64_t life, down_until, executed_at, writes_left; /* writes_left: until at_write; 0: never */
static void (*at_write)(int node);

void seam_store_begin(struct model *of, seam_watch *watched_by) {
  model = of;
  watch = watched_by;
  life = down_until = executed_at = writes_left = 0;
}

struct store *seam_store_of(struct process *process) {
  struct store *store = arena_alloc(&world.memory, sizeof *store);
  store->process = process;
  return store;
}

void seam_store_crash(uint64_t until) {
  tell("store crashes until %llu", (unsigned long long)until);
  life++;
  down_until = until;
}

void seam_store_at_write(uint64_t nth, void (*what)(int node)) {
  writes_left = nth;
  at_write = what;
}

/* ---- asks ---- */

static struct ask *ask_new(struct store *store, int argc, const char *const *argv, const size_t *argvlen) {
  struct ask *ask = spare;
  if (ask) {
    spare = ask->next;
  } else {
    ask = calloc(1, sizeof *ask);
    must(ask != NULL);
    arena_init(&ask->arena, SIZE_MAX / 2);
  }
  const struct arena arena = ask->arena;
  *ask = (struct ask){.store = store, .arena = arena, .argc = argc, .backoff_ms = AGAIN_MIN_MS};
  ask->arena.pb.allocator_data = &ask->arena;
  ask->argv = arena_alloc(&ask->arena, (size_t)argc * sizeof *ask->argv);
  ask->argvlen = arena_alloc(&ask->arena, (size_t)argc * sizeof *ask->argvlen);
  for (int i = 0; i < argc; i++) {
    ask->argv[i] = arena_copy_n(&ask->arena, argv[i], argvlen[i]);
    ask->argvlen[i] = argvlen[i];
  }
  return ask;
}

static void ask_let_go(struct ask *ask) {
  if (ask->under_way > 0 || !ask->over) return;
  arena_reset(&ask->arena);
  ask->next = spare;
  spare = ask;
}

static void ask_happens(struct ask *ask, struct process *process, uint64_t at, happening *what, uint64_t a,
                        uint64_t b) {
  ask->under_way++;
  happens(process, at, what, ask, a, b);
}

static void finish(struct ask *ask, enum store_result result, const char *text) {
  const bool write = ask->flags & STORE_WRITE;
  if (result == STORE_AWAY && ask->maybe && write) result = STORE_UNKNOWN;
  if (result == STORE_UNKNOWN && !write) result = STORE_AWAY;
  ask->over = true;
  ask->done(ask->context, result, result == STORE_OK ? ask->reply : NULL, text);
}

/* ---- the way there and back ---- */

static void on_try(void *ctx, uint64_t a, uint64_t b);

static void later(struct ask *ask) {
  uint64_t at = world.now + (uint64_t)ask->backoff_ms / 2 + chance((uint64_t)ask->backoff_ms);
  if (at > ask->deadline) at = ask->deadline;
  ask->backoff_ms = 2 * ask->backoff_ms > AGAIN_MAX_MS ? AGAIN_MAX_MS : 2 * ask->backoff_ms;
  ask->attempt++;
  ask_happens(ask, ask->store->process, at > world.now ? at : world.now, on_try, ask->attempt, 0);
}

/* The connection broke: nobody knows what became of the command. */
static void on_lost(void *ctx, uint64_t attempt, uint64_t unused) {
  struct ask *ask = ctx;
  (void)unused;
  ask->under_way--;
  if (!ask->over && ask->attempt == attempt) {
    ask->maybe = true;
    const bool repeatable = !(ask->flags & STORE_WRITE) || (ask->flags & STORE_IDEMPOTENT);
    if (repeatable && world.now < ask->deadline && !ask->store->process->ghost)
      later(ask);
    else
      finish(ask, STORE_UNKNOWN, "no answer");
  }
  ask_let_go(ask);
}

static void on_reply(void *ctx, uint64_t attempt, uint64_t of_life) {
  struct ask *ask = ctx;
  struct process *process = ask->store->process;
  if (of_life != life || process->ghost || is_cut(process->node, NODE_STORE) ||
      goes_wrong((uint64_t)world.drop_per_10000, 10000)) {
    on_lost(ask, attempt, 0);
    return;
  }
  ask->under_way--;
  if (!ask->over && ask->attempt == attempt) {
    if (ask->reply->type == REDIS_REPLY_ERROR) broken("the store refuses a command: %s", ask->reply->str);
    finish(ask, ask->reply->type == REDIS_REPLY_ERROR ? STORE_ERROR : STORE_OK, "");
  }
  ask_let_go(ask);
}

static void on_deadline(void *ctx, uint64_t attempt, uint64_t unused) {
  struct ask *ask = ctx;
  (void)unused;
  ask->under_way--;
  if (!ask->over && ask->attempt == attempt) {
    ask->maybe = true;
    finish(ask, STORE_UNKNOWN, "no answer in time");
  }
  ask_let_go(ask);
}

static void on_executed(void *ctx, uint64_t attempt, uint64_t of_life) {
  struct ask *ask = ctx;
  struct process *process = ask->store->process;
  if (world.paused[NODE_STORE] > world.now && of_life == life) {
    happens(NULL, world.paused[NODE_STORE], on_executed, ask, attempt, of_life);
    const uint64_t patience = ask->deadline > world.now ? ask->deadline : world.now;
    if (!ask->over && patience < world.paused[NODE_STORE]) ask_happens(ask, process, patience, on_deadline, attempt, 0);
    return;
  }
  ask->under_way--;
  if (of_life != life) {
    ask_happens(ask, process, world.now, on_lost, attempt, 0);
    return;
  }
  model->now_ms = 1717200000000u + world.now;
  redisReply *reply = model_call(model, ask->argc, ask->argv, ask->argvlen, &ask->arena);
  watch(ask->argc, ask->argv, ask->argvlen, reply);
  if (ask->attempt == attempt) ask->reply = reply;
  const bool writes = ask->flags & STORE_WRITE || strcmp(ask->argv[0], "MSET") == 0; /* which saves cursors */
  if (writes && !process->ghost && writes_left > 0 && --writes_left == 0) at_write(process->node);
  ask_happens(ask, process, world.now + delay(), on_reply, attempt, of_life);
  ask_let_go(ask);
}

static void on_arrived(void *ctx, uint64_t attempt, uint64_t of_life) {
  struct ask *ask = ctx;
  ask->under_way--;
  if (of_life != life || goes_wrong((uint64_t)world.drop_per_10000, 10000)) {
    ask_happens(ask, ask->store->process, world.now, on_lost, attempt, 0);
    return;
  }
  if (executed_at <= world.now) executed_at = world.now + 1;
  ask_happens(ask, NULL, executed_at, on_executed, attempt, of_life);
}

static void on_try(void *ctx, uint64_t attempt, uint64_t unused) {
  struct ask *ask = ctx;
  struct process *process = ask->store->process;
  (void)unused;
  ask->under_way--;
  if (ask->over || ask->attempt != attempt) {
    ask_let_go(ask);
  } else if (process->ghost || world.now >= ask->deadline) {
    finish(ask, STORE_AWAY, "nobody took the command");
    ask_let_go(ask);
  } else if (down_until > world.now || is_cut(process->node, NODE_STORE)) {
    later(ask);
  } else {
    uint64_t *last = &ask->store->asked_at[ask->bucket % STORE_LANES], at = world.now + delay();
    if (at < *last) at = *last;
    ask_happens(ask, NULL, *last = at, on_arrived, attempt, life);
  }
}

/* ---- in place of store.h ---- */

void __wrap_store_ask(struct store *store, const struct command *command, unsigned flags, int deadline_ms,
                      store_done *done, void *context);
bool __wrap_store_spans_buckets(const struct store *store);
struct store_metrics *__wrap_store_counts(struct store *store);

void __wrap_store_ask(struct store *store, const struct command *command, unsigned flags, int deadline_ms,
                      store_done *done, void *context) {
  struct ask *ask = ask_new(store, command->argc, command->argv, command->argvlen);
  ask->bucket = command->bucket;
  ask->flags = flags;
  ask->deadline = world.now + (uint64_t)(deadline_ms > 0 ? deadline_ms : 0);
  ask->done = done;
  ask->context = context;
  ask_happens(ask, store->process, world.now, on_try, 0, 0);
}

bool __wrap_store_spans_buckets(const struct store *store) {
  (void)store;
  return true;
}

struct store_metrics *__wrap_store_counts(struct store *store) {
  return &store->metrics;
}
