/* From fee lines and given sums to amounts, lists and the remote first-pay. */
#include "draft_case.h"
#include "house.h"
#include "splitmix.h"

static Yz__Entitlement *entitlement_of(const char *remote) {
  return message(&yz__entitlement__descriptor,
                 arena_format(&arena,
                              "person: p1\nscheme: resident\nstanding: adult\nage: 40\nremote: %s\nreach: same_city\n"
                              "level: tertiary\ninstitution: h1\ninsured_city: \"370300\"\ncare_city: \"370300\"\n"
                              "pack: {pack: test.city, version: \"1\", sha256: x}\nyear: 2023\n",
                              remote));
}

/* A draft with a contract of the product, so that its lists are asked for. */
static Yz__SettlementDraft *draft_of(const char *bill, const char *remote) {
  Yz__SettlementDraft *draft = message(&yz__settlement_draft__descriptor,
                                       "contracts: {contract: {id: c1, product: test.city.plus, from: 2023-01-01, to: "
                                       "2024-12-31, members: {person: p1}}}\n");
  draft->bill = bill_of(bill);
  draft->entitlement = entitlement_of(remote);
  return draft;
}

static Yz__Problem *split(Yz__SettlementDraft *draft) {
  static const char *const products[] = {"test.city.plus"};
  const struct plan *plan = shelf_plan(shelf, "test.city", bill_day(draft->bill), products, 1);
  assert_non_null(plan);
  return split_draft(draft, draft->bill->lines, draft->bill->n_lines, plan, shelf, &arena);
}

#define STAY "setting: inpatient\nfrom: 2023-12-30\nto: 2024-01-02\n"

static void lines_by_table(void **state) {
  (void)state;
  static const struct {
    const char *name, *line;
    int64_t own_expense, over_limit, first_pay, in_policy;
    Yz__ItemClass item_class;
    bool unlisted;
  } rows[] = {
      {"class A", "{item: A1, quantity: 2, unit_price: 50, amount: 100.00}", 0, 0, 0, 10000, YZ__ITEM_CLASS__CLASS_A,
       false},
      {"class C", "{item: C1, quantity: 1, unit_price: 50, amount: 50.00}", 5000, 0, 0, 0, YZ__ITEM_CLASS__CLASS_C,
       false},
      {"unlisted", "{item: X9, quantity: 1, unit_price: 50, amount: 50.00}", 5000, 0, 0, 0, YZ__ITEM_CLASS__CLASS_C,
       true},
      {"class B in the catalogue of the last day", "{item: B1, quantity: 1, unit_price: 10.05, amount: 10.05}", 0, 0,
       201, 804, YZ__ITEM_CLASS__CLASS_B, false},
      {"class B in the catalogue of its own day",
       "{item: B1, quantity: 1, unit_price: 10.05, amount: 10.05, on: 2023-12-31}", 0, 0, 101, 904,
       YZ__ITEM_CLASS__CLASS_B, false},
      {"over the price limit", "{item: L1, quantity: 3, unit_price: 150.5, amount: 451.50}", 0, 15150, 4500, 25500,
       YZ__ITEM_CLASS__CLASS_B, false},
      {"at the price limit", "{item: L1, quantity: 1, unit_price: 100, amount: 100.00}", 0, 0, 1500, 8500,
       YZ__ITEM_CLASS__CLASS_B, false},
      {"a third of a piece over the limit", "{item: L1, quantity: 0.3333, unit_price: 200, amount: 66.66}", 0, 3333,
       500, 2833, YZ__ITEM_CLASS__CLASS_B, false},
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    Yz__SettlementDraft *draft = draft_of(arena_format(&arena, BILL STAY "lines: [%s]\n", rows[i].line), "local");
    const Yz__Problem *problem = split(draft);
    if (problem) fail_msg("%s: %s", rows[i].name, problem->detail);
    const Yz__Sums *sums = draft->sums;
    const Yz__SplitLine *line = draft->split[0];
    if (sums->own_expense != rows[i].own_expense || sums->over_limit != rows[i].over_limit ||
        sums->first_pay != rows[i].first_pay || sums->in_policy != rows[i].in_policy)
      fail_msg("%s: own %lld over %lld first %lld in %lld", rows[i].name, (long long)sums->own_expense,
               (long long)sums->over_limit, (long long)sums->first_pay, (long long)sums->in_policy);
    assert_int_equal(sums->total, draft->bill->lines[0]->amount);
    assert_int_equal(line->item_class, rows[i].item_class);
    assert_int_equal(line->unlisted, rows[i].unlisted);
    assert_int_equal(line->in_policy, rows[i].in_policy);
  }
}

