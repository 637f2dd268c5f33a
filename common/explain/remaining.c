#include "remaining.h"

#include "formula.h"
#include "saying.h"

#include <string.h>

/* The lists are made as long as they can become before the first sentence is added. */
static void add_remaining(Yz__Explanation *e, struct saying *saying, struct arena *arena) {
  e->remaining[e->n_remaining++] = saying_sentence(saying, arena);
}

static void add_caution(Yz__Explanation *e, struct saying *saying, struct arena *arena) {
  e->cautions[e->n_cautions++] = saying_sentence(saying, arena);
}

static struct saying begin(const struct clauses *clauses, const Yz__BenefitResult *result) {
  struct saying s = {0};
  say_name(&s, clauses_name(clauses, result));
  say(&s, "：", ": ");
  return s;
}

/* A later result of the same bill knows better what is left of a counter that both use. */
static bool said_later(const Yz__Settlement *settlement, size_t result, const char *counter) {
  for (size_t i = result + 1; i < settlement->n_results; i++)
    for (size_t c = 0; c < settlement->results[i]->n_caps; c++)
      if (strcmp(settlement->results[i]->caps[c]->counter, counter) == 0) return true;
  return false;
}

static void say_deductible_left(const Yz__BenefitResult *r, const struct clauses *clauses, Yz__Explanation *e,
                                struct arena *arena) {
  if (r->deductible_left <= 0) return;
  const Yz__Benefit *benefit = clauses_benefit(clauses, r);
  struct saying s = begin(clauses, r);
  say_name(&s, benefit ? deductible_name(benefit) : (struct name){"本年起付线", "the year's deductible"});
  say(&s, " %s 元，还差 %s 元；达到后，超过的部分开始按比例支付。",
      " of %s yuan is short by %s yuan; what comes above it is paid at a rate.",
      yuan(r->deductible_before + r->deductible_due).text, yuan(r->deductible_left).text);
  add_remaining(e, &s, arena);
}

/* What of a next bill does not count towards the next bracket, where brackets lie above the deductible and one may be
 * taken again: at each stay, at another institution, at a higher level. */
static struct name beside_brackets(const Yz__Benefit *benefit) {
  static const struct name words[] = {
      [YZ__DEDUCTIBLE__PER__STAY] = {"（每次起付线以上的部分）", " above the deductible of a stay"},
      [YZ__DEDUCTIBLE__PER__YEAR] = {"", ""},
      [YZ__DEDUCTIBLE__PER__YEAR_TOPPED_UP] = {"（起付线以上的部分）", " above the deductible"},
      [YZ__DEDUCTIBLE__PER__INSTITUTION_YEAR] = {"（起付线以上的部分）", " above the deductible"},
      [YZ__DEDUCTIBLE__PER__FAMILY_YEAR] = {"", ""},
      [YZ__DEDUCTIBLE__PER__BILL] = {"（每次起付线以上的部分）", " above the deductible of a bill"},
  };
  const bool above = benefit && benefit->deductible && benefit->rate &&
                     benefit->rate->measured == YZ__RATE__MEASURED__ABOVE_DEDUCTIBLE;
  return above ? words[benefit->deductible->per] : (struct name){"", ""};
}

static void say_next_step(const Yz__BenefitResult *r, const struct clauses *clauses, Yz__Explanation *e,
                          struct arena *arena) {
  if (r->to_next_step <= 0 || r->deductible_left > 0) return;
  struct saying s = begin(clauses, r);
  say(&s, "本年再有 %s 元", "after another %s yuan", yuan(r->to_next_step).text);
  say_name(&s, beside_brackets(clauses_benefit(clauses, r)));
  say(&s, "进入后，超过的部分按下一档比例支付。", " have entered this year, what is above is paid at the next rate.");
  add_remaining(e, &s, arena);
}

/* Limits of a day or a visit are over with the bill, and an untouched limit says nothing about this year. */
static bool matters(const Yz__Benefit *benefit, const Yz__CapUse *cap, size_t i) {
  if (cap->waived || cap->counter[0] == '\0' || cap->left == cap->limit) return false;
  if (!benefit || i >= benefit->n_caps) return true;
  const Yz__Cap__Per per = benefit->caps[i]->per;
  return per != YZ__CAP__PER__DAY && per != YZ__CAP__PER__VISIT && per != YZ__CAP__PER__BED_DAY;
}

/* The first cap on the number of payments that this bill, or those before it, has used up; n_caps when there is none.
 */
static size_t times_over(const Yz__BenefitResult *r) {
  const bool given = r->paid + r->outside_bill > 0;
  size_t i = 0;
  while (i < r->n_caps && !(r->caps[i]->has_times && r->caps[i]->times_before + given >= r->caps[i]->times)) i++;
  return i;
}

