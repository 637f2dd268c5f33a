#include "family.h"

#include "bounds.h"
#include "date.h"
#include "id.h"
#include "ledger.h"
#include "must.h"
#include "store_inner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REFERENCES_MAX = 64, ABOUT_MAX = 4 * (LIMIT_ID + 1) + 16, SWEEP_BATCH = 64 };

/* --- reading --- */

struct reading {
  struct store *store;
  struct arena *arena;
  const char *person, *settlement;
  uint32_t year;
  int deadline_ms;
  struct family family;
  size_t left;
  family_read_done *done;
  void *context;
};

static void read_failed(struct reading *reading, enum store_result result, const char *text) {
  reading->family.result = result;
  reading->family.text = arena_copy(reading->arena, text);
}

static bool names(const Yz__Contract *contract, const char *person) {
  for (size_t i = 0; i < contract->n_members; i++)
    if (strcmp(contract->members[i]->person, person) == 0) return true;
  return false;
}

/* Takes the settlement's own tries off the counters. `back` is name, opposite delta, ... */
static void add_back(Yz__ContractState *state, const redisReply *back) {
  for (size_t i = 0; i + 1 < back->elements; i += 2)
    for (size_t k = 0; k < state->n_counters; k++)
      if (reply_is(back->element[i], state->counters[k]->name))
        state->counters[k]->value += strtoll(back->element[i + 1]->str, NULL, 10);
}

static int by_id(const void *a, const void *b) {
  const Yz__ContractState *const *x = a, *const *y = b;
  return strcmp((*x)->contract->id, (*y)->contract->id);
}

static void on_contract(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct reading *reading = context;
  struct arena *arena = reading->arena;
  bool corrupt = result == STORE_OK && (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3);
  if (result != STORE_OK) {
    read_failed(reading, result, text);
  } else if (!corrupt) {
    Yz__ContractState *state = arena_alloc(arena, sizeof *state);
    yz__contract_state__init(state);
    uint64_t version;
    state->contract = stored_record(arena, &yz__contract__descriptor, reply->element[0], &version, &corrupt);
    state->counters = stored_counters(arena, reply->element[1], &state->n_counters, &state->version, &corrupt);
    state->has_version = true;
    if (!corrupt) add_back(state, reply->element[2]);
    if (!corrupt && state->contract && names(state->contract, reading->person))
      reading->family.contracts[reading->family.n++] = state;
  }
  if (corrupt) read_failed(reading, STORE_ERROR, STORE_CORRUPT);
  if (--reading->left > 0) return;
  qsort(reading->family.contracts, reading->family.n, sizeof *reading->family.contracts, by_id);
  reading->done(reading->context, &reading->family);
}

static void on_references(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct reading *reading = context;
  if (result != STORE_OK)
    read_failed(reading, result, text);
  else if (reply->type != REDIS_REPLY_ARRAY || reply->elements > REFERENCES_MAX)
    read_failed(reading, STORE_ERROR, "the person is named in too many contracts");
  if (reading->family.result != STORE_OK || reply->elements == 0) {
    reading->done(reading->context, &reading->family);
    return;
  }
  reading->left = reply->elements;
  reading->family.contracts = arena_alloc(reading->arena, reply->elements * sizeof(Yz__ContractState *));
  for (size_t i = 0; i < reply->elements; i++) {
    const char *contract = reply->element[i]->str;
    struct command command;
    command_call(&command, id_bucket(contract), "contract_view", 3);
    command_key(&command, "contract:%s", contract);
    command_key(&command, "cacc:%s:%u", contract, (unsigned)reading->year);
    command_key(&command, "ctry:%s:%u", contract, (unsigned)reading->year);
    command_text(&command, reading->settlement);
    store_ask(reading->store, &command, *reading->settlement ? STORE_READ | STORE_KEPT : STORE_READ,
              reading->deadline_ms, on_contract, reading);
  }
}

void family_read(struct store *store, struct arena *arena, const char *person, uint32_t year, const char *settlement,
                 int deadline_ms, family_read_done *done, void *context) {
  struct reading *reading = arena_alloc(arena, sizeof *reading);
  *reading = (struct reading){.store = store,
                              .arena = arena,
                              .person = arena_copy(arena, person),
                              .settlement = arena_copy(arena, settlement ? settlement : ""),
                              .year = year,
                              .deadline_ms = deadline_ms,
                              .family.text = "",
                              .done = done,
                              .context = context};
  struct command command;
  command_start(&command, id_bucket(person), "SMEMBERS");
  command_key(&command, "pcontracts:%s", person);
  store_ask(store, &command, STORE_READ, deadline_ms, on_references, reading);
}

/* --- try, confirm, cancel --- */

