/* The route table: what matches, what the document says about it, and what requests become. */
#include "test.h"

#include "input.h"
#include "routes.h"
#include "services.pb-c.h"

#include <jansson.h>
#include <stdio.h>

static struct arena arena;

static int setup(void **state) {
  (void)state;
  arena_init(&arena, 4 * 1024 * 1024);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  arena_free(&arena);
  return 0;
}

static void test_every_route_matches_itself(void **state) {
  (void)state;
  size_t n;
  const struct route *table = routes(&n);
  for (size_t i = 0; i < n; i++) {
    char path[256] = "";
    const char *open = strchr(table[i].path, '{');
    if (open)
      snprintf(path, sizeof path, "%.*sx%%2D1%s", (int)(open - table[i].path), table[i].path, strchr(open, '}') + 1);
    else
      snprintf(path, sizeof path, "%s", table[i].path);
    const struct route_match match = route_match(table[i].method, path, &arena);
    assert_ptr_equal(match.route, &table[i]);
    if (open)
      assert_string_equal(match.id, "x-1");
    else
      assert_null(match.id);
    /* a route with an id has a member for it, one with a body reads that type */
    assert_int_equal(open != NULL && table[i].kind != ROUTE_POLICY, table[i].key != NULL);
    if (table[i].kind == ROUTE_CALL && table[i].body) assert_ptr_equal(table[i].body, call_info(table[i].call)->input);
    if (table[i].kind == ROUTE_CALL) assert_ptr_equal(table[i].output, call_info(table[i].call)->output);
  }
}

static void test_only_batches_stream(void **state) {
  (void)state;
  assert_true(route_streams("POST", "/v1/settlements:batch"));
  assert_true(route_streams("POST", "/v1/settlements:batch?x=/v1"));
  assert_false(route_streams("PUT", "/v1/settlements:batch"));
  assert_false(route_streams("POST", "/v1/settlements:batc"));
  assert_false(route_streams("POST", "/v1/settlements:batches"));
  assert_false(route_streams("POST", "/v1/settlements"));
  assert_false(route_streams("POST", "/?/v1/settlements:batch"));
}

