#include "draft_case.h"
#include "ladder.h"
#include "products.h"

#include "bill.h"
#include "care.h"
#include "date.h"
#include "facts.h"

#include <string.h>

/* ---- the plan ---- */

static bool same_pack(const Yz__PackRef *ref, const struct plan *plan) {
  for (uint16_t i = 0; i < plan->n_packs; i++)
    if (strcmp(ref->pack, plan->packs[i].pack) == 0) return strcmp(ref->sha256, plan->packs[i].sha256) == 0;
  return false;
}

/* True when some rule serves the person in this setting, wherever the care was given. */
static bool serves(const struct plan *plan, struct facts facts) {
  const uint64_t place = UINT64_C(31) << BITS_LEVEL | UINT64_C(63) << BITS_REMOTE | UINT64_C(7) << BITS_REACH;
  facts.bits &= ~place; /* a condition that asks for the place holds when the facts say nothing of it */
  for (uint16_t i = 0; i < plan->n_rules; i++)
    if (rule_may_apply(&plan->rules[i], &facts)) return true;
  return false;
}

Yz__Problem *draft_plan(const Yz__SettlementDraft *draft, struct shelf *shelf, struct arena *arena,
                        const struct plan **plan) {
  const Yz__Entitlement *e = draft->entitlement;
  const char *products[PLAN_PACKS_MAX];
  const size_t n = products_list(draft, products);
  char day[DATE_TEXT_MAX];
  *plan = shelf_plan(shelf, e->pack->pack, bill_day(draft->bill), products, n);
  if (!*plan)
    return problem_new(arena, YZ__CODE__UNKNOWN_POLICY, NULL, "no policy pack %s, with %zu products, rules %s",
                       e->pack->pack, n, date_print(bill_day(draft->bill), day));
  bool same = same_pack(e->pack, *plan);
  for (size_t i = 0; i < draft->n_contracts; i++)
    if (draft->contracts[i]->pack && contract_of(draft, draft->contracts[i]->contract->product) == draft->contracts[i])
      same = same && same_pack(draft->contracts[i]->pack, *plan);
  if (!same)
    return problem_new(arena, YZ__CODE__CONFLICT, NULL, "services hold different contents of the policy packs");
  struct facts facts;
  Yz__Problem *problem = facts_make(draft->bill, e, *plan, arena, &facts);
  if (problem) return problem;
  if (!serves(*plan, facts))
    return problem_new(arena, YZ__CODE__NO_BENEFIT, "/setting",
                       "the pack %s has no benefit for this person in this setting", e->pack->pack);
  return NULL;
}

/* ---- citations ---- */

static void cite_add(Yz__BenefitResult *out, const char *mark, struct arena *arena) {
  for (size_t i = 0; i < out->n_source; i++)
    if (strcmp(out->source[i], mark) == 0) return;
  out->source[out->n_source++] = arena_copy(arena, mark);
}

static void cites_add(Yz__BenefitResult *out, const struct plan *plan, uint16_t first, uint8_t n, struct arena *arena) {
  for (uint16_t i = 0; i < n; i++) cite_add(out, plan->cites[first + i].mark, arena);
}

static void sources_write(Yz__BenefitResult *out, const struct benefit_case *c, const struct result *r,
                          struct arena *arena) {
  const struct plan *plan = c->plan;
  const struct rule *rule = &plan->rules[r->rule];
  struct facts facts = c->facts;
  size_t most = rule->cites;
  for (uint8_t i = 0; i < r->n_rows; i++) most += plan->rows[r->rows[i]].cites;
  for (uint8_t i = 0; i < rule->n_adjustments; i++) most += rule->adjustments[i].cites;
  if (r->tilt) most += rule->tilts[r->tilt - 1].cites;
  out->source = arena_alloc(arena, (most + 1) * sizeof *out->source);
  facts.bits |= c->pack_bits[rule->pack];
  cites_add(out, plan, rule->cite, rule->cites, arena);
  for (uint8_t i = 0; i < r->n_rows; i++)
    cites_add(out, plan, plan->rows[r->rows[i]].cite, plan->rows[r->rows[i]].cites, arena);
  if (r->tilt) cites_add(out, plan, rule->tilts[r->tilt - 1].cite, rule->tilts[r->tilt - 1].cites, arena);
  for (uint8_t i = 0; i < rule->n_adjustments; i++)
    if (when_holds(&rule->adjustments[i].when, &facts))
      cites_add(out, plan, rule->adjustments[i].cite, rule->adjustments[i].cites, arena);
}

