#include "explain.h"

#include "clauses.h"
#include "formula.h"
#include "remaining.h"
#include "saying.h"
#include "summary.h"

#include <string.h>

static Yz__Step *step_new(struct arena *arena, struct saying *title, int64_t amount, int64_t left) {
  Yz__Step *step = arena_alloc(arena, sizeof *step);
  yz__step__init(step);
  step->title = saying_sentence(title, arena);
  step->amount = amount;
  step->left = left;
  return step;
}

/* One term of the split, left out when it is zero. */
static void say_term(struct saying *s, bool *first, Yz__BasePart__Kind kind, int64_t amount) {
  if (amount == 0) return;
  say(s, *first ? " = " : " + ", *first ? " = " : " + ");
  *first = false;
  say_name(s, name_of(&yz__base_part__kind__descriptor, (int)kind));
  say(s, " %s", " %s", yuan(amount).text);
}

/* What of own expense is so for its day alone. */
static void say_early(struct saying *s, const Yz__Settlement *settlement) {
  int64_t early = 0;
  for (size_t i = 0; i < settlement->n_split; i++)
    if (settlement->split[i]->has_early && settlement->split[i]->early) early += settlement->split[i]->own_expense;
  if (early == 0) return;
  say(s, "；其中 %s 发生在 %s 待遇开始之前，医保不予支付，由个人自行承担",
      "; of this %s arose before benefits began on %s and is the person's own", yuan(early).text,
      day(settlement->entitlement->benefits_from).text);
}

static Yz__Step *split_step(const Yz__Settlement *settlement, struct arena *arena) {
  const Yz__Sums *sums = settlement->sums;
  struct saying title = {0}, formula = {0};
  bool first = true;
  say(&title, "按医保目录划分：政策范围内 %s 元", "Split by the catalogue: %s yuan are in policy",
      yuan(sums->in_policy).text);
  say(&formula, "总费用 %s", "Total %s", yuan(sums->total).text);
  say_term(&formula, &first, YZ__BASE_PART__KIND__OWN_EXPENSE, sums->own_expense);
  say_term(&formula, &first, YZ__BASE_PART__KIND__OVER_LIMIT, sums->over_limit);
  say_term(&formula, &first, YZ__BASE_PART__KIND__FIRST_PAY, sums->first_pay);
  say_term(&formula, &first, YZ__BASE_PART__KIND__IN_POLICY, sums->in_policy);
  if (settlement->remote_first_pay > 0)
    say(&formula, "；异地就医，政策范围内先由本人自付 %s，其余 %s 进入报销",
        "; for care elsewhere %s of the in-policy cost is the person's first, %s remains for the funds",
        yuan(settlement->remote_first_pay).text, yuan(sums->in_policy - settlement->remote_first_pay).text);
  say_early(&formula, settlement);
  Yz__Step *step = step_new(arena, &title, 0, sums->total);
  step->formula = saying_sentence(&formula, arena);
  return step;
}

/* "居民住院：居民基本医保统筹基金支付 10,380.00 元"; the payer is left out where it is called like the benefit. */
static struct saying benefit_title(const struct clauses *clauses, const Yz__BenefitResult *result) {
  const struct name name = clauses_name(clauses, result);
  const struct name payer = name_of(&yz__payer__descriptor, (int)result->payer);
  struct saying s = {0};
  say_name(&s, name);
  say(&s, "：", ": ");
  if (result->paid > 0) {
    const bool same = strcmp(name.zh, payer.zh) == 0;
    if (!same) say_name(&s, payer);
    say(&s, "支付 %s 元", same ? "pays %s yuan" : " pays %s yuan", yuan(result->paid).text);
  } else if (result->outside_bill > 0) {
    say(&s, "发给本人 %s 元", "%s yuan to the person", yuan(result->outside_bill).text);
  } else {
    say(&s, "本次不支付", "nothing this time");
  }
  return s;
}

static Yz__Step *benefit_step(const Yz__Settlement *settlement, const struct clauses *clauses,
                              const Yz__BenefitResult *result, int64_t left, struct arena *arena) {
  const Yz__Benefit *benefit = clauses_benefit(clauses, result);
  struct saying title = benefit_title(clauses, result), formula = formula_of(settlement, result, benefit);
  Yz__Step *step = step_new(arena, &title, result->paid, left);
  step->benefit = result->benefit;
  step->formula = saying_sentence(&formula, arena);
  step->n_source = result->n_source;
  step->source = arena_alloc(arena, (result->n_source + 1) * sizeof *step->source);
  for (size_t i = 0; i < result->n_source; i++)
    step->source[i] = arena_copy(arena, clauses_citation(clauses, result->pack, result->source[i]));
  if (benefit && benefit->clause_zh && benefit->clause_en) {
    struct saying clause = {0};
    text_add(&clause.zh, benefit->clause_zh);
    text_add(&clause.en, benefit->clause_en);
    step->clause = saying_sentence(&clause, arena);
  }
  return step;
}

static Yz__Step *account_step(const Yz__Share *share, int64_t left, struct arena *arena) {
  struct saying title = {0};
  say_name(&title, name_of(&yz__payer__descriptor, (int)share->payer));
  say(&title, "支付 %s 元", " pays %s yuan", yuan(share->amount).text);
  return step_new(arena, &title, share->amount, left);
}

static void steps_make(const Yz__Settlement *settlement, const struct clauses *clauses, Yz__Explanation *explanation,
                       struct arena *arena) {
  const size_t most = 1 + settlement->n_results + settlement->n_shares;
  Yz__Step **steps = explanation->steps = arena_alloc(arena, most * sizeof(Yz__Step *));
  int64_t left = settlement->sums->total;
  *steps++ = split_step(settlement, arena);
  for (size_t i = 0; i < settlement->n_results; i++) {
    left -= settlement->results[i]->paid;
    *steps++ = benefit_step(settlement, clauses, settlement->results[i], left, arena);
  }
  for (size_t i = 0; i < settlement->n_shares; i++) {
    const Yz__Share *share = settlement->shares[i];
    if (share->amount == 0) continue;
    if (share->payer != YZ__PAYER__PERSONAL_ACCOUNT && share->payer != YZ__PAYER__FAMILY_ACCOUNT) continue;
    left -= share->amount;
    *steps++ = account_step(share, left, arena);
  }
  explanation->n_steps = (size_t)(steps - explanation->steps);
}

Yz__Explanation *explain(const Yz__Settlement *settlement, const struct explain_packs *packs, struct arena *arena) {
  struct clauses clauses;
  clauses_find(&clauses, settlement, packs);
  Yz__Explanation *explanation = arena_alloc(arena, sizeof *explanation);
  yz__explanation__init(explanation);
  explanation->settlement = settlement->id;
  struct saying summary = summary_of(settlement);
  explanation->summary = saying_sentence(&summary, arena);
  steps_make(settlement, &clauses, explanation, arena);
  remaining_say(settlement, &clauses, explanation, arena);
  cautions_say(settlement, &clauses, explanation, arena);
  return explanation;
}
