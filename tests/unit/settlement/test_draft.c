/* Whole bills through the ladder, as the services and the offline tool take them. */
#include "house.h"
#include "money.h"
#include "packed.h"

#define POOR "recognitions: {category: minimum_living, from: 2020-01-01}\n"
#define STAY(in_policy)                                                                                                \
  BILL "setting: inpatient\nfrom: 2023-05-01\nto: 2023-05-10\n" SUMS(in_policy, 0, 0, 0, in_policy)
#define FAMILY                                                                                                         \
  "contracts: {contract: {id: c1, product: test.city.plus, from: 2023-01-01, to: 2024-12-31, members: [{person: p1}, " \
  "{person: p2, risk: pre_existing}]}, counters: %s}\n"

/* What enrollment and supplementary make. `more` adds members of the draft: counters, contracts. */
static Yz__SettlementDraft *draft_of(const char *bill, const char *person, const char *more) {
  Yz__SettlementDraft *draft =
      message(&yz__settlement_draft__descriptor, arena_format(&arena, "id: S1\nestimate: false\n%s", more));
  draft->bill = bill_of(bill);
  const Yz__Problem *problem =
      entitle(draft->bill, person_of(person), institution_of(HOSPITAL), shelf, &arena, &draft->entitlement);
  if (problem) fail_msg("%s", problem->detail);
  return draft;
}

static Yz__Problem *decide(Yz__SettlementDraft *draft, Yz__Settlement **settlement) {
  const struct plan *plan = NULL;
  *settlement = NULL;
  Yz__Problem *problem = draft_plan(draft, shelf, &arena, &plan);
  if (!problem) problem = split_draft(draft, draft->bill->lines, draft->bill->n_lines, plan, shelf, &arena);
  for (size_t i = 0; !problem && i < draft->entitlement->n_slip; i++) {
    if (draft->entitlement->slip[i] == YZ__SERVICE__SUPPLEMENTARY && draft->n_contracts == 0) continue;
    problem = draft_run(draft, plan, draft->entitlement->slip[i], true, &arena);
  }
  return problem ? problem : draft_finish(draft, 1000, &arena, settlement);
}

static Yz__Settlement *settle(Yz__SettlementDraft *draft) {
  Yz__Settlement *settlement;
  const Yz__Problem *problem = decide(draft, &settlement);
  if (problem) fail_msg("%s", problem->detail);
  return settlement;
}

static const Yz__BenefitResult *result_of(const Yz__Settlement *s, const char *benefit) {
  for (size_t i = 0; i < s->n_results; i++)
    if (strcmp(s->results[i]->benefit, benefit) == 0) return s->results[i];
  fail_msg("no result of %s", benefit);
  return NULL;
}

static int64_t share_of(const Yz__Settlement *s, Yz__Payer payer) {
  for (size_t i = 0; i < s->n_shares; i++)
    if (s->shares[i]->payer == payer) return s->shares[i]->amount;
  return 0;
}

static int64_t move_of(const Yz__Settlement *s, const char *name, const char *contract) {
  for (size_t i = 0; i < s->n_moves; i++) {
    const Yz__Move *m = s->moves[i];
    if (strcmp(m->name, name) == 0 && (contract ? m->contract && strcmp(m->contract, contract) == 0 : !m->contract))
      return m->delta;
  }
  return 0;
}

