#include "test.h"

#include "compile.h"
#include "date.h"
#include "pack_texts.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PACK(id, version, from, to)                                                                                    \
  "pack: " id "\nversion: \"" version "\"\nname_zh: 测试\nname_en: Test\nfrom: " from "\nto: " to "\n"
#define SOURCES "sources: [{id: law, title: The law, grade: official}]\n"
#define BENEFIT(id, tier, rate)                                                                                        \
  "  - {id: " id ", name_zh: 待遇, name_en: Benefit, tier: " tier ", payer: resident_basic_fund, "                     \
  "rate: {flat: " rate ", source: law}}\n"

static const char province_2022[] = PACK("p", "1", "2022-01-01", "2023-06-30") SOURCES
    "ladder: [basic, critical_illness]\n"
    "parameters: [{id: income, amount: 10000.00, source: law}]\n"
    "diseases: [{code: M1, name_zh: 甲, name_en: A, source: law}]\n"
    "enrolment: {waiting: [{days: 30, source: law}]}\n"
    "remote: {source: law, filing_required: other_province}\n"
    "benefits:\n" BENEFIT("basic", "basic", "50%") BENEFIT(
        "critical", "critical_illness",
        "60%") "  - {id: aid, name_zh: 救助, name_en: Aid, tier: basic, payer: assistance_fund, beside: basic,\n"
               "     deductible: {per: year, source: law, rows: [{of: income, ratio: 25%}]}, rate: {flat: 10%, source: "
               "law}}\n";
static const char province_2023[] =
    PACK("p", "2", "2023-07-01", "2024-12-31") SOURCES "ladder: [basic]\n"
                                                       "benefits:\n" BENEFIT("basic", "basic", "55%");
static const char city_2023[] = PACK("p.c", "1", "2023-01-01", "2023-12-31") SOURCES
    "parent: p\n"
    "parameters: [{id: income, amount: 20000.00, source: law}]\n"
    "diseases: [{code: M2, name_zh: 乙, name_en: B, source: law}]\n"
    "benefits:\n" BENEFIT("basic", "basic", "70%");
static const char product[] = PACK("p.c.plus", "1", "2023-01-01", "2023-12-31") SOURCES
    "parent: p.c\n"
    "ladder: supplement\n"
    "product: {id: plus, issue: 2023, covers_from: 2023-01-01, covers_to: 2023-12-31, source: law}\n"
    "benefits:\n"
    "  - {id: plus, name_zh: 惠民保, name_en: Plus, tier: supplement, payer: commercial_insurer,\n"
    "     deductible: {per: family_year, amount: 20000.00, source: law}, rate: {flat: 80%, source: law}}\n";

static struct shelf *four(void) {
  return shelf_of(4, (const char *const[]){province_2022, province_2023, city_2023, product});
}

static void packs_are_found_by_day(void **state) {
  (void)state;
  struct shelf *shelf = four();
  assert_string_equal(shelf_find(shelf, "p", date_of(2023, 6, 30))->text->version, "1");
  assert_string_equal(shelf_find(shelf, "p", date_of(2023, 7, 1))->text->version, "2");
  assert_null(shelf_find(shelf, "p", date_of(2021, 12, 31)));
  assert_null(shelf_find(shelf, "p", date_of(2025, 1, 1)));
  assert_null(shelf_find(shelf, "q", date_of(2023, 1, 1)));
  size_t n;
  const struct pack *const *all = shelf_list(shelf, &n);
  assert_int_equal(n, 4);
  assert_string_equal(all[0]->text->version, "1");
  assert_string_equal(all[3]->text->pack, "p.c.plus");
  shelf_free(&shelf);
  assert_null(shelf);
}

static void exact_packs_are_found_by_content(void **state) {
  (void)state;
  struct shelf *shelf = four();
  const struct pack *pack = shelf_find(shelf, "p.c", date_of(2023, 1, 1));
  assert_ptr_equal(shelf_find_exact(shelf, "p.c", "1", pack->sha256), pack);
  assert_ptr_equal(shelf_find_exact(shelf, "p.c", "1", NULL), pack);
  assert_null(shelf_find_exact(shelf, "p.c", "1", "0000"));
  assert_null(shelf_find_exact(shelf, "p.c", "2", NULL));
  shelf_free(&shelf);
}

