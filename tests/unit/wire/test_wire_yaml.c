/* YAML: what a pack's author may write, what is refused with which line, and where each value stands. */
#include "test.h"

#include "bounds.h"
#include "compare.h"
#include "guard_page.h"
#include "json.h"
#include "policy.pb-c.h"
#include "settlement.pb-c.h"
#include "yaml_text.h"

#define HEAD "pack: cn.x\nversion: 2023.1\nname_zh: 淄博\nname_en: Zibo\nfrom: 2023-01-01\nto: 2023-12-31\n"
#define HEAD_JSON                                                                                                      \
  "{\"pack\":\"cn.x\",\"version\":\"2023.1\",\"name_zh\":\"淄博\",\"name_en\":\"Zibo\",\"from\":\"2023-01-01\","     \
  "\"to\":\"2023-12-31\""

struct accepted {
  const char *yaml, *json;
};
static const struct accepted accepted[] = {
    {HEAD, HEAD_JSON "}"},
    {"# comment\n---\n" HEAD "city: '370300'\n...\n", HEAD_JSON ",\"city\":\"370300\"}"},
    {HEAD "ladder: basic\n", HEAD_JSON ",\"ladder\":[\"basic\"]}"},
    {HEAD "ladder: [basic, critical_illness]\n", HEAD_JSON ",\"ladder\":[\"basic\",\"critical_illness\"]}"},
    {HEAD "ladder:\n  - basic\n  - care\n", HEAD_JSON ",\"ladder\":[\"basic\",\"care\"]}"},
    {HEAD "parameters: {id: income, amount: 58687, source: [a, \"b: c\"]}\n",
     HEAD_JSON ",\"parameters\":[{\"id\":\"income\",\"amount\":\"58687.00\",\"source\":[\"a\",\"b: c\"]}]}"},
    {HEAD "parameters:\n- id: income\n  amount: \"1.5\"\n  source: >\n    two\n    lines\n",
     HEAD_JSON ",\"parameters\":[{\"id\":\"income\",\"amount\":\"1.50\",\"source\":[\"two lines\\u000a\"]}]}"},
    {HEAD "benefits:\n  id: b\n  name_zh: 甲\n  name_en: a\n  tier: basic\n  payer: resident_basic_fund\n"
          "  applies: {stay: 3+, age: -17}\n  rate: {flat: 85%}\n  order_independent: true\n",
     HEAD_JSON ",\"benefits\":[{\"id\":\"b\",\"name_zh\":\"甲\",\"name_en\":\"a\",\"tier\":\"basic\",\"payer\":"
               "\"resident_basic_fund\",\"applies\":{\"age\":\"-17\",\"stay\":\"3+\"},\"rate\":{\"flat\":\"85%\"},"
               "\"order_independent\":true}]}"},
    {HEAD "city: 'null'\nladder: \"care\"\n", HEAD_JSON ",\"city\":\"null\",\"ladder\":[\"care\"]}"},
};

static void accepts(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(accepted); i++) {
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA);
    Yz__Problem *problem = NULL;
    const ProtobufCMessage *message = yaml_read(&yz__policy_pack__descriptor, "a.yaml", accepted[i].yaml,
                                                strlen(accepted[i].yaml), &arena, NULL, &problem);
    if (!message) fail_msg("%s: %s", accepted[i].yaml, problem->detail);
    struct text json = {0};
    json_write(message, &json);
    assert_string_equal(text_string(&json), accepted[i].json);
    text_free(&json);
    arena_free(&arena);
  }
}

