#include "ledger.h"

#include "bounds.h"
#include "guard.h"
#include "id.h"
#include "must.h"
#include "store_inner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job {
  struct store *store;
  struct arena *arena;
  bool cancels;
  const uint8_t *record; /* of an apply or a cancel: what is stored */
  size_t n_record;
  ledger_done *done;
  void *context;
};

static struct job *job_new(struct store *store, struct arena *arena, ledger_done *done, void *context) {
  struct job *job = arena_alloc(arena, sizeof *job);
  *job = (struct job){.store = store, .arena = arena, .done = done, .context = context};
  return job;
}

static const char too_large[] = "the settlement is larger than what a call has memory for";

/* Takes a recorded settlement into the arena, which others may have filled. `*fault` says why it is not there. */
static void set_recorded(const struct job *job, struct ledger_reply *out, const void *bytes, size_t n,
                         const char **fault) {
  Yz__Problem *problem = NULL;
  uint8_t *copy = arena_raw(job->arena, n);
  out->bytes = copy;
  out->n_bytes = n;
  if (copy) {
    memcpy(copy, bytes, n);
    out->recorded = message_unpack(&yz__settlement__descriptor, copy, n, job->arena, &problem);
  }
  if (!out->recorded) *fault = !copy || problem->code == YZ__CODE__TOO_LARGE ? too_large : STORE_CORRUPT;
}

/* What the functions apply, cancel and fence answer: a word, and what goes with it. */
static void read_outcome(const struct job *job, const redisReply *reply, struct ledger_reply *out, const char **fault) {
  const redisReply *word = reply_string(reply, 0), *rest = reply_string(reply, 1);
  struct store_metrics *counts = store_counts(job->store);
  if (reply_is(word, "applied") && rest) {
    out->outcome = LEDGER_APPLIED;
    out->version = strtoull(rest->str, NULL, 10);
    out->bytes = job->record;
    out->n_bytes = job->n_record;
    if (job->cancels) set_recorded(job, out, job->record, job->n_record, fault);
    counts->applied++;
  } else if (reply_is(word, "seen") && rest) {
    out->outcome = LEDGER_SEEN;
    set_recorded(job, out, rest->str, rest->len, fault);
    counts->seen++;
  } else if (reply_is(word, "conflict") && reply->elements == 3) {
    out->outcome = LEDGER_CONFLICT;
    bool corrupt = false;
    out->counters = stored_counters(job->arena, reply->element[2], &out->n_counters, &out->version, &corrupt);
    if (corrupt) *fault = STORE_CORRUPT;
    counts->conflicts++;
  } else if (reply_is(word, "later") && rest) {
    out->outcome = LEDGER_LATER;
    out->text = arena_copy(job->arena, rest->str);
  } else if (reply_is(word, "missing")) {
    out->outcome = LEDGER_MISSING;
  } else if (reply_is(word, "refused") && rest) {
    out->outcome = LEDGER_DEFECT;
    out->text = arena_copy(job->arena, rest->str);
    counts->refused++;
  } else {
    *fault = STORE_CORRUPT;
  }
}

static void on_outcome(void *context, enum store_result result, const redisReply *reply, const char *text) {
  const struct job *job = context;
  struct ledger_reply out = {.result = result, .text = text};
  const char *fault = NULL;
  if (result == STORE_OK) read_outcome(job, reply, &out, &fault);
  if (fault) out = (struct ledger_reply){.result = STORE_ERROR, .text = fault};
  job->done(job->context, &out);
}

static void on_read(void *context, enum store_result result, const redisReply *reply, const char *text) {
  const struct job *job = context;
  struct ledger_reply out = {.result = result, .text = text, .outcome = LEDGER_MISSING};
  const char *fault = NULL;
  if (result == STORE_OK && reply->type == REDIS_REPLY_STRING) {
    out.outcome = LEDGER_SEEN;
    set_recorded(job, &out, reply->str, reply->len, &fault);
  }
  if (fault) out = (struct ledger_reply){.result = STORE_ERROR, .text = fault};
  job->done(job->context, &out);
}

static void ask_for(struct store *store, const char *id, unsigned how, int deadline_ms, struct job *job) {
  struct command command;
  uint32_t bucket = 0; /* an id that names no bucket is of no settlement, there as anywhere */
  settlement_id_bucket(id, &bucket);
  command_start(&command, bucket, "GET");
  command_key(&command, "settle:%s", id);
  store_ask(store, &command, STORE_READ | how, deadline_ms, on_read, job);
}

void ledger_read(struct store *store, struct arena *arena, const char *id, int deadline_ms, ledger_done *done,
                 void *context) {
  ask_for(store, id, 0, deadline_ms, job_new(store, arena, done, context));
}

void ledger_read_kept(struct store *store, struct arena *arena, const char *id, int deadline_ms, ledger_done *done,
                      void *context) {
  ask_for(store, id, STORE_KEPT, deadline_ms, job_new(store, arena, done, context));
}

struct look {
  struct arena arena;
  ledger_done *done;
  void *context;
};

static void on_looked(void *context, const struct ledger_reply *reply) {
  struct look *look = context;
  look->done(look->context, reply);
  arena_free(&look->arena);
  free(look);
}

void ledger_look(struct store *store, const char *id, int deadline_ms, ledger_done *done, void *context) {
  struct look *look = malloc(sizeof *look);
  must(look != NULL);
  *look = (struct look){.done = done, .context = context};
  arena_init(&look->arena, LIMIT_ARENA);
  ledger_read(store, &look->arena, id, deadline_ms, on_looked, look);
}

