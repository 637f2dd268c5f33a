#include "model_store.h"

#include "library.h"
#include "must.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 9007199254740991

/* One command being executed. */
struct call {
  struct model *model;
  struct arena *arena; /* of the reply */
  const struct model_text *keys, *args;
  size_t n_keys, n_args;
};

/* ---- texts ---- */

static struct model_text text_of(const char *text) {
  return (struct model_text){(char *)(uintptr_t)text, strlen(text)};
}

static bool same(struct model_text a, struct model_text b) {
  return a.n == b.n && memcmp(a.bytes, b.bytes, a.n) == 0;
}

static bool is(struct model_text a, const char *text) {
  return same(a, text_of(text));
}

static struct model_text keep(struct model *model, struct model_text text) {
  return (struct model_text){arena_copy_n(&model->memory, text.bytes, text.n), text.n};
}

static struct model_text number_text(struct arena *arena, int64_t number) {
  return text_of(arena_format(arena, "%" PRId64, number));
}

static int64_t number(struct model_text text) {
  return strtoll(text.bytes, NULL, 10);
}

static int compare(struct model_text a, struct model_text b) {
  const int order = memcmp(a.bytes, b.bytes, a.n < b.n ? a.n : b.n);
  return order ? order : (a.n > b.n) - (a.n < b.n);
}

/* ---- replies ---- */

static redisReply *reply_new(const struct call *c, int type) {
  redisReply *reply = arena_alloc(c->arena, sizeof *reply);
  reply->type = type;
  return reply;
}

static redisReply *reply_text(const struct call *c, int type, struct model_text text) {
  redisReply *reply = reply_new(c, type);
  reply->str = arena_copy_n(c->arena, text.bytes, text.n);
  reply->len = (int)text.n >= 0 ? text.n : 0;
  return reply;
}

static redisReply *bulk(const struct call *c, struct model_text text) {
  return reply_text(c, REDIS_REPLY_STRING, text);
}

static redisReply *nil(const struct call *c) {
  return reply_new(c, REDIS_REPLY_NIL);
}

static redisReply *integer(const struct call *c, int64_t value) {
  redisReply *reply = reply_new(c, REDIS_REPLY_INTEGER);
  reply->integer = value;
  return reply;
}

static redisReply *error(const struct call *c, const char *text) {
  return reply_text(c, REDIS_REPLY_ERROR, text_of(text));
}

static redisReply *array(const struct call *c, size_t room) {
  redisReply *reply = reply_new(c, REDIS_REPLY_ARRAY);
  reply->element = arena_alloc(c->arena, (room + 1) * sizeof *reply->element);
  return reply;
}

static void add(redisReply *array_reply, redisReply *element) {
  array_reply->element[array_reply->elements++] = element;
}

/* {'word'}, {'word', text} */
static redisReply *word(const struct call *c, const char *text) {
  redisReply *reply = array(c, 3);
  add(reply, bulk(c, text_of(text)));
  return reply;
}

static redisReply *word_with(const struct call *c, const char *text, struct model_text with) {
  redisReply *reply = word(c, text);
  add(reply, bulk(c, with));
  return reply;
}

/* ---- values ---- */

static struct model_value **place_of(const struct model *model, struct model_text key) {
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < key.n; i++) hash = (hash ^ (unsigned char)key.bytes[i]) * 16777619u;
  return (struct model_value **)(uintptr_t)&model->places[(hash ^ hash >> 16) % MODEL_PLACES];
}

static struct model_value *find(const struct model *model, struct model_text key) {
  for (struct model_value *value = *place_of(model, key); value; value = value->next)
    if (same(value->key, key)) return value;
  return NULL;
}

const struct model_value *model_find(const struct model *model, const char *key) {
  return find(model, text_of(key));
}

static struct model_value *make(struct model *model, struct model_text key, enum model_kind kind) {
  struct model_value *value = find(model, key);
  if (value) {
    must(value->kind == kind);
    return value;
  }
  value = arena_alloc(&model->memory, sizeof *value);
  struct model_value **place = place_of(model, key);
  *value = (struct model_value){.next = *place, .key = keep(model, key), .kind = kind};
  return *place = value;
}

/* A key without items is none; a stream stays. */
static void drop_empty(struct model *model, struct model_value *value) {
  if (value->n > 0 || value->kind == MODEL_STREAM) return;
  struct model_value **at = place_of(model, value->key);
  while (*at != value) at = &(*at)->next;
  *at = value->next;
}

static struct model_item *insert(struct model *model, struct model_value *value, size_t at) {
  if (value->n == value->room) {
    struct model_item *former = value->items;
    value->room = value->room ? 2 * value->room : 4;
    value->items = arena_alloc(&model->memory, value->room * sizeof *value->items);
    if (former) memcpy(value->items, former, value->n * sizeof *former);
  }
  memmove(&value->items[at + 1], &value->items[at], (value->n++ - at) * sizeof *value->items);
  value->items[at] = (struct model_item){0};
  return &value->items[at];
}

