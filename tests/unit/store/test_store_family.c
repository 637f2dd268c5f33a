#include "commit.h"
#include "family.h"
#include "record.h"
#include "store_fixture.h"

struct outcome {
  int calls;
  enum store_result result;
  enum family_outcome outcome;
};

static void take(void *context, enum store_result result, enum family_outcome outcome, const char *text) {
  struct outcome *seen = context;
  (void)text;
  seen->calls++;
  seen->result = result;
  seen->outcome = outcome;
}

static enum family_outcome wait_for(struct outcome *seen) {
  RUN_UNTIL(seen->calls);
  assert_int_equal(1, seen->calls);
  assert_int_equal(STORE_OK, seen->result);
  return seen->outcome;
}

static enum family_outcome try_part(const struct family_part *part, uint64_t expected, int64_t deductible) {
  struct outcome seen = {0};
  const struct test_move moves[] = {
      {"q.d", deductible, part->contract}, {"q.p", 7, part->contract}, {"other", 1, "another"}, {"own", 1, NULL}, {0}};
  const Yz__Settlement *s = settlement_new("x", part->person, 1, moves);
  family_try(store, part, expected, s->n_moves, s->moves, DEADLINE_MS, take, &seen);
  return wait_for(&seen);
}

static enum family_outcome confirm(const struct family_part *part) {
  struct outcome seen = {0};
  struct family_part moved = *part;
  moved.moved = true;
  family_confirm(store, &moved, DEADLINE_MS, take, &seen);
  return wait_for(&seen);
}

static enum family_outcome take_back(const struct family_part *part) {
  struct outcome seen = {0};
  family_cancel(store, part, DEADLINE_MS, take, &seen);
  return wait_for(&seen);
}

static enum family_outcome reopen(const struct family_part *part, const char *by) {
  struct outcome seen = {0};
  family_reopen(store, part, by, DEADLINE_MS, take, &seen);
  return wait_for(&seen);
}

static enum family_outcome keep(const struct family_part *part) {
  struct outcome seen = {0};
  family_keep(store, part, DEADLINE_MS, take, &seen);
  return wait_for(&seen);
}

static struct family_part part_of(const char *contract, uint64_t basis) {
  return (struct family_part){.settlement = "S1", .person = "p", .contract = contract, .year = 2023, .basis = basis};
}

static char *counters_of(const char *contract) {
  return hash_text(key_of(contract, "cacc:%s:2023", contract));
}

static const char *list_of(const char *contract) {
  return arena_copy(
      &arena, ask_words(arena_format(&arena, "LRANGE %s 0 -1", key_of(contract, "clist:%s:2023", contract))).text);
}

static const char *tries_of(const char *contract) {
  return arena_copy(&arena, ask_words(arena_format(&arena, "ZCARD %s", key_of(contract, "tries"))).text);
}

static void try_and_confirm_move_once(void **state) {
  (void)state;
  const struct family_part part = part_of("confirm", 0);
  assert_int_equal(FAMILY_DONE, try_part(&part, 0, 500));
  assert_int_equal(FAMILY_DONE, try_part(&part, 0, 500));
  assert_string_equal("q.d=500 q.p=7", counters_of("confirm"));
  assert_string_equal("1", tries_of("confirm"));
  assert_int_equal(FAMILY_DONE, confirm(&part));
  assert_int_equal(FAMILY_DONE, confirm(&part));
  assert_string_equal("q.d=500 q.p=7", counters_of("confirm"));
  assert_string_equal("0", tries_of("confirm"));
  assert_int_equal(FAMILY_CLOSED, try_part(&part, 1, 500));
}

static void a_cancel_moves_back_once(void **state) {
  (void)state;
  const struct family_part part = part_of("back", 0);
  assert_int_equal(FAMILY_NONE, take_back(&part));
  assert_int_equal(FAMILY_DONE, try_part(&part, 0, 500));
  assert_int_equal(FAMILY_DONE, take_back(&part));
  assert_string_equal("", counters_of("back"));
  assert_string_equal("0", tries_of("back"));
  assert_int_equal(FAMILY_NONE, take_back(&part));
  assert_int_equal(FAMILY_NONE, confirm(&part));

  assert_int_equal(FAMILY_DONE, try_part(&part, 2, 400)); /* may be tried anew */
  assert_int_equal(FAMILY_DONE, confirm(&part));
  assert_int_equal(FAMILY_DONE, take_back(&part)); /* the settlement was cancelled */
  assert_int_equal(FAMILY_DONE, take_back(&part));
  assert_string_equal("", counters_of("back"));
  assert_int_equal(FAMILY_CLOSED, try_part(&part, 4, 400)); /* for ever */
}

