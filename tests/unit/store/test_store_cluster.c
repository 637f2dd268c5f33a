/* A real Redis Cluster of three masters with a replica each: slots, redirections, a failover under a write. */
#include "account.h"
#include "journal.h"
#include "ledger.h"
#include "redis_route.h"
#include "store_fixture.h"

enum { MASTERS = 3, NODES = 2 * MASTERS, CLUSTER_PATIENCE_MS = 20000 };
static struct server nodes[NODES];
static char ids[NODES][41];
static const char *const more[] = {
    "--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--repl-diskless-sync-delay", "0", NULL};

static const char *say(int node, const char *format, ...) {
  static char answer[4096];
  char command[256];
  va_list args;
  va_start(args, format);
  vsnprintf(command, sizeof command, format, args);
  va_end(args);
  return server_say(&nodes[node], command, answer);
}

static void wait_until_said(int node, const char *command, const char *wanted) {
  const int64_t from = steady_ms();
  while (!strstr(say(node, "%s", command), wanted)) {
    if (steady_ms() - from > CLUSTER_PATIENCE_MS) fail_msg("node %d never says %s", node, wanted);
    nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
  }
}

static void build_cluster(void) {
  for (int i = 0; i < NODES; i++) {
    server_start(&nodes[i], more);
    memcpy(ids[i], strchr(say(i, "CLUSTER MYID"), '\n') + 1, 40);
    assert_non_null(strstr(say(i, "CLUSTER SET-CONFIG-EPOCH %d", i + 1), "+OK"));
  }
  for (int i = 0; i < MASTERS; i++) {
    const int first = i * ROUTE_SLOTS / MASTERS, last = (i + 1) * ROUTE_SLOTS / MASTERS - 1;
    assert_non_null(strstr(say(i, "CLUSTER ADDSLOTSRANGE %d %d", first, last), "+OK"));
  }
  for (int i = 1; i < NODES; i++) say(0, "CLUSTER MEET 127.0.0.1 %d", nodes[i].port);
  for (int i = 0; i < NODES; i++) {
    wait_until_said(i, "CLUSTER INFO", "cluster_known_nodes:6");
    wait_until_said(i, "CLUSTER INFO", "cluster_state:ok");
  }
  for (int i = MASTERS; i < NODES; i++) {
    const int64_t from = steady_ms();
    while (!strstr(say(i, "CLUSTER REPLICATE %s", ids[i - MASTERS]), "+OK")) assert_true(steady_ms() - from < 10000);
    wait_until_said(i, "INFO replication", "master_link_status:up");
  }
}

static int set_up(void **state) {
  (void)state;
  log_open("test", LOG_ERROR + 1);
  assert_int_equal(0, uv_loop_init(&loop));
  arena_init(&arena, 64 * 1024 * 1024);
  build_cluster();
  char url[128], error[STORE_TEXT];
  snprintf(url, sizeof url, "redis://127.0.0.1:%d,127.0.0.1:%d", nodes[1].port, nodes[4].port); /* one is a replica */
  store = store_open(&loop, &(struct store_config){.url = url, .name = "test", .durability = STORE_CLUSTER, .lanes = 2},
                     error);
  assert_non_null(store);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  store_stop();
  assert_int_equal(0, uv_loop_close(&loop));
  for (int i = 0; i < NODES; i++) server_remove(&nodes[i]);
  arena_free(&arena);
  return 0;
}

struct outcome {
  int calls;
  struct ledger_reply reply;
};

static void take(void *context, const struct ledger_reply *reply) {
  struct outcome *outcome = context;
  outcome->calls++;
  outcome->reply = *reply;
  outcome->reply.text = arena_copy(&arena, reply->text);
}

static const struct test_move moves[] = {{"stays", 1, NULL}, {"basic.p", 100, NULL}, {0}};

