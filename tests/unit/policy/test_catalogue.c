#include "test.h"

#include "catalogue.h"
#include "date.h"
#include "text.h"

#include <stdio.h>

#define HEADER "code,name,class,first_pay,limit,from,to\n"

static struct catalogue *read(const char *text, struct findings *findings) {
  findings_init(findings);
  return catalogue_read("c.csv", text, strlen(text), findings);
}

static void items_are_found_by_code_and_day(void **state) {
  (void)state;
  struct findings findings;
  struct catalogue *catalogue = read(HEADER "B1,\"药, 片\",B,10%,12.5,2023-01-01,2023-06-30\n"
                                            "A1,针,A,,,2023-01-01,2023-12-31\n"
                                            "B1,药片,B,5%,,2023-08-01,2023-12-31\n"
                                            "C1,护理,C,,,2023-01-01,2023-12-31\n",
                                     &findings);
  assert_non_null(catalogue);
  assert_int_equal(catalogue_size(catalogue), 4);
  const Yz__CatalogueItem *early = catalogue_find(catalogue, "B1", date_of(2023, 6, 30));
  assert_string_equal(early->name, "药, 片");
  assert_int_equal(early->item_class, YZ__ITEM_CLASS__CLASS_B);
  assert_int_equal(early->first_pay, 1000);
  assert_true(early->has_limit && early->limit == 125000);
  assert_null(catalogue_find(catalogue, "B1", date_of(2023, 7, 1)));
  const Yz__CatalogueItem *late = catalogue_find(catalogue, "B1", date_of(2023, 8, 1));
  assert_int_equal(late->first_pay, 500);
  assert_false(late->has_limit);
  assert_int_equal(catalogue_find(catalogue, "A1", date_of(2023, 1, 1))->item_class, YZ__ITEM_CLASS__CLASS_A);
  assert_int_equal(catalogue_find(catalogue, "C1", date_of(2023, 12, 31))->item_class, YZ__ITEM_CLASS__CLASS_C);
  assert_null(catalogue_find(catalogue, "A1", date_of(2022, 12, 31)));
  assert_null(catalogue_find(catalogue, "A1", date_of(2024, 1, 1)));
  assert_null(catalogue_find(catalogue, "A0", date_of(2023, 1, 1)));
  assert_null(catalogue_find(catalogue, "Z9", date_of(2023, 1, 1)));
  catalogue_free(&catalogue);
  assert_null(catalogue);
  findings_free(&findings);
}

static void faults_are_named_with_their_line(void **state) {
  (void)state;
  const struct {
    const char *text;
    int line;
    const char *reason;
  } faults[] = {
      {"", 1, "a catalogue begins with the line code,name,class,first_pay,limit,from,to"},
      {"code,name\n", 1, "a catalogue begins with the line code,name,class,first_pay,limit,from,to"},
      {HEADER "A1,针,A,,,2023-01-01\n", 2, "needs the seven fields code,name,class,first_pay,limit,from,to"},
      {HEADER "A 1,针,A,,,2023-01-01,2023-12-31\n", 2, "code must be 1 to 64 letters, digits, '-', '_' or '.'"},
      {HEADER "A1,,A,,,2023-01-01,2023-12-31\n", 2, "name must have 1 to 512 bytes"},
      {HEADER "A1,针,D,,,2023-01-01,2023-12-31\n", 2, "class must be A, B or C"},
      {HEADER "A1,针,B,,,2023-01-01,2023-12-31\n", 2, "first_pay belongs to class B, and class B needs it"},
      {HEADER "A1,针,A,5%,,2023-01-01,2023-12-31\n", 2, "first_pay belongs to class B, and class B needs it"},
      {HEADER "A1,针,B,101%,,2023-01-01,2023-12-31\n", 2, "first_pay must be a share such as 10%, from 0% to 100%"},
      {HEADER "A1,针,A,,1.23456,2023-01-01,2023-12-31\n", 2,
       "limit must be a unit price in yuan with up to four decimals, such as 12.5, or empty"},
      {HEADER "A1,针,A,,,2023-02-30,2023-12-31\n", 2, "from and to must be dates such as 2023-01-01"},
      {HEADER "A1,针,A,,,2023-12-31,2023-01-01\n", 2, "from must not be after to"},
      {HEADER "A1,针,A,,,2023-07-01,2023-12-31\nA1,针,A,,,2023-01-01,2023-07-01\n", 2,
       "code A1 is listed for some of these days in line 3 already: let each day have one line"},
  };
  for (size_t i = 0; i < COUNT(faults); i++) {
    struct findings findings;
    assert_null(read(faults[i].text, &findings));
    assert_int_equal(findings.n, 1);
    assert_string_equal(findings.all[0].file, "c.csv");
    assert_string_equal(findings.all[0].reason, faults[i].reason);
    assert_int_equal(findings.all[0].line, faults[i].line);
    findings_free(&findings);
  }
}

/* Every code of a large catalogue is found, and none between them. */
static void a_large_catalogue_is_searched(void **state) {
  (void)state;
  enum { ITEMS = 5000 };
  struct text text = {0};
  text_add(&text, HEADER);
  for (int i = 0; i < ITEMS; i++) text_addf(&text, "I%d,item,A,,,2023-01-01,2023-12-31\n", (i * 7919) % ITEMS * 2);
  struct findings findings;
  struct catalogue *catalogue = read(text_string(&text), &findings);
  assert_non_null(catalogue);
  for (int i = 0; i < 2 * ITEMS; i++) {
    char code[16];
    snprintf(code, sizeof code, "I%d", i);
    const Yz__CatalogueItem *item = catalogue_find(catalogue, code, date_of(2023, 5, 1));
    assert_true((item != NULL) == (i % 2 == 0));
    if (item) assert_string_equal(item->code, code);
  }
  catalogue_free(&catalogue);
  findings_free(&findings);
  text_free(&text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(items_are_found_by_code_and_day),
      cmocka_unit_test(faults_are_named_with_their_line),
      cmocka_unit_test(a_large_catalogue_is_searched),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
