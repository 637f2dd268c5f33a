/* Comparing: which member differs first. */
#include "test.h"

#include "bounds.h"
#include "compare.h"
#include "json.h"
#include "settlement.pb-c.h"

#define BILL(more)                                                                                                     \
  "{\"request_id\":\"R1\",\"person\":\"P1\",\"institution\":\"H1\",\"setting\":\"inpatient\",\"from\":\"2023-10-"      \
  "17\"" more "}"
#define LINE(amount) "{\"item\":\"X\",\"quantity\":\"1\",\"unit_price\":\"1\",\"amount\":\"" amount "\"}"

struct pair {
  const char *a, *b, *pointer; /* NULL: they say the same */
};
static const struct pair pairs[] = {
    {BILL(""), BILL(""), NULL},
    {BILL(",\"lines\":[]"), BILL(""), NULL},
    {BILL(",\"use_account\":\"1.5\""), BILL(",\"use_account\":\"1.50\""), NULL},
    {BILL(",\"rescue\":false"), BILL(""), "/rescue"},
    {BILL(",\"days\":0"), BILL(""), "/days"},
    {BILL(",\"disease\":\"\""), BILL(""), "/disease"},
    {BILL(",\"disease\":\"a\""), BILL(",\"disease\":\"b\""), "/disease"},
    {BILL(",\"rescue\":true"), BILL(",\"rescue\":false"), "/rescue"},
    {BILL(",\"care_form\":\"home_self\""), BILL(",\"care_form\":\"home_visit\""), "/care_form"},
    {BILL(",\"to\":\"2023-10-18\",\"days\":1"), BILL(",\"to\":\"2023-10-19\",\"days\":2"), "/to"},
    {BILL(",\"lines\":[" LINE("1") "," LINE("2") "]"), BILL(",\"lines\":[" LINE("1") "," LINE("3") "]"),
     "/lines/1/amount"},
    {BILL(",\"lines\":[" LINE("1") "]"), BILL(",\"lines\":[" LINE("1") "," LINE("3") "]"), "/lines/1"},
    {BILL(",\"lines\":[" LINE("1") "]"), BILL(",\"lines\":[" LINE("2") "," LINE("3") "]"), "/lines/0/amount"},
    {BILL(",\"lines\":[" LINE("1") "]"), BILL(""), "/lines/0"},
    {BILL(",\"sums\":{\"total\":\"1\",\"own_expense\":\"1\",\"over_limit\":\"0\",\"first_pay\":\"0\",\"in_policy\":"
          "\"0\"}"),
     BILL(",\"sums\":{\"total\":\"1\",\"own_expense\":\"0\",\"over_limit\":\"1\",\"first_pay\":\"0\",\"in_policy\":"
          "\"0\"}"),
     "/sums/own_expense"},
};

static const ProtobufCMessage *bill(const char *json, struct arena *arena) {
  Yz__Problem *problem = NULL;
  const ProtobufCMessage *message = json_read(&yz__bill__descriptor, json, strlen(json), arena, &problem);
  assert_non_null(message);
  return message;
}

static void finds_the_first_difference(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(pairs); i++) {
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA);
    const ProtobufCMessage *a = bill(pairs[i].a, &arena), *b = bill(pairs[i].b, &arena);
    struct text there = {0}, back = {0};
    assert_int_equal(message_differs(a, b, &there), pairs[i].pointer != NULL);
    assert_int_equal(message_differs(b, a, &back), pairs[i].pointer != NULL);
    assert_string_equal(text_string(&there), pairs[i].pointer ? pairs[i].pointer : "");
    assert_string_equal(text_string(&back), text_string(&there));
    assert_int_equal(message_differs(a, b, NULL), pairs[i].pointer != NULL);
    text_free(&there);
    text_free(&back);
    arena_free(&arena);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(finds_the_first_difference)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
