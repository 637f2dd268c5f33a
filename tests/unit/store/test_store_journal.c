#include "balance.h"
#include "journal_cursor.h"
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

static struct consumer *consumer_start(const struct journal_config *wanted, bool acks) {
  struct consumer *consumer = arena_alloc(&arena, sizeof *consumer);
  struct journal_config config = *wanted;
  config.take = take;
  config.context = consumer;
  consumer->acks = acks;
  consumer->journal = journal_open(store, &loop, &config);
  return consumer;
}

static struct consumer *consumer_open(const char *group, const char *name, bool acks) {
  return consumer_start(&(struct journal_config){.group = group, .consumer = name, .sweep_ms = 10, .lease_ms = 400},
                        acks);
}

static uint32_t held(const struct consumer *consumer) {
  return journal_metrics(consumer->journal).held;
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
  ledger_cancel(store, &arena, before.bytes, before.n_bytes, LEDGER_ANY, settlement_cancelled(s, "c"), DEADLINE_MS,
                take_reply, &reply);
  RUN_UNTIL(reply.outcome == LEDGER_APPLIED);
}

static const struct test_move moves[] = {{"basic.p", 5, NULL}, {"stays", 1, NULL}, {0}};

static void run_ms(int64_t ms) {
  const int64_t from = steady_ms();
  RUN_UNTIL(steady_ms() - from > ms);
}

/* --- the cursor of a bucket --- */

static struct entry_id id_of(const char *text) {
  struct entry_id id;
  assert_true(entry_id_read(&id, text));
  return id;
}

static const char *done_text(const struct cursor *cursor) {
  char *text = arena_alloc(&arena, JOURNAL_ID_MAX);
  entry_id_print(text, cursor_done(cursor));
  return text;
}

static void a_cursor_moves_over_what_is_acknowledged_without_a_gap(void **state) {
  (void)state;
  struct cursor cursor = {0};
  bool moved;
  cursor_begin(&cursor, id_of("5-1"));
  assert_false(cursor_take(&cursor, id_of("5-1"), 0)); /* taken before */
  for (int i = 6; i < 10; i++) assert_true(cursor_take(&cursor, (struct entry_id){(uint64_t)i, 0}, 0));
  assert_string_equal("5-1", done_text(&cursor));
  assert_true(cursor_ack(&cursor, id_of("7-0"), &moved));
  assert_false(moved);
  assert_false(cursor_ack(&cursor, id_of("7-0"), &moved));
  assert_true(cursor_ack(&cursor, id_of("9-0"), &moved)); /* the last one */
  assert_string_equal("5-1", done_text(&cursor));
  assert_true(cursor_ack(&cursor, id_of("6-0"), &moved));
  assert_true(moved);
  assert_string_equal("7-0", done_text(&cursor));
  assert_true(cursor_ack(&cursor, id_of("8-0"), &moved) && moved);
  assert_string_equal("9-0", done_text(&cursor));
  assert_true(cursor_take(&cursor, id_of("10-18446744073709551615"), 0));
  assert_string_equal("9-0", done_text(&cursor));
  assert_int_equal(1, cursor_forget(&cursor));
}

static void what_is_no_entry_id_is_refused(void **state) {
  (void)state;
  static const char *const wrong[] = {"", "1", "1-", "-1", "1-2-", "1-2 ", " 1-2", "+1-2", "18446744073709551616-0"};
  struct entry_id id;
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) assert_false(entry_id_read(&id, wrong[i]));
  assert_int_equal(-1, entry_id_compare(id_of("9-9"), id_of("10-0")));
  assert_int_equal(1, entry_id_compare(id_of("10-10"), id_of("10-9")));
  assert_int_equal(0, entry_id_compare(id_of("10-9"), id_of("10-9")));
}

/* --- reading --- */

static void every_fact_comes_in_order_and_sums_to_the_counters(void **state) {
  (void)state;
  struct consumer *consumer = consumer_open("sums", "c1", true);
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
  assert_int_equal(4, journal_metrics(consumer->journal).acked);
  consumer_close(consumer);
}