static void attempts_do_not_undo_each_other(void **state) {
  (void)state;
  const struct family_part old = part_of("basis", 3), new = part_of("basis", 4);
  assert_int_equal(FAMILY_CONFLICT, try_part(&old, 9, 500)); /* counters moved */
  assert_int_equal(FAMILY_DONE, try_part(&old, 0, 500));
  assert_int_equal(FAMILY_BUSY, try_part(&old, 1, 400));
  assert_int_equal(FAMILY_DONE, try_part(&new, 1, 400)); /* replaces the older */
  assert_string_equal("q.d=400 q.p=7", counters_of("basis"));
  assert_string_equal("1", tries_of("basis"));
  assert_int_equal(FAMILY_CONFLICT, try_part(&old, 2, 500));
  assert_int_equal(FAMILY_NONE, take_back(&old));
  assert_int_equal(FAMILY_NONE, confirm(&old));
  assert_string_equal("q.d=400 q.p=7", counters_of("basis"));
  assert_int_equal(FAMILY_DONE, confirm(&new));
}

static void a_family_counter_does_not_go_below_zero(void **state) {
  (void)state;
  const struct family_part part = part_of("below", 0);
  assert_int_equal(FAMILY_DEFECT, try_part(&part, 0, -1));
  assert_string_equal("", counters_of("below"));
}

static void nothing_is_tried_on_what_a_cancel_may_take_back(void **state) {
  (void)state;
  const struct family_part part = part_of("open", 0);
  const struct family_part other = {.settlement = "S2", .person = "q", .contract = "open", .year = 2023, .basis = 0};
  assert_int_equal(FAMILY_NONE, reopen(&part, "c1"));
  assert_int_equal(FAMILY_DONE, try_part(&part, 0, 500));
  assert_int_equal(FAMILY_DONE, confirm(&part));
  assert_int_equal(FAMILY_DONE, reopen(&part, "c1"));
  assert_int_equal(FAMILY_DONE, reopen(&part, "c1"));
  assert_int_equal(FAMILY_CONFLICT, reopen(&part, "c2"));
  assert_int_equal(FAMILY_DONE, confirm(&part)); /* by the journal: the cancel goes on */
  assert_int_equal(FAMILY_CONFLICT, try_part(&other, 1, 10));
  assert_string_equal("1", tries_of("open"));

  assert_int_equal(FAMILY_DONE, keep(&part)); /* the cancel was refused */
  assert_string_equal("0", tries_of("open"));
  assert_int_equal(FAMILY_DONE, try_part(&other, 1, 10));
  assert_int_equal(FAMILY_CONFLICT, reopen(&part, "c1"));
  assert_int_equal(FAMILY_DONE, confirm(&other));
  assert_int_equal(FAMILY_LATER, reopen(&part, "c3"));
  assert_int_equal(FAMILY_DONE, take_back(&other));
  assert_int_equal(FAMILY_DONE, reopen(&part, "c3"));
  assert_int_equal(FAMILY_DONE, take_back(&part));
  assert_int_equal(FAMILY_NONE, reopen(&part, "c3"));
  assert_int_equal(FAMILY_NONE, keep(&part));
  assert_string_equal("", counters_of("open"));
  assert_string_equal("0", tries_of("open"));
}

/* --- with contracts and settlements --- */

static void set_put(void *context, const struct record *record) {
  assert_int_equal(STORE_OK, record->result);
  *(bool *)context = true;
}

static void put_contract(const char *id, const char *person) {
  Yz__Contract contract;
  yz__contract__init(&contract);
  contract.id = arena_copy(&arena, id);
  contract.product = arena_copy(&arena, "cn.x");
  Yz__Member member, *members = &member;
  yz__member__init(&member);
  member.person = arena_copy(&arena, person);
  contract.n_members = 1;
  contract.members = &members;
  bool put = false;
  record_put(store, &arena, RECORD_CONTRACT, &contract.base, DEADLINE_MS, set_put, &put);
  RUN_UNTIL(put);
}

static struct family seen_family;
static int family_calls;
static void take_family(void *context, const struct family *family) {
  (void)context;
  seen_family = *family;
  family_calls++;
}

static struct family read_family(const char *person, const char *settlement) {
  family_calls = 0;
  family_read(store, &arena, person, 2023, settlement, DEADLINE_MS, take_family, NULL);
  RUN_UNTIL(family_calls);
  assert_int_equal(1, family_calls);
  assert_int_equal(STORE_OK, seen_family.result);
  return seen_family;
}

struct committed {
  int calls;
  struct ledger_reply reply;
};
static void take_commit(void *context, const struct ledger_reply *reply) {
  struct committed *seen = context;
  seen->calls++;
  seen->reply = *reply;
}

