#include "golden_case.h"

#include "bill.h"
#include "date.h"
#include "must.h"
#include "scalar.h"

#include <string.h>

enum { DEFAULT_AGE = 40, ALWAYS = 7305 /* 1990-01-01: insured and recognised before every case's day */ };

struct making {
  const Yz__GoldenFile *file;
  const Yz__Case *golden;
  const struct shelf *shelf;
  struct arena *arena;
  Yz__Book *book;
  char *pack; /* insured city of those who name none */
};

static void *list_of(struct arena *arena, size_t n) {
  return arena_alloc(arena, (n + 1) * sizeof(void *));
}

/* The first pack of the file that insures people, of that id when one is given. */
static const Yz__PolicyPack *city_pack(const Yz__GoldenFile *file, const char *id) {
  for (size_t i = 0; i < file->n_packs; i++) {
    const Yz__PolicyPack *pack = file->packs[i];
    if (!pack->product && (!id || strcmp(pack->pack, id) == 0)) return pack;
  }
  return NULL;
}

/* ---- days */

static Yz__Problem *visit_day(const struct making *m, size_t i, int32_t *on) {
  const Yz__Visit *visit = m->golden->visits[i];
  const Yz__PolicyPack *pack = city_pack(m->file, m->pack);
  if (visit->bill)
    *on = bill_day(visit->bill);
  else if (visit->has_on)
    *on = visit->on;
  else if (m->golden->has_on)
    *on = m->golden->on;
  else if (pack)
    *on = pack->from;
  else
    return problem_new(m->arena, YZ__CODE__INVALID, arena_format(m->arena, "/visits/%zu/on", i),
                       "the case has no inline pack and so needs a day");
  return NULL;
}

/* ---- people */

static Yz__Standing standing_of(const Yz__Who *who) {
  if (who->has_standing) return who->standing;
  return who->has_scheme && who->scheme == YZ__SCHEME__EMPLOYEE ? YZ__STANDING__ACTIVE : YZ__STANDING__ADULT;
}

static Yz__Scheme scheme_of(const Yz__Who *who) {
  if (who->has_scheme) return who->scheme;
  Yz__Standing standing = standing_of(who);
  bool employee = standing == YZ__STANDING__ACTIVE || standing == YZ__STANDING__RETIRED;
  return employee ? YZ__SCHEME__EMPLOYEE : YZ__SCHEME__RESIDENT;
}

static void recognise(Yz__Person *person, const Yz__Who *who, struct arena *arena) {
  person->n_recognitions = who->n_categories;
  person->recognitions = list_of(arena, who->n_categories);
  for (size_t i = 0; i < who->n_categories; i++) {
    Yz__Recognition *recognition = arena_alloc(arena, sizeof *recognition);
    yz__recognition__init(recognition);
    recognition->category = who->categories[i];
    recognition->from = ALWAYS;
    person->recognitions[i] = recognition;
  }
}

static void cover(const struct making *m, Yz__Person *person, const Yz__Who *who) {
  Yz__Coverage *coverage = arena_alloc(m->arena, sizeof *coverage);
  yz__coverage__init(coverage);
  coverage->scheme = scheme_of(who);
  coverage->standing = standing_of(who);
  coverage->pack = who->pack ? who->pack : m->pack;
  coverage->from = ALWAYS;
  person->n_coverages = 1;
  person->coverages = list_of(m->arena, 1);
  person->coverages[0] = coverage;
}

/* NULL and *problem when there is no pack to insure him. */
static Yz__Person *make_person(const struct making *m, const Yz__Who *who, size_t i, int32_t first_day,
                               Yz__Problem **problem) {
  if (who->person) return who->person;
  if (!who->pack && !m->pack) {
    *problem =
        problem_new(m->arena, YZ__CODE__INVALID, "/pack", "the file has no inline pack, so the case has to name one");
    return NULL;
  }
  Yz__Person *person = arena_alloc(m->arena, sizeof *person);
  yz__person__init(person);
  person->id = who->id ? who->id : arena_format(m->arena, "p%zu", i + 1);
  person->name = person->id;
  int age = who->has_age ? (int)who->age : DEFAULT_AGE;
  person->born = date_add_months(first_day, -12 * age);
  cover(m, person, who);
  recognise(person, who, m->arena);
  person->n_filings = who->n_filings;
  person->filings = who->filings;
  person->n_registrations = who->n_registrations;
  person->registrations = who->registrations;
  person->n_assessments = who->n_assessments;
  person->assessments = who->assessments;
  person->has_account_balance = who->has_account_balance;
  person->account_balance = who->account_balance;
  person->has_account_year = who->has_account_balance;
  person->account_year = (uint32_t)date_civil(first_day).year;
  return person;
}

