#include "account.h"

#include "id.h"
#include "ledger.h"
#include "store_inner.h"

/* --- one read --- */

struct view {
  struct arena *arena;
  account_done *done;
  void *context;
  int left; /* answers still to come */
  bool corrupt;
  struct account account;
};

/* Whether the answer can be read; counts it. The first that did not come is what the account says. */
static bool came(struct view *view, enum store_result result, const char *text) {
  view->left--;
  if (result != STORE_OK && view->account.result == STORE_OK)
    view->account = (struct account){.result = result, .text = arena_copy(view->arena, text)};
  return view->account.result == STORE_OK;
}

static void join(struct view *view) {
  if (view->left > 0) return;
  struct account *account = &view->account;
  if (view->corrupt && account->result == STORE_OK)
    *account = (struct account){.result = STORE_ERROR, .text = STORE_CORRUPT};
  view->done(view->context, account);
}

static void on_counters(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct view *view = context;
  struct account *account = &view->account;
  if (came(view, result, text))
    account->counters = stored_counters(view->arena, reply, &account->n_counters, &account->version, &view->corrupt);
  join(view);
}

static void on_records(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct view *view = context;
  struct account *account = &view->account;
  uint64_t version;
  if (came(view, result, text)) {
    view->corrupt = view->corrupt || reply->type != REDIS_REPLY_ARRAY || reply->elements == 0;
    if (!view->corrupt)
      account->person =
          stored_record(view->arena, &yz__person__descriptor, reply->element[0], &version, &view->corrupt);
    if (!view->corrupt && reply->elements > 1)
      account->prior = stored_message(view->arena, &yz__settlement__descriptor, reply->element[1], &view->corrupt);
  }
  join(view);
}

static void on_contracted(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct view *view = context;
  if (came(view, result, text)) view->account.contracted = reply->integer > 0;
  join(view);
}

void account_read(struct store *store, struct arena *arena, const char *person, uint32_t year, const char *settlement,
                  int deadline_ms, account_done *done, void *context) {
  struct view *view = arena_alloc(arena, sizeof *view);
  *view = (struct view){
      .arena = arena, .done = done, .context = context, .left = 3, .account = {.result = STORE_OK, .text = ""}};
  struct command command;
  const uint32_t bucket = id_bucket(person);
  const unsigned how = settlement ? STORE_READ | STORE_KEPT : STORE_READ;
  command_start(&command, bucket, "HGETALL");
  command_key(&command, "acc:%s:%u", person, (unsigned)year);
  store_ask(store, &command, how, deadline_ms, on_counters, view);
  command_start(&command, bucket, "MGET");
  command_key(&command, "person:%s", person);
  if (settlement) command_key(&command, "settle:%s", settlement);
  store_ask(store, &command, how, deadline_ms, on_records, view);
  command_start(&command, bucket, "EXISTS");
  command_key(&command, "pcontracts:%s", person);
  store_ask(store, &command, STORE_READ, deadline_ms, on_contracted, view);
}

/* --- settlements of the year --- */

struct job {
  struct arena *arena;
  account_list_done *done;
  void *context;
};

static void on_list(void *context, enum store_result result, const redisReply *reply, const char *text) {
  const struct job *job = context;
  struct account_list list = {.result = result, .text = text};
  if (result == STORE_OK && reply->type == REDIS_REPLY_ARRAY) {
    list.ids = arena_alloc(job->arena, (reply->elements + 1) * sizeof *list.ids);
    for (size_t i = reply->elements; i > 0; i--)
      list.ids[list.n++] = arena_copy(job->arena, reply->element[i - 1]->str + 1); /* behind its mark */
  }
  job->done(job->context, &list);
}

void account_settlements(struct store *store, struct arena *arena, const char *person, uint32_t year, unsigned most,
                         int deadline_ms, account_list_done *done, void *context) {
  struct job *job = arena_alloc(arena, sizeof *job);
  *job = (struct job){.arena = arena, .done = done, .context = context};
  struct command command;
  command_start(&command, id_bucket(person), "LRANGE");
  command_key(&command, "plist:%s:%u", person, (unsigned)year);
  command_number(&command, -(int64_t)most);
  command_number(&command, -1);
  store_ask(store, &command, STORE_READ, deadline_ms, on_list, job);
}