static void erase(struct model *model, struct model_value *value, size_t at) {
  memmove(&value->items[at], &value->items[at + 1], (--value->n - at) * sizeof *value->items);
  drop_empty(model, value);
}

/* The item named `a`, or NULL. */
static struct model_item *item_of(const struct model_value *value, struct model_text a) {
  for (size_t i = 0; value && i < value->n; i++)
    if (same(value->items[i].a, a)) return &value->items[i];
  return NULL;
}

static void erase_item(struct model *model, struct model_text key, struct model_text a) {
  struct model_value *value = find(model, key);
  struct model_item *item = item_of(value, a);
  if (item) erase(model, value, (size_t)(item - value->items));
}

static struct model_item *put_item(struct model *model, struct model_text key, enum model_kind kind,
                                   struct model_text a) {
  struct model_value *value = make(model, key, kind);
  struct model_item *item = item_of(value, a);
  if (item) return item;
  item = insert(model, value, value->n);
  item->a = keep(model, a);
  return item;
}

static const struct model_text *get(const struct model *model, struct model_text key) {
  const struct model_value *value = find(model, key);
  return value && value->kind == MODEL_STRING ? &value->items[0].b : NULL;
}

static void set(struct model *model, struct model_text key, struct model_text text) {
  put_item(model, key, MODEL_STRING, text_of(""))->b = keep(model, text);
}

static void hash_set(struct model *model, struct model_text key, struct model_text field, struct model_text text) {
  put_item(model, key, MODEL_HASH, field)->b = keep(model, text);
}

static int64_t hash_move(struct model *model, struct model_text key, struct model_text field, int64_t delta) {
  struct model_item *item = put_item(model, key, MODEL_HASH, field);
  const int64_t sum = (item->b.bytes ? number(item->b) : 0) + delta;
  item->b = number_text(&model->memory, sum);
  return sum;
}

int64_t model_number(const struct model_value *hash, const char *field) {
  const struct model_item *item = item_of(hash, text_of(field));
  return item ? number(item->b) : 0;
}

static void stream_add(struct model *model, struct model_text key, struct model_text fact) {
  struct model_value *stream = make(model, key, MODEL_STREAM);
  const bool later = model->now_ms > stream->last_ms;
  stream->last_seq = later ? 0 : stream->last_seq + 1;
  stream->last_ms = later ? model->now_ms : stream->last_ms;
  struct model_item *item = insert(model, stream, stream->n);
  *item = (struct model_item){.b = keep(model, fact), .ms = stream->last_ms, .seq = stream->last_seq};
}

static redisReply *bulk_or_nil(const struct call *c, const struct model_text *text) {
  return text ? bulk(c, *text) : nil(c);
}

static redisReply *hash_all(const struct call *c, struct model_text key) {
  const struct model_value *hash = find(c->model, key);
  redisReply *reply = array(c, hash ? 2 * hash->n : 0);
  for (size_t i = 0; hash && i < hash->n; i++) {
    add(reply, bulk(c, hash->items[i].a));
    add(reply, bulk(c, hash->items[i].b));
  }
  return reply;
}

/* ---- counters.lua ---- */

struct move {
  struct model_text name;
  int64_t delta;
};
struct moves {
  size_t n;
  struct move *moves;
};

static bool delta_valid(struct model_text delta) {
  size_t i = delta.n > 0 && delta.bytes[0] == '-';
  if (is(delta, "0")) return true;
  if (delta.n > 17 || i == delta.n || delta.bytes[i] == '0') return false;
  while (i < delta.n && delta.bytes[i] >= '0' && delta.bytes[i] <= '9') i++;
  return i == delta.n;
}

static bool has_control(struct model_text name) {
  for (size_t i = 0; i < name.n; i++)
    if ((unsigned char)name.bytes[i] < 0x20 || name.bytes[i] == 0x7f) return true;
  return false;
}

/* "n, name, delta, ..." of args[from]; false: the function raises an error. */
static bool moves_read(const struct call *c, size_t from, struct moves *moves) {
  const size_t n = (size_t)number(c->args[from]);
  must(from + 2 * n < c->n_args);
  moves->n = 0;
  moves->moves = arena_alloc(c->arena, (n + 1) * sizeof *moves->moves);
  for (size_t i = 0; i < n; i++) {
    const struct model_text name = c->args[from + 1 + 2 * i], delta = c->args[from + 2 + 2 * i];
    if (name.n == 0 || is(name, "v") || !delta_valid(delta)) return false;
    moves->moves[moves->n++] = (struct move){name, number(delta)};
  }
  return true;
}