/* ---- results ---- */

static void parts_write(Yz__BenefitResult *out, const struct result *r, struct arena *arena) {
  out->parts = arena_alloc(arena, MONEY_KINDS * sizeof *out->parts);
  for (int k = 0; k < MONEY_KINDS; k++) {
    if (r->parts[k] == 0) continue;
    Yz__BasePart *part = arena_alloc(arena, sizeof *part);
    yz__base_part__init(part);
    part->kind = (Yz__BasePart__Kind)(k + 1);
    part->amount = r->parts[k];
    out->parts[out->n_parts++] = part;
  }
}

static void segments_write(Yz__BenefitResult *out, const struct result *r, struct arena *arena) {
  out->segments = arena_alloc(arena, (r->n_segments + 1u) * sizeof *out->segments);
  for (uint8_t i = 0; i < r->n_segments; i++) {
    Yz__Segment *segment = arena_alloc(arena, sizeof *segment);
    yz__segment__init(segment);
    segment->from = r->segments[i].from;
    segment->has_to = true;
    segment->to = r->segments[i].to;
    segment->amount = r->segments[i].amount;
    segment->rate = r->segments[i].rate;
    out->segments[out->n_segments++] = segment;
  }
}

static void caps_write(Yz__BenefitResult *out, const struct plan *plan, const struct result *r, struct arena *arena) {
  out->caps = arena_alloc(arena, (r->n_caps + 1u) * sizeof *out->caps);
  for (uint8_t i = 0; i < r->n_caps; i++) {
    const struct cap_use *use = &r->caps[i];
    Yz__CapUse *cap = arena_alloc(arena, sizeof *cap);
    yz__cap_use__init(cap);
    cap->counter = arena_copy(arena, use->counter == NO_COUNTER ? "" : plan->counters[use->counter].name);
    if (use->on_times) {
      cap->has_times = cap->has_times_before = true;
      cap->times = (uint32_t)use->limit;
      cap->times_before = (uint32_t)use->before;
    } else {
      cap->limit = use->limit;
      cap->before = use->before;
      cap->left = use->left;
    }
    cap->has_binding = cap->has_waived = true;
    cap->binding = use->binding;
    cap->waived = use->waived;
    out->caps[out->n_caps++] = cap;
  }
}

#define SET(member, value) (out->has_##member = true, out->member = (value))

static void amounts_write(Yz__BenefitResult *out, const struct rule *rule, const struct result *r) {
  SET(entered, r->base);
  if (rule->deductible_per != DEDUCTIBLE_NONE) {
    SET(deductible_full, r->deductible_full);
    SET(deductible_due, r->deductible_due);
    SET(deductible, r->deductible);
    SET(deductible_before, r->deductible_before);
    SET(deductible_left, r->deductible_left);
  }
  SET(covered, r->covered);
  SET(computed, r->computed);
  out->paid = r->paid;
  SET(over_cap, r->over_cap);
  if (r->lost) SET(lost, r->lost);
  if (rule->grant_beyond_cost) SET(outside_bill, r->outside_bill);
  if (r->stay) SET(stay, (uint32_t)r->stay);
  if (r->tilt) SET(tilt, r->tilt);
  if (rule->brackets_on_year) SET(year_before, r->year_before);
  if (r->to_next_step >= 0) SET(to_next_step, r->to_next_step);
  if (r->assumed) SET(assumed, true);
}

static Yz__BenefitResult *result_write(const struct benefit_case *c, const struct result *r, bool trace,
                                       struct arena *arena) {
  const struct plan *plan = c->plan;
  const struct rule *rule = &plan->rules[r->rule];
  Yz__BenefitResult *out = arena_alloc(arena, sizeof *out);
  yz__benefit_result__init(out);
  out->benefit = arena_copy(arena, rule->id);
  out->pack = arena_copy(arena, plan->packs[rule->pack].pack);
  out->tier = (Yz__Tier)rule->tier;
  out->payer = (Yz__Payer)rule->payer;
  amounts_write(out, rule, r);
  if (!trace) return out;
  parts_write(out, r, arena);
  segments_write(out, r, arena);
  caps_write(out, plan, r, arena);
  sources_write(out, c, r, arena);
  return out;
}