static void a_child_defines_before_its_parent(void **state) {
  (void)state;
  struct shelf *shelf = four();
  struct arena arena;
  struct policy policy;
  arena_init(&arena, 1 << 20);
  assert_true(shelf_policy(shelf, "p.c", date_of(2023, 1, 1), NULL, 0, &arena, &policy));
  assert_int_equal(policy.n_packs, 2);
  assert_int_equal(policy.from, date_of(2023, 1, 1));
  assert_int_equal(policy.to, date_of(2023, 6, 30));
  assert_int_equal(policy.benefits.n, 3);
  assert_int_equal(policy_benefit(&policy, "basic")->benefit->rate->flat, 7000);
  assert_ptr_equal(policy_benefit(&policy, "critical")->pack, policy.packs[1]);
  assert_int_equal(policy.diseases.n, 2);
  assert_int_equal(policy_parameter(&policy, "income")->parameter->amount, 2000000);
  assert_non_null(policy.remote);
  assert_int_equal(policy.n_ladder, 2);
  assert_int_equal(shelf_enrolment(shelf, "p.c", date_of(2023, 1, 1))->waiting[0]->days, 30);
  assert_null(shelf_enrolment(shelf, "p.c", date_of(2023, 7, 1)));
  arena_free(&arena);
  shelf_free(&shelf);
}

static void plans_follow_the_parent_of_the_day_and_are_kept(void **state) {
  (void)state;
  struct shelf *shelf = four();
  const struct plan *spring = shelf_plan(shelf, "p.c", date_of(2023, 1, 1), NULL, 0);
  const struct plan *autumn = shelf_plan(shelf, "p.c", date_of(2023, 9, 1), NULL, 0);
  assert_int_equal(spring->n_rules, 3);
  assert_int_equal(autumn->n_rules, 1);
  assert_string_equal(autumn->packs[1].version, "2");
  assert_ptr_equal(shelf_plan(shelf, "p.c", date_of(2023, 6, 30), NULL, 0), spring);
  assert_ptr_equal(shelf_plan(shelf, "p.c", date_of(2023, 7, 1), NULL, 0), autumn);
  assert_null(shelf_plan(shelf, "p.c", date_of(2024, 1, 1), NULL, 0));
  /* the province's rule takes the city's number */
  const struct rule *aid = &spring->rules[1];
  assert_string_equal(aid->id, "aid");
  assert_int_equal(spring->rows[aid->deductible.first].value, 500000);
  shelf_free(&shelf);
}

static void products_join_the_plan(void **state) {
  (void)state;
  struct shelf *shelf = four();
  const char *const products[] = {"p.c.plus"};
  const int32_t day = date_of(2023, 1, 1);
  const struct plan *plan = shelf_plan(shelf, "p.c", day, products, 1);
  assert_int_equal(plan->n_rules, 4);
  assert_string_equal(plan->rules[3].id, "plus"); /* its tier comes behind the ladder that lacks it */
  assert_string_equal(plan->packs[plan->rules[3].pack].pack, "p.c.plus");
  assert_int_equal(plan->counters[plan->rules[3].deductible_counter].scope, SCOPE_FAMILY);
  assert_ptr_equal(shelf_plan(shelf, "p.c", day, products, 1), plan);
  assert_ptr_not_equal(shelf_plan(shelf, "p.c", day, NULL, 0), plan);
  assert_null(shelf_plan(shelf, "p.c", day, (const char *const[]){"p.c.gone"}, 1));
  /* in another city the product brings itself, not the benefits of the city that it was made for */
  const struct plan *elsewhere = shelf_plan(shelf, "p", day, products, 1);
  assert_int_equal(elsewhere->n_rules, 4);
  assert_int_equal(elsewhere->rows[elsewhere->rules[0].steps[0].rate.first].value, 5000);
  shelf_free(&shelf);
}

static void expect_refused(const char *const *sound, size_t n, const char *pack, const char *finding) {
  struct findings findings;
  findings_init(&findings);
  struct shelf *shelf = shelf_of(n, sound);
  assert_false(shelf_add(shelf, "new.yaml", pack, strlen(pack), &findings));
  char text[1024];
  snprintf(text, sizeof text, "%s:%d: %s", findings.all[0].file, findings.all[0].line, findings.all[0].reason);
  assert_string_equal(text, finding);
  size_t left;
  shelf_list(shelf, &left);
  assert_int_equal(left, n);
  findings_free(&findings);
  shelf_free(&shelf);
}

