#include "journal.h"

#include "bounds.h"
#include "guard.h"
#include "id.h"
#include "log.h"
#include "must.h"
#include "store_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  CHUNK = 128, /* buckets read by one command where that is allowed */
  COUNT = 64,  /* entries of a bucket at once */
  ASK_MS = 5000,
  SWEEP_MS = 50,
  CLAIM_IDLE_MS = 30000,
  TRIM_MS = 3000, /* 1024 buckets in 51 minutes */
  OUTSTANDING_MAX = 4096
};

/* Buckets that are read by one command. */
struct chunk {
  struct journal *journal;
  uint32_t first, count;
  uint32_t groups_left; /* XGROUP CREATE under way */
  bool grouped, failed, reading;
};

/* A question about one bucket. */
struct about {
  struct journal *journal;
  struct chunk *chunk;
  uint32_t bucket;
};

struct journal {
  struct store *store;
  uv_loop_t *loop;
  struct journal_config config;
  char group[LIMIT_ID + 1], consumer[LIMIT_ID + 1];
  struct arena arena; /* of one fact */
  uv_timer_t timer;
  uint32_t n_chunks, trim_next;
  struct chunk *chunks;
  uint32_t outstanding[BUCKETS];
  uint64_t taken_at[BUCKETS]; /* last */
  uint64_t claim_at, trim_at;
  uint32_t asks; /* answers still to come */
  bool closing, timer_closed;
  struct journal_metrics metrics;
  void (*closed)(void *);
  void *closed_context;
};

/* After an answer: frees the journal when it was the last one waited for. True when it is closing. */
static bool over(struct journal *journal) {
  if (!journal->closing) return false;
  if (journal->asks > 0 || !journal->timer_closed) return true;
  void (*closed)(void *) = journal->closed;
  void *context = journal->closed_context;
  arena_free(&journal->arena);
  free(journal->chunks);
  free(journal);
  if (closed) closed(context);
  return true;
}

static void ask(struct journal *journal, const struct command *command, store_done *done, void *context) {
  journal->asks++;
  store_ask(journal->store, command, STORE_READ, ASK_MS, done, context);
}

static struct about *about_new(struct journal *journal, struct chunk *chunk, uint32_t bucket) {
  struct about *about = malloc(sizeof *about);
  must(about != NULL);
  *about = (struct about){.journal = journal, .chunk = chunk, .bucket = bucket};
  return about;
}

/* --- entries --- */

/* [id, [field, fact]] */
static void take(struct journal *journal, uint32_t bucket, const redisReply *reply) {
  const redisReply *id = reply_string(reply, 0);
  const redisReply *fields = reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 ? reply->element[1] : NULL;
  const redisReply *packed = fields ? reply_string(fields, 1) : NULL;
  struct journal_entry entry = {.bucket = bucket};
  Yz__Problem *problem;
  arena_reset(&journal->arena);
  if (packed) entry.fact = message_unpack(&yz__fact__descriptor, packed->str, packed->len, &journal->arena, &problem);
  if (!id || id->len >= JOURNAL_ID_MAX || !entry.fact) {
    journal->metrics.corrupt++;
    log_line(LOG_ERROR, "unreadable journal entry, left pending", "\"bucket\":%u", (unsigned)bucket);
    return;
  }
  memcpy(entry.id, id->str, id->len + 1);
  journal->metrics.taken++;
  journal->metrics.outstanding++;
  journal->outstanding[bucket]++;
  journal->taken_at[bucket] = uv_now(journal->loop);
  journal->config.take(journal->config.context, &entry);
}

static size_t take_all(struct journal *journal, uint32_t bucket, const redisReply *entries) {
  if (entries->type != REDIS_REPLY_ARRAY) return 0;
  for (size_t i = 0; i < entries->elements && !journal->closing; i++) take(journal, bucket, entries->element[i]);
  return entries->elements;
}

/* --- reading --- */

static void read_chunk(struct chunk *chunk);

static bool bucket_of_key(const redisReply *key, uint32_t *bucket) {
  unsigned number;
  if (!key || sscanf(key->str, "{b%4x}", &number) != 1 || number >= BUCKETS) return false;
  *bucket = number;
  return true;
}

static void on_read(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct chunk *chunk = context;
  struct journal *journal = chunk->journal;
  journal->asks--;
  chunk->reading = false;
  if (over(journal)) return;
  if (result == STORE_ERROR && strncmp(text, "NOGROUP", 7) == 0)
    chunk->grouped = false; /* made again with the sweep */
  else if (result == STORE_ERROR)
    log_line(LOG_ERROR, "the journal cannot be read", NULL);
  if (result != STORE_OK || reply->type != REDIS_REPLY_ARRAY) return;
  bool more = false;
  for (size_t i = 0; i < reply->elements && !journal->closing; i++) {
    const redisReply *stream = reply->element[i];
    uint32_t bucket;
    if (!bucket_of_key(reply_string(stream, 0), &bucket) || stream->elements != 2) continue;
    more = take_all(journal, bucket, stream->element[1]) == COUNT || more;
  }
  if (more && !journal->closing) read_chunk(chunk);
}