static void entries_of_a_bucket_come_in_order(void **state) {
  (void)state;
  enum { MANY = 50 }; /* more than one reading brings */
  for (int i = 0; i < MANY; i++) apply(settlement_new(arena_format(&arena, "q%d", i), "queue", (uint64_t)i + 1, moves));
  struct consumer *consumer = consumer_start(
      &(struct journal_config){.group = "order", .consumer = "c", .sweep_ms = 60000, .lease_ms = 400}, true);
  RUN_UNTIL(consumer->n == 4 + MANY); /* one sweep is enough */
  struct cursor cursor = {0};
  for (int i = 0; i < consumer->n; i++)
    if (consumer->taken[i].bucket == id_bucket("queue"))
      assert_true(cursor_take(&cursor, id_of(consumer->taken[i].id), 0));
  assert_int_equal(MANY, cursor_forget(&cursor));
  consumer_close(consumer);
  ask_words(arena_format(&arena, "DEL %s", key_of("queue", "journal")));
}

/* --- sharing --- */

static void each_group_gets_everything_and_each_member_a_part(void **state) {
  (void)state;
  struct consumer *a = consumer_open("shared", "a", true);
  RUN_UNTIL(held(a) == JOURNAL_CHUNKS && a->n == 4); /* what was there before the group was */
  struct consumer *b = consumer_open("shared", "b", true), *other = consumer_open("other", "o", true);
  RUN_UNTIL(held(a) == JOURNAL_CHUNKS / 2 && held(b) == JOURNAL_CHUNKS / 2);
  RUN_UNTIL(other->n == 4);
  for (int i = 0; i < 20; i++) apply(settlement_new("r1", arena_format(&arena, "g%d", i), 1, moves));
  RUN_UNTIL(other->n == 24);
  RUN_UNTIL(a->n + b->n >= 24);
  run_ms(100);
  assert_int_equal(24, a->n + b->n); /* in order: nothing came twice as chunks changed hands */
  assert_true(a->n > 4 && b->n > 0);
  assert_int_equal(JOURNAL_CHUNKS, held(other));
  const int64_t from = steady_ms();
  consumer_close(a);
  RUN_UNTIL(held(b) == JOURNAL_CHUNKS);
  assert_true(steady_ms() - from < 400); /* given back, not run out */
  run_ms(50);
  assert_int_equal(24, a->n + b->n);
  consumer_close(b);
  consumer_close(other);
}

static void what_was_not_acknowledged_comes_to_the_next_one(void **state) {
  (void)state;
  struct consumer *first = consumer_open("heirs", "first", false);
  RUN_UNTIL(first->n == 24);
  const struct journal_metrics metrics = journal_metrics(first->journal);
  assert_int_equal(24, metrics.outstanding);
  assert_in_range(metrics.oldest_ms, 1, PATIENCE_MS);
  journal_ack(first->journal, first->taken[23].bucket, first->taken[23].id);
  consumer_close(first);
  struct consumer *heir = consumer_open("heirs", "heir", true);
  RUN_UNTIL(heir->n == 23);
  run_ms(50);
  assert_int_equal(0, journal_metrics(heir->journal).outstanding);
  assert_int_equal(0, journal_metrics(heir->journal).oldest_ms);
  consumer_close(heir);
  heir = consumer_open("heirs", "later", true);
  RUN_UNTIL(held(heir) == JOURNAL_CHUNKS);
  run_ms(100);
  assert_int_equal(0, heir->n);
  consumer_close(heir);
}

/* A process of its own that takes and acknowledges everything, and is killed before it saves a cursor. */
static void take_all_and_die(int wanted) {
  int taken[2];
  assert_int_equal(0, pipe(taken));
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    char url[64], error[STORE_TEXT];
    uv_loop_t own;
    snprintf(url, sizeof url, "redis://127.0.0.1:%d", redis.port);
    if (uv_loop_init(&own) != 0) _exit(1);
    struct consumer consumer = {.acks = true};
    consumer.journal = journal_open(store_open(&own, &(struct store_config){.url = url, .name = "victim"}, error), &own,
                                    &(struct journal_config){.group = "kills",
                                                             .consumer = "k",
                                                             .sweep_ms = 60000,
                                                             .lease_ms = 1000,
                                                             .take = take,
                                                             .context = &consumer});
    while (consumer.n < wanted) uv_run(&own, UV_RUN_ONCE);
    if (journal_metrics(consumer.journal).acked == (uint64_t)wanted && write(taken[1], "k", 1) == 1) pause();
    _exit(1);
  }
  char byte;
  close(taken[1]);
  assert_int_equal(1, read(taken[0], &byte, 1));
  close(taken[0]);
  assert_int_equal(0, kill(child, SIGKILL));
  assert_int_equal(child, waitpid(child, NULL, 0));
}

