/* A settlement's way, driven by hand: what is asked, in which order, with which bytes, and how it ends. */
#include "test.h"

#include "guard.h"
#include "problem.h"
#include "settle_flow.h"

struct world {
  struct arena arena;
  struct flow flow;
  Yz__Bill bill;
};
static struct world world;

static int setup(void **state) {
  (void)state;
  arena_init(&world.arena, 4 * 1024 * 1024);
  yz__bill__init(&world.bill);
  world.bill.request_id = (char *)"r1";
  world.bill.person = (char *)"p1";
  world.bill.institution = (char *)"h1";
  world.bill.setting = YZ__SETTING__INPATIENT;
  world.bill.from = 19000;
  return 0;
}

static int teardown(void **state) {
  (void)state;
  arena_free(&world.arena);
  return 0;
}

static Yz__PackRef pack = {.pack = (char *)"cn.a", .version = (char *)"1", .sha256 = (char *)"00"};

static Yz__Entitlement *entitlement(const Yz__Service *slip, size_t n) {
  Yz__Entitlement *e = arena_alloc(&world.arena, sizeof *e);
  yz__entitlement__init(e);
  pack.base = (ProtobufCMessage)PROTOBUF_C_MESSAGE_INIT(&yz__pack_ref__descriptor);
  e->person = (char *)"p1";
  e->scheme = YZ__SCHEME__RESIDENT;
  e->standing = YZ__STANDING__ADULT;
  e->age = 40;
  e->remote = YZ__REMOTE__LOCAL;
  e->reach = YZ__REACH__SAME_CITY;
  e->level = YZ__LEVEL__TERTIARY;
  e->institution = (char *)"h1";
  e->insured_city = e->care_city = (char *)"370300";
  e->pack = &pack;
  e->year = 2022;
  e->n_slip = n;
  e->slip = (Yz__Service *)(uintptr_t)slip;
  return e;
}

static Yz__Settlement *settlement(const char *id) {
  static Yz__Sums sums;
  yz__sums__init(&sums);
  Yz__Settlement *s = arena_alloc(&world.arena, sizeof *s);
  yz__settlement__init(s);
  s->id = (char *)(uintptr_t)id;
  s->status = YZ__SETTLEMENT__STATUS__SETTLED;
  s->bill = &world.bill;
  s->entitlement = entitlement(NULL, 0);
  s->sums = &sums;
  return s;
}

static void replied(enum call call, const ProtobufCMessage *message) {
  size_t n;
  const uint8_t *bytes = message_pack(message, &world.arena, &n);
  flow_replied(&world.flow, call, bytes, n);
}

static void asks(enum call call) {
  assert_int_equal(world.flow.n_asks, 1);
  assert_int_equal(world.flow.asks[0], call);
}

static const Yz__Service whole_slip[] = {YZ__SERVICE__ADJUDICATION, YZ__SERVICE__ASSISTANCE,
                                         YZ__SERVICE__SUPPLEMENTARY};

static void resolved(const Yz__Service *slip, size_t n) {
  Yz__SettlementDraft draft = YZ__SETTLEMENT_DRAFT__INIT;
  draft.entitlement = entitlement(slip, n);
  draft.id = (char *)"S1";
  draft.has_version = true;
  draft.version = 7;
  replied(CALL_RESOLVE, &draft.base);
}

static void contracted(size_t n) {
  Yz__SettlementDraft draft = YZ__SETTLEMENT_DRAFT__INIT;
  Yz__Contract contract = YZ__CONTRACT__INIT;
  contract.id = (char *)"c1";
  contract.product = (char *)"cn.a.b";
  Yz__ContractState state = YZ__CONTRACT_STATE__INIT, *states = &state;
  state.contract = &contract;
  draft.n_contracts = n;
  draft.contracts = &states;
  replied(CALL_CONTRACTS, &draft.base);
}

static Yz__SettlementDraft *asked_draft(void) {
  Yz__Problem *problem;
  Yz__SettlementDraft *draft =
      message_unpack(&yz__settlement_draft__descriptor, world.flow.body, world.flow.n_body, &world.arena, &problem);
  assert_non_null(draft);
  return draft;
}

