#include "words.h"

#include "date.h"
#include "money.h"

struct name words_same(const char *text) {
  return (struct name){text, text};
}

void words_add(struct words *words, const char *separator_zh, const char *separator_en, struct name pair) {
  if (words->zh.n) text_add(&words->zh, separator_zh);
  if (words->en.n) text_add(&words->en, separator_en);
  text_add(&words->zh, pair.zh);
  text_add(&words->en, pair.en);
}

struct name words_done(struct words *words, struct arena *arena) {
  const struct name name = {arena_copy(arena, text_string(&words->zh)), arena_copy(arena, text_string(&words->en))};
  text_free(&words->zh);
  text_free(&words->en);
  return name;
}

struct name words_amount(int64_t fen, struct arena *arena) {
  char text[MONEY_TEXT_MAX];
  fen_print_grouped(fen, text);
  return (struct name){arena_format(arena, "%s 元", text), arena_format(arena, "%s yuan", text)};
}

struct name words_ratio(int32_t ratio, struct arena *arena) {
  char text[MONEY_TEXT_MAX];
  return words_same(arena_copy(arena, ratio_print(ratio, text)));
}

struct name words_date(int32_t day, struct arena *arena) {
  char text[DATE_TEXT_MAX];
  return words_same(arena_copy(arena, date_print(day, text)));
}

/* ---- conditions ---- */

struct condition {
  struct words words;
  struct arena *arena;
  const struct policy *policy;
};

static void and (struct condition * c, struct name pair) {
  words_add(&c->words, "，", ", ", pair);
}