static void items_go_to_the_pockets_of_their_lists(void **state) {
  (void)state;
  /* "unused" is asked for by no rule: A1 needs no pocket of its own, D2 only that of the drugs */
  Yz__SettlementDraft *draft = draft_of(
      BILL STAY
      "lines: [{item: A1, quantity: 1, unit_price: 1, amount: 1.00}, {item: D1, quantity: 1, unit_price: 2, "
      "amount: 2.00}, {item: D2, quantity: 1, unit_price: 4, amount: 4.00}, {item: C1, quantity: 1, unit_price: "
      "8, amount: 8.00}]\n",
      "local");
  assert_null(split(draft));
  assert_int_equal(draft->purse->n_pockets, 2);
  assert_int_equal(draft->purse->pockets[0]->lists, 0);
  assert_int_equal(draft->purse->pockets[0]->left[MONEY_IN_POLICY], 100);
  assert_int_equal(draft->purse->pockets[0]->left[MONEY_OWN_EXPENSE], 800);
  assert_int_equal(draft->purse->pockets[1]->left[MONEY_IN_POLICY], 400);
  assert_int_equal(draft->purse->pockets[1]->left[MONEY_OWN_EXPENSE], 200);
  assert_int_equal(draft->n_split, 4);
  assert_int_equal(draft->split[3]->line, 3);
}

static void given_sums_are_taken(void **state) {
  (void)state;
  Yz__SettlementDraft *draft = draft_of(
      BILL STAY "sums: {total: 100, own_expense: 30, over_limit: 10, first_pay: 20, in_policy: 40, listed: {list: "
                "drugs, own_expense: 25, in_policy: 5}}\n",
      "local");
  assert_null(split(draft));
  assert_int_equal(draft->purse->n_pockets, 2);
  assert_int_equal(draft->purse->pockets[0]->left[MONEY_OWN_EXPENSE], 500);
  assert_int_equal(draft->purse->pockets[0]->left[MONEY_OVER_LIMIT], 1000);
  assert_int_equal(draft->purse->pockets[0]->left[MONEY_FIRST_PAY], 2000);
  assert_int_equal(draft->purse->pockets[0]->left[MONEY_IN_POLICY], 3500);
  assert_int_equal(draft->purse->pockets[1]->left[MONEY_OWN_EXPENSE], 2500);
  assert_int_equal(draft->sums->total, 10000);
  assert_int_equal(draft->n_split, 0);
}

static void lists_stay_within_their_sums(void **state) {
  (void)state;
  static const struct {
    const char *listed, *pointer;
  } rows[] = {
      {"{list: drugs, in_policy: 41}", "/sums/listed/0/in_policy"},
      {"[{list: drugs, first_pay: 15}, {list: unused, first_pay: 6}]", "/sums/listed/1/first_pay"},
      {"{list: nothing, in_policy: 1}", "/sums/listed/0/list"},
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    const Yz__Problem *problem = split(draft_of(
        arena_format(&arena,
                     BILL STAY
                     "sums: {total: 100, own_expense: 30, over_limit: 10, first_pay: 20, in_policy: 40, listed: %s}\n",
                     rows[i].listed),
        "local"));
    assert_non_null(problem);
    assert_int_equal(problem->code, YZ__CODE__INVALID);
    assert_string_equal(problem->pointer, rows[i].pointer);
  }
}

