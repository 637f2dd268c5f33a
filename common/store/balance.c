#include "balance.h"

#include "bounds.h"
#include "id.h"
#include "must.h"
#include "store_inner.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* A field is "<insured city> <care city> <payer> fen" or "... n" for the number of settlements. */
struct posting {
  void (*done)(void *context, enum store_result result);
  void *context;
};

static void on_posted(void *context, enum store_result result, const redisReply *reply, const char *text) {
  const struct posting posting = *(struct posting *)context;
  (void)text;
  free(context);
  if (result == STORE_OK && !reply_is(reply_string(reply, 0), "done")) result = STORE_ERROR;
  posting.done(posting.context, result);
}

void balance_post(struct store *store, uint32_t bucket, const char *entry, uint32_t month, size_t n_rows,
                  const struct balance_row *rows, int deadline_ms,
                  void (*done)(void *context, enum store_result result), void *context) {
  must(n_rows <= LIMIT_COUNTERS / 2);
  struct posting *posting = malloc(sizeof *posting);
  must(posting != NULL);
  *posting = (struct posting){.done = done, .context = context};
  struct command command;
  command_call(&command, bucket, "clear", 2);
  command_key(&command, "clearing:%u", (unsigned)month);
  command_key(&command, "cleared");
  command_text(&command, entry);
  command_number(&command, (int64_t)(2 * n_rows));
  for (size_t i = 0; i < n_rows; i++) {
    command_format(&command, "%s %s %d fen", rows[i].insured_city, rows[i].care_city, (int)rows[i].payer);
    command_number(&command, rows[i].amount);
    command_format(&command, "%s %s %d n", rows[i].insured_city, rows[i].care_city, (int)rows[i].payer);
    command_number(&command, rows[i].settlements);
  }
  store_ask(store, &command, STORE_WRITE | STORE_IDEMPOTENT, deadline_ms, on_posted, posting);
}

/* --- reading --- */

typedef Yz__ClearingBalances__Row Row;

struct reading {
  struct arena *arena;
  struct balances balances;
  void *tree; /* rows by key, see tsearch(3) */
  size_t room, left;
  void (*done)(void *context, const struct balances *balances);
  void *context;
};

static int by_key(const void *a, const void *b) {
  const Row *x = a, *y = b;
  const int insured = strcmp(x->insured_city, y->insured_city), care = strcmp(x->care_city, y->care_city);
  if (insured) return insured;
  return care ? care : (x->payer > y->payer) - (x->payer < y->payer);
}

static int by_key_pointed(const void *a, const void *b) {
  return by_key(*(Row *const *)a, *(Row *const *)b);
}

static Row *row_add(struct reading *reading, const Row *key) {
  Yz__ClearingBalances *all = reading->balances.balances;
  if (all->n_rows == reading->room) {
    Row **former = all->rows;
    reading->room = 2 * reading->room + 64;
    all->rows = arena_alloc(reading->arena, reading->room * sizeof(Row *));
    if (former) memcpy(all->rows, former, all->n_rows * sizeof(Row *));
  }
  Row *row = arena_alloc(reading->arena, sizeof *row);
  *row = *key;
  row->insured_city = arena_copy(reading->arena, key->insured_city);
  row->care_city = arena_copy(reading->arena, key->care_city);
  return all->rows[all->n_rows++] = row;
}

static Row *row_of(struct reading *reading, const Row *key) {
  Row **found = tfind(key, &reading->tree, by_key);
  if (found) return *found;
  Row *row = row_add(reading, key);
  must(tsearch(row, &reading->tree, by_key) != NULL);
  return row;
}

static bool add_field(struct reading *reading, const redisReply *field, const redisReply *value) {
  char text[STORE_KEY_MAX], *save = NULL, *words[4] = {0};
  if (!field || !value || field->len >= sizeof text) return false;
  memcpy(text, field->str, field->len + 1);
  for (int i = 0; i < 4; i++) words[i] = strtok_r(i ? NULL : text, " ", &save);
  if (!words[3]) return false;
  Row key;
  yz__clearing_balances__row__init(&key);
  key.insured_city = words[0];
  key.care_city = words[1];
  key.payer = (Yz__Payer)strtol(words[2], NULL, 10);
  Row *row = row_of(reading, &key);
  const int64_t number = strtoll(value->str, NULL, 10);
  if (strcmp(words[3], "fen") == 0)
    row->amount += number;
  else
    row->settlements += (uint32_t)number;
  return true;
}

static void keep(void *row) {
  (void)row; /* it is the arena's */
}

static void on_bucket(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct reading *reading = context;
  struct balances *out = &reading->balances;
  bool whole = result != STORE_OK || reply->type == REDIS_REPLY_ARRAY;
  for (size_t i = 0; result == STORE_OK && whole && i + 1 < reply->elements; i += 2)
    whole = add_field(reading, reply_string(reply, i), reply_string(reply, i + 1));
  if (result != STORE_OK || !whole) {
    out->result = whole ? result : STORE_ERROR;
    out->text = whole ? arena_copy(reading->arena, text) : STORE_CORRUPT;
  }
  if (--reading->left > 0) return;
  if (out->balances->n_rows) qsort(out->balances->rows, out->balances->n_rows, sizeof(Row *), by_key_pointed);
  tdestroy(reading->tree, keep);
  reading->done(reading->context, out);
}

void balance_read(struct store *store, struct arena *arena, uint32_t month, int deadline_ms,
                  void (*done)(void *context, const struct balances *balances), void *context) {
  struct reading *reading = arena_alloc(arena, sizeof *reading);
  *reading = (struct reading){.arena = arena, .left = BUCKETS, .balances.text = "", .done = done, .context = context};
  reading->balances.balances = arena_alloc(arena, sizeof(Yz__ClearingBalances));
  yz__clearing_balances__init(reading->balances.balances);
  reading->balances.balances->month = month;
  for (uint32_t bucket = 0; bucket < BUCKETS; bucket++) {
    struct command command;
    command_start(&command, bucket, "HGETALL");
    command_key(&command, "clearing:%u", (unsigned)month);
    store_ask(store, &command, STORE_READ, deadline_ms, on_bucket, reading);
  }
}
