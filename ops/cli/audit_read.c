/* audit_read.c - every key of the store, once, bucket by bucket. */
#include "audit.h"
#include "bounds.h"
#include "date.h"
#include "guard.h"
#include "id.h"
#include "must.h"
#include "redis_route.h"
#include "store.h"
#include "store_inner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How far the clocks of a cluster's nodes may lie apart; one node's tells milliseconds. */
enum { CLOCKS_APART_MS = 50, CLOCK_MS = 0 };
enum { OPEN_MS = 10000, CALL_MS = 60000, ASKED_MOST = 256, PAGE = 64, TAG = 8, TRIES = 3 };
#define KEYS_MOST "1000000" /* of a bucket; a province of a hundred million has a quarter of it */

struct reading {
  struct audit *audit;
  uv_loop_t loop;
  struct store *store;
  unsigned asked; /* and not yet answered */
  bool cluster, failed;
  struct key_list {
    size_t n, room;
    char **keys;
  } keys;
  char cursor[32]; /* of SCAN */
};

struct asked {
  struct reading *reading;
  const char *key; /* without its tag */
  uint32_t bucket;
  void (*take)(struct asked *asked, const redisReply *reply);
};

static void fail(struct reading *reading, const char *what, const char *why) {
  if (!reading->failed) fprintf(stderr, "yz audit: %s: %s\n", what, why);
  reading->failed = true;
}

static struct arena *arena_of(const struct asked *asked) {
  return &asked->reading->audit->arena;
}

/* --- what a key holds */

static const redisReply *at(const redisReply *reply, size_t i) {
  return reply->element[i];
}

static void take_counters(struct asked *asked, const redisReply *reply) {
  for (size_t i = 0; i + 1 < reply->elements; i += 2)
    if (strcmp(at(reply, i)->str, "v") != 0)
      audit_add(&asked->reading->audit->stored, arena_of(asked), strtoll(at(reply, i + 1)->str, NULL, 10), "%s %s",
                asked->key, at(reply, i)->str);
}

static void take_balances(struct asked *asked, const redisReply *reply) {
  for (size_t i = 0; i + 1 < reply->elements; i += 2)
    audit_add(&asked->reading->audit->stored, arena_of(asked), strtoll(at(reply, i + 1)->str, NULL, 10),
              "%s bucket %u %s", asked->key, asked->bucket, at(reply, i)->str);
}

static void take_marks(struct asked *asked, const redisReply *reply) {
  for (size_t i = 0; i < reply->elements; i++)
    if (at(reply, i)->len > 1)
      audit_add(&asked->reading->audit->stored, arena_of(asked), audit_mark(at(reply, i)->str[0]), "%s %s", asked->key,
                at(reply, i)->str + 1);
}

static void take_parts(struct asked *asked, const redisReply *reply) {
  for (size_t i = 0; i + 1 < reply->elements; i += 2)
    audit_add(&asked->reading->audit->stored, arena_of(asked), at(reply, i + 1)->str[0], "%s %s", asked->key,
              at(reply, i)->str);
}

static void take_tries(struct asked *asked, const redisReply *reply) {
  for (size_t i = 0; i < reply->elements; i++)
    audit_add(&asked->reading->audit->stored, arena_of(asked), 1, "tries %s", at(reply, i)->str);
}

static void take_notices(struct asked *asked, const redisReply *reply) {
  for (size_t i = 0; i < reply->elements; i++)
    audit_add(&asked->reading->audit->stored, arena_of(asked), 1, "%s %s", asked->key, at(reply, i)->str);
}

static void take_settlement(struct asked *asked, const redisReply *reply) {
  struct audit *audit = asked->reading->audit;
  bool corrupt = false;
  const Yz__Settlement *settlement = stored_message(&audit->arena, &yz__settlement__descriptor, reply, &corrupt);
  if (!settlement || corrupt) {
    audit_tell(audit, "%s cannot be read", asked->key);
    return;
  }
  if (strcmp(settlement->id, asked->key + strlen("settle:")) != 0)
    audit_tell(audit, "%s holds settlement %s", asked->key, settlement->id);
  *string_map_at(&audit->settlements, settlement->id) = (void *)settlement;
  audit->n_settlements++;
  audit_add(&audit->stored, &audit->arena, settlement->status, "settle:%s", settlement->id);
}

