/* Who the person is on the day, what refuses a bill, how the place of care is seen, and which services are asked. */
#include "house.h"
#include "ladder.h"
#include "remote.h"

#define DAY(day) BILL "setting: inpatient\nfrom: " day "\n" SUMS(100, 0, 0, 0, 100)
#define CARE(setting, more) BILL "setting: " setting "\nfrom: 2023-05-10\n" more SUMS(100, 0, 0, 0, 100)

static const struct {
  const char *name, *person, *institution, *bill;
  Yz__Code code; /* 0: entitled */
  const char *detail;
} cases[] = {
    {"covered", PERSON COVERED, HOSPITAL, DAY("2023-05-10"), 0, NULL},
    {"not yet born", "id: p1\nname: 王某\nborn: 2023-06-01\n" COVERED, HOSPITAL, DAY("2023-05-10"), YZ__CODE__INVALID,
     "before the person was born"},
    {"an agreement that ended", PERSON COVERED, HOSPITAL "to: 2023-05-09\n", DAY("2023-05-10"),
     YZ__CODE__INSTITUTION_SUSPENDED, "h1 has no agreement in force on 2023-05-10"},
    {"an agreement that has not begun", PERSON COVERED, HOSPITAL "from: 2023-05-11\n", DAY("2023-05-10"),
     YZ__CODE__INSTITUTION_SUSPENDED, NULL},
    {"suspended", PERSON COVERED, HOSPITAL "suspensions: {from: 2023-05-01, to: 2023-05-10, reason: audit}\n",
     DAY("2023-05-10"), YZ__CODE__INSTITUTION_SUSPENDED, "the agreement of h1 is suspended on 2023-05-10: audit"},
    {"no longer suspended", PERSON COVERED, HOSPITAL "suspensions: {from: 2023-05-01, to: 2023-05-09}\n",
     DAY("2023-05-10"), 0, NULL},
    {"no coverage at all", PERSON, HOSPITAL, DAY("2023-05-10"), YZ__CODE__NOT_COVERED, "no coverage is recorded"},
    {"between two coverages",
     PERSON
     "coverages: [{scheme: resident, standing: adult, pack: test.city, from: 2022-01-01, to: 2022-12-31}, {scheme: "
     "resident, standing: adult, pack: test.city, from: 2023-05-11}]\n",
     HOSPITAL, DAY("2023-05-10"), YZ__CODE__NOT_COVERED,
     "no coverage is in force on 2023-05-10; the nearest is 2023-05-11 to open end"},
    {"after the last day",
     PERSON "coverages: {scheme: resident, standing: adult, pack: test.city, from: 2023-01-01, to: 2023-05-09}\n",
     HOSPITAL, DAY("2023-05-10"), YZ__CODE__NOT_COVERED,
     "no coverage is in force on 2023-05-10; the nearest is 2023-01-01 to 2023-05-09"},
    {"a city without a pack",
     PERSON "coverages: {scheme: resident, standing: adult, pack: test.other, from: 2023-01-01}\n", HOSPITAL,
     DAY("2023-05-10"), YZ__CODE__UNKNOWN_POLICY, "no policy pack test.other rules 2023-05-10"},
    {"a day outside the packs", PERSON COVERED, HOSPITAL, DAY("2025-01-01"), YZ__CODE__UNKNOWN_POLICY, NULL},
    {"chronic care without a disease", PERSON COVERED, HOSPITAL, CARE("chronic", ""), YZ__CODE__INVALID, NULL},
    {"a disease that the pack lacks", PERSON COVERED, HOSPITAL, CARE("chronic", "disease: M99999\n"), YZ__CODE__INVALID,
     "the pack test.city has no disease M99999"},
    {"not registered", PERSON COVERED "registrations: {disease: M03900, from: 2023-01-01}\n", HOSPITAL,
     CARE("chronic", "disease: M01600\n"), YZ__CODE__NOT_REGISTERED, "not registered for disease M01600 on 2023-05-10"},
    {"a registration that ended", PERSON COVERED "registrations: {disease: M01600, from: 2022-01-01, to: 2023-05-09}\n",
     HOSPITAL, CARE("two_disease", "disease: M01600\n"), YZ__CODE__NOT_REGISTERED, NULL},
    {"registered", PERSON COVERED "registrations: {disease: M01600, from: 2022-01-01, to: 2023-05-10}\n", HOSPITAL,
     CARE("two_disease", "disease: M01600\n"), 0, NULL},
};