static void a_bill_goes_down_the_whole_ladder(void **state) {
  (void)state;
  /* 50 000: basic (50 000 - 700) x 60 % = 29 580; 20 420 left, critical (20 420 - 5 000) x 65 % = 10 023; 10 397 left,
   * assistance 7 797.75; 2 599.25 left and own expense 1 000: supplement (3 599.25 - 2 000) x 80 % = 1 279.40, out of
   * policy money last; the drugs 500 x 60 % = 300; re-assistance half of what is left in policy: 1 319.85 -> 659.93 */
  const char *bill =
      BILL "setting: inpatient\nfrom: 2023-05-10\nsums: {total: 51500, own_expense: 1500, over_limit: 0, "
           "first_pay: 0, in_policy: 50000, listed: {list: drugs, own_expense: 500}}\n";
  const Yz__Settlement *s = settle(draft_of(bill, PERSON COVERED POOR, arena_format(&arena, FAMILY, "[]")));
  static const struct {
    const char *benefit;
    int64_t entered, deductible, paid;
  } rows[] = {{"basic.inpatient", 5000000, 70000, 2958000},
              {"critical.resident", 2042000, 500000, 1002300},
              {"assistance", 1039700, 0, 779775},
              {"plus.cover", 359925, 200000, 127940},
              {"plus.drugs", 50000, 0, 30000},
              {"re-assistance", 131985, 0, 65993}};
  assert_int_equal(s->n_results, COUNT(rows));
  for (size_t i = 0; i < COUNT(rows); i++) {
    const Yz__BenefitResult *r = s->results[i];
    assert_string_equal(r->benefit, rows[i].benefit);
    if (r->entered != rows[i].entered || r->deductible != rows[i].deductible || r->paid != rows[i].paid)
      fail_msg("%s: entered %lld deductible %lld paid %lld", r->benefit, (long long)r->entered,
               (long long)r->deductible, (long long)r->paid);
  }
  assert_int_equal(s->status, YZ__SETTLEMENT__STATUS__SETTLED);
  assert_int_equal(s->settled, 1000);
  assert_int_equal(s->funds, 2958000 + 1002300 + 779775 + 127940 + 30000 + 65993);
  assert_int_equal(s->personal, 5150000 - s->funds);
  assert_int_equal(s->in_policy_burden, 131985 - 65993);
  assert_int_equal(share_of(s, YZ__PAYER__ASSISTANCE_FUND), 779775 + 65993); /* one share for both */
  assert_int_equal(share_of(s, YZ__PAYER__COMMERCIAL_INSURER), 157940);
  assert_int_equal(share_of(s, YZ__PAYER__CASH), s->personal);
  assert_int_equal(move_of(s, "stays", NULL), 1);
  assert_int_equal(move_of(s, "critical.resident.d", NULL), 500000);
  assert_int_equal(move_of(s, "critical.resident.b", NULL), 2042000);
  assert_int_equal(move_of(s, "assistance.p", NULL), 779775);
  assert_int_equal(move_of(s, "plus.cover.d", "c1"), 200000);
  assert_int_equal(move_of(s, "plus.cover.p", NULL), 127940);
  assert_int_equal(s->n_packs, 2);
  assert_string_equal(s->packs[1]->pack, "test.city.plus");
}

static void results_tell_their_arithmetic(void **state) {
  (void)state;
  const Yz__Settlement *s = settle(draft_of(STAY(50000), PERSON COVERED POOR, "counters: {name: stays, value: 1}\n"));
  const Yz__BenefitResult *r = result_of(s, "basic.inpatient");
  assert_string_equal(r->pack, "test.city");
  assert_int_equal(r->payer, YZ__PAYER__RESIDENT_BASIC_FUND);
  assert_int_equal(r->stay, 2);
  assert_int_equal(r->deductible_full, 35000);
  assert_int_equal(r->n_parts, 1);
  assert_int_equal(r->parts[0]->kind, YZ__BASE_PART__KIND__IN_POLICY);
  assert_int_equal(r->n_segments, 1);
  assert_int_equal(r->segments[0]->rate, 6000);
  assert_int_equal(r->segments[0]->amount, 5000000 - 35000);
  assert_int_equal(r->n_caps, 1);
  assert_string_equal(r->caps[0]->counter, "basic.inpatient.p");
  assert_int_equal(r->caps[0]->left, 20000000 - r->paid);
  assert_false(r->assumed);
  assert_int_equal(r->n_source, 1);
  assert_string_equal(r->source[0], "law");
  r = result_of(s, "critical.resident");
  assert_true(r->assumed); /* its deductible is a guess */
  assert_int_equal(r->tilt, 1);
  assert_int_equal(r->deductible_full, 1000000);
  assert_int_equal(r->deductible_due, 500000);
  assert_int_equal(r->n_source, 2);
  assert_true(r->has_to_next_step);
}

