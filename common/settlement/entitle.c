#include "entitle.h"

#include "bill.h"
#include "care.h"
#include "coverage.h"
#include "date.h"
#include "early.h"
#include "facts.h"
#include "ladder.h"
#include "remote.h"

#include <string.h>

/* National codes of the two diseases (门诊慢特病病种代码): hypertension and diabetes. */
static const char hypertension[] = "M03900", diabetes[] = "M01600";

static Yz__Problem *institution_check(const Yz__Institution *institution, int32_t on, struct arena *arena) {
  char day[DATE_TEXT_MAX];
  date_print(on, day);
  if ((institution->has_from && on < institution->from) || (institution->has_to && on > institution->to))
    return problem_new(arena, YZ__CODE__INSTITUTION_SUSPENDED, "/institution", "%s has no agreement in force on %s",
                       institution->id, day);
  for (size_t i = 0; i < institution->n_suspensions; i++) {
    const Yz__Suspension *s = institution->suspensions[i];
    if (!date_within(on, s->from, s->has_to, s->to)) continue;
    return problem_new(arena, YZ__CODE__INSTITUTION_SUSPENDED, "/institution",
                       "the agreement of %s is suspended on %s%s%s", institution->id, day, s->reason ? ": " : "",
                       s->reason ? s->reason : "");
  }
  return NULL;
}

static bool is_registered(const Yz__Person *person, const char *disease, int32_t on) {
  for (size_t i = 0; i < person->n_registrations; i++) {
    const Yz__Registration *r = person->registrations[i];
    if (strcmp(r->disease, disease) == 0 && date_within(on, r->from, r->has_to, r->to)) return true;
  }
  return false;
}

/* Registered for both of the two diseases, or treated with insulin. */
static bool two_or_insulin(const Yz__Person *person, int32_t on) {
  for (size_t i = 0; i < person->n_registrations; i++) {
    const Yz__Registration *r = person->registrations[i];
    if (r->has_insulin && r->insulin && date_within(on, r->from, r->has_to, r->to)) return true;
  }
  return is_registered(person, hypertension, on) && is_registered(person, diabetes, on);
}

static Yz__Problem *registration_check(const Yz__Bill *bill, const Yz__Person *person, struct arena *arena) {
  if (bill->setting != YZ__SETTING__CHRONIC && bill->setting != YZ__SETTING__TWO_DISEASE) return NULL;
  if (!bill->disease)
    return problem_new(arena, YZ__CODE__INVALID, "/disease", "chronic and two-disease care names its disease");
  if (is_registered(person, bill->disease, bill_day(bill))) return NULL;
  char day[DATE_TEXT_MAX];
  return problem_new(arena, YZ__CODE__NOT_REGISTERED, "/disease", "not registered for disease %s on %s", bill->disease,
                     date_print(bill_day(bill), day));
}

/* Categories recognised on the day, each once. */
static void categories_fill(const Yz__Person *person, int32_t on, struct arena *arena, Yz__Entitlement *e) {
  e->categories = arena_alloc(arena, (person->n_recognitions + 1) * sizeof *e->categories);
  for (size_t i = 0; i < person->n_recognitions; i++) {
    const Yz__Recognition *r = person->recognitions[i];
    bool has = on < r->from || (r->has_to && on > r->to);
    for (size_t j = 0; j < e->n_categories && !has; j++) has = e->categories[j] == r->category;
    if (!has) e->categories[e->n_categories++] = r->category;
  }
}

static Yz__PackRef *pack_ref(const struct pack *pack, struct arena *arena) {
  Yz__PackRef *ref = arena_alloc(arena, sizeof *ref);
  yz__pack_ref__init(ref);
  ref->pack = arena_copy(arena, pack->text->pack);
  ref->version = arena_copy(arena, pack->text->version);
  ref->sha256 = arena_copy(arena, pack->sha256);
  return ref;
}