static void results_write(Yz__SettlementDraft *draft, const struct benefit_case *c, bool trace, struct arena *arena) {
  Yz__BenefitResult **results = arena_alloc(arena, (draft->n_results + c->n_results + 1) * sizeof *results);
  if (draft->n_results) memcpy(results, draft->results, draft->n_results * sizeof *results);
  for (uint8_t i = 0; i < c->n_results; i++) {
    results[draft->n_results++] = result_write(c, &c->results[i], trace, arena);
    if (!c->results[i].stay) continue;
    draft->has_stay = true;
    draft->stay = (uint32_t)c->results[i].stay;
  }
  draft->results = results;
}

/* ---- purse, moves, packs ---- */

static void purse_write(Yz__SettlementDraft *draft, const struct benefit_case *c) {
  for (uint8_t p = 0; p < c->purse.n; p++)
    memcpy(draft->purse->pockets[p]->left, c->purse.pockets[p].left, sizeof c->purse.pockets[p].left);
}

/* All moves of the draft so far: the case began with those of earlier services. */
static Yz__Problem *moves_write(Yz__SettlementDraft *draft, const struct benefit_case *c, struct arena *arena) {
  const struct plan *plan = c->plan;
  Yz__Move **moves = arena_alloc(arena, (plan->n_counters + 1u) * sizeof *moves);
  size_t n = 0;
  for (uint16_t i = 0; i < plan->n_counters; i++) {
    if (c->moved[i] == 0) continue;
    char key[COUNTER_KEY_MAX];
    const Yz__ContractState *contract = counter_contract(plan, i, draft);
    if (!contract && plan->counters[i].scope == SCOPE_FAMILY)
      return problem_new(arena, YZ__CODE__DEFECT, NULL, "%s moved without a contract", plan->counters[i].name);
    Yz__Move *move = arena_alloc(arena, sizeof *move);
    yz__move__init(move);
    move->name = arena_copy(arena, counter_key(plan, i, draft, key));
    move->delta = c->moved[i];
    move->contract = contract ? contract->contract->id : NULL;
    moves[n++] = move;
  }
  draft->moves = moves;
  draft->n_moves = n;
  return NULL;
}

static void packs_write(Yz__SettlementDraft *draft, const struct plan *plan, struct arena *arena) {
  draft->packs = arena_alloc(arena, plan->n_packs * sizeof *draft->packs);
  draft->n_packs = plan->n_packs;
  for (uint16_t i = 0; i < plan->n_packs; i++) {
    Yz__PackRef *ref = arena_alloc(arena, sizeof *ref);
    yz__pack_ref__init(ref);
    ref->pack = arena_copy(arena, plan->packs[i].pack);
    ref->version = arena_copy(arena, plan->packs[i].version);
    ref->sha256 = arena_copy(arena, plan->packs[i].sha256);
    draft->packs[i] = ref;
  }
}

static Yz__Problem *engine_problem(enum benefit_status status, struct arena *arena) {
  switch (status) {
  case BENEFIT_TOO_MANY:
    return problem_new(arena, YZ__CODE__DEFECT, NULL, "more than %d benefits apply to one bill", CASE_RESULTS_MAX);
  case BENEFIT_OVERFLOW:
    return problem_new(arena, YZ__CODE__DEFECT, NULL,
                       "an amount or a counter is below zero or beyond a hundred billion");
  default: return problem_new(arena, YZ__CODE__DEFECT, NULL, "a table of the pack has no row for this case");
  }
}

Yz__Problem *draft_run(Yz__SettlementDraft *draft, const struct plan *plan, Yz__Service service, bool trace,
                       struct arena *arena) {
  struct benefit_case c; /* 20 KB of which a bill touches some: not for the arena, which would empty it */
  Yz__Problem *problem = draft_case(draft, plan, arena, &c);
  if (problem) return problem;
  c.from_rule = (uint16_t)(draft->has_rung ? draft->rung : 0);
  c.to_rule = leg_end(plan, &c.facts, service, c.from_rule);
  const enum benefit_status status = benefit_run(&c, (uint8_t)service, trace);
  if (status == BENEFIT_DAY_TAKEN) return care_day_taken(draft->bill, &c, arena);
  if (status != BENEFIT_OK) return engine_problem(status, arena);
  draft->has_rung = true;
  draft->rung = c.to_rule;
  draft->has_taken = true;
  draft->taken = c.to_rule == plan->n_rules;
  results_write(draft, &c, trace, arena);
  purse_write(draft, &c);
  packs_write(draft, plan, arena);
  return moves_write(draft, &c, arena);
}