static void counters_are_read_and_moved_with_their_qualifiers(void **state) {
  (void)state;
  const char *person =
      PERSON COVERED "registrations: [{disease: M03900, from: 2020-01-01}, {disease: M01600, from: 2020-01-01}]\n";
  const Yz__Settlement *s =
      settle(draft_of(BILL "setting: chronic\ndisease: M03900\nfrom: 2023-05-10\n" SUMS(1000, 0, 0, 0, 1000), person,
                      "counters: [{name: \"basic.chronic.p@M03900\", value: 25000}, {name: "
                      "\"basic.chronic.p@M01600\", value: 30000}]\n"));
  assert_int_equal(result_of(s, "basic.chronic")->paid, 60000 - 25000); /* both diseases: a limit of 600 for each */
  assert_int_equal(move_of(s, "basic.chronic.p@M03900", NULL), 35000);
  assert_int_equal(move_of(s, "basic.chronic.p", NULL), 35000); /* the benefit's own counter of the year */
  Yz__Institution *clinic = institution_of("id: h2\nname: 门诊部\nlevel: primary\ncity: \"370302\"\n");
  Yz__SettlementDraft *draft = message(
      &yz__settlement_draft__descriptor,
      "id: S1\ncounters: [{name: \"basic.outpatient.d@h1\", value: 5000}, {name: \"basic.outpatient.d@h2\", value: "
      "1000}, "
      "{name: \"basic.outpatient.p@20230510\", value: 1500}, {name: \"basic.outpatient.p@202305\", value: 8000}]\n");
  draft->bill = bill_of(BILL "setting: outpatient\nfrom: 2023-05-10\n" SUMS(100, 0, 0, 0, 100));
  assert_null(entitle(draft->bill, person_of(PERSON COVERED), clinic, shelf, &arena, &draft->entitlement));
  s = settle(draft);
  /* 40 of the deductible are left at this clinic; 60 x 50 % = 30; the day leaves 25, the month 20 */
  const Yz__BenefitResult *r = result_of(s, "basic.outpatient");
  assert_int_equal(r->deductible, 4000);
  assert_int_equal(r->paid, 2000);
  assert_int_equal(move_of(s, "basic.outpatient.d@h2", NULL), 4000);
  assert_int_equal(move_of(s, "basic.outpatient.p@20230510", NULL), 2000);
  assert_int_equal(move_of(s, "basic.outpatient.p@202305", NULL), 2000);
}

static void a_family_shares_its_deductible_and_not_its_risk(void **state) {
  (void)state;
  /* basic pays 29 580 of 50 000; critical (20 420 - 10 000) x 60 % = 6 252; 14 168 left; the family took 1 500 before
   */
  Yz__SettlementDraft *draft =
      draft_of(STAY(50000), PERSON COVERED, arena_format(&arena, FAMILY, "{name: plus.cover.d, value: 150000}"));
  const Yz__Settlement *s = settle(draft);
  const Yz__BenefitResult *r = result_of(s, "plus.cover");
  assert_int_equal(r->entered, 1416800);
  assert_int_equal(r->deductible, 50000);
  assert_int_equal(r->paid, (1416800 - 50000) * 8 / 10);
  assert_int_equal(move_of(s, "plus.cover.d", "c1"), 50000);
  draft = draft_of(
      "request_id: r1\nperson: p2\ninstitution: h1\nsetting: inpatient\nfrom: 2023-05-10\n" SUMS(50000, 0, 0, 0, 50000),
      "id: p2\nname: 李某\nborn: 1982-01-01\n" COVERED,
      arena_format(&arena, FAMILY, "{name: plus.cover.d, value: 200000}"));
  s = settle(draft);
  assert_int_equal(result_of(s, "plus.cover")->deductible, 0);
  assert_int_equal(result_of(s, "plus.cover")->paid, 1416800 * 4 / 10);
  /* a contract of others is none of this person's */
  draft = draft_of(
      STAY(50000), PERSON COVERED,
      "contracts: {contract: {id: c9, product: test.city.plus, from: 2023-01-01, to: 2024-12-31, members: {person: "
      "p9}}}\n");
  s = settle(draft);
  assert_int_equal(share_of(s, YZ__PAYER__COMMERCIAL_INSURER), 0);
}

static void the_account_pays_what_is_wished_and_there(void **state) {
  (void)state;
  static const struct {
    const char *wish, *balance;
    int64_t paid;
  } rows[] = {{"", "account_balance: 500.00\naccount_year: 2023\n", 0},
              {"use_account: 100.00\n", "account_balance: 500.00\naccount_year: 2023\n", 10000},
              {"use_account: 900.00\n", "account_balance: 500.00\naccount_year: 2023\n", 50000},
              {"use_account: 900.00\n", "", 0},
              {"use_account: 90000.00\n", "account_balance: 90000.00\naccount_year: 2023\n", 100000 - 18000}};
  for (size_t i = 0; i < COUNT(rows); i++) {
    const Yz__Settlement *s = settle(draft_of(arena_format(&arena, STAY(1000) "%s", rows[i].wish),
                                              arena_format(&arena, PERSON COVERED "%s", rows[i].balance), ""));
    assert_int_equal(share_of(s, YZ__PAYER__PERSONAL_ACCOUNT), rows[i].paid);
    assert_int_equal(share_of(s, YZ__PAYER__CASH), 82000 - rows[i].paid);
    assert_int_equal(move_of(s, ACCOUNT_COUNTER, NULL), rows[i].paid);
    assert_int_equal(s->personal, 82000);
  }
}