/* What the i-th move's counter is after the first `n` moves, as Lua computes it: exact below 2^53. */
static double sum_of(const struct model_value *hash, const struct moves *moves, size_t i, size_t n) {
  const struct model_item *item = item_of(hash, moves->moves[i].name);
  double sum = item ? (double)number(item->b) : 0;
  for (size_t k = 0; k < n; k++)
    if (same(moves->moves[k].name, moves->moves[i].name)) sum += (double)moves->moves[k].delta;
  return sum;
}

static redisReply *refused(const struct call *c, struct model_text name, double sum) {
  return word_with(c, "refused", text_of(arena_format(c->arena, "%s would become %.0f", name.bytes, sum)));
}

static redisReply *moves_refuse(const struct call *c, struct model_text key, const struct moves *moves) {
  const struct model_value *hash = find(c->model, key);
  for (size_t i = 0; i < moves->n; i++) {
    const double sum = sum_of(hash, moves, i, i + 1);
    if (sum > MOST || sum < -MOST) return refused(c, moves->moves[i].name, sum);
  }
  for (size_t i = 0; i < moves->n; i++) {
    const double sum = sum_of(hash, moves, i, moves->n);
    if (sum < 0) return refused(c, moves->moves[i].name, sum);
  }
  return NULL;
}

static struct model_text version_of(const struct call *c, struct model_text key) {
  const struct model_item *item = item_of(find(c->model, key), text_of("v"));
  return item ? item->b : text_of("0");
}

static int64_t moves_post(const struct call *c, struct model_text key, const struct moves *moves) {
  for (size_t i = 0; i < moves->n; i++)
    if (hash_move(c->model, key, moves->moves[i].name, moves->moves[i].delta) == 0)
      erase_item(c->model, key, moves->moves[i].name);
  return hash_move(c->model, key, text_of("v"), 1);
}

#define BAD_MOVES "ERR user_script: no counter move"

/* ---- ledger.lua ---- */

static redisReply *conflict(const struct call *c, struct model_text account) {
  redisReply *reply = word_with(c, "conflict", version_of(c, account));
  add(reply, hash_all(c, account));
  return reply;
}

static redisReply *do_apply(const struct call *c) {
  const struct model_text account = c->keys[0], *recorded = get(c->model, c->keys[1]);
  if (recorded) return word_with(c, "seen", *recorded);
  struct moves moves;
  if (!moves_read(c, 5, &moves)) return error(c, BAD_MOVES);
  if (!same(version_of(c, account), c->args[1])) return conflict(c, account);
  redisReply *refusal = moves_refuse(c, account, &moves);
  if (refusal) return refusal;
  const int64_t now = moves_post(c, account, &moves);
  set(c->model, c->keys[1], c->args[2]);
  struct model_value *list = make(c->model, c->keys[2], MODEL_LIST);
  insert(c->model, list, list->n)->b =
      keep(c->model, text_of(arena_format(c->arena, "%s%s", c->args[4].bytes, c->args[0].bytes)));
  stream_add(c->model, c->keys[3], c->args[3]);
  return word_with(c, "applied", number_text(c->arena, now));
}

static redisReply *do_cancel(const struct call *c) {
  const struct model_text account = c->keys[0], *recorded = get(c->model, c->keys[1]);
  if (!recorded) return word(c, "missing");
  if (!same(*recorded, c->args[2])) return word_with(c, "seen", *recorded);
  struct model_value *list = find(c->model, c->keys[2]);
  struct model_text *entry = NULL, *later = NULL;
  for (size_t i = list ? list->n : 0; i-- > 0 && !entry;) {
    struct model_text *item = &list->items[i].b;
    if (strcmp(item->bytes + 1, c->args[0].bytes) == 0)
      entry = item;
    else if (!later && strchr("+:", item->bytes[0]))
      later = item;
  }
  if (!entry) return error(c, "ERR user_script: settlement is not in the list of its year");
  if (later && entry->bytes[0] == '+') return word_with(c, "later", text_of(later->bytes + 1));
  struct moves moves;
  if (!moves_read(c, 5, &moves)) return error(c, BAD_MOVES);
  if (c->args[1].n > 0 && !same(version_of(c, account), c->args[1])) return conflict(c, account);
  redisReply *refusal = moves_refuse(c, account, &moves);
  if (refusal) return refusal;
  const int64_t now = moves_post(c, account, &moves);
  set(c->model, c->keys[1], c->args[3]);
  *entry = keep(c->model, text_of(arena_format(c->arena, "-%s", c->args[0].bytes)));
  stream_add(c->model, c->keys[3], c->args[4]);
  return word_with(c, "applied", number_text(c->arena, now));
}

static redisReply *do_fence(const struct call *c) {
  const struct model_text *recorded = get(c->model, c->keys[1]);
  const int64_t version = hash_move(c->model, c->keys[0], text_of("v"), 1);
  if (recorded) return word_with(c, "seen", *recorded);
  return word_with(c, "applied", number_text(c->arena, version));
}