static void say_caps(const Yz__Settlement *settlement, size_t result, const struct clauses *clauses, Yz__Explanation *e,
                     struct arena *arena) {
  const Yz__BenefitResult *r = settlement->results[result];
  const Yz__Benefit *benefit = clauses_benefit(clauses, r);
  const size_t over = times_over(r);
  if (over < r->n_caps) { /* what money is left of other caps is paid to nobody */
    struct saying s = begin(clauses, r);
    say_name(&s, cap_period(benefit, over));
    say(&s, "最多支付 %u 次，次数已用完。", " %u payment(s) at most: none is left.", r->caps[over]->times);
    add_remaining(e, &s, arena);
    return;
  }
  for (size_t i = 0; i < r->n_caps; i++) {
    const Yz__CapUse *cap = r->caps[i];
    if (!matters(benefit, cap, i) || said_later(settlement, result, cap->counter)) continue;
    struct saying s = begin(clauses, r);
    say_name(&s, cap_name(benefit, i));
    if (benefit && i < benefit->n_caps && benefit->caps[i]->shared_as)
      say(&s, "（与其他待遇合计）", ", shared with other benefits,");
    if (cap->left > 0)
      say(&s, " %s 元，还剩 %s 元。", " is %s yuan, of which %s are left.", yuan(cap->limit).text,
          yuan(cap->left).text);
    else
      say(&s, " %s 元已用完。", " of %s yuan is used up.", yuan(cap->limit).text);
    add_remaining(e, &s, arena);
  }
}

void remaining_say(const Yz__Settlement *settlement, const struct clauses *clauses, Yz__Explanation *explanation,
                   struct arena *arena) {
  size_t most = 0;
  for (size_t i = 0; i < settlement->n_results; i++) most += 2 + settlement->results[i]->n_caps;
  explanation->remaining = arena_alloc(arena, most * sizeof(Yz__Sentence *));
  for (size_t i = 0; i < settlement->n_results; i++) {
    say_deductible_left(settlement->results[i], clauses, explanation, arena);
    say_next_step(settlement->results[i], clauses, explanation, arena);
    say_caps(settlement, i, clauses, explanation, arena);
  }
}

static bool is_doubtful(const Yz__Source *source) {
  return source->grade == YZ__GRADE__ASSUMED || source->grade == YZ__GRADE__WEAK;
}

/* Sources that were named already. */
struct named {
  const Yz__Source **at;
  size_t n;
};

static bool name_once(struct named *named, const Yz__Source *source) {
  for (size_t i = 0; i < named->n; i++)
    if (named->at[i] == source) return false;
  named->at[named->n++] = source;
  return true;
}

static void say_source(const Yz__BenefitResult *r, const Yz__Source *source, const struct clauses *clauses,
                       Yz__Explanation *e, struct arena *arena) {
  struct saying s = begin(clauses, r);
  const struct name title = title_halves(source->title, arena);
  if (source->grade == YZ__GRADE__ASSUMED)
    say(&s, "有一项数字是假定的，须以当地规定为准。", "a value is assumed; the local rule decides. ");
  else
    say(&s, "有一项数字来源不足，须以当地规定为准。", "a value is weakly sourced; the local rule decides. ");
  text_add(&s.zh, title.zh);
  text_add(&s.en, title.en);
  add_caution(e, &s, arena);
}

/* Why the personal account paid nothing though that was wished: its balance belongs to another year. */
static void say_account(const Yz__Settlement *settlement, Yz__Explanation *e, struct arena *arena) {
  const Yz__Entitlement *entitlement = settlement->entitlement;
  const bool wished = settlement->bill->has_use_account && settlement->bill->use_account > 0;
  if (!wished || !entitlement->has_account_balance) return;
  struct saying s = {0};
  if (!entitlement->has_account_year)
    say(&s, "个人账户：余额未注明所属年度，本次未使用。",
        "personal account: the balance does not say its year, so nothing was taken from it.");
  else if (entitlement->account_year != entitlement->year)
    say(&s, "个人账户：余额为 %u 年度划入，本次费用属 %u 年度，未使用。",
        "personal account: the balance was credited for %u, and this care is of %u, so nothing was taken from it.",
        entitlement->account_year, entitlement->year);
  else
    return;
  add_caution(e, &s, arena);
}

void cautions_say(const Yz__Settlement *settlement, const struct clauses *clauses, Yz__Explanation *explanation,
                  struct arena *arena) {
  size_t most = settlement->n_results + 1;
  for (size_t i = 0; i < settlement->n_results; i++) most += settlement->results[i]->n_source;
  explanation->cautions = arena_alloc(arena, most * sizeof(Yz__Sentence *));
  say_account(settlement, explanation, arena);
  struct named named = {.at = arena_alloc(arena, most * sizeof(const Yz__Source *))};
  for (size_t i = 0; i < settlement->n_results; i++) {
    const Yz__BenefitResult *r = settlement->results[i];
    bool found = false;
    if (!r->assumed) continue;
    for (size_t c = 0; c < r->n_source; c++) {
      const Yz__Source *source = clauses_source(clauses, r->pack, r->source[c]);
      if (!source || !is_doubtful(source)) continue;
      found = true;
      if (name_once(&named, source)) say_source(r, source, clauses, explanation, arena);
    }
    if (found) continue;
    struct saying s = begin(clauses, r);
    say(&s, "用到了假定的或来源不足的数字，须以当地规定为准。",
        "assumed or weakly sourced values were used; the local rule decides.");
    add_caution(explanation, &s, arena);
  }
}