static void take_contract(struct audit *audit, const Yz__Contract *contract) {
  offline_contract(audit->offline, contract, &audit->arena);
  *string_map_at(&audit->contracts, contract->id) = (void *)contract;
  for (size_t i = 0; i < contract->n_members; i++)
    audit_add(&audit->members, &audit->arena, 1, "%s %s", contract->members[i]->person, contract->id);
}

static void take_record(struct asked *asked, const redisReply *reply) {
  static const struct {
    const char *prefix;
    const ProtobufCMessageDescriptor *type;
  } kinds[] = {{"person:", &yz__person__descriptor},
               {"inst:", &yz__institution__descriptor},
               {"contract:", &yz__contract__descriptor},
               {"enc:", &yz__encounter__descriptor}};
  struct audit *audit = asked->reading->audit;
  size_t k = 0;
  while (strncmp(asked->key, kinds[k].prefix, strlen(kinds[k].prefix)) != 0) k++;
  bool corrupt = false;
  uint64_t version;
  void *record = stored_record(&audit->arena, kinds[k].type, reply, &version, &corrupt);
  if (!record || corrupt)
    audit_tell(audit, "%s cannot be read", asked->key);
  else if (k == 0)
    offline_person(audit->offline, record, &audit->arena);
  else if (k == 1)
    offline_institution(audit->offline, record, &audit->arena);
  else if (k == 2)
    take_contract(audit, record);
  else
    audit_encounter(audit, record);
}

static void take_references(struct asked *asked, const redisReply *reply) {
  for (size_t i = 0; i < reply->elements; i++)
    audit_add(&asked->reading->audit->references, arena_of(asked), 1, "%s %s", asked->key + strlen("pcontracts:"),
              at(reply, i)->str);
}

static void ask_journal(struct reading *reading, uint32_t bucket, const char *after);

static void take_entry(struct asked *asked, const redisReply *entry) {
  struct audit *audit = asked->reading->audit;
  if (audit->n_facts == audit->facts_room) {
    audit->facts_room = 2 * audit->facts_room + 1024;
    audit->facts = realloc(audit->facts, audit->facts_room * sizeof *audit->facts);
    must(audit->facts != NULL);
  }
  struct audit_fact *fact = &audit->facts[audit->n_facts];
  *fact = (struct audit_fact){.bucket = asked->bucket};
  snprintf(fact->entry, sizeof fact->entry, "%s", at(entry, 0)->str);
  char *rest = NULL;
  fact->ms = strtoull(fact->entry, &rest, 10);
  fact->n = strtoull(rest + 1, NULL, 10);
  bool corrupt = false;
  fact->fact = stored_message(&audit->arena, &yz__fact__descriptor, at(at(entry, 1), 1), &corrupt);
  if (!fact->fact || corrupt)
    audit_tell(audit, "entry %s of bucket %u cannot be read", fact->entry, asked->bucket);
  else
    audit->n_facts++;
  if (fact->fact && id_bucket(fact->fact->person) != asked->bucket)
    audit_tell(audit, "entry %s of bucket %u is of %s, whose bucket is %u", fact->entry, asked->bucket,
               fact->fact->person, (unsigned)id_bucket(fact->fact->person));
}

static void take_journal(struct asked *asked, const redisReply *reply) {
  for (size_t i = 0; i < reply->elements; i++) take_entry(asked, at(reply, i));
  if (reply->elements == PAGE) ask_journal(asked->reading, asked->bucket, at(at(reply, PAGE - 1), 0)->str);
}

/* --- asking */

static void on_reply(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct asked *asked = context;
  asked->reading->asked--;
  if (result != STORE_OK)
    fail(asked->reading, asked->key, *text ? text : "no answer");
  else
    asked->take(asked, reply);
}