struct refused {
  const char *yaml, *pointer, *detail; /* beginning of the detail */
};
static const struct refused refused[] = {
    {"", "", "a.yaml:1: the file is empty"},
    {"# nothing\n", "", "a.yaml:2: the file is empty"},
    {"- a\n", "", "a.yaml:1: expected a mapping (PolicyPack), found a list"},
    {"---\n---\n" HEAD, "", "a.yaml:2: expected a mapping (PolicyPack), found a single value"},
    {HEAD "---\n" HEAD, "", "a.yaml:7: the file must hold one document only"},
    {"pack: a\n", "/version", "a.yaml:1: PolicyPack needs \"version\": a string"},
    {HEAD "colour: red\n", "/colour", "a.yaml:7: unknown key \"colour\"; PolicyPack has pack, version"},
    {HEAD "pack: b\n", "/pack", "a.yaml:7: this key stands here for the second time"},
    {HEAD "city:\n", "/city", "a.yaml:7: the value is missing"},
    {HEAD "city: ~\n", "/city", "a.yaml:7: the value is missing"},
    {HEAD "city: [a]\n", "/city", "a.yaml:7: expected a string, found a list"},
    {HEAD "city: {a: b}\n", "/city", "a.yaml:7: expected a string, found a mapping"},
    {HEAD "catalogue: a\n", "/catalogue", "a.yaml:7: expected a mapping (CatalogueUse), found a single value"},
    {HEAD "catalogue: [{file: a}]\n", "/catalogue", "a.yaml:7: expected a mapping (CatalogueUse), found a list"},
    {HEAD "parameters:\n- id: a\n  amount: 1e5\n", "/parameters/0/amount", "a.yaml:9: \"1e5\" is not yuan"},
    {HEAD "parameters:\n- {id: a, amount: 1}\n- id: b\n", "/parameters/1/amount",
     "a.yaml:9: Parameter needs \"amount\""},
    {HEAD "parameters:\n- {id: a, amount: 0x10}\n", "/parameters/0/amount", "a.yaml:8: \"0x10\" is not yuan"},
    {HEAD "parameters:\n- {id: a, amount: 1_000}\n", "/parameters/0/amount", "a.yaml:8: \"1_000\" is not yuan"},
    {HEAD "parameters:\n- {id: a, amount: 85%}\n", "/parameters/0/amount", "a.yaml:8: \"85%\" is not yuan"},
    {HEAD "ladder: [basic, [care]]\n", "/ladder/1", "a.yaml:7: expected one of basic, large_amount"},
    {HEAD "ladder: [Basic]\n", "/ladder/0", "a.yaml:7: \"Basic\" is not one of basic"},
    {HEAD "ladder: &x [basic]\n", "/ladder", "a.yaml:7: anchors, aliases and tags"},
    {HEAD "ladder: *x\n", "/ladder", "a.yaml:7: anchors, aliases and tags"},
    {HEAD "city: !!str a\n", "/city", "a.yaml:7: anchors, aliases and tags"},
    {HEAD "city: \"a\\0b\"\n", "/city", "a.yaml:7: \"a"},
    {HEAD "? [a]\n: b\n", "", "a.yaml:7: a key must be a plain word"},
    {HEAD "<<: {city: a}\n", "/<<", "a.yaml:7: unknown key \"<<\""},
    {HEAD "city: 'a\n", "/city", "a.yaml:8: not YAML: "},
    {HEAD "city: \xff\n", "", "a.yaml:7: not YAML: invalid leading UTF-8 octet"},
    {HEAD "\tcity: a\n", "/to", "a.yaml:7: not YAML: "},
    {HEAD "benefits:\n- id: b\n  name_zh: a\n  name_en: a\n  tier: basic\n  payer: cash\n  order_independent: yes\n",
     "/benefits/0/order_independent", "a.yaml:13: \"yes\" is not true or false"},
};

static void refuses_with_line(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(refused); i++) {
    const struct refused *r = &refused[i];
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA);
    Yz__Problem *problem = NULL;
    struct places *places;
    assert_null(yaml_read(&yz__policy_pack__descriptor, "a.yaml", r->yaml, strlen(r->yaml), &arena, &places, &problem));
    assert_int_equal(problem->code, YZ__CODE__MALFORMED);
    if (strcmp(problem->pointer, r->pointer) != 0 || strncmp(problem->detail, r->detail, strlen(r->detail)) != 0)
      fail_msg("%s\nat \"%s\": %s", r->yaml, problem->pointer, problem->detail);
    arena_free(&arena);
  }
}

static void remembers_places(void **state) {
  (void)state;
  const char yaml[] = HEAD "parameters:\n"            /* 7 */
                           "  - id: a\n"              /* 8 */
                           "    amount: 1\n"          /* 9 */
                           "    source:\n"            /* 10 */
                           "      - first\n"          /* 11 */
                           "      - second\n"         /* 12 */
                           "  - {id: b, amount: 2}\n" /* 13 */
                           "ladder: care\n";          /* 14 */
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  Yz__Problem *problem = NULL;
  struct places *places;
  const Yz__PolicyPack *pack =
      yaml_read(&yz__policy_pack__descriptor, "a.yaml", yaml, sizeof yaml - 1, &arena, &places, &problem);
  assert_non_null(pack);
  assert_string_equal(places_file(places), "a.yaml");
  assert_int_equal(places_line_of(places, pack), 1);
  assert_int_equal(places_line(places, pack, "to", 0), 6);
  assert_int_equal(places_line(places, pack, "parameters", 0), 8);
  assert_int_equal(places_line(places, pack, "parameters", 1), 13);
  assert_int_equal(places_line(places, pack, "ladder", 0), 14);
  assert_int_equal(places_line(places, pack->parameters[0], "amount", 0), 9);
  assert_int_equal(places_line(places, pack->parameters[0], "source", 1), 12);
  assert_int_equal(places_line(places, pack->parameters[1], "amount", 0), 13);
  assert_int_equal(places_line(places, pack->parameters[1], "source", 0), 13); /* not there: where it begins */
  assert_int_equal(places_line(places, pack->parameters[1], "no_such_member", 0), 13);
  Yz__Parameter other = YZ__PARAMETER__INIT;
  assert_int_equal(places_line(places, &other, "amount", 0), 0);
  arena_free(&arena);
}

