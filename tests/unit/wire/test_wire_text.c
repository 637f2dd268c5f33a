/* The growing text, UTF-8, and the way to a value. */
#include "test.h"

#include "bounds.h"
#include "path.h"
#include "text.h"
#include "utf8.h"

#include <stdio.h>

static void grows(void **state) {
  (void)state;
  struct text text;
  text_init(&text);
  assert_string_equal(text_string(&text), "");
  for (int i = 0; i < 1000; i++) text_addf(&text, "%d,", i % 10);
  assert_int_equal(text.n, 2000);
  assert_int_equal(strlen(text.bytes), 2000);
  assert_memory_equal(text.bytes + 1990, "5,6,7,8,9,", 11);
  text_cut(&text, 2);
  text_add_times(&text, "ab", 2);
  text_add_char(&text, '!');
  assert_string_equal(text_string(&text), "0,abab!");
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  const char *copy = text_copy(&text, &arena);
  text_clear(&text);
  assert_string_equal(copy, "0,abab!");
  assert_string_equal(text_string(&text), "");
  text_free(&text);
  text_free(&text);
  arena_free(&arena);
}

static void escapes(void **state) {
  (void)state;
  struct text text = {0};
  text_add_json(&text, "a\"\\/\n\x7f\x1f 淄\xf0\xa0\xae\xb7");
  assert_string_equal(text_string(&text), "\"a\\\"\\\\/\\u000a\\u007f\\u001f 淄𠮷\"");
  text_free(&text);
}

static void knows_utf8(void **state) {
  (void)state;
  static const char *const good[] = {
      "", "a", "\x7f", "é", "淄", "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
  static const char *const bad[] = {"\x80",         "\xc0\xaf",         "\xc1\xbf",         "\xc2",     "\xe0\x9f\xbf",
                                    "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80", "\xe6\xb7",
                                    "a\xff"};
  for (size_t i = 0; i < COUNT(good); i++) assert_true(utf8_valid(good[i], strlen(good[i])));
  for (size_t i = 0; i < COUNT(bad); i++) assert_false(utf8_valid(bad[i], strlen(bad[i])));
  assert_false(utf8_valid("a\0b", 3));
  assert_int_equal(utf8_character("淄a", 4), 3);
}

/* Each kind of character at each place of texts of each length: words of eight bytes, their ends and short texts are
 * looked at in other ways. */
static void knows_utf8_at_each_place(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t n;
    bool good;
  } kinds[] = {{"\x7f", 1, true},  {"é", 2, true},         {"淄", 3, true},
               {"𠮷", 4, true},    {"", 1, false},         {"\x80", 1, false},
               {"\xc2", 1, false}, {"\xe6\xb7", 2, false}, {"\xed\xa0\x80", 3, false}};
  for (size_t k = 0; k < COUNT(kinds); k++)
    for (size_t n = kinds[k].n; n <= 33; n++)
      for (size_t at = 0; at + kinds[k].n <= n; at++) {
        char text[33];
        memset(text, 'x', sizeof text);
        memcpy(text + at, kinds[k].bytes, kinds[k].n);
        assert_int_equal(utf8_valid(text, n), kinds[k].good);
      }
}

static void points(void **state) {
  (void)state;
  const struct path a = {.name = "a/b~", .name_n = 4}, b = {.up = &a, .index = 12},
                    c = {.up = &b, .name = "x", .name_n = 1};
  struct text text = {0};
  path_pointer(NULL, &text);
  assert_string_equal(text_string(&text), "");
  path_pointer(&c, &text);
  assert_string_equal(text_string(&text), "/a~1b~0/12/x");
  assert_int_equal(path_quote("淄博", 6, 6), 6);
  assert_int_equal(path_quote("淄博", 6, 5), 3);
  assert_int_equal(path_quote("淄博", 6, 2), 0);
  text_free(&text);
}

/* Escapes are looked for eight bytes at a time: each byte at each place of more than two eights, beside quiet and loud
 * neighbours. */
static void every_byte_is_escaped_wherever_it_stands(void **state) {
  (void)state;
  enum { LENGTH = 19 };
  static const char around[] = {'a', ' ', '!', '#', '[', ']', '~', '\x1f', '\x7f', '\x80', '\xff', '"'};
  for (size_t a = 0; a < sizeof around; a++)
    for (size_t at = 0; at < LENGTH; at++)
      for (unsigned byte = 1; byte < 256; byte++) {
        char string[LENGTH + 1], expected[6 * LENGTH + 3], *end = expected;
        memset(string, around[a], LENGTH);
        string[at] = (char)byte;
        string[LENGTH] = '\0';
        *end++ = '"';
        for (const char *c = string; *c; c++)
          end += (unsigned char)*c < 0x20 || *c == 0x7f ? sprintf(end, "\\u%04x", (unsigned)(unsigned char)*c)
                 : *c == '"' || *c == '\\'              ? sprintf(end, "\\%c", *c)
                                                        : sprintf(end, "%c", *c);
        strcpy(end, "\"");
        struct text text = {0};
        text_add_json(&text, string);
        assert_string_equal(expected, text_string(&text));
        text_free(&text);
      }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(grows),      cmocka_unit_test(escapes),
      cmocka_unit_test(knows_utf8), cmocka_unit_test(knows_utf8_at_each_place),
      cmocka_unit_test(points),     cmocka_unit_test(every_byte_is_escaped_wherever_it_stands)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
