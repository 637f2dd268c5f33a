/* One benefit as statements. */
#include "statements.h"

#include "words.h"

static const struct name everywhere = {"", ""};
static const struct citations none = {0}; /* of what says which rule it is rather than a value */

static void state_enters(struct stating *s, const Yz__Base *enters) {
  static const struct name part = {"计入范围", "what enters"};
  const struct citations around =
      citations_or(enters ? enters->n_source : 0, enters ? enters->source : NULL, s->around);
  const int in_policy = enters && enters->has_in_policy ? (int)enters->in_policy : YZ__BASE__IN_POLICY__ALL;
  state(s, "in_policy", part, everywhere, name_of(&yz__base__in_policy__descriptor, in_policy), around);
  if (!enters) return;
  const struct {
    bool given;
    int32_t share;
    struct name part;
  } shares[] = {
      {enters->first_pay > 0, enters->first_pay, {"乙类先行自付计入", "class B first-pay that enters"}},
      {enters->remote_first_pay > 0, enters->remote_first_pay, {"异地先行自付计入", "remote first-pay that enters"}},
      {enters->over_limit > 0, enters->over_limit, {"超限价自付计入", "over-limit cost that enters"}},
      {enters->own_expense > 0, enters->own_expense, {"全自费计入", "own expense that enters"}},
  };
  for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++)
    if (shares[i].given) state(s, "", shares[i].part, everywhere, words_ratio(shares[i].share, s->arena), around);
  if (enters->has_lost && !enters->lost)
    state(s, "", (struct name){"未备案损失部分", "what was lost by not filing"}, everywhere,
          (struct name){"不计入", "does not enter"}, around);
  struct words only = {0}, except = {0};
  for (size_t i = 0; i < enters->n_only_lists; i++) words_add(&only, "、", ", ", words_same(enters->only_lists[i]));
  for (size_t i = 0; i < enters->n_except_lists; i++)
    words_add(&except, "、", ", ", words_same(enters->except_lists[i]));
  const struct name only_names = words_done(&only, s->arena), except_names = words_done(&except, s->arena);
  if (enters->n_only_lists) state(s, "", (struct name){"仅限清单", "only lists"}, everywhere, only_names, around);
  if (enters->n_except_lists) state(s, "", (struct name){"不含清单", "except lists"}, everywhere, except_names, around);
}

static void state_shared(struct stating *s, struct name part, const char *shared_as, struct citations around) {
  if (shared_as) state(s, "", part, everywhere, words_same(shared_as), around);
}

static void state_deductible(struct stating *s, const Yz__Deductible *deductible) {
  static const struct name per = {"起付线口径", "deductible per"}, part = {"起付线", "deductible"};
  if (!deductible) {
    state(s, "", part, everywhere, (struct name){"不设", "none"}, none);
    return;
  }
  const struct citations around = citations_or(deductible->n_source, deductible->source, s->around);
  state(s, "", per, everywhere, name_of(&yz__deductible__per__descriptor, (int)deductible->per), around);
  state_shared(s, (struct name){"起付线合并计算", "deductible shared as"}, deductible->shared_as, around);
  state_amounts(s, "", part, deductible->n_rows, deductible->rows, deductible->has_amount, deductible->amount, around);
}

static void state_step(struct stating *s, const Yz__Rate *rate, size_t i, struct citations around) {
  struct arena *a = s->arena;
  const Yz__RateStep *step = rate->steps[i];
  const int64_t from = i > 0 ? rate->steps[i - 1]->to : 0;
  const struct name low = words_amount(from, a), high = words_amount(step->to, a);
  struct name part;
  if (step->has_to && i == 0)
    part = (struct name){arena_format(a, "%s以内的比例", high.zh), arena_format(a, "rate up to %s", high.en)};
  else if (step->has_to)
    part = (struct name){arena_format(a, "%s至%s的比例", low.zh, high.zh),
                         arena_format(a, "rate from %s to %s", low.en, high.en)};
  else
    part = (struct name){arena_format(a, "%s以上的比例", low.zh), arena_format(a, "rate above %s", low.en)};
  around = citations_or(step->n_source, step->source, around);
  if (step->has_to)
    state(s, "", (struct name){arena_format(a, "第%zu段上限", i + 1), arena_format(a, "end of bracket %zu", i + 1)},
          everywhere, high, around);
  state_rates(s, arena_format(a, "rate of bracket %zu", i + 1), part, step->n_rows, step->rows, step->has_rate,
              step->rate, around);
}

static void state_rate(struct stating *s, const Yz__Rate *rate) {
  if (!rate) return;
  const struct citations around = citations_or(rate->n_source, rate->source, s->around);
  if (rate->has_on && rate->on == YZ__RATE__ON__YEAR)
    state(s, "", (struct name){"分段口径", "brackets run"}, everywhere,
          name_of(&yz__rate__on__descriptor, (int)rate->on), around);
  if (rate->has_measured)
    state(s, "", (struct name){"分段起点", "brackets are measured"}, everywhere,
          name_of(&yz__rate__measured__descriptor, (int)rate->measured), around);
  state_rates(s, "", (struct name){"报销比例", "rate"}, rate->n_rows, rate->rows, rate->has_flat, rate->flat, around);
  for (size_t i = 0; i < rate->n_steps; i++) state_step(s, rate, i, around);
}