static void a_grant_beyond_the_bill_is_no_share_of_it(void **state) {
  (void)state;
  const Yz__Settlement *s = settle(draft_of(
      BILL
      "setting: long_term_care\nfrom: 2023-05-01\nto: 2023-05-30\ncare_form: home_self\ndays: 30\n" SUMS(0, 0, 0, 0, 0),
      PERSON COVERED, ""));
  assert_int_equal(s->outside_bill, 90000);
  assert_int_equal(s->funds, 0);
  assert_int_equal(s->personal, 0);
  assert_int_equal(move_of(s, "care.self.p", NULL), 90000);
  assert_int_equal(move_of(s, "care_days@202305", NULL), (1 << 30) - 1);
}

static void a_day_of_care_is_paid_for_once(void **state) {
  (void)state;
  /* from the 10th on, two days: bits 9 and 10 */
  static const char bill[] = BILL "setting: long_term_care\nfrom: 2023-05-10\nto: 2023-05-12\ncare_form: home_self\n"
                                  "days: 2\n" SUMS(0, 0, 0, 0, 0);
  static const struct {
    const char *name, *counters, *refused;
  } rows[] = {
      {"the first of a month", "", NULL},
      {"the days around", "counters: [{name: care_days@202305, value: 2147482111}]\n", NULL},
      {"the same days of another month", "counters: [{name: care_days@202304, value: 1536}]\n", NULL},
      {"the second of them", "counters: [{name: care_days@202305, value: 1024}]\n",
       "2023-05-11 was paid for by another settlement: a day of care is paid for once"},
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    Yz__SettlementDraft *draft = draft_of(bill, PERSON COVERED, rows[i].counters);
    if (rows[i].refused) {
      Yz__Settlement *none;
      const Yz__Problem *problem = decide(draft, &none);
      assert_non_null(problem);
      assert_int_equal(problem->code, YZ__CODE__INVALID);
      assert_string_equal(problem->detail, rows[i].refused);
    } else {
      const Yz__Settlement *s = settle(draft);
      assert_int_equal(s->outside_bill, 6000);
      assert_int_equal(move_of(s, "care_days@202305", NULL), 1 << 9 | 1 << 10);
    }
  }
}

static void no_rule_no_settlement(void **state) {
  (void)state;
  Yz__SettlementDraft *draft =
      draft_of(BILL "setting: emergency\nfrom: 2023-05-10\n" SUMS(10, 0, 0, 0, 10), PERSON COVERED, "");
  Yz__Settlement *none;
  assert_int_equal(decide(draft, &none)->code, YZ__CODE__NO_BENEFIT);
  /* the rule is for lower levels: at this hospital the person bears all, and that is a settlement */
  draft = draft_of(BILL "setting: outpatient\nfrom: 2023-05-10\n" SUMS(10, 0, 0, 0, 10), PERSON COVERED, "");
  assert_int_equal(settle(draft)->personal, 1000);
}

static void an_estimate_is_the_settlement_that_nobody_commits(void **state) {
  (void)state;
  Yz__SettlementDraft *draft = draft_of(STAY(50000), PERSON COVERED POOR, "");
  const Yz__Settlement *settled = settle(draft);
  Yz__SettlementDraft *again = draft_of(STAY(50000), PERSON COVERED POOR, "");
  again->has_estimate = again->estimate = true;
  Yz__Settlement *estimated = settle(again);
  assert_int_equal(estimated->status, YZ__SETTLEMENT__STATUS__ESTIMATED);
  assert_false(estimated->has_settled);
  estimated->status = settled->status;
  estimated->has_settled = true;
  estimated->settled = settled->settled;
  const size_t n = yz__settlement__get_packed_size(settled);
  assert_int_equal(yz__settlement__get_packed_size(estimated), n);
  uint8_t *one = arena_alloc(&arena, n), *two = arena_alloc(&arena, n);
  yz__settlement__pack(settled, one);
  yz__settlement__pack(estimated, two);
  assert_memory_equal(one, two, n);
}