struct moving {
  family_done *done;
  void *context;
};

static void on_moved(void *context, enum store_result result, const redisReply *reply, const char *text) {
  static const struct {
    const char *word;
    enum family_outcome outcome;
  } words[] = {{"done", FAMILY_DONE}, {"conflict", FAMILY_CONFLICT}, {"busy", FAMILY_BUSY},  {"closed", FAMILY_CLOSED},
               {"none", FAMILY_NONE}, {"refused", FAMILY_DEFECT},    {"later", FAMILY_LATER}};
  const struct moving moving = *(struct moving *)context;
  free(context);
  if (result != STORE_OK) {
    moving.done(moving.context, result, FAMILY_NONE, text);
    return;
  }
  const redisReply *about = reply_string(reply, 1);
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (!reply_is(reply_string(reply, 0), words[i].word)) continue;
    moving.done(moving.context, STORE_OK, words[i].outcome, about ? about->str : "");
    return;
  }
  moving.done(moving.context, STORE_ERROR, FAMILY_NONE, STORE_CORRUPT);
}

static void call(struct command *command, const char *function, const struct family_part *part) {
  char about[ABOUT_MAX];
  const unsigned year = part->year;
  snprintf(about, sizeof about, "%s %s %s %u ", part->settlement, part->person, part->contract, year);
  command_call(command, id_bucket(part->contract), function, 4);
  command_key(command, "cacc:%s:%u", part->contract, year);
  command_key(command, "ctry:%s:%u", part->contract, year);
  command_key(command, "tries");
  command_key(command, "clist:%s:%u", part->contract, year);
  command_text(command, part->settlement);
  command_number(command, (int64_t)part->basis);
  command_copy(command, about);
}

static void ask(struct store *store, const struct command *command, int deadline_ms, family_done *done, void *context) {
  struct moving *moving = malloc(sizeof *moving);
  must(moving != NULL);
  *moving = (struct moving){.done = done, .context = context};
  store_ask(store, command, STORE_WRITE | STORE_IDEMPOTENT, deadline_ms, on_moved, moving);
}

void family_try(struct store *store, const struct family_part *part, uint64_t expected, size_t n_moves,
                Yz__Move *const *moves, int deadline_ms, family_done *done, void *context) {
  struct command command;
  call(&command, "try", part);
  command_number(&command, (int64_t)expected);
  must(command_moves(&command, n_moves, moves, part->contract, 1));
  ask(store, &command, deadline_ms, done, context);
}

void family_reopen(struct store *store, const struct family_part *part, const char *by, int deadline_ms,
                   family_done *done, void *context) {
  struct command command;
  call(&command, "reopen", part);
  command_text(&command, by);
  ask(store, &command, deadline_ms, done, context);
}

static void end_part(struct store *store, const char *function, const struct family_part *part, int deadline_ms,
                     family_done *done, void *context) {
  struct command command;
  call(&command, function, part);
  command_text(&command, part->opened ? part->opened : "");
  command_text(&command, part->moved ? "+" : ":");
  ask(store, &command, deadline_ms, done, context);
}

void family_confirm(struct store *store, const struct family_part *part, int deadline_ms, family_done *done,
                    void *context) {
  end_part(store, "confirm", part, deadline_ms, done, context);
}

void family_keep(struct store *store, const struct family_part *part, int deadline_ms, family_done *done,
                 void *context) {
  end_part(store, "keep", part, deadline_ms, done, context);
}

void family_cancel(struct store *store, const struct family_part *part, int deadline_ms, family_done *done,
                   void *context) {
  end_part(store, "take_back", part, deadline_ms, done, context);
}

/* --- sweep --- */

struct sweep {
  struct store *store;
  int64_t fence_ms;
  int deadline_ms;
  enum store_result result;
  unsigned settled;
  size_t left; /* buckets and tries under way */
  family_sweep_done *done;
  void *context;
};

struct old_try {
  struct sweep *sweep;
  struct arena arena;
  char text[ABOUT_MAX + 24], opened[24];
  struct family_part part;
};

static void sweep_left(struct sweep *sweep) {
  if (--sweep->left > 0) return;
  sweep->done(sweep->context, sweep->result, sweep->settled);
  free(sweep);
}

static void old_try_over(struct old_try *old, enum store_result result) {
  struct sweep *sweep = old->sweep;
  if (result != STORE_OK) sweep->result = result;
  arena_free(&old->arena);
  free(old);
  sweep_left(sweep);
}

static void on_old_settled(void *context, enum store_result result, enum family_outcome outcome, const char *text) {
  struct old_try *old = context;
  (void)text;
  if (result == STORE_OK && outcome == FAMILY_DONE) old->sweep->settled++;
  old_try_over(old, result);
}

