#include "care.h"

#include "bill.h"
#include "compile.h"
#include "date.h"
#include "early.h"
#include "ladder.h"

enum { MONTH_DAYS = 31 };

int64_t care_month_days(const Yz__Bill *bill) {
  if (bill->setting != YZ__SETTING__LONG_TERM_CARE) return 0;
  const uint32_t days = bill->has_days ? bill->days : 1;
  const int64_t run = (INT64_C(1) << (days < MONTH_DAYS ? days : MONTH_DAYS)) - 1;
  const int64_t month = (INT64_C(1) << MONTH_DAYS) - 1;
  return run << (date_civil(bill->from).day - 1) & month;
}

Yz__Problem *care_check(const Yz__Bill *bill, const struct plan *plan, const struct facts *facts, struct arena *arena) {
  if (bill->setting != YZ__SETTING__LONG_TERM_CARE) return NULL;
  for (uint16_t i = 0; i < plan->n_rules; i++) {
    const struct rule *rule = &plan->rules[i];
    if (!rule_may_apply(rule, facts)) continue;
    if (rule->from > bill->from)
      return early_refuse(YZ__CODE__NO_BENEFIT, bill, rule->from, "days of care before are not paid", arena);
    if (rule->days_counter == NO_COUNTER || bill->has_days || bill_day(bill) == bill->from) continue;
    Yz__Problem *problem = problem_new(arena, YZ__CODE__INVALID, "/days",
                                       "%s pays by the day, and the bill does not say for how many", rule->id);
    problem->remedy = arena_copy(arena, "give the number of bed-days. 请填写护理床日数");
    return problem;
  }
  return NULL;
}

/* The grade that the first fitting row asks for; 0 when none is asked for. */
static uint32_t grade_asked(const struct policy *policy, const struct facts *facts) {
  for (size_t i = 0; policy->enrolment && i < policy->enrolment->n_care; i++) {
    struct when when;
    when_compile(policy, policy->enrolment->care[i]->when, &when);
    if (when_holds(&when, facts)) return policy->enrolment->care[i]->grade;
  }
  return 0;
}

static bool is_assessed(const Yz__Person *person, uint32_t grade, int32_t on) {
  for (size_t i = 0; i < person->n_assessments; i++) {
    const Yz__CareAssessment *a = person->assessments[i];
    if (a->grade >= grade && date_within(on, a->from, a->has_to, a->to)) return true;
  }
  return false;
}

Yz__Problem *care_assessed(const Yz__Bill *bill, const Yz__Person *person, const struct policy *policy,
                           const struct facts *facts, struct arena *arena) {
  if (bill->setting != YZ__SETTING__LONG_TERM_CARE) return NULL;
  const uint32_t grade = grade_asked(policy, facts);
  for (int32_t on = bill->from; grade > 0 && on <= bill_day(bill); on++) {
    if (is_assessed(person, grade, on)) continue;
    char day[DATE_TEXT_MAX];
    Yz__Problem *problem =
        problem_new(arena, YZ__CODE__NOT_REGISTERED, "/person",
                    "no assessment of disability grade %u or above is in force on %s", grade, date_print(on, day));
    problem->remedy =
        arena_format(arena, "bill the days of the assessment alone, or add it to the person's record with "
                            "PUT. 长期护理待遇自评估公示结束后享受：请先登记失能等级评估结果，或只结算评估有"
                            "效期内的日期");
    return problem;
  }
  return NULL;
}

Yz__Problem *care_day_taken(const Yz__Bill *bill, const struct benefit_case *c, struct arena *arena) {
  int64_t taken = 0;
  for (uint16_t i = 0; i < c->plan->n_counters; i++)
    if (c->plan->counters[i].what == COUNTER_DAYS) taken |= c->counters[i] & c->facts.month_days;
  const struct civil from = date_civil(bill->from);
  const int32_t day = date_of(from.year, from.month, 1) + __builtin_ctzll((uint64_t)taken);
  char text[DATE_TEXT_MAX];
  Yz__Problem *problem =
      problem_new(arena, YZ__CODE__INVALID, "/from",
                  "%s was paid for by another settlement: a day of care is paid for once", date_print(day, text));
  problem->remedy = arena_copy(
      arena, "bill only days that no other settlement has, or cancel that one first. 同一床日只支付一次：请只"
             "结算未结算过的日期，或先撤销原结算");
  return problem;
}
