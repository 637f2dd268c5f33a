#include "test.h"

#include "pack_texts.h"

struct refusal {
  const char *text;     /* behind PACK_HEAD; its first line is line 13 */
  const char *findings; /* "LINE: reason\n" .. */
};

static void expect_all(const struct refusal *refusals, size_t n) {
  struct text pack = {0}, found = {0};
  for (size_t i = 0; i < n; i++) {
    text_clear(&pack);
    text_add(&pack, PACK_HEAD);
    text_add(&pack, refusals[i].text);
    assert_string_equal(findings_of(text_string(&pack), &found), refusals[i].findings);
  }
  text_free(&pack);
  text_free(&found);
}

static void expect_pack(const char *pack, const char *findings) {
  struct text found = {0};
  assert_string_equal(findings_of(pack, &found), findings);
  text_free(&found);
}

#define RATE(text) BENEFIT_HEAD("b") "    applies: {scheme: resident, setting: inpatient}\n" text
#define FLAT "    rate: {flat: 60%, source: law}\n"

static void a_sound_pack_has_no_findings(void **state) {
  (void)state;
  expect_all(&(struct refusal){BENEFIT_SOUND("b"), ""}, 1);
}

static void tables_are_complete_and_every_row_counts(void **state) {
  (void)state;
  const struct refusal refusals[] = {
      {RATE("    rate:\n      source: law\n      rows:\n        - {when: {level: tertiary}, rate: 60%}\n"
            "        - {when: {level: [primary, secondary]}, rate: 70%}\n"),
       "20: b: the table of rates has no row for {level: [community, ungraded]}: add a row, or let `applies` "
       "exclude the case\n"},
      {RATE("    rate: {flat: 60%, source: law}\n    deductible:\n      per: stay\n      source: law\n      rows:\n"
            "        - {when: {stay: 1}, amount: 100.00}\n        - {when: {stay: 3+}, amount: 0}\n"),
       "21: b: the table of deductibles has no row for {stay: 2}: add a row, or let `applies` exclude the case\n"},
      {RATE("    rate:\n      source: law\n      rows:\n        - {when: {standing: adult, age: 60+}, rate: 60%}\n"
            "        - {when: {standing: student_child}, rate: 70%}\n"),
       "20: b: the table of rates has no row for {scheme: resident, standing: adult, age: 0-59}: add a row, or let "
       "`applies` exclude the case\n"},
      {RATE("    rate:\n      source: law\n      rows:\n        - {when: {category: [orphan, monitored]}, rate: 60%}\n"
            "        - {when: {category: edge_family}, rate: 70%}\n"),
       "20: b: the table of rates has no row for {no category that a row names}: add a row, or let `applies` exclude "
       "the case\n"},
      {RATE("    rate:\n      source: law\n      rows:\n        - {when: {disease: M1}, rate: 60%}\n"
            "        - {when: {disease: M2}, rate: 70%}\n"),
       "20: b: the table of rates has no row for {no disease, or one that no row names}: add a row, or let `applies` "
       "exclude the case\n"},
      {RATE("    rate:\n      source: law\n      rows:\n        - {when: {reach: same_city}, rate: 60%}\n"
            "        - {when: {remote: [long_term_filed, referred, rescue, temporary]}, rate: 50%}\n"),
       "20: b: the table of rates has no row for {reach: same_province, remote: unfiled}: add a row, or let `applies` "
       "exclude the case\n"},
      {RATE("    rate:\n      source: law\n      rows:\n        - {rate: 60%}\n"
            "        - {when: {category: orphan}, rate: 70%}\n"),
       "23: b: this row of the table of rates never counts, the rows before it take all its cases: move it before "
       "them, or drop it\n"},
      {RATE("    rate:\n      source: law\n      rows:\n        - {when: {scheme: employee}, rate: 60%}\n"
            "        - {rate: 70%}\n"),
       "22: b: this row of the table of rates never counts, no case within `applies` fits it: correct its `when`, or "
       "drop it\n"},
      {RATE(FLAT "    deductible: {per: year, amount: 500.00, source: law}\n    tilts:\n"
                 "      - {when: {category: [orphan, monitored]}, deductible_share: 50%, source: law}\n"
                 "      - {when: {category: orphan}, deductible_share: 0%, source: law}\n"),
       "23: b: this row of the table of tilts never counts, the rows before it take all its cases: move it before "
       "them, or drop it\n"},
  };
  expect_all(refusals, COUNT(refusals));
}

