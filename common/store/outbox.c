#include "outbox.h"

#include "id.h"
#include "journal_cursor.h"
#include "must.h"
#include "store_inner.h"

#include <stdlib.h>
#include <string.h>

struct putting {
  void (*done)(void *context, enum store_result result);
  void *context;
};

static void on_put(void *context, enum store_result result, const redisReply *reply, const char *text) {
  const struct putting putting = *(struct putting *)context;
  (void)reply;
  (void)text;
  free(context);
  putting.done(putting.context, result);
}

enum { ENTRIES_OF_MS = 1024 /* told apart; further ones of one millisecond in one bucket count as the last */ };

/* The place of an entry among a person's, exact as a double until the year 2248. */
static int64_t place_of(struct entry_id id) {
  return (int64_t)(id.ms * ENTRIES_OF_MS + (id.n < ENTRIES_OF_MS ? id.n : ENTRIES_OF_MS - 1));
}

void outbox_put(struct store *store, const char *entry, const Yz__Fact *fact, int deadline_ms,
                void (*done)(void *context, enum store_result result), void *context) {
  struct entry_id id;
  must(entry_id_read(&id, entry));
  struct putting *putting = malloc(sizeof *putting);
  must(putting != NULL);
  *putting = (struct putting){.done = done, .context = context};
  struct command command;
  command_start(&command, id_bucket(fact->person), "ZADD");
  command_key(&command, "notices:%s", fact->person);
  command_number(&command, place_of(id));
  command_format(&command, "%c%s", notice_mark(fact->kind), fact->settlement);
  store_ask(store, &command, STORE_WRITE | STORE_IDEMPOTENT, deadline_ms, on_put, putting);
}

struct reading {
  struct arena *arena;
  void (*done)(void *context, const struct outbox *outbox);
  void *context;
};

static void on_read(void *context, enum store_result result, const redisReply *reply, const char *text) {
  const struct reading *reading = context;
  struct outbox outbox = {.result = result, .text = text};
  bool corrupt = result == STORE_OK && reply->type != REDIS_REPLY_ARRAY;
  const size_t n = result == STORE_OK && !corrupt ? reply->elements : 0;
  outbox.notices = arena_alloc(reading->arena, (n + 1) * sizeof *outbox.notices);
  for (size_t i = 0; i < n; i++) {
    const redisReply *item = reply_string(reply, i);
    const bool settled = item && item->str[0] == notice_mark(YZ__FACT__KIND__SETTLED);
    corrupt = !settled && (!item || item->str[0] != notice_mark(YZ__FACT__KIND__CANCELLED));
    if (corrupt) break;
    outbox.notices[outbox.n++] = (struct notice){.kind = settled ? YZ__FACT__KIND__SETTLED : YZ__FACT__KIND__CANCELLED,
                                                 .settlement = arena_copy(reading->arena, item->str + 1)};
  }
  if (corrupt) outbox = (struct outbox){.result = STORE_ERROR, .text = STORE_CORRUPT};
  reading->done(reading->context, &outbox);
}

void outbox_read(struct store *store, struct arena *arena, const char *person, int deadline_ms,
                 void (*done)(void *context, const struct outbox *outbox), void *context) {
  struct reading *reading = arena_alloc(arena, sizeof *reading);
  *reading = (struct reading){.arena = arena, .done = done, .context = context};
  struct command command;
  command_start(&command, id_bucket(person), "ZRANGE");
  command_key(&command, "notices:%s", person);
  command_number(&command, 0);
  command_number(&command, OUTBOX_MAX - 1);
  command_text(&command, "REV");
  store_ask(store, &command, STORE_READ, deadline_ms, on_read, reading);
}