/* ---- record.lua ---- */

static redisReply *do_put(const struct call *c) {
  const struct model_text expected = c->args[0], bytes = c->args[1], *stored = get(c->model, c->keys[0]);
  const struct model_text whole = stored ? *stored : text_of("0 ");
  const size_t at = strcspn(whole.bytes, " ");
  const struct model_text version = {arena_copy_n(c->arena, whole.bytes, at), at};
  const struct model_text rest = {whole.bytes + at + 1, whole.n - at - 1};
  const bool again = expected.n > 0 && number(expected) + 1 == number(version) && same(rest, bytes);
  if (again) return word_with(c, "put", version);
  if (!same(expected.n > 0 ? expected : text_of("0"), version)) return word_with(c, "stale", whole);
  const struct model_text next = number_text(c->arena, number(version) + 1);
  struct model_text value = {arena_alloc(c->arena, next.n + 1 + bytes.n + 1), next.n + 1 + bytes.n};
  memcpy(value.bytes, next.bytes, next.n);
  value.bytes[next.n] = ' ';
  memcpy(value.bytes + next.n + 1, bytes.bytes, bytes.n);
  set(c->model, c->keys[0], value);
  return word_with(c, "put", next);
}

/* ---- family.lua ---- */

/* An entry of ctry. */
struct tried {
  struct model_text text;
  char state;
  struct model_text by, basis; /* by: of R, who reopened it */
  struct moves moves, back;
};

static struct model_text tried_print(const struct call *c, const char *state, struct model_text basis,
                                     const struct moves *moves) {
  char *text = arena_format(c->arena, "%s\n%s", state, basis.bytes);
  for (size_t i = 0; moves && i < moves->n; i++)
    text = arena_format(c->arena, "%s\n%s\n%" PRId64, text, moves->moves[i].name.bytes, moves->moves[i].delta);
  return text_of(text);
}

static bool tried_read(const struct call *c, struct model_text key, struct model_text id, struct tried *tried) {
  const struct model_item *item = item_of(find(c->model, key), id);
  *tried = (struct tried){0};
  if (!item) return false;
  tried->text = item->b;
  const size_t room = item->b.n / 4 + 1;
  tried->moves.moves = arena_alloc(c->arena, room * sizeof(struct move));
  tried->back.moves = arena_alloc(c->arena, room * sizeof(struct move));
  char *save = NULL, *lines = arena_copy_n(c->arena, item->b.bytes, item->b.n);
  const char *state = strtok_r(lines, "\n", &save);
  tried->state = *state;
  tried->by = text_of(state + 1);
  tried->basis = text_of(strtok_r(NULL, "\n", &save));
  for (char *name; (name = strtok_r(NULL, "\n", &save));) {
    const int64_t delta = number(text_of(strtok_r(NULL, "\n", &save)));
    tried->moves.moves[tried->moves.n++] = (struct move){text_of(name), delta};
    tried->back.moves[tried->back.n++] = (struct move){text_of(name), -delta};
  }
  return true;
}

static struct model_text about_basis(const struct call *c, struct model_text basis) {
  return text_of(arena_format(c->arena, "%s%s", c->args[2].bytes, basis.bytes));
}

static redisReply *do_contract_view(const struct call *c) {
  struct tried own;
  redisReply *reply = array(c, 3);
  add(reply, bulk_or_nil(c, get(c->model, c->keys[0])));
  add(reply, hash_all(c, c->keys[1]));
  const bool tried = tried_read(c, c->keys[2], c->args[0], &own) && own.state == 'T';
  redisReply *back = array(c, 2 * own.back.n);
  for (size_t i = 0; tried && i < own.back.n; i++) {
    add(back, bulk(c, own.back.moves[i].name));
    add(back, bulk(c, number_text(c->arena, own.back.moves[i].delta)));
  }
  add(reply, back);
  return reply;
}

/* Another settlement's part of this contract's year that is tried or reopened. */
static bool another_open(const struct call *c, struct model_text key, struct model_text id) {
  const struct model_value *entries = find(c->model, key);
  for (size_t i = 0; entries && i < entries->n; i++)
    if (strchr("TR", entries->items[i].b.bytes[0]) && !same(entries->items[i].a, id)) return true;
  return false;
}

