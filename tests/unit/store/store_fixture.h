/* store_fixture.h - a loop, a redis-server and a store, and blocking forms of asking, for the tests of the typed calls.
 */
#ifndef YZ_TEST_STORE_FIXTURE_H
#define YZ_TEST_STORE_FIXTURE_H

#include "arena.h"
#include "date.h"
#include "id.h"
#include "log.h"
#include "redis_server.h"
#include "settlement.pb-c.h"
#include "store.h"

static struct server redis;
static uv_loop_t loop;
static struct store *store;
static struct arena arena;

enum { PATIENCE_MS = 20000, DEADLINE_MS = 5000 };

/* Runs the loop until the condition holds; a test that waits for ever fails. */
#define RUN_UNTIL(condition)                                                                                           \
  do {                                                                                                                 \
    const int64_t run_from = steady_ms();                                                                              \
    while (!(condition)) {                                                                                             \
      if (steady_ms() - run_from > PATIENCE_MS) fail_msg("waited in vain for %s", #condition);                         \
      uv_run(&loop, UV_RUN_NOWAIT);                                                                                    \
      nanosleep(&(struct timespec){.tv_nsec = 50 * 1000}, NULL);                                                       \
    }                                                                                                                  \
  } while (0)

static inline void set_true(void *context) {
  *(bool *)context = true;
}

static inline void store_start(void) {
  char url[64], error[STORE_TEXT];
  snprintf(url, sizeof url, "redis://127.0.0.1:%d", redis.port);
  store = store_open(&loop, &(struct store_config){.url = url, .name = "test"}, error);
  assert_non_null(store);
}

static inline void store_stop(void) {
  bool closed = false;
  store_close(store, set_true, &closed);
  RUN_UNTIL(closed);
}

static inline int fixture_open(void **state) {
  (void)state;
  log_open("test", LOG_ERROR);
  assert_int_equal(0, uv_loop_init(&loop));
  server_start(&redis, NULL);
  arena_init(&arena, 64 * 1024 * 1024);
  store_start();
  return 0;
}

static inline int fixture_close(void **state) {
  (void)state;
  store_stop();
  assert_int_equal(0, uv_loop_close(&loop)); /* nothing leaked a handle */
  server_remove(&redis);
  arena_free(&arena);
  return 0;
}

/* What a command answered, kept as text: arrays flat, joined by spaces. */
struct answer {
  int calls;
  enum store_result result;
  char text[4096];
};

static inline void answer_print(char *text, size_t room, const redisReply *reply) {
  const size_t n = strlen(text);
  if (reply->type == REDIS_REPLY_ARRAY)
    for (size_t i = 0; i < reply->elements; i++) answer_print(text, room, reply->element[i]);
  else if (reply->type == REDIS_REPLY_INTEGER)
    snprintf(text + n, room - n, "%s%lld", n ? " " : "", reply->integer);
  else
    snprintf(text + n, room - n, "%s%.*s", n ? " " : "", reply->str ? (int)reply->len : 5,
             reply->str ? reply->str : "(nil)");
}

static inline void answer_take(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct answer *answer = context;
  answer->calls++;
  answer->result = result;
  answer->text[0] = '\0';
  if (reply)
    answer_print(answer->text, sizeof answer->text, reply);
  else
    snprintf(answer->text, sizeof answer->text, "%s", text);
}

/* Asks words (separated by spaces) of bucket 0 and waits. */
static inline struct answer ask_words(const char *words) {
  char copy[1024], *save = NULL;
  snprintf(copy, sizeof copy, "%s", words);
  const char *argv[64];
  int argc = 0;
  for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) argv[argc++] = word;
  struct answer answer = {0};
  store_command(store, 0, STORE_WRITE, argc, argv, NULL, DEADLINE_MS, answer_take, &answer);
  RUN_UNTIL(answer.calls);
  assert_int_equal(1, answer.calls);
  return answer;
}