static void read_chunk(struct chunk *chunk) {
  struct journal *journal = chunk->journal;
  if (!chunk->grouped || chunk->reading || journal->metrics.outstanding >= OUTSTANDING_MAX) return;
  struct command command;
  command_start(&command, chunk->first, "XREADGROUP");
  command_text(&command, "GROUP");
  command_text(&command, journal->group);
  command_text(&command, journal->consumer);
  command_text(&command, "COUNT");
  command_number(&command, COUNT);
  command_text(&command, "STREAMS");
  for (uint32_t i = 0; i < chunk->count; i++) {
    command.bucket = chunk->first + i;
    command_key(&command, "journal");
  }
  command.bucket = chunk->first;
  for (uint32_t i = 0; i < chunk->count; i++) command_text(&command, ">");
  chunk->reading = true;
  ask(journal, &command, on_read, chunk);
}

/* --- groups --- */

static void on_group(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct chunk *chunk = context;
  struct journal *journal = chunk->journal;
  (void)reply;
  journal->asks--;
  if (over(journal)) return;
  const bool there = result == STORE_OK || (result == STORE_ERROR && strncmp(text, "BUSYGROUP", 9) == 0);
  chunk->failed = chunk->failed || !there;
  if (--chunk->groups_left > 0) return;
  chunk->grouped = !chunk->failed;
  read_chunk(chunk);
}

static void make_groups(struct chunk *chunk) {
  if (chunk->groups_left > 0) return;
  chunk->failed = false;
  chunk->groups_left = chunk->count;
  for (uint32_t i = 0; i < chunk->count; i++) {
    struct command command;
    command_start(&command, chunk->first + i, "XGROUP");
    command_text(&command, "CREATE");
    command_key(&command, "journal");
    command_text(&command, chunk->journal->group);
    command_text(&command, "0");
    command_text(&command, "MKSTREAM");
    ask(chunk->journal, &command, on_group, chunk);
  }
}

/* --- claiming --- */

static void claim(struct chunk *chunk, uint32_t bucket, const char *from);

static void on_claimed(void *context, enum store_result result, const redisReply *reply, const char *text) {
  const struct about about = *(struct about *)context;
  struct journal *journal = about.journal;
  (void)text; /* NOGROUP: the sweep makes it */
  free(context);
  journal->asks--;
  if (over(journal) || result != STORE_OK) return;
  const redisReply *next = reply_string(reply, 0);
  if (!next || reply->elements < 2) return;
  journal->metrics.claimed += take_all(journal, about.bucket, reply->element[1]);
  if (!journal->closing && !reply_is(next, "0-0")) claim(about.chunk, about.bucket, next->str);
}

static void claim(struct chunk *chunk, uint32_t bucket, const char *from) {
  struct journal *journal = chunk->journal;
  struct command command;
  command_start(&command, bucket, "XAUTOCLAIM");
  command_key(&command, "journal");
  command_text(&command, journal->group);
  command_text(&command, journal->consumer);
  command_number(&command, journal->config.claim_idle_ms);
  command_text(&command, from);
  command_text(&command, "COUNT");
  command_number(&command, COUNT);
  ask(journal, &command, on_claimed, about_new(journal, chunk, bucket));
}

/* What was not acknowledged for so long is given up here, and claimed like anyone else's. */
static void claim_chunk(struct chunk *chunk) {
  struct journal *journal = chunk->journal;
  for (uint32_t bucket = chunk->first; chunk->grouped && bucket < chunk->first + chunk->count; bucket++) {
    if (uv_now(journal->loop) - journal->taken_at[bucket] >= (uint64_t)journal->config.claim_idle_ms) {
      journal->metrics.outstanding -= journal->outstanding[bucket];
      journal->outstanding[bucket] = 0;
    }
    claim(chunk, bucket, "0-0");
  }
}

/* --- acknowledging and trimming --- */

static void on_acked(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct journal *journal = context;
  (void)reply;
  (void)text;
  journal->asks--;
  if (result == STORE_OK) journal->metrics.acked++; /* else it comes again */
  over(journal);
}

void journal_ack(struct journal *journal, uint32_t bucket, const char id[JOURNAL_ID_MAX]) {
  if (journal->closing) return;
  if (journal->outstanding[bucket] > 0) { /* else it was given up before */
    journal->outstanding[bucket]--;
    journal->metrics.outstanding--;
  }
  struct command command;
  command_start(&command, bucket, "XACK");
  command_key(&command, "journal");
  command_text(&command, journal->group);
  command_text(&command, id);
  ask(journal, &command, on_acked, journal);
}