static redisReply *do_try(const struct call *c) {
  const struct model_text account = c->keys[0], id = c->args[0], basis = c->args[1];
  struct moves moves;
  struct tried old;
  if (!moves_read(c, 4, &moves)) return error(c, BAD_MOVES);
  for (size_t i = 0; i < moves.n; i++)
    if (has_control(moves.moves[i].name)) return error(c, BAD_MOVES);
  const bool before = tried_read(c, c->keys[1], id, &old);
  const struct model_text text = tried_print(c, "T", basis, &moves);
  if (before && old.state != 'T') return word(c, "closed");
  const int64_t read = number(c->args[3]), now = number(version_of(c, account));
  if (before && same(old.basis, basis)) {
    if (read != now && (read + 1 != now || moves.n == 0)) return word(c, "conflict");
    return word(c, same(old.text, text) ? "done" : "busy");
  }
  if (before && number(old.basis) > number(basis)) return word(c, "conflict");
  if (!same(version_of(c, account), c->args[3]) || another_open(c, c->keys[1], id)) return word(c, "conflict");
  struct moves all = {.moves = arena_alloc(c->arena, (old.back.n + moves.n + 1) * sizeof(struct move))};
  for (size_t i = 0; i < old.back.n; i++) all.moves[all.n++] = old.back.moves[i];
  for (size_t i = 0; i < moves.n; i++) all.moves[all.n++] = moves.moves[i];
  redisReply *refusal = moves_refuse(c, account, &all);
  if (refusal) return refusal;
  if (all.n > 0) moves_post(c, account, &all);
  hash_set(c->model, c->keys[1], id, text);
  if (before) erase_item(c->model, c->keys[2], about_basis(c, old.basis));
  put_item(c->model, c->keys[2], MODEL_ZSET, about_basis(c, basis))->ms = c->model->now_ms;
  return word(c, "done");
}

/* When the part was opened; NULL: it is not open. */
static const struct model_item *opening(const struct call *c) {
  return item_of(find(c->model, c->keys[2]), about_basis(c, c->args[1]));
}

static bool opened_since(const struct call *c) {
  const struct model_item *open = opening(c);
  return c->args[3].n > 0 && (!open || (int64_t)open->ms != number(c->args[3]));
}

/* The item of the list that has one of these marks before the settlement's id; NULL: there is none. */
static struct model_text *listed(const struct call *c, const char *marks) {
  struct model_value *list = find(c->model, c->keys[3]);
  for (size_t i = 0; list && i < list->n; i++) {
    struct model_text *item = &list->items[i].b;
    if (strchr(marks, item->bytes[0]) && strcmp(item->bytes + 1, c->args[0].bytes) == 0) return item;
  }
  return NULL;
}

static redisReply *do_take_back(const struct call *c) {
  struct tried old;
  if (!tried_read(c, c->keys[1], c->args[0], &old) || !same(old.basis, c->args[1]) || opened_since(c))
    return word(c, "none");
  if (old.state == 'X') return word(c, "done");
  redisReply *refusal = moves_refuse(c, c->keys[0], &old.back);
  if (refusal) return refusal;
  if (old.back.n > 0) moves_post(c, c->keys[0], &old.back);
  if (old.state == 'T')
    erase_item(c->model, c->keys[1], c->args[0]);
  else
    hash_set(c->model, c->keys[1], c->args[0], tried_print(c, "X", old.basis, NULL));
  struct model_text *item = listed(c, "+:");
  if (item) *item = keep(c->model, text_of(arena_format(c->arena, "-%s", c->args[0].bytes)));
  erase_item(c->model, c->keys[2], about_basis(c, old.basis));
  return word(c, "done");
}

static redisReply *do_close(const struct call *c, bool reopened_too) {
  struct tried old;
  if (!tried_read(c, c->keys[1], c->args[0], &old) || !same(old.basis, c->args[1]) || old.state == 'X' ||
      opened_since(c))
    return word(c, "none");
  if (old.state == 'C' || (old.state == 'R' && !reopened_too)) return word(c, "done");
  const char *mark = old.moves.n > 0 ? "+" : ":";
  if (old.state == 'T' && !is(c->args[4], mark)) return do_take_back(c);
  hash_set(c->model, c->keys[1], c->args[0], tried_print(c, "C", old.basis, &old.moves));
  if (!listed(c, "+:")) {
    struct model_value *list = make(c->model, c->keys[3], MODEL_LIST);
    insert(c->model, list, list->n)->b =
        keep(c->model, text_of(arena_format(c->arena, "%s%s", mark, c->args[0].bytes)));
  }
  erase_item(c->model, c->keys[2], about_basis(c, old.basis));
  return word(c, "done");
}

static redisReply *do_confirm(const struct call *c) {
  return do_close(c, false);
}

static redisReply *do_keep(const struct call *c) {
  return do_close(c, true);
}

/* The first in the list behind this one, or of all when it is not there, that stands. */
static const struct model_text *later_part(const struct call *c) {
  const struct model_value *list = find(c->model, c->keys[3]);
  const struct model_text *own = listed(c, "+");
  bool behind = !own;
  for (size_t i = 0; list && i < list->n; i++) {
    const struct model_text *item = &list->items[i].b;
    if (behind && item->bytes[0] != '-') return item;
    behind = behind || item == own;
  }
  return NULL;
}

