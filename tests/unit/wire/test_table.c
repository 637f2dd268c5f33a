#include "json.h"
#include "person.pb-c.h"
#include "settlement.pb-c.h"
#include "table.h"
#include "test.h"

/* Reads a header and one row; prints the message as JSON, or "pointer: detail" of the refusal. */
static const char *convert(const ProtobufCMessageDescriptor *type, const char *text, struct arena *arena) {
  struct csv_reader reader = {0};
  static struct csv_record record;
  Yz__Problem *problem = NULL;
  size_t used, from = 0, n = strlen(text);
  assert_int_equal(csv_next(&reader, text, n, true, &used, &record), CSV_RECORD);
  struct table *table = table_open(type, &record, arena, &problem);
  ProtobufCMessage *message = NULL;
  if (table) {
    from += used;
    assert_int_equal(csv_next(&reader, text + from, n - from, true, &used, &record), CSV_RECORD);
    message = table_row(table, &record, arena, &problem);
  }
  struct text out = {0};
  if (message)
    json_write(message, &out);
  else
    text_addf(&out, "%s: %s", problem->pointer ? problem->pointer : "", problem->detail);
  char *copy = text_copy(&out, arena);
  text_free(&out);
  return copy;
}

static void test_rows(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, 1 << 20);
  assert_string_equal(
      convert(
          &yz__person__descriptor,
          "id,name,born,coverages/0/scheme,coverages/0/standing,coverages/0/pack,coverages/0/from,"
          "coverages/1/scheme,recognitions/0/category,recognitions/0/from,recognitions/1/category,"
          "recognitions/1/from,registrations/0/disease,registrations/0/from,registrations/0/insulin,account_balance\n"
          "p1,\"张, 三\",1980-05-01,resident,adult,cn.a,2023-01-01,,,,edge_family,2023-02-01,M1,2023-01-01,true,12.5\n",
          &arena),
      "{\"id\":\"p1\",\"name\":\"张, 三\",\"born\":\"1980-05-01\",\"coverages\":[{\"scheme\":\"resident\","
      "\"standing\":\"adult\",\"pack\":\"cn.a\",\"from\":\"2023-01-01\"}],\"recognitions\":[{\"category\":"
      "\"edge_family\",\"from\":\"2023-02-01\"}],\"registrations\":[{\"disease\":\"M1\",\"from\":\"2023-01-01\","
      "\"insulin\":true}],\"account_balance\":\"12.50\"}");
  assert_string_equal(convert(&yz__listed_sum__descriptor, "in_policy,list\n,drugs\n", &arena), "{\"list\":\"drugs\"}");
  /* places out of order are read too, the other way */
  assert_string_equal(convert(&yz__person__descriptor,
                              "id,recognitions/1/category,recognitions/0/category,name,born,recognitions/1/from,"
                              "recognitions/0/from\np1,monitored,edge_family,a,1980-05-01,2023-01-01,2023-02-01\n",
                              &arena),
                      "{\"id\":\"p1\",\"name\":\"a\",\"born\":\"1980-05-01\",\"recognitions\":[{\"category\":"
                      "\"edge_family\",\"from\":\"2023-02-01\"},{\"category\":\"monitored\",\"from\":"
                      "\"2023-01-01\"}]}");
  arena_free(&arena);
}

static void test_refusals(void **state) {
  (void)state;
  static const struct {
    const char *text, *found;
  } examples[] = {
      {"list,weight\na,b\n", "column \"weight\" names no member"},
      {"list,list\na,b\n", "column \"list\" stands twice"},
      {"list/x\na\n", "column \"list/x\" goes on behind a plain value"},
      {"in_policy\n1.00\n", "list"},
      {"list,in_policy\na\n", "1 fields where the header has 2"},
      {"list,in_policy\na,1.234\n", "/in_policy: "},
  };
  struct arena arena;
  arena_init(&arena, 1 << 20);
  for (size_t i = 0; i < COUNT(examples); i++)
    assert_non_null(strstr(convert(&yz__listed_sum__descriptor, examples[i].text, &arena), examples[i].found));
  assert_non_null(strstr(convert(&yz__sums__descriptor, "listed/list\na\n", &arena), "needs a place from 0 to 99"));
  assert_non_null(strstr(convert(&yz__sums__descriptor, "listed/0\na\n", &arena), "names a group of members"));
  assert_non_null(strstr(convert(&yz__bill__descriptor, "days,request_id\nx,r\n", &arena), "/days: "));
  arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_refusals)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