static void a_service_left_out_is_a_defect(void **state) {
  (void)state;
  Yz__SettlementDraft *draft = draft_of(STAY(50000), PERSON COVERED POOR, "");
  const struct plan *plan = NULL;
  Yz__Settlement *none = NULL;
  assert_null(draft_plan(draft, shelf, &arena, &plan));
  assert_null(split_draft(draft, NULL, 0, plan, shelf, &arena));
  assert_int_equal(draft_finish(draft, 0, &arena, &none)->code, YZ__CODE__DEFECT);
  assert_null(draft_run(draft, plan, YZ__SERVICE__ASSISTANCE, false, &arena)); /* not its turn: nothing happens */
  assert_int_equal(draft->n_results, 0);
  assert_null(draft_run(draft, plan, YZ__SERVICE__ADJUDICATION, false, &arena));
  assert_null(draft_run(draft, plan, YZ__SERVICE__ADJUDICATION, false, &arena)); /* asked twice: once is enough */
  assert_int_equal(draft->n_results, 2);
  assert_int_equal(draft_finish(draft, 0, &arena, &none)->code, YZ__CODE__DEFECT);
  assert_null(draft_run(draft, plan, YZ__SERVICE__ASSISTANCE, false, &arena));
  assert_null(draft_finish(draft, 0, &arena, &none));
}

static void a_broken_identity_is_a_defect(void **state) {
  (void)state;
  static const char *const names[] = {"a fen more in the purse", "a fen more paid",          "a negative benefit",
                                      "a negative pocket",       "parts that do not add up", "more paid than entered"};
  for (size_t i = 0; i < COUNT(names); i++) {
    Yz__SettlementDraft *draft = draft_of(STAY(50000), PERSON COVERED POOR, "");
    settle(draft);
    Yz__BenefitResult *first = draft->results[0], *last = draft->results[draft->n_results - 1];
    switch (i) {
    case 0: draft->purse->pockets[0]->left[MONEY_RATIO]++; break;
    case 1: first->paid++; break;
    case 2:
      first->paid += last->paid + 1;
      last->paid = -1;
      break;
    case 3:
      draft->purse->pockets[0]->left[MONEY_FIRST_PAY] = -5;
      draft->purse->pockets[0]->left[MONEY_RATIO] += 5;
      break;
    case 4: draft->sums->in_policy--; break;
    default:
      last->paid += last->entered;
      first->paid -= last->entered;
      break;
    }
    Yz__Settlement *none = NULL;
    const Yz__Problem *problem = draft_finish(draft, 0, &arena, &none);
    if (!problem || problem->code != YZ__CODE__DEFECT) fail_msg("%s: was settled", names[i]);
  }
}

static void a_damaged_draft_is_refused(void **state) {
  (void)state;
  const struct plan *plan = shelf_plan(shelf, "test.city", date_of(2023, 5, 10), NULL, 0);
  Yz__SettlementDraft *draft = draft_of(STAY(50000), PERSON COVERED, "");
  assert_int_equal(draft_run(draft, plan, YZ__SERVICE__ADJUDICATION, true, &arena)->code,
                   YZ__CODE__DEFECT); /* no purse */
  assert_null(split_draft(draft, NULL, 0, plan, shelf, &arena));
  draft->purse->pockets[0]->n_left = 3;
  assert_int_equal(draft_run(draft, plan, YZ__SERVICE__ADJUDICATION, true, &arena)->code, YZ__CODE__DEFECT);
  draft = draft_of(STAY(50000), PERSON COVERED, "counters: {name: basic.inpatient.p, value: -1}\n");
  Yz__Settlement *none;
  assert_int_equal(decide(draft, &none)->code, YZ__CODE__DEFECT);
  draft = draft_of(STAY(50000), PERSON COVERED, "");
  draft->entitlement->remote = (Yz__Remote)99;
  assert_int_equal(decide(draft, &none)->code, YZ__CODE__DEFECT);
  draft = draft_of(STAY(50000), PERSON COVERED, "");
  draft->entitlement->pack->sha256 = arena_copy(&arena, "other content");
  assert_int_equal(decide(draft, &none)->code, YZ__CODE__CONFLICT);
}