static struct ledger_reply commit(const Yz__Settlement *s, const struct family *family) {
  struct committed seen = {0};
  commit_apply(store, &arena, s, family->n, family->contracts, DEADLINE_MS, take_commit, &seen);
  RUN_UNTIL(seen.calls);
  assert_int_equal(1, seen.calls);
  assert_int_equal(STORE_OK, seen.reply.result);
  return seen.reply;
}

static struct ledger_reply cancel(const Yz__Settlement *settled, const char *request) {
  struct committed before = {0}, seen = {0};
  ledger_read(store, &arena, settled->id, DEADLINE_MS, take_commit, &before);
  RUN_UNTIL(before.calls);
  commit_cancel(store, &arena, before.reply.bytes, before.reply.n_bytes, settlement_cancelled(settled, request),
                DEADLINE_MS, take_commit, &seen);
  RUN_UNTIL(seen.calls);
  assert_int_equal(STORE_OK, seen.reply.result);
  return seen.reply;
}

static int sweep_calls;
static unsigned swept;
static void take_sweep(void *context, enum store_result result, unsigned settled) {
  (void)context;
  assert_int_equal(STORE_OK, result);
  sweep_calls++;
  swept = settled;
}

static unsigned sweep_ages(int64_t look_ms, int64_t fence_ms) {
  sweep_calls = 0;
  family_sweep(store, 0, BUCKETS, look_ms, fence_ms, DEADLINE_MS, take_sweep, NULL);
  RUN_UNTIL(sweep_calls);
  return swept;
}

static unsigned sweep(int64_t older_ms) {
  return sweep_ages(older_ms, older_ms);
}

static unsigned look(int64_t older_ms) {
  return sweep_ages(older_ms, INT64_MAX);
}

/* As a service does: the request's memory ends with its answer. */
struct ending {
  struct arena arena;
  int calls;
  enum ledger_outcome outcome;
};
static void take_and_end(void *context, const struct ledger_reply *reply) {
  struct ending *ending = context;
  ending->calls++;
  ending->outcome = reply->outcome;
  arena_free(&ending->arena);
}

static void the_answer_ends_the_memory(void **state) {
  (void)state;
  put_contract("KM", "pm");
  const struct test_move own[] = {{"stays", 1, NULL}, {0}}, both[] = {{"stays", 1, NULL}, {"q.d", 500, "KM"}, {0}};
  const struct test_move *all[] = {own, both};
  for (uint64_t i = 0; i < 2; i++) {
    const struct family family = read_family("pm", NULL);
    const Yz__Settlement *s = settlement_new(i ? "r2" : "r1", "pm", 2 * i + 1, all[i]);
    struct ending ending = {0};
    arena_init(&ending.arena, 1 << 20);
    commit_apply(store, &ending.arena, s, family.n, family.contracts, DEADLINE_MS, take_and_end, &ending);
    RUN_UNTIL(ending.calls);
    assert_int_equal(LEDGER_APPLIED, ending.outcome);
    for (int times = 0; times < 2; times++) { /* the second finds it done, by another attempt */
      struct committed before = {0};
      struct ending cancelled = {0};
      arena_init(&cancelled.arena, 1 << 20);
      ledger_read(store, &arena, s->id, DEADLINE_MS, take_commit, &before);
      RUN_UNTIL(before.calls);
      commit_cancel(store, &cancelled.arena, times ? (const uint8_t *)"" : before.reply.bytes,
                    times ? 0 : before.reply.n_bytes, settlement_cancelled(s, "c"), DEADLINE_MS, take_and_end,
                    &cancelled);
      RUN_UNTIL(cancelled.calls);
      assert_int_equal(times ? LEDGER_SEEN : LEDGER_APPLIED, cancelled.outcome);
    }
  }
}

static const struct test_move two_contracts[] = {{"stays", 1, NULL}, {"q.d", 500, "K1"}, {"q.d", 300, "K2"}, {0}};

static void a_commit_moves_person_and_contracts(void **state) {
  (void)state;
  put_contract("K1", "pk");
  put_contract("K2", "pk");
  struct family family = read_family("pk", NULL);
  assert_int_equal(2, family.n);
  const Yz__Settlement *s = settlement_new("r1", "pk", 1, two_contracts);
  assert_int_equal(LEDGER_APPLIED, commit(s, &family).outcome);
  assert_int_equal(LEDGER_SEEN, commit(s, &family).outcome);
  assert_string_equal("stays=1", hash_text(key_of("pk", "acc:pk:2023")));
  assert_string_equal("q.d=500", counters_of("K1"));
  assert_string_equal("q.d=300", counters_of("K2"));
  assert_string_equal("0", tries_of("K1"));

  assert_int_equal(LEDGER_APPLIED, cancel(s, "c1").outcome);
  assert_string_equal("", counters_of("K1"));
  assert_string_equal("", counters_of("K2"));
  assert_string_equal("", hash_text(key_of("pk", "acc:pk:2023")));
}