static void test_what_does_not_match(void **state) {
  (void)state;
  static const struct {
    const char *method, *path, *allow;
  } cases[] = {
      {"GET", "/", NULL},
      {"GET", "/v1/persons", NULL},
      {"GET", "/v1/persons/", NULL},
      {"GET", "/v1/persons//account", NULL},
      {"GET", "/v1/persons/a/", NULL},
      {"GET", "/v1/persons/a/accountx", NULL},
      {"GET", "/v1/persons/%zz", NULL},
      {"GET", "/v1/persons/%00", NULL},
      {"GET", "/v1/settlementsx", NULL},
      {"GET", "/v1/settlements", "POST"},
      {"DELETE", "/v1/persons/a", "PUT, GET, HEAD"},
      {"POST", "/v1/policies", "GET, HEAD"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    const struct route_match match = route_match(cases[i].method, cases[i].path, &arena);
    assert_null(match.route);
    if (cases[i].allow)
      assert_string_equal(match.allow, cases[i].allow);
    else
      assert_null(match.allow);
  }
  assert_string_equal(route_match("HEAD", "/v1/persons/a", &arena).route->operation, "getPerson");
}

static void test_the_document_has_the_table(void **state) {
  (void)state;
  struct text text = {0};
  routes_openapi(&text);
  json_t *document = json_loads(text_string(&text), JSON_REJECT_DUPLICATES, NULL);
  assert_non_null(document);
  const json_t *paths = json_object_get(document, "paths"),
               *schemas = json_object_get(json_object_get(document, "components"), "schemas");
  size_t n, operations = 0;
  const struct route *table = routes(&n);
  for (size_t i = 0; i < n; i++) {
    static const char *const methods[][2] = {{"GET", "get"}, {"PUT", "put"}, {"POST", "post"}};
    const json_t *operation = NULL;
    for (size_t m = 0; m < COUNT(methods); m++)
      if (strcmp(table[i].method, methods[m][0]) == 0)
        operation = json_object_get(json_object_get(paths, table[i].path), methods[m][1]);
    assert_non_null(operation);
    assert_string_equal(json_string_value(json_object_get(operation, "operationId")), table[i].operation);
    assert_int_equal(json_object_get(operation, "requestBody") != NULL, table[i].body != NULL);
    assert_non_null(json_object_get(schemas, table[i].output->short_name));
  }
  const char *path;
  json_t *item;
  json_object_foreach((json_t *)(uintptr_t)paths, path, item) operations += json_object_size(item);
  assert_int_equal(operations, n);
  json_decref(document);
  text_free(&text);
}

/* The request as the message of the bus, or NULL and the problem. */
static const void *read_input(const char *method, const char *path, const char *query, const char *body,
                              Yz__Problem **problem) {
  const struct route_match match = route_match(method, path, &arena);
  assert_non_null(match.route);
  const struct http_exchange http = {
      .method = method, .path = path, .query = query, .body = body, .n_body = strlen(body), .arena = &arena};
  return input_read(call_info(match.route->call)->input, match.route, match.id, &http, problem);
}

static void test_inputs(void **state) {
  (void)state;
  Yz__Problem *problem;
  const Yz__PersonDay *day = read_input("GET", "/v1/persons/p1/account", "on=1970-01-11", "", &problem);
  assert_string_equal(day->person, "p1");
  assert_true(day->has_on);
  assert_int_equal(day->on, 10);
  day = read_input("GET", "/v1/persons/p1", "on=nonsense", "", &problem); /* not a parameter of this route */
  assert_false(day->has_on);
  const Yz__ClearingQuery *month = read_input("GET", "/v1/clearing/balances", "month=202401", "", &problem);
  assert_int_equal(month->month, 202401);

  static const char *const bodies[] = {"{\"request_id\":\"x\"}", " { \"request_id\" : \"x\" } ",
                                       "{\"id\":\"S1\",\"request_id\":\"x\"}", "{\"request_id\":\"x\",\"id\":\"S1\"}"};
  for (size_t i = 0; i < COUNT(bodies); i++) {
    const Yz__CancelRequest *cancel = read_input("POST", "/v1/settlements/S1/cancel", "", bodies[i], &problem);
    assert_non_null(cancel);
    assert_string_equal(cancel->id, "S1");
    assert_string_equal(cancel->request_id, "x");
  }
}

static void test_refused_inputs(void **state) {
  (void)state;
  static const struct {
    const char *method, *path, *query, *body;
    Yz__Code code;
    const char *pointer, *detail; /* part of it */
  } cases[] = {
      {"GET", "/v1/persons/p%20", "", "", YZ__CODE__INVALID, NULL, "id in the path"},
      {"GET", "/v1/persons/p1/account", "on=2024-02-30", "", YZ__CODE__MALFORMED, NULL, "parameter on"},
      {"GET", "/v1/clearing/balances", "", "", YZ__CODE__MALFORMED, NULL, "month is missing"},
      {"GET", "/v1/clearing/balances", "month=-1", "", YZ__CODE__MALFORMED, NULL, "parameter month"},
      {"POST", "/v1/settlements/S1/cancel", "", "", YZ__CODE__MALFORMED, NULL, "not JSON"},
      {"POST", "/v1/settlements/S1/cancel", "", "[]", YZ__CODE__MALFORMED, NULL, "expected an object"},
      {"POST", "/v1/settlements/S1/cancel", "", "{}", YZ__CODE__MALFORMED, "/request_id", "missing"},
      {"POST", "/v1/settlements/S1/cancel", "", "{", YZ__CODE__MALFORMED, NULL, "not JSON"},
      {"POST", "/v1/settlements/S1/cancel", "", "{\"id\":1,\"request_id\":\"x\"}", YZ__CODE__MALFORMED, "/id",
       "expected"},
      {"POST", "/v1/settlements/S1/cancel", "", "{\"id\":\"S2\",\"request_id\":\"x\"}", YZ__CODE__MALFORMED, "/id",
       "the path says"},
      {"POST", "/v1/settlements/S1/cancel", "", "{\"odd\":1}", YZ__CODE__MALFORMED, "/odd", "unknown member"},
      {"PUT", "/v1/persons/p1", "", "{\"name\":\"x\",\"born\":\"1990-13-01\"}", YZ__CODE__MALFORMED, "/born", "date"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    Yz__Problem *problem = NULL;
    assert_null(read_input(cases[i].method, cases[i].path, cases[i].query, cases[i].body, &problem));
    assert_int_equal(problem->code, cases[i].code);
    if (cases[i].pointer)
      assert_string_equal(problem->pointer, cases[i].pointer);
    else
      assert_true(!problem->pointer || !problem->pointer[0]);
    if (!strstr(problem->detail, cases[i].detail)) print_error("%zu: %s\n", i, problem->detail);
    assert_non_null(strstr(problem->detail, cases[i].detail));
  }
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(test_every_route_matches_itself),
      TEST(test_what_does_not_match),
      TEST(test_only_batches_stream),
      TEST(test_the_document_has_the_table),
      TEST(test_inputs),
      TEST(test_refused_inputs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
