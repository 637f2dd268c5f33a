/* What has to hold for every pack of ops/policies, tried on random persons and bills: each city pack in each of its
 * years, alone and with each product that is sold there. The generator is deterministic: a failure names its draw. */
#include "draft.h"
#include "draft_case.h"
#include "entitle.h"
#include "random_bills.h"
#include "shelf.h"
#include "split.h"

#include <stdio.h>

enum { WORLDS_MAX = 64, HELD_MAX = 512, YEARS_OF_BILLS = 300, BILLS_OF_A_YEAR = 6 };

/* A plan that is in force in a calendar year: a city's pack, and a product or none. */
struct world {
  const struct pack *city, *product;
  int32_t from, to;
  const struct plan *plan;
  bool paid[PLAN_RULES_MAX], compared[PLAN_RULES_MAX]; /* what the draws reached */
};

/* A person's and a contract's counters, as the store keeps them. */
struct held {
  size_t n;
  struct {
    const char *name, *contract;
    int64_t value;
  } at[HELD_MAX];
};

static struct arena arena;
static struct shelf *shelf;
static struct world worlds[WORLDS_MAX];
static size_t n_worlds;

static char *name_of(const struct world *w, uint64_t draw) {
  char day[DATE_TEXT_MAX];
  return arena_format(&arena, "%s%s%s of %s, draw %llu", w->city->text->pack, w->product ? " with " : "",
                      w->product ? w->product->text->pack : "", date_print(w->from, day), (unsigned long long)draw);
}

/* ---- worlds ---- */

static void world_add(const struct pack *city, const struct pack *product, int32_t from, int32_t to) {
  const char *const products[] = {product ? product->text->pack : NULL};
  struct world *w = &worlds[n_worlds++];
  assert_true(n_worlds < WORLDS_MAX);
  *w = (struct world){.city = city, .product = product, .from = from, .to = to};
  w->plan = shelf_plan(shelf, city->text->pack, from, products, product ? 1 : 0);
  if (!w->plan) fail_msg("%s has no plan", name_of(w, 0));
}

static bool sold_in(const struct pack *product, const struct pack *city, int32_t from, int32_t to) {
  const size_t n = strlen(city->text->pack);
  const Yz__PolicyPack *text = product->text;
  return text->product && strncmp(text->pack, city->text->pack, n) == 0 && text->pack[n] == '.' && text->from <= to &&
         from <= text->to;
}

static int packs_open(void **state) {
  (void)state;
  struct findings findings;
  findings_init(&findings);
  arena_init(&arena, 64 * 1024 * 1024);
  shelf = shelf_open("ops/policies", &findings);
  if (!shelf) fail_msg("%s:%d: %s", findings.all[0].file, findings.all[0].line, findings.all[0].reason);
  findings_free(&findings);
  size_t n;
  const struct pack *const *packs = shelf_list(shelf, &n);
  for (size_t i = 0; i < n; i++) {
    const Yz__PolicyPack *text = packs[i]->text;
    for (int year = date_civil(text->from).year; !text->product && text->city && date_of(year, 1, 1) <= text->to;
         year++) {
      const int32_t first = date_of(year, 1, 1), last = date_of(year, 12, 31);
      const int32_t from = text->from > first ? text->from : first, to = text->to < last ? text->to : last;
      world_add(packs[i], NULL, from, to);
      for (size_t j = 0; j < n; j++)
        if (sold_in(packs[j], packs[i], from, to)) world_add(packs[i], packs[j], from, to);
    }
  }
  assert_true(n_worlds > 0);
  return 0;
}

static int packs_close(void **state) {
  (void)state;
  shelf_free(&shelf);
  arena_free(&arena);
  return 0;
}

/* ---- counters ---- */

static bool same_text(const char *a, const char *b) {
  return a && b ? strcmp(a, b) == 0 : a == b;
}

static void held_move(struct held *held, Yz__Move *const *moves, size_t n) {
  for (size_t i = 0; i < n; i++) {
    size_t at = 0;
    while (at < held->n &&
           !(strcmp(held->at[at].name, moves[i]->name) == 0 && same_text(held->at[at].contract, moves[i]->contract)))
      at++;
    assert_true(at < HELD_MAX);
    if (at == held->n) {
      held->n++;
      held->at[at].name = moves[i]->name;
      held->at[at].contract = moves[i]->contract;
      held->at[at].value = 0;
    }
    held->at[at].value += moves[i]->delta;
    assert_true(held->at[at].value >= 0);
  }
}

