/* OpenAPI: the document is JSON, says what the routes and messages are, and agrees with what the reader accepts. */
#include "test.h"

#include "openapi.h"
#include "services.pb-c.h"

#include <jansson.h>

static const struct api_route routes[] = {
    {"POST", "/v1/settlements", "settle", "Settle a \"bill\"", NULL, &yz__bill__descriptor,
     &yz__settlement__descriptor},
    {"GET", "/v1/settlements/{id}", "read", "Read a settlement", NULL, NULL, &yz__settlement__descriptor},
    {"DELETE", "/v1/settlements/{id}", "cancel", "Cancel", NULL, &yz__cancel_request__descriptor,
     &yz__settlement__descriptor},
    {"GET", "/v1/persons/{person}/filings/{n}", "filing", "Two", "on lang", NULL, NULL},
};

/* Follows names and places separated by '|'. */
static const json_t *at(const json_t *json, const char *path) {
  char copy[256];
  strcpy(copy, path);
  for (char *save = NULL, *name = strtok_r(copy, "|", &save); name; name = strtok_r(NULL, "|", &save)) {
    json = json_is_array(json) ? json_array_get(json, (size_t)atoi(name)) : json_object_get(json, name);
    if (!json) fail_msg("%s: no %s", path, name);
  }
  return json;
}
static const char *string_at(const json_t *json, const char *path) {
  return json_string_value(at(json, path));
}

static void describes_the_routes(void **state) {
  (void)state;
  struct text out = {0};
  openapi_write(&out, "yizhan", "1.0", routes, COUNT(routes));
  json_error_t error;
  json_t *json = json_loadb(out.bytes, out.n, JSON_REJECT_DUPLICATES, &error);
  if (!json) fail_msg("%s", error.text);
  assert_string_equal(string_at(json, "openapi"), "3.1.0");
  assert_int_equal(json_object_size(at(json, "paths")), 3);
  assert_int_equal(json_object_size(at(json, "paths|/v1/settlements/{id}")), 2);
  assert_string_equal(string_at(json, "paths|/v1/settlements|post|summary"), "Settle a \"bill\"");
  assert_string_equal(string_at(json, "paths|/v1/settlements|post|requestBody|content|application/json|schema|$ref"),
                      "#/components/schemas/Bill");
  assert_string_equal(string_at(json, "paths|/v1/settlements/{id}|get|parameters|0|name"), "id");
  const json_t *parameters = at(json, "paths|/v1/persons/{person}/filings/{n}|get|parameters");
  assert_int_equal(json_array_size(parameters), 4);
  assert_string_equal(string_at(parameters, "3|name"), "lang");
  assert_string_equal(string_at(parameters, "3|in"), "query");
  json_decref(json);
  text_free(&out);
}

static void describes_the_messages(void **state) {
  (void)state;
  struct text out = {0};
  openapi_write(&out, "yizhan", "1.0", routes, COUNT(routes));
  json_t *json = json_loadb(out.bytes, out.n, JSON_REJECT_DUPLICATES, NULL);
  const json_t *schemas = at(json, "components|schemas");
  assert_string_equal(string_at(schemas, "Bill|properties|lines|items|$ref"), "#/components/schemas/FeeLine");
  assert_string_equal(string_at(schemas, "FeeLine|properties|amount|pattern"), "^-?(0|[1-9][0-9]*)(\\.[0-9]{1,2})?$");
  assert_string_equal(string_at(schemas, "FeeLine|required|1"), "quantity");
  assert_string_equal(string_at(schemas, "Bill|properties|setting|enum|0"), "inpatient");
  assert_string_equal(string_at(schemas, "Problem|properties|code|type"), "string");
  const char *key;
  json_t *schema;
  json_object_foreach((json_t *)(uintptr_t)schemas, key, schema) {
    assert_true(json_is_false(json_object_get(schema, "additionalProperties")));
  }
  /* every reference leads somewhere */
  for (const char *ref = strstr(out.bytes, "#/components/schemas/"); ref;
       ref = strstr(ref + 1, "#/components/schemas/")) {
    char name[64] = "";
    memcpy(name, ref + 21, strcspn(ref + 21, "\""));
    assert_non_null(json_object_get(schemas, name));
  }
  json_decref(json);
  text_free(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(describes_the_routes), cmocka_unit_test(describes_the_messages)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
