/* Marks of citations: short, told apart, and found again in the packs that a plan is made of. */
#include "test.h"

#include "citation.h"
#include "shelf.h"

static void a_mark_is_the_source_and_a_hash_of_the_whole(void **state) {
  (void)state;
  const struct {
    const char *citation, *mark;
  } rows[] = {
      {"law", "law"},
      {"law: a", "law#39ea7c08"},
      {"law: 第三条", "law#4a155bff"},
      {"press-2023: 60%", "press-2023#3b67b725"},
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    char mark[PLAN_MARK_MAX];
    citation_mark(rows[i].citation, mark);
    assert_string_equal(mark, rows[i].mark);
    assert_int_equal(citation_id(mark), citation_id(rows[i].citation));
  }
}

/* In every plan of every pack, alone and with each product: the mark of each citation leads to it and to no other. */
static void every_citation_of_every_pack_is_found_by_its_mark(void **state) {
  (void)state;
  struct findings findings;
  findings_init(&findings);
  struct shelf *shelf = shelf_open("ops/policies", &findings);
  assert_non_null(shelf);
  size_t n, tried = 0;
  const struct pack *const *packs = shelf_list(shelf, &n);
  for (size_t i = 0; i < n; i++)
    for (size_t p = 0; p < n; p++) {
      const Yz__PolicyPack *text = packs[i]->text;
      const bool sold = packs[p]->text->product != NULL;
      if (!sold && p != i) continue;
      const struct plan *plan = shelf_plan(shelf, text->pack, text->from, (const char *[]){packs[p]->text->pack}, sold);
      for (uint16_t c = 0; plan && c < plan->n_cites; c++, tried++)
        for (uint16_t k = 0; k < plan->n_packs; k++) {
          const struct pack *held =
              shelf_find_exact(shelf, plan->packs[k].pack, plan->packs[k].version, plan->packs[k].sha256);
          const char *found = citation_find(held->text, plan->cites[c].mark);
          if (found) assert_string_equal(found, plan->cites[c].text);
          if (found) break;
          if (k + 1 == plan->n_packs) fail_msg("%s is in no pack of its plan", plan->cites[c].text);
        }
    }
  assert_true(tried > 500);
  shelf_free(&shelf);
  findings_free(&findings);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_mark_is_the_source_and_a_hash_of_the_whole),
                                     cmocka_unit_test(every_citation_of_every_pack_is_found_by_its_mark)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
