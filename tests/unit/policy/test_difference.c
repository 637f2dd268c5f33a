#include "test.h"

#include "date.h"
#include "difference.h"
#include "pack_texts.h"
#include "show.h"

static const char first[] =
    "pack: c\nversion: \"1\"\nname_zh: 一市\nname_en: City\nfrom: 2022-01-01\nto: 2022-12-31\n"
    "sources: [{id: law, title: The law, grade: official}, {id: guess, title: A guess, grade: assumed}]\n"
    "ladder: basic\n"
    "diseases: [{code: M1, name_zh: 高血压, name_en: Hypertension, source: law}]\n"
    "enrolment:\n"
    "  premiums: [{year: 2022, when: {standing: adult}, individual: 400.00, source: law}]\n"
    "  windows: [{year: 2022, opens: 2021-10-01, closes: 2021-12-31, benefits_from: 2022-01-01, source: law}]\n"
    "  waiting: [{months: 3, source: law}]\n"
    "remote: {source: law, filing_required: other_province, first_pay: [{when: {remote: temporary}, share: 10%}]}\n"
    "benefits:\n"
    "  - id: b\n    name_zh: 居民住院\n    name_en: Resident inpatient\n    tier: basic\n"
    "    payer: resident_basic_fund\n    applies: {setting: inpatient}\n"
    "    deductible: {per: year, amount: 500.00, source: guess}\n"
    "    rate: {source: law, rows: [{when: {level: tertiary}, rate: 55%}, {rate: 70%}]}\n"
    "    caps: [{per: year, amount: 150000.00, source: law}]\n"
    "  - id: gone\n    name_zh: 旧待遇\n    name_en: Old benefit\n    tier: basic\n    payer: resident_basic_fund\n"
    "    applies: {setting: emergency}\n    rate: {flat: 50%, source: law}\n";
static const char second[] =
    "pack: c\nversion: \"2\"\nname_zh: 一市\nname_en: City\nfrom: 2023-01-01\nto: 2023-12-31\n"
    "sources: [{id: law, title: The law, grade: official}, {id: guess, title: A guess, grade: assumed}]\n"
    "ladder: basic\n"
    "diseases: [{code: M2, name_zh: 糖尿病, name_en: Diabetes, source: law}]\n"
    "enrolment:\n"
    "  premiums: [{year: 2023, when: {standing: adult}, individual: 440.00, source: law}]\n"
    "  windows: [{year: 2023, opens: 2022-10-01, closes: 2022-12-31, benefits_from: 2023-01-01, source: law}]\n"
    "  waiting: [{months: 3, source: law}]\n"
    "remote: {source: law, filing_required: other_province, first_pay: [{when: {remote: temporary}, share: 20%}]}\n"
    "benefits:\n"
    "  - id: b\n    name_zh: 居民住院\n    name_en: Resident inpatient\n    tier: basic\n"
    "    payer: resident_basic_fund\n    applies: {setting: inpatient}\n"
    "    rate: {source: law, rows: [{when: {level: tertiary}, rate: 60%}, {rate: 70%}]}\n"
    "    caps: [{per: year, amount: 200000.00, source: law}]\n"
    "    tilts: [{when: {category: orphan}, points: 5%, no_cap: true, source: law}]\n"
    "  - id: new\n    name_zh: 新待遇\n    name_en: New benefit\n    tier: basic\n    payer: resident_basic_fund\n"
    "    applies: {setting: day_surgery}\n    rate: {flat: 50%, source: law}\n";

static struct text compared(const char *const *packs, int32_t day_a, int32_t day_b, size_t *n) {
  struct shelf *shelf = shelf_of(2, packs);
  struct arena arena;
  struct policy a, b;
  struct text out = {0};
  arena_init(&arena, 1 << 24);
  assert_true(shelf_policy(shelf, "c", day_a, NULL, 0, &arena, &a));
  assert_true(shelf_policy(shelf, "c", day_b, NULL, 0, &arena, &b));
  *n = policy_difference(&a, &b, &out);
  arena_free(&arena);
  shelf_free(&shelf);
  return out;
}