static enum ledger_outcome apply(const char *person) {
  struct outcome outcome = {0};
  ledger_apply(store, &arena, settlement_new("r1", person, 1, moves), DEADLINE_MS, take, &outcome);
  RUN_UNTIL(outcome.calls);
  assert_int_equal(1, outcome.calls);
  assert_string_equal("", outcome.reply.text);
  assert_int_equal(STORE_OK, outcome.reply.result);
  return outcome.reply.outcome;
}

/* A person that nobody was before, whose slot the master holds. */
static char *person_of_master(int master) {
  static int next;
  for (;;) {
    char *person = arena_format(&arena, "m%d", next++);
    if (route_slot_of_bucket(id_bucket(person)) * MASTERS / ROUTE_SLOTS == master) return person;
  }
}

static void every_bucket_finds_its_node(void **state) {
  (void)state;
  enum { MANY = 120 };
  RUN_UNTIL(store_ready(store));
  for (int i = 0; i < MANY; i++) /* seen: applied, but its replica was late, so it was asked again */
    assert_in_range(apply(arena_format(&arena, "p%d", i)), LEDGER_APPLIED, LEDGER_SEEN);
  const uint64_t learnt = store_metrics(store).redirected; /* while the nodes still told each other who is who */
  assert_true(learnt < MANY / 10);
  for (int i = 0; i < MANY; i++) assert_int_equal(LEDGER_SEEN, apply(arena_format(&arena, "p%d", i)));
  assert_int_equal(learnt, store_metrics(store).redirected);
  for (int i = 0; i < MASTERS; i++) assert_null(strstr(say(i, "DBSIZE"), ":0\r\n"));
}

struct reader {
  struct journal *journal;
  int n;
};

static void take_fact(void *context, const struct journal_entry *entry) {
  struct reader *reader = context;
  assert_true(id_bucket(entry->fact->person) == entry->bucket);
  reader->n++;
  journal_ack(reader->journal, entry->bucket, entry->id);
}

/* Reads until it holds everything and has taken `wanted`, and a moment longer; how many came. */
static int read_journal(int wanted) {
  struct reader reader = {0};
  bool closed = false;
  reader.journal = journal_open(
      store, &loop, &(struct journal_config){.group = "g", .consumer = "c", .take = take_fact, .context = &reader});
  RUN_UNTIL(reader.n >= wanted && journal_metrics(reader.journal).held == JOURNAL_CHUNKS);
  const int64_t from = steady_ms();
  RUN_UNTIL(steady_ms() - from > 300);
  journal_close(reader.journal, set_true, &closed);
  RUN_UNTIL(closed);
  return reader.n;
}

static void the_journal_is_read_bucket_by_bucket(void **state) {
  (void)state;
  struct answer answer = {0};
  const int facts = 120; /* of the test before */
  assert_int_equal(facts, read_journal(facts));
  assert_int_equal(0, read_journal(0)); /* the cursors were saved, each at its node */
  const char *person = "p0", *cursor = key_of(person, "cursor:g");
  store_command(store, id_bucket(person), STORE_READ, 2, (const char *[]){"GET", cursor}, NULL, DEADLINE_MS,
                answer_take, &answer);
  RUN_UNTIL(answer.calls);
  assert_non_null(strchr(answer.text, '-'));
}