static Yz__Problem *ask(const char *person, const char *institution, const char *bill, Yz__Entitlement **entitlement) {
  *entitlement = NULL;
  return entitle(bill_of(bill), person_of(person), institution_of(institution), shelf, &arena, entitlement);
}

static Yz__Entitlement *entitled(const char *person, const char *institution, const char *bill) {
  Yz__Entitlement *entitlement;
  const Yz__Problem *problem = ask(person, institution, bill, &entitlement);
  if (problem) fail_msg("%s", problem->detail);
  return entitlement;
}

static void refusals_by_table(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(cases); i++) {
    Yz__Entitlement *entitlement;
    const Yz__Problem *problem = ask(cases[i].person, cases[i].institution, cases[i].bill, &entitlement);
    if ((problem ? (int)problem->code : 0) != (int)cases[i].code)
      fail_msg("%s: %s", cases[i].name, problem ? problem->detail : "was entitled");
    if (problem && cases[i].detail) assert_string_equal(problem->detail, cases[i].detail);
    assert_int_equal(problem == NULL, entitlement != NULL);
  }
}

#define LATE(paid, more)                                                                                               \
  "coverages: {scheme: resident, standing: adult, pack: test.city, from: 2024-01-01, paid: " paid ", late: "           \
  "true}\n" more

static void late_enrolment_waits(void **state) {
  (void)state;
  static const struct {
    const char *name, *person, *last_refused, *first_paid;
  } waits[] = {
      {"three months", PERSON LATE("2024-02-10", ""), "2024-05-09", "2024-05-10"},
      {"to the end of a short month", PERSON LATE("2024-11-30", ""), "2024-12-31", NULL},
      {"a category waits for less", PERSON LATE("2024-02-10", "recognitions: {category: orphan, from: 2020-01-01}\n"),
       "2024-02-19", "2024-02-20"},
      {"a newborn enrolled in time is covered from birth",
       "id: p1\nname: 小某\nborn: 2023-11-20\n" LATE("2024-05-20", ""), NULL, "2023-11-20"},
      {"a newborn in the seventh month waits for the next month",
       "id: p1\nname: 小某\nborn: 2023-11-20\n" LATE("2024-05-21", ""), "2024-05-31", "2024-06-01"},
      {"a newborn in the thirteenth month waits as all do",
       "id: p1\nname: 小某\nborn: 2023-01-20\n" LATE("2024-01-21", ""), "2024-04-20", "2024-04-21"},
      {"who paid in time does not wait",
       PERSON "coverages: {scheme: resident, standing: adult, pack: test.city, from: 2024-01-01, paid: 2023-11-01}\n",
       NULL, "2024-01-01"},
  };
  for (size_t i = 0; i < COUNT(waits); i++) {
    Yz__Entitlement *entitlement;
    const char *days[] = {waits[i].last_refused, waits[i].first_paid};
    for (int paid = 0; paid < 2; paid++) {
      if (!days[paid]) continue;
      const char *bill =
          arena_format(&arena, BILL "setting: inpatient\nfrom: %s\n" SUMS(100, 0, 0, 0, 100), days[paid]);
      const Yz__Problem *problem = ask(waits[i].person, HOSPITAL, bill, &entitlement);
      if (paid ? problem != NULL : !problem || problem->code != YZ__CODE__WAITING_PERIOD)
        fail_msg("%s, %s: %s", waits[i].name, days[paid], problem ? problem->detail : "was entitled");
    }
  }
  Yz__Entitlement *none;
  const Yz__Problem *problem = ask(PERSON LATE("2024-02-10", ""), HOSPITAL, DAY("2024-03-01"), &none);
  assert_string_equal(problem->detail, "enrolled late, paid on 2024-02-10: benefits begin on 2024-05-10");
}