static void a_conflict_of_one_contract_takes_the_others_back(void **state) {
  (void)state;
  put_contract("K3", "pc");
  put_contract("K4", "pc");
  struct family family = read_family("pc", NULL);
  const struct family_part other = {
      .settlement = "S9", .person = "someone", .contract = "K4", .year = 2023, .basis = 0};
  assert_int_equal(FAMILY_DONE, try_part(&other, 0, 50));
  const struct test_move moves[] = {{"stays", 1, NULL}, {"q.d", 500, "K3"}, {"q.d", 300, "K4"}, {0}};
  assert_int_equal(LEDGER_CONFLICT, commit(settlement_new("r1", "pc", 1, moves), &family).outcome);
  assert_string_equal("", counters_of("K3"));
  assert_string_equal("q.d=50 q.p=7", counters_of("K4"));

  /* What another has tried may still be taken back: nothing is decided on it. */
  family = read_family("pc", NULL); /* the fence moved the account's version: read again, decide again */
  assert_int_equal(LEDGER_CONFLICT, commit(settlement_new("r1", "pc", 2, moves), &family).outcome);
  assert_string_equal("", counters_of("K3"));
  assert_string_equal("q.d=50 q.p=7", counters_of("K4"));

  assert_int_equal(FAMILY_DONE, confirm(&other));
  family = read_family("pc", NULL);
  assert_int_equal(LEDGER_APPLIED, commit(settlement_new("r1", "pc", 3, moves), &family).outcome);
  assert_string_equal("q.d=500", counters_of("K3"));
  assert_string_equal("q.d=350 q.p=7", counters_of("K4"));
}

static void a_conflict_of_the_account_takes_the_contracts_back(void **state) {
  (void)state;
  put_contract("K5", "pa");
  const struct family family = read_family("pa", NULL);
  const struct test_move moves[] = {{"q.d", 500, "K5"}, {0}};
  assert_int_equal(LEDGER_CONFLICT, commit(settlement_new("r1", "pa", 7, moves), &family).outcome);
  assert_string_equal("", counters_of("K5"));
  assert_string_equal("0", tries_of("K5"));
}

static void ones_own_try_is_not_read_as_a_counter(void **state) {
  (void)state;
  put_contract("K6", "po");
  const struct family_part part = {.settlement = "S1", .person = "po", .contract = "K6", .year = 2023, .basis = 0};
  assert_int_equal(FAMILY_DONE, try_part(&part, 0, 500));
  struct family family = read_family("po", "S2");
  assert_int_equal(1, family.n);
  assert_int_equal(1, family.contracts[0]->version);
  int64_t sum = 0;
  for (size_t i = 0; i < family.contracts[0]->n_counters; i++) sum += family.contracts[0]->counters[i]->value;
  assert_int_equal(507, sum);
  family = read_family("po", "S1");
  sum = 0;
  for (size_t i = 0; i < family.contracts[0]->n_counters; i++) sum += family.contracts[0]->counters[i]->value;
  assert_int_equal(0, sum);
  assert_int_equal(0, read_family("stranger", NULL).n);
}

/* Decided on the contract, and no move there: the family's deductible was used up. */
static Yz__Settlement *settlement_that_reads(const char *request, const char *person, uint64_t sequence,
                                             const char *contract) {
  static const struct test_move own[] = {{"stays", 1, NULL}, {0}};
  Yz__Settlement *s = settlement_new(request, person, sequence, own);
  s->contracts = arena_alloc(&arena, sizeof *s->contracts);
  s->contracts[s->n_contracts++] = arena_copy(&arena, contract);
  return s;
}

static void reading_a_contract_waits_for_what_is_open_there(void **state) {
  (void)state;
  put_contract("K7", "pr");
  const struct family_part other = {
      .settlement = "S9", .person = "someone", .contract = "K7", .year = 2023, .basis = 0};
  assert_int_equal(FAMILY_DONE, try_part(&other, 0, 500));
  struct family family = read_family("pr", NULL);
  assert_int_equal(LEDGER_CONFLICT, commit(settlement_that_reads("r1", "pr", 1, "K7"), &family).outcome);
  assert_int_equal(FAMILY_DONE, take_back(&other));
  assert_int_equal(LEDGER_CONFLICT,
                   commit(settlement_that_reads("r1", "pr", 1, "K7"), &family).outcome); /* as it was read */
  family = read_family("pr", NULL);
  const Yz__Settlement *reads = settlement_that_reads("r1", "pr", 1, "K7");
  assert_int_equal(LEDGER_APPLIED, commit(reads, &family).outcome);
  assert_string_equal("0", tries_of("K7"));
  assert_string_equal(arena_format(&arena, ":%s", reads->id), list_of("K7"));
}

