/* The printed slip: columns line up, nothing is wider than the terminal, bars show the shares. */
#include "test.h"

#include "settlements.h"
#include "slip.h"
#include "wrap.h"

static void print(const char *json, enum language language, struct text *out) {
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  const struct explain_packs packs = packs_make(&arena);
  const Yz__Settlement *settlement = settlement_make(json, &arena);
  slip_print(settlement, explain(settlement, &packs, &arena), &packs, language, out);
  arena_free(&arena);
}

static void reads_languages(void **state) {
  (void)state;
  enum language language = LANGUAGE_EN;
  assert_true(language_read("zh", &language) && language == LANGUAGE_ZH);
  assert_true(language_read("en", &language) && language == LANGUAGE_EN);
  assert_true(language_read("both", &language) && language == LANGUAGE_BOTH);
  assert_false(language_read("", &language) || language_read("ZH", &language) || language_read("fr", &language));
}

static void prints_the_waterfall(void **state) {
  (void)state;
  struct text out = {0};
  print(first_stay, LANGUAGE_ZH, &out);
  /* 34 cells: 10,380 of 20,000 is 17.6, from 16.4 on */
  assert_non_null(strstr(out.bytes, "    总费用                         20,000.00  ██████████████████████████████████\n"
                                    "      全自费                          500.00\n"
                                    "      超限价自付                      300.00\n"
                                    "      乙类先行自付                  1,200.00\n"
                                    "      政策范围内                   18,000.00\n"
                                    "  - 居民基本医保统筹基金           10,380.00                  ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒\n"
                                    "  = 您个人负担                      9,620.00  ████████████████\n"
                                    "      个人账户                      1,000.00\n"
                                    "      个人现金                      8,620.00\n"));
  assert_non_null(strstr(out.bytes, "本人  张三，45 岁，居民医保，成年居民\n"));
  assert_non_null(strstr(out.bytes, "结算  S1，已结算 2023-10-17 10:03\n"));
  assert_non_null(strstr(out.bytes, "    出处  新闻发布会（2023-10-17）\n"));
  assert_non_null(strstr(out.bytes, "    出处  新闻发布会（2023-10-17）；假定：大病起付标准取自邻市\n"));
  text_free(&out);
}

static void amounts_end_in_one_column(void **state) {
  (void)state;
  static const char *const slips[] = {first_stay, later_stay};
  for (int language = LANGUAGE_ZH; language <= LANGUAGE_EN; language++) {
    for (size_t i = 0; i < COUNT(slips); i++) {
      struct text out = {0};
      print(slips[i], (enum language)language, &out);
      const char *start = strstr(out.bytes, language == LANGUAGE_ZH ? "（元）\n" : "(yuan)\n");
      const char *end = strstr(start, "\n\n");
      size_t lines = 0;
      for (const char *line = strchr(start, '\n') + 1; line < end; line = strchr(line, '\n') + 1) {
        const char *point = strchr(line, '.'); /* every amount has one, no label has */
        char before[256] = "";
        memcpy(before, line, (size_t)(point - line) + 3);
        assert_int_equal(text_columns(before), language == LANGUAGE_ZH ? 44 : 58);
        lines++;
      }
      assert_int_equal(lines, i == 0 ? 9 : 5);
      text_free(&out);
    }
  }
}

static void nothing_is_wider_than_the_terminal(void **state) {
  (void)state;
  static const char *const slips[] = {first_stay, later_stay};
  for (size_t i = 0; i < COUNT(slips); i++) {
    struct text out = {0};
    print(slips[i], LANGUAGE_BOTH, &out);
    char *save = NULL;
    for (char *line = strtok_r(out.bytes, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
      if (text_columns(line) > 80) fail_msg("%zu columns: %s", text_columns(line), line);
    text_free(&out);
  }
}

static void both_is_one_after_the_other(void **state) {
  (void)state;
  struct text zh = {0}, en = {0}, both = {0};
  print(later_stay, LANGUAGE_ZH, &zh);
  print(later_stay, LANGUAGE_EN, &en);
  print(later_stay, LANGUAGE_BOTH, &both);
  text_add(&zh, "\n");
  text_add(&zh, text_string(&en));
  assert_string_equal(text_string(&both), text_string(&zh));
  text_free(&zh);
  text_free(&en);
  text_free(&both);
}

struct wrap_case {
  const char *first, *text;
  size_t width;
  const char *lines;
};
static const struct wrap_case wraps[] = {
    {"", "", 10, "\n"},
    {"", "one two three", 7, "one two\nthree\n"},
    {"- ", "one two three", 7, "- one\n  two\n  three\n"},
    {"", "甲乙丙丁戊", 6, "甲乙丙\n丁戊\n"},
    {"", "甲乙丙，丁", 6, "甲乙\n丙，丁\n"},       /* a closing mark does not begin a line */
    {"", "甲乙（丙丁）", 6, "甲乙\n（丙\n丁）\n"}, /* an opening one does not end it */
    {"", "共 12,345.00 元", 9, "共\n12,345.00\n元\n"},
    {"", "averyveryverylongword b", 6, "averyveryverylongword\nb\n"},
    {"规  ", "甲\n乙  丙 ", 8, "规  甲\n    乙\n    丙\n"},
};

static void wraps_paragraphs(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(wraps); i++) {
    struct text out = {0};
    text_wrap(&out, wraps[i].first, wraps[i].text, wraps[i].width);
    assert_string_equal(text_string(&out), wraps[i].lines);
    text_free(&out);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_languages),
      cmocka_unit_test(prints_the_waterfall),
      cmocka_unit_test(amounts_end_in_one_column),
      cmocka_unit_test(nothing_is_wider_than_the_terminal),
      cmocka_unit_test(both_is_one_after_the_other),
      cmocka_unit_test(wraps_paragraphs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