/* A stay from 2024-03-01 to 2024-05-10, the first day of benefits of who paid late on 2024-02-10. */
#define LINES "lines: [{item: A1, quantity: 1, unit_price: 1, amount: 1}]\n"
#define STAY BILL "setting: inpatient\nfrom: 2024-03-01\nto: 2024-05-10\n"
#define YEARS(to, from)                                                                                                \
  PERSON                                                                                                               \
  "coverages: [{scheme: employee, standing: active, pack: test.city, from: 2023-01-01, to: " to "}, {scheme: "         \
  "resident, standing: adult, pack: test.city, from: " from "}]\n"

static void cost_before_benefits_is_told_by_its_day(void **state) {
  (void)state;
  static const struct {
    const char *name, *person, *bill, *benefits_from; /* NULL: the bill is whole */
    Yz__Code code;
  } rows[] = {
      {"lines of days within the waiting period", PERSON LATE("2024-02-10", ""), STAY LINES, "2024-05-10", 0},
      {"sums that reach into it", PERSON LATE("2024-02-10", ""), STAY SUMS(100, 0, 0, 0, 100), NULL,
       YZ__CODE__WAITING_PERIOD},
      {"lines of days before the cover", YEARS("2023-12-31", "2024-03-02"), STAY LINES, "2024-03-02", 0},
      {"sums that reach before it", YEARS("2023-12-31", "2024-03-02"), STAY SUMS(100, 0, 0, 0, 100), NULL,
       YZ__CODE__NOT_COVERED},
      {"two covers without a gap, of two schemes", YEARS("2024-04-30", "2024-05-01"), STAY SUMS(100, 0, 0, 0, 100),
       NULL, 0},
      {"a gap within the stay", YEARS("2024-03-01", "2024-05-01"), STAY LINES, NULL, YZ__CODE__NOT_COVERED},
      {"a burden brought by an application", YEARS("2023-12-31", "2024-05-01"),
       BILL "setting: application\nfrom: 2024-03-01\nto: 2024-05-10\n" SUMS(100, 0, 0, 0, 100), NULL, 0},
      {"care of days before its rule", PERSON COVERED,
       BILL "setting: long_term_care\ncare_form: home_visit\nfrom: 2023-07-14\nto: 2023-07-15\n" LINES, NULL,
       YZ__CODE__NO_BENEFIT},
      {"care from its rule's first day on", PERSON COVERED,
       BILL "setting: long_term_care\ncare_form: home_visit\nfrom: 2023-07-15\nto: 2023-07-16\ndays: 2\n" LINES, NULL,
       0},
      {"care of some days that does not say how many", PERSON COVERED,
       BILL "setting: long_term_care\ncare_form: home_visit\nfrom: 2023-07-15\nto: 2023-07-16\n" LINES, NULL,
       YZ__CODE__INVALID},
      {"care of days before the cover", YEARS("2023-12-31", "2024-05-02"),
       BILL "setting: long_term_care\ncare_form: home_visit\nfrom: 2024-05-01\nto: 2024-05-03\n" LINES, NULL,
       YZ__CODE__NOT_COVERED},
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    Yz__Entitlement *e;
    const Yz__Problem *problem = ask(rows[i].person, HOSPITAL, rows[i].bill, &e);
    char day[DATE_TEXT_MAX] = "";
    if ((problem ? (int)problem->code : 0) != (int)rows[i].code)
      fail_msg("%s: %s", rows[i].name, problem ? problem->detail : "was entitled");
    if (problem && problem->code != YZ__CODE__INVALID) assert_non_null(strstr(problem->remedy, "分段结算"));
    if (!problem && e->has_benefits_from) date_print(e->benefits_from, day);
    if (!problem && strcmp(day, rows[i].benefits_from ? rows[i].benefits_from : "") != 0)
      fail_msg("%s: %s", rows[i].name, day);
  }
}