static struct asked *asked_new(struct reading *reading, uint32_t bucket, const char *key,
                               void (*take)(struct asked *asked, const redisReply *reply)) {
  struct asked *asked = arena_alloc(&reading->audit->arena, sizeof *asked);
  *asked = (struct asked){.reading = reading, .key = key, .bucket = bucket, .take = take};
  reading->asked++;
  return asked;
}

static void ask_journal(struct reading *reading, uint32_t bucket, const char *after) {
  struct command command;
  command_start(&command, bucket, "XRANGE");
  command_key(&command, "journal");
  command_format(&command, "%s%s", after ? "(" : "-", after ? after : "");
  command_text(&command, "+");
  command_text(&command, "COUNT");
  command_number(&command, PAGE);
  store_ask(reading->store, &command, STORE_READ | STORE_IDEMPOTENT, CALL_MS, on_reply,
            asked_new(reading, bucket, "journal", take_journal));
}

/* A key's name behind its tag is, or begins with, `prefix`; what follows, up to a colon, names the bucket. */
struct key_kind {
  const char *prefix, *verb; /* verb NULL: not read; it holds no more than who is how far */
  void (*take)(struct asked *asked, const redisReply *reply);
  enum { NAMES_NOTHING, NAMES_ID, NAMES_SETTLEMENT } names;
  bool range;
};
static const struct key_kind key_kinds[] = {
    {"acc:", "HGETALL", take_counters, NAMES_ID, false},
    {"cacc:", "HGETALL", take_counters, NAMES_ID, false},
    {"clearing:", "HGETALL", take_balances, NAMES_NOTHING, false},
    {"plist:", "LRANGE", take_marks, NAMES_ID, true},
    {"clist:", "LRANGE", take_marks, NAMES_ID, true},
    {"ctry:", "HGETALL", take_parts, NAMES_ID, false},
    {"tries", "ZRANGE", take_tries, NAMES_NOTHING, true},
    {"notices:", "ZRANGE", take_notices, NAMES_ID, true},
    {"settle:", "GET", take_settlement, NAMES_SETTLEMENT, false},
    {"person:", "GET", take_record, NAMES_ID, false},
    {"inst:", "GET", take_record, NAMES_ID, false},
    {"contract:", "GET", take_record, NAMES_ID, false},
    {"enc:", "GET", take_record, NAMES_ID, false},
    {"pcontracts:", "SMEMBERS", take_references, NAMES_ID, false},
    {"journal", NULL, NULL, NAMES_NOTHING, false}, /* page by page */
    {"cleared", NULL, NULL, NAMES_NOTHING, false},
    {"cursor:", NULL, NULL, NAMES_NOTHING, false},
    {"consumers:", NULL, NULL, NAMES_NOTHING, false},
    {"leases:", NULL, NULL, NAMES_NOTHING, false},
};

static const struct key_kind *kind_of(const char *key) {
  for (size_t i = 0; i < sizeof key_kinds / sizeof key_kinds[0]; i++)
    if (strncmp(key, key_kinds[i].prefix, strcspn(key, ":") + 1) == 0) return &key_kinds[i];
  return NULL;
}

/* Whether the key stands where it is looked for. What does not is told, and not read: it counts for nothing. */
static bool is_in_place(struct audit *audit, const char *whole, const struct key_kind *kind, uint32_t bucket) {
  const char *rest = whole + TAG + strlen(kind->prefix);
  const char *id = arena_copy_n(&audit->arena, rest, strcspn(rest, ":"));
  uint32_t own = 0;
  if (kind->names == NAMES_NOTHING) return true;
  const bool is_id = kind->names == NAMES_SETTLEMENT ? settlement_id_bucket(id, &own) : id_valid(id);
  if (kind->names == NAMES_ID && is_id) own = id_bucket(id);
  if (!is_id)
    audit_tell(audit, "%s: \"%s\" is no id", whole, id);
  else if (own != bucket)
    audit_tell(audit, "%s: nobody looks for it there, its bucket is {b%04x}", whole, (unsigned)own);
  return is_id && own == bucket;
}