static int compare_words(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The hash as "field=value ..." sorted, without its version. */
static inline char *hash_text(const char *key) {
  char command[300];
  snprintf(command, sizeof command, "HGETALL %s", key);
  struct answer answer = ask_words(command);
  assert_int_equal(STORE_OK, answer.result);
  char *pairs[256], *save = NULL, *all = arena_copy(&arena, "");
  int n = 0;
  for (char *name = strtok_r(answer.text, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
    char *value = strtok_r(NULL, " ", &save);
    if (strcmp(name, "v") != 0) pairs[n++] = arena_format(&arena, "%s=%s", name, value);
  }
  qsort(pairs, (size_t)n, sizeof pairs[0], compare_words);
  for (int i = 0; i < n; i++) all = arena_format(&arena, "%s%s%s", all, i ? " " : "", pairs[i]);
  return all;
}

static inline char *key_of(const char *id, const char *format, ...) {
  char rest[200];
  va_list args;
  va_start(args, format);
  vsnprintf(rest, sizeof rest, format, args);
  va_end(args);
  return arena_format(&arena, "{b%04x}:%s", (unsigned)id_bucket(id), rest);
}

struct test_move {
  const char *name;
  int64_t delta;
  const char *contract;
};

/* A settlement of `person` in 2023, decided on version `sequence` - 1, with moves up to one without a name. */
static inline Yz__Settlement *settlement_new(const char *request, const char *person, uint64_t sequence,
                                             const struct test_move *moves) {
  Yz__Settlement *s = arena_alloc(&arena, sizeof *s);
  yz__settlement__init(s);
  s->id = arena_alloc(&arena, SETTLEMENT_ID_MAX);
  settlement_id_make(s->id, "H1", request, person);
  s->status = YZ__SETTLEMENT__STATUS__SETTLED;
  s->bill = arena_alloc(&arena, sizeof *s->bill);
  yz__bill__init(s->bill);
  s->bill->request_id = arena_copy(&arena, request);
  s->bill->person = arena_copy(&arena, person);
  s->bill->institution = arena_copy(&arena, "H1");
  s->bill->setting = YZ__SETTING__INPATIENT;
  s->entitlement = arena_alloc(&arena, sizeof *s->entitlement);
  yz__entitlement__init(s->entitlement);
  s->entitlement->person = s->bill->person;
  s->entitlement->scheme = YZ__SCHEME__RESIDENT;
  s->entitlement->standing = YZ__STANDING__ADULT;
  s->entitlement->remote = YZ__REMOTE__LOCAL;
  s->entitlement->reach = YZ__REACH__SAME_CITY;
  s->entitlement->level = YZ__LEVEL__TERTIARY;
  s->entitlement->institution = s->bill->institution;
  s->entitlement->insured_city = s->entitlement->care_city = arena_copy(&arena, "370300");
  s->entitlement->year = 2023;
  s->entitlement->pack = arena_alloc(&arena, sizeof *s->entitlement->pack);
  yz__pack_ref__init(s->entitlement->pack);
  s->entitlement->pack->pack = s->entitlement->pack->version = s->entitlement->pack->sha256 = arena_copy(&arena, "p");
  s->sums = arena_alloc(&arena, sizeof *s->sums);
  yz__sums__init(s->sums);
  s->has_sequence = s->has_settled = true;
  s->sequence = sequence;
  s->settled = 1700000000000;
  while (moves[s->n_moves].name) s->n_moves++;
  s->moves = arena_alloc(&arena, (s->n_moves + 1) * sizeof *s->moves);
  for (size_t i = 0; i < s->n_moves; i++) {
    s->moves[i] = arena_alloc(&arena, sizeof **s->moves);
    yz__move__init(s->moves[i]);
    s->moves[i]->name = arena_copy(&arena, moves[i].name);
    s->moves[i]->delta = moves[i].delta;
    s->moves[i]->contract = moves[i].contract ? arena_copy(&arena, moves[i].contract) : NULL;
  }
  return s;
}

/* The same settlement cancelled by `request`. */
static inline Yz__Settlement *settlement_cancelled(const Yz__Settlement *settled, const char *request) {
  Yz__Settlement *s = arena_alloc(&arena, sizeof *s);
  *s = *settled;
  s->status = YZ__SETTLEMENT__STATUS__CANCELLED;
  s->cancellation = arena_alloc(&arena, sizeof *s->cancellation);
  yz__cancellation__init(s->cancellation);
  s->cancellation->request_id = arena_copy(&arena, request);
  s->cancellation->has_cancelled = true;
  s->cancellation->cancelled = 1700000001000;
  return s;
}

#endif