static Yz__Counter **counters_of(const struct held *held, bool of_contract, size_t *n) {
  Yz__Counter **counters = arena_alloc(&arena, (held->n + 1) * sizeof *counters);
  *n = 0;
  for (size_t i = 0; i < held->n; i++) {
    if ((held->at[i].contract != NULL) != of_contract) continue;
    DRAW(&arena, counter, Counter);
    counter->name = (char *)held->at[i].name;
    counter->value = held->at[i].value;
    counters[(*n)++] = counter;
  }
  return counters;
}

/* ---- a settlement ---- */

static void contract_give(Yz__SettlementDraft *draft, const struct world *w, Yz__Risk risk, const struct held *held) {
  DRAW(&arena, contract, Contract);
  DRAW(&arena, member, Member);
  Yz__ContractState *state = arena_alloc(&arena, sizeof *state);
  yz__contract_state__init(state);
  member->person = draft->bill->person;
  member->has_risk = true;
  member->risk = risk;
  contract->id = "c1";
  contract->product = w->product->text->pack;
  contract->from = w->product->text->from;
  contract->to = w->product->text->to;
  LIST(&arena, contract, members, 1);
  contract->members[contract->n_members++] = member;
  state->contract = contract;
  state->counters = counters_of(held, true, &state->n_counters);
  LIST(&arena, draft, contracts, 1);
  draft->contracts[draft->n_contracts++] = state;
}

/* What enrollment and supplementary make; NULL where the person has no benefit for such care. */
static Yz__SettlementDraft *draft_of(const struct world *w, const struct drawn *drawn, Yz__Risk risk,
                                     const struct held *held) {
  const struct plan *plan;
  DRAW(&arena, settlement_draft, SettlementDraft);
  Yz__SettlementDraft *draft = settlement_draft;
  draft->id = "S1";
  draft->bill = drawn->bill;
  Yz__Problem *problem = entitle(drawn->bill, drawn->person, drawn->institution, shelf, &arena, &draft->entitlement);
  if (problem && problem->code == YZ__CODE__NOT_REGISTERED) return NULL;
  if (problem && !drawn->bill->disease && problem->code == YZ__CODE__INVALID) return NULL;
  if (problem) fail_msg("%s", problem->detail);
  draft->counters = counters_of(held, false, &draft->n_counters);
  if (w->product) contract_give(draft, w, risk, held);
  problem = draft_plan(draft, shelf, &arena, &plan);
  if (problem && problem->code == YZ__CODE__NO_BENEFIT) return NULL;
  if (!problem && plan != w->plan) fail_msg("%s: another plan", name_of(w, 0));
  if (!problem) problem = split_draft(draft, NULL, 0, plan, shelf, &arena);
  if (problem) fail_msg("%s", problem->detail);
  return draft;
}

static Yz__Settlement *decide(const struct world *w, const struct drawn *drawn, Yz__Risk risk, const struct held *held,
                              bool estimate) {
  Yz__SettlementDraft *draft = draft_of(w, drawn, risk, held);
  Yz__Problem *problem = NULL;
  Yz__Settlement *settlement = NULL;
  if (!draft) return NULL;
  draft->has_estimate = true;
  draft->estimate = estimate;
  for (size_t i = 0; !problem && i < draft->entitlement->n_slip; i++) {
    if (draft->entitlement->slip[i] == YZ__SERVICE__SUPPLEMENTARY && draft->n_contracts == 0) continue;
    problem = draft_run(draft, w->plan, draft->entitlement->slip[i], true, &arena);
  }
  if (problem && problem->code == YZ__CODE__INVALID && strcmp(problem->pointer, "/from") == 0) return NULL;
  if (!problem) problem = draft_finish(draft, 1000, &arena, &settlement);
  if (problem) fail_msg("%s", problem->detail);
  return settlement;
}

/* ---- what holds ---- */