/* One contract of his own for each product of a person. */
static Yz__Problem *make_contracts(const struct making *m, const Yz__Who *who, const Yz__Person *person,
                                   int32_t first_day) {
  for (size_t i = 0; i < who->n_products; i++) {
    const struct pack *pack = shelf_find(m->shelf, who->products[i], first_day);
    const Yz__Product *product = pack ? pack->text->product : NULL;
    if (!product)
      return problem_new(m->arena, YZ__CODE__INVALID, "/who/products", "no product pack %s rules the first day",
                         who->products[i]);
    Yz__Contract *contract = arena_alloc(m->arena, sizeof *contract);
    Yz__Member *member = arena_alloc(m->arena, sizeof *member);
    yz__contract__init(contract);
    yz__member__init(member);
    member->person = person->id;
    member->has_risk = who->has_risk;
    member->risk = who->risk;
    contract->id = arena_format(m->arena, "c%zu", m->book->n_contracts + 1);
    contract->product = who->products[i];
    contract->from = product->covers_from;
    contract->to = product->covers_to;
    contract->n_members = 1;
    contract->members = list_of(m->arena, 1);
    contract->members[0] = member;
    m->book->contracts[m->book->n_contracts++] = contract;
  }
  return NULL;
}

static Yz__Problem *make_people(struct making *m, int32_t first_day) {
  static Yz__Who nobody = YZ__WHO__INIT;
  static Yz__Who *one[] = {&nobody};
  const Yz__Case *golden = m->golden;
  Yz__Who **who = golden->n_who ? golden->who : one;
  size_t n = golden->n_who ? golden->n_who : 1, n_contracts = golden->n_contracts;
  for (size_t i = 0; i < n; i++) n_contracts += who[i]->n_products;
  m->book->persons = list_of(m->arena, n);
  m->book->contracts = list_of(m->arena, n_contracts);
  for (size_t i = 0; i < golden->n_contracts; i++) m->book->contracts[m->book->n_contracts++] = golden->contracts[i];
  for (size_t i = 0; i < n; i++) {
    Yz__Problem *problem = NULL;
    Yz__Person *person = make_person(m, who[i], i, first_day, &problem);
    if (person) problem = make_contracts(m, who[i], person, first_day);
    if (problem) return problem;
    m->book->persons[m->book->n_persons++] = person;
  }
  return NULL;
}

/* ---- places of care */

static char *level_name(Yz__Level level, struct arena *arena) {
  const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(&yz__level__descriptor, (int)level);
  must(value != NULL);
  struct text name = {0};
  scalar_enum_name(value->name, &name);
  char *copy = text_copy(&name, arena);
  text_free(&name);
  return copy;
}

/* The division code of the city that insures the person of a visit. */
static const char *home_city(const struct making *m, const Yz__Person *person, int32_t on) {
  const char *id = person->n_coverages ? person->coverages[0]->pack : m->pack;
  const struct pack *pack = id ? shelf_find(m->shelf, id, on) : NULL;
  return pack ? pack->text->city : NULL;
}

/* The institution "<level>-<city>", made once. */
static Yz__Problem *make_institution(struct making *m, const Yz__Visit *visit, const Yz__Person *person, int32_t on,
                                     char **id) {
  const char *city = visit->city ? visit->city : home_city(m, person, on);
  if (!city)
    return problem_new(m->arena, YZ__CODE__INVALID, "/visits/city", "no pack says which city this is, so name one");
  Yz__Level level = visit->has_level ? visit->level : YZ__LEVEL__TERTIARY;
  *id = arena_format(m->arena, "%s-%s", level_name(level, m->arena), city);
  for (size_t i = 0; i < m->book->n_institutions; i++)
    if (strcmp(m->book->institutions[i]->id, *id) == 0) return NULL;
  Yz__Institution *institution = arena_alloc(m->arena, sizeof *institution);
  yz__institution__init(institution);
  institution->id = institution->name = *id;
  institution->level = level;
  institution->city = arena_copy(m->arena, city);
  m->book->institutions[m->book->n_institutions++] = institution;
  return NULL;
}