static void ask_key(struct reading *reading, const char *whole) {
  const char *key = whole + TAG;
  char tag[TAG + 1];
  const uint32_t bucket = (uint32_t)strtoul(whole + 2, NULL, 16);
  snprintf(tag, sizeof tag, "{b%04x}:", (unsigned)(bucket % BUCKETS));
  const struct key_kind *kind = strncmp(whole, tag, TAG) == 0 ? kind_of(key) : NULL;
  if (!kind) {
    audit_tell(reading->audit, "%s: no key of the suite has such a name", whole);
    return;
  }
  if (!is_in_place(reading->audit, whole, kind, bucket)) return;
  if (strcmp(key, "journal") == 0) ask_journal(reading, bucket, NULL);
  if (!kind->verb) return;
  struct command command;
  command_start(&command, bucket, kind->verb);
  command_key(&command, "%s", key);
  if (kind->range) command_text(&command, "0");
  if (kind->range) command_text(&command, "-1");
  store_ask(reading->store, &command, STORE_READ | STORE_IDEMPOTENT, CALL_MS, on_reply,
            asked_new(reading, bucket, key, kind->take));
}

static void wait_for(struct reading *reading, unsigned most) {
  while (reading->asked > most) uv_run(&reading->loop, UV_RUN_ONCE);
}

/* --- which keys there are */

static void take_keys(struct asked *asked, const redisReply *reply) {
  struct reading *reading = asked->reading;
  for (size_t i = 0; i < reply->elements; i++) {
    const redisReply *key = at(reply, i);
    if (key->len <= TAG || strncmp(key->str, "{b", 2) != 0) continue;
    struct key_list *list = &reading->keys;
    if (list->n == list->room) {
      list->room = 2 * list->room + 1024;
      list->keys = realloc(list->keys, list->room * sizeof *list->keys);
      must(list->keys != NULL);
    }
    list->keys[list->n++] = arena_copy_n(arena_of(asked), key->str, key->len);
  }
}

static void take_scan(struct asked *asked, const redisReply *reply) {
  snprintf(asked->reading->cursor, sizeof asked->reading->cursor, "%s", at(reply, 0)->str);
  take_keys(asked, at(reply, 1));
}

static void ask_words(struct reading *reading, uint32_t bucket, int n, const char *const *words,
                      void (*take)(struct asked *asked, const redisReply *reply)) {
  size_t lengths[8];
  for (int i = 0; i < n; i++) lengths[i] = strlen(words[i]);
  store_command(reading->store, bucket, STORE_READ | STORE_IDEMPOTENT, n, words, lengths, CALL_MS, on_reply,
                asked_new(reading, bucket, "the keys", take));
}

