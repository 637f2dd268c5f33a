/* Bills that are sane and bills that are not: code, pointer and, where a sum is wrong, the right one. */
#include "house.h"

#define FROM "setting: inpatient\nfrom: 2023-05-01\n"
#define CARE(from, to) "setting: long_term_care\nfrom: " from "\nto: " to "\ncare_form: home_self\n"
#define LINE(quantity, price, amount) "{item: A1, quantity: " #quantity ", unit_price: " #price ", amount: " #amount "}"

static const struct {
  const char *name, *yaml;
  Yz__Code code; /* 0: sane */
  const char *pointer, *detail;
} cases[] = {
    {"given sums", BILL FROM SUMS(10, 1, 2, 3, 4), 0, NULL, NULL},
    {"lines", BILL FROM "lines: [" LINE(2, 1.5, 3.00) ", " LINE(0.5, 0.01, 0.01) "]\n", 0, NULL, NULL},
    {"an encounter", BILL FROM "encounter: e1\n", 0, NULL, NULL},
    {"care without a bill", BILL CARE("2023-05-01", "2023-05-31") "days: 30\n" SUMS(0, 0, 0, 0, 0), 0, NULL, NULL},
    {"care of a day more than there are", BILL CARE("2023-05-02", "2023-05-31") "days: 31\n" SUMS(0, 0, 0, 0, 0),
     YZ__CODE__INVALID, "/days", "31 is not between 1 and 30, the days from first to last"},
    {"care of two months", BILL CARE("2023-05-31", "2023-06-01") "days: 1\n" SUMS(0, 0, 0, 0, 0), YZ__CODE__INVALID,
     "/to", "long-term care of more than one month: it is billed by the month"},
    {"care of one month in two years", BILL CARE("2023-05-31", "2024-05-01") SUMS(0, 0, 0, 0, 0), YZ__CODE__INVALID,
     "/to", NULL},
    {"an odd id", "request_id: \"a b\"\nperson: p1\ninstitution: h1\n" FROM SUMS(1, 0, 0, 0, 1), YZ__CODE__INVALID,
     "/request_id", NULL},
    {"an empty person", "request_id: r1\nperson: \"\"\ninstitution: h1\n" FROM SUMS(1, 0, 0, 0, 1), YZ__CODE__INVALID,
     "/person", NULL},
    {"an odd caller", BILL FROM "caller: 甲\n" SUMS(1, 0, 0, 0, 1), YZ__CODE__INVALID, "/caller", NULL},
    {"a caller that is a stay's", BILL FROM "caller: encounter\n" SUMS(1, 0, 0, 0, 1), YZ__CODE__INVALID, "/caller",
     "\"encounter\" is no name of a caller: settlements of stays have it"},
    {"an institution that is", "request_id: r1\nperson: p1\ninstitution: encounter\n" FROM SUMS(1, 0, 0, 0, 1),
     YZ__CODE__INVALID, "/institution", NULL},
    {"one for which another calls",
     "request_id: r1\nperson: p1\ninstitution: encounter\ncaller: h1\n" FROM SUMS(1, 0, 0, 0, 1), 0, NULL, NULL},
    {"an odd disease", BILL FROM "disease: \"M 1\"\n" SUMS(1, 0, 0, 0, 1), YZ__CODE__INVALID, "/disease", NULL},
    {"before there was insurance", BILL "setting: inpatient\nfrom: 1989-12-31\n" SUMS(1, 0, 0, 0, 1), YZ__CODE__INVALID,
     "/from", "1989-12-31 is not a day of insured care"},
    {"ends before it begins", BILL FROM "to: 2023-04-30\n" SUMS(1, 0, 0, 0, 1), YZ__CODE__INVALID, "/to", NULL},
    {"a year and a day is the longest", BILL FROM "to: 2024-05-01\n" SUMS(1, 0, 0, 0, 1), 0, NULL, NULL},
    {"longer", BILL FROM "to: 2024-05-02\n" SUMS(1, 0, 0, 0, 1), YZ__CODE__INVALID, "/to", NULL},
    {"no days", BILL FROM "days: 0\n" SUMS(1, 0, 0, 0, 1), YZ__CODE__INVALID, "/days", NULL},
    {"nothing to pay", BILL FROM, YZ__CODE__INVALID, "", NULL},
    {"lines and sums", BILL FROM "lines: [" LINE(1, 1, 1.00) "]\n" SUMS(1, 0, 0, 0, 1), YZ__CODE__INVALID, "", NULL},
    {"a negative wish", BILL FROM "use_account: -1.00\n" SUMS(1, 0, 0, 0, 1), YZ__CODE__INVALID, "/use_account", NULL},
    {"a negative sum", BILL FROM SUMS(1, -1, 0, 0, 2), YZ__CODE__INVALID, "/sums/own_expense", NULL},
    {"sums that do not add up", BILL FROM SUMS(10, 1, 2, 3, 5), YZ__CODE__INVALID, "/sums/total",
     "own_expense + over_limit + first_pay + in_policy gives 11.00, not 10.00"},
    {"a bill of nothing", BILL FROM SUMS(0, 0, 0, 0, 0), YZ__CODE__INVALID, "/sums/total", NULL},
    {"a negative listed sum",
     BILL FROM "sums: {total: 1, own_expense: 0, over_limit: 0, first_pay: 0, in_policy: 1, "
               "listed: {list: drugs, in_policy: -1}}\n",
     YZ__CODE__INVALID, "/sums/listed/0", NULL},
    {"a line that does not multiply", BILL FROM "lines: [" LINE(1, 1, 1.00) ", " LINE(3, 0.335, 1.00) "]\n",
     YZ__CODE__INVALID, "/lines/1/amount", "quantity x unit_price, half up to the fen, gives 1.01, not 1.00"},
    {"a line of nothing", BILL FROM "lines: [" LINE(0, 1, 0.00) "]\n", YZ__CODE__INVALID, "/lines/0/quantity", NULL},
    {"a negative line", BILL FROM "lines: [" LINE(1, 1, -1.00) "]\n", YZ__CODE__INVALID, "/lines/0/amount", NULL},
    {"a line beyond measure", BILL FROM "lines: [" LINE(1000000000, 1000000000, 1.00) "]\n", YZ__CODE__INVALID,
     "/lines/0/amount", NULL},
    {"lines beyond measure together",
     BILL FROM "lines: [" LINE(100, 1000000000, 100000000000.00) ", " LINE(1, 1, 1.00) "]\n", YZ__CODE__INVALID,
     "/lines", NULL},
    {"an odd item", BILL FROM "lines: {item: \"A/1\", quantity: 1, unit_price: 1, amount: 1.00}\n",
     YZ__CODE__UNKNOWN_ITEM, "/lines/0/item", NULL},
    {"a fee outside the stay",
     BILL FROM "lines: {item: A1, quantity: 1, unit_price: 1, amount: 1.00, on: 2023-05-02}\n", YZ__CODE__INVALID,
     "/lines/0/on", NULL},
    {"free lines", BILL FROM "lines: [" LINE(1, 0, 0.00) "]\n", YZ__CODE__INVALID, "/lines", NULL},
};