static redisReply *do_reopen(const struct call *c) {
  struct tried old;
  const struct model_text id = c->args[0], by = c->args[3];
  if (!tried_read(c, c->keys[1], id, &old) || !same(old.basis, c->args[1]) || old.state == 'X') return word(c, "none");
  if (old.state == 'R' && !same(old.by, by)) return word(c, "conflict");
  if (another_open(c, c->keys[1], id)) return word(c, "conflict");
  const struct model_text *later = old.state == 'C' && old.moves.n > 0 ? later_part(c) : NULL;
  if (later) return word_with(c, "later", text_of(later->bytes + 1));
  const char *state = arena_format(c->arena, "R%s", by.bytes);
  hash_set(c->model, c->keys[1], id, tried_print(c, state, old.basis, &old.moves));
  const struct model_item *open = opening(c);
  const uint64_t now = open && open->ms >= c->model->now_ms ? open->ms + 1 : c->model->now_ms;
  put_item(c->model, c->keys[2], MODEL_ZSET, about_basis(c, old.basis))->ms = now;
  return word_with(c, "done", number_text(c->arena, (int64_t)now));
}

/* The member that comes after `last` (NULL: the first) by score, then by name. */
static const struct model_item *zset_next(const struct model_value *zset, const struct model_item *last) {
  const struct model_item *best = NULL;
  for (size_t i = 0; zset && i < zset->n; i++) {
    const struct model_item *item = &zset->items[i];
    const bool after = !last || item->ms > last->ms || (item->ms == last->ms && compare(item->a, last->a) > 0);
    if (after && (!best || item->ms < best->ms || (item->ms == best->ms && compare(item->a, best->a) < 0))) best = item;
  }
  return best;
}

static redisReply *do_old_tries(const struct call *c) {
  const struct model_value *tries = find(c->model, c->keys[0]);
  const int64_t least = (int64_t)c->model->now_ms - number(c->args[0]), most = number(c->args[1]);
  redisReply *reply = array(c, tries ? 2 * tries->n : 0);
  const struct model_item *item = NULL;
  while ((item = zset_next(tries, item)) && (int64_t)item->ms < least && (int64_t)reply->elements < 2 * most) {
    add(reply, bulk(c, item->a));
    add(reply, bulk(c, number_text(c->arena, (int64_t)item->ms)));
  }
  return reply;
}

/* ---- journal.lua ---- */

static bool alive(const struct model_value *consumers, struct model_text name, struct model_text self, uint64_t now) {
  const struct model_item *item = item_of(consumers, name);
  return same(name, self) || (item && item->ms >= now);
}

static void attend_forget_dead(const struct call *c) {
  struct model_value *consumers = find(c->model, c->keys[0]);
  for (size_t i = consumers ? consumers->n : 0; i-- > 0;)
    if (consumers->items[i].ms < c->model->now_ms) erase(c->model, consumers, i);
}

static redisReply *do_attend(const struct call *c) {
  const struct model_text name = c->args[0];
  const int64_t holds = number(c->args[1]), chunks = number(c->args[2]);
  const uint64_t now = c->model->now_ms;
  attend_forget_dead(c);
  if (holds == 0) {
    erase_item(c->model, c->keys[0], name);
    redisReply *reply = array(c, 1);
    add(reply, integer(c, 0));
    return reply;
  }
  put_item(c->model, c->keys[0], MODEL_ZSET, name)->ms = now + (uint64_t)holds;
  const struct model_value *consumers = find(c->model, c->keys[0]);
  for (size_t i = 3; i < c->n_args; i++) {
    const struct model_item *lease = item_of(find(c->model, c->keys[1]), c->args[i]);
    if (lease && same(lease->b, name)) erase_item(c->model, c->keys[1], c->args[i]);
  }
  const int64_t n = (int64_t)consumers->n, share = (chunks + n - 1) / n;
  redisReply *reply = array(c, 1 + 2 * (size_t)chunks);
  add(reply, integer(c, share));
  for (int64_t i = 0; i < chunks; i++) {
    const struct model_item *lease = item_of(find(c->model, c->keys[1]), number_text(c->arena, i));
    if (lease && same(lease->b, name)) add(reply, integer(c, i));
  }
  for (int64_t i = 0; i < chunks; i++) {
    const struct model_text chunk = number_text(c->arena, i);
    const struct model_item *lease = item_of(find(c->model, c->keys[1]), chunk);
    if ((lease && alive(consumers, lease->b, name, now)) || (int64_t)reply->elements - 1 >= share) continue;
    hash_set(c->model, c->keys[1], chunk, name);
    add(reply, integer(c, i));
  }
  return reply;
}

struct id {
  uint64_t ms, seq;
};