static void begin(bool estimate) {
  flow_begin(&world.flow, &world.arena, &world.bill, estimate);
  assert_int_equal(world.flow.n_asks, 2);
  assert_int_equal(world.flow.asks[0], CALL_RESOLVE);
  assert_int_equal(world.flow.asks[1], CALL_CONTRACTS);
  assert_string_equal(asked_draft()->bill->request_id, "r1");
  assert_int_equal(asked_draft()->estimate, estimate);
}

static void test_whole_way(void **state) {
  (void)state;
  begin(false);
  contracted(1);
  assert_int_equal(world.flow.n_asks, 0);
  resolved(whole_slip, 3);
  asks(CALL_ADJUDICATE);
  const Yz__SettlementDraft *draft = asked_draft(); /* merged of the request and both replies */
  assert_string_equal(draft->bill->person, "p1");
  assert_string_equal(draft->entitlement->person, "p1");
  assert_string_equal(draft->id, "S1");
  assert_int_equal(draft->version, 7);
  assert_int_equal(draft->n_contracts, 1);
  static const char bytes[] = "forwarded as they are";
  flow_replied(&world.flow, CALL_ADJUDICATE, bytes, sizeof bytes);
  asks(CALL_ASSIST);
  assert_ptr_equal(world.flow.body, bytes);
  assert_int_equal(world.flow.n_body, sizeof bytes);
  flow_replied(&world.flow, CALL_ASSIST, bytes, sizeof bytes);
  asks(CALL_SUPPLEMENT);
  flow_replied(&world.flow, CALL_SUPPLEMENT, bytes, sizeof bytes);
  asks(CALL_COMMIT);
  Yz__CommitReply reply = YZ__COMMIT_REPLY__INIT;
  reply.settlement = settlement("S1");
  replied(CALL_COMMIT, &reply.base);
  assert_int_equal(world.flow.state, FLOW_ANSWERED);
  assert_int_equal(world.flow.n_asks, 0);
  assert_false(world.flow.replayed);
  assert_string_equal(world.flow.settlement->id, "S1");
}

static void test_recorded_by_another_attempt_meanwhile(void **state) {
  (void)state;
  begin(false);
  resolved(whole_slip, 1);
  contracted(0);
  flow_replied(&world.flow, CALL_ADJUDICATE, "", 0);
  asks(CALL_COMMIT);
  Yz__CommitReply reply = YZ__COMMIT_REPLY__INIT;
  reply.settlement = settlement("S1");
  reply.has_seen = reply.seen = true;
  replied(CALL_COMMIT, &reply.base);
  assert_int_equal(world.flow.state, FLOW_ANSWERED);
  assert_true(world.flow.replayed);
}

static void test_no_contract_no_supplement(void **state) {
  (void)state;
  begin(false);
  resolved(whole_slip, 3);
  contracted(0);
  asks(CALL_ADJUDICATE);
  flow_replied(&world.flow, CALL_ADJUDICATE, "", 0);
  asks(CALL_ASSIST);
  flow_replied(&world.flow, CALL_ASSIST, "", 0);
  asks(CALL_COMMIT);
}

static void test_estimate_finishes_and_does_not_commit(void **state) {
  (void)state;
  begin(true);
  resolved(whole_slip, 1);
  contracted(0);
  flow_replied(&world.flow, CALL_ADJUDICATE, "", 0);
  asks(CALL_FINISH);
  replied(CALL_FINISH, &settlement("E1")->base);
  assert_int_equal(world.flow.state, FLOW_ANSWERED);
  assert_string_equal(world.flow.settlement->id, "E1");
}

static void answer_prior(void) {
  Yz__SettlementDraft draft = YZ__SETTLEMENT_DRAFT__INIT;
  draft.prior = settlement("S0");
  replied(CALL_RESOLVE, &draft.base);
}

