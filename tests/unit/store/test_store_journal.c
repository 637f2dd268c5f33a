#include "balance.h"
#include "journal.h"
#include "ledger.h"
#include "outbox.h"
#include "store_fixture.h"

/* --- a consumer that remembers what it took --- */

enum { TAKEN_MAX = 256 };
struct consumer {
  struct journal *journal;
  bool acks, closed;
  int n;
  struct {
    uint32_t bucket;
    char id[JOURNAL_ID_MAX], settlement[64];
    Yz__Fact__Kind kind;
    int64_t first_delta;
  } taken[TAKEN_MAX];
};

static void take(void *context, const struct journal_entry *entry) {
  struct consumer *consumer = context;
  assert_true(consumer->n < TAKEN_MAX);
  const int i = consumer->n++;
  consumer->taken[i].bucket = entry->bucket;
  consumer->taken[i].kind = entry->fact->kind;
  consumer->taken[i].first_delta = entry->fact->n_moves ? entry->fact->moves[0]->delta : 0;
  memcpy(consumer->taken[i].id, entry->id, sizeof entry->id);
  snprintf(consumer->taken[i].settlement, 64, "%s", entry->fact->settlement);
  if (consumer->acks) journal_ack(consumer->journal, entry->bucket, entry->id);
}

static struct consumer *consumer_open(const char *group, const char *name, bool acks, int claim_idle_ms) {
  struct consumer *consumer = arena_alloc(&arena, sizeof *consumer);
  consumer->acks = acks;
  consumer->journal = journal_open(store, &loop,
                                   &(struct journal_config){.group = group,
                                                            .consumer = name,
                                                            .sweep_ms = 10,
                                                            .claim_idle_ms = claim_idle_ms,
                                                            .take = take,
                                                            .context = consumer});
  return consumer;
}

static void consumer_close(struct consumer *consumer) {
  journal_close(consumer->journal, set_true, &consumer->closed);
  RUN_UNTIL(consumer->closed);
}

static void take_reply(void *context, const struct ledger_reply *reply) {
  assert_int_equal(STORE_OK, reply->result);
  *(struct ledger_reply *)context = *reply;
}

static void apply(const Yz__Settlement *s) {
  struct ledger_reply reply = {.outcome = LEDGER_DEFECT};
  ledger_apply(store, &arena, s, DEADLINE_MS, take_reply, &reply);
  RUN_UNTIL(reply.outcome == LEDGER_APPLIED);
}

static void cancel(const Yz__Settlement *s) {
  struct ledger_reply before = {.outcome = LEDGER_DEFECT}, reply = {.outcome = LEDGER_DEFECT};
  ledger_read(store, &arena, s->id, DEADLINE_MS, take_reply, &before);
  RUN_UNTIL(before.outcome == LEDGER_SEEN);
  ledger_cancel(store, &arena, before.bytes, before.n_bytes, settlement_cancelled(s, "c"), DEADLINE_MS, take_reply,
                &reply);
  RUN_UNTIL(reply.outcome == LEDGER_APPLIED);
}

static const struct test_move moves[] = {{"basic.p", 5, NULL}, {"stays", 1, NULL}, {0}};

static void every_fact_comes_in_order_and_sums_to_the_counters(void **state) {
  (void)state;
  struct consumer *consumer = consumer_open("sums", "c1", true, 0);
  const Yz__Settlement *s[3];
  for (int i = 0; i < 3; i++) apply(s[i] = settlement_new("r1", arena_format(&arena, "o%d", i), 1, moves));
  cancel(s[1]);
  RUN_UNTIL(consumer->n == 4);
  int64_t sum = 0;
  int settled = 0;
  for (int i = 0; i < 4; i++) {
    if (strcmp(consumer->taken[i].settlement, s[1]->id) == 0) sum += consumer->taken[i].first_delta;
    settled += consumer->taken[i].kind == YZ__FACT__KIND__SETTLED;
  }
  assert_int_equal(3, settled);
  assert_int_equal(0, sum); /* the cancelled one */
  RUN_UNTIL(journal_metrics(consumer->journal).acked == 4);
  consumer_close(consumer);
}

static void each_group_gets_everything_and_each_member_a_part(void **state) {
  (void)state;
  struct consumer *a = consumer_open("shared", "a", true, 0), *b = consumer_open("shared", "b", true, 0);
  struct consumer *other = consumer_open("other", "o", true, 0);
  RUN_UNTIL(other->n == 4); /* what was there before the group was */
  RUN_UNTIL(a->n + b->n == 4);
  for (int i = 0; i < 20; i++) apply(settlement_new("r1", arena_format(&arena, "g%d", i), 1, moves));
  RUN_UNTIL(other->n == 24);
  RUN_UNTIL(a->n + b->n == 24);
  consumer_close(a);
  consumer_close(b);
  consumer_close(other);
}