static void complete_tables_pass(void **state) {
  (void)state;
  const struct refusal sound[] = {
      {RATE("    rate:\n      source: law\n      rows:\n        - {when: {category: orphan, level: tertiary}, rate: "
            "65%}\n"
            "        - {when: {level: tertiary, age: -59}, rate: 60%}\n"
            "        - {when: {level: tertiary, age: 60+}, rate: 61%}\n"
            "        - {when: {level: [community, primary, secondary, ungraded]}, rate: 70%}\n"),
       ""},
      {RATE("    rate:\n      source: law\n      rows:\n        - {when: {reach: same_city}, rate: 60%}\n"
            "        - {when: {remote: [long_term_filed, referred, rescue, temporary, unfiled]}, rate: 50%}\n"),
       ""},
      {BENEFIT_HEAD("b") "    applies: {setting: long_term_care, form: [home_visit, home_self]}\n"
                         "    rate:\n      source: law\n      rows:\n        - {when: {form: home_visit}, rate: 80%}\n"
                         "        - {when: {form: home_self}, rate: 90%}\n",
       ""},
      {BENEFIT_HEAD("b") "    applies: {category: [orphan, monitored], not_category: edge_family}\n"
                         "    rate:\n      source: law\n      rows:\n        - {when: {category: orphan}, rate: 80%}\n"
                         "        - {when: {category: monitored}, rate: 90%}\n",
       ""},
  };
  expect_all(sound, COUNT(sound));
}

static void brackets_rise_and_say_where_they_are_measured(void **state) {
  (void)state;
  const struct refusal refusals[] = {
      {RATE("    rate: {source: law, steps: [{to: 100.00, rate: 60%}, {rate: 70%}]}\n"),
       "19: b: brackets need `measured`: do their bounds count including_deductible or above_deductible?\n"},
      {RATE("    rate:\n      measured: above_deductible\n      source: law\n      steps:\n"
            "        - {to: 200.00, rate: 60%}\n        - {to: 100.00, rate: 65%}\n        - {rate: 70%}\n"),
       "24: b: brackets must rise: this one ends at 100.00, the one before at 200.00\n"},
      {RATE("    rate:\n      measured: above_deductible\n      source: law\n      steps:\n"
            "        - {to: 200.00, rate: 60%}\n        - {rate: 65%}\n        - {to: 300.00, rate: 70%}\n"),
       "24: b: bracket 2 of 3 needs `to`: only the last one is open\n"
       "25: b: the last bracket has no upper bound: drop `to`; a limit belongs in `caps`\n"},
      {RATE("    rate:\n      source: law\n      steps:\n        - {source: law}\n"),
       "22: b: exactly one of `rate` and `rows` is needed: there is none\n"},
  };
  expect_all(refusals, COUNT(refusals));
}

static void values_have_sources_that_exist(void **state) {
  (void)state;
  const struct refusal refusals[] = {
      {RATE("    rate: {flat: 60%}\n"),
       "19: b: has no `source`: name where the value comes from, as \"<source id>: place\"\n"},
      {RATE("    rate: {flat: 60%, source: \"low: article 3\"}\n"),
       "19: b: the source `low` is not in `sources` of this pack or its ancestors: add it there, or correct the "
       "name\n"},
      {RATE("    rate:\n      rows:\n        - {when: {standing: adult}, rate: 60%, source: law}\n"
            "        - {when: {standing: student_child}, rate: 70%}\n"),
       "22: b: has no `source`: name where the value comes from, as \"<source id>: place\"\n"},
  };
  expect_all(refusals, COUNT(refusals));
  expect_all(&(struct refusal){RATE("    rate: {flat: 60%}\n    source: \"law: article 3\"\n"), ""}, 1);
}