/* Mother takes the family's deductible; father is decided on its having been taken. */
static void nothing_is_cancelled_under_a_later_one_of_the_family(void **state) {
  (void)state;
  put_contract("KF", "mother");
  put_contract("KF2", "mother");
  const struct test_move taken[] = {{"q.d", 500, "KF"}, {0}}, paid[] = {{"q.p", 70, "KF"}, {0}};
  const Yz__Settlement *mother = settlement_new("r1", "mother", 1, taken);
  struct family family = read_family("mother", NULL);
  assert_int_equal(LEDGER_APPLIED, commit(mother, &family).outcome);
  for (int reads = 0; reads < 2; reads++) {
    const char *father_is = reads ? "father2" : "father";
    const Yz__Settlement *father =
        reads ? settlement_that_reads("r2", father_is, 1, "KF") : settlement_new("r2", father_is, 1, paid);
    family = read_family("mother", NULL); /* the same contract */
    assert_int_equal(LEDGER_APPLIED, commit(father, &family).outcome);
    const struct ledger_reply refused = cancel(mother, "c1");
    assert_int_equal(LEDGER_LATER, refused.outcome);
    assert_string_equal(father->id, refused.text);
    assert_string_equal("0", tries_of("KF"));
    assert_int_equal(LEDGER_APPLIED, cancel(father, "c2").outcome);
    assert_string_equal("q.d=500", counters_of("KF"));
  }
  const Yz__Settlement *elsewhere = settlement_that_reads("r3", "father", 3, "KF2");
  family = read_family("mother", NULL);
  assert_int_equal(LEDGER_APPLIED, commit(elsewhere, &family).outcome); /* stands on another contract */
  assert_int_equal(LEDGER_APPLIED, cancel(mother, "c3").outcome);
  assert_string_equal("", counters_of("KF"));
}

/* Parts confirmed before there was a list are not in it. */
static void what_no_list_has_is_before_all_that_is_listed(void **state) {
  (void)state;
  put_contract("KL", "po1");
  const struct test_move moves[] = {{"q.d", 500, "KL"}, {0}};
  const Yz__Settlement *old = settlement_new("r1", "po1", 1, moves), *new = settlement_new("r1", "po2", 1, moves);
  struct family family = read_family("po1", NULL);
  assert_int_equal(LEDGER_APPLIED, commit(old, &family).outcome);
  ask_words(arena_format(&arena, "DEL %s", key_of("KL", "clist:KL:2023")));
  family = read_family("po1", NULL);
  assert_int_equal(LEDGER_APPLIED, commit(new, &family).outcome);
  assert_int_equal(LEDGER_LATER, cancel(old, "c1").outcome);
  assert_int_equal(LEDGER_APPLIED, cancel(new, "c2").outcome);
  assert_int_equal(LEDGER_APPLIED, cancel(old, "c1").outcome);
  assert_string_equal("", counters_of("KL"));
}

/* It was committed on an older basis, and its process died before it confirmed; this attempt read the account behind
 * that, but not the settlement. */
static void what_is_committed_is_not_tried_on_a_newer_basis(void **state) {
  (void)state;
  put_contract("KN", "pn");
  const struct test_move moves[] = {{"stays", 1, NULL}, {"q.d", 500, "KN"}, {"q.p", 7, "KN"}, {0}};
  const Yz__Settlement *s = settlement_new("r1", "pn", 1, moves);
  const struct family_part part = {.settlement = s->id, .person = "pn", .contract = "KN", .year = 2023, .basis = 0};
  assert_int_equal(FAMILY_DONE, try_part(&part, 0, 500));
  struct committed applied = {0};
  ledger_apply(store, &arena, s, DEADLINE_MS, take_commit, &applied);
  RUN_UNTIL(applied.calls);
  Yz__Settlement *again = settlement_new("r1", "pn", 2, moves);
  const struct family family = read_family("pn", s->id);
  assert_int_equal(LEDGER_SEEN, commit(again, &family).outcome);
  assert_string_equal("q.d=500 q.p=7", counters_of("KN"));
  assert_int_equal(1, look(-1));
  assert_string_equal("0", tries_of("KN"));
  assert_string_equal("q.d=500 q.p=7", counters_of("KN"));
}