static void the_person_is_as_on_that_day(void **state) {
  (void)state;
  const char *person = PERSON
      "coverages: [{scheme: resident, standing: student_child, pack: test.city, from: 2022-09-01}, {scheme: resident, "
      "standing: adult, pack: test.city, from: 2023-01-01}]\n"
      "recognitions: [{category: orphan, from: 2023-01-01, to: 2023-05-09}, {category: minimum_living, from: "
      "2023-05-10}, "
      "{category: minimum_living, from: 2020-01-01}]\n"
      "account_balance: 123.45\naccount_year: 2023\n";
  const Yz__Entitlement *e = entitled(person, HOSPITAL "preferential: true\n", DAY("2023-05-20"));
  assert_int_equal(e->age, 43);
  assert_int_equal(e->standing, YZ__STANDING__ADULT);
  assert_int_equal(e->n_categories, 1);
  assert_int_equal(e->categories[0], YZ__CATEGORY__MINIMUM_LIVING);
  assert_int_equal(e->account_balance, 12345);
  assert_int_equal(e->year, 2023);
  assert_true(e->preferential);
  assert_string_equal(e->insured_city, "370300");
  assert_string_equal(e->pack->pack, "test.city");
  assert_int_equal(strlen(e->pack->sha256), 64);
  assert_int_equal(entitled(person, HOSPITAL, DAY("2023-05-19"))->age, 42);
}

static void care_asks_for_an_assessment(void **state) {
  (void)state;
#define OLD(born) "id: p1\nname: 王某\nborn: " born "\n" COVERED
  static const struct {
    const char *name, *person;
    bool entitled;
  } rows[] = {
      {"where none is asked for", PERSON COVERED, true},
      {"none", OLD("1950-01-01"), false},
      {"of the grade", OLD("1950-01-01") "assessments: {grade: 2, from: 2023-05-01, to: 2023-05-10}\n", true},
      {"above it", OLD("1950-01-01") "assessments: {grade: 5, from: 2023-01-01}\n", true},
      {"below it", OLD("1950-01-01") "assessments: {grade: 1, from: 2023-01-01}\n", false},
      {"of another row", OLD("1960-01-01") "assessments: {grade: 3, from: 2023-01-01}\n", false},
      {"from the second day on", OLD("1950-01-01") "assessments: {grade: 2, from: 2023-05-02}\n", false},
      {"to the day before the last", OLD("1950-01-01") "assessments: {grade: 2, from: 2023-01-01, to: 2023-05-09}\n",
       false},
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    Yz__Entitlement *e;
    const char *bill = BILL "setting: long_term_care\nfrom: 2023-05-01\nto: 2023-05-10\ndays: 10\n"
                            "care_form: home_self\n" SUMS(0, 0, 0, 0, 0);
    const Yz__Problem *problem = ask(rows[i].person, HOSPITAL, bill, &e);
    if ((problem == NULL) != rows[i].entitled) fail_msg("%s: %s", rows[i].name, problem ? problem->detail : "entitled");
    if (problem) assert_int_equal(problem->code, YZ__CODE__NOT_REGISTERED);
  }
}

static void the_account_pays_for_its_year_alone(void **state) {
  (void)state;
  static const struct {
    const char *account, *day;
    int64_t left;
  } rows[] = {
      {"account_balance: 1000.00\naccount_year: 2023\n", DAY("2023-12-30"), 100000},
      {"account_balance: 1000.00\naccount_year: 2023\n",
       BILL "setting: inpatient\nfrom: 2023-12-30\nto: 2024-01-03\n" SUMS(100, 0, 0, 0, 100), 0},
      {"account_balance: 1000.00\naccount_year: 2024\n", DAY("2024-01-03"), 100000},
      {"account_balance: 1000.00\naccount_year: 2024\n", DAY("2023-12-30"), 0},
      {"account_balance: 1000.00\n", DAY("2023-12-30"), 0}, /* stored before there was a year */
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    const Yz__Entitlement *e =
        entitled(arena_format(&arena, PERSON COVERED "%s", rows[i].account), HOSPITAL, rows[i].day);
    assert_true(e->has_account_balance);
    assert_int_equal(e->account_balance, rows[i].left);
  }
}

