/* Any bytes as a policy pack: read, checked, compiled, shown and compared without a crash; what is checked also
 * compiles. */
#include "difference.h"
#include "must.h"
#include "shelf.h"
#include "show.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct findings findings;
  findings_init(&findings);
  struct shelf *shelf = shelf_new(NULL);
  if (shelf_add(shelf, "fuzz.yaml", data, size, &findings)) {
    size_t n;
    const Yz__PolicyPack *text = shelf_list(shelf, &n)[0]->text;
    must(shelf_plan(shelf, text->pack, text->from, NULL, 0));
    struct arena arena;
    struct policy policy;
    struct text out = {0};
    arena_init(&arena, (size_t)256 * 1024 * 1024);
    must(shelf_policy(shelf, text->pack, text->from, NULL, 0, &arena, &policy));
    policy_show(&policy, &out);
    must(policy_difference(&policy, &policy, &out) == 0);
    text_free(&out);
    arena_free(&arena);
  } else {
    must(findings.found > 0);
  }
  shelf_free(&shelf);
  findings_free(&findings);
  return 0;
}
