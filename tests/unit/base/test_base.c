#include "arena.h"
#include "date.h"
#include "id.h"
#include "money.h"
#include "problem.h"
#include "splitmix.h"
#include "test.h"

#include <inttypes.h>
#include <stdio.h>

static void fen_reads_only_yuan_with_two_decimals(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t fen;
    bool ok;
  } cases[] = {
      {"0", 0, true},
      {"0.1", 10, true},
      {"0.01", 1, true},
      {"1234.50", 123450, true},
      {"-1234.5", -123450, true},
      {"100000000000", FEN_MAX, true},
      {"", 0, false},
      {"-", 0, false},
      {".5", 0, false},
      {"5.", 0, false},
      {"1.234", 0, false},
      {"1e5", 0, false},
      {"007", 0, false},
      {" 1", 0, false},
      {"1,000", 0, false},
      {"100000000000.01", 0, false},
      {"99999999999999999999999", 0, false},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    int64_t fen = 0;
    assert_int_equal(cases[i].ok, fen_read(cases[i].text, strlen(cases[i].text), &fen));
    if (cases[i].ok) assert_int_equal(cases[i].fen, fen);
  }
}

static void fen_prints_back(void **state) {
  (void)state;
  char text[MONEY_TEXT_MAX];
  assert_string_equal("1234.50", fen_print(123450, text));
  assert_string_equal("-0.01", fen_print(-1, text));
  assert_string_equal("-1,234,567.08", fen_print_grouped(-123456708, text));
  assert_string_equal("999.00", fen_print_grouped(99900, text));
  for (int64_t fen = -100000; fen < 100000; fen += 7) {
    int64_t back;
    fen_print(fen, text);
    assert_true(fen_read(text, strlen(text), &back));
    assert_int_equal(fen, back);
  }
}

/* Against printf: all lengths, all decimals. */
static void fixed_prints_as_printf_does(void **state) {
  (void)state;
  static const int64_t powers[] = {1, 10, 100, 1000, 10000};
  uint64_t seed = 5;
  for (int round = 0; round < 20000; round++) {
    const int places = round % 5;
    int64_t value = (int64_t)(splitmix_next(&seed) >> (1 + splitmix_next(&seed) % 63));
    if (round % 7 == 0) value = powers[splitmix_next(&seed) % 5] * (int64_t)(splitmix_next(&seed) % 12);
    if (splitmix_next(&seed) % 2) value = -value;
    const uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value, one = (uint64_t)powers[places];
    char expected[64], printed[MONEY_TEXT_MAX];
    if (places)
      snprintf(expected, sizeof expected, "%s%" PRIu64 ".%0*" PRIu64, value < 0 ? "-" : "", size / one, places,
               size % one);
    else
      snprintf(expected, sizeof expected, "%" PRId64, value);
    assert_ptr_equal(printed + strlen(expected), fixed_print(value, places, printed));
    assert_string_equal(expected, printed);
  }
  char least[MONEY_TEXT_MAX];
  fixed_print(INT64_MIN, 4, least);
  assert_string_equal("-922337203685477.5808", least);
  assert_ptr_equal(least + 20, unsigned_print(UINT64_MAX, least));
  assert_string_equal("18446744073709551615", least);
  assert_ptr_equal(least + 1, unsigned_print(0, least));
  assert_string_equal("0", least);
}

static void ratios_and_decimals(void **state) {
  (void)state;
  char text[MONEY_TEXT_MAX];
  int32_t ratio;
  uint64_t decimal;
  assert_true(ratio_read("92.5%", 5, &ratio));
  assert_int_equal(9250, ratio);
  assert_string_equal("92.5%", ratio_print(ratio, text));
  assert_false(ratio_read("0.85", 4, &ratio));
  assert_false(ratio_read("85.125%", 7, &ratio));
  assert_true(decimal_read("1.3333", 6, &decimal));
  assert_int_equal(13333, decimal);
  assert_string_equal("1.3333", decimal_print(decimal, text));
  assert_false(decimal_read("-1", 2, &decimal));
}

