#include "model_serve.h"

#include "library.h"
#include "model_store.h"
#include "must.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARGS_MAX = 64 };

/* ---- answering ---- */

static void say_bulk(const char *bytes, size_t n) {
  printf("$%zu\r\n", n);
  fwrite(bytes, 1, n, stdout);
  fputs("\r\n", stdout);
}

static void say_array(size_t n) {
  printf("*%zu\r\n", n);
}

static void say(const redisReply *reply) {
  switch (reply->type) {
  case REDIS_REPLY_STRING: say_bulk(reply->str, reply->len); break;
  case REDIS_REPLY_STATUS: printf("+%s\r\n", reply->str); break;
  case REDIS_REPLY_ERROR: printf("-%s\r\n", reply->str); break;
  case REDIS_REPLY_INTEGER: printf(":%lld\r\n", reply->integer); break;
  case REDIS_REPLY_NIL: fputs("$-1\r\n", stdout); break;
  default:
    must(reply->type == REDIS_REPLY_ARRAY);
    say_array(reply->elements);
    for (size_t i = 0; i < reply->elements; i++) say(reply->element[i]);
  }
}

static void say_number(uint64_t number) {
  char text[24];
  say_bulk(text, (size_t)snprintf(text, sizeof text, "%" PRIu64, number));
}

static const struct {
  const char *type;
  bool a, b, score, id; /* what an item has */
} kinds[] = {
    [MODEL_STRING] = {"string", .b = true},
    [MODEL_HASH] = {"hash", .a = true, .b = true},
    [MODEL_LIST] = {"list", .b = true},
    [MODEL_SET] = {"set", .a = true},
    [MODEL_ZSET] = {"zset", .a = true, .score = true},
    [MODEL_STREAM] = {"stream", .b = true, .id = true},
};

static void say_value(const struct model_value *value) {
  const bool two = (kinds[value->kind].a && kinds[value->kind].b) || kinds[value->kind].score || kinds[value->kind].id;
  say_array(2 + value->n * (two ? 2 : 1));
  say_bulk(value->key.bytes, value->key.n);
  say_bulk(kinds[value->kind].type, strlen(kinds[value->kind].type));
  for (size_t i = 0; i < value->n; i++) {
    const struct model_item *item = &value->items[i];
    char id[48];
    if (kinds[value->kind].id)
      say_bulk(id, (size_t)snprintf(id, sizeof id, "%" PRIu64 "-%" PRIu64, item->ms, item->seq));
    if (kinds[value->kind].a) say_bulk(item->a.bytes, item->a.n);
    if (kinds[value->kind].b) say_bulk(item->b.bytes, item->b.n);
    if (kinds[value->kind].score) say_number(item->ms);
  }
}

static void say_all(const struct model *model) {
  size_t n = 0;
  for (const struct model_value *value = NULL; (value = model_next(model, value));) n++;
  say_array(n);
  for (const struct model_value *value = NULL; (value = model_next(model, value));) say_value(value);
}

/* ---- being asked ---- */

static void serve(struct model *model, int argc, const char *const *argv, const size_t *argvlen, struct arena *arena) {
  if (strcmp(argv[0], "CLOCK") == 0) {
    model->now_ms = strtoull(argv[1], NULL, 10);
    fputs("+OK\r\n", stdout);
  } else if (strcmp(argv[0], "FLUSHALL") == 0) {
    const uint64_t now = model->now_ms;
    model_end(model);
    model_begin(model);
    model->now_ms = now;
    fputs("+OK\r\n", stdout);
  } else if (strcmp(argv[0], "LIBRARY") == 0) {
    const struct library *library = library_of_functions();
    say_array(2);
    say_bulk(library->prefix, strlen(library->prefix));
    say_bulk(library->text, library->n);
  } else if (strcmp(argv[0], "DUMP") == 0) {
    say_all(model);
  } else {
    say(model_call(model, argc, argv, argvlen, arena));
  }
}

static void serve_one(struct model *model, const redisReply *command) {
  const char *argv[ARGS_MAX];
  size_t argvlen[ARGS_MAX];
  must(command->type == REDIS_REPLY_ARRAY && command->elements > 0 && command->elements <= ARGS_MAX);
  for (size_t i = 0; i < command->elements; i++) {
    argv[i] = command->element[i]->str;
    argvlen[i] = command->element[i]->len;
  }
  struct arena arena;
  arena_init(&arena, SIZE_MAX / 2);
  serve(model, (int)command->elements, argv, argvlen, &arena);
  arena_free(&arena);
}

void model_serve(void) {
  static char bytes[64 * 1024];
  struct model model;
  redisReader *reader = redisReaderCreate();
  must(reader != NULL);
  model_begin(&model);
  for (ssize_t n; (n = read(STDIN_FILENO, bytes, sizeof bytes)) > 0;) {
    must(redisReaderFeed(reader, bytes, (size_t)n) == REDIS_OK);
    for (void *command; redisReaderGetReply(reader, &command) == REDIS_OK && command;) {
      serve_one(&model, command);
      freeReplyObject(command);
    }
    fflush(stdout);
  }
  model_end(&model);
  redisReaderFree(reader);
}
