#include "account.h"

#include "id.h"
#include "ledger.h"
#include "store_inner.h"

struct job {
  struct store *store;
  struct arena *arena;
  account_done *done;
  account_list_done *list_done;
  void *context;
  struct account_list list;
  size_t left; /* settlements still to come */
  int deadline_ms;
  struct account *account; /* read, and its `prior` not yet known to be kept */
};

static void on_prior_kept(void *context, enum store_result result, const redisReply *reply, const char *text) {
  const struct job *job = context;
  (void)reply;
  if (result != STORE_OK) *job->account = (struct account){.result = result, .text = text};
  job->done(job->context, job->account);
}

static void on_view(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct job *job = context;
  struct account account = {.result = result, .text = text};
  if (result == STORE_OK) {
    bool corrupt = reply->type != REDIS_REPLY_ARRAY || reply->elements != 4;
    uint64_t version;
    if (!corrupt) {
      account.person = stored_record(job->arena, &yz__person__descriptor, reply->element[0], &version, &corrupt);
      account.counters =
          stored_counters(job->arena, reply->element[1], &account.n_counters, &account.version, &corrupt);
      account.contracted = reply->element[2]->integer > 0;
      account.prior = stored_message(job->arena, &yz__settlement__descriptor, reply->element[3], &corrupt);
    }
    if (corrupt) account = (struct account){.result = STORE_ERROR, .text = STORE_CORRUPT};
  }
  if (account.prior) {
    job->account = arena_alloc(job->arena, sizeof account);
    *job->account = account;
    job->account->text = "";
    ledger_kept(job->store, account.prior->id, job->deadline_ms, on_prior_kept, job);
  } else {
    job->done(job->context, &account);
  }
}

void account_read(struct store *store, struct arena *arena, const char *person, uint32_t year, const char *settlement,
                  int deadline_ms, account_done *done, void *context) {
  struct job *job = arena_alloc(arena, sizeof *job);
  *job = (struct job){.store = store, .arena = arena, .deadline_ms = deadline_ms, .done = done, .context = context};
  struct command command;
  command_call(&command, id_bucket(person), "view", settlement ? 4 : 3);
  command_key(&command, "person:%s", person);
  command_key(&command, "acc:%s:%u", person, (unsigned)year);
  command_key(&command, "pcontracts:%s", person);
  if (settlement) command_key(&command, "settle:%s", settlement);
  store_ask(store, &command, STORE_READ, deadline_ms, on_view, job);
}

/* --- settlements of the year --- */

struct part {
  struct job *job;
  size_t i;
};

static void on_settlement(void *context, enum store_result result, const redisReply *reply, const char *text) {
  const struct part *part = context;
  struct job *job = part->job;
  bool corrupt = false;
  if (result == STORE_OK) {
    job->list.settlements[part->i] = stored_message(job->arena, &yz__settlement__descriptor, reply, &corrupt);
    corrupt = corrupt || !job->list.settlements[part->i];
  } else {
    job->list.result = result;
    job->list.text = arena_copy(job->arena, text);
  }
  if (corrupt) {
    job->list.result = STORE_ERROR;
    job->list.text = STORE_CORRUPT;
  }
  if (--job->left == 0) job->list_done(job->context, &job->list);
}

static void on_list(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct job *job = context;
  job->list = (struct account_list){.result = result, .text = text};
  if (result != STORE_OK || reply->elements == 0) {
    job->list_done(job->context, &job->list);
    return;
  }
  job->list.n = job->left = reply->elements;
  job->list.settlements = arena_alloc(job->arena, reply->elements * sizeof(Yz__Settlement *));
  for (size_t i = 0; i < reply->elements; i++) {
    const redisReply *entry = reply->element[reply->elements - 1 - i];
    struct part *part = arena_alloc(job->arena, sizeof *part);
    *part = (struct part){.job = job, .i = i};
    struct command command;
    uint32_t bucket = 0;
    settlement_id_bucket(entry->str + 1, &bucket);
    command_start(&command, bucket, "GET");
    command_key(&command, "settle:%s", entry->str + 1);
    store_ask(job->store, &command, STORE_READ, job->deadline_ms, on_settlement, part);
  }
}

void account_settlements(struct store *store, struct arena *arena, const char *person, uint32_t year, unsigned most,
                         int deadline_ms, account_list_done *done, void *context) {
  struct job *job = arena_alloc(arena, sizeof *job);
  *job =
      (struct job){.store = store, .arena = arena, .list_done = done, .context = context, .deadline_ms = deadline_ms};
  struct command command;
  command_start(&command, id_bucket(person), "LRANGE");
  command_key(&command, "plist:%s:%u", person, (unsigned)year);
  command_number(&command, -(int64_t)most);
  command_number(&command, -1);
  store_ask(store, &command, STORE_READ, deadline_ms, on_list, job);
}