static struct id id_of(struct model_text text) {
  char *end;
  const uint64_t ms = strtoull(text.bytes, &end, 10);
  return (struct id){ms, *end == '-' ? strtoull(end + 1, NULL, 10) : 0};
}

static bool before(struct id a, struct id b) {
  return a.ms != b.ms ? a.ms < b.ms : a.seq < b.seq;
}

static redisReply *do_trim(const struct call *c) {
  struct id oldest = {c->model->now_ms - (uint64_t)number(c->args[0]), 0};
  for (size_t i = 2; i < c->n_keys; i++) {
    const struct model_text *cursor = get(c->model, c->keys[i]);
    if (!cursor) return integer(c, 0);
    if (before(id_of(*cursor), oldest)) oldest = id_of(*cursor);
  }
  struct model_value *journal = find(c->model, c->keys[0]), *cleared = find(c->model, c->keys[1]);
  int64_t removed = 0;
  while (journal && journal->n > 0 && before((struct id){journal->items[0].ms, journal->items[0].seq}, oldest)) {
    erase(c->model, journal, 0);
    removed++;
  }
  for (size_t i = cleared ? cleared->n : 0; i-- > 0;)
    if (cleared->items[i].ms < oldest.ms) erase(c->model, cleared, i);
  return integer(c, removed);
}

static redisReply *do_clear(const struct call *c) {
  struct moves moves;
  if (item_of(find(c->model, c->keys[1]), c->args[0])) return word(c, "done");
  if (!moves_read(c, 1, &moves)) return error(c, BAD_MOVES);
  const struct model_value *balances = find(c->model, c->keys[0]);
  for (size_t i = 0; i < moves.n; i++) {
    const int64_t sum = model_number(balances, moves.moves[i].name.bytes) + moves.moves[i].delta;
    if (sum > MOST || sum < -MOST) return word_with(c, "refused", moves.moves[i].name);
  }
  for (size_t i = 0; i < moves.n; i++) hash_move(c->model, c->keys[0], moves.moves[i].name, moves.moves[i].delta);
  put_item(c->model, c->keys[1], MODEL_ZSET, c->args[0])->ms = id_of(c->args[0]).ms;
  return word(c, "done");
}

/* ---- plain commands; keys hold all arguments ---- */

static redisReply *do_get(const struct call *c) {
  return bulk_or_nil(c, get(c->model, c->keys[0]));
}

static redisReply *do_mget(const struct call *c) {
  redisReply *reply = array(c, c->n_keys);
  for (size_t i = 0; i < c->n_keys; i++) add(reply, bulk_or_nil(c, get(c->model, c->keys[i])));
  return reply;
}

static redisReply *do_mset(const struct call *c) {
  for (size_t i = 0; i + 1 < c->n_keys; i += 2) set(c->model, c->keys[i], c->keys[i + 1]);
  return reply_text(c, REDIS_REPLY_STATUS, text_of("OK"));
}

static redisReply *do_sadd(const struct call *c) {
  const struct model_value *old = find(c->model, c->keys[0]);
  const size_t n = old ? old->n : 0;
  put_item(c->model, c->keys[0], MODEL_SET, c->keys[1]);
  return integer(c, (int64_t)(find(c->model, c->keys[0])->n - n));
}

static redisReply *do_smembers(const struct call *c) {
  const struct model_value *members = find(c->model, c->keys[0]);
  redisReply *reply = array(c, members ? members->n : 0);
  for (size_t i = 0; members && i < members->n; i++) add(reply, bulk(c, members->items[i].a));
  return reply;
}

static redisReply *do_zadd(const struct call *c) {
  const bool there = item_of(find(c->model, c->keys[0]), c->keys[2]) != NULL;
  put_item(c->model, c->keys[0], MODEL_ZSET, c->keys[2])->ms = (uint64_t)number(c->keys[1]);
  return integer(c, !there);
}

static redisReply *do_exists(const struct call *c) {
  return integer(c, find(c->model, c->keys[0]) != NULL);
}

static redisReply *do_hgetall(const struct call *c) {
  return hash_all(c, c->keys[0]);
}

static redisReply *do_lrange(const struct call *c) {
  const struct model_value *list = find(c->model, c->keys[0]);
  const int64_t n = list ? (int64_t)list->n : 0;
  int64_t from = number(c->keys[1]), to = number(c->keys[2]);
  if (from < 0) from = from + n > 0 ? from + n : 0;
  if (to < 0) to += n;
  redisReply *reply = array(c, (size_t)n);
  for (int64_t i = from; i <= to && i < n; i++) add(reply, bulk(c, list->items[i].b));
  return reply;
}

