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

/* One of three who wait leaves; the others keep their order, and who comes then is behind them. */
static void test_leaving(void **state) {
  (void)state;
  static struct turns turns;
  for (size_t who = 0; who < 3; who++) {
    struct turn holder, waiting[3], late;
    assert_true(turn_take(&turns, &holder, "p1"));
    for (size_t i = 0; i < 3; i++) assert_false(turn_take(&turns, &waiting[i], "p1"));
    turn_leave(&turns, &waiting[who]);
    assert_false(turn_take(&turns, &late, "p1"));
    struct turn *has = &holder;
    for (size_t i = 0; i < 3; i++) {
      if (i == who) continue;
      assert_ptr_equal(turn_give(&turns, has), &waiting[i]);
      has = &waiting[i];
    }
    assert_ptr_equal(turn_give(&turns, has), &late);
    assert_null(turn_give(&turns, &late));
  }
}

/* The only one who waits leaves. */
static void test_leaving_alone(void **state) {
  (void)state;
  static struct turns turns;
  struct turn holder, waiting, late;
  assert_true(turn_take(&turns, &holder, "p1"));
  assert_false(turn_take(&turns, &waiting, "p1"));
  turn_leave(&turns, &waiting);
  assert_false(turn_take(&turns, &late, "p1"));
  assert_ptr_equal(turn_give(&turns, &holder), &late);
  assert_null(turn_give(&turns, &late));
  for (size_t i = 0; i < BUCKETS; i++) assert_null(turns.having[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_in_order), cmocka_unit_test(test_shared_buckets),
                                     cmocka_unit_test(test_leaving), cmocka_unit_test(test_leaving_alone)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