static void remote_first_pay_comes_from_money_in_policy(void **state) {
  (void)state;
  static const struct {
    const char *remote;
    int64_t first_pay;
  } rows[] = {{"local", 0}, {"temporary", 401 + 100}, {"unfiled", 801 + 200}, {"long_term_filed", 0}};
  for (size_t i = 0; i < COUNT(rows); i++) {
    Yz__SettlementDraft *draft =
        draft_of(BILL STAY "sums: {total: 50.05, own_expense: 0, over_limit: 0, first_pay: 0, in_policy: "
                           "50.05, listed: {list: drugs, in_policy: 10}}\n",
                 rows[i].remote);
    assert_null(split(draft));
    assert_int_equal(draft->remote_first_pay, rows[i].first_pay); /* half up in each pocket */
    assert_int_equal(draft->sums->in_policy, 5005);               /* the catalogue's split stays */
    int64_t remote = 0, rest = 0;
    for (size_t p = 0; p < draft->purse->n_pockets; p++) {
      remote += draft->purse->pockets[p]->left[MONEY_REMOTE_FIRST_PAY];
      rest += draft->purse->pockets[p]->left[MONEY_IN_POLICY];
    }
    assert_int_equal(remote, rows[i].first_pay);
    assert_int_equal(rest, 5005 - rows[i].first_pay);
  }
}

static void lines_need_a_catalogue(void **state) {
  (void)state;
  Yz__SettlementDraft *draft =
      draft_of(BILL STAY "lines: [{item: A1, quantity: 1, unit_price: 1, amount: 1.00}]\n", "local");
  const struct plan *plan = shelf_plan(shelf, "test.city", bill_day(draft->bill), NULL, 0);
  struct shelf *empty = shelf_new(NULL);
  const Yz__Problem *problem = split_draft(draft, draft->bill->lines, 1, plan, empty, &arena);
  assert_int_equal(problem->code, YZ__CODE__UNKNOWN_POLICY);
  shelf_free(&empty);
  draft->bill->n_lines = 0;
  problem = split(draft);
  assert_int_equal(problem->code, YZ__CODE__INVALID);
}

static void every_fen_of_every_line_is_somewhere(void **state) {
  (void)state;
  static const char *const items[] = {"A1", "B1", "L1", "C1", "D1", "D2", "X1"};
  uint64_t random = 1;
  Yz__SettlementDraft *draft =
      draft_of(BILL STAY "lines: [{item: A1, quantity: 1, unit_price: 1, amount: 1.00}]\n", "temporary");
  enum { LINES = 300 };
  Yz__FeeLine *lines[LINES];
  int64_t total = 0;
  for (size_t i = 0; i < LINES; i++) {
    lines[i] = arena_alloc(&arena, sizeof *lines[i]);
    yz__fee_line__init(lines[i]);
    lines[i]->item = arena_copy(&arena, items[splitmix_next(&random) % COUNT(items)]);
    lines[i]->quantity = 1 + splitmix_next(&random) % 100000;
    lines[i]->unit_price = splitmix_next(&random) % 5000000;
    lines[i]->amount = (int64_t)((lines[i]->quantity * lines[i]->unit_price * 2 + 1000000) / 2000000);
    total += lines[i]->amount;
  }
  assert_null(lines_check(lines, LINES, draft->bill->from, draft->bill->to, "/lines", &arena));
  draft->bill->lines = lines;
  draft->bill->n_lines = LINES;
  assert_null(split(draft));
  int64_t purse = 0, split_sum = 0;
  for (size_t p = 0; p < draft->purse->n_pockets; p++)
    for (size_t k = 0; k < draft->purse->pockets[p]->n_left; k++) {
      assert_true(draft->purse->pockets[p]->left[k] >= 0);
      purse += draft->purse->pockets[p]->left[k];
    }
  for (size_t i = 0; i < LINES; i++) {
    const Yz__SplitLine *s = draft->split[i];
    assert_true(s->own_expense >= 0 && s->over_limit >= 0 && s->first_pay >= 0 && s->in_policy >= 0);
    assert_int_equal(s->own_expense + s->over_limit + s->first_pay + s->in_policy, lines[i]->amount);
    split_sum += s->own_expense + s->over_limit + s->first_pay + s->in_policy;
  }
  assert_int_equal(purse, total);
  assert_int_equal(split_sum, total);
  assert_int_equal(draft->sums->total, total);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lines_by_table),
      cmocka_unit_test(items_go_to_the_pockets_of_their_lists),
      cmocka_unit_test(given_sums_are_taken),
      cmocka_unit_test(lists_stay_within_their_sums),
      cmocka_unit_test(remote_first_pay_comes_from_money_in_policy),
      cmocka_unit_test(lines_need_a_catalogue),
      cmocka_unit_test(every_fen_of_every_line_is_somewhere),
  };
  return cmocka_run_group_tests(tests, house_open, house_close);
}