/* Everything but the slip. */
static Yz__Entitlement *entitlement_make(const Yz__Bill *bill, const Yz__Person *person,
                                         const Yz__Institution *institution, const Yz__Coverage *coverage,
                                         const struct policy *policy, const struct plan *plan, struct arena *arena) {
  const int32_t on = bill_day(bill);
  Yz__Entitlement *e = arena_alloc(arena, sizeof *e);
  yz__entitlement__init(e);
  e->person = person->id;
  e->name = person->name;
  e->scheme = coverage->scheme;
  e->standing = coverage->standing;
  e->age = (uint32_t)date_age(person->born, on);
  categories_fill(person, on, arena, e);
  e->institution = institution->id;
  e->institution_name = institution->name;
  e->level = institution->level;
  e->care_city = institution->city;
  e->pack = pack_ref(policy->packs[0], arena);
  const char *city = policy->packs[0]->text->city;
  e->insured_city = city ? arena_copy(arena, city) : institution->city;
  e->reach = reach_of(e->insured_city, e->care_city);
  e->remote = remote_of(bill, person, e->care_city, e->reach, plan);
  e->has_two_or_insulin = true;
  e->two_or_insulin = two_or_insulin(person, on);
  e->has_preferential = true;
  e->preferential = institution->has_preferential && institution->preferential;
  e->year = (uint32_t)date_civil(on).year;
  e->has_account_balance = person->has_account_balance;
  e->has_account_year = person->has_account_balance && person->has_account_year;
  e->account_year = e->has_account_year ? person->account_year : 0;
  e->account_balance = e->has_account_year && e->account_year == e->year ? person->account_balance : 0;
  return e;
}

static Yz__Problem *waiting_check(const Yz__Coverage *coverage, int32_t on, int32_t first, struct arena *arena) {
  if (on >= first) return NULL;
  char day[DATE_TEXT_MAX], paid[DATE_TEXT_MAX];
  return problem_new(arena, YZ__CODE__WAITING_PERIOD, "/person", "enrolled late, paid on %s: benefits begin on %s",
                     date_print(coverage->paid, paid), date_print(first, day));
}

static void slip_fill(Yz__Entitlement *e, const struct plan *plan, const struct policy *policy,
                      const struct facts *facts, struct arena *arena) {
  e->slip = arena_alloc(arena, SLIP_MAX * sizeof *e->slip);
  e->n_slip = slip_make(plan, policy, facts, e->slip);
}

static Yz__Problem *policy_find(const Yz__Coverage *coverage, int32_t on, struct shelf *shelf, struct arena *arena,
                                struct policy *policy, const struct plan **plan) {
  char day[DATE_TEXT_MAX];
  if (shelf_policy(shelf, coverage->pack, on, NULL, 0, arena, policy))
    *plan = shelf_plan(shelf, coverage->pack, on, NULL, 0);
  if (*plan) return NULL;
  return problem_new(arena, YZ__CODE__UNKNOWN_POLICY, "/to", "no policy pack %s rules %s", coverage->pack,
                     date_print(on, day));
}

Yz__Problem *entitle(const Yz__Bill *bill, const Yz__Person *person, const Yz__Institution *institution,
                     struct shelf *shelf, struct arena *arena, Yz__Entitlement **entitlement) {
  const int32_t on = bill_day(bill);
  const Yz__Coverage *coverage = NULL;
  const struct plan *plan = NULL;
  struct policy policy;
  struct facts facts;
  if (bill->from < person->born) return problem_new(arena, YZ__CODE__INVALID, "/from", "before the person was born");
  Yz__Problem *problem = institution_check(institution, on, arena);
  if (!problem) problem = coverage_find(person, on, shelf, arena, &coverage);
  if (!problem) problem = policy_find(coverage, on, shelf, arena, &policy, &plan);
  if (problem) return problem;
  Yz__Entitlement *e = entitlement_make(bill, person, institution, coverage, &policy, plan, arena);
  problem = facts_make(bill, e, plan, arena, &facts);
  if (problem) return problem;
  const int32_t first = benefits_first_day(coverage, person, &policy, &facts);
  problem = waiting_check(coverage, on, first, arena);
  if (!problem) problem = early_check(bill, person, coverage, first, shelf, &facts, arena, e);
  if (!problem) problem = care_check(bill, plan, &facts, arena);
  if (!problem) problem = care_assessed(bill, person, &policy, &facts, arena);
  if (!problem) problem = registration_check(bill, person, arena);
  if (problem) return problem;
  slip_fill(e, plan, &policy, &facts, arena);
  *entitlement = e;
  return NULL;
}