static void values_are_within_bounds(void **state) {
  (void)state;
  const struct refusal refusals[] = {
      {RATE("    rate: {flat: 160%, source: law}\n"), "19: b: `flat: 160%` must lie within 0% to 100%\n"},
      {RATE("    rate: {source: law, rows: [{own_share: -5%}]}\n"),
       "19: b: `own_share: -5%` must lie within 0% to 100%\n"},
      {RATE("    rate: {source: law, rows: [{rate: 50%, own_share: 50%}]}\n"),
       "19: b: exactly one of `rate` and `own_share` is needed: there are 2\n"},
      {RATE(FLAT "    deductible: {per: year, amount: -1.00, source: law}\n"),
       "20: b: `amount: -1.00` must not be negative\n"},
      {RATE(FLAT "    deductible: {per: year, source: law}\n"),
       "20: b: exactly one of `amount` and `rows` is needed: there is none\n"},
      {RATE(FLAT "    grant: {per: each_bill, amount: 1.00, source: law}\n"),
       "13: b: exactly one of `rate` and `grant` is needed: there are 2\n"},
      {RATE("    source: law\n"), "13: b: exactly one of `rate` and `grant` is needed: there is none\n"},
      {RATE("    rate: {flat: 60%, source: law, rows: [{rate: 50%}]}\n"),
       "19: b: exactly one of `flat`, `rows` and `steps` is needed: there are 2\n"},
      {RATE(FLAT "    enters: {in_policy: out, source: law}\n"),
       "20: b: no money enters: `in_policy: out` needs a share of something else\n"},
      {RATE(FLAT "    from: 2023-06-01\n    to: 2023-05-31\n"),
       "20: b: dates are reversed: from 2023-06-01 to 2023-05-31\n"},
      {RATE(FLAT "    to: 2024-01-01\n"), "20: b: the benefit's dates must lie within the pack's\n"},
      {BENEFIT_HEAD("b") FLAT "    applies: {age: 250+}\n",
       "19: b: `age` must lie within 0 to 199\n"
       "19: b: `applies` can never hold: its conditions exclude each other\n"},
      {BENEFIT_HEAD("b") FLAT "    applies: {scheme: resident, standing: retired}\n",
       "19: b: `applies` can never hold: its conditions exclude each other\n"},
      {BENEFIT_HEAD("b") FLAT "    applies: {form: home_self}\n",
       "19: b: only long-term care has forms: add `setting: long_term_care`\n"},
  };
  expect_all(refusals, COUNT(refusals));
}

