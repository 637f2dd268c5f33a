#include "account.h"
#include "ledger.h"
#include "store_fixture.h"

struct outcome {
  int calls;
  struct ledger_reply reply;
};

static void take(void *context, const struct ledger_reply *reply) {
  struct outcome *outcome = context;
  outcome->calls++;
  outcome->reply = *reply;
}

static struct ledger_reply wait_for(struct outcome *outcome) {
  RUN_UNTIL(outcome->calls);
  assert_int_equal(1, outcome->calls);
  assert_int_equal(STORE_OK, outcome->reply.result);
  return outcome->reply;
}

static struct ledger_reply apply(const Yz__Settlement *settlement) {
  struct outcome outcome = {0};
  ledger_apply(store, &arena, settlement, DEADLINE_MS, take, &outcome);
  assert_int_equal(0, outcome.calls); /* never from inside the call */
  return wait_for(&outcome);
}

static struct ledger_reply read_settlement(const char *id) {
  struct outcome outcome = {0};
  ledger_read(store, &arena, id, DEADLINE_MS, take, &outcome);
  return wait_for(&outcome);
}

static struct ledger_reply cancel(const Yz__Settlement *settled, const char *request) {
  const struct ledger_reply before = read_settlement(settled->id);
  struct outcome outcome = {0};
  ledger_cancel(store, &arena, before.bytes, before.n_bytes, LEDGER_ANY, settlement_cancelled(settled, request),
                DEADLINE_MS, take, &outcome);
  return wait_for(&outcome);
}

static const struct test_move first_moves[] = {
    {"stays", 1, NULL}, {"basic.p", 2974368, NULL}, {"basic.d@H1", 70000, NULL}, {"qihuibao.d", 500, "C1"}, {0}};

static void a_settlement_is_applied_once(void **state) {
  (void)state;
  const Yz__Settlement *s = settlement_new("r1", "apply-once", 1, first_moves);
  struct ledger_reply reply = apply(s);
  assert_int_equal(LEDGER_APPLIED, reply.outcome);
  assert_int_equal(1, reply.version);
  const char *key = key_of("apply-once", "acc:apply-once:2023");
  assert_string_equal("basic.d@H1=70000 basic.p=2974368 stays=1", hash_text(key));

  reply = apply(s);
  assert_int_equal(LEDGER_SEEN, reply.outcome);
  assert_string_equal(s->id, reply.recorded->id);
  size_t n = protobuf_c_message_get_packed_size(&s->base);
  uint8_t *bytes = arena_alloc(&arena, n);
  protobuf_c_message_pack(&s->base, bytes);
  assert_int_equal(n, reply.n_bytes);
  assert_memory_equal(bytes, reply.bytes, n); /* the very bytes */
  assert_string_equal("basic.d@H1=70000 basic.p=2974368 stays=1", hash_text(key));
  assert_string_equal("1", ask_words(arena_format(&arena, "XLEN %s", key_of("apply-once", "journal"))).text);
}

static void a_mark_says_what_a_settlement_stands_on(void **state) {
  (void)state;
  static const struct test_move moves[] = {{"basic.p", 100, NULL}, {0}}, none[] = {{0}};
  Yz__Settlement *s = settlement_new("r1", "marks", 1, none);
  assert_string_equal(".", ledger_mark(s));
  s->bill->has_use_account = true;
  assert_string_equal(".", ledger_mark(s));
  s->bill->use_account = 1; /* the account was empty */
  assert_string_equal(":", ledger_mark(s));
  s->bill->use_account = 0;
  s->n_results = 1; /* the cap was used up */
  assert_string_equal(":", ledger_mark(s));
  assert_string_equal("+", ledger_mark(settlement_new("r1", "marks", 1, moves)));
}

static void an_old_version_meets_a_conflict_with_fresh_counters(void **state) {
  (void)state;
  static const struct test_move moves[] = {{"basic.p", 100, NULL}, {0}};
  assert_int_equal(LEDGER_APPLIED, apply(settlement_new("r1", "conflict", 1, moves)).outcome);
  const struct ledger_reply reply = apply(settlement_new("r2", "conflict", 1, moves));
  assert_int_equal(LEDGER_CONFLICT, reply.outcome);
  assert_int_equal(1, reply.version);
  assert_int_equal(1, reply.n_counters);
  assert_string_equal("basic.p", reply.counters[0]->name);
  assert_int_equal(100, reply.counters[0]->value);
  assert_string_equal("basic.p=100", hash_text(key_of("conflict", "acc:conflict:2023")));
  assert_int_equal(LEDGER_APPLIED, apply(settlement_new("r2", "conflict", 2, moves)).outcome);
}

