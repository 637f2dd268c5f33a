/* What stands at the edge of a request: trace context, media types, problems as JSON. */
#include "test.h"

#include "allow_list.h"
#include "http.h"
#include "media.h"
#include "problem_json.h"
#include "trace.h"

#include <jansson.h>

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define SPAN "b7ad6b7169203331"

static void test_traceparent(void **state) {
  (void)state;
  static const struct {
    const char *text;
    bool good;
  } cases[] = {
      {"00-" TRACE "-" SPAN "-01", true},
      {"00-" TRACE "-" SPAN "-00", true},
      {"cc-" TRACE "-" SPAN "-01-what-comes-later", true},
      {"", false},
      {"00-" TRACE "-" SPAN, false},
      {"00-" TRACE "-" SPAN "-01-more", false},
      {"cc-" TRACE "-" SPAN "-01more", false},
      {"ff-" TRACE "-" SPAN "-01", false},
      {"00-" TRACE "_" SPAN "-01", false},
      {"00-00000000000000000000000000000000-" SPAN "-01", false},
      {"00-" TRACE "-0000000000000000-01", false},
      {"00-0AF7651916CD43DD8448EB211C80319C-" SPAN "-01", false},
      {"00-" TRACE "-" SPAN "-0x", false},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    char read[TRACE_TEXT], made[TRACE_TEXT], id[TRACE_ID_TEXT];
    assert_int_equal(trace_read(cases[i].text, read), cases[i].good);
    trace_make(cases[i].text, made);
    assert_true(trace_read(made, read)); /* whatever came, what goes on is one */
    trace_id(made, id);
    assert_int_equal(strcmp(id, TRACE) == 0, cases[i].good);
    assert_null(strstr(made, SPAN)); /* the span is ours */
  }
  char first[TRACE_TEXT], second[TRACE_TEXT];
  trace_make(NULL, first);
  trace_make(NULL, second);
  assert_string_not_equal(first, second);
}

static void test_content_type(void **state) {
  (void)state;
  static const char *const json[] = {"application/json", "Application/JSON; charset=utf-8", "application/x+json", NULL};
  static const char *const other[] = {"", "text/plain", "application/jsonx", "application/x-www-form-urlencoded",
                                      "+json"};
  for (size_t i = 0; i < COUNT(json); i++) assert_true(media_is_json(json[i]));
  for (size_t i = 0; i < COUNT(other); i++) assert_false(media_is_json(other[i]));
}

static void test_ndjson(void **state) {
  (void)state;
  static const char *const lines[] = {NULL, "application/x-ndjson", "Application/X-NDJSON ; charset=utf-8"};
  static const char *const other[] = {"", "application/json", "application/ndjson", "application/x-ndjsonx",
                                      "text/plain"};
  for (size_t i = 0; i < COUNT(lines); i++) assert_true(media_is_ndjson(lines[i]));
  for (size_t i = 0; i < COUNT(other); i++) assert_false(media_is_ndjson(other[i]));
}

static void test_accept(void **state) {
  (void)state;
  static const struct {
    const char *accept;
    int json, text;
  } cases[] = {
      {NULL, 1000, 1000},
      {"", 1000, 1000},
      {"*/*", 1000, 1000},
      {"text/plain", 0, 1000},
      {"TEXT/Plain;charset=utf-8", 0, 1000},
      {"text/*;q=0.5, application/json;q=0.25", 250, 500},
      {"text/plain;q=0, */*", 1000, 0},
      {"*/*;q=0.1, application/json", 1000, 100},
      {"text/html, application/xhtml+xml, */*;q=0.8", 800, 800},
      {"text/html", 0, 0},
      {"application/json;q=1.5", 1000, 0}, /* unreadable: as if it were not there */
      {",;,/,*", 0, 0},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    assert_int_equal(media_quality(cases[i].accept, "application/json"), cases[i].json);
    assert_int_equal(media_quality(cases[i].accept, "text/plain"), cases[i].text);
  }
}