static void a_killed_one_is_followed_when_its_lease_is_over(void **state) {
  (void)state;
  take_all_and_die(24);
  const int64_t from = steady_ms();
  struct consumer *heir = consumer_open("kills", "heir", true);
  RUN_UNTIL(heir->n == 24); /* once more: at least once */
  assert_in_range(steady_ms() - from, 400, 2500);
  consumer_close(heir);
}

static void what_failed_comes_again_to_the_same_consumer(void **state) {
  (void)state;
  struct consumer *consumer = consumer_start(
      &(struct journal_config){.group = "fails", .consumer = "f", .sweep_ms = 10, .lease_ms = 400, .again_ms = 200},
      false);
  RUN_UNTIL(consumer->n == 24);
  consumer->acks = true;
  RUN_UNTIL(consumer->n == 48);
  assert_int_equal(24, journal_metrics(consumer->journal).acked);
  assert_int_equal(24, journal_metrics(consumer->journal).again);
  assert_int_equal(0, journal_metrics(consumer->journal).outstanding);
  run_ms(500);
  assert_int_equal(48, consumer->n);
  consumer_close(consumer);
}

static void what_cannot_be_read_keeps_the_cursor_and_lets_others_pass(void **state) {
  (void)state;
  const char *journal = key_of("odd", "journal"), *cursor = key_of("odd", "cursor:odd");
  log_open("test", LOG_ERROR + 1);
  ask_words(arena_format(&arena, "XADD %s 1-1 f nonsense", journal));
  apply(settlement_new("r1", "odd", 1, moves));
  struct consumer *consumer = consumer_open("odd", "c", true);
  RUN_UNTIL(consumer->n == 25);
  const struct journal_metrics metrics = journal_metrics(consumer->journal);
  assert_int_equal(1, metrics.corrupt);
  assert_int_equal(1, metrics.outstanding);
  run_ms(50);
  assert_string_equal("(nil)", ask_words(arena_format(&arena, "GET %s", cursor)).text);
  consumer_close(consumer);
  ask_words(arena_format(&arena, "DEL %s", journal));
  log_open("test", LOG_ERROR);
}

/* --- trimming --- */

static struct answer trim(uint32_t bucket, size_t n, const char *const *groups, int64_t retention_ms) {
  struct answer answer = {0};
  journal_trim(store, bucket, n, groups, retention_ms, DEADLINE_MS, answer_take, &answer);
  RUN_UNTIL(answer.calls);
  assert_int_equal(STORE_OK, answer.result);
  return answer;
}

/* Where the group's cursor stands in the bucket of "trim". */
static void set_cursor(const char *group, const char *id) {
  ask_words(arena_format(&arena, "SET %s %s", key_of("trim", arena_format(&arena, "cursor:%s", group)), id));
}

