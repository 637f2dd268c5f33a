/* OpenAPI: the document is JSON, says what the routes and messages are, and agrees with what the reader accepts. */
#include "test.h"

#include "openapi.h"
#include "services.pb-c.h"

#include <jansson.h>

static const struct api_route routes[] = {
    {.method = "POST",
     .path = "/v1/settlements",
     .operation = "settle",
     .summary = "Settle a \"bill\"",
     .creates = true,
     .input = &yz__bill__descriptor,
     .output = &yz__settlement__descriptor},
    {.method = "GET",
     .path = "/v1/settlements/{id}",
     .operation = "read",
     .summary = "Read a settlement",
     .text_too = true,
     .output = &yz__settlement__descriptor},
    {.method = "DELETE",
     .path = "/v1/settlements/{id}",
     .operation = "cancel",
     .summary = "Cancel",
     .input = &yz__cancel_request__descriptor,
     .output = &yz__settlement__descriptor},
    {.method = "GET",
     .path = "/v1/persons/{person}/filings/{n}",
     .operation = "filing",
     .summary = "Two",
     .query = "on lang"},
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
  assert_int_equal(json_object_size(at(json, "paths|/v1/settlements|post|responses")), 3); /* 201, 200, default */
  assert_int_equal(json_object_size(at(json, "paths|/v1/settlements/{id}|delete|responses")), 2);
  assert_int_equal(json_object_size(at(json, "paths|/v1/settlements/{id}|get|responses|200|content")), 2);
  assert_int_equal(json_object_size(at(json, "paths|/v1/settlements/{id}|delete|responses|200|content")), 1);
  at(json, "paths|/v1/persons/{person}/filings/{n}|get|responses|200|content|text/plain");
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