static void test_problem_json(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, 1024 * 1024);
  struct text text = {0};
  problem_json(problem_new(&arena, YZ__CODE__REQUEST_ID_REUSED, "/lines/3", "says \"%s\"", "x"), 409, TRACE, &text);
  json_t *json = json_loads(text_string(&text), 0, NULL);
  assert_non_null(json);
  static const char *const members[][2] = {{"type", "urn:yizhan:problem:request_id_reused"},
                                           {"title", "request id used before with other content"},
                                           {"code", "request_id_reused"},
                                           {"pointer", "/lines/3"},
                                           {"detail", "says \"x\""},
                                           {"trace", TRACE}};
  for (size_t i = 0; i < COUNT(members); i++)
    assert_string_equal(json_string_value(json_object_get(json, members[i][0])), members[i][1]);
  assert_int_equal(json_integer_value(json_object_get(json, "status")), 409);
  assert_non_null(json_object_get(json, "remedy"));
  json_decref(json);
  text_clear(&text);
  problem_json(problem_new(&arena, YZ__CODE__NOT_FOUND, NULL, "x"), 404, TRACE, &text);
  assert_null(strstr(text_string(&text), "pointer"));
  text_free(&text);
  arena_free(&arena);
}

static void test_broken_percent_signs(void **state) {
  (void)state;
  static const struct {
    const char *query, *broken;
  } cases[] = {
      {"", NULL},
      {"on=2022-05-01&lang=zh", NULL},
      {"on=2022%2D05-01&x=%e4%bd%a0&y", NULL},
      {"on=2022-05-01%", "on"},
      {"lang=zh&on=%2", "on"},
      {"on=2022&lang=%zz&x=%", "lang"},
      {"on=a%00b", "on"}, /* NUL would end the value */
      {"o%n", "o%n"},
      {"o%6=1", "o%6"},
      {"&&=%&", ""},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    const char *broken = http_query_broken(&(struct http_exchange){.query = cases[i].query, .arena = &arena});
    if (cases[i].broken)
      assert_string_equal(broken, cases[i].broken);
    else
      assert_null(broken);
    arena_free(&arena);
  }
}

#define KEY "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define SHARP "rq:r#>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf#"

static void test_allow_list(void **state) {
  (void)state;
  static const struct {
    const char *text, *why; /* part of it; NULL: read */
    size_t n;
  } cases[] = {
      {"", "names no worker", 0},
      {"# nobody\n\n", "names no worker", 0},
      {"adjudication " KEY "\r\n  clearing\t" SHARP, NULL, 2},
      {"adjudication " KEY "\nadjudication " KEY "\n", NULL, 2},
      {"\nbilling " KEY, "line 2: no service is called \"billing\"", 0},
      {"clearing", "line 1: a public key", 0},
      {"clearing short", "line 1: a public key", 0},
      {"clearing " KEY " # why", "line 1: more than", 0},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    struct bus_allowed *rows;
    size_t n;
    const char *why = allow_list_read(&arena, arena_copy(&arena, cases[i].text), &rows, &n);
    if (cases[i].why) {
      assert_non_null(why);
      assert_non_null(strstr(why, cases[i].why));
    } else {
      assert_null(why);
      assert_int_equal(n, cases[i].n);
    }
    if (i == 2) {
      assert_string_equal(rows[0].public_key, KEY);
      assert_string_equal(rows[1].public_key, SHARP);
      assert_string_equal(rows[1].service->short_name, "Clearing");
    }
    arena_free(&arena);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_allow_list),
      cmocka_unit_test(test_traceparent),
      cmocka_unit_test(test_content_type),
      cmocka_unit_test(test_ndjson),
      cmocka_unit_test(test_accept),
      cmocka_unit_test(test_problem_json),
      cmocka_unit_test(test_broken_percent_signs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
