/* Any bytes as a policy pack: refused with a problem, or read, with a line for every message. */
#include "bounds.h"
#include "json.h"
#include "must.h"
#include "policy.pb-c.h"
#include "yaml_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  struct places *places;
  Yz__Problem *problem = NULL;
  const Yz__PolicyPack *pack =
      yaml_read(&yz__policy_pack__descriptor, "fuzz.yaml", bytes, n, &arena, &places, &problem);
  must(!pack == !!problem);
  if (pack) {
    must(places_line_of(places, pack) > 0);
    for (size_t i = 0; i < pack->n_benefits; i++) must(places_line(places, pack, "benefits", i) > 0);
    struct text json = {0};
    json_write(&pack->base, &json);
    text_free(&json);
  }
  size_t count;
  (void)yaml_read_all(&yz__source__descriptor, "fuzz.yaml", bytes, n, &arena, &count, NULL, &problem);
  arena_free(&arena);
  return 0;
}
