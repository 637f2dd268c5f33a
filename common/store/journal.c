#include "journal.h"

#include "bounds.h"
#include "date.h"
#include "guard.h"
#include "id.h"
#include "journal_cursor.h"
#include "log.h"
#include "must.h"
#include "store_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  CHUNK = BUCKETS / JOURNAL_CHUNKS, /* buckets: as many as a mask has bits */
  COUNT = 16,                       /* entries of a bucket at once */
  WINDOW = 4 * CHUNK,               /* buckets being read at once, so that memory is bounded with a backlog too */
  ASK_MS = 2000,
  SWEEP_MS = 500, /* a sweep names every bucket, and Redis pays for each name: at 100 ms that was a tenth of its time */
  LEASE_MS = 4000,
  BEATS = 4, /* of a lease */
  AGAIN_MS = 30000,
  LEAVE_MS = 1000, /* patience with what is outstanding when a chunk is given back */
  TRIM_MS = 3000,  /* 1024 buckets in 51 minutes */
  OUTSTANDING_MAX = 1024
};
_Static_assert(CHUNK == 64, "the buckets of a chunk are the bits of a mask");

enum chunk_state { AWAY, OPENING, HELD, LEAVING };

struct chunk {
  enum chunk_state state;
  uint32_t life;                            /* counts up whenever it goes away: late answers are of another life */
  uint64_t opening, wanted, reading, dirty; /* masks: cursor asked for, to be read, being read, cursor to be saved */
  uint32_t saves, outstanding;
  uint64_t leave_by;
};

struct journal {
  struct store *store;
  uv_loop_t *loop;
  struct journal_config config;
  char group[LIMIT_ID + 1], consumer[LIMIT_ID + 1], cursor_key[LIMIT_ID + 8];
  struct arena arena; /* of one fact */
  uv_timer_t sweep, beat;
  struct chunk chunks[JOURNAL_CHUNKS];
  struct cursor cursors[BUCKETS];
  uint32_t reading;                          /* buckets */
  uint32_t sweep_next, pump_next, trim_next; /* two chunks; a bucket */
  uint64_t trim_at, asked_at, lease_until;
  uint32_t asks;          /* answers still to come */
  bool beating;           /* the lease is being asked for */
  bool closing, departed; /* departed: leases are given back for good */
  int open_timers;
  struct journal_metrics metrics;
  void (*closed)(void *);
  void *closed_context;
};

/* A question about buckets of a chunk. */
struct about {
  struct journal *journal;
  struct chunk *chunk;
  uint32_t life;
  uint64_t mask;
  struct entry_id id; /* of the entry asked for again */
};

/* Frees the journal when nothing is waited for any more. */
static void over(struct journal *journal) {
  if (journal->asks > 0 || journal->open_timers > 0) return;
  void (*closed)(void *) = journal->closed;
  void *context = journal->closed_context;
  arena_free(&journal->arena);
  free(journal);
  if (closed) closed(context);
}

static uint32_t bucket_at(const struct journal *journal, const struct chunk *chunk, int bit) {
  return (uint32_t)(chunk - journal->chunks) * CHUNK + (uint32_t)bit;
}

static bool has(uint64_t mask, int bit) {
  return mask >> bit & 1;
}

/* --- asking --- */

static void ask(struct journal *journal, const struct command *command, int deadline_ms, store_done *done,
                void *context) {
  journal->asks++;
  /* not STORE_WRITE: cursors and leases may be lost with a node, so no replica is waited for */
  store_ask(journal->store, command, STORE_READ, deadline_ms, done, context);
}

static struct about *about_new(struct journal *journal, struct chunk *chunk, uint64_t mask) {
  struct about *about = malloc(sizeof *about);
  must(about != NULL);
  *about = (struct about){.journal = journal, .chunk = chunk, .life = chunk->life, .mask = mask};
  return about;
}

/* Takes the question's memory; false when its chunk has gone away since. */
static bool about_end(void *context, struct about *about) {
  *about = *(struct about *)context;
  free(context);
  about->journal->asks--;
  return about->life == about->chunk->life;
}