/* The identities, computed here once more. */
static void identities_check(const Yz__Settlement *s, const char *who) {
  int64_t all = 0, own = 0, paid = 0;
  for (size_t i = 0; i < s->n_shares; i++) {
    if (s->shares[i]->amount < 0) fail_msg("%s: a share below zero", who);
    all += s->shares[i]->amount;
    if (s->shares[i]->payer >= YZ__PAYER__PERSONAL_ACCOUNT) own += s->shares[i]->amount;
  }
  for (size_t i = 0; i < s->n_results; i++) {
    const Yz__BenefitResult *r = s->results[i];
    if (r->paid < 0 || r->deductible < 0 || r->over_cap < 0 || r->lost < 0 || r->paid > r->entered - r->deductible)
      fail_msg("%s: %s", who, r->benefit);
    paid += r->paid;
  }
  if (all != s->sums->total || own != s->personal || paid != s->funds || paid + own != all)
    fail_msg("%s: %lld shared out of %lld, %lld paid, %lld personal", who, (long long)all, (long long)s->sums->total,
             (long long)paid, (long long)own);
  if (s->in_policy_burden < 0 || s->in_policy_burden > s->personal) fail_msg("%s: the burden in policy", who);
}

/* An estimate says in every member what the settlement says, but for its status and its instant. */
static void estimate_check(const Yz__Settlement *settled, Yz__Settlement *estimated, const char *who) {
  assert_int_equal(estimated->status, YZ__SETTLEMENT__STATUS__ESTIMATED);
  assert_false(estimated->has_settled);
  estimated->status = settled->status;
  estimated->has_settled = settled->has_settled;
  estimated->settled = settled->settled;
  const size_t n = yz__settlement__get_packed_size(settled);
  uint8_t *one = arena_alloc(&arena, n), *two = arena_alloc(&arena, n);
  if (yz__settlement__get_packed_size(estimated) != n) fail_msg("%s: the estimate differs", who);
  yz__settlement__pack(settled, one);
  yz__settlement__pack(estimated, two);
  if (memcmp(one, two, n) != 0) fail_msg("%s: the estimate differs", who);
}

static uint16_t rule_of(const struct world *w, const char *benefit) {
  for (uint16_t i = 0; i < w->plan->n_rules; i++)
    if (strcmp(w->plan->rules[i].id, benefit) == 0) return i;
  fail_msg("no rule %s", benefit);
  return 0;
}

static bool may_lower(const struct world *w, const Yz__Settlement *s) {
  for (size_t i = 0; i < s->n_results; i++)
    if (w->plan->rules[rule_of(w, s->results[i]->benefit)].may_lower_burden) return true;
  return false;
}

static void results_print(const char *title, const Yz__Settlement *s) {
  print_message("%s: total %lld, personal %lld\n", title, (long long)s->sums->total, (long long)s->personal);
  for (size_t i = 0; i < s->n_results; i++) {
    const Yz__BenefitResult *r = s->results[i];
    print_message("  %s: entered %lld deductible %lld covered %lld paid %lld over cap %lld lost %lld\n", r->benefit,
                  (long long)r->entered, (long long)r->deductible, (long long)r->covered, (long long)r->paid,
                  (long long)r->over_cap, (long long)r->lost);
  }
}

/* The same bill with more money of some kind, on a list or on none. */
static struct drawn higher_bill(const struct drawn *drawn, uint64_t *state) {
  struct drawn higher = *drawn;
  const Yz__Sums *from = drawn->bill->sums;
  higher.bill = arena_alloc(&arena, sizeof *higher.bill);
  *higher.bill = *drawn->bill;
  DRAW(&arena, sums, Sums);
  *sums = *from;
  higher.bill->sums = sums;
  const int64_t more = chance(state, 40) ? 1 : random_amount(state);
  const int kind = chance(state, 70) ? 0 : 1 + (int)random_to(state, 2);
  *(int64_t *[]){&sums->in_policy, &sums->first_pay, &sums->over_limit, &sums->own_expense}[kind] += more;
  sums->total += more;
  if (sums->n_listed == 0 || chance(state, 50)) return higher;
  LIST(&arena, sums, listed, from->n_listed);
  memcpy(sums->listed, from->listed, from->n_listed * sizeof *from->listed);
  Yz__ListedSum *listed = arena_alloc(&arena, sizeof *listed);
  const size_t at = (size_t)random_to(state, (int64_t)from->n_listed - 1);
  *listed = *from->listed[at];
  *(int64_t *[]){&listed->in_policy, &listed->first_pay, &listed->over_limit, &listed->own_expense}[kind] += more;
  sums->listed[at] = listed;
  return higher;
}

