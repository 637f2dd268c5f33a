/* The store while Redis goes, stays away, comes back or has forgotten our functions. */
#include "ledger.h"
#include "library.h"
#include "store_fixture.h"

static int each_open(void **state) {
  return fixture_open(state);
}
static int each_close(void **state) {
  return fixture_close(state);
}

struct outcome {
  int calls;
  struct ledger_reply reply;
};

static void take(void *context, const struct ledger_reply *reply) {
  struct outcome *outcome = context;
  outcome->calls++;
  outcome->reply = *reply;
}

static const struct test_move moves[] = {{"stays", 1, NULL}, {"basic.p", 100, NULL}, {0}};

static void commands_keep_their_order(void **state) {
  (void)state;
  enum { MANY = 2000 };
  static struct answer answers[MANY];
  memset(answers, 0, sizeof answers);
  for (int i = 0; i < MANY; i++)
    store_command(store, 0, STORE_WRITE, 2, (const char *[]){"INCR", "{b0000}:order"}, NULL, DEADLINE_MS, answer_take,
                  &answers[i]);
  RUN_UNTIL(answers[MANY - 1].calls);
  for (int i = 0; i < MANY; i++) {
    assert_int_equal(1, answers[i].calls);
    assert_int_equal(i + 1, atoi(answers[i].text));
  }
}

static void an_apply_waits_for_redis_to_come_back(void **state) {
  (void)state;
  RUN_UNTIL(store_ready(store)); /* one connection answers before the others are there */
  server_kill(&redis);
  struct outcome outcome = {0};
  ledger_apply(store, &arena, settlement_new("r1", "back", 1, moves), DEADLINE_MS, take, &outcome);
  RUN_UNTIL(!store_ready(store));
  server_run(&redis, NULL);
  RUN_UNTIL(outcome.calls);
  assert_int_equal(1, outcome.calls);
  assert_int_equal(STORE_OK, outcome.reply.result);
  assert_in_range(outcome.reply.outcome, LEDGER_APPLIED, LEDGER_SEEN);
  assert_string_equal("basic.p=100 stays=1", hash_text(key_of("back", "acc:back:2023")));
}

/* Many applies under way while Redis is killed and started again, twice: each ends once, and every counter tells of
 * exactly one application. */
static void nothing_is_lost_or_doubled_over_a_restart(void **state) {
  (void)state;
  enum { MANY = 300, KILLS = 2 };
  static struct outcome outcomes[MANY];
  memset(outcomes, 0, sizeof outcomes);
  int done = 0;
  for (int asked = 0; asked < MANY; asked++) {
    char person[16];
    snprintf(person, sizeof person, "q%d", asked);
    const uint64_t part = (uint64_t)asked / (MANY / KILLS);
    if (asked % (MANY / KILLS) == 0) RUN_UNTIL(store_metrics(store).connects >= (part + 1) * STORE_LANES);
    ledger_apply(store, &arena, settlement_new("r1", person, 1, moves), PATIENCE_MS, take, &outcomes[asked]);
    if (asked % (MANY / KILLS) != MANY / KILLS / 2) continue;
    uv_run(&loop, UV_RUN_NOWAIT); /* written, and most of it not yet answered */
    server_kill(&redis);
    server_run(&redis, NULL);
  }
  while (done < MANY) {
    RUN_UNTIL(outcomes[done].calls);
    done++;
  }
  assert_true(store_metrics(store).losses >= KILLS * STORE_LANES);
  for (int i = 0; i < MANY; i++) {
    assert_int_equal(1, outcomes[i].calls);
    assert_int_equal(STORE_OK, outcomes[i].reply.result);
    assert_in_range(outcomes[i].reply.outcome, LEDGER_APPLIED, LEDGER_SEEN);
    char person[16];
    snprintf(person, sizeof person, "q%d", i);
    assert_string_equal("basic.p=100 stays=1", hash_text(key_of(person, "acc:%s:2023", person)));
  }
}

static void redis_away_is_said_within_the_deadline(void **state) {
  (void)state;
  ask_words("PING");
  server_kill(&redis);
  const int64_t from = steady_ms();
  struct answer answer = {0};
  store_command(store, 0, STORE_READ, 2, (const char *[]){"GET", "{b0000}:x"}, NULL, 200, answer_take, &answer);
  RUN_UNTIL(answer.calls);
  assert_in_range(steady_ms() - from, 150, 800);
  assert_int_equal(STORE_AWAY, answer.result);
  assert_non_null(strstr(answer.text, "refused"));
  const Yz__Problem *problem = store_problem(&arena, answer.result, answer.text);
  assert_int_equal(YZ__CODE__STORE_AWAY, problem->code);
  assert_false(store_ready(store));
}

static void a_stopped_redis_leaves_a_write_unknown(void **state) {
  (void)state;
  ask_words("PING");
  kill(redis.pid, SIGSTOP);
  struct answer write = {0}, read = {0};
  store_command(store, 0, STORE_WRITE, 2, (const char *[]){"INCR", "{b0000}:n"}, NULL, 200, answer_take, &write);
  store_command(store, 0, STORE_READ, 2, (const char *[]){"GET", "{b0000}:n"}, NULL, 200, answer_take, &read);
  RUN_UNTIL(write.calls && read.calls);
  assert_int_equal(STORE_UNKNOWN, write.result); /* and indeed it will be executed */
  assert_int_equal(STORE_AWAY, read.result);     /* nothing can have changed */
  kill(redis.pid, SIGCONT);
  assert_string_equal("2", ask_words("INCR {b0000}:n").text);
}

