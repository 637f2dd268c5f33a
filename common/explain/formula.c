#include "formula.h"

#include <string.h>

static const struct name deductible_names[] = {
    [YZ__DEDUCTIBLE__PER__STAY] = {"起付线", "deductible"},
    [YZ__DEDUCTIBLE__PER__YEAR] = {"本年起付线", "the year's deductible"},
    [YZ__DEDUCTIBLE__PER__YEAR_TOPPED_UP] = {"本年起付线", "the year's deductible"},
    [YZ__DEDUCTIBLE__PER__INSTITUTION_YEAR] = {"本年在该机构的起付线", "the year's deductible at this institution"},
    [YZ__DEDUCTIBLE__PER__FAMILY_YEAR] = {"全家共用的本年起付线", "the year's deductible shared by the family"},
    [YZ__DEDUCTIBLE__PER__BILL] = {"起付线", "deductible"},
};
static const struct name cap_names[] = {
    [YZ__CAP__PER__YEAR] = {"全年限额", "the year's limit"},
    [YZ__CAP__PER__DAY] = {"每日限额", "the day's limit"},
    [YZ__CAP__PER__VISIT] = {"每次限额", "the limit of one visit"},
    [YZ__CAP__PER__DISEASE_YEAR] = {"该病种全年限额", "the year's limit for this disease"},
    [YZ__CAP__PER__BED_DAY] = {"床日限额", "the limit for these bed-days"},
    [YZ__CAP__PER__MONTH] = {"当月限额", "the month's limit"},
};

struct name deductible_name(const Yz__Benefit *benefit) {
  return deductible_names[benefit && benefit->deductible ? benefit->deductible->per : YZ__DEDUCTIBLE__PER__STAY];
}

struct name cap_name(const Yz__Benefit *benefit, size_t cap) {
  if (!benefit || cap >= benefit->n_caps) return (struct name){"限额", "the limit"};
  return cap_names[benefit->caps[cap]->per];
}

static const struct name periods[] = {
    [YZ__CAP__PER__YEAR] = {"一年内", "in a year"},
    [YZ__CAP__PER__DAY] = {"一日内", "in a day"},
    [YZ__CAP__PER__DISEASE_YEAR] = {"该病种一年内", "in a year for this disease"},
    [YZ__CAP__PER__MONTH] = {"一个月内", "in a month"},
    [YZ__CAP__PER__VISIT] = {"", ""},
    [YZ__CAP__PER__BED_DAY] = {"", ""},
};

struct name cap_period(const Yz__Benefit *benefit, size_t cap) {
  return benefit && cap < benefit->n_caps ? periods[benefit->caps[cap]->per] : (struct name){"", ""};
}

bool deductible_of_year(const Yz__BenefitResult *result, const Yz__Benefit *benefit) {
  if (!benefit || !benefit->deductible) return result->deductible_before > 0 || result->deductible_left > 0;
  return benefit->deductible->per != YZ__DEDUCTIBLE__PER__STAY && benefit->deductible->per != YZ__DEDUCTIBLE__PER__BILL;
}

bool cap_on_covered(const Yz__BenefitResult *result, const Yz__Benefit *benefit, size_t cap) {
  if (benefit && cap < benefit->n_caps) return benefit->caps[cap]->on == YZ__CAP__ON__COVERED;
  const char *what = strrchr(result->caps[cap]->counter, '.'); /* counters are "<name>.<what>", plan.h */
  return what && what[1] == 'c';
}

/* Begins a further part of the sentence. */
static void next_part(struct saying *s) {
  if (!saying_empty(s)) say(s, "；", "; ");
}

/* "进入 5,220.00（起付线部分 700.00 + 按比例自负部分 4,520.00）" where it is not simply money in policy. */
static void say_entered(struct saying *s, const Yz__BenefitResult *r) {
  if (r->n_parts == 0 || (r->n_parts == 1 && r->parts[0]->kind == YZ__BASE_PART__KIND__IN_POLICY)) return;
  next_part(s);
  say(s, "进入 %s（", "%s enters (", yuan(r->entered).text);
  for (size_t i = 0; i < r->n_parts; i++) {
    if (i > 0) say(s, " + ", " + ");
    say_name(s, name_of(&yz__base_part__kind__descriptor, (int)r->parts[i]->kind));
    say(s, " %s", " %s", yuan(r->parts[i]->amount).text);
  }
  say(s, "）", ")");
}

static bool nothing_above_deductible(const Yz__BenefitResult *r) {
  return r->deductible > 0 && r->deductible == r->entered;
}