static void only_what_every_group_acknowledged_is_trimmed(void **state) {
  (void)state;
  const uint32_t bucket = id_bucket("trim");
  const char *key = key_of("trim", "journal"), *one[] = {"t1"}, *two[] = {"t1", "t2"};
  for (uint64_t i = 1; i <= 3; i++) apply(settlement_new(arena_format(&arena, "r%d", (int)i), "trim", i, moves));
  struct consumer *consumer = consumer_open("t0", "c", true);
  RUN_UNTIL(consumer->n == 27);
  consumer_close(consumer);
  char ids[3][JOURNAL_ID_MAX];
  int n = 0;
  for (int i = 0; i < consumer->n; i++)
    if (consumer->taken[i].bucket == bucket && n < 3) memcpy(ids[n++], consumer->taken[i].id, JOURNAL_ID_MAX);
  assert_int_equal(3, n);
  const char *saved[] = {"t0"};
  assert_string_equal(ids[2], ask_words(arena_format(&arena, "GET %s", key_of("trim", "cursor:t0"))).text);

  assert_string_equal("0", trim(bucket, 1, one, 0).text); /* no such cursor: nobody knows what it needs */
  set_cursor("t1", "0-0");
  assert_string_equal("0", trim(bucket, 1, one, 0).text); /* nothing taken care of */
  set_cursor("t1", ids[1]);
  assert_string_equal("0", trim(bucket, 1, one, 60000).text); /* too young */
  assert_string_equal("0", trim(bucket, 2, two, 0).text);     /* nothing is known of the other */
  set_cursor("t2", ids[0]);
  assert_string_equal("0", trim(bucket, 2, two, 0).text); /* the slowest counts */
  assert_string_equal("1", trim(bucket, 1, one, 0).text); /* what stands before the cursor; the entry there stays */
  assert_string_equal("1", trim(bucket, 1, saved, 0).text);
  assert_string_equal("1", ask_words(arena_format(&arena, "XLEN %s", key)).text);
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

static const Yz__Fact__Kind SETTLED = YZ__FACT__KIND__SETTLED, CANCELLED = YZ__FACT__KIND__CANCELLED;

static void put_fact(const char *entry, Yz__Fact__Kind kind, const char *settlement) {
  Yz__Fact fact = YZ__FACT__INIT;
  fact.kind = kind;
  fact.settlement = arena_copy(&arena, settlement);
  fact.person = arena_copy(&arena, "reader");
  int calls = 0;
  outbox_put(store, entry, &fact, DEADLINE_MS, count_ok, &calls);
  RUN_UNTIL(calls);
}

/* The settlements, newest first, with nothing between; "-" stands before one that was cancelled. */
static const char *outbox_text(void) {
  const int before = outbox_calls;
  outbox_read(store, &arena, "reader", DEADLINE_MS, take_outbox, NULL);
  RUN_UNTIL(outbox_calls > before);
  assert_int_equal(STORE_OK, seen_outbox.result);
  const char *text = "";
  for (size_t i = 0; i < seen_outbox.n; i++) {
    const struct notice *notice = &seen_outbox.notices[i];
    text =
        arena_format(&arena, "%s%s%s", text, notice->kind == YZ__FACT__KIND__CANCELLED ? "-" : "", notice->settlement);
  }
  return text;
}

static void a_fact_is_delivered_once_newest_first(void **state) {
  (void)state;
  put_fact("2-0", SETTLED, "甲");
  put_fact("10-0", SETTLED, "丙");
  put_fact("9-1", SETTLED, "乙"); /* a late one */
  assert_string_equal("丙乙甲", outbox_text());
  put_fact("2-0", SETTLED, "甲"); /* all of it comes again */
  put_fact("9-1", SETTLED, "乙");
  put_fact("10-0", SETTLED, "丙");
  put_fact("1-0", SETTLED, "初"); /* older than all */
  put_fact("9-2", CANCELLED, "甲");
  assert_string_equal("丙-甲乙甲初", outbox_text());
  put_fact("11-9", SETTLED, "nine"); /* one millisecond: by number, not by letter */
  put_fact("11-10", SETTLED, "ten");
  assert_string_equal("tennine丙-甲乙甲初", outbox_text());
  for (int i = 0; i < OUTBOX_MAX - 2; i++)
    put_fact(arena_format(&arena, "12-%d", i), SETTLED, arena_format(&arena, "d%d", i));
  outbox_text();
  assert_int_equal(OUTBOX_MAX, seen_outbox.n);
  assert_string_equal("d97", seen_outbox.notices[0].settlement);
  assert_string_equal("nine", seen_outbox.notices[OUTBOX_MAX - 1].settlement);
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
      cmocka_unit_test(a_cursor_moves_over_what_is_acknowledged_without_a_gap),
      cmocka_unit_test(what_is_no_entry_id_is_refused),
      cmocka_unit_test(every_fact_comes_in_order_and_sums_to_the_counters),
      cmocka_unit_test(entries_of_a_bucket_come_in_order),
      cmocka_unit_test(each_group_gets_everything_and_each_member_a_part),
      cmocka_unit_test(what_was_not_acknowledged_comes_to_the_next_one),
      cmocka_unit_test(a_killed_one_is_followed_when_its_lease_is_over),
      cmocka_unit_test(what_failed_comes_again_to_the_same_consumer),
      cmocka_unit_test(what_cannot_be_read_keeps_the_cursor_and_lets_others_pass),
      cmocka_unit_test(only_what_every_group_acknowledged_is_trimmed),
      cmocka_unit_test(a_fact_is_delivered_once_newest_first),
      cmocka_unit_test(balances_are_posted_once_and_summed_over_buckets),
  };
  return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