static void counters_neither_go_below_zero_nor_beyond_exactness(void **state) {
  (void)state;
  static const struct test_move below[] = {{"stays", 1, NULL}, {"basic.p", -1, NULL}, {0}};
  static const struct test_move beyond[] = {{"stays", 1, NULL}, {"basic.p", INT64_C(9007199254740992), NULL}, {0}};
  static const struct test_move most[] = {{"basic.p", INT64_C(9007199254740991), NULL}, {0}};
  struct ledger_reply reply = apply(settlement_new("r1", "bounds", 1, below));
  assert_int_equal(LEDGER_DEFECT, reply.outcome);
  assert_string_equal("basic.p would become -1", reply.text);
  assert_int_equal(LEDGER_DEFECT, apply(settlement_new("r2", "bounds", 1, beyond)).outcome);
  assert_string_equal("0", ask_words(arena_format(&arena, "EXISTS %s", key_of("bounds", "acc:bounds:2023"))).text);
  assert_int_equal(LEDGER_APPLIED, apply(settlement_new("r3", "bounds", 1, most)).outcome);
  assert_string_equal("basic.p=9007199254740991", hash_text(key_of("bounds", "acc:bounds:2023")));
}

static void a_wrong_type_is_found_before_anything_is_written(void **state) {
  (void)state;
  static const struct test_move moves[] = {{"stays", 1, NULL}, {0}};
  ask_words(arena_format(&arena, "SET %s x", key_of("types", "plist:types:2023")));
  struct outcome outcome = {0};
  ledger_apply(store, &arena, settlement_new("r1", "types", 1, moves), DEADLINE_MS, take, &outcome);
  RUN_UNTIL(outcome.calls);
  assert_int_equal(STORE_ERROR, outcome.reply.result);
  assert_non_null(strstr(outcome.reply.text, "WRONGTYPE"));
  assert_string_equal("0", ask_words(arena_format(&arena, "EXISTS %s", key_of("types", "acc:types:2023"))).text);
}

static void a_cancel_restores_every_counter(void **state) {
  (void)state;
  static const struct test_move base[] = {{"stays", 1, NULL}, {"basic.p", 1000, NULL}, {0}};
  static const struct test_move more[] = {
      {"stays", 1, NULL}, {"basic.p", 500, NULL}, {"critical.p", 7, NULL}, {"critical.b", 0, NULL}, {0}};
  const Yz__Settlement *first = settlement_new("r1", "cancel", 1, base),
                       *second = settlement_new("r2", "cancel", 2, more);
  apply(first);
  const char *before = hash_text(key_of("cancel", "acc:cancel:2023"));
  apply(second);
  assert_string_equal("basic.p=1500 critical.p=7 stays=2", hash_text(key_of("cancel", "acc:cancel:2023")));

  struct ledger_reply reply = cancel(first, "c1"); /* the second stands on it */
  assert_int_equal(LEDGER_LATER, reply.outcome);
  assert_string_equal(second->id, reply.text);

  reply = cancel(second, "c2");
  assert_int_equal(LEDGER_APPLIED, reply.outcome);
  assert_int_equal(3, reply.version);
  assert_int_equal(YZ__SETTLEMENT__STATUS__CANCELLED, reply.recorded->status);
  assert_string_equal(before, hash_text(key_of("cancel", "acc:cancel:2023")));
  assert_int_equal(YZ__SETTLEMENT__STATUS__CANCELLED, read_settlement(second->id).recorded->status);

  assert_int_equal(LEDGER_APPLIED, cancel(first, "c1").outcome); /* now it is the last that stands */
  assert_string_equal("", hash_text(key_of("cancel", "acc:cancel:2023")));
}