/* The year so far, where brackets run over it or its deductible was begun before. */
static void say_year(struct saying *s, const Yz__BenefitResult *r, const Yz__Benefit *b) {
  if (r->year_before > 0) {
    next_part(s);
    say(s, "本年累计进入 %s（此前 %s + 本次 %s）", "%s has entered this year (%s before + %s now)",
        yuan(r->year_before + r->entered).text, yuan(r->year_before).text, yuan(r->entered).text);
  }
  if (r->deductible_left > 0 && nothing_above_deductible(r)) return; /* say_not_reached tells it */
  if (r->deductible_before > 0 && r->deductible_due > 0) {
    next_part(s);
    say_name(s, deductible_name(b));
    say(s, " %s 此前已扣 %s，本次扣 %s", " of %s: %s taken before, %s now",
        yuan(r->deductible_before + r->deductible_due).text, yuan(r->deductible_before).text, yuan(r->deductible).text);
  } else if (r->deductible_before > 0) {
    next_part(s);
    say_name(s, deductible_name(b));
    say(s, "此前已扣满，本次不再扣", " was taken in full before");
  }
}

/* A deductible that a tilt or its own table made different from the general one. */
static void say_lowered(struct saying *s, const Yz__BenefitResult *r, const Yz__Benefit *b) {
  const bool year = deductible_of_year(r, b);
  const int64_t tilted = r->deductible_due + (year ? r->deductible_before : 0);
  if (tilted == r->deductible_full || (year && r->deductible_due == 0 && tilted > 0)) return;
  next_part(s);
  if (tilted == 0)
    say(s, "免除起付线 %s", "the deductible of %s is waived", yuan(r->deductible_full).text);
  else
    say(s, "起付线由 %s 减为 %s", "the deductible falls from %s to %s", yuan(r->deductible_full).text,
        yuan(tilted).text);
}

static void say_not_reached(struct saying *s, const Yz__BenefitResult *r, const Yz__Benefit *b) {
  if (r->deductible_left > 0) {
    say(s, "%s 全部计入", "all of the %s goes into ", yuan(r->entered).text);
    say_name(s, deductible_name(b));
    say(s, " %s", " of %s", yuan(r->deductible_before + r->deductible_due).text);
    if (r->deductible_before > 0) say(s, "（此前已扣 %s）", " (%s taken before)", yuan(r->deductible_before).text);
    say(s, "，还差 %s 才开始支付", "; payment begins after another %s", yuan(r->deductible_left).text);
  } else {
    say(s, "%s 没有超过起付线 %s，本次不支付", "%s is not above the deductible of %s: nothing is paid",
        yuan(r->entered).text, yuan(r->deductible_due).text);
  }
}

/* Covered amount bounded by a cap: why less than what is above the deductible counts. */
static void say_covered_cap(struct saying *s, const Yz__BenefitResult *r, const Yz__Benefit *b) {
  for (size_t i = 0; i < r->n_caps; i++) {
    const Yz__CapUse *cap = r->caps[i];
    if (!cap->binding || !cap_on_covered(r, b, i)) continue;
    next_part(s);
    say_name(s, cap_name(b, i));
    if (cap->before > 0)
      say(s, "内可纳入 %s，此前已纳入 %s，本次纳入 %s", " lets %s in, %s before and %s now", yuan(cap->limit).text,
          yuan(cap->before).text, yuan(r->covered).text);
    else
      say(s, "内可纳入 %s", " lets %s in", yuan(cap->limit).text);
  }
}

/* "(12,000.00 - 起付线 700.00)", or the amount alone where nothing was taken or less was covered. */
static void say_covered(struct saying *s, const Yz__BenefitResult *r) {
  if (r->deductible == 0 || r->covered != r->entered - r->deductible)
    say(s, "%s", "%s", yuan(r->covered).text);
  else
    say(s, "(%s - 起付线 %s)", "(%s - deductible %s)", yuan(r->entered).text, yuan(r->deductible).text);
}

/* What the segments as printed add up to, half up. */
static int64_t segments_sum(const Yz__BenefitResult *r) {
  __int128 sum = 0;
  for (size_t i = 0; i < r->n_segments; i++) sum += (__int128)r->segments[i]->amount * r->segments[i]->rate;
  return divide_half_up(sum, 10000);
}

static void say_computed(struct saying *s, const Yz__BenefitResult *r, const Yz__Benefit *b) {
  const bool year = b && b->rate && b->rate->on == YZ__RATE__ON__YEAR;
  const bool exact = segments_sum(r) == r->computed;
  say(s, " %s %s", " %s %s", exact || year ? "=" : "≈", yuan(r->computed).text);
  if (!exact && year) say(s, "（分以下按全年累计取整）", " (rounded on the year's total)");
}