/* Asks about the buckets of the mask: with one command where that is allowed, else bucket by bucket. */
static void ask_about(struct journal *journal, struct chunk *chunk, uint64_t mask,
                      void (*put)(struct command *command, struct journal *journal, struct chunk *chunk, uint64_t mask),
                      store_done *done) {
  while (mask) {
    const uint64_t part = store_spans_buckets(journal->store) ? mask : mask & -mask;
    struct command command;
    command.bucket = bucket_at(journal, chunk, __builtin_ctzll(part));
    put(&command, journal, chunk, part);
    ask(journal, &command, ASK_MS, done, about_new(journal, chunk, part));
    mask &= ~part;
  }
}

static void put_keys(struct command *command, struct journal *journal, struct chunk *chunk, uint64_t mask,
                     const char *key) {
  const uint32_t routed_by = command->bucket;
  for (int bit = 0; bit < CHUNK; bit++) {
    command->bucket = bucket_at(journal, chunk, bit);
    if (has(mask, bit)) command_key(command, "%s", key);
  }
  command->bucket = routed_by;
}

/* --- entries --- */

static void deliver(struct journal *journal, uint32_t bucket, struct entry_id id, const redisReply *packed) {
  struct journal_entry entry = {.bucket = bucket};
  Yz__Problem *problem;
  arena_reset(&journal->arena);
  entry_id_print(entry.id, id);
  if (packed) entry.fact = message_unpack(&yz__fact__descriptor, packed->str, packed->len, &journal->arena, &problem);
  if (!entry.fact) {
    journal->metrics.corrupt++;
    log_line(LOG_ERROR, "unreadable journal entry, left unacknowledged", "\"bucket\":%u,\"entry\":\"%s\"",
             (unsigned)bucket, entry.id);
    return;
  }
  journal->config.take(journal->config.context, &entry);
}

/* [id, [field, fact]] */
static bool entry_read(const redisReply *reply, struct entry_id *id, const redisReply **packed) {
  const redisReply *text = reply_string(reply, 0);
  if (!text || reply->elements != 2 || !entry_id_read(id, text->str)) return false;
  *packed = reply_string(reply->element[1], 1);
  return true;
}

static void take_all(struct journal *journal, struct chunk *chunk, uint32_t bucket, const redisReply *entries) {
  const uint32_t life = chunk->life;
  for (size_t i = 0; i < entries->elements && chunk->life == life && chunk->state == HELD; i++) {
    struct entry_id id;
    const redisReply *packed;
    if (!entry_read(entries->element[i], &id, &packed)) return;
    if (!cursor_take(&journal->cursors[bucket], id, uv_now(journal->loop))) continue;
    chunk->outstanding++;
    journal->metrics.outstanding++;
    journal->metrics.taken++;
    deliver(journal, bucket, id, packed);
  }
}

/* --- reading --- */

static void pump(struct journal *journal);

static bool bucket_of_key(const redisReply *key, uint32_t *bucket) {
  unsigned number;
  if (!key || sscanf(key->str, "{b%4x}", &number) != 1 || number >= BUCKETS) return false;
  *bucket = number;
  return true;
}

static void on_read(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct about about;
  const bool ours = about_end(context, &about);
  struct journal *journal = about.journal;
  struct chunk *chunk = about.chunk;
  char quoted[2 * STORE_TEXT];
  journal->reading -= (uint32_t)__builtin_popcountll(about.mask);
  if (result == STORE_ERROR)
    log_line(LOG_ERROR, "the journal cannot be read", "\"why\":%s", log_text(text, quoted, sizeof quoted));
  if (ours && result == STORE_OK && reply->type == REDIS_REPLY_ARRAY)
    for (size_t i = 0; i < reply->elements; i++) {
      const redisReply *stream = reply->element[i];
      uint32_t bucket;
      if (!bucket_of_key(reply_string(stream, 0), &bucket) || stream->elements != 2) continue;
      take_all(journal, chunk, bucket, stream->element[1]);
      if (stream->element[1]->elements == COUNT) chunk->wanted |= UINT64_C(1) << bucket % CHUNK;
    }
  if (ours) chunk->reading &= ~about.mask;
  if (journal->closing)
    over(journal);
  else
    pump(journal);
}

static void put_read(struct command *command, struct journal *journal, struct chunk *chunk, uint64_t mask) {
  char id[JOURNAL_ID_MAX];
  command_start(command, command->bucket, "XREAD");
  command_text(command, "COUNT");
  command_number(command, COUNT);
  command_text(command, "STREAMS");
  put_keys(command, journal, chunk, mask, "journal");
  for (int bit = 0; bit < CHUNK; bit++) {
    if (!has(mask, bit)) continue;
    entry_id_print(id, journal->cursors[bucket_at(journal, chunk, bit)].read);
    command_copy(command, id);
  }
}