static void caps_have_counters(void **state) {
  (void)state;
  const struct refusal refusals[] = {
      {RATE(FLAT "    caps: [{per: disease_year, amount: 100.00, source: law}]\n"),
       "20: b: a cap per disease needs a disease to count by: let `applies` say `setting: chronic` or `two_disease`, "
       "or "
       "name diseases\n"},
      {RATE(FLAT "    caps: [{per: bed_day, amount: 100.00, source: law}]\n"),
       "20: b: bed-days are counted in long-term care only: let `applies` say `setting: long_term_care`, or use "
       "another "
       "`per`\n"},
      {RATE("    grant: {per: day, amount: 100.00, source: law}\n"),
       "19: b: days and months are counted in long-term care only: use `per: each_bill`, or let `applies` say "
       "`setting: "
       "long_term_care`\n"},
      {RATE(FLAT "    caps: [{per: year, times: 1, amount: 100.00, source: law}]\n"),
       "20: b: exactly one of `times`, `amount` and `rows` is needed: there are 2\n"},
      {RATE(FLAT "    caps: [{per: year, times: 0, source: law}]\n"), "20: b: `times` is a number from 1 to 366\n"},
      {RATE(FLAT "    caps: [{per: year, times: 1, on: covered, source: law}]\n"),
       "20: b: a cap on times counts payments: drop `on`\n"},
      {RATE(FLAT "    caps: [{per: visit, times: 1, source: law}]\n"),
       "20: b: one bill is one time: use `per: day`, `month`, `year` or `disease_year`\n"},
      {BENEFIT_HEAD("b") "    applies: {setting: long_term_care}\n"
                         "    grant: {per: month, amount: 100.00, source: law}\n",
       "19: b: a grant of a month is granted again with each bill of the month: add the cap `{per: month, times: "
       "1}`\n"},
      {RATE(FLAT "    caps: [{per: year, times: 1, shared_as: all, source: law}]\n    beside: c\n")
           BENEFIT_SOUND("c") "    caps: [{per: year, amount: 100.00, shared_as: all, source: law}]\n",
       "29: c: `all` counts something else in `b`: the caps have different `per`, `on` or `times`; use another name\n"},
      {RATE(FLAT "    caps: [{per: visit, amount: 100.00, shared_as: visits, source: law}]\n"),
       "20: b: a cap of each visit or bed-day counts nothing that could be shared: drop `shared_as`\n"
       "20: b: nothing else is `shared_as: visits`: correct the name, or drop `shared_as`\n"},
      {RATE(FLAT "    caps:\n      - {per: year, amount: 100.00, source: law}\n"
                 "      - {per: year, amount: 200.00, source: law}\n"),
       "22: b: this cap counts the same as cap 1 of the benefit: make one table of both\n"},
      {RATE(FLAT "    deductible: {per: family_year, amount: 100.00, source: law}\n"),
       "20: b: a family's deductible is kept with its contract: only a product pack can have it\n"},
      {RATE(FLAT "    caps: [{per: year, amount: 100.00, shared_as: all, source: law}]\n    beside: c\n")
           BENEFIT_SOUND("c") "    caps: [{per: day, amount: 100.00, shared_as: all, source: law}]\n",
       "29: c: `all` counts something else in `b`: the caps have different `per`, `on` or `times`; use another name\n"},
  };
  expect_all(refusals, COUNT(refusals));
}

static void counters_of_one_name_mean_the_same(void **state) {
  (void)state;
  expect_pack(PACK_HEAD RATE(FLAT "    counter: n\n") "  - id: c\n"
                                                      "    name_zh: 大病\n"
                                                      "    name_en: Critical\n"
                                                      "    tier: critical_illness\n"
                                                      "    payer: resident_critical_fund\n"
                                                      "    counter: n\n" FLAT,
              "26: c: `n` counts something else in `b`: the benefits are of different tiers; use another name\n");
}

static void tilts_change_what_is_there(void **state) {
  (void)state;
  const struct refusal refusals[] = {
      {RATE(FLAT "    tilts: [{when: {category: orphan}, deductible_share: 50%, source: law}]\n"),
       "20: b: changes a deductible that the benefit does not have\n"},
      {RATE(FLAT "    tilts: [{when: {category: orphan}, no_cap: true, source: law}]\n"),
       "20: b: changes a cap that the benefit does not have\n"},
      {RATE(FLAT "    tilts: [{when: {category: orphan}, source: law}]\n"),
       "20: b: changes nothing: state deductible_share, deductible_amount, points, rate_share, no_cap, cap_plus or "
       "grant_plus\n"},
      {RATE(FLAT "    adjustments: [{when: {remote: unfiled}, points: 5%, lost: true, source: law}]\n"),
       "20: b: nothing is lost without negative `points` or a `rate_share` under 100%\n"},
      {RATE(FLAT "    adjustments: [{when: {scheme: employee}, points: 5%, source: law}]\n"),
       "20: b: this row of the list of adjustments never counts, no case within `applies` fits it: correct its `when`, "
       "or drop it\n"},
  };
  expect_all(refusals, COUNT(refusals));
}