static void what_nobody_acknowledged_comes_again(void **state) {
  (void)state;
  struct consumer *dead = consumer_open("claims", "dead", false, 0);
  RUN_UNTIL(dead->n == 24);
  consumer_close(dead);
  struct consumer *heir = consumer_open("claims", "heir", true, 100);
  RUN_UNTIL(heir->n == 24);
  RUN_UNTIL(journal_metrics(heir->journal).acked == 24);
  assert_int_equal(24, journal_metrics(heir->journal).claimed);
  const int64_t from = steady_ms();
  RUN_UNTIL(steady_ms() - from > 400); /* a few claims later */
  assert_int_equal(24, heir->n);
  consumer_close(heir);
}

static void what_failed_comes_again_to_the_same_consumer(void **state) {
  (void)state;
  struct consumer *consumer = consumer_open("fails", "f", false, 200);
  RUN_UNTIL(consumer->n == 24);
  assert_int_equal(24, journal_metrics(consumer->journal).outstanding);
  consumer->acks = true;
  RUN_UNTIL(consumer->n == 48);
  RUN_UNTIL(journal_metrics(consumer->journal).acked == 24);
  assert_int_equal(0, journal_metrics(consumer->journal).outstanding);
  const int64_t from = steady_ms();
  RUN_UNTIL(steady_ms() - from > 500);
  assert_int_equal(48, consumer->n);
  consumer_close(consumer);
}

static void a_ring_brings_it_at_once(void **state) {
  (void)state;
  struct consumer *consumer = arena_alloc(&arena, sizeof *consumer);
  consumer->acks = true;
  consumer->journal = journal_open(
      store, &loop,
      &(struct journal_config){.group = "ring", .consumer = "r", .sweep_ms = 60000, .take = take, .context = consumer});
  RUN_UNTIL(consumer->n == 24);
  apply(settlement_new("r1", "rung", 1, moves));
  journal_ring(consumer->journal, id_bucket("rung"));
  RUN_UNTIL(consumer->n == 25);
  consumer_close(consumer);
}

/* --- trimming --- */

static struct answer trim(uint32_t bucket, size_t n, const char *const *groups, int64_t retention_ms) {
  struct answer answer = {0};
  journal_trim(store, bucket, n, groups, retention_ms, DEADLINE_MS, answer_take, &answer);
  RUN_UNTIL(answer.calls);
  assert_int_equal(STORE_OK, answer.result);
  return answer;
}

static void only_what_every_group_acknowledged_is_trimmed(void **state) {
  (void)state;
  const uint32_t bucket = id_bucket("trim");
  const char *key = key_of("trim", "journal"), *one[] = {"t1"}, *two[] = {"t1", "t2"};
  ask_words(arena_format(&arena, "DEL %s", key));
  for (uint64_t i = 1; i <= 3; i++) apply(settlement_new(arena_format(&arena, "r%d", (int)i), "trim", i, moves));
  assert_string_equal("0", trim(bucket, 1, one, 0).text); /* no such group: nobody knows what it needs */
  ask_words(arena_format(&arena, "XGROUP CREATE %s t1 0", key));
  assert_string_equal("0", trim(bucket, 1, one, 0).text); /* nothing delivered */
  ask_words(arena_format(&arena, "XREADGROUP GROUP t1 c COUNT 3 STREAMS %s >", key));
  assert_string_equal("0", trim(bucket, 1, one, 0).text); /* pending */
  struct answer answer = ask_words(arena_format(&arena, "XPENDING %s t1 - + 3", key));
  char ids[3][JOURNAL_ID_MAX], *save = NULL;
  int n = 0;
  for (char *word = strtok_r(answer.text, " ", &save); word; word = strtok_r(NULL, " ", &save))
    if (strchr(word, '-') && n < 3) snprintf(ids[n++], JOURNAL_ID_MAX, "%s", word);
  assert_int_equal(3, n);
  ask_words(arena_format(&arena, "XACK %s t1 %s %s", key, ids[0], ids[1]));
  assert_string_equal("0", trim(bucket, 1, one, 60000).text); /* too young */
  assert_string_equal("0", trim(bucket, 2, two, 0).text);
  assert_string_equal("2", trim(bucket, 1, one, 0).text);
  assert_string_equal("1", ask_words(arena_format(&arena, "XLEN %s", key)).text);
  ask_words(arena_format(&arena, "XGROUP CREATE %s t2 0", key)); /* a group that is not asked about counts too */
  ask_words(arena_format(&arena, "XACK %s t1 %s", key, ids[2]));
  assert_string_equal("0", trim(bucket, 1, one, 0).text);
}

/* --- what consumers write --- */