/* Reads what is wanted, as far as there is room for what comes. */
static void pump(struct journal *journal) {
  for (uint32_t i = 0; i < JOURNAL_CHUNKS; i++) {
    struct chunk *chunk = &journal->chunks[journal->pump_next];
    if (chunk->state == HELD) {
      uint64_t mask = chunk->wanted & ~chunk->reading;
      if (journal->metrics.outstanding >= OUTSTANDING_MAX || journal->reading + CHUNK > WINDOW) return;
      chunk->wanted &= ~mask;
      chunk->reading |= mask;
      journal->reading += (uint32_t)__builtin_popcountll(mask);
      ask_about(journal, chunk, mask, put_read, on_read);
    }
    journal->pump_next = (journal->pump_next + 1) % JOURNAL_CHUNKS;
  }
}

/* --- what was not acknowledged --- */

static void acked(struct journal *journal, uint32_t bucket, struct entry_id id);

static void on_again(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct about about;
  const bool ours = about_end(context, &about);
  struct journal *journal = about.journal;
  (void)text;
  const uint32_t bucket = bucket_at(journal, about.chunk, __builtin_ctzll(about.mask));
  if (ours && about.chunk->state == HELD && result == STORE_OK && reply->type == REDIS_REPLY_ARRAY &&
      cursor_find(&journal->cursors[bucket], about.id)) {
    struct entry_id id;
    const redisReply *packed;
    if (reply->elements == 0) {
      log_line(LOG_ERROR, "a journal entry is gone before it was taken care of", "\"bucket\":%u", (unsigned)bucket);
      acked(journal, bucket, about.id);
    } else if (entry_read(reply->element[0], &id, &packed)) {
      journal->metrics.again++;
      deliver(journal, bucket, id, packed);
    }
  }
  if (journal->closing) over(journal);
}

static void ask_again(struct journal *journal, struct chunk *chunk, int bit, struct outstanding *taken) {
  char id[JOURNAL_ID_MAX];
  struct command command;
  entry_id_print(id, taken->id);
  command_start(&command, bucket_at(journal, chunk, bit), "XRANGE");
  command_key(&command, "journal");
  command_text(&command, id);
  command_text(&command, id);
  taken->taken_at = uv_now(journal->loop);
  struct about *about = about_new(journal, chunk, UINT64_C(1) << bit);
  about->id = taken->id;
  ask(journal, &command, ASK_MS, on_again, about);
}

static void ask_again_what_is_due(struct journal *journal) {
  const uint64_t now = uv_now(journal->loop), age = (uint64_t)journal->config.again_ms;
  for (struct chunk *chunk = journal->chunks; chunk < journal->chunks + JOURNAL_CHUNKS; chunk++)
    for (int bit = 0; chunk->state == HELD && chunk->outstanding > 0 && bit < CHUNK; bit++)
      for (struct outstanding *o = journal->cursors[bucket_at(journal, chunk, bit)].first; o; o = o->next)
        if (now - o->taken_at >= age) ask_again(journal, chunk, bit, o);
}

/* --- saving --- */

static void leave(struct journal *journal);

static void on_saved(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct about about;
  const bool ours = about_end(context, &about);
  struct journal *journal = about.journal;
  (void)reply;
  (void)text;
  if (ours) {
    about.chunk->saves--;
    if (result != STORE_OK) about.chunk->dirty |= about.mask;
  }
  leave(journal);
  if (journal->closing) over(journal);
}

static void put_save(struct command *command, struct journal *journal, struct chunk *chunk, uint64_t mask) {
  char id[JOURNAL_ID_MAX];
  command_start(command, command->bucket, "MSET");
  for (int bit = 0; bit < CHUNK; bit++) {
    if (!has(mask, bit)) continue;
    put_keys(command, journal, chunk, UINT64_C(1) << bit, journal->cursor_key);
    entry_id_print(id, cursor_done(&journal->cursors[bucket_at(journal, chunk, bit)]));
    command_copy(command, id);
  }
}

