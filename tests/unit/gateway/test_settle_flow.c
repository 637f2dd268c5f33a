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

static void replied(const ProtobufCMessage *message) {
  size_t n;
  const uint8_t *bytes = message_pack(message, &world.arena, &n);
  flow_replied(&world.flow, bytes, n);
}

static void asks(enum call call) {
  assert_false(flow_over(&world.flow));
  assert_int_equal(world.flow.call, call);
}

static const Yz__Service whole_slip[] = {YZ__SERVICE__ADJUDICATION, YZ__SERVICE__ASSISTANCE,
                                         YZ__SERVICE__SUPPLEMENTARY};

static void resolved(const Yz__Service *slip, size_t n, bool contracted) {
  Yz__SettlementDraft draft = YZ__SETTLEMENT_DRAFT__INIT;
  draft.entitlement = entitlement(slip, n);
  draft.id = (char *)"S1";
  draft.has_version = true;
  draft.version = 7;
  draft.has_contracted = true;
  draft.contracted = contracted;
  replied(&draft.base);
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
  replied(&draft.base);
}

static Yz__SettlementDraft *asked_draft(void) {
  Yz__Problem *problem;
  Yz__SettlementDraft *draft =
      message_unpack(&yz__settlement_draft__descriptor, world.flow.body, world.flow.n_body, &world.arena, &problem);
  assert_non_null(draft);
  return draft;
}

/* What a stop answers that is not the last: a draft of which only the gateway's forwarding is looked at. */
static void decided(uint32_t rung) {
  Yz__SettlementDraft draft = YZ__SETTLEMENT_DRAFT__INIT;
  draft.has_rung = true;
  draft.rung = rung;
  replied(&draft.base);
}

static void begin(bool estimate) {
  flow_begin(&world.flow, &world.arena, &world.bill, estimate);
  asks(CALL_RESOLVE);
  assert_string_equal(asked_draft()->bill->request_id, "r1");
  assert_int_equal(asked_draft()->estimate, estimate);
}

static const char *answered_id(void) {
  Yz__Problem *problem;
  const Yz__Settlement *answered = message_unpack(&yz__settlement__descriptor, world.flow.settlement,
                                                  world.flow.n_settlement, &world.arena, &problem);
  assert_non_null(answered);
  return answered->id;
}

static void settled(void) {
  Yz__SettlementDraft draft = YZ__SETTLEMENT_DRAFT__INIT;
  draft.settlement = settlement("S1");
  replied(&draft.base);
  assert_int_equal(world.flow.state, FLOW_ANSWERED);
  assert_false(world.flow.replayed);
  assert_string_equal(answered_id(), "S1");
}

static void test_whole_way(void **state) {
  (void)state;
  begin(false);
  resolved(whole_slip, 3, true);
  asks(CALL_CONTRACTS);
  assert_null(asked_draft()->entitlement); /* the bill is all that is needed */
  contracted(1);
  asks(CALL_ADJUDICATE);
  const Yz__SettlementDraft *draft = asked_draft(); /* merged of the request and both replies */
  assert_string_equal(draft->bill->person, "p1");
  assert_string_equal(draft->entitlement->person, "p1");
  assert_string_equal(draft->id, "S1");
  assert_int_equal(draft->version, 7);
  assert_int_equal(draft->n_contracts, 1);
  assert_false(draft->last);
  static const char bytes[] = "forwarded as they are";
  flow_replied(&world.flow, bytes, sizeof bytes);
  asks(CALL_ASSIST);
  assert_ptr_equal(world.flow.body, bytes);
  assert_int_equal(world.flow.n_body, sizeof bytes);
  decided(2);
  asks(CALL_SUPPLEMENT);
  assert_int_equal(asked_draft()->rung, 2);
  assert_true(asked_draft()->last);
  settled();
}

static void test_recorded_by_another_attempt_meanwhile(void **state) {
  (void)state;
  begin(false);
  resolved(whole_slip, 1, false);
  asks(CALL_ADJUDICATE);
  assert_true(asked_draft()->last);
  Yz__SettlementDraft draft = YZ__SETTLEMENT_DRAFT__INIT;
  draft.prior = settlement("S1");
  replied(&draft.base);
  assert_int_equal(world.flow.state, FLOW_ANSWERED);
  assert_true(world.flow.replayed);
}

