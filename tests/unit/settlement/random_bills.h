/* random_bills.h - random persons with random bills, drawn so that a given rule of a plan is likely to apply.
 * Deterministic: the same seed draws the same. Everything lives in the arena that is passed. */
#ifndef YZ_TEST_RANDOM_BILLS_H
#define YZ_TEST_RANDOM_BILLS_H

#include "arena.h"
#include "date.h"
#include "plan.h"
#include "settlement.pb-c.h"
#include "splitmix.h"
#include "test.h"

static inline int64_t random_to(uint64_t *state, int64_t most) {
  return (int64_t)(splitmix_next(state) % (uint64_t)(most + 1));
}
static inline bool chance(uint64_t *state, int percent) {
  return random_to(state, 99) < percent;
}
/* Small amounts as often as large ones: rounding shows in fen, brackets in thousands, caps in a hundred thousand yuan.
 */
static inline int64_t random_amount(uint64_t *state) {
  static const int64_t most[] = {20, 20000, 500000, 5000000, 60000000, 200000000};
  return random_to(state, most[random_to(state, 5)]);
}

/* One of the `n` values of a dimension that the condition allows; with `any`, one of all. 1-based, as in the .proto. */
static inline int random_value(uint64_t *state, uint64_t bits, int at, int n, bool any) {
  for (int tries = 0; tries < 64; tries++) {
    const int value = 1 + (int)random_to(state, n - 1);
    if (any || bits & PLAN_BIT(at, value)) return value;
  }
  return 1;
}

/* A person, the institution of one bill and the bill itself. */
struct drawn {
  Yz__Person *person;
  Yz__Institution *institution;
  Yz__Bill *bill;
};

#define DRAW(arena, name, type)                                                                                        \
  Yz__##type *name = arena_alloc(arena, sizeof *name);                                                                 \
  yz__##name##__init(name)
#define LIST(arena, message, member, n) (message)->member = arena_alloc(arena, (n) * sizeof *(message)->member)

/* Age, scheme and standing as the rule asks, and any categories beside those that it asks for. */
static inline Yz__Person *random_person(uint64_t *state, const struct rule *rule, const char *pack, int32_t day,
                                        struct arena *arena) {
  const struct when *when = &rule->applies;
  DRAW(arena, person, Person);
  DRAW(arena, coverage, Coverage);
  const int from = when->age_from > 0 ? when->age_from : 0, to = when->age_to < 100 ? when->age_to : 100;
  const int age = chance(state, 90) ? from + (int)random_to(state, to - from) : (int)random_to(state, 100);
  person->id = "p1";
  person->name = "p1";
  person->born = date_add_months(day, -12 * age) - (int32_t)random_to(state, 300);
  coverage->scheme = (Yz__Scheme)random_value(state, when->bits, BITS_SCHEME, 2, false);
  coverage->standing = (Yz__Standing)random_value(state, when->bits, BITS_STANDING, 4, false);
  if (coverage->scheme == YZ__SCHEME__RESIDENT && coverage->standing > YZ__STANDING__STUDENT_CHILD)
    coverage->standing = (Yz__Standing)(coverage->standing - 2);
  if (coverage->scheme == YZ__SCHEME__EMPLOYEE && coverage->standing < YZ__STANDING__ACTIVE)
    coverage->standing = (Yz__Standing)(coverage->standing + 2);
  coverage->pack = (char *)pack;
  coverage->from = DATE_MIN;
  LIST(arena, person, coverages, 1);
  person->coverages[person->n_coverages++] = coverage;
  person->has_account_balance = chance(state, 50);
  person->account_balance = random_amount(state);
  person->has_account_year = person->has_account_balance;
  person->account_year = (uint32_t)date_civil(day).year;
  DRAW(arena, care_assessment, CareAssessment);
  care_assessment->grade = 5;
  care_assessment->from = DATE_MIN;
  LIST(arena, person, assessments, 1);
  person->assessments[person->n_assessments++] = care_assessment;
  LIST(arena, person, recognitions, 16);
  for (int category = 1; category <= 14; category++) {
    const bool asked = when->any_category >> (category - 1) & 1, refused = when->not_category >> (category - 1) & 1;
    if (!chance(state, asked ? 60 : refused ? 2 : 8)) continue;
    DRAW(arena, recognition, Recognition);
    recognition->category = (Yz__Category)category;
    recognition->from = DATE_MIN;
    person->recognitions[person->n_recognitions++] = recognition;
  }
  return person;
}

/* Where the care is given, with the filing that makes the remote status which the rule asks for, or another one. */
static inline void random_place(uint64_t *state, const struct rule *rule, const char *city, struct drawn *drawn,
                                struct arena *arena) {
  static char same_province[] = "000100", other_province[] = "310000";
  const uint64_t bits = rule->applies.bits;
  DRAW(arena, institution, Institution);
  institution->id = arena_format(arena, "h%d", (int)random_to(state, 2));
  institution->name = institution->id;
  institution->level = (Yz__Level)random_value(state, bits, BITS_LEVEL, 5, chance(state, 10));
  institution->has_preferential = true;
  institution->preferential = random_value(state, bits, BITS_PREFERENTIAL, 2, false) == 2;
  memcpy(same_province, city, 2);
  const int reach = random_value(state, bits, BITS_REACH, 3, chance(state, 10));
  const bool local = chance(state, 60) && bits & PLAN_BIT(BITS_REACH, YZ__REACH__SAME_CITY);
  institution->city = local || reach == YZ__REACH__SAME_CITY ? (char *)city
                      : reach == YZ__REACH__SAME_PROVINCE    ? arena_copy(arena, same_province)
                                                             : other_province;
  drawn->institution = institution;
  drawn->bill->has_rescue = drawn->bill->rescue = chance(state, 15);
  const int remote = random_value(state, bits, BITS_REMOTE, 6, chance(state, 10));
  const bool filed =
      remote == YZ__REMOTE__LONG_TERM_FILED || remote == YZ__REMOTE__REFERRED || remote == YZ__REMOTE__TEMPORARY;
  if (!filed) return;
  DRAW(arena, filing, Filing);
  filing->kind = (Yz__Remote)remote;
  filing->city = institution->city;
  filing->from = DATE_MIN;
  LIST(arena, drawn->person, filings, 1);
  drawn->person->n_filings = 1;
  drawn->person->filings[0] = filing;
}