static void save(struct journal *journal, struct chunk *chunk) {
  const uint64_t mask = chunk->dirty;
  if (!mask) return;
  chunk->dirty = 0;
  chunk->saves += store_spans_buckets(journal->store) ? 1u : (uint32_t)__builtin_popcountll(mask);
  ask_about(journal, chunk, mask, put_save, on_saved);
}

/* --- opening and leaving a chunk --- */

static void forget(struct journal *journal, struct chunk *chunk) {
  for (int bit = 0; bit < CHUNK; bit++) cursor_forget(&journal->cursors[bucket_at(journal, chunk, bit)]);
  journal->metrics.outstanding -= chunk->outstanding;
  *chunk = (struct chunk){.life = chunk->life + 1};
}

static void on_opened(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct about about;
  const bool ours = about_end(context, &about);
  struct journal *journal = about.journal;
  struct chunk *chunk = about.chunk;
  (void)text;
  if (journal->closing) {
    over(journal);
  } else if (ours && chunk->state == OPENING && (result != STORE_OK || reply->type != REDIS_REPLY_ARRAY)) {
    forget(journal, chunk); /* opened again with the next beat */
  } else if (ours && chunk->state == OPENING) {
    size_t i = 0;
    for (int bit = 0; bit < CHUNK; bit++) {
      if (!has(about.mask, bit)) continue;
      struct entry_id done = {0};
      const redisReply *saved = reply_string(reply, i++);
      if (!saved || !entry_id_read(&done, saved->str)) done = (struct entry_id){0}; /* from the beginning */
      cursor_begin(&journal->cursors[bucket_at(journal, chunk, bit)], done);
    }
    chunk->opening &= ~about.mask;
    if (chunk->opening) return;
    chunk->state = HELD;
    chunk->wanted = UINT64_MAX;
    pump(journal);
  }
}

static void put_open(struct command *command, struct journal *journal, struct chunk *chunk, uint64_t mask) {
  command_start(command, command->bucket, "MGET");
  put_keys(command, journal, chunk, mask, journal->cursor_key);
}

static void open_chunk(struct journal *journal, struct chunk *chunk) {
  chunk->state = OPENING;
  chunk->opening = UINT64_MAX;
  ask_about(journal, chunk, UINT64_MAX, put_open, on_opened);
}

static void begin_leaving(struct journal *journal, struct chunk *chunk) {
  chunk->state = LEAVING;
  chunk->leave_by = uv_now(journal->loop) + LEAVE_MS;
  save(journal, chunk);
}

static bool may_go(const struct journal *journal, const struct chunk *chunk) {
  return chunk->state == LEAVING && ((chunk->outstanding == 0 && chunk->dirty == 0 && chunk->saves == 0) ||
                                     uv_now(journal->loop) >= chunk->leave_by);
}

/* --- leases --- */

/* What is dealt to us: opened when new, forgotten when another has it, left when it is more than our share. */
static void follow_the_deal(struct journal *journal, int64_t share, uint32_t dealt) {
  int64_t n = 0;
  for (int i = 0; i < JOURNAL_CHUNKS; i++) {
    struct chunk *chunk = &journal->chunks[i];
    if (!has(dealt, i) && chunk->state != AWAY) forget(journal, chunk);
    if (has(dealt, i) && chunk->state == AWAY) open_chunk(journal, chunk);
    if (chunk->state != OPENING && chunk->state != HELD) continue;
    if (++n > share) begin_leaving(journal, chunk);
  }
}

static void on_attended(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct journal *journal = context;
  char quoted[2 * STORE_TEXT];
  journal->asks--;
  journal->beating = false;
  if (result == STORE_ERROR)
    log_line(LOG_ERROR, "leases cannot be asked for", "\"why\":%s", log_text(text, quoted, sizeof quoted));
  if (!journal->closing && result == STORE_OK && reply->type == REDIS_REPLY_ARRAY && reply->elements > 0) {
    uint32_t dealt = 0;
    for (size_t i = 1; i < reply->elements; i++)
      if (reply->element[i]->integer >= 0 && reply->element[i]->integer < JOURNAL_CHUNKS)
        dealt |= 1u << reply->element[i]->integer;
    journal->lease_until = journal->asked_at + (uint64_t)journal->config.lease_ms;
    follow_the_deal(journal, reply->element[0]->integer, dealt);
  }
  leave(journal);
  if (journal->closing) over(journal);
}