static void two_diseases_or_insulin(void **state) {
  (void)state;
  static const struct {
    const char *registrations;
    bool both;
  } rows[] = {
      {"registrations: {disease: M03900, from: 2023-01-01}\n", false},
      {"registrations: [{disease: M03900, from: 2023-01-01}, {disease: M01600, from: 2023-01-01}]\n", true},
      {"registrations: [{disease: M03900, from: 2023-01-01}, {disease: M01600, from: 2023-05-11}]\n", false},
      {"registrations: [{disease: M03900, from: 2023-01-01}, {disease: M00500, from: 2023-01-01}]\n", false},
      {"registrations: [{disease: M03900, from: 2023-01-01}, {disease: M01600, from: 2023-01-01, to: 2023-05-09, "
       "insulin: "
       "true}]\n",
       false},
      {"registrations: [{disease: M03900, from: 2023-01-01}, {disease: M01600, from: 2023-01-01, insulin: true}]\n",
       true},
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    const char *person = arena_format(&arena, PERSON COVERED "%s", rows[i].registrations);
    assert_int_equal(entitled(person, HOSPITAL, CARE("two_disease", "disease: M03900\n"))->two_or_insulin,
                     rows[i].both);
  }
}

static void the_place_of_care_is_seen_from_home(void **state) {
  (void)state;
  static const struct {
    const char *name, *city, *filing, *more;
    Yz__Reach reach;
    Yz__Remote remote;
  } rows[] = {
      {"a district of the city", "370302", "", "", YZ__REACH__SAME_CITY, YZ__REMOTE__LOCAL},
      {"inside the province no filing is asked", "370102", "", "", YZ__REACH__SAME_PROVINCE, YZ__REMOTE__TEMPORARY},
      {"outside it is", "110105", "", "", YZ__REACH__OTHER_PROVINCE, YZ__REMOTE__UNFILED},
      {"filed", "110105", "{kind: temporary, city: \"110000\", from: 2023-05-10}", "", YZ__REACH__OTHER_PROVINCE,
       YZ__REMOTE__TEMPORARY},
      {"filed for another place", "110105", "{kind: temporary, city: \"120000\", from: 2023-05-01}", "",
       YZ__REACH__OTHER_PROVINCE, YZ__REMOTE__UNFILED},
      {"filed too late", "110105", "{kind: temporary, city: \"110000\", from: 2023-05-13}", "",
       YZ__REACH__OTHER_PROVINCE, YZ__REMOTE__UNFILED},
      {"filed while in hospital", "110105", "{kind: referred, city: \"11\", from: 2023-05-12}", "",
       YZ__REACH__OTHER_PROVINCE, YZ__REMOTE__REFERRED},
      {"a filing that ended", "110105", "{kind: referred, city: \"11\", from: 2023-01-01, to: 2023-05-11}", "",
       YZ__REACH__OTHER_PROVINCE, YZ__REMOTE__UNFILED},
      {"lives there", "440103", "{kind: long_term_filed, city: \"440100\", from: 2023-05-10}", "",
       YZ__REACH__OTHER_PROVINCE, YZ__REMOTE__LONG_TERM_FILED},
      {"lives there since the admission only", "440103", "{kind: long_term_filed, city: \"440100\", from: 2023-05-11}",
       "", YZ__REACH__OTHER_PROVINCE, YZ__REMOTE__TEMPORARY},
      {"lived there at the admission only", "440103",
       "{kind: long_term_filed, city: \"440100\", from: 2023-01-01, to: 2023-05-11}", "", YZ__REACH__OTHER_PROVINCE,
       YZ__REMOTE__UNFILED},
      {"lives there since the discharge only", "440103", "{kind: long_term_filed, city: \"440100\", from: 2023-05-13}",
       "", YZ__REACH__OTHER_PROVINCE, YZ__REMOTE__UNFILED},
      {"referred first, then lives there", "440103",
       "{kind: referred, city: \"440100\", from: 2023-05-01}, {kind: long_term_filed, city: \"440100\", from: "
       "2023-05-11}",
       "", YZ__REACH__OTHER_PROVINCE, YZ__REMOTE__REFERRED},
      {"lives in another city of that province", "440304",
       "{kind: long_term_filed, city: \"440100\", from: 2023-01-01}", "", YZ__REACH__OTHER_PROVINCE,
       YZ__REMOTE__UNFILED},
      {"filed for a whole province", "440304", "{kind: long_term_filed, city: \"440000\", from: 2023-01-01}", "",
       YZ__REACH__OTHER_PROVINCE, YZ__REMOTE__LONG_TERM_FILED},
      {"a rescue counts as filed", "110105", "", "rescue: true\n", YZ__REACH__OTHER_PROVINCE, YZ__REMOTE__RESCUE},
      {"a rescue at home is care at home", "370302", "", "rescue: true\n", YZ__REACH__SAME_CITY, YZ__REMOTE__LOCAL},
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    const char *person = arena_format(&arena, PERSON COVERED "filings: [%s]\n", rows[i].filing);
    const char *hospital =
        arena_format(&arena, "id: h1\nname: 测试医院\nlevel: tertiary\ncity: \"%s\"\n", rows[i].city);
    const char *bill = arena_format(
        &arena, BILL "setting: inpatient\nfrom: 2023-05-10\nto: 2023-05-12\n%s" SUMS(100, 0, 0, 0, 100), rows[i].more);
    const Yz__Entitlement *e = entitled(person, hospital, bill);
    if (e->reach != rows[i].reach || e->remote != rows[i].remote)
      fail_msg("%s: reach %d, remote %d", rows[i].name, (int)e->reach, (int)e->remote);
  }
}

