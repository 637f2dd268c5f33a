/* Pieces to lines: every cut of a text gives the same lines, and memory stays within the limit. */
#include "test.h"

#include "http_lines.h"

#include <stdio.h>

enum { LINE_MAX_HERE = 8 };

/* Lines as "number:text;", a too long one as "number!;". */
static const char *read_cut(const char *text, size_t n, size_t cut, bool whole) {
  static char told[512];
  struct http_lines lines;
  struct http_line line;
  size_t at = 0;
  http_lines_init(&lines, LINE_MAX_HERE);
  for (int piece = 0; piece < 3; piece++) {
    if (piece < 2) { /* each in memory of its own length, so that reading behind it is seen */
      const size_t from = piece == 0 ? 0 : cut, size = piece == 0 ? cut : n - cut;
      char *copy = malloc(size + 1);
      assert_non_null(copy);
      memcpy(copy, text + from, size);
      http_lines_put(&lines, copy, size);
      free(copy);
    } else {
      http_lines_end(&lines, whole);
    }
    while (http_lines_next(&lines, &line)) {
      at += (size_t)snprintf(told + at, sizeof told - at, "%d", (int)line.number);
      at += line.too_long ? (size_t)snprintf(told + at, sizeof told - at, "!;")
                          : (size_t)snprintf(told + at, sizeof told - at, ":%.*s;", (int)line.n, line.bytes);
    }
    assert_true(http_lines_waiting(&lines) <= LINE_MAX_HERE);
  }
  told[at] = '\0';
  assert_int_equal(http_lines_waiting(&lines), 0);
  http_lines_free(&lines);
  return told;
}

static void test_every_cut(void **state) {
  (void)state;
  static const struct {
    const char *text, *whole, *cut_off;
  } cases[] = {
      {"", "", ""},
      {"a", "1:a;", ""},
      {"a\n", "1:a;", "1:a;"},
      {"a\nb", "1:a;2:b;", "1:a;"},
      {"a\r\nb\r\n", "1:a\r;2:b\r;", "1:a\r;2:b\r;"},
      {"\n\n \t\r\na\n\n", "4:a;", "4:a;"},
      {"  ", "", ""},
      {"12345678\n", "1:12345678;", "1:12345678;"},
      {"123456789\nb\n", "1!;2:b;", "1!;2:b;"},
      {"a\n123456789", "1:a;2!;", "1:a;"},
      {"                    \nb", "1!;2:b;", "1!;"},
      {"a\n123456789123456789123456789\nb\n123456789123456789\n", "1:a;2!;3:b;4!;", "1:a;2!;3:b;4!;"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    const size_t n = strlen(cases[i].text);
    for (size_t cut = 0; cut <= n; cut++) {
      assert_string_equal(read_cut(cases[i].text, n, cut, true), cases[i].whole);
      assert_string_equal(read_cut(cases[i].text, n, cut, false), cases[i].cut_off);
    }
  }
}

static void test_byte_for_byte(void **state) {
  (void)state;
  struct http_lines lines;
  struct http_line line;
  http_lines_init(&lines, LINE_MAX_HERE);
  uint64_t given = 0;
  for (int i = 0; i < 100000; i++) {
    http_lines_put(&lines, i % 5 == 4 ? "\n" : "x", 1);
    while (http_lines_next(&lines, &line)) {
      assert_int_equal(line.n, 4);
      assert_int_equal(line.number, ++given);
    }
  }
  assert_int_equal(given, 20000);
  assert_true(lines.bytes.room <= 1024);
  http_lines_free(&lines);
}

/* The body's last line is too long and has no LF: as long as it is not given, it waits. */
static void test_a_line_without_bytes_waits(void **state) {
  (void)state;
  struct http_lines lines;
  struct http_line line;
  http_lines_init(&lines, LINE_MAX_HERE);
  http_lines_put(&lines, "a\n123456789", 11);
  assert_true(http_lines_next(&lines, &line) && line.number == 1);
  assert_false(http_lines_next(&lines, &line));
  http_lines_end(&lines, true);
  assert_true(http_lines_waiting(&lines) > 0);
  assert_true(http_lines_next(&lines, &line) && line.too_long && line.number == 2);
  assert_int_equal(http_lines_waiting(&lines), 0);
  http_lines_free(&lines);
}

static void test_an_endless_line_takes_no_room(void **state) {
  (void)state;
  struct http_lines lines;
  struct http_line line;
  static const char much[1000];
  http_lines_init(&lines, LINE_MAX_HERE);
  for (int i = 0; i < 1000; i++) {
    http_lines_put(&lines, much, sizeof much);
    assert_false(http_lines_next(&lines, &line));
    assert_int_equal(http_lines_waiting(&lines), 1);
  }
  http_lines_put(&lines, "\nb\n", 3);
  assert_true(http_lines_next(&lines, &line) && line.too_long && line.number == 1);
  assert_true(http_lines_next(&lines, &line) && !line.too_long && line.number == 2 && line.n == 1);
  assert_true(lines.bytes.room <= 2048);
  http_lines_free(&lines);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_cut),
      cmocka_unit_test(test_byte_for_byte),
      cmocka_unit_test(test_a_line_without_bytes_waits),
      cmocka_unit_test(test_an_endless_line_takes_no_room),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