/* Lost with a master that had no replica, after it was read and before its contract was opened again. */
static void a_cancel_of_what_is_gone_finds_nothing(void **state) {
  (void)state;
  put_contract("KG", "pv");
  const struct test_move moves[] = {{"stays", 1, NULL}, {"q.d", 500, "KG"}, {0}};
  const Yz__Settlement *s = settlement_new("r1", "pv", 1, moves);
  const struct family family = read_family("pv", NULL);
  assert_int_equal(LEDGER_APPLIED, commit(s, &family).outcome);
  struct committed before = {0}, seen = {0};
  ledger_read(store, &arena, s->id, DEADLINE_MS, take_commit, &before);
  RUN_UNTIL(before.calls);
  ask_words(arena_format(&arena, "DEL %s", key_of("pv", "settle:%s", s->id)));
  commit_cancel(store, &arena, before.reply.bytes, before.reply.n_bytes, settlement_cancelled(s, "c1"), DEADLINE_MS,
                take_commit, &seen);
  RUN_UNTIL(seen.calls);
  assert_int_equal(STORE_OK, seen.reply.result);
  assert_int_equal(LEDGER_MISSING, seen.reply.outcome);
  assert_string_equal("", counters_of("KG"));
  assert_string_equal("0", tries_of("KG"));
}

static void contracts_are_read_in_the_order_of_their_ids(void **state) {
  (void)state;
  const char *ids[] = {"o3", "o1", "o4", "o2"};
  for (size_t i = 0; i < 4; i++) put_contract(ids[i], "pi");
  const struct family family = read_family("pi", NULL);
  assert_int_equal(4, family.n);
  for (size_t i = 0; i < 4; i++)
    assert_string_equal(arena_format(&arena, "o%zu", i + 1), family.contracts[i]->contract->id);
}

static struct ledger_reply cancelled_again(const Yz__Settlement *settled, const char *request) {
  struct committed seen = {0};
  commit_cancelled(store, &arena, settlement_cancelled(settled, request), DEADLINE_MS, take_commit, &seen);
  RUN_UNTIL(seen.calls);
  assert_int_equal(STORE_OK, seen.reply.result);
  return seen.reply;
}

static void a_cancel_asked_again_finishes_what_a_dead_process_left(void **state) {
  (void)state;
  put_contract("K8", "pd");
  const struct family family = read_family("pd", NULL);
  const struct test_move moves[] = {{"stays", 1, NULL}, {"q.d", 500, "K8"}, {0}};
  const Yz__Settlement *s = settlement_new("r1", "pd", 1, moves);
  assert_int_equal(LEDGER_APPLIED, commit(s, &family).outcome);
  struct committed before = {0}, done = {0};
  ledger_read(store, &arena, s->id, DEADLINE_MS, take_commit, &before);
  RUN_UNTIL(before.calls);
  ledger_cancel(store, &arena, before.reply.bytes, before.reply.n_bytes, LEDGER_ANY, settlement_cancelled(s, "c1"),
                DEADLINE_MS, take_commit, &done); /* and died before it gave back */
  RUN_UNTIL(done.calls);
  assert_string_equal("q.d=500", counters_of("K8"));
  for (int i = 0; i < 2; i++) {
    const struct ledger_reply again = cancelled_again(s, "c1");
    assert_int_equal(LEDGER_SEEN, again.outcome);
    assert_string_equal("c1", again.recorded->cancellation->request_id);
    assert_string_equal("", counters_of("K8"));
  }
}

static void a_refused_cancel_leaves_the_contract_closed(void **state) {
  (void)state;
  put_contract("K9", "pl");
  const struct test_move moves[] = {{"stays", 1, NULL}, {"q.d", 500, "K9"}, {0}};
  const Yz__Settlement *first = settlement_new("r1", "pl", 1, moves), *second = settlement_new("r2", "pl", 2, moves);
  struct family family = read_family("pl", NULL);
  assert_int_equal(LEDGER_APPLIED, commit(first, &family).outcome);
  family = read_family("pl", NULL);
  assert_int_equal(LEDGER_APPLIED, commit(second, &family).outcome);
  assert_int_equal(LEDGER_LATER, cancel(first, "c1").outcome);
  assert_string_equal("0", tries_of("K9"));
  assert_string_equal("q.d=1000", counters_of("K9"));

  const struct family_part other = {
      .settlement = "S9", .person = "someone", .contract = "K9", .year = 2023, .basis = 0};
  assert_int_equal(FAMILY_DONE, try_part(&other, 2, 5));
  assert_int_equal(LEDGER_CONFLICT, cancel(second, "c2").outcome);
  assert_int_equal(FAMILY_DONE, confirm(&other));
  assert_int_equal(LEDGER_LATER, cancel(second, "c2").outcome);
  assert_int_equal(FAMILY_DONE, take_back(&other));
  assert_int_equal(LEDGER_APPLIED, cancel(second, "c2").outcome);
  assert_string_equal("q.d=500", counters_of("K9"));
}