static void test_settled_before(void **state) {
  (void)state;
  for (int contracts = 0; contracts < 3; contracts++) { /* still to come, known, refused */
    begin(false);
    if (contracts == 1) contracted(1);
    if (contracts == 2)
      flow_refused(&world.flow, CALL_CONTRACTS, problem_new(&world.arena, YZ__CODE__SERVICE_AWAY, NULL, "away"));
    assert_int_equal(world.flow.state, FLOW_LOOKUP);
    answer_prior();
    assert_int_equal(world.flow.state, FLOW_ANSWERED);
    assert_true(world.flow.replayed);
    assert_string_equal(world.flow.settlement->id, "S0");
  }
}

static void test_refusals(void **state) {
  (void)state;
  Yz__Problem *person = problem_new(&world.arena, YZ__CODE__UNKNOWN_PERSON, "/person", "who"),
              *away = problem_new(&world.arena, YZ__CODE__SERVICE_AWAY, NULL, "away");
  begin(false);
  flow_refused(&world.flow, CALL_RESOLVE, person); /* at once */
  assert_int_equal(world.flow.state, FLOW_REFUSED);
  assert_ptr_equal(world.flow.problem, person);
  begin(false);
  flow_refused(&world.flow, CALL_CONTRACTS, away);
  flow_refused(&world.flow, CALL_RESOLVE, person); /* what enrollment says comes first, in whatever order they come */
  assert_ptr_equal(world.flow.problem, person);
  begin(false);
  flow_refused(&world.flow, CALL_CONTRACTS, away);
  resolved(whole_slip, 3);
  assert_ptr_equal(world.flow.problem, away);
  begin(false);
  resolved(whole_slip, 3);
  flow_refused(&world.flow, CALL_CONTRACTS, away);
  assert_ptr_equal(world.flow.problem, away);
  begin(false);
  resolved(whole_slip, 1);
  contracted(0);
  flow_refused(&world.flow, CALL_ADJUDICATE, away);
  assert_int_equal(world.flow.state, FLOW_REFUSED);
  assert_ptr_equal(world.flow.problem, away);
}

static void test_again(void **state) {
  (void)state;
  Yz__CommitReply reply = YZ__COMMIT_REPLY__INIT;
  reply.has_again = reply.again = true;
  begin(false);
  for (int try = 0; try < FLOW_TRIES; try++) {
    assert_int_equal(world.flow.n_asks, 2); /* both lookups again, with the bill as it came */
    assert_null(asked_draft()->entitlement);
    resolved(whole_slip, 1);
    contracted(0);
    flow_replied(&world.flow, CALL_ADJUDICATE, "", 0);
    asks(CALL_COMMIT);
    replied(CALL_COMMIT, &reply.base);
  }
  assert_int_equal(world.flow.state, FLOW_REFUSED);
  assert_int_equal(world.flow.problem->code, YZ__CODE__CONFLICT);
}

static void test_unreadable_replies(void **state) {
  (void)state;
  begin(false);
  flow_replied(&world.flow, CALL_RESOLVE, "\xff", 1);
  assert_int_equal(world.flow.state, FLOW_REFUSED);
  begin(false);
  flow_replied(&world.flow, CALL_RESOLVE, "", 0); /* no entitlement, no prior */
  assert_int_equal(world.flow.state, FLOW_REFUSED);
  assert_int_equal(world.flow.problem->code, YZ__CODE__DEFECT);
  begin(false);
  static const Yz__Service odd[] = {YZ__SERVICE__CLEARING};
  resolved(odd, 1);
  contracted(0);
  assert_int_equal(world.flow.problem->code, YZ__CODE__DEFECT);
  begin(false);
  resolved(NULL, 0);
  contracted(0);
  asks(CALL_COMMIT);
  flow_replied(&world.flow, CALL_COMMIT, "", 0);
  assert_int_equal(world.flow.problem->code, YZ__CODE__DEFECT);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(test_whole_way),
      TEST(test_recorded_by_another_attempt_meanwhile),
      TEST(test_no_contract_no_supplement),
      TEST(test_estimate_finishes_and_does_not_commit),
      TEST(test_settled_before),
      TEST(test_refusals),
      TEST(test_again),
      TEST(test_unreadable_replies),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