static void a_cancel_of_what_changed_answers_what_is(void **state) {
  (void)state;
  static const struct test_move moves[] = {{"stays", 1, NULL}, {0}};
  const Yz__Settlement *s = settlement_new("r1", "changed", 1, moves);
  apply(s);
  const struct ledger_reply before = read_settlement(s->id);
  assert_int_equal(LEDGER_APPLIED, cancel(s, "c1").outcome);
  struct outcome outcome = {0};
  ledger_cancel(store, &arena, before.bytes, before.n_bytes, LEDGER_ANY, settlement_cancelled(s, "c2"), DEADLINE_MS,
                take, &outcome);
  const struct ledger_reply reply = wait_for(&outcome);
  assert_int_equal(LEDGER_SEEN, reply.outcome);
  assert_string_equal("c1", reply.recorded->cancellation->request_id);
  assert_string_equal("", hash_text(key_of("changed", "acc:changed:2023")));
  assert_int_equal(LEDGER_MISSING, read_settlement(settlement_new("r9", "changed", 1, moves)->id).outcome);
  assert_int_equal(LEDGER_MISSING, read_settlement("nonsense").outcome);
}

static void a_settlement_without_moves_hinders_no_cancel(void **state) {
  (void)state;
  static const struct test_move moves[] = {{"stays", 1, NULL}, {0}}, none[] = {{0}};
  const Yz__Settlement *first = settlement_new("r1", "none", 1, moves), *second = settlement_new("r2", "none", 2, none);
  apply(first);
  apply(second);
  assert_int_equal(LEDGER_APPLIED, cancel(first, "c1").outcome);
  assert_int_equal(LEDGER_APPLIED, cancel(second, "c2").outcome);
}

static void a_fence_makes_a_late_apply_conflict(void **state) {
  (void)state;
  static const struct test_move moves[] = {{"stays", 1, NULL}, {0}};
  const Yz__Settlement *s = settlement_new("r1", "fence", 1, moves);
  struct outcome outcome = {0};
  ledger_fence(store, &arena, s->id, "fence", 2023, DEADLINE_MS, take, &outcome);
  assert_int_equal(LEDGER_APPLIED, wait_for(&outcome).outcome);
  assert_int_equal(LEDGER_CONFLICT, apply(s).outcome);
  assert_int_equal(LEDGER_APPLIED, apply(settlement_new("r1", "fence", 2, moves)).outcome);
  outcome.calls = 0;
  ledger_fence(store, &arena, s->id, "fence", 2023, DEADLINE_MS, take, &outcome);
  assert_int_equal(LEDGER_SEEN, wait_for(&outcome).outcome);
}

/* --- reading an account --- */

static struct account seen_account;
static int account_calls;
static void take_account(void *context, const struct account *account) {
  (void)context;
  seen_account = *account;
  account_calls++;
}

static void an_account_is_read_with_its_prior_settlement(void **state) {
  (void)state;
  static const struct test_move moves[] = {{"stays", 1, NULL}, {"basic.p", 5, NULL}, {0}};
  const Yz__Settlement *s = settlement_new("r1", "account", 1, moves);
  account_calls = 0;
  account_read(store, &arena, "account", 2023, s->id, DEADLINE_MS, take_account, NULL);
  RUN_UNTIL(account_calls);
  assert_int_equal(STORE_OK, seen_account.result);
  assert_null(seen_account.person);
  assert_null(seen_account.prior);
  assert_int_equal(0, seen_account.version);
  assert_int_equal(0, seen_account.n_counters);
  apply(s);
  account_calls = 0;
  account_read(store, &arena, "account", 2023, s->id, DEADLINE_MS, take_account, NULL);
  RUN_UNTIL(account_calls);
  assert_int_equal(1, seen_account.version);
  assert_int_equal(2, seen_account.n_counters);
  assert_string_equal(s->id, seen_account.prior->id);
  assert_false(seen_account.contracted);
  ask_words(arena_format(&arena, "SADD %s C1", key_of("account", "pcontracts:account")));
  account_calls = 0;
  account_read(store, &arena, "account", 2023, NULL, DEADLINE_MS, take_account, NULL);
  RUN_UNTIL(account_calls);
  assert_true(seen_account.contracted);
  assert_null(seen_account.prior);
}

static struct account_list seen_list;
static int list_calls;
static void take_list(void *context, const struct account_list *list) {
  (void)context;
  seen_list = *list;
  list_calls++;
}

