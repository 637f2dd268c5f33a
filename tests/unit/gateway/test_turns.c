/* Turns by person: in order, one at a time, others unhindered. */
#include "test.h"

#include "turns.h"

#include <stdio.h>

static void test_in_order(void **state) {
  (void)state;
  static struct turns turns;
  struct turn a[4], b;
  assert_true(turn_take(&turns, &a[0], "p1"));
  for (int i = 1; i < 3; i++) assert_false(turn_take(&turns, &a[i], "p1"));
  assert_true(turn_take(&turns, &b, "p2"));
  assert_ptr_equal(turn_give(&turns, &a[0]), &a[1]);
  assert_false(turn_take(&turns, &a[3], "p1")); /* behind those who waited before */
  assert_ptr_equal(turn_give(&turns, &a[1]), &a[2]);
  assert_null(turn_give(&turns, &b));
  assert_ptr_equal(turn_give(&turns, &a[2]), &a[3]);
  assert_null(turn_give(&turns, &a[3]));
  assert_true(turn_take(&turns, &a[0], "p1"));
  assert_null(turn_give(&turns, &a[0]));
  for (size_t i = 0; i < BUCKETS; i++) assert_null(turns.having[i]);
}

/* Many persons, so that buckets are shared; each has two turns, given back in a mixed order. */
static void test_shared_buckets(void **state) {
  (void)state;
  enum { PERSONS = 3 * BUCKETS };
  static struct turns turns;
  static struct turn first[PERSONS], second[PERSONS];
  static char names[PERSONS][16];
  for (size_t i = 0; i < PERSONS; i++) {
    snprintf(names[i], sizeof names[i], "p%zu", i);
    assert_true(turn_take(&turns, &first[i], names[i]));
  }
  for (size_t i = 0; i < PERSONS; i++) assert_false(turn_take(&turns, &second[i], names[i]));
  for (size_t i = 0, at = 0; i < PERSONS; i++, at = (at + 1009) % PERSONS)
    assert_ptr_equal(turn_give(&turns, &first[at]), &second[at]);
  for (size_t i = 0; i < PERSONS; i++) assert_null(turn_give(&turns, &second[i]));
  for (size_t i = 0; i < BUCKETS; i++) assert_null(turns.having[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_in_order), cmocka_unit_test(test_shared_buckets)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