static int by_text(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* SCAN may give a key twice. */
static void read_keys(struct reading *reading) {
  struct key_list *list = &reading->keys;
  if (list->n > 0) qsort(list->keys, list->n, sizeof *list->keys, by_text);
  for (size_t i = 0; i < list->n && !reading->failed; i++) {
    if (i > 0 && strcmp(list->keys[i], list->keys[i - 1]) == 0) continue;
    ask_key(reading, list->keys[i]);
    wait_for(reading, ASKED_MOST);
  }
  wait_for(reading, 0);
  list->n = 0;
}

static void read_single(struct reading *reading) {
  strcpy(reading->cursor, "0");
  do {
    ask_words(reading, 0, 6, (const char *const[]){"SCAN", reading->cursor, "MATCH", "{b*", "COUNT", "1000"},
              take_scan);
    wait_for(reading, 0);
  } while (!reading->failed && strcmp(reading->cursor, "0") != 0);
  read_keys(reading);
}

static void take_probe(struct asked *asked, const redisReply *reply) {
  (void)asked;
  (void)reply;
}

/* Asks for a bucket's keys between two questions for a key that nobody has. They leave together, on one connection: a
 * node that has the slot no more, or not all of its keys, sends those elsewhere, where the list of its keys would only
 * be shorter. False when anything had to be asked twice. */
static bool list_bucket(struct reading *reading, uint32_t bucket) {
  const uint64_t retried = store_metrics(reading->store).retried;
  char slot[16], nobodys[32];
  snprintf(slot, sizeof slot, "%u", (unsigned)route_slot_of_bucket(bucket));
  snprintf(nobodys, sizeof nobodys, "{b%04x}:audit", (unsigned)bucket);
  const char *const probe[] = {"EXISTS", nobodys};
  reading->keys.n = 0;
  ask_words(reading, bucket, 2, probe, take_probe);
  ask_words(reading, bucket, 4, (const char *const[]){"CLUSTER", "GETKEYSINSLOT", slot, KEYS_MOST}, take_keys);
  ask_words(reading, bucket, 2, probe, take_probe);
  wait_for(reading, 0);
  if (reading->keys.n >= strtoull(KEYS_MOST, NULL, 10)) fail(reading, "a bucket", "has more keys than are listed");
  return store_metrics(reading->store).retried == retried;
}

static void read_cluster(struct reading *reading) {
  for (uint32_t bucket = 0; bucket < BUCKETS && !reading->failed; bucket++) {
    bool whole = false;
    for (int i = 0; i < TRIES && !whole && !reading->failed; i++) whole = list_bucket(reading, bucket);
    if (!whole) fail(reading, "a slot moves between nodes, or its node fell away", "run it again when all is at rest");
    if (whole) read_keys(reading);
  }
}

static int by_time(const void *a, const void *b) {
  const struct audit_fact *x = a, *y = b;
  if (x->ms != y->ms) return x->ms < y->ms ? -1 : 1;
  if (x->n != y->n) return x->n < y->n ? -1 : 1;
  return (x->bucket > y->bucket) - (x->bucket < y->bucket);
}

/* --- the store */

static void on_closed(void *context) {
  (void)context;
}

static void close_store(struct reading *reading) {
  if (reading->store) store_close(reading->store, on_closed, NULL);
  reading->store = NULL;
  uv_run(&reading->loop, UV_RUN_DEFAULT);
}

static void open_store(struct reading *reading, const char *url) {
  char error[STORE_TEXT];
  const struct store_config config = {
      .url = url, .name = "audit", .durability = reading->cluster ? STORE_CLUSTER : STORE_SINGLE, .lanes = 1};
  reading->store = store_open(&reading->loop, &config, error);
  if (!reading->store) {
    fail(reading, url, error);
    return;
  }
  const int64_t until = steady_ms() + OPEN_MS;
  while (!store_ready(reading->store) && steady_ms() < until) uv_run(&reading->loop, UV_RUN_ONCE);
  if (!store_ready(reading->store)) fail(reading, url, "does not answer");
}

static void take_mode(struct asked *asked, const redisReply *reply) {
  asked->reading->cluster = reply->type == REDIS_REPLY_STRING && strstr(reply->str, "cluster_enabled:1");
}

/* One node named alone may be one of a cluster, of which it has a part. */
static void ask_mode(struct reading *reading, const char *url) {
  ask_words(reading, 0, 2, (const char *const[]){"INFO", "cluster"}, take_mode);
  wait_for(reading, 0);
  if (!reading->cluster || reading->failed) return;
  close_store(reading);
  open_store(reading, url);
}

bool audit_read(struct audit *audit, const char *url) {
  struct reading reading = {.audit = audit, .cluster = strchr(url, ',') != NULL};
  must(uv_loop_init(&reading.loop) == 0);
  open_store(&reading, url);
  if (!reading.failed && !reading.cluster) ask_mode(&reading, url);
  audit->moment_ms = reading.cluster ? CLOCKS_APART_MS : CLOCK_MS;
  if (!reading.failed) (reading.cluster ? read_cluster : read_single)(&reading);
  close_store(&reading);
  uv_loop_close(&reading.loop);
  free(reading.keys.keys);
  if (audit->n_facts > 0) qsort(audit->facts, audit->n_facts, sizeof *audit->facts, by_time);
  for (size_t i = 0; i < audit->n_facts; i++)
    audit->facts[i].settlement = string_map_find(&audit->settlements, audit->facts[i].fact->settlement);
  return !reading.failed;
}