static void cancelling_restores_every_counter(void **state) {
  (void)state;
  const char *person = PERSON COVERED POOR "account_balance: 500.00\naccount_year: 2023\n";
  Yz__SettlementDraft *draft =
      draft_of(arena_format(&arena, STAY(50000) "use_account: 100.00\n"), person, arena_format(&arena, FAMILY, "[]"));
  const Yz__Settlement *s = settle(draft);
  Yz__Settlement *cancelled, *none;
  Yz__Move **moves;
  size_t n;
  assert_null(settlement_cancel(s, "x1", "wrong bill", 2000, &arena, &cancelled, &moves, &n));
  assert_int_equal(n, s->n_moves);
  for (size_t i = 0; i < n; i++) {
    const Yz__Move *back = moves[i], *forth = s->moves[n - 1 - i];
    assert_string_equal(back->name, forth->name);
    assert_int_equal(back->delta, -forth->delta);
    assert_ptr_equal(back->contract, forth->contract);
  }
  assert_int_equal(move_of(s, ACCOUNT_COUNTER, NULL), 10000);
  assert_int_equal(cancelled->status, YZ__SETTLEMENT__STATUS__CANCELLED);
  assert_int_equal(cancelled->cancellation->cancelled, 2000);
  assert_string_equal(cancelled->cancellation->request_id, "x1");
  assert_int_equal(s->status, YZ__SETTLEMENT__STATUS__SETTLED); /* the given one is not touched */
  const Yz__Problem *problem = settlement_cancel(cancelled, "x2", NULL, 3000, &arena, &none, &moves, &n);
  assert_int_equal(problem->code, YZ__CODE__ALREADY_CANCELLED);
}

/* Policies may be read again while the settlement waits to be committed; the address sanitizer sees what still points
 * into the shelf. */
static void a_settlement_outlives_the_shelf(void **state) {
  (void)state;
  const Yz__Settlement *s = settle(draft_of(STAY(50000), PERSON COVERED POOR, arena_format(&arena, FAMILY, "[]")));
  size_t n_before, n_after, cited = 0;
  for (size_t i = 0; i < s->n_results; i++) cited += s->results[i]->n_source;
  assert_true(cited > 0);
  const uint8_t *before = message_pack(&s->base, &arena, &n_before);
  shelf_free(&shelf);
  const uint8_t *after = message_pack(&s->base, &arena, &n_after);
  house_shelf();
  assert_int_equal(n_before, n_after);
  assert_memory_equal(before, after, n_before);
}

static void shares_always_make_the_bill(void **state) {
  (void)state;
  uint64_t random = 7;
  for (int i = 0; i < 300; i++) {
    arena_reset(&arena);
    int64_t part[4];
    char text[4][MONEY_TEXT_MAX], total[MONEY_TEXT_MAX];
    for (int k = 0; k < 4; k++) {
      random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
      part[k] = (int64_t)((random >> 33) % (i % 2 ? 30000 : 20000000));
      fen_print(part[k], text[k]);
    }
    fen_print(part[0] + part[1] + part[2] + part[3], total);
    const char *bill = arena_format(&arena,
                                    BILL "setting: inpatient\nfrom: 2023-05-10\nuse_account: 77.77\nsums: {total: %s, "
                                         "own_expense: %s, over_limit: %s, first_pay: %s, in_policy: %s}\n",
                                    total, text[0], text[1], text[2], text[3]);
    const Yz__Settlement *s = settle(draft_of(bill, PERSON COVERED POOR "account_balance: 60.00\naccount_year: 2023\n",
                                              arena_format(&arena, FAMILY, "[]")));
    int64_t sum = 0;
    for (size_t k = 0; k < s->n_shares; k++) sum += s->shares[k]->amount;
    assert_int_equal(sum, s->sums->total);
    assert_int_equal(s->funds + s->personal, s->sums->total);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_bill_goes_down_the_whole_ladder),
      cmocka_unit_test(results_tell_their_arithmetic),
      cmocka_unit_test(counters_are_read_and_moved_with_their_qualifiers),
      cmocka_unit_test(a_family_shares_its_deductible_and_not_its_risk),
      cmocka_unit_test(the_account_pays_what_is_wished_and_there),
      cmocka_unit_test(a_grant_beyond_the_bill_is_no_share_of_it),
      cmocka_unit_test(a_day_of_care_is_paid_for_once),
      cmocka_unit_test(no_rule_no_settlement),
      cmocka_unit_test(an_estimate_is_the_settlement_that_nobody_commits),
      cmocka_unit_test(a_service_left_out_is_a_defect),
      cmocka_unit_test(a_broken_identity_is_a_defect),
      cmocka_unit_test(a_damaged_draft_is_refused),
      cmocka_unit_test(cancelling_restores_every_counter),
      cmocka_unit_test(a_settlement_outlives_the_shelf),
      cmocka_unit_test(shares_always_make_the_bill),
  };
  return cmocka_run_group_tests(tests, house_open, house_close);
}