static void attend(struct journal *journal, int64_t lease_ms, store_done *done) {
  struct command command;
  command_call(&command, id_bucket(journal->group), "attend", 2);
  command_key(&command, "consumers:%s", journal->group);
  command_key(&command, "leases:%s", journal->group);
  command_text(&command, journal->consumer);
  command_number(&command, lease_ms);
  command_number(&command, JOURNAL_CHUNKS);
  for (int i = 0; i < JOURNAL_CHUNKS; i++)
    if (may_go(journal, &journal->chunks[i])) {
      command_number(&command, i);
      forget(journal, &journal->chunks[i]);
    }
  ask(journal, &command, journal->config.lease_ms / 2, done, journal);
}

/* Asks for the lease, giving back what may go. */
static void beat(struct journal *journal) {
  if (journal->beating || journal->closing) return;
  journal->beating = true;
  journal->asked_at = uv_now(journal->loop);
  attend(journal, journal->config.lease_ms, on_attended);
}

static void on_timer_closed(uv_handle_t *handle) {
  struct journal *journal = handle->data;
  journal->open_timers--;
  over(journal);
}

static void on_departed(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct journal *journal = context;
  (void)result; /* else the lease runs out */
  (void)reply;
  (void)text;
  journal->asks--;
  uv_close((uv_handle_t *)&journal->sweep, on_timer_closed);
  uv_close((uv_handle_t *)&journal->beat, on_timer_closed);
}

/* Gives back what may go; when closing, all of it at once, as the last thing asked. */
static void leave(struct journal *journal) {
  bool some = false, all = true;
  for (int i = 0; i < JOURNAL_CHUNKS; i++) {
    const bool goes = may_go(journal, &journal->chunks[i]);
    some = some || goes;
    all = all && (goes || journal->chunks[i].state == AWAY);
  }
  if (!journal->closing && some) beat(journal);
  if (!journal->closing || !all || journal->beating || journal->departed) return;
  journal->departed = true;
  attend(journal, 0, on_departed);
}

/* --- acknowledging and trimming --- */

static void acked(struct journal *journal, uint32_t bucket, struct entry_id id) {
  struct chunk *chunk = &journal->chunks[bucket / CHUNK];
  bool moved;
  if (!cursor_ack(&journal->cursors[bucket], id, &moved)) return; /* it is another's by now, or came twice */
  journal->metrics.acked++;
  journal->metrics.outstanding--;
  chunk->outstanding--;
  if (moved) chunk->dirty |= UINT64_C(1) << bucket % CHUNK;
  if (chunk->state == LEAVING && chunk->outstanding == 0) {
    save(journal, chunk);
    leave(journal);
  }
  if (journal->metrics.outstanding == OUTSTANDING_MAX / 2) pump(journal); /* there is room again */
}

void journal_ack(struct journal *journal, uint32_t bucket, const char id[JOURNAL_ID_MAX]) {
  struct entry_id entry;
  must(bucket < BUCKETS && entry_id_read(&entry, id));
  acked(journal, bucket, entry);
}

void journal_trim(struct store *store, uint32_t bucket, size_t n_groups, const char *const *groups,
                  int64_t retention_ms, int deadline_ms, store_done *done, void *context) {
  must(n_groups <= JOURNAL_GROUPS_MAX);
  struct command command;
  command_call(&command, bucket, "trim", 2 + (int)n_groups);
  command_key(&command, "journal");
  command_key(&command, "cleared");
  for (size_t i = 0; i < n_groups; i++) command_key(&command, "cursor:%s", groups[i]);
  command_number(&command, retention_ms);
  store_ask(store, &command, STORE_WRITE | STORE_IDEMPOTENT, deadline_ms, done, context);
}

static void on_trimmed(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct journal *journal = context;
  (void)reply;
  if (result == STORE_ERROR) {
    char quoted[2 * STORE_TEXT];
    log_line(LOG_ERROR, "the journal cannot be trimmed", "\"why\":%s", log_text(text, quoted, sizeof quoted));
  }
  journal->asks--;
  if (journal->closing) over(journal);
}

static void trim_one(struct journal *journal) {
  const uint32_t bucket = journal->trim_next++ % BUCKETS;
  if (journal->chunks[bucket / CHUNK].state != HELD) return; /* its holder does */
  journal->asks++;
  journal_trim(journal->store, bucket, journal->config.n_groups, journal->config.groups, journal->config.retention_ms,
               ASK_MS, on_trimmed, journal);
}