/* More money on the same bill, with the same history, never leaves the person with less to pay. */
static void higher_bill_check(const struct world *w, const struct drawn *drawn, Yz__Risk risk, const struct held *held,
                              const Yz__Settlement *settled, uint64_t *state, const char *who) {
  const Yz__Settlement *before = settled;
  struct drawn higher = *drawn;
  for (int i = 0; i < 3; i++) {
    higher = higher_bill(&higher, state);
    const Yz__Settlement *then = decide(w, &higher, risk, held, false);
    if (!then) return; /* days of care that were paid for, of which the lower bill had nothing to pay */
    if (then->personal < before->personal && !may_lower(w, before) && !may_lower(w, then)) {
      results_print("lower bill", before);
      results_print("higher bill", then);
      fail_msg("%s: the higher bill leaves the person less to pay", who);
    }
    before = then;
  }
}

/* Cancelling posts back every move, in reverse. */
static void cancel_moves(const Yz__Settlement *s, struct held *held) {
  Yz__Settlement *cancelled;
  Yz__Move **moves;
  size_t n;
  assert_null(settlement_cancel(s, "r2", NULL, 2000, &arena, &cancelled, &moves, &n));
  assert_int_equal(cancelled->status, YZ__SETTLEMENT__STATUS__CANCELLED);
  held_move(held, moves, n);
}

static void held_same(const struct held *a, const struct held *b, const char *who) {
  for (size_t i = 0; i < a->n; i++) {
    const int64_t value = i < b->n ? b->at[i].value : 0; /* counters are only ever added behind */
    if (a->at[i].value != value)
      fail_msg("%s: %s is %lld, not %lld", who, a->at[i].name, (long long)a->at[i].value, (long long)value);
  }
}

static bool in_force(const struct world *w, const struct rule *rule) {
  return rule->from <= w->to && rule->to >= w->from;
}

/* A day of the world's, on which the rule is in force if it ever is. */
static int32_t random_day(uint64_t *state, const struct world *w, const struct rule *rule) {
  int32_t from = w->from, to = w->to;
  if (in_force(w, rule)) {
    from = rule->from > from ? rule->from : from;
    to = rule->to < to ? rule->to : to;
  }
  return from + (int32_t)random_to(state, to - from);
}

/* ---- a year of bills ---- */

static void paid_note(struct world *w, const Yz__Settlement *s) {
  for (size_t i = 0; i < s->n_results; i++)
    if (s->results[i]->paid > 0 || s->results[i]->outside_bill > 0) w->paid[rule_of(w, s->results[i]->benefit)] = true;
}

static void bill_try(struct world *w, const struct drawn *drawn, Yz__Risk risk, struct held *held, uint64_t *state,
                     const char *who, Yz__Settlement **settled) {
  Yz__Settlement *s = decide(w, drawn, risk, held, false);
  *settled = s;
  if (!s) return;
  identities_check(s, who);
  estimate_check(s, decide(w, drawn, risk, held, true), who);
  higher_bill_check(w, drawn, risk, held, s, state, who);
  paid_note(w, s);
  const struct held before = *held;
  held_move(held, s->moves, s->n_moves);
  if (!chance(state, 20)) return;
  cancel_moves(s, held);
  held_same(held, &before, who);
  *settled = NULL;
}

/* One person's year, in which most bills are drawn for one rule of the plan; at its end everything is cancelled. */
static void year_try(struct world *w, uint64_t draw) {
  uint64_t state = draw;
  const char *who = name_of(w, draw);
  const struct rule *rule = &w->plan->rules[draw % w->plan->n_rules];
  const int32_t on = random_day(&state, w, rule);
  const Yz__Risk risk = (Yz__Risk)random_value(&state, rule->applies.bits, BITS_RISK, 2, false);
  struct drawn drawn = {.person = random_person(&state, rule, w->city->text->pack, on, &arena)};
  struct held held = {0};
  const struct held empty = {0};
  Yz__Settlement *settled[BILLS_OF_A_YEAR];
  for (int i = 0; i < BILLS_OF_A_YEAR; i++) {
    if (chance(&state, 25)) rule = &w->plan->rules[random_to(&state, w->plan->n_rules - 1)];
    int32_t day = random_day(&state, w, rule);
    if (day < drawn.person->born) day = drawn.person->born;
    random_bill(&state, rule, w->plan, w->city->text->city, day, &drawn, &arena);
    bill_try(w, &drawn, risk, &held, &state, who, &settled[i]);
  }
  for (int i = BILLS_OF_A_YEAR - 1; i >= 0; i--)
    if (settled[i]) cancel_moves(settled[i], &held);
  held_same(&held, &empty, who);
}