static void forgotten_functions_are_loaded_again(void **state) {
  (void)state;
  assert_int_equal(STORE_OK, ask_words("FUNCTION FLUSH").result);
  struct outcome outcome = {0};
  ledger_apply(store, &arena, settlement_new("r1", "flush", 1, moves), DEADLINE_MS, take, &outcome);
  RUN_UNTIL(outcome.calls);
  assert_int_equal(STORE_OK, outcome.reply.result);
  assert_int_equal(LEDGER_APPLIED, outcome.reply.outcome);
}

static void a_full_redis_is_away_but_can_be_read(void **state) {
  (void)state;
  struct outcome outcome = {0};
  const Yz__Settlement *s = settlement_new("r1", "full", 1, moves);
  ledger_apply(store, &arena, s, DEADLINE_MS, take, &outcome);
  RUN_UNTIL(outcome.calls);
  assert_int_equal(STORE_OK, ask_words("CONFIG SET maxmemory 1").result);
  outcome.calls = 0;
  ledger_apply(store, &arena, settlement_new("r2", "full", 2, moves), DEADLINE_MS, take, &outcome);
  RUN_UNTIL(outcome.calls);
  assert_int_equal(STORE_AWAY, outcome.reply.result);
  assert_non_null(strstr(outcome.reply.text, "OOM"));
  outcome.calls = 0;
  ledger_read(store, &arena, s->id, DEADLINE_MS, take, &outcome);
  RUN_UNTIL(outcome.calls);
  assert_int_equal(LEDGER_SEEN, outcome.reply.outcome);
}

static void a_refusal_of_ours_is_an_error(void **state) {
  (void)state;
  const struct answer answer = ask_words("INCR");
  assert_int_equal(STORE_ERROR, answer.result);
  assert_non_null(strstr(answer.text, "wrong number of arguments"));
  assert_int_equal(YZ__CODE__DEFECT, store_problem(&arena, STORE_ERROR, answer.text)->code);
}

static void closing_answers_what_is_outstanding(void **state) {
  (void)state;
  ask_words("PING");
  struct answer answer = {0};
  store_command(store, 0, STORE_READ, 2, (const char *[]){"GET", "{b0000}:x"}, NULL, DEADLINE_MS, answer_take, &answer);
  store_stop();
  assert_int_equal(1, answer.calls);
  assert_int_equal(STORE_AWAY, answer.result);
  store_start(); /* for the teardown */
}

static void urls_are_read_strictly(void **state) {
  (void)state;
  static const char *const bad[] = {"",
                                    "127.0.0.1:6379",
                                    "http://127.0.0.1",
                                    "redis://",
                                    "redis://h:0",
                                    "redis://h:65536",
                                    "redis://h:1x",
                                    "redis://[::1",
                                    "redis://password@h",
                                    "redis://a:1,b:2"};
  for (size_t i = 0; i < COUNT(bad); i++) {
    char error[STORE_TEXT] = "";
    assert_null(store_open(&loop, &(struct store_config){.url = bad[i], .name = "t"}, error));
    assert_non_null(strstr(error, "redis://"));
  }
}

static void a_password_opens_and_a_wrong_one_does_not(void **state) {
  (void)state;
  assert_int_equal(STORE_OK, ask_words("CONFIG SET requirepass secret").result);
  struct store *const fixture = store;
  static const char *const urls[] = {"redis://:secret@127.0.0.1:%d", "redis://default:secret@127.0.0.1:%d",
                                     "redis://:wrong@127.0.0.1:%d"};
  for (size_t i = 0; i < COUNT(urls); i++) {
    char url[96], error[STORE_TEXT];
    snprintf(url, sizeof url, urls[i], redis.port); /* the formats stand three lines above */
    store = store_open(&loop, &(struct store_config){.url = url, .name = "t"}, error);
    assert_non_null(store);
    struct answer answer = {0};
    store_command(store, 0, STORE_READ, 1, (const char *[]){"PING"}, NULL, 500, answer_take, &answer);
    RUN_UNTIL(answer.calls);
    assert_int_equal(i < 2 ? STORE_OK : STORE_AWAY, answer.result);
    if (i == 2) assert_non_null(strstr(answer.text, "WRONGPASS"));
    store_stop();
  }
  store = fixture;
}

int main(void) {
#define OUTAGE_TEST(name) cmocka_unit_test_setup_teardown(name, each_open, each_close)
  const struct CMUnitTest tests[] = {
      OUTAGE_TEST(commands_keep_their_order),
      OUTAGE_TEST(an_apply_waits_for_redis_to_come_back),
      OUTAGE_TEST(nothing_is_lost_or_doubled_over_a_restart),
      OUTAGE_TEST(redis_away_is_said_within_the_deadline),
      OUTAGE_TEST(a_stopped_redis_leaves_a_write_unknown),
      OUTAGE_TEST(forgotten_functions_are_loaded_again),
      OUTAGE_TEST(a_full_redis_is_away_but_can_be_read),
      OUTAGE_TEST(a_refusal_of_ours_is_an_error),
      OUTAGE_TEST(closing_answers_what_is_outstanding),
      OUTAGE_TEST(urls_are_read_strictly),
      OUTAGE_TEST(a_password_opens_and_a_wrong_one_does_not),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