bool family_moves(const Yz__Settlement *settlement, const char *contract) {
  for (size_t i = 0; i < settlement->n_moves; i++) {
    const Yz__Move *move = settlement->moves[i];
    if (move->delta != 0 && move->contract && strcmp(move->contract, contract) == 0) return true;
  }
  return false;
}

static void old_try_end(struct old_try *old, family_end *end) {
  end(old->sweep->store, &old->part, old->sweep->deadline_ms, on_old_settled, old);
}

/* Decided on the part's basis: no other attempt on that basis can still be applied. */
static bool is_of(struct old_try *old, const struct ledger_reply *reply) {
  if (reply->outcome != LEDGER_SEEN || reply->recorded->sequence != old->part.basis + 1) return false;
  old->part.moved = family_moves(reply->recorded, old->part.contract);
  return true;
}

static void on_fenced(void *context, const struct ledger_reply *reply) {
  struct old_try *old = context;
  if (reply->result != STORE_OK)
    old_try_over(old, reply->result);
  else if (is_of(old, reply) && reply->recorded->status == YZ__SETTLEMENT__STATUS__SETTLED)
    old_try_end(old, family_keep);
  else
    old_try_end(old, family_cancel);
}

/* A reopened part whose settlement stands is left to whoever cancels it, by family_confirm. */
static void on_looked(void *context, const struct ledger_reply *reply) {
  struct old_try *old = context;
  if (reply->result != STORE_OK || !is_of(old, reply))
    old_try_over(old, reply->result);
  else
    old_try_end(old, reply->recorded->status == YZ__SETTLEMENT__STATUS__SETTLED ? family_confirm : family_cancel);
}

static void settle_old(struct old_try *old) {
  const struct sweep *sweep = old->sweep;
  const struct family_part *part = &old->part;
  const int64_t open_ms = instant_now() - strtoll(old->opened, NULL, 10); /* clocks apart only change when */
  if (open_ms > sweep->fence_ms)
    ledger_fence(sweep->store, &old->arena, part->settlement, part->person, part->year, sweep->deadline_ms, on_fenced,
                 old);
  else
    ledger_read_kept(sweep->store, &old->arena, part->settlement, sweep->deadline_ms, on_looked, old);
}

/* "<settlement> <person> <contract> <year> <basis>", and when it was opened. */
static bool read_old(struct old_try *old, const redisReply *text, const redisReply *opened) {
  if (!text || text->len >= sizeof old->text || !opened || opened->len >= sizeof old->opened) return false;
  memcpy(old->text, text->str, text->len + 1);
  memcpy(old->opened, opened->str, opened->len + 1);
  char *save = NULL, *words[5] = {0};
  for (int i = 0; i < 5; i++) words[i] = strtok_r(i ? NULL : old->text, " ", &save);
  if (!words[4]) return false;
  old->part = (struct family_part){.settlement = words[0],
                                   .person = words[1],
                                   .contract = words[2],
                                   .year = (uint32_t)strtoul(words[3], NULL, 10),
                                   .basis = strtoull(words[4], NULL, 10),
                                   .opened = old->opened};
  return true;
}

static void on_bucket(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct sweep *sweep = context;
  (void)text;
  if (result != STORE_OK) sweep->result = result;
  for (size_t i = 0; result == STORE_OK && i < reply->elements; i += 2) {
    struct old_try *old = calloc(1, sizeof *old);
    must(old != NULL);
    old->sweep = sweep;
    arena_init(&old->arena, LIMIT_ARENA);
    sweep->left++;
    if (read_old(old, reply_string(reply, i), reply_string(reply, i + 1)))
      settle_old(old);
    else
      old_try_over(old, STORE_ERROR);
  }
  sweep_left(sweep);
}

void family_sweep(struct store *store, uint32_t first, uint32_t n, int64_t look_ms, int64_t fence_ms, int deadline_ms,
                  family_sweep_done *done, void *context) {
  struct sweep *sweep = calloc(1, sizeof *sweep);
  must(sweep != NULL);
  *sweep = (struct sweep){
      .store = store, .fence_ms = fence_ms, .deadline_ms = deadline_ms, .done = done, .context = context};
  must(n > 0 && first < BUCKETS && n <= BUCKETS - first);
  sweep->left = n;
  uint32_t bucket = first;
  do {
    struct command command;
    command_call(&command, bucket, "old_tries", 1);
    command_key(&command, "tries");
    command_number(&command, look_ms);
    command_number(&command, SWEEP_BATCH);
    store_ask(store, &command, STORE_READ, deadline_ms, on_bucket, sweep);
  } while (++bucket < first + n);
}