void journal_trim(struct store *store, uint32_t bucket, size_t n_groups, const char *const *groups,
                  int64_t retention_ms, int deadline_ms, store_done *done, void *context) {
  must(n_groups <= JOURNAL_GROUPS_MAX);
  struct command command;
  command_call(&command, bucket, "trim", 2);
  command_key(&command, "journal");
  command_key(&command, "cleared");
  command_number(&command, retention_ms);
  for (size_t i = 0; i < n_groups; i++) command_text(&command, groups[i]);
  store_ask(store, &command, STORE_WRITE | STORE_IDEMPOTENT, deadline_ms, done, context);
}

static void on_trimmed(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct journal *journal = context;
  (void)reply;
  if (result == STORE_ERROR) {
    char quoted[STORE_TEXT];
    log_line(LOG_ERROR, "the journal cannot be trimmed", "\"why\":%s", log_text(text, quoted, sizeof quoted));
  }
  journal->asks--;
  over(journal);
}

static void trim_one(struct journal *journal) {
  const uint32_t bucket = journal->config.first + journal->trim_next++ % journal->config.count;
  journal->asks++;
  journal_trim(journal->store, bucket, journal->config.n_groups, journal->config.groups, journal->config.retention_ms,
               ASK_MS, on_trimmed, journal);
}

/* --- the clock --- */

static void on_timer(uv_timer_t *timer) {
  struct journal *journal = timer->data;
  const uint64_t now = uv_now(journal->loop);
  const bool claims = now >= journal->claim_at;
  if (claims) journal->claim_at = now + (uint64_t)journal->config.claim_idle_ms;
  for (uint32_t i = 0; i < journal->n_chunks; i++) {
    struct chunk *chunk = &journal->chunks[i];
    if (!chunk->grouped) make_groups(chunk);
    if (claims) claim_chunk(chunk);
    read_chunk(chunk);
  }
  if (journal->config.retention_ms > 0 && now >= journal->trim_at) {
    journal->trim_at = now + TRIM_MS;
    trim_one(journal);
  }
}

void journal_ring(struct journal *journal, uint32_t bucket) {
  if (journal->closing || bucket < journal->config.first) return;
  for (uint32_t i = 0; i < journal->n_chunks; i++)
    if (bucket < journal->chunks[i].first + journal->chunks[i].count) {
      read_chunk(&journal->chunks[i]);
      return;
    }
}

struct journal *journal_open(struct store *store, uv_loop_t *loop, const struct journal_config *config) {
  struct journal *journal = calloc(1, sizeof *journal);
  must(journal != NULL && strlen(config->group) <= LIMIT_ID && strlen(config->consumer) <= LIMIT_ID);
  journal->store = store;
  journal->loop = loop;
  journal->config = *config;
  if (config->count == 0) journal->config.count = BUCKETS - config->first;
  must(journal->config.first + journal->config.count <= BUCKETS);
  if (config->sweep_ms == 0) journal->config.sweep_ms = SWEEP_MS;
  if (config->claim_idle_ms == 0) journal->config.claim_idle_ms = CLAIM_IDLE_MS;
  snprintf(journal->group, sizeof journal->group, "%s", config->group);
  snprintf(journal->consumer, sizeof journal->consumer, "%s", config->consumer);
  arena_init(&journal->arena, LIMIT_ARENA);
  const uint32_t size = store_spans_buckets(store) ? CHUNK : 1, count = journal->config.count;
  journal->n_chunks = (count + size - 1) / size;
  journal->chunks = calloc(journal->n_chunks, sizeof *journal->chunks);
  must(journal->chunks != NULL);
  for (uint32_t i = 0; i < journal->n_chunks; i++)
    journal->chunks[i] = (struct chunk){.journal = journal,
                                        .first = journal->config.first + i * size,
                                        .count = count - i * size < size ? count - i * size : size};
  /* the first claim, a moment after the groups are there, takes up what an earlier life left */
  journal->claim_at = uv_now(loop) + (uint64_t)(4 * journal->config.sweep_ms);
  must(uv_timer_init(loop, &journal->timer) == 0);
  journal->timer.data = journal;
  uv_timer_start(&journal->timer, on_timer, 0, (uint64_t)journal->config.sweep_ms);
  return journal;
}

static void on_timer_closed(uv_handle_t *handle) {
  struct journal *journal = handle->data;
  journal->timer_closed = true;
  over(journal);
}

void journal_close(struct journal *journal, void (*closed)(void *context), void *context) {
  must(!journal->closing);
  journal->closing = true;
  journal->closed = closed;
  journal->closed_context = context;
  uv_close((uv_handle_t *)&journal->timer, on_timer_closed);
}

struct journal_metrics journal_metrics(const struct journal *journal) {
  return journal->metrics;
}