static void state_grant(struct stating *s, const Yz__Grant *grant) {
  if (!grant) return;
  struct arena *a = s->arena;
  const struct citations around = citations_or(grant->n_source, grant->source, s->around);
  const struct name per = name_of(&yz__grant__per__descriptor, (int)grant->per);
  const struct name part = {arena_format(a, "%s定额", per.zh), arena_format(a, "grant %s", per.en)};
  state_amounts(s, "", part, grant->n_rows, grant->rows, grant->has_amount, grant->amount, around);
  if (grant->beyond_cost)
    state(s, "", (struct name){"定额超出费用部分", "grant beyond the cost"}, everywhere,
          (struct name){"发给本人", "is paid to the person"}, around);
}

static void state_cap(struct stating *s, const Yz__Cap *cap) {
  struct arena *a = s->arena;
  const struct citations around = citations_or(cap->n_source, cap->source, s->around);
  const struct name per = name_of(&yz__cap__per__descriptor, (int)cap->per);
  const bool covered = cap->has_on && cap->on == YZ__CAP__ON__COVERED;
  if (cap->has_times) {
    state(s, "", (struct name){arena_format(a, "%s支付次数", per.zh), arena_format(a, "payments %s", per.en)},
          everywhere, (struct name){arena_format(a, "%u次", cap->times), arena_format(a, "%u", cap->times)}, around);
    state_shared(s, (struct name){"合并计次", "counted together as"}, cap->shared_as, around);
    return;
  }
  const struct name part = {arena_format(a, "%s%s", per.zh, covered ? "纳入额封顶" : "封顶线"),
                            arena_format(a, "cap on the %s %s", covered ? "covered amount" : "payment", per.en)};
  state_amounts(s, "", part, cap->n_rows, cap->rows, cap->has_amount, cap->amount, around);
  state_shared(s, (struct name){"合并封顶", "cap shared as"}, cap->shared_as, around);
}

static void state_tilts(struct stating *s, struct name part, size_t n, Yz__Tilt *const *tilts) {
  for (size_t i = 0; i < n; i++)
    state(s, "", part, words_when(s->policy, tilts[i]->when, s->arena), words_tilt(tilts[i], s->arena),
          citations_or(tilts[i]->n_source, tilts[i]->source, s->around));
}

static void state_others(struct stating *s, struct name part, size_t n, char *const *ids) {
  for (size_t i = 0; i < n; i++) {
    const struct policy_part *other = policy_benefit(s->policy, ids[i]);
    state(s, ids[i], part, everywhere,
          other ? (struct name){other->benefit->name_zh, other->benefit->name_en} : words_same(ids[i]), none);
  }
}

static void state_dates(struct stating *s, const Yz__Benefit *b) {
  if (b->has_from) state(s, "", (struct name){"自", "from"}, everywhere, words_date(b->from, s->arena), s->around);
  if (b->has_to) state(s, "", (struct name){"至", "until"}, everywhere, words_date(b->to, s->arena), s->around);
}

void state_benefit(struct stating *s, const struct policy_part *part) {
  const Yz__Benefit *b = part->benefit;
  stating_subject(s, part->pack, b->id, (struct name){b->name_zh, b->name_en});
  s->around = (struct citations){.at = b->source, .n = b->n_source};
  state(s, "", (struct name){"层级", "tier"}, everywhere, name_of(&yz__tier__descriptor, (int)b->tier), none);
  state(s, "", (struct name){"支付方", "payer"}, everywhere, name_of(&yz__payer__descriptor, (int)b->payer), none);
  state(s, "", (struct name){"适用", "applies to"}, everywhere, words_when(s->policy, b->applies, s->arena), none);
  state_dates(s, b);
  state_enters(s, b->enters);
  state_deductible(s, b->deductible);
  state_rate(s, b->rate);
  state_grant(s, b->grant);
  for (size_t i = 0; i < b->n_caps; i++) state_cap(s, b->caps[i]);
  state_tilts(s, (struct name){"倾斜", "tilt"}, b->n_tilts, b->tilts);
  state_tilts(s, (struct name){"调整", "adjustment"}, b->n_adjustments, b->adjustments);
  state_others(s, (struct name){"优先于", "overrides"}, b->n_overrides, b->overrides);
  state_others(s, (struct name){"可同时享受", "beside"}, b->n_beside, b->beside);
  if (b->clause_zh || b->clause_en)
    state(s, "", (struct name){"条款", "clause"}, everywhere,
          (struct name){b->clause_zh ? b->clause_zh : "", b->clause_en ? b->clause_en : ""}, none);
}