static void division_codes_name_cities(void **state) {
  (void)state;
  assert_true(same_city("370300", "370302"));
  assert_true(same_city("3703", "370302"));
  assert_false(same_city("370300", "370402"));
  assert_true(same_city("110000", "110105"));
  assert_false(same_city("370000", "370302")); /* a province is not a city */
  static const char *const cities[][2] = {{"370303", "370300"}, {"370300", "370300"}, {"3703", "370300"},
                                          {"310104", "310000"}, {"110000", "110000"}, {"11", "110000"},
                                          {"500229", "500000"}, {"370000", "370000"}, {"451081", "451000"}};
  for (size_t i = 0; i < COUNT(cities); i++) {
    char code[CITY_CODE_MAX];
    assert_string_equal(city_code(cities[i][0], code), cities[i][1]);
    for (size_t k = 0; k < COUNT(cities); k++)
      assert_int_equal(same_city(cities[i][0], cities[k][0]), strcmp(cities[i][1], cities[k][1]) == 0);
  }
  assert_int_equal(reach_of("450000", "451000"), YZ__REACH__SAME_PROVINCE);
}

static void the_slip_follows_the_ladder(void **state) {
  (void)state;
  static const struct {
    const char *name, *person, *bill;
    Yz__Service slip[5];
  } rows[] = {
      {"an ordinary person",
       PERSON COVERED,
       DAY("2023-05-10"),
       {YZ__SERVICE__ADJUDICATION, YZ__SERVICE__SUPPLEMENTARY}},
      {"assistance on both sides of the supplement",
       PERSON COVERED "recognitions: {category: minimum_living, from: 2020-01-01}\n",
       DAY("2023-05-10"),
       {YZ__SERVICE__ADJUDICATION, YZ__SERVICE__ASSISTANCE, YZ__SERVICE__SUPPLEMENTARY, YZ__SERVICE__ASSISTANCE}},
      {"care stands behind",
       PERSON COVERED,
       CARE("long_term_care", "care_form: home_self\n"),
       {YZ__SERVICE__ADJUDICATION, YZ__SERVICE__SUPPLEMENTARY, YZ__SERVICE__ADJUDICATION}},
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    const Yz__Entitlement *e = entitled(rows[i].person, HOSPITAL, rows[i].bill);
    size_t n = 0;
    while (n < COUNT(rows[i].slip) && rows[i].slip[n]) n++;
    if (e->n_slip != n || memcmp(e->slip, rows[i].slip, n * sizeof e->slip[0]) != 0) fail_msg("%s", rows[i].name);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(refusals_by_table),
      cmocka_unit_test(late_enrolment_waits),
      cmocka_unit_test(cost_before_benefits_is_told_by_its_day),
      cmocka_unit_test(the_person_is_as_on_that_day),
      cmocka_unit_test(care_asks_for_an_assessment),
      cmocka_unit_test(the_account_pays_for_its_year_alone),
      cmocka_unit_test(two_diseases_or_insulin),
      cmocka_unit_test(the_place_of_care_is_seen_from_home),
      cmocka_unit_test(division_codes_name_cities),
      cmocka_unit_test(the_slip_follows_the_ladder),
  };
  return cmocka_run_group_tests(tests, house_open, house_close);
}