static inline void registration_add(Yz__Person *person, const char *disease, bool insulin, struct arena *arena) {
  DRAW(arena, registration, Registration);
  registration->disease = (char *)disease;
  registration->from = DATE_MIN;
  registration->has_insulin = true;
  registration->insulin = insulin;
  person->registrations[person->n_registrations++] = registration;
}

/* A disease that the rule allows, registered; with insulin or the other of the two diseases where the rule asks. */
static inline void random_disease(uint64_t *state, const struct rule *rule, const struct plan *plan,
                                  struct drawn *drawn, struct arena *arena) {
  const struct when *when = &rule->applies;
  const bool asked = drawn->bill->setting == YZ__SETTING__CHRONIC || drawn->bill->setting == YZ__SETTING__TWO_DISEASE;
  if ((!asked && !when->has_disease) || plan->n_diseases == 0) return;
  uint16_t disease = 0;
  for (int tries = 0; tries < 256; tries++) {
    disease = (uint16_t)random_to(state, plan->n_diseases - 1);
    if (!when->has_disease || when->disease[disease / 64] >> (disease % 64) & 1) break;
  }
  LIST(arena, drawn->person, registrations, 2);
  drawn->bill->disease = (char *)plan->diseases[disease];
  registration_add(drawn->person, drawn->bill->disease,
                   random_value(state, when->bits, BITS_TWO_OR_INSULIN, 2, false) == 2, arena);
}

/* Up to two item lists with a part of each sum, one of them mostly of those that the rule takes alone. */
static inline void random_lists(uint64_t *state, const struct rule *rule, const struct plan *plan, Yz__Sums *sums,
                                struct arena *arena) {
  LIST(arena, sums, listed, 2);
  if (plan->n_lists == 0) return;
  while (sums->n_listed < 2 && chance(state, sums->n_listed == 0 && rule->only_lists ? 90 : 40)) {
    Yz__ListedSum *listed = arena_alloc(arena, sizeof *listed);
    yz__listed_sum__init(listed);
    int64_t list = random_to(state, plan->n_lists - 1);
    for (int tries = 0; tries < 64 && sums->n_listed == 0 && rule->only_lists && !(rule->only_lists >> list & 1);
         tries++)
      list = random_to(state, plan->n_lists - 1);
    listed->list = (char *)plan->lists[list];
    listed->has_own_expense = listed->has_over_limit = listed->has_first_pay = listed->has_in_policy = true;
    listed->own_expense = random_to(state, sums->own_expense / 2);
    listed->over_limit = random_to(state, sums->over_limit / 2);
    listed->first_pay = random_to(state, sums->first_pay / 2);
    listed->in_policy = random_to(state, sums->in_policy / 2);
    sums->listed[sums->n_listed++] = listed;
  }
}

static inline Yz__Sums *random_sums(uint64_t *state, const struct rule *rule, const struct plan *plan,
                                    struct arena *arena) {
  DRAW(arena, sums, Sums);
  sums->in_policy = 1 + random_amount(state);
  if (chance(state, 40)) sums->own_expense = random_amount(state);
  if (chance(state, 40)) sums->over_limit = random_amount(state) / 10;
  if (chance(state, 40)) sums->first_pay = random_amount(state) / 4;
  sums->total = sums->in_policy + sums->own_expense + sums->over_limit + sums->first_pay;
  random_lists(state, rule, plan, sums, arena);
  return sums;
}

/* A bill of that day to which the rule is likely to apply. The person's filing and registrations are made anew. */
static inline void random_bill(uint64_t *state, const struct rule *rule, const struct plan *plan, const char *city,
                               int32_t day, struct drawn *drawn, struct arena *arena) {
  DRAW(arena, bill, Bill);
  drawn->bill = bill;
  drawn->person->n_filings = drawn->person->n_registrations = 0;
  bill->request_id = "r1";
  bill->person = drawn->person->id;
  bill->setting = (Yz__Setting)random_value(state, rule->applies.bits, BITS_SETTING, 10, chance(state, 5));
  bill->from = day;
  if (bill->setting == YZ__SETTING__LONG_TERM_CARE) {
    const struct civil first = date_civil(day);
    const int32_t last = date_add_months(date_of(first.year, first.month, 1), 1) - 1;
    bill->has_care_form = bill->has_days = bill->has_to = true;
    bill->care_form = (Yz__CareForm)random_value(state, rule->applies.bits, BITS_FORM, 4, false);
    bill->to = day + (int32_t)random_to(state, last - day);
    bill->days = 1 + (uint32_t)random_to(state, bill->to - day);
  }
  random_place(state, rule, city, drawn, arena);
  random_disease(state, rule, plan, drawn, arena);
  bill->institution = drawn->institution->id;
  bill->has_use_account = chance(state, 30);
  bill->use_account = random_amount(state);
  bill->sums = random_sums(state, rule, plan, arena);
}

#endif