static void bills_by_table(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(cases); i++) {
    const Yz__Problem *problem = bill_check(bill_of(cases[i].yaml), &arena);
    if ((problem ? (int)problem->code : 0) != (int)cases[i].code)
      fail_msg("%s: %s", cases[i].name, problem ? problem->detail : "was taken");
    if (!problem) continue;
    if (strcmp(problem->pointer ? problem->pointer : "", cases[i].pointer) != 0)
      fail_msg("%s: points to %s", cases[i].name, problem->pointer);
    if (cases[i].detail) assert_string_equal(problem->detail, cases[i].detail);
  }
}

static void too_many_lines_are_too_large(void **state) {
  (void)state;
  Yz__Bill *bill = bill_of(BILL FROM "lines: [" LINE(1, 1, 1.00) "]\n");
  Yz__FeeLine *line = bill->lines[0];
  bill->n_lines = 2000;
  bill->lines = arena_alloc(&arena, 2001 * sizeof *bill->lines);
  for (size_t i = 0; i < 2001; i++) bill->lines[i] = line;
  assert_null(bill_check(bill, &arena));
  bill->n_lines = 2001;
  assert_int_equal(bill_check(bill, &arena)->code, YZ__CODE__TOO_LARGE);
}

static void the_key_makes_the_id(void **state) {
  (void)state;
  char one[SETTLEMENT_ID_MAX], two[SETTLEMENT_ID_MAX];
  Yz__Bill *bill = bill_of(BILL FROM SUMS(1, 0, 0, 0, 1));
  bill_settlement_id(bill, one);
  bill->caller = (char *)"h1"; /* the default, said aloud */
  bill_settlement_id(bill, two);
  assert_string_equal(one, two);
  bill->caller = (char *)"h2";
  bill_settlement_id(bill, two);
  assert_string_not_equal(one, two);
  /* an encounter is settled once, whoever asks */
  bill->encounter = (char *)"e1";
  bill_settlement_id(bill, one);
  bill->caller = NULL;
  bill->request_id = (char *)"another";
  bill_settlement_id(bill, two);
  assert_string_equal(one, two);
}

static void the_service_date_is_the_last_day(void **state) {
  (void)state;
  assert_int_equal(bill_day(bill_of(BILL FROM SUMS(1, 0, 0, 0, 1))), date_of(2023, 5, 1));
  assert_int_equal(bill_day(bill_of(BILL FROM "to: 2024-01-02\n" SUMS(1, 0, 0, 0, 1))), date_of(2024, 1, 2));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bills_by_table),
      cmocka_unit_test(too_many_lines_are_too_large),
      cmocka_unit_test(the_key_makes_the_id),
      cmocka_unit_test(the_service_date_is_the_last_day),
  };
  return cmocka_run_group_tests(tests, house_open, house_close);
}