static void packs_fit_together(void **state) {
  (void)state;
  const char *const sound[] = {province_2022, city_2023};
  expect_refused(sound, 1, PACK("p", "2", "2023-06-30", "2024-12-31"),
                 "new.yaml:5: its days overlap those of version 1 in p.yaml: let each day have one text");
  expect_refused(sound, 1, PACK("p", "1", "2024-01-01", "2024-12-31"),
                 "new.yaml:2: version 1 of p is in p.yaml already: give this text another version");
  expect_refused(sound, 1, PACK("p.d", "1", "2023-01-01", "2023-12-31") "parent: p\n",
                 "new.yaml:7: the parent `p` has no pack on 2023-07-01: add one, or correct the name or the dates");
  expect_refused(sound, 0, PACK("p.d", "1", "2023-01-01", "2023-12-31") "parent: p.d\n",
                 "new.yaml:7: more than 7 ancestors, or a circle of them");
  expect_refused(sound, 0, PACK("p.d", "1", "2023-12-31", "2023-01-01"),
                 "new.yaml:6: dates are reversed: `to` lies before `from`");
  /* a benefit beside one that only the parent has */
  expect_refused(
      sound, 1,
      PACK("p.d", "1", "2023-01-01", "2023-06-30") SOURCES
      "parent: p\nbenefits:\n" BENEFIT("more", "critical_illness", "10%"),
      "new.yaml:10: more: can apply to the same bill as `critical`, of the same tier: state which one counts "
      "with `overrides`, that both count with `beside`, or narrow `applies`");
  /* and the parent of the second half year lacks the tier */
  expect_refused(
      (const char *const[]){province_2022, province_2023}, 2,
      PACK("p.d", "1", "2023-01-01", "2023-12-31") SOURCES
      "parent: p\nbenefits:\n" BENEFIT("critical", "critical_illness", "10%"),
      "new.yaml:10: critical: the tier `critical_illness` has no place in `ladder`: add it where it is taken");
}

static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static void a_folder_is_read_with_its_catalogue(void **state) {
  (void)state;
  char root[] = "/tmp/yz-shelf-XXXXXX", sub[64], pack[96], catalogue[96];
  assert_non_null(mkdtemp(root));
  snprintf(sub, sizeof sub, "%s/city", root);
  snprintf(pack, sizeof pack, "%s/2023.yaml", sub);
  snprintf(catalogue, sizeof catalogue, "%s/items.csv", root);
  assert_int_equal(mkdir(sub, 0700), 0);
  write_file(pack, PACK("p", "1", "2023-01-01", "2023-12-31") SOURCES "catalogue: {file: items.csv, source: law}\n");
  struct findings findings;
  findings_init(&findings);
  assert_null(shelf_open(root, &findings));
  assert_int_equal(findings.n, 1);
  assert_int_equal(findings.all[0].line, 8);
  assert_non_null(strstr(findings.all[0].reason, "items.csv cannot be read: No such file or directory"));
  write_file(catalogue, "code,name,class,first_pay,limit,from,to\nX1,药,B,10%,,2023-01-01,2023-12-31\n");
  struct shelf *shelf = shelf_open(root, &findings);
  assert_non_null(shelf);
  const struct catalogue *items = shelf_catalogue(shelf, "p", date_of(2023, 3, 1));
  assert_int_equal(catalogue_find(items, "X1", date_of(2023, 3, 1))->first_pay, 1000);
  shelf_free(&shelf);
  assert_int_equal(unlink(pack) + unlink(catalogue) + rmdir(sub), 0);
  assert_null(shelf_open(root, &findings));
  assert_non_null(strstr(findings.all[findings.n - 1].reason, "no packs here"));
  assert_int_equal(rmdir(root), 0);
  findings_free(&findings);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(packs_are_found_by_day),
      cmocka_unit_test(exact_packs_are_found_by_content),
      cmocka_unit_test(a_child_defines_before_its_parent),
      cmocka_unit_test(plans_follow_the_parent_of_the_day_and_are_kept),
      cmocka_unit_test(products_join_the_plan),
      cmocka_unit_test(packs_fit_together),
      cmocka_unit_test(a_folder_is_read_with_its_catalogue),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