static void say_segments(struct saying *s, const Yz__BenefitResult *r, const Yz__Benefit *b) {
  if (r->n_segments == 1) {
    say_covered(s, r);
    say(s, " × %s", " × %s", percent(r->segments[0]->rate).text);
  } else {
    say_covered(s, r);
    if (b && b->rate && b->rate->on == YZ__RATE__ON__YEAR)
      say(s, " 按本年累计分段：", " in brackets of the year: ");
    else
      say(s, " 分段：", " in brackets: ");
    for (size_t i = 0; i < r->n_segments; i++) {
      const Yz__Segment *segment = r->segments[i];
      if (i > 0) say(s, " + ", " + ");
      say(s, "%s × %s（%s～%s）", "%s × %s (%s to %s)", yuan(segment->amount).text, percent(segment->rate).text,
          yuan(segment->from).text, yuan(segment->to).text);
    }
  }
  say_computed(s, r, b);
}

static void say_grant(struct saying *s, const Yz__Settlement *settlement, const Yz__BenefitResult *r,
                      const Yz__Benefit *b) {
  const uint32_t days = settlement->bill->has_days ? settlement->bill->days : 1;
  if (b && b->grant && b->grant->per == YZ__GRANT__PER__DAY)
    say(s, "按日定额，%u 天共 %s", "a fixed amount a day, for %u days %s", days, yuan(r->computed).text);
  else
    say(s, "定额 %s", "a fixed amount of %s", yuan(r->computed).text);
}

static void say_rate_or_grant(struct saying *s, const Yz__Settlement *settlement, const Yz__BenefitResult *r,
                              const Yz__Benefit *b) {
  next_part(s);
  if (nothing_above_deductible(r))
    say_not_reached(s, r, b);
  else if (r->n_segments > 0)
    say_segments(s, r, b);
  else if (b && b->grant)
    say_grant(s, settlement, r, b);
  else if (r->entered == 0)
    say(s, "没有费用进入，本次不支付", "no cost enters: nothing is paid");
  else if (r->computed > 0)
    say(s, "计算应付 %s", "%s is due by computation", yuan(r->computed).text);
  else
    say(s, "没有可支付的部分", "nothing is left to be paid on");
}

/* "一年内最多支付 1 次，此前已支付 1 次，本次不再支付" */
static void say_times(struct saying *s, const Yz__CapUse *cap, const Yz__Benefit *b, size_t i) {
  next_part(s);
  say_name(s, cap_period(b, i));
  say(s, "最多支付 %u 次，此前已支付 %u 次，本次不再支付", " %u payment(s) at most, %u before this bill: nothing now",
      cap->times, cap->times_before);
}

/* Why less is paid than was computed: a payment cap, or less cost than a fixed amount. */
static void say_paid(struct saying *s, const Yz__BenefitResult *r, const Yz__Benefit *b) {
  const int64_t given = r->paid + r->outside_bill;
  if (given >= r->computed) return;
  for (size_t i = 0; i < r->n_caps; i++) {
    const Yz__CapUse *cap = r->caps[i];
    if (!cap->binding || cap_on_covered(r, b, i)) continue;
    if (cap->has_times) {
      say_times(s, cap, b, i);
      return;
    }
    next_part(s);
    say_name(s, cap_name(b, i));
    if (cap->before > 0)
      say(s, " %s 此前已用 %s，只付 %s", " of %s: %s used before, so %s is paid", yuan(cap->limit).text,
          yuan(cap->before).text, yuan(given).text);
    else
      say(s, " %s，只付 %s", " is %s, so %s is paid", yuan(cap->limit).text, yuan(given).text);
    return;
  }
  next_part(s);
  say(s, "不超过尚余费用，付 %s", "not more than the cost left, so %s is paid", yuan(given).text);
}

struct saying formula_of(const Yz__Settlement *settlement, const Yz__BenefitResult *result,
                         const Yz__Benefit *benefit) {
  struct saying s = {0}, tilt = tilt_of(settlement, result, benefit);
  say_entered(&s, result);
  if (!saying_empty(&tilt)) next_part(&s);
  saying_append(&s, &tilt);
  say_lowered(&s, result, benefit);
  say_year(&s, result, benefit);
  say_covered_cap(&s, result, benefit);
  say_rate_or_grant(&s, settlement, result, benefit);
  say_paid(&s, result, benefit);
  if (result->lost > 0) {
    next_part(&s);
    say(&s, "因未按规定备案或转诊，少付 %s", "%s is lost for want of a filing or a referral", yuan(result->lost).text);
  }
  if (result->outside_bill > 0) {
    next_part(&s);
    say(&s, "另发给本人 %s，不在账单内", "%s is paid to the person beside the bill", yuan(result->outside_bill).text);
  }
  return s;
}