static void the_sweep_finishes_what_a_dead_process_left(void **state) {
  (void)state;
  sweep(-1); /* what other tests left */
  const struct test_move moves[] = {{"stays", 1, NULL}, {"q.d", 500, "W1"}, {"q.p", 7, "W1"}, {0}};
  const struct test_move more[] = {{"stays", 1, NULL}, {"q.d", 500, "W2"}, {"q.p", 7, "W2"}, {0}};
  const Yz__Settlement *stands = settlement_new("r1", "pw", 1, moves), *lost = settlement_new("r2", "pw", 2, more);
  const struct family_part first = {
      .settlement = stands->id, .person = "pw", .contract = "W1", .year = 2023, .basis = 0};
  const struct family_part second = {
      .settlement = lost->id, .person = "pw", .contract = "W2", .year = 2023, .basis = 1};
  assert_int_equal(FAMILY_DONE, try_part(&first, 0, 500));
  struct committed applied = {0};
  ledger_apply(store, &arena, stands, DEADLINE_MS, take_commit, &applied); /* and died before it confirmed */
  RUN_UNTIL(applied.calls);
  assert_int_equal(FAMILY_DONE, try_part(&second, 0, 500)); /* and died before it applied */

  assert_int_equal(0, sweep(60000)); /* too young */
  assert_int_equal(2, sweep(-1));
  assert_string_equal("q.d=500 q.p=7", counters_of("W1"));
  assert_string_equal("", counters_of("W2"));
  assert_string_equal("0", tries_of("W1"));
  assert_string_equal("0", tries_of("W2"));
  assert_int_equal(FAMILY_CLOSED, try_part(&first, 3, 500));
  struct committed late = {0};
  ledger_apply(store, &arena, lost, DEADLINE_MS, take_commit, &late); /* it was not dead after all */
  RUN_UNTIL(late.calls);
  assert_int_equal(LEDGER_CONFLICT, late.reply.outcome);
}

static void the_sweep_ends_what_a_cancel_left_open(void **state) {
  (void)state;
  sweep(-1); /* what other tests left */
  const struct test_move moves[] = {{"stays", 1, NULL}, {"q.d", 500, "W3"}, {0}};
  put_contract("W3", "ps");
  const struct family family = read_family("ps", NULL);
  const Yz__Settlement *s = settlement_new("r1", "ps", 1, moves);
  assert_int_equal(LEDGER_APPLIED, commit(s, &family).outcome);
  const struct family_part part = {.settlement = s->id, .person = "ps", .contract = "W3", .year = 2023, .basis = 0};
  struct committed before = {0}, late = {0}, done = {0};
  ledger_read(store, &arena, s->id, DEADLINE_MS, take_commit, &before);
  RUN_UNTIL(before.calls);
  assert_int_equal(FAMILY_DONE, reopen(&part, "c1")); /* and died before it cancelled */
  assert_int_equal(1, sweep(-1));
  assert_string_equal("0", tries_of("W3"));
  assert_string_equal("q.d=500", counters_of("W3"));
  ledger_cancel(store, &arena, before.reply.bytes, before.reply.n_bytes, s->sequence, settlement_cancelled(s, "c1"),
                DEADLINE_MS, take_commit, &late); /* it was not dead after all: others have decided on q.d since */
  RUN_UNTIL(late.calls);
  assert_int_equal(LEDGER_CONFLICT, late.reply.outcome);
  assert_int_equal(FAMILY_DONE, reopen(&part, "c2"));
  ledger_cancel(store, &arena, before.reply.bytes, before.reply.n_bytes, LEDGER_ANY, settlement_cancelled(s, "c2"),
                DEADLINE_MS, take_commit, &done); /* and died before it gave back */
  RUN_UNTIL(done.calls);
  assert_int_equal(1, sweep(-1));
  assert_string_equal("0", tries_of("W3"));
  assert_string_equal("", counters_of("W3"));
  assert_int_equal(FAMILY_CLOSED, try_part(&part, 2, 500));
}

static void a_look_finishes_what_was_only_read(void **state) {
  (void)state;
  sweep(-1);
  put_contract("F3", "ph");
  const Yz__Settlement *s = settlement_that_reads("r1", "ph", 1, "F3");
  struct outcome tried = {0};
  struct family_part part = {.settlement = s->id, .person = "ph", .contract = "F3", .year = 2023, .basis = 0};
  family_try(store, &part, 0, s->n_moves, s->moves, DEADLINE_MS, take, &tried);
  assert_int_equal(FAMILY_DONE, wait_for(&tried));
  struct committed applied = {0};
  ledger_apply(store, &arena, s, DEADLINE_MS, take_commit, &applied); /* and died before it confirmed */
  RUN_UNTIL(applied.calls);
  assert_int_equal(1, look(-1));
  assert_string_equal("0", tries_of("F3"));
  assert_string_equal(arena_format(&arena, ":%s", s->id), list_of("F3"));
}