static void a_moving_slot_is_followed(void **state) {
  (void)state;
  char *person = person_of_master(0);
  const int slot = route_slot_of_bucket(id_bucket(person));
  assert_non_null(strstr(say(1, "CLUSTER SETSLOT %d IMPORTING %s", slot, ids[0]), "+OK"));
  assert_non_null(strstr(say(0, "CLUSTER SETSLOT %d MIGRATING %s", slot, ids[1]), "+OK"));
  const uint64_t before = store_metrics(store).redirected;
  struct answer answer = {0};
  char *key = key_of(person, "one");
  store_command(store, id_bucket(person), STORE_READ, 2, (const char *[]){"GET", key}, NULL, DEADLINE_MS, answer_take,
                &answer);
  RUN_UNTIL(answer.calls); /* ASK: the new node is asked, by asking */
  assert_int_equal(STORE_OK, answer.result);
  assert_int_equal(before + 1, store_metrics(store).redirected);

  struct outcome outcome = {
      0}; /* several keys, some of which may be still at the old node: TRYAGAIN until it is over */
  ledger_apply(store, &arena, settlement_new("r1", person, 1, moves), DEADLINE_MS, take, &outcome);
  RUN_UNTIL(store_metrics(store).retried >= 3);
  assert_int_equal(0, outcome.calls);
  assert_non_null(strstr(say(1, "CLUSTER SETSLOT %d NODE %s", slot, ids[1]), "+OK"));
  assert_non_null(strstr(say(0, "CLUSTER SETSLOT %d NODE %s", slot, ids[1]), "+OK"));
  RUN_UNTIL(outcome.calls);
  assert_int_equal(STORE_OK, outcome.reply.result);
  assert_in_range(outcome.reply.outcome, LEDGER_APPLIED, LEDGER_SEEN);
  assert_non_null(strstr(say(1, "CLUSTER COUNTKEYSINSLOT %d", slot), ":4\r\n"));
  const uint64_t after = store_metrics(store).redirected;
  assert_int_equal(LEDGER_SEEN, apply(person)); /* the way is remembered */
  assert_int_equal(after, store_metrics(store).redirected);
}

static void a_missing_replica_leaves_a_write_unknown(void **state) {
  (void)state;
  const char *person = person_of_master(2);
  kill(nodes[5].pid, SIGSTOP); /* the replica of master 2 */
  struct outcome outcome = {0};
  ledger_apply(store, &arena, settlement_new("r1", person, 1, moves), 400, take, &outcome);
  RUN_UNTIL(outcome.calls);
  assert_int_equal(STORE_UNKNOWN, outcome.reply.result);
  assert_true(store_metrics(store).replica_shortfalls > 0);
  kill(nodes[5].pid, SIGCONT);
  wait_until_said(5, "INFO replication", "master_link_status:up");
  const int64_t from = steady_ms();
  assert_int_equal(LEDGER_SEEN, apply(person)); /* it was applied, and now is where it should be */
  assert_true(steady_ms() - from < DEADLINE_MS);
}

static void a_failover_loses_nothing(void **state) {
  (void)state;
  wait_until_said(3, "INFO replication", "master_link_status:up");
  const char *before = person_of_master(0), *during = person_of_master(0);
  assert_in_range(apply(before), LEDGER_APPLIED, LEDGER_SEEN);
  server_kill(&nodes[0]);
  struct outcome outcome = {0};
  ledger_apply(store, &arena, settlement_new("r1", during, 1, moves), 2 * PATIENCE_MS, take, &outcome);
  const int64_t from = steady_ms();
  while (!strstr(say(3, "ROLE"), "master")) {
    assert_true(steady_ms() - from < CLUSTER_PATIENCE_MS);
    uv_run(&loop, UV_RUN_NOWAIT);
  }
  server_run(&nodes[0], more); /* comes back as the replica that the new master needs for a durable write */
  RUN_UNTIL(outcome.calls);
  assert_int_equal(STORE_OK, outcome.reply.result);
  assert_in_range(outcome.reply.outcome, LEDGER_APPLIED, LEDGER_SEEN);
  assert_int_equal(LEDGER_SEEN, apply(before));
  assert_int_equal(LEDGER_SEEN, apply(during));
  RUN_UNTIL(store_ready(store));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_bucket_finds_its_node), cmocka_unit_test(the_journal_is_read_bucket_by_bucket),
      cmocka_unit_test(a_moving_slot_is_followed),   cmocka_unit_test(a_missing_replica_leaves_a_write_unknown),
      cmocka_unit_test(a_failover_loses_nothing),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