/* --- the clocks --- */

/* One chunk after the other: all at once, and all that their facts lead to, is work of some 20 ms for Redis, behind
 * which settlements wait. */
static void on_sweep(uv_timer_t *timer) {
  struct journal *journal = timer->data;
  struct chunk *chunk = &journal->chunks[journal->sweep_next];
  journal->sweep_next = (journal->sweep_next + 1) % JOURNAL_CHUNKS;
  if (chunk->state == HELD) chunk->wanted = UINT64_MAX;
  save(journal, chunk);
  pump(journal);
}

static void on_beat(uv_timer_t *timer) {
  struct journal *journal = timer->data;
  const uint64_t now = uv_now(journal->loop);
  if (journal->closing) {
    leave(journal);
    return;
  }
  if (now >= journal->lease_until)
    for (int i = 0; i < JOURNAL_CHUNKS; i++)
      if (journal->chunks[i].state != AWAY) forget(journal, &journal->chunks[i]);
  beat(journal);
  ask_again_what_is_due(journal);
  if (journal->config.retention_ms > 0 && now >= journal->trim_at) {
    journal->trim_at = now + TRIM_MS;
    trim_one(journal);
  }
}

/* --- opening and closing --- */

static void start_timer(struct journal *journal, uv_timer_t *timer, uv_timer_cb call, int every_ms) {
  must(every_ms > 0 && uv_timer_init(journal->loop, timer) == 0);
  timer->data = journal;
  uv_timer_start(timer, call, 0, (uint64_t)every_ms);
  journal->open_timers++;
}

struct journal *journal_open(struct store *store, uv_loop_t *loop, const struct journal_config *config) {
  struct journal *journal = calloc(1, sizeof *journal);
  must(journal != NULL && strlen(config->group) <= LIMIT_ID);
  journal->store = store;
  journal->loop = loop;
  journal->config = *config;
  if (config->sweep_ms == 0) journal->config.sweep_ms = SWEEP_MS;
  if (config->lease_ms == 0) journal->config.lease_ms = LEASE_MS;
  if (config->again_ms == 0) journal->config.again_ms = AGAIN_MS;
  uint64_t unique;
  must(uv_random(NULL, NULL, &unique, sizeof unique, 0, NULL) == 0);
  snprintf(journal->group, sizeof journal->group, "%s", config->group);
  snprintf(journal->cursor_key, sizeof journal->cursor_key, "cursor:%s", journal->group);
  snprintf(journal->consumer, sizeof journal->consumer, "%.40s.%016llx", config->consumer, (unsigned long long)unique);
  arena_init(&journal->arena, LIMIT_ARENA);
  const int chunk_ms = journal->config.sweep_ms / JOURNAL_CHUNKS;
  start_timer(journal, &journal->sweep, on_sweep, chunk_ms > 0 ? chunk_ms : 1);
  start_timer(journal, &journal->beat, on_beat, journal->config.lease_ms / BEATS);
  return journal;
}

void journal_close(struct journal *journal, void (*closed)(void *context), void *context) {
  must(!journal->closing);
  journal->closing = true;
  journal->closed = closed;
  journal->closed_context = context;
  for (int i = 0; i < JOURNAL_CHUNKS; i++) {
    struct chunk *chunk = &journal->chunks[i];
    if (chunk->state == HELD) begin_leaving(journal, chunk);
    if (chunk->state == OPENING) forget(journal, chunk);
  }
  leave(journal);
}

struct journal_metrics journal_metrics(const struct journal *journal) {
  struct journal_metrics metrics = journal->metrics;
  uint64_t oldest = UINT64_MAX;
  for (int i = 0; i < JOURNAL_CHUNKS; i++) metrics.held += journal->chunks[i].state == HELD;
  for (uint32_t bucket = 0; bucket < BUCKETS; bucket++) {
    const struct outstanding *first = journal->cursors[bucket].first;
    if (first && first->id.ms < oldest) oldest = first->id.ms;
  }
  if (metrics.outstanding > 0) metrics.oldest_ms = instant_now() - (int64_t)oldest;
  if (metrics.oldest_ms < 0) metrics.oldest_ms = 0; /* another machine's clock */
  return metrics;
}