static void a_look_finishes_what_is_decided_and_fences_nothing(void **state) {
  (void)state;
  sweep(-1);
  const struct test_move moves[] = {{"stays", 1, NULL}, {"q.d", 500, "F1"}, {"q.p", 7, "F1"}, {0}};
  const struct test_move others[] = {{"stays", 1, NULL}, {"q.d", 500, "F2"}, {0}};
  const Yz__Settlement *s = settlement_new("r1", "pf", 1, moves), *open = settlement_new("r2", "pg", 1, others);
  const struct family_part part = {.settlement = s->id, .person = "pf", .contract = "F1", .year = 2023, .basis = 0};
  const struct family_part left = {.settlement = open->id, .person = "pg", .contract = "F2", .year = 2023, .basis = 0};
  assert_int_equal(FAMILY_DONE, try_part(&part, 0, 500));
  assert_int_equal(FAMILY_DONE, try_part(&left, 0, 500)); /* not decided: not touched by any look */
  assert_int_equal(0, look(-1));
  assert_string_equal("1", tries_of("F1"));
  struct committed applied = {0}, cancelled = {0};
  ledger_apply(store, &arena, s, DEADLINE_MS, take_commit, &applied); /* and died before it confirmed */
  RUN_UNTIL(applied.calls);
  assert_int_equal(LEDGER_APPLIED, applied.reply.outcome);
  assert_int_equal(0, look(60000)); /* its own process may do it */
  assert_int_equal(1, look(-1));
  assert_string_equal("0", tries_of("F1"));
  assert_string_equal("q.d=500 q.p=7", counters_of("F1"));
  assert_int_equal(FAMILY_DONE, reopen(&part, "c1"));
  look(-1); /* whoever cancels is left alone */
  assert_string_equal("1", tries_of("F1"));
  struct committed read = {0};
  ledger_read(store, &arena, s->id, DEADLINE_MS, take_commit, &read);
  RUN_UNTIL(read.calls);
  ledger_cancel(store, &arena, read.reply.bytes, read.reply.n_bytes, 1, settlement_cancelled(s, "c1"), DEADLINE_MS,
                take_commit, &cancelled); /* the version is as it was: no look has fenced. And died again */
  RUN_UNTIL(cancelled.calls);
  assert_int_equal(LEDGER_APPLIED, cancelled.reply.outcome);
  assert_int_equal(1, look(-1));
  assert_string_equal("0", tries_of("F1"));
  assert_string_equal("", counters_of("F1"));
  assert_string_equal("1", tries_of("F2"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(try_and_confirm_move_once),
      cmocka_unit_test(a_cancel_moves_back_once),
      cmocka_unit_test(attempts_do_not_undo_each_other),
      cmocka_unit_test(a_family_counter_does_not_go_below_zero),
      cmocka_unit_test(nothing_is_tried_on_what_a_cancel_may_take_back),
      cmocka_unit_test(a_commit_moves_person_and_contracts),
      cmocka_unit_test(the_answer_ends_the_memory),
      cmocka_unit_test(a_conflict_of_one_contract_takes_the_others_back),
      cmocka_unit_test(a_conflict_of_the_account_takes_the_contracts_back),
      cmocka_unit_test(ones_own_try_is_not_read_as_a_counter),
      cmocka_unit_test(reading_a_contract_waits_for_what_is_open_there),
      cmocka_unit_test(a_cancel_asked_again_finishes_what_a_dead_process_left),
      cmocka_unit_test(a_refused_cancel_leaves_the_contract_closed),
      cmocka_unit_test(the_sweep_finishes_what_a_dead_process_left),
      cmocka_unit_test(the_sweep_ends_what_a_cancel_left_open),
      cmocka_unit_test(a_look_finishes_what_is_decided_and_fences_nothing),
      cmocka_unit_test(a_look_finishes_what_was_only_read),
      cmocka_unit_test(nothing_is_cancelled_under_a_later_one_of_the_family),
      cmocka_unit_test(what_no_list_has_is_before_all_that_is_listed),
      cmocka_unit_test(what_is_committed_is_not_tried_on_a_newer_basis),
      cmocka_unit_test(a_cancel_of_what_is_gone_finds_nothing),
      cmocka_unit_test(contracts_are_read_in_the_order_of_their_ids),
  };
  return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
