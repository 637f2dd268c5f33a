#include "test.h"

#include "columns.h"
#include "grid.h"

static void chinese_takes_two_columns(void **state) {
  (void)state;
  assert_int_equal(text_columns(""), 0);
  assert_int_equal(text_columns("abc"), 3);
  assert_int_equal(text_columns("三级"), 4);
  assert_int_equal(text_columns("（甲）：5%"), 10);
  assert_int_equal(text_columns("“两病”"), 6);
}

static void columns_are_aligned(void **state) {
  (void)state;
  struct grid grid = {0};
  struct text out = {0};
  grid_row(&grid, 3, (const char *const[]){"三级", "level 3", "60%"});
  grid_row(&grid, 3, (const char *const[]){"a", NULL, "5%"});
  grid_row(&grid, 2, (const char *const[]){"社区", "x"});
  grid_print(&grid, "  ", &out);
  assert_string_equal(text_string(&out), "  三级  level 3  60%\n"
                                         "  a              5%\n"
                                         "  社区  x\n");
  text_free(&out);
}

static void an_empty_column_takes_no_room(void **state) {
  (void)state;
  struct grid grid = {0};
  struct text out = {0};
  grid_row(&grid, 3, (const char *const[]){"a", "", "b"});
  grid_print(&grid, "", &out);
  assert_string_equal(text_string(&out), "a  b\n");
  text_free(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(chinese_takes_two_columns),
      cmocka_unit_test(columns_are_aligned),
      cmocka_unit_test(an_empty_column_takes_no_room),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
