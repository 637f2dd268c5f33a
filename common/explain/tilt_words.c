/* What a tilt is for and what it changes, in words. */
#include "formula.h"

#include <string.h>

/* Adds names with "、" and ", " between them. */
static void list_name(struct saying *s, struct name name) {
  if (!saying_empty(s)) say(s, "、", ", ");
  say_name(s, name);
}

/* The person's categories that the condition names. */
static void say_categories(struct saying *s, const Yz__When *when, const Yz__Entitlement *who) {
  for (size_t i = 0; i < who->n_categories; i++)
    for (size_t j = 0; j < when->n_category; j++)
      if (who->categories[i] == when->category[j])
        list_name(s, name_of(&yz__category__descriptor, (int)who->categories[i]));
}

/* Whom the tilt is for: what this person and the condition have in common. */
static struct saying whom(const Yz__When *when, const Yz__Settlement *settlement) {
  struct saying s = {0};
  const Yz__Entitlement *who = settlement->entitlement;
  say_categories(&s, when, who);
  if (when->n_remote > 0) list_name(&s, name_of(&yz__remote__descriptor, (int)who->remote));
  if (when->n_standing > 0) list_name(&s, name_of(&yz__standing__descriptor, (int)who->standing));
  if (when->n_level > 0) {
    list_name(&s, name_of(&yz__level__descriptor, (int)who->level));
    say(&s, "医疗机构", " institution");
  }
  if (when->n_risk == 1) list_name(&s, name_of(&yz__risk__descriptor, (int)when->risk[0]));
  if (when->has_preferential && when->preferential)
    list_name(&s, (struct name){"定点惠民医院", "designated preferential hospital"});
  if (when->has_two_or_insulin && when->two_or_insulin)
    list_name(&s, (struct name){"“两病”合并或使用胰岛素", "both diseases, or insulin"});
  if (saying_empty(&s)) say(&s, "另行规定", "special rule");
  return s;
}

/* Begins a further change. */
static void next_change(struct saying *s, bool *first) {
  if (!*first) say(s, "，", ", ");
  *first = false;
}

/* "5" for 5 %: percentage points are said without the sign. */
static struct printed points_of(int32_t ratio) {
  struct printed printed = percent(ratio < 0 ? -ratio : ratio);
  printed.text[strlen(printed.text) - 1] = '\0';
  return printed;
}

static void say_deductible_change(struct saying *s, const Yz__Tilt *tilt, bool *first) {
  if (!tilt->has_deductible_share && !tilt->has_deductible_amount) return;
  next_change(s, first);
  if (tilt->has_deductible_amount)
    say(s, "起付线为 %s", "a deductible of %s", yuan(tilt->deductible_amount).text);
  else if (tilt->deductible_share == 0)
    say(s, "不设起付线", "no deductible");
  else if (tilt->deductible_share == 5000)
    say(s, "起付线减半", "half the deductible");
  else
    say(s, "起付线按 %s 计", "%s of the deductible", percent(tilt->deductible_share).text);
}

static void say_rate_change(struct saying *s, const Yz__Tilt *tilt, bool *first) {
  if (tilt->has_points && tilt->points != 0) {
    next_change(s, first);
    if (tilt->points > 0)
      say(s, "比例提高 %s 个百分点", "rates %s percentage points higher", points_of(tilt->points).text);
    else
      say(s, "比例降低 %s 个百分点", "rates %s percentage points lower", points_of(tilt->points).text);
  }
  if (tilt->has_rate_share) {
    next_change(s, first);
    say(s, "比例按 %s 计", "%s of the rates", percent(tilt->rate_share).text);
  }
}

static void say_limit_change(struct saying *s, const Yz__Tilt *tilt, bool *first) {
  if (tilt->has_no_cap && tilt->no_cap) {
    next_change(s, first);
    say(s, "不设年度封顶线", "no yearly cap");
  }
  if (tilt->has_cap_plus && tilt->cap_plus != 0) {
    next_change(s, first);
    say(s, "限额增加 %s", "%s more of limit", yuan(tilt->cap_plus).text);
  }
  if (tilt->has_grant_plus && tilt->grant_plus != 0) {
    next_change(s, first);
    say(s, "定额增加 %s", "%s more of fixed amount", yuan(tilt->grant_plus).text);
  }
}

struct saying tilt_of(const Yz__Settlement *settlement, const Yz__BenefitResult *result, const Yz__Benefit *benefit) {
  if (!benefit || result->tilt == 0 || result->tilt > benefit->n_tilts) return (struct saying){0};
  const Yz__Tilt *tilt = benefit->tilts[result->tilt - 1];
  struct saying s = whom(tilt->when, settlement);
  bool first = true;
  say(&s, "：", ": ");
  say_deductible_change(&s, tilt, &first);
  say_rate_change(&s, tilt, &first);
  say_limit_change(&s, tilt, &first);
  return s;
}