static void products_round_half_up_once(void **state) {
  (void)state;
  int64_t fen;
  assert_int_equal(1, divide_half_up(1, 2));
  assert_int_equal(-1, divide_half_up(-1, 2));
  assert_int_equal(0, divide_half_up(49, 100));
  assert_int_equal(2974368, fen_share(3965824, 7500)); /* 39 658.24 x 75 % = 29 743.68 */
  assert_true(fen_of_line(15000, 33333, &fen));        /* 1.5 x 3.3333 = 4.99995 -> 5.00 */
  assert_int_equal(500, fen);
  assert_false(fen_of_line(UINT64_C(10000000000000), UINT64_C(10000000000000), &fen));
}

static void dates_go_there_and_back(void **state) {
  (void)state;
  char text[DATE_TEXT_MAX];
  for (int32_t day = DATE_MIN; day <= DATE_MAX; day++) {
    int32_t back;
    date_print(day, text);
    assert_true(date_read(text, 10, &back));
    assert_int_equal(day, back);
  }
  int32_t day;
  assert_false(date_read("2023-02-29", 10, &day));
  assert_true(date_read("2024-02-29", 10, &day));
  assert_string_equal("2025-02-28", date_print(date_add_months(day, 12), text));
  assert_string_equal("2023-11-29", date_print(date_add_months(day, -3), text));
  assert_int_equal(0, date_age(date_of(2024, 2, 29), date_of(2025, 2, 28)));
  assert_int_equal(1, date_age(date_of(2024, 2, 29), date_of(2025, 3, 1)));
}

static void instants_are_utc_and_days_are_shanghai(void **state) {
  (void)state;
  char text[DATE_TEXT_MAX];
  int64_t at;
  assert_true(instant_read("2023-12-31T16:00:00Z", 20, &at));
  assert_int_equal(date_of(2024, 1, 1), date_of_instant(at));
  assert_int_equal(date_of(2023, 12, 31), date_of_instant(at - 1));
  assert_string_equal("2023-12-31T15:59:59.999Z", instant_print(at - 1, text));
  assert_true(instant_read("2024-01-01T00:00:00.000+08:00", 29, &at));
  assert_string_equal("2023-12-31T16:00:00.000Z", instant_print(at, text));
}

static void settlement_ids_name_their_bucket(void **state) {
  (void)state;
  char a[SETTLEMENT_ID_MAX], b[SETTLEMENT_ID_MAX];
  uint32_t bucket;
  settlement_id_make(a, "H1", "r1", "p1");
  settlement_id_make(b, "H1", "r1", "p1");
  assert_string_equal(a, b);
  settlement_id_make(b, "H1r", "1", "p1"); /* members are delimited */
  assert_string_not_equal(a, b);
  assert_true(settlement_id_bucket(a, &bucket));
  assert_int_equal(id_bucket("p1"), bucket);
  assert_false(settlement_id_bucket("S0000", &bucket));
  assert_false(id_valid(""));
  assert_false(id_valid("a b"));
  assert_true(id_valid("P-370303.1_x"));
}

static void arenas_keep_to_their_ceiling(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, 100000);
  assert_non_null(arena_try(&arena, 60000));
  assert_null(arena_try(&arena, 60000));
  assert_null(arena_try(&arena, SIZE_MAX));
  arena_reset(&arena);
  assert_non_null(arena_try(&arena, 90000));
  assert_true(arena_held(&arena) > 90000);
  arena_reset(&arena);
  assert_true(arena_held(&arena) < 20000); /* who is used again does not keep what one large request took */
  assert_non_null(arena_try(&arena, 90000));
  assert_string_equal("a=1", arena_format(&arena, "a=%d", 1));
  arena_free(&arena);
}

static void every_code_has_a_kind(void **state) {
  (void)state;
  for (unsigned i = 0; i < yz__code__descriptor.n_values; i++) {
    const struct problem_kind *kind = problem_kind((Yz__Code)yz__code__descriptor.values[i].value);
    assert_non_null(kind->title);
    assert_non_null(kind->remedy);
    assert_true(kind->status >= 400 && kind->status < 600);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fen_reads_only_yuan_with_two_decimals),
      cmocka_unit_test(fen_prints_back),
      cmocka_unit_test(fixed_prints_as_printf_does),
      cmocka_unit_test(ratios_and_decimals),
      cmocka_unit_test(products_round_half_up_once),
      cmocka_unit_test(dates_go_there_and_back),
      cmocka_unit_test(instants_are_utc_and_days_are_shanghai),
      cmocka_unit_test(settlement_ids_name_their_bucket),
      cmocka_unit_test(arenas_keep_to_their_ceiling),
      cmocka_unit_test(every_code_has_a_kind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