static void count_ok(void *context, enum store_result result) {
  assert_int_equal(STORE_OK, result);
  ++*(int *)context;
}

static struct outbox seen_outbox;
static int outbox_calls;
static void take_outbox(void *context, const struct outbox *outbox) {
  (void)context;
  seen_outbox = *outbox;
  outbox_calls++;
}

static void put_message(const char *entry, const char *zh) {
  Yz__PersonMessage message;
  yz__person_message__init(&message);
  message.settlement = arena_copy(&arena, "S1");
  message.kind = YZ__FACT__KIND__SETTLED;
  message.zh = arena_copy(&arena, zh);
  message.en = arena_copy(&arena, "hello");
  int calls = 0;
  outbox_put(store, "reader", entry, &message, DEADLINE_MS, count_ok, &calls);
  RUN_UNTIL(calls);
}

static void a_message_is_delivered_once_newest_first(void **state) {
  (void)state;
  put_message("1-0", "甲");
  put_message("2-0", "乙");
  put_message("1-0", "甲"); /* the entry came again */
  outbox_read(store, &arena, "reader", DEADLINE_MS, take_outbox, NULL);
  RUN_UNTIL(outbox_calls == 1);
  assert_int_equal(STORE_OK, seen_outbox.result);
  assert_int_equal(2, seen_outbox.n);
  assert_string_equal("乙", seen_outbox.messages[0]->zh);
  assert_string_equal("甲", seen_outbox.messages[1]->zh);
  for (int i = 3; i < 3 + OUTBOX_MAX; i++) put_message(arena_format(&arena, "%d-0", i), "丙");
  outbox_read(store, &arena, "reader", DEADLINE_MS, take_outbox, NULL);
  RUN_UNTIL(outbox_calls == 2);
  assert_int_equal(OUTBOX_MAX, seen_outbox.n);
}

static struct balances seen_balances;
static int balance_calls;
static void take_balances(void *context, const struct balances *balances) {
  (void)context;
  seen_balances = *balances;
  balance_calls++;
}

static void post(uint32_t bucket, const char *entry, const struct balance_row *rows, size_t n) {
  int calls = 0;
  balance_post(store, bucket, entry, 202310, n, rows, DEADLINE_MS, count_ok, &calls);
  RUN_UNTIL(calls);
}

static void balances_are_posted_once_and_summed_over_buckets(void **state) {
  (void)state;
  const struct balance_row rows[] = {{"370300", "370100", YZ__PAYER__RESIDENT_BASIC_FUND, 1000, 1},
                                     {"370300", "370100", YZ__PAYER__ASSISTANCE_FUND, 50, 0}};
  const struct balance_row back[] = {{"370300", "370100", YZ__PAYER__RESIDENT_BASIC_FUND, -400, -1}};
  const struct balance_row other[] = {{"370300", "110000", YZ__PAYER__RESIDENT_BASIC_FUND, 7, 1}};
  post(3, "10-0", rows, 2);
  post(3, "10-0", rows, 2);
  post(4, "10-0", rows, 2); /* the same id in another bucket is another entry */
  post(3, "11-0", back, 1);
  post(900, "12-0", other, 1);
  balance_read(store, &arena, 202310, DEADLINE_MS, take_balances, NULL);
  RUN_UNTIL(balance_calls == 1);
  assert_int_equal(STORE_OK, seen_balances.result);
  const Yz__ClearingBalances *balances = seen_balances.balances;
  assert_int_equal(3, balances->n_rows);
  assert_string_equal("110000", balances->rows[0]->care_city);
  assert_int_equal(7, balances->rows[0]->amount);
  assert_int_equal(YZ__PAYER__RESIDENT_BASIC_FUND, balances->rows[1]->payer);
  assert_int_equal(1600, balances->rows[1]->amount);
  assert_int_equal(1, balances->rows[1]->settlements);
  assert_int_equal(100, balances->rows[2]->amount);
  balance_read(store, &arena, 202311, DEADLINE_MS, take_balances, NULL);
  RUN_UNTIL(balance_calls == 2);
  assert_int_equal(0, seen_balances.balances->n_rows);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_fact_comes_in_order_and_sums_to_the_counters),
      cmocka_unit_test(each_group_gets_everything_and_each_member_a_part),
      cmocka_unit_test(what_nobody_acknowledged_comes_again),
      cmocka_unit_test(what_failed_comes_again_to_the_same_consumer),
      cmocka_unit_test(a_ring_brings_it_at_once),
      cmocka_unit_test(only_what_every_group_acknowledged_is_trimmed),
      cmocka_unit_test(a_message_is_delivered_once_newest_first),
      cmocka_unit_test(balances_are_posted_once_and_summed_over_buckets),
  };
  return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