/* ---- bills */

static void make_sums(Yz__Bill *bill, const Yz__Visit *visit, struct arena *arena) {
  if (visit->n_lines > 0) {
    bill->n_lines = visit->n_lines;
    bill->lines = visit->lines;
    return;
  }
  Yz__Sums *sums = bill->sums = arena_alloc(arena, sizeof *sums);
  yz__sums__init(sums);
  sums->in_policy = visit->in_policy;
  sums->first_pay = visit->first_pay;
  sums->over_limit = visit->over_limit;
  sums->own_expense = visit->own_expense;
  sums->total = sums->in_policy + sums->first_pay + sums->over_limit + sums->own_expense;
  sums->n_listed = visit->n_listed;
  sums->listed = visit->listed;
}

static const Yz__Person *person_of(const struct making *m, const char *id) {
  if (!id) return m->book->persons[0];
  for (size_t i = 0; i < m->book->n_persons; i++)
    if (strcmp(m->book->persons[i]->id, id) == 0) return m->book->persons[i];
  return NULL;
}

static Yz__Problem *make_bill(struct making *m, size_t i, int32_t on, Yz__Bill **made) {
  Yz__Visit *visit = m->golden->visits[i];
  *made = visit->bill;
  if (visit->bill) return NULL;
  const Yz__Person *person = person_of(m, visit->who);
  if (!person)
    return problem_new(m->arena, YZ__CODE__INVALID, arena_format(m->arena, "/visits/%zu/who", i),
                       "the case has nobody of the id %s", visit->who);
  Yz__Bill *bill = *made = arena_alloc(m->arena, sizeof *bill);
  yz__bill__init(bill);
  bill->request_id = arena_format(m->arena, "r%zu", i + 1);
  bill->person = person->id;
  bill->institution = visit->institution;
  bill->setting = visit->has_setting ? visit->setting : YZ__SETTING__INPATIENT;
  bill->from = visit->has_from ? visit->from : on;
  bill->has_to = true;
  bill->to = on;
  bill->disease = visit->disease;
  bill->has_rescue = visit->has_rescue;
  bill->rescue = visit->rescue;
  bill->has_use_account = visit->has_use_account;
  bill->use_account = visit->use_account;
  bill->has_care_form = visit->has_care_form;
  bill->care_form = visit->care_form;
  bill->has_days = visit->has_days;
  bill->days = visit->days;
  make_sums(bill, visit, m->arena);
  return visit->institution ? NULL : make_institution(m, visit, person, on, &bill->institution);
}

Yz__Problem *golden_book(const Yz__GoldenFile *file, const Yz__Case *golden, const struct shelf *shelf,
                         struct arena *arena, Yz__Book **book) {
  const Yz__PolicyPack *first = city_pack(file, NULL);
  struct making m = {.file = file, .golden = golden, .shelf = shelf, .arena = arena};
  m.pack = golden->pack ? golden->pack : first ? first->pack : NULL;
  m.book = *book = arena_alloc(arena, sizeof **book);
  yz__book__init(m.book);
  if (golden->n_visits == 0) return problem_new(arena, YZ__CODE__INVALID, "/visits", "a case needs a visit");
  int32_t on = 0;
  Yz__Problem *problem = visit_day(&m, 0, &on);
  if (!problem) problem = make_people(&m, on);
  if (problem) return problem;
  m.book->institutions = list_of(arena, golden->n_institutions + golden->n_visits);
  for (size_t i = 0; i < golden->n_institutions; i++)
    m.book->institutions[m.book->n_institutions++] = golden->institutions[i];
  m.book->bills = list_of(arena, golden->n_visits);
  for (size_t i = 0; !problem && i < golden->n_visits; i++) {
    problem = visit_day(&m, i, &on);
    if (!problem) problem = make_bill(&m, i, on, &m.book->bills[m.book->n_bills++]);
  }
  return problem;
}