static void every_settlement_of_every_pack_holds(void **state) {
  (void)state;
  for (size_t i = 0; i < n_worlds; i++) {
    struct world *w = &worlds[i];
    for (uint64_t draw = 0; draw < YEARS_OF_BILLS; draw++) {
      arena_reset(&arena);
      year_try(w, draw);
    }
    for (uint16_t r = 0; r < w->plan->n_rules; r++)
      if (!w->paid[r] && in_force(w, &w->plan->rules[r]))
        fail_msg("%s: no draw made %s pay", name_of(w, 0), w->plan->rules[r].id);
  }
}

/* ---- how a year is split ---- */

/* The kind of money that enters the rule whole. */
static enum money money_of(const struct rule *rule) {
  if (rule->in_policy == BASE_OVER_CAP) return MONEY_OVER_CAP;
  return rule->in_policy == BASE_OUT ? MONEY_OWN_EXPENSE : MONEY_IN_POLICY;
}

/* A bill for one rule alone; counters move on. */
static int64_t rule_bill(struct benefit_case *c, const struct rule *rule, int64_t amount) {
  memset(&c->purse, 0, sizeof c->purse);
  c->purse.n = 1;
  c->purse.pockets[0].lists = rule->only_lists;
  c->purse.pockets[0].left[money_of(rule)] = amount;
  c->n_results = 0;
  assert_int_equal(benefit_run(c, rule->service, false), BENEFIT_OK);
  for (uint16_t i = 0; i < c->plan->n_counters; i++) {
    c->counters[i] += c->moved[i];
    c->moved[i] = 0;
  }
  return c->n_results ? c->results[0].paid : 0;
}

static void split_try(struct world *w, uint16_t number, uint64_t draw) {
  uint64_t state = draw;
  const struct rule *rule = &w->plan->rules[number];
  const struct held none = {0};
  const Yz__Risk risk = (Yz__Risk)random_value(&state, rule->applies.bits, BITS_RISK, 2, false);
  const int32_t day = random_day(&state, w, rule);
  struct drawn drawn = {.person = random_person(&state, rule, w->city->text->pack, day, &arena)};
  struct benefit_case *whole = arena_alloc(&arena, sizeof *whole), *parts = arena_alloc(&arena, sizeof *parts);
  random_bill(&state, rule, w->plan, w->city->text->city, day, &drawn, &arena);
  const Yz__SettlementDraft *draft = draft_of(w, &drawn, risk, &none);
  if (!draft) return;
  assert_null(draft_case(draft, w->plan, &arena, whole));
  if (rule->deductible_per == DEDUCTIBLE_FAMILY_YEAR && chance(&state, 60))
    whole->counters[rule->deductible_counter] = random_amount(&state); /* taken of the others */
  whole->from_rule = number;
  whole->to_rule = (uint16_t)(number + 1);
  *parts = *whole;
  int64_t total = 0, paid = 0;
  for (int i = 0; i < 12; i++) {
    const int64_t amount = random_amount(&state);
    total += amount;
    paid += rule_bill(parts, rule, amount);
  }
  const int64_t at_once = rule_bill(whole, rule, total);
  if (paid != at_once)
    fail_msg("%s, %s: %lld in parts, %lld at once", name_of(w, draw), rule->id, (long long)paid, (long long)at_once);
  for (uint16_t i = 0; i < w->plan->n_counters; i++) assert_int_equal(whole->counters[i], parts->counters[i]);
  w->compared[number] = w->compared[number] || at_once > 0;
}

static void a_year_in_more_bills_pays_what_its_packs_promise(void **state) {
  (void)state;
  for (size_t i = 0; i < n_worlds; i++) {
    for (uint16_t r = 0; r < worlds[i].plan->n_rules; r++) {
      if (!worlds[i].plan->rules[r].order_independent || !in_force(&worlds[i], &worlds[i].plan->rules[r])) continue;
      for (uint64_t draw = 0; draw < 100; draw++) {
        arena_reset(&arena);
        split_try(&worlds[i], r, draw);
      }
      if (!worlds[i].compared[r]) fail_msg("%s: %s was not tried", name_of(&worlds[i], 0), worlds[i].plan->rules[r].id);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_settlement_of_every_pack_holds),
      cmocka_unit_test(a_year_in_more_bills_pays_what_its_packs_promise),
  };
  return cmocka_run_group_tests(tests, packs_open, packs_close);
}