/* Alternatives of one member, as one part of the condition. */
#define ALTERNATIVES(c, list, type)                                                                                    \
  if (when->n_##list) {                                                                                                \
    struct words some = {0};                                                                                           \
    for (size_t i = 0; i < when->n_##list; i++)                                                                        \
      words_add(&some, "、", " or ", name_of(&yz__##type##__descriptor, (int)when->list[i]));                          \
    and(c, words_done(&some, (c)->arena));                                                                             \
  }

static void none_of(struct condition *c, size_t n, const Yz__Category *categories) {
  struct words some = {0};
  for (size_t i = 0; i < n; i++)
    words_add(&some, "、", " nor ", name_of(&yz__category__descriptor, (int)categories[i]));
  const struct name all = words_done(&some, c->arena);
  if (n) and(c, (struct name){arena_format(c->arena, "非%s", all.zh), arena_format(c->arena, "not %s", all.en)});
}

static void diseases(struct condition *c, size_t n, char *const *codes) {
  struct words some = {0};
  for (size_t i = 0; i < n; i++) {
    const struct policy_part *part = policy_disease(c->policy, codes[i]);
    words_add(&some, "、", " or ",
              part ? (struct name){part->disease->name_zh, part->disease->name_en} : words_same(codes[i]));
  }
  const struct name all = words_done(&some, c->arena);
  if (n) and(c, all);
}

static void age(struct condition *c, const Yz__Range *range) {
  struct arena *a = c->arena;
  if (!range) return;
  const int from = range->from, to = range->to;
  if (range->has_from && range->has_to)
    and(c, (struct name){arena_format(a, "%d至%d岁", from, to), arena_format(a, "aged %d to %d", from, to)});
  else if (range->has_from)
    and(c, (struct name){arena_format(a, "%d岁及以上", from), arena_format(a, "aged %d and over", from)});
  else
    and(c, (struct name){arena_format(a, "%d岁及以下", to), arena_format(a, "aged %d and under", to)});
}

static void stay(struct condition *c, const Yz__Range *range) {
  struct arena *a = c->arena;
  if (!range) return;
  const int from = range->has_from ? range->from : 1, to = range->to;
  if (!range->has_to)
    and(c, (struct name){arena_format(a, "第%d次及以后", from), arena_format(a, "stay %d and later", from)});
  else if (from == to)
    and(c, (struct name){arena_format(a, "第%d次", from), arena_format(a, "stay %d", from)});
  else
    and(c, (struct name){arena_format(a, "第%d至%d次", from, to), arena_format(a, "stays %d to %d", from, to)});
}

static void yes_no(struct condition *c, bool given, bool value, struct name yes, struct name no) {
  if (given) and(c, value ? yes : no);
}

struct name words_when(const struct policy *policy, const Yz__When *when, struct arena *arena) {
  struct condition c = {.arena = arena, .policy = policy};
  if (!when) return words_same("");
  ALTERNATIVES(&c, scheme, scheme)
  ALTERNATIVES(&c, setting, setting)
  ALTERNATIVES(&c, level, level)
  ALTERNATIVES(&c, standing, standing)
  ALTERNATIVES(&c, category, category)
  none_of(&c, when->n_not_category, when->not_category);
  age(&c, when->age);
  stay(&c, when->stay);
  ALTERNATIVES(&c, remote, remote)
  ALTERNATIVES(&c, reach, reach)
  diseases(&c, when->n_disease, when->disease);
  ALTERNATIVES(&c, risk, risk)
  ALTERNATIVES(&c, form, care_form)
  yes_no(&c, when->has_basic_settled, when->basic_settled,
         (struct name){"经基本医保结算", "settled by basic insurance"},
         (struct name){"未经基本医保结算", "not settled by basic insurance"});
  yes_no(&c, when->has_two_or_insulin, when->two_or_insulin,
         (struct name){"合并两病或使用胰岛素", "both diseases or insulin"},
         (struct name){"未合并两病且未使用胰岛素", "neither both diseases nor insulin"});
  yes_no(&c, when->has_preferential, when->preferential, (struct name){"定点惠民医院", "preferential hospital"},
         (struct name){"非定点惠民医院", "not a preferential hospital"});
  return words_done(&c.words, arena);
}

/* ---- rows ---- */

struct name words_amount_row(const struct policy *policy, const Yz__AmountRow *row, struct arena *arena) {
  if (!row->of) return words_amount(row->amount, arena);
  const struct policy_part *part = policy_parameter(policy, row->of);
  const int32_t share = row->has_ratio ? row->ratio : RATIO_ONE;
  const struct name ratio = words_ratio(share, arena);
  if (!part) return words_same(row->of);
  const struct name is = words_amount(fen_share(part->parameter->amount, share), arena);
  return (struct name){arena_format(arena, "%s × %s = %s", row->of, ratio.zh, is.zh),
                       arena_format(arena, "%s x %s = %s", row->of, ratio.en, is.en)};
}

struct name words_rate_row(const Yz__RateRow *row, struct arena *arena) {
  const struct name rate = words_ratio(row->has_rate ? row->rate : RATIO_ONE - row->own_share, arena);
  if (!row->has_per_year_of_age) return rate;
  const struct name each = words_ratio(row->per_year_of_age, arena);
  return (struct name){arena_format(arena, "%s + 每周岁%s", rate.zh, each.zh),
                       arena_format(arena, "%s + %s a year of age", rate.en, each.en)};
}

struct name words_tilt(const Yz__Tilt *tilt, struct arena *arena) {
  struct words all = {0};
#define CHANGE(given, value, zh_format, en_format)                                                                     \
  if (given) {                                                                                                         \
    const struct name pair = value;                                                                                    \
    words_add(&all, "，", ", ",                                                                                        \
              (struct name){arena_format(arena, zh_format, pair.zh), arena_format(arena, en_format, pair.en)});        \
  }
  CHANGE(tilt->has_deductible_share, words_ratio(tilt->deductible_share, arena), "起付线按%s", "deductible at %s")
  CHANGE(tilt->has_deductible_amount, words_amount(tilt->deductible_amount, arena), "起付线%s", "deductible %s")
  CHANGE(tilt->has_points && tilt->points >= 0, words_ratio(tilt->points, arena), "比例提高%s", "rate plus %s")
  CHANGE(tilt->has_points && tilt->points < 0, words_ratio(-tilt->points, arena), "比例降低%s", "rate minus %s")
  CHANGE(tilt->has_rate_share, words_ratio(tilt->rate_share, arena), "比例乘以%s", "rate times %s")
  CHANGE(tilt->has_cap_plus, words_amount(tilt->cap_plus, arena), "封顶线提高%s", "cap plus %s")
  CHANGE(tilt->has_grant_plus, words_amount(tilt->grant_plus, arena), "定额增加%s", "grant plus %s")
#undef CHANGE
  if (tilt->no_cap) words_add(&all, "，", ", ", (struct name){"不设封顶线", "no cap"});
  if (tilt->lost)
    words_add(&all, "，", ", ", (struct name){"降低部分计为未备案损失", "what is lost counts as lost by not filing"});
  return words_done(&all, arena);
}