static void priority_is_stated(void **state) {
  (void)state;
  const struct refusal refusals[] = {
      {BENEFIT_SOUND("b") BENEFIT_SOUND("c"),
       "20: c: can apply to the same bill as `b`, of the same tier: state which one counts with `overrides`, that both "
       "count with `beside`, or narrow `applies`\n"},
      {BENEFIT_SOUND("b") BENEFIT_SOUND("c") "    overrides: b\n", ""},
      {BENEFIT_SOUND("b") "    beside: c\n" BENEFIT_SOUND("c"), ""},
      {BENEFIT_SOUND("b") "    to: 2023-06-30\n" BENEFIT_SOUND("c") "    from: 2023-07-01\n", ""},
      {BENEFIT_SOUND("b") BENEFIT_HEAD("c") "    applies: {scheme: employee, setting: inpatient}\n" FLAT, ""},
      {BENEFIT_HEAD("b") "    applies: {category: orphan}\n" FLAT BENEFIT_HEAD(
           "c") "    applies: {not_category: [orphan, monitored]}\n" FLAT,
       ""},
      {BENEFIT_SOUND("b") "    overrides: c\n" BENEFIT_SOUND("c") "    overrides: b\n",
       "20: b: `c` overrides this benefit too: let one of the two give way\n"
       "28: c: `b` overrides this benefit too: let one of the two give way\n"},
      {BENEFIT_SOUND("b") "    overrides: d\n",
       "20: b: `overrides` names the benefit `d`, which is not here: correct the id\n"},
      {BENEFIT_SOUND("b") "    beside: b\n", "20: b: `beside` names the benefit itself\n"},
  };
  expect_all(refusals, COUNT(refusals));
}

#define ENTERS(enters) FLAT "    enters: {" enters ", source: law}\n"
#define SECOND(text)                                                                                                   \
  "  - id: c\n    name_zh: 大病\n    name_en: Critical\n    tier: critical_illness\n    payer: "                     \
  "resident_critical_fund\n    applies: {scheme: resident, setting: inpatient}\n" text
#define LOWERS "    may_lower_burden: true\n"
#define LISTS "lists: [{id: l, name_zh: 单, name_en: List, items: [A1], source: law}]\n"
#define SAYS(line, later, earlier)                                                                                     \
  line ": " later ": `" later "` takes a part of what `" earlier "` took or left before it, so a higher bill may "     \
       "leave the person less to pay: let `" later "` say `may_lower_burden: true`, or change what enters\n"

static void benefits_that_may_lower_the_burden_say_so(void **state) {
  (void)state;
  const struct refusal refusals[] = {
      {RATE(ENTERS("own_expense: 100%")) SECOND(ENTERS("in_policy: out, own_expense: 100%")), SAYS("21", "c", "b")},
      {RATE(ENTERS("own_expense: 100%")) SECOND(ENTERS("in_policy: out, own_expense: 100%") LOWERS), ""},
      {RATE(ENTERS("own_expense: 100%")) SECOND(FLAT), ""},                       /* those that come first */
      {RATE(FLAT) SECOND(ENTERS("in_policy: out, own_expense: 100%")), ""},       /* nothing of the earlier one's */
      {RATE(ENTERS("own_expense: 100%")) SECOND(ENTERS("own_expense: 50%")), ""}, /* all of them, one in part */
      {RATE(FLAT) SECOND(ENTERS("only_lists: l")) LISTS, SAYS("20", "c", "b")},
      {RATE(FLAT) SECOND(ENTERS("except_lists: l")) LISTS, SAYS("20", "c", "b")},
      {RATE(ENTERS("only_lists: l")) SECOND(ENTERS("only_lists: l")) LISTS, ""},
      {RATE(ENTERS("only_lists: l")) SECOND(ENTERS("except_lists: l")) LISTS, ""},
      {RATE(
           ENTERS("lost: false") "    adjustments: [{when: {remote: unfiled}, points: -5%, lost: true, source: law}]\n")
           SECOND(FLAT),
       SAYS("22", "c", "b")},
      {RATE(ENTERS("own_expense: 100%, except_lists: l"))
           SECOND(ENTERS("in_policy: out, own_expense: 100%, only_lists: l")) LISTS,
       ""},                                           /* other money */
      {RATE(ENTERS("lost: false")) SECOND(FLAT), ""}, /* nothing is lost */
  };
  expect_all(refusals, COUNT(refusals));
}