/* The journal's entry; a cancellation carries the opposite moves, so that the journal always sums to the counters. */
static uint8_t *pack_fact(struct arena *arena, const Yz__Settlement *settlement, bool cancel, size_t *n) {
  Yz__Fact fact;
  yz__fact__init(&fact);
  fact.kind = cancel ? YZ__FACT__KIND__CANCELLED : YZ__FACT__KIND__SETTLED;
  fact.settlement = settlement->id;
  fact.person = settlement->bill->person;
  fact.year = settlement->entitlement->year;
  fact.at = cancel ? settlement->cancellation->cancelled : settlement->settled;
  fact.has_sequence = true;
  fact.sequence = settlement->sequence;
  fact.insured_city = settlement->entitlement->insured_city;
  fact.care_city = settlement->entitlement->care_city;
  fact.n_moves = settlement->n_moves;
  fact.moves = settlement->moves;
  if (cancel) {
    fact.moves = arena_alloc(arena, (settlement->n_moves + 1) * sizeof(Yz__Move *));
    for (size_t i = 0; i < settlement->n_moves; i++) {
      fact.moves[i] = arena_alloc(arena, sizeof(Yz__Move));
      *fact.moves[i] = *settlement->moves[i];
      fact.moves[i]->delta = -fact.moves[i]->delta;
    }
  }
  return message_pack(&fact.base, arena, n);
}

/* Keys of the functions apply and cancel. */
static void add_keys(struct command *command, const Yz__Settlement *settlement) {
  const char *person = settlement->bill->person;
  const unsigned year = settlement->entitlement->year;
  command_key(command, "acc:%s:%u", person, year);
  command_key(command, "settle:%s", settlement->id);
  command_key(command, "plist:%s:%u", person, year);
  command_key(command, "journal");
}

static void ask(struct job *job, const struct command *command, bool whole, int deadline_ms) {
  must(whole); /* LIMIT_COUNTERS bounds the counters of a person-year, hence its moves */
  store_ask(job->store, command, STORE_WRITE | STORE_IDEMPOTENT, deadline_ms, on_outcome, job);
}

const char *ledger_mark(const Yz__Settlement *settlement) {
  if (settlement->n_moves > 0) return "+";
  const Yz__Bill *bill = settlement->bill;
  return settlement->n_results > 0 || (bill->has_use_account && bill->use_account > 0) ? ":" : ".";
}

void ledger_apply(struct store *store, struct arena *arena, const Yz__Settlement *settlement, int deadline_ms,
                  ledger_done *done, void *context) {
  must(settlement->status == YZ__SETTLEMENT__STATUS__SETTLED && settlement->has_sequence && settlement->sequence > 0);
  size_t n_bytes, n_fact;
  uint8_t *bytes = message_pack(&settlement->base, arena, &n_bytes);
  uint8_t *fact = pack_fact(arena, settlement, false, &n_fact);
  struct command command;
  command_call(&command, id_bucket(settlement->bill->person), "apply", 4);
  add_keys(&command, settlement);
  command_text(&command, settlement->id);
  command_number(&command, (int64_t)settlement->sequence - 1);
  command_bytes(&command, bytes, n_bytes);
  command_bytes(&command, fact, n_fact);
  command_text(&command, ledger_mark(settlement));
  const bool whole = command_moves(&command, settlement->n_moves, settlement->moves, NULL, 1);
  struct job *job = job_new(store, arena, done, context);
  job->record = bytes;
  job->n_record = n_bytes;
  ask(job, &command, whole, deadline_ms);
}

void ledger_cancel(struct store *store, struct arena *arena, const uint8_t *before, size_t n_before, uint64_t expected,
                   const Yz__Settlement *cancelled, int deadline_ms, ledger_done *done, void *context) {
  must(cancelled->status == YZ__SETTLEMENT__STATUS__CANCELLED && cancelled->cancellation);
  size_t n_bytes, n_fact;
  uint8_t *bytes = message_pack(&cancelled->base, arena, &n_bytes);
  uint8_t *fact = pack_fact(arena, cancelled, true, &n_fact);
  struct command command;
  command_call(&command, id_bucket(cancelled->bill->person), "cancel", 4);
  add_keys(&command, cancelled);
  command_text(&command, cancelled->id);
  if (expected == LEDGER_ANY)
    command_text(&command, "");
  else
    command_number(&command, (int64_t)expected);
  command_bytes(&command, before, n_before);
  command_bytes(&command, bytes, n_bytes);
  command_bytes(&command, fact, n_fact);
  const bool whole = command_moves(&command, cancelled->n_moves, cancelled->moves, NULL, -1);
  struct job *job = job_new(store, arena, done, context);
  job->cancels = true;
  job->record = bytes;
  job->n_record = n_bytes;
  ask(job, &command, whole, deadline_ms);
}

void ledger_fence(struct store *store, struct arena *arena, const char *id, const char *person, uint32_t year,
                  int deadline_ms, ledger_done *done, void *context) {
  struct command command;
  command_call(&command, id_bucket(person), "fence", 2);
  command_key(&command, "acc:%s:%u", person, (unsigned)year);
  command_key(&command, "settle:%s", id);
  ask(job_new(store, arena, done, context), &command, true, deadline_ms);
}