static void settlements_are_listed_newest_first(void **state) {
  (void)state;
  static const struct test_move moves[] = {{"stays", 1, NULL}, {0}};
  const Yz__Settlement *s[3];
  for (uint64_t i = 0; i < 3; i++) {
    s[i] = settlement_new(arena_format(&arena, "r%d", (int)i), "list", i + 1, moves);
    apply(s[i]);
  }
  cancel(s[2], "c");
  list_calls = 0;
  account_settlements(store, &arena, "list", 2023, 2, DEADLINE_MS, take_list, NULL);
  RUN_UNTIL(list_calls);
  assert_int_equal(1, list_calls);
  assert_int_equal(2, seen_list.n);
  assert_string_equal(s[2]->id, seen_list.ids[0]);
  assert_string_equal(s[1]->id, seen_list.ids[1]);
}

/* A settlement whose record is about a megabyte. */
static const Yz__Settlement *large_settlement(void) {
  Yz__Settlement *s = settlement_new("large", "large", 1, (const struct test_move[]){{"stays", 1, NULL}, {0}});
  enum { LINES = 2000, NAME = 500 };
  char *name = arena_alloc(&arena, NAME + 1);
  memset(name, 'n', NAME);
  s->bill->n_lines = LINES;
  s->bill->lines = arena_alloc(&arena, LINES * sizeof *s->bill->lines);
  for (size_t i = 0; i < LINES; i++) {
    s->bill->lines[i] = arena_alloc(&arena, sizeof **s->bill->lines);
    yz__fee_line__init(s->bill->lines[i]);
    s->bill->lines[i]->item = arena_copy(&arena, "F1102005");
    s->bill->lines[i]->name = name;
  }
  return s;
}

static void a_settlement_without_room_is_an_error(void **state) {
  (void)state;
  const Yz__Settlement *s = large_settlement();
  assert_int_equal(LEDGER_APPLIED, apply(s).outcome);
  /* none for its bytes; for its bytes, and not for what they say */
  static const size_t rooms[] = {100 * 1024, 1200 * 1024};
  for (size_t i = 0; i < COUNT(rooms); i++) {
    struct arena small;
    struct outcome outcome = {0};
    arena_init(&small, rooms[i]);
    ledger_read(store, &small, s->id, DEADLINE_MS, take, &outcome);
    RUN_UNTIL(outcome.calls);
    assert_int_equal(STORE_ERROR, outcome.reply.result);
    assert_non_null(strstr(outcome.reply.text, "larger"));
    assert_null(outcome.reply.recorded);
    arena_free(&small);
  }
}

static size_t looked_lines;
static void take_look(void *context, const struct ledger_reply *reply) {
  assert_int_equal(STORE_OK, reply->result);
  looked_lines += reply->recorded->bill->n_lines; /* lives now, and no longer */
  (*(int *)context)++;
}

static void many_are_looked_at_each_in_its_own_memory(void **state) {
  (void)state;
  const Yz__Settlement *s = large_settlement();
  enum { LOOKS = 40 };
  int calls = 0;
  for (int i = 0; i < LOOKS; i++) ledger_look(store, s->id, DEADLINE_MS, take_look, &calls);
  RUN_UNTIL(calls == LOOKS);
  assert_int_equal(LOOKS * s->bill->n_lines, looked_lines);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_settlement_is_applied_once),
      cmocka_unit_test(a_mark_says_what_a_settlement_stands_on),
      cmocka_unit_test(an_old_version_meets_a_conflict_with_fresh_counters),
      cmocka_unit_test(counters_neither_go_below_zero_nor_beyond_exactness),
      cmocka_unit_test(a_wrong_type_is_found_before_anything_is_written),
      cmocka_unit_test(a_cancel_restores_every_counter),
      cmocka_unit_test(a_cancel_of_what_changed_answers_what_is),
      cmocka_unit_test(a_settlement_without_moves_hinders_no_cancel),
      cmocka_unit_test(a_fence_makes_a_late_apply_conflict),
      cmocka_unit_test(an_account_is_read_with_its_prior_settlement),
      cmocka_unit_test(settlements_are_listed_newest_first),
      cmocka_unit_test(a_settlement_without_room_is_an_error),
      cmocka_unit_test(many_are_looked_at_each_in_its_own_memory),
  };
  return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
