#include "outbox.h"
#include "packed.h"

#include "id.h"
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

void outbox_put(struct store *store, const char *entry, const Yz__Fact *fact, int deadline_ms,
                void (*done)(void *context, enum store_result result), void *context) {
  Yz__Fact kept = *fact;
  kept.n_moves = 0;
  size_t n;
  const uint8_t *bytes = message_packed(&kept.base, &n); /* the command is formatted before anybody packs again */
  struct putting *putting = malloc(sizeof *putting);
  must(putting != NULL);
  *putting = (struct putting){.done = done, .context = context};
  struct command command;
  command_call(&command, id_bucket(fact->person), "deliver", 1);
  command_key(&command, "outbox:%s", fact->person);
  command_text(&command, entry);
  command_bytes(&command, bytes, n);
  command_number(&command, OUTBOX_MAX);
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
  if (result == STORE_OK && !corrupt) {
    outbox.facts = arena_alloc(reading->arena, (reply->elements + 1) * sizeof(Yz__Fact *));
    for (size_t i = 0; i < reply->elements && !corrupt; i++) {
      const redisReply *item = reply->element[i];
      const char *space = item->type == REDIS_REPLY_STRING ? memchr(item->str, ' ', item->len) : NULL;
      if (space) {
        const redisReply packed = {.type = REDIS_REPLY_STRING,
                                   .str = item->str + (space + 1 - item->str),
                                   .len = item->len - (size_t)(space + 1 - item->str)};
        outbox.facts[outbox.n++] = stored_message(reading->arena, &yz__fact__descriptor, &packed, &corrupt);
      }
      corrupt = corrupt || !space;
    }
  }
  if (corrupt) outbox = (struct outbox){.result = STORE_ERROR, .text = STORE_CORRUPT};
  reading->done(reading->context, &outbox);
}

void outbox_read(struct store *store, struct arena *arena, const char *person, int deadline_ms,
                 void (*done)(void *context, const struct outbox *outbox), void *context) {
  struct reading *reading = arena_alloc(arena, sizeof *reading);
  *reading = (struct reading){.arena = arena, .done = done, .context = context};
  struct command command;
  command_start(&command, id_bucket(person), "LRANGE");
  command_key(&command, "outbox:%s", person);
  command_number(&command, 0);
  command_number(&command, OUTBOX_MAX - 1);
  store_ask(store, &command, STORE_READ, deadline_ms, on_read, reading);
}