static void remembers_thousands_of_places(void **state) {
  (void)state;
  struct text yaml = {0};
  text_add(&yaml, HEAD "parameters:\n");
  enum { MANY = 5000 };
  for (int i = 0; i < MANY; i++) text_addf(&yaml, "- {id: p%d, amount: %d}\n", i, i);
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  Yz__Problem *problem = NULL;
  struct places *places;
  const Yz__PolicyPack *pack =
      yaml_read(&yz__policy_pack__descriptor, "a.yaml", yaml.bytes, yaml.n, &arena, &places, &problem);
  assert_int_equal(pack->n_parameters, MANY);
  for (int i = 0; i < MANY; i++) {
    assert_int_equal(pack->parameters[i]->amount, i * 100);
    assert_int_equal(places_line(places, pack->parameters[i], "amount", 0), 8 + i);
  }
  arena_free(&arena);
  text_free(&yaml);
}

static void reads_many(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  Yz__Problem *problem = NULL;
  struct places *places;
  size_t n;
  const char yaml[] = "name: a\nvalue: 1\n---\n- {name: b, value: 2}\n- name: c\n  value: -3\n---\nname: d\nvalue: 4\n";
  Yz__Counter **counters = (Yz__Counter **)yaml_read_all(&yz__counter__descriptor, "c.yaml", yaml, sizeof yaml - 1,
                                                         &arena, &n, &places, &problem);
  assert_int_equal(n, 4);
  for (size_t i = 0; i < n; i++) assert_int_equal(counters[i]->name[0], "abcd"[i]);
  assert_int_equal(counters[2]->value, -3);
  assert_int_equal(places_line_of(places, counters[2]), 5);
  const char bad[] = "- {name: b, value: 2}\n- {name: c}\n";
  assert_null(yaml_read_all(&yz__counter__descriptor, "c.yaml", bad, sizeof bad - 1, &arena, &n, &places, &problem));
  assert_int_equal(n, 0);
  assert_string_equal(problem->pointer, "/1/value");
  arena_free(&arena);
}

static void never_a_byte_too_far(void **state) {
  (void)state;
  const char yaml[] = HEAD "parameters:\n- {id: \"淄\\u6dc4\", amount: 1.25}\nladder: [basic, 'care']\n";
  const struct guarded guarded = guarded_new(sizeof yaml);
  for (size_t n = 0; n < sizeof yaml; n++) {
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA);
    Yz__Problem *problem = NULL;
    const void *message =
        yaml_read(&yz__policy_pack__descriptor, "a.yaml", guarded_put(&guarded, yaml, n), n, &arena, NULL, &problem);
    assert_int_equal(problem == NULL, message != NULL);
    arena_free(&arena);
  }
  guarded_free(&guarded);
}

static void says_when_memory_ends(void **state) {
  (void)state;
  const char yaml[] = HEAD "parameters:\n- {id: a, amount: 1.25}\nladder: [basic, care]\n";
  size_t refusals = 0;
  for (size_t ceiling = 0;; ceiling += 64) {
    struct arena arena;
    arena_init(&arena, ceiling);
    Yz__Problem *problem = NULL;
    const bool read =
        yaml_read(&yz__policy_pack__descriptor, "a.yaml", yaml, sizeof yaml - 1, &arena, NULL, &problem) != NULL;
    if (!read) assert_int_equal(problem->code, YZ__CODE__TOO_LARGE);
    refusals += !read;
    arena_free(&arena);
    if (read) break;
  }
  assert_true(refusals > 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(accepts),
      cmocka_unit_test(refuses_with_line),
      cmocka_unit_test(remembers_places),
      cmocka_unit_test(remembers_thousands_of_places),
      cmocka_unit_test(reads_many),
      cmocka_unit_test(never_a_byte_too_far),
      cmocka_unit_test(says_when_memory_ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