static void test_no_contract_no_supplement(void **state) {
  (void)state;
  for (int known = 0; known < 2; known++) { /* nobody's contract, or one that is over */
    begin(false);
    resolved(whole_slip, 3, known);
    if (known) contracted(0);
    asks(CALL_ADJUDICATE);
    assert_false(asked_draft()->last);
    decided(1);
    asks(CALL_ASSIST);
    assert_true(asked_draft()->last);
    settled();
  }
}

static void test_an_estimate_goes_the_same_way(void **state) {
  (void)state;
  begin(true);
  resolved(whole_slip, 1, false);
  asks(CALL_ADJUDICATE);
  assert_true(asked_draft()->estimate);
  settled();
}

static void test_settled_before(void **state) {
  (void)state;
  begin(false);
  Yz__SettlementDraft draft = YZ__SETTLEMENT_DRAFT__INIT;
  draft.prior = settlement("S0");
  replied(&draft.base);
  assert_int_equal(world.flow.state, FLOW_ANSWERED);
  assert_true(world.flow.replayed);
  assert_string_equal(answered_id(), "S0");
}

static void test_refusals(void **state) {
  (void)state;
  Yz__Problem *away = problem_new(&world.arena, YZ__CODE__SERVICE_AWAY, NULL, "away");
  for (int at = 0; at < 3; at++) { /* resolve, contracts, slip */
    begin(false);
    if (at > 0) resolved(whole_slip, 3, true);
    if (at > 1) contracted(1);
    flow_refused(&world.flow, away);
    assert_int_equal(world.flow.state, FLOW_REFUSED);
    assert_ptr_equal(world.flow.problem, away);
  }
}

static void test_again(void **state) {
  (void)state;
  Yz__SettlementDraft again = YZ__SETTLEMENT_DRAFT__INIT;
  again.has_again = again.again = true;
  begin(false);
  for (int try = 0; try < FLOW_TRIES; try++) {
    asks(CALL_RESOLVE); /* again, with the bill as it came */
    assert_null(asked_draft()->entitlement);
    resolved(whole_slip, 2, true);
    contracted(1);
    decided(1);
    asks(CALL_ASSIST);
    replied(&again.base);
  }
  assert_int_equal(world.flow.state, FLOW_REFUSED);
  assert_int_equal(world.flow.problem->code, YZ__CODE__CONFLICT);
}

static void refused_as_defect(void) {
  assert_int_equal(world.flow.state, FLOW_REFUSED);
  assert_int_equal(world.flow.problem->code, YZ__CODE__DEFECT);
}

static void test_unreadable_replies(void **state) {
  (void)state;
  begin(false);
  flow_replied(&world.flow, "\xff", 1);
  assert_int_equal(world.flow.state, FLOW_REFUSED);
  begin(false);
  flow_replied(&world.flow, "", 0); /* no entitlement, no prior */
  refused_as_defect();
  begin(false);
  static const Yz__Service odd[] = {YZ__SERVICE__CLEARING};
  resolved(odd, 1, false);
  refused_as_defect();
  begin(false);
  resolved(NULL, 0, false);
  refused_as_defect();
  begin(false);
  static const Yz__Service long_slip[FLOW_SLIP_MAX + 1] = {[0 ... FLOW_SLIP_MAX] = YZ__SERVICE__ADJUDICATION};
  resolved(long_slip, FLOW_SLIP_MAX + 1, false);
  refused_as_defect();
  begin(false);
  resolved(whole_slip, 3, true);
  flow_replied(&world.flow, "\xff", 1);
  assert_int_equal(world.flow.state, FLOW_REFUSED);
  begin(false);
  resolved(whole_slip, 1, false);
  decided(1); /* the last stop settled nothing */
  refused_as_defect();
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(test_whole_way),
      TEST(test_recorded_by_another_attempt_meanwhile),
      TEST(test_no_contract_no_supplement),
      TEST(test_an_estimate_goes_the_same_way),
      TEST(test_settled_before),
      TEST(test_refusals),
      TEST(test_again),
      TEST(test_unreadable_replies),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