static void references_lead_somewhere(void **state) {
  (void)state;
  const struct refusal refusals[] = {
      {RATE(FLAT "    deductible: {per: year, source: law, rows: [{of: income, ratio: 25%}]}\n"),
       "20: b: the parameter `income` is not in `parameters`: add it there, or correct the name\n"},
      {RATE(FLAT "    enters: {only_lists: drugs, source: law}\n"),
       "20: b: the list `drugs` is not in `lists`: add it there, or correct the name\n"},
      {BENEFIT_HEAD("b") "    applies: {disease: [M1, M9]}\n" FLAT,
       "18: b: the disease `M9` is not in `diseases`: add it there, or correct the code\n"},
      {"  - id: b\n    name_zh: 救助\n    name_en: Aid\n    tier: medical_assistance\n    payer: "
       "assistance_fund\n" FLAT,
       "16: b: the tier `medical_assistance` has no place in `ladder`: add it where it is taken\n"},
      {BENEFIT_SOUND(
           "b") "    deductible: {per: year, source: law, rows: [{when: {stay: 1}, amount: 1.00}, {amount: 0}]}\n",
       "13: b: asks for the `stay` of the year, but nothing counts stays: a deductible with `per: stay` does\n"},
      {BENEFIT_SOUND("b") "    adjustments: [{when: {stay: 2+}, points: 5%, source: law}]\n",
       "13: b: asks for the `stay` of the year, but nothing counts stays: a deductible with `per: stay` does\n"},
  };
  expect_all(refusals, COUNT(refusals));
}

static void ids_are_sound_and_given_once(void **state) {
  (void)state;
  const struct refusal refusals[] = {
      {BENEFIT_SOUND("\"b c\""), "13: b c: `id: b c`: use 1 to 64 letters, digits, '-', '_' and '.'\n"},
      {BENEFIT_SOUND("a23456789012345678901234567890123456789012345678901234567890x"),
       "13: a23456789012345678901234567890123456789012345678901234567890x: `id: "
       "a23456789012345678901234567890123456789012345678901234567890x` has 61 characters: 60 is the most here\n"},
      {BENEFIT_SOUND("b") "    to: 2023-06-30\n" BENEFIT_SOUND("b") "    from: 2023-07-01\n",
       "21: `benefits` has `b` twice: drop one, or give it another id\n"},
      {BENEFIT_SOUND(
           "b") "parameters:\n  - {id: i, amount: 1.00, source: law}\n  - {id: i, amount: 2.00, source: law}\n",
       "22: `parameters` has `i` twice: drop one, or give it another id\n"},
  };
  expect_all(refusals, COUNT(refusals));
}