static void changes_are_told_in_sentences(void **state) {
  (void)state;
  size_t n;
  struct text out = compared((const char *const[]){first, second}, date_of(2022, 5, 1), date_of(2023, 5, 1), &n);
  assert_string_equal(text_string(&out),
                      "2023年度缴费 成年居民：个人缴费由 400.00 元 调整为 440.00 元\n"
                      "Premium 2023, adult: individual changed from 400.00 yuan to 440.00 yuan\n"
                      "2023年度集中缴费期：开始由 2021-10-01 调整为 2022-10-01\n"
                      "Enrolment window 2023: opens changed from 2021-10-01 to 2022-10-01\n"
                      "2023年度集中缴费期：结束由 2021-12-31 调整为 2022-12-31\n"
                      "Enrolment window 2023: closes changed from 2021-12-31 to 2022-12-31\n"
                      "2023年度集中缴费期：待遇起始由 2022-01-01 调整为 2023-01-01\n"
                      "Enrolment window 2023: benefits from changed from 2022-01-01 to 2023-01-01\n"
                      "居民住院：起付线由 500.00 元 调整为 不设\n"
                      "Resident inpatient: deductible changed from 500.00 yuan to none\n"
                      "居民住院 三级：报销比例由 55% 调整为 60%\n"
                      "Resident inpatient, level 3: rate changed from 55% to 60%\n"
                      "居民住院：每年封顶线由 150,000.00 元 调整为 200,000.00 元\n"
                      "Resident inpatient: cap on the payment a year changed from 150,000.00 yuan to 200,000.00 yuan\n"
                      "居民住院 孤儿：新增倾斜 比例提高5%，不设封顶线\n"
                      "Resident inpatient, orphan: tilt added: rate plus 5%, no cap\n"
                      "新增待遇：新待遇（new）\n"
                      "Benefits added: New benefit (new)\n"
                      "异地就医 临时外出就医：先行自付比例由 10% 调整为 20%\n"
                      "Remote care, temporary care elsewhere: first-pay changed from 10% to 20%\n"
                      "新增门诊慢特病病种：糖尿病（M2）\n"
                      "Diseases added: Diabetes (M2)\n"
                      "居民住院：不再载明起付线口径（原为 每年）\n"
                      "Resident inpatient: deductible per no longer stated (was a year)\n"
                      "取消待遇：旧待遇（gone）\n"
                      "Benefits dropped: Old benefit (gone)\n"
                      "取消门诊慢特病病种：高血压（M1）\n"
                      "Diseases dropped: Hypertension (M1)\n");
  assert_int_equal(n, 14);
  text_free(&out);
}

static void the_same_rules_differ_in_nothing(void **state) {
  (void)state;
  size_t n;
  struct text out = compared((const char *const[]){first, second}, date_of(2022, 5, 1), date_of(2022, 6, 1), &n);
  assert_int_equal(n, 0);
  assert_string_equal(text_string(&out), "");
  text_free(&out);
}

/* The line of a table that holds all of the words. */
static void assert_line(const char *text, const char *const *words, size_t n) {
  for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
    const size_t length = strcspn(line, "\n");
    size_t found = 0;
    for (size_t i = 0; i < n; i++) found += memmem(line, length, words[i], strlen(words[i])) != NULL;
    if (found == n) return;
  }
  fail_msg("no line with \"%s\" and what belongs to it in:\n%s", words[0], text);
}
#define ASSERT_LINE(text, ...)                                                                                         \
  assert_line(text, (const char *const[]){__VA_ARGS__}, COUNT(((const char *const[]){__VA_ARGS__})))

static void a_pack_is_shown_in_both_languages(void **state) {
  (void)state;
  struct shelf *shelf = shelf_of(1, (const char *const[]){first});
  struct arena arena;
  struct policy policy;
  struct text out = {0};
  arena_init(&arena, 1 << 24);
  assert_true(shelf_policy(shelf, "c", date_of(2022, 5, 1), NULL, 0, &arena, &policy));
  policy_show(&policy, &out);
  const char *text = text_string(&out);
  ASSERT_LINE(text, "c  1", "2022-01-01 .. 2022-12-31", "一市", "City");
  ASSERT_LINE(text, "居民住院  Resident inpatient  (b)");
  ASSERT_LINE(text, "报销比例", "rate", "三级", "level 3", "55%", "law");
  ASSERT_LINE(text, "  70%", "law");
  ASSERT_LINE(text, "起付线", "deductible", "500.00 元", "guess  [! 假定值 assumed]");
  ASSERT_LINE(text, "每年封顶线", "150,000.00 元");
  ASSERT_LINE(text, "个人缴费", "成年居民", "adult", "400.00 元");
  ASSERT_LINE(text, "等待期", "3个月", "3 months");
  ASSERT_LINE(text, "须备案", "跨省", "other province");
  ASSERT_LINE(text, "M1", "高血压", "Hypertension");
  ASSERT_LINE(text, "guess", "假定值", "assumed", "A guess");
  arena_free(&arena);
  text_free(&out);
  shelf_free(&shelf);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(changes_are_told_in_sentences),
      cmocka_unit_test(the_same_rules_differ_in_nothing),
      cmocka_unit_test(a_pack_is_shown_in_both_languages),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
