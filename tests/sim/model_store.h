/* model_store.h - what the Lua files of common/store/functions promise, said again in C, in memory: the store of the
 * simulator.
 *
 * Whoever changes one changes the other: tests/e2e/test_conformance.py asks both the same. It knows the functions and
 * the few plain commands that the typed calls use; anything else stops the process. */
#ifndef YZ_SIM_MODEL_STORE_H
#define YZ_SIM_MODEL_STORE_H

#include "arena.h"

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdint.h>

enum model_kind { MODEL_STRING, MODEL_HASH, MODEL_LIST, MODEL_SET, MODEL_ZSET, MODEL_STREAM };

struct model_text {
  char *bytes; /* with a NUL behind */
  size_t n;
};

/* By kind: string (b), field (a) and value (b), list item (b), member (a), member (a) and score (ms), entry (ms, seq)
 * and fact (b). */
struct model_item {
  struct model_text a, b;
  uint64_t ms, seq;
};

struct model_value {
  struct model_value *next; /* of its place in the table */
  struct model_text key;
  enum model_kind kind;
  size_t n, room;
  struct model_item *items;
  uint64_t last_ms, last_seq; /* of a stream */
};

enum { MODEL_PLACES = 256 };
struct model {
  struct arena memory;
  struct model_value *places[MODEL_PLACES];
  uint64_t now_ms; /* its clock, set by whoever calls */
};

void model_begin(struct model *model);
void model_end(struct model *model);

/* Executes a command; the reply lives in the arena. */
redisReply *model_call(struct model *model, int argc, const char *const *argv, const size_t *argvlen,
                       struct arena *arena);

/* A key's value, or NULL. */
const struct model_value *model_find(const struct model *model, const char *key);
/* Every value, one after the other: NULL begins and ends. */
const struct model_value *model_next(const struct model *model, const struct model_value *value);
/* The value of a hash's field as a number; 0 when there is none. */
int64_t model_number(const struct model_value *hash, const char *field);

#endif