static void other_parts_are_checked(void **state) {
  (void)state;
  const struct refusal refusals[] = {
      {BENEFIT_SOUND("b") "city: \"3703\"\n",
       "20: `city: 3703` must be a division code of six digits, such as 370300\n"},
      {BENEFIT_SOUND("b") "remote:\n  source: law\n  first_pay:\n    - {when: {remote: temporary}, share: 10%}\n"
                          "    - {when: {remote: temporary, reach: other_province}, share: 20%}\n",
       "24: this row of first-pay never counts, the rows before it take all its cases: move it before them, or drop "
       "it\n"},
      {BENEFIT_SOUND("b") "enrolment:\n  windows:\n"
                          "    - {year: 2023, opens: 2022-12-31, closes: 2022-10-01, benefits_from: 2023-01-01, "
                          "source: law}\n",
       "22: the window closes before it opens\n"},
      {BENEFIT_SOUND("b") "enrolment:\n  premiums:\n    - {year: 2023, individual: 340.00}\n",
       "22: has no `source`: name where the value comes from, as \"<source id>: place\"\n"},
      {BENEFIT_SOUND(
           "b") "lists:\n  - {id: l, name_zh: 药, name_en: drugs, items: [A, B], published_size: 1, source: law}\n",
       "21: 2 items, but the source names 1: correct one of the two\n"},
      {BENEFIT_SOUND("b") "catalogue: {file: c.csv, source: law}\n",
       "20: the catalogue `c.csv` must be a file below the folder of packs, and this pack is in no folder\n"},
  };
  expect_all(refusals, COUNT(refusals));
}

static void the_reader_says_line_and_reason(void **state) {
  (void)state;
  struct text found = {0};
  const char *text = findings_of(PACK_HEAD RATE("    rat: {flat: 60%, source: law}\n"), &found);
  assert_non_null(strstr(text, "19: "));
  assert_non_null(strstr(text, "rat"));
  text_free(&found);
}

static void all_findings_are_collected(void **state) {
  (void)state;
  expect_pack(PACK_HEAD BENEFIT_HEAD("b") "    rate: {flat: 101%, source: low}\n"
                                          "    deductible: {per: year, amount: -5.00}\n",
              "18: b: `flat: 101%` must lie within 0% to 100%\n"
              "18: b: the source `low` is not in `sources` of this pack or its ancestors: add it there, or correct the "
              "name\n"
              "19: b: `amount: -5.00` must not be negative\n"
              "19: b: has no `source`: name where the value comes from, as \"<source id>: place\"\n");
}

static void limits_are_named(void **state) {
  (void)state;
  struct text pack = {0}, found = {0};
  text_add(&pack, PACK_HEAD);
  for (int i = 0; i < 129; i++)
    text_addf(&pack,
              "  - {id: b%d, name_zh: 住院, name_en: Inpatient, tier: basic, payer: resident_basic_fund, "
              "applies: {age: %d}, rate: {flat: 60%%, source: law}}\n",
              i, i);
  assert_string_equal(findings_of(text_string(&pack), &found),
                      "141: test.city, with what it inherits, has more than 128 benefits, the most that a plan holds "
                      "(plan.h): merge some\n");
  text_free(&pack);
  text_free(&found);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_sound_pack_has_no_findings),
      cmocka_unit_test(tables_are_complete_and_every_row_counts),
      cmocka_unit_test(complete_tables_pass),
      cmocka_unit_test(brackets_rise_and_say_where_they_are_measured),
      cmocka_unit_test(values_have_sources_that_exist),
      cmocka_unit_test(values_are_within_bounds),
      cmocka_unit_test(caps_have_counters),
      cmocka_unit_test(counters_of_one_name_mean_the_same),
      cmocka_unit_test(tilts_change_what_is_there),
      cmocka_unit_test(priority_is_stated),
      cmocka_unit_test(benefits_that_may_lower_the_burden_say_so),
      cmocka_unit_test(references_lead_somewhere),
      cmocka_unit_test(ids_are_sound_and_given_once),
      cmocka_unit_test(other_parts_are_checked),
      cmocka_unit_test(the_reader_says_line_and_reason),
      cmocka_unit_test(all_findings_are_collected),
      cmocka_unit_test(limits_are_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