static redisReply *entry(const struct call *c, const struct model_item *item) {
  redisReply *reply = array(c, 2), *fields = array(c, 2);
  add(reply, bulk(c, text_of(arena_format(c->arena, "%" PRIu64 "-%" PRIu64, item->ms, item->seq))));
  add(fields, bulk(c, text_of("f")));
  add(fields, bulk(c, item->b));
  add(reply, fields);
  return reply;
}

static redisReply *do_xrange(const struct call *c) {
  const struct model_value *stream = find(c->model, c->keys[0]);
  const struct id from = id_of(c->keys[1]), to = id_of(c->keys[2]);
  redisReply *reply = array(c, stream ? stream->n : 0);
  for (size_t i = 0; stream && i < stream->n; i++) {
    const struct id id = {stream->items[i].ms, stream->items[i].seq};
    if (!before(id, from) && !before(to, id)) add(reply, entry(c, &stream->items[i]));
  }
  return reply;
}

/* XREAD COUNT n STREAMS key ... id ... */
static redisReply *do_xread(const struct call *c) {
  must(is(c->keys[0], "COUNT") && is(c->keys[2], "STREAMS"));
  const size_t n = (c->n_keys - 3) / 2, count = (size_t)number(c->keys[1]);
  redisReply *reply = array(c, n);
  for (size_t i = 0; i < n; i++) {
    const struct model_value *stream = find(c->model, c->keys[3 + i]);
    if (!stream || stream->n == 0) continue;
    const struct id after = id_of(c->keys[3 + n + i]);
    redisReply *entries = array(c, stream->n);
    for (size_t k = 0; k < stream->n && entries->elements < count; k++)
      if (before(after, (struct id){stream->items[k].ms, stream->items[k].seq}))
        add(entries, entry(c, &stream->items[k]));
    if (entries->elements == 0) continue;
    redisReply *one = array(c, 2);
    add(one, bulk(c, c->keys[3 + i]));
    add(one, entries);
    add(reply, one);
  }
  return reply->elements > 0 ? reply : nil(c);
}

/* ---- calling ---- */

typedef redisReply *doing(const struct call *c);
struct row {
  const char *name;
  doing *run;
};
static const struct row functions[] = {
    {"apply", do_apply},
    {"cancel", do_cancel},
    {"fence", do_fence},
    {"put", do_put},
    {"contract_view", do_contract_view},
    {"try", do_try},
    {"confirm", do_confirm},
    {"keep", do_keep},
    {"reopen", do_reopen},
    {"take_back", do_take_back},
    {"attend", do_attend},
    {"old_tries", do_old_tries},
    {"trim", do_trim},
    {"clear", do_clear},
};
static const struct row commands[] = {
    {"GET", do_get},           {"MGET", do_mget},     {"MSET", do_mset},     {"SADD", do_sadd},
    {"SMEMBERS", do_smembers}, {"LRANGE", do_lrange}, {"XRANGE", do_xrange}, {"XREAD", do_xread},
    {"HGETALL", do_hgetall},   {"ZADD", do_zadd},     {"EXISTS", do_exists},
};

static doing *find_row(const struct row *rows, size_t n, const char *name) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(rows[i].name, name) == 0) return rows[i].run;
  fprintf(stderr, "the model does not know %s\n", name);
  abort();
}

redisReply *model_call(struct model *model, int argc, const char *const *argv, const size_t *argvlen,
                       struct arena *arena) {
  struct call c = {.model = model, .arena = arena};
  struct model_text *texts = arena_alloc(arena, (size_t)argc * sizeof *texts);
  for (int i = 0; i < argc; i++) texts[i] = (struct model_text){(char *)(uintptr_t)argv[i], argvlen[i]};
  if (!is(texts[0], "FCALL")) {
    c.keys = texts + 1;
    c.n_keys = (size_t)argc - 1;
    return find_row(commands, sizeof commands / sizeof commands[0], argv[0])(&c);
  }
  const char *prefix = library_of_functions()->prefix;
  must(argc >= 3 && strncmp(argv[1], prefix, strlen(prefix)) == 0);
  c.n_keys = (size_t)number(texts[2]);
  c.keys = texts + 3;
  c.args = c.keys + c.n_keys;
  c.n_args = (size_t)argc - 3 - c.n_keys;
  return find_row(functions, sizeof functions / sizeof functions[0], argv[1] + strlen(prefix))(&c);
}

void model_begin(struct model *model) {
  *model = (struct model){0};
  arena_init(&model->memory, SIZE_MAX / 2);
}

void model_end(struct model *model) {
  arena_free(&model->memory);
}

const struct model_value *model_next(const struct model *model, const struct model_value *value) {
  size_t i = 0;
  if (value && value->next) return value->next;
  if (value) i = (size_t)(place_of(model, value->key) - (struct model_value **)(uintptr_t)model->places) + 1;
  while (i < MODEL_PLACES && !model->places[i]) i++;
  return i < MODEL_PLACES ? model->places[i] : NULL;
}
