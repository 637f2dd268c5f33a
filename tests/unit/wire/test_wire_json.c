/* JSON: what is accepted and how it is printed, what is refused and where; never a byte too far,
 * never rounded. */
#include "test.h"

#include "bounds.h"
#include "compare.h"
#include "guard.h"
#include "guard_page.h"
#include "json.h"
#include "policy.pb-c.h"
#include "random_message.h"
#include "services.pb-c.h"
#include "settlement.pb-c.h"

#include <jansson.h>

#define BILL                                                                                                           \
  "{\"request_id\":\"R1\",\"person\":\"P1\",\"institution\":\"H1\",\"setting\":\"inpatient\",\"from\":\"2023-10-17\""

struct accepted {
  const ProtobufCMessageDescriptor *type;
  const char *json, *printed; /* printed NULL: the same */
};
static const struct accepted accepted[] = {
    {&yz__empty__descriptor, "{}", NULL},
    {&yz__empty__descriptor, " { } \n", "{}"},
    {&yz__id__descriptor, "{\"id\":\"\"}", NULL},
    {&yz__id__descriptor, "{\"id\":\"\\ud83d\\ude00\\u00e9\\u0041\\b\\f\\r\\t\"}",
     "{\"id\":\"😀éA\\u0008\\u000c\\u000d\\u0009\"}"},
    {&yz__id__descriptor, "{\"id\":\"\\u6dc4\\n\\\"\\\\\\/\"}", "{\"id\":\"淄\\u000a\\\"\\\\/\"}"},
    {&yz__bill__descriptor, BILL "}", NULL},
    {&yz__bill__descriptor, BILL ",\"to\":null,\"lines\":[],\"sums\":null}", BILL "}"},
    {&yz__bill__descriptor, BILL ",\"rescue\":false,\"use_account\":\"0\",\"days\":0}",
     BILL ",\"rescue\":false,\"use_account\":\"0.00\",\"days\":0}"},
    {&yz__bill__descriptor,
     BILL ",\"lines\":[{\"amount\":\"1234.5\",\"unit_price\":\"0.0001\",\"quantity\":\"12345000\",\"item\":\"X\"}]}",
     BILL ",\"lines\":[{\"item\":\"X\",\"quantity\":\"12345000\",\"unit_price\":\"0.0001\",\"amount\":\"1234.50\"}]}"},
    {&yz__counter__descriptor, "{\"name\":\"c\",\"value\":-9007199254740992}", NULL},
    {&yz__segment__descriptor, "{\"from\":\"-0.01\",\"amount\":\"100000000000\",\"rate\":\"92.50%\"}",
     "{\"from\":\"-0.01\",\"amount\":\"100000000000.00\",\"rate\":\"92.5%\"}"},
    {&yz__cancellation__descriptor, "{\"request_id\":\"r\",\"cancelled\":\"2023-10-17T10:03:04+08:00\"}",
     "{\"request_id\":\"r\",\"cancelled\":\"2023-10-17T02:03:04.000Z\"}"},
    {&yz__when__descriptor, "{\"age\":\"60-69\",\"stay\":\"3+\"}", NULL},
    {&yz__when__descriptor, "{\"age\":\"-17\",\"stay\":\"3\"}", NULL},
    {&yz__when__descriptor, "{\"age\":\"0+\",\"stay\":\"3-3\"}", "{\"age\":\"0+\",\"stay\":\"3\"}"},
    {&yz__when__descriptor, "{\"scheme\":[\"resident\",\"employee\"],\"basic_settled\":true}", NULL},
    {&yz__fact__descriptor,
     "{\"kind\":\"cancelled\",\"settlement\":\"s\",\"person\":\"p\",\"year\":4294967295,\"at\":\"1970-01-01T00:00:00."
     "001Z\"}",
     NULL},
};

static void accepts_and_prints(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(accepted); i++) {
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA);
    Yz__Problem *problem = NULL;
    const ProtobufCMessage *message =
        json_read(accepted[i].type, accepted[i].json, strlen(accepted[i].json), &arena, &problem);
    if (!message) fail_msg("%s: %s: %s", accepted[i].json, problem->pointer, problem->detail);
    struct text printed = {0};
    json_write(message, &printed);
    assert_string_equal(text_string(&printed), accepted[i].printed ? accepted[i].printed : accepted[i].json);
    text_free(&printed);
    arena_free(&arena);
  }
}

struct refused {
  const ProtobufCMessageDescriptor *type;
  const char *json, *pointer, *says;
};
static const struct refused refused[] = {
    {&yz__bill__descriptor, "", "", "not JSON"},
    {&yz__bill__descriptor, "{", "", "not JSON"},
    {&yz__bill__descriptor, "null", "", "expected an object (Bill), found null"},
    {&yz__bill__descriptor, "[]", "", "expected an object (Bill), found an array"},
    {&yz__bill__descriptor, "{}", "/request_id", "required member is missing"},
    {&yz__bill__descriptor, BILL "} x", "", "not JSON: an unexpected character (line 1, column 96)"},
    {&yz__bill__descriptor, BILL ",\"request_id\":\"R2\"}", "/request_id", "duplicate member"},
    {&yz__bill__descriptor, BILL ",\"Lines\":[]}", "/Lines", "unknown member; Bill has request_id, caller"},
    {&yz__bill__descriptor, BILL ",\"a/b~c\":null}", "/a~1b~0c", "unknown member"},
    {&yz__bill__descriptor, BILL ",\"rescue\":\"true\"}", "/rescue", "expected true or false, found a string"},
    {&yz__bill__descriptor, BILL ",\"rescue\":1}", "/rescue", "expected true or false, found a number"},
    {&yz__bill__descriptor, BILL ",\"days\":\"3\"}", "/days", "expected a whole number"},
    {&yz__bill__descriptor, BILL ",\"days\":-1}", "/days", "\"-1\" is not a whole number of 32 bits, not negative"},
    {&yz__bill__descriptor, BILL ",\"days\":4294967296}", "/days", "is not a whole number"},
    {&yz__bill__descriptor, BILL ",\"days\":1.0}", "/days", "expected a whole number"},
    {&yz__bill__descriptor, BILL ",\"days\":1e2}", "/days", "expected a whole number"},
    {&yz__bill__descriptor, BILL ",\"days\":99999999999999999999}", "/days", "is not a whole number"},
    {&yz__bill__descriptor, BILL ",\"lines\":{}}", "/lines", "expected an array, found an object"},
    {&yz__bill__descriptor, BILL ",\"lines\":[null]}", "/lines/0", "expected an object (FeeLine), found null"},
    {&yz__bill__descriptor, BILL ",\"lines\":[{\"item\":\"X\"}]}", "/lines/0/quantity", "required member is missing"},
    {&yz__bill__descriptor,
     BILL ",\"lines\":[{\"item\":\"X\",\"quantity\":\"1\",\"unit_price\":\"1\",\"amount\":\"1.00\"},"
          "{\"item\":\"X\",\"quantity\":\"1\",\"unit_price\":\"1\",\"amount\":1.5}]}",
     "/lines/1/amount", "expected yuan as a string with at most two decimals, such as \"1234.50\", found a number"},
    {&yz__bill__descriptor, BILL ",\"use_account\":5}", "/use_account", "expected yuan as a string"},
    {&yz__bill__descriptor, BILL ",\"use_account\":\"1.005\"}", "/use_account", "\"1.005\" is not yuan"},
    {&yz__bill__descriptor, BILL ",\"use_account\":\"1e3\"}", "/use_account", "\"1e3\" is not yuan"},
    {&yz__bill__descriptor, BILL ",\"use_account\":\" 1\"}", "/use_account", "\" 1\" is not yuan"},
    {&yz__bill__descriptor, BILL ",\"use_account\":\"100000000000.01\"}", "/use_account", "is not yuan"},
    {&yz__bill__descriptor, BILL ",\"to\":\"2023-02-29\"}", "/to", "\"2023-02-29\" is not a date"},
    {&yz__bill__descriptor, BILL ",\"to\":20231017}", "/to", "expected a date as a string"},
    {&yz__bill__descriptor, BILL ",\"care_form\":\"HOME_VISIT\"}", "/care_form",
     "is not one of medical_care, institution_care, home_visit, home_self"},
    {&yz__bill__descriptor, BILL ",\"care_form\":3}", "/care_form", "expected one of medical_care"},
    {&yz__bill__descriptor, BILL ",\"care_form\":\"\"}", "/care_form", "\"\" is not one of"},
    {&yz__bill__descriptor, BILL ",\"disease\":\"a\\u0000b\"}", "/disease", "not JSON: an escape that is none, NUL"},
    {&yz__bill__descriptor, BILL ",\"disease\":\"\\ud800\"}", "/disease", "not JSON: an escape"},
    {&yz__bill__descriptor, BILL ",\"disease\":\"\xff\"}", "/disease", "bytes that are not UTF-8"},
    {&yz__bill__descriptor, BILL ",\"disease\":\"\xc0\xaf\"}", "/disease", "bytes that are not UTF-8"},
    {&yz__bill__descriptor, BILL ",\"days\":01}", "/days", "not JSON: a number with a leading zero"},
    {&yz__bill__descriptor, BILL ",\"days\":NaN}", "/days", "not JSON: an unexpected character"},
    {&yz__bill__descriptor, BILL ",}", "", "not JSON: expected the name of a member"},
    {&yz__bill__descriptor, BILL ",\"days\":null,\"days\":1}", "/days", "duplicate member"},
    {&yz__bill__descriptor, BILL ",\"d\\u0061ys\":-}", "/days", "not JSON: a number without digits"},
    {&yz__bill__descriptor, BILL ",\"days\":1.}", "/days", "not JSON: a number without digits behind the point"},
    {&yz__bill__descriptor, BILL ",\"days\":1e}", "/days", "not JSON: a number without digits in its exponent"},
    {&yz__bill__descriptor, BILL ",\"days\":+1}", "/days", "not JSON: an unexpected character"},
    {&yz__bill__descriptor, BILL ",\"days\":}", "/days", "not JSON: expected a value"},
    {&yz__bill__descriptor, BILL ",\"days\"", "/days", "not JSON: expected ':', found the end"},
    {&yz__bill__descriptor, BILL ",\"days\":1 \"to\"", "", "not JSON: expected ',' or '}'"},
    {&yz__bill__descriptor, BILL ",\"rescue\":tru}", "/rescue", "not JSON: an unknown word"},
    {&yz__bill__descriptor, BILL ",\"rescue\":truex}", "", "not JSON"},
    {&yz__bill__descriptor, BILL ",'days':1}", "", "not JSON: an unexpected character"},
    {&yz__bill__descriptor, BILL ",\"disease\":\"a\nb\"}", "/disease", "not JSON: a control character"},
    {&yz__bill__descriptor, BILL ",\"disease\":\"\\x\"}", "/disease", "not JSON: an escape"},
    {&yz__bill__descriptor, BILL ",\"disease\":\"\\udc00\"}", "/disease", "not JSON: an escape"},
    {&yz__bill__descriptor, BILL ",\"disease\":\"\\ud800\\u0041\"}", "/disease", "not JSON: an escape"},
    {&yz__bill__descriptor, BILL ",\"disease\":\"\\u00g0\"}", "/disease", "not JSON: an escape"},
    {&yz__bill__descriptor, BILL ",\"disease\":\"a", "/disease", "not JSON: a string that does not end"},
    {&yz__bill__descriptor, "\xef\xbb\xbf{}", "", "not JSON: an unexpected character"},
    {&yz__when__descriptor, "{\"scheme\":[\"resident\",]}", "/scheme/1", "not JSON: expected a value"},
    {&yz__when__descriptor, "{\"scheme\":[\"resident\" \"employee\"]}", "/scheme", "not JSON: expected ',' or ']'"},
    {&yz__when__descriptor, "{\"scheme\":\"resident\"}", "/scheme", "expected an array, found a string"},
    {&yz__when__descriptor, "{\"scheme\":[null]}", "/scheme/0", "expected one of resident, employee, found null"},
    {&yz__segment__descriptor, "{\"from\":\"1\",\"amount\":\"1\",\"rate\":\"0.85\"}", "/rate", "is not a percentage"},
    {&yz__segment__descriptor, "{\"from\":\"1\",\"amount\":\"1\",\"rate\":85}", "/rate", "expected a percentage"},
    {&yz__counter__descriptor, "{\"name\":\"c\",\"value\":9007199254740993}", "/value", "at most 2^53"},
    {&yz__cancellation__descriptor, "{\"request_id\":\"r\",\"cancelled\":\"2023-10-17\"}", "/cancelled", "an instant"},
    {&yz__when__descriptor, "{\"age\":\"\"}", "/age", "\"\" is not a range"},
    {&yz__when__descriptor, "{\"age\":\"-\"}", "/age", "is not a range"},
    {&yz__when__descriptor, "{\"age\":\"+\"}", "/age", "is not a range"},
    {&yz__when__descriptor, "{\"age\":\"5-3\"}", "/age", "is not a range"},
    {&yz__when__descriptor, "{\"age\":\"3-5+\"}", "/age", "is not a range"},
    {&yz__when__descriptor, "{\"age\":\"3--5\"}", "/age", "is not a range"},
    {&yz__when__descriptor, "{\"age\":\"03\"}", "/age", "is not a range"},
    {&yz__when__descriptor, "{\"age\":3}", "/age", "expected a range as a string"},
    {&yz__when__descriptor, "{\"age\":{\"from\":3}}", "/age", "expected a range as a string"},
    {&yz__when__descriptor, "{\"age\":\"99999999999\"}", "/age", "is not a range"},
};

/* A pointer that ends in '/' is the beginning of the one expected. */
static bool points_at(const char *expected, const char *pointer) {
  const size_t n = strlen(expected);
  return n > 0 && expected[n - 1] == '/' ? strncmp(expected, pointer, n) == 0 : strcmp(expected, pointer) == 0;
}

static void refuse_with_ceiling(const ProtobufCMessageDescriptor *type, const char *json, size_t n, size_t ceiling,
                                Yz__Code code, const char *pointer, const char *says) {
  struct arena arena;
  arena_init(&arena, ceiling);
  Yz__Problem *problem = NULL;
  assert_null(json_read(type, json, n, &arena, &problem));
  assert_non_null(problem);
  if (problem->code != code || !points_at(pointer, problem->pointer) || !strstr(problem->detail, says))
    fail_msg("%.200s: code %d at \"%s\": %s", json, (int)problem->code, problem->pointer, problem->detail);
  arena_free(&arena);
}

static void refuse_with(const ProtobufCMessageDescriptor *type, const char *json, size_t n, Yz__Code code,
                        const char *pointer, const char *says) {
  refuse_with_ceiling(type, json, n, LIMIT_ARENA, code, pointer, says);
}

static void refuses_with_pointer(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(refused); i++)
    refuse_with(refused[i].type, refused[i].json, strlen(refused[i].json), YZ__CODE__MALFORMED, refused[i].pointer,
                refused[i].says);
}

static void limits_hold(void **state) {
  (void)state;
  struct text json = {0};
  text_add(&json, "{\"id\":\"");
  text_add_times(&json, "x", LIMIT_TEXT);
  text_add(&json, "\"}");
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  Yz__Problem *problem = NULL;
  assert_non_null(json_read(&yz__id__descriptor, json.bytes, json.n, &arena, &problem));
  arena_free(&arena);
  text_cut(&json, json.n - 2);
  text_add(&json, "x\"}");
  refuse_with(&yz__id__descriptor, json.bytes, json.n, YZ__CODE__MALFORMED, "/id", "513 bytes, more than the 512");

  text_clear(&json);
  text_add(&json, "{\"disease\":[");
  text_add_times(&json, "\"\",", LIMIT_LINES);
  text_add(&json, "\"\"]}");
  refuse_with(&yz__when__descriptor, json.bytes, json.n, YZ__CODE__MALFORMED, "/disease",
              "more than the 2000 elements allowed");

  text_clear(&json); /* little text, much memory: the arena ends it */
  text_add(&json, "{\"per\":\"stay\",\"rows\":[");
  for (int i = 0; i < LIMIT_LINES; i++) {
    text_add(&json, i ? ",{\"source\":[\"\"" : "{\"source\":[\"\"");
    text_add_times(&json, ",\"\"", 100);
    text_add(&json, "]}");
  }
  text_add(&json, "]}");
  refuse_with_ceiling(&yz__deductible__descriptor, json.bytes, json.n, 1024 * 1024, YZ__CODE__TOO_LARGE, "/rows/",
                      "needs more than the 1048576 bytes");

  text_clear(&json);
  text_add_times(&json, " ", LIMIT_BODY + 1);
  refuse_with(&yz__id__descriptor, json.bytes, json.n, YZ__CODE__TOO_LARGE, "", "1048577 bytes");

  text_clear(&json); /* a long unknown name is cut at a whole character */
  text_add(&json, "{\"x");
  text_add_times(&json, "淄", 400);
  text_add(&json, "\":1}");
  struct text pointer = {0};
  text_add(&pointer, "/x");
  text_add_times(&pointer, "淄", 21);
  refuse_with(&yz__id__descriptor, json.bytes, json.n, YZ__CODE__MALFORMED, text_string(&pointer), "unknown member");
  text_free(&pointer);
  text_free(&json);
}

static void brackets_in_strings_do_not_count(void **state) {
  (void)state;
  struct text json = {0};
  text_add(&json, "{\"id\":\"\\\"");
  text_add_times(&json, "[{", 100);
  text_add(&json, "\"}");
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  Yz__Problem *problem = NULL;
  assert_non_null(json_read(&yz__id__descriptor, json.bytes, json.n, &arena, &problem));
  arena_free(&arena);
  text_free(&json);
}

static const ProtobufCMessageDescriptor *const types[] = {
    &yz__bill__descriptor,        &yz__settlement__descriptor, &yz__settlement_draft__descriptor,
    &yz__policy_pack__descriptor, &yz__person__descriptor,     &yz__explanation__descriptor,
    &yz__overview__descriptor,    &yz__encounter__descriptor,
};

static void round_trip(void **state) {
  (void)state;
  uint64_t seed = 1;
  for (int round = 0; round < 400; round++) {
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA);
    ProtobufCMessage *message = random_message(&seed, types[(size_t)round % COUNT(types)], &arena, 0);
    struct text json = {0}, again = {0}, pointer = {0};
    json_write(message, &json);
    Yz__Problem *problem = NULL;
    const ProtobufCMessage *back = json_read(message->descriptor, json.bytes, json.n, &arena, &problem);
    if (!back) fail_msg("round %d: %s: %s", round, problem->pointer, problem->detail);
    if (message_differs(message, back, &pointer)) fail_msg("round %d differs at %s", round, text_string(&pointer));
    json_write(back, &again);
    assert_string_equal(text_string(&json), text_string(&again));
    text_free(&json);
    text_free(&again);
    text_free(&pointer);
    arena_free(&arena);
  }
}

/* What message_unpack and json_write make of the bytes, or the refusal, is what json_write_packed does. */
static void expect_printed_alike(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t n) {
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  struct text expected = {0}, printed = {0};
  text_add(&expected, "before");
  text_add(&printed, "before");
  Yz__Problem *refusal = NULL, *problem = NULL;
  const ProtobufCMessage *message = message_unpack(type, bytes, n, &arena, &refusal);
  if (message) json_write(message, &expected);
  assert_int_equal(message != NULL, json_write_packed(type, bytes, n, &arena, &printed, &problem));
  assert_string_equal(text_string(&expected), text_string(&printed));
  assert_int_equal(refusal != NULL, problem != NULL);
  if (refusal) {
    assert_string_equal(refusal->pointer, problem->pointer);
    assert_string_equal(refusal->detail, problem->detail);
  }
  text_free(&expected);
  text_free(&printed);
  arena_free(&arena);
}

static void packed_messages_print_the_same(void **state) {
  (void)state;
  uint64_t seed = 3;
  for (int round = 0; round < 400; round++) {
    struct arena arena, none;
    arena_init(&arena, LIMIT_ARENA);
    arena_init(&none, 0);
    ProtobufCMessage *message = random_message(&seed, types[(size_t)round % COUNT(types)], &arena, 0);
    size_t n;
    uint8_t *bytes = message_pack(message, &arena, &n);
    expect_printed_alike(message->descriptor, bytes, n);
    struct text json = {0};
    Yz__Problem *problem = NULL;
    if (message->descriptor != &yz__policy_pack__descriptor)                                 /* that has ranges */
      assert_true(json_write_packed(message->descriptor, bytes, n, &none, &json, &problem)); /* without any memory */
    text_free(&json);
    for (int broken = 0; broken < 20 && n > 0; broken++) {
      const size_t at = splitmix_next(&seed) % n;
      const uint8_t was = bytes[at];
      bytes[at] = (uint8_t)splitmix_next(&seed);
      expect_printed_alike(message->descriptor, bytes, n);
      bytes[at] = was;
    }
    uint8_t *twice = arena_alloc(&arena, 2 * n + 1); /* merged, and out of order */
    memcpy(mempcpy(twice, bytes, n), bytes, n);
    expect_printed_alike(message->descriptor, twice, 2 * n);
    arena_free(&arena);
  }
}

static void parts_are_found(void **state) {
  (void)state;
  static const uint8_t once[] = {0x78, 1, 0x12, 1, 'k', 0x0a, 2, 'i', 'd'}, twice[] = {0x0a, 1, 'i', 0x0a, 1, 'd'},
                       number[] = {0x08, 1}, cut[] = {0x0a, 1, 'i', 0x0a, 2, 'd'}, empty[] = {0x0a, 0};
  size_t n = 99;
  assert_memory_equal("id", message_part(&yz__id__descriptor, "id", once, sizeof once, &n), 2);
  assert_int_equal(2, n);
  assert_ptr_equal(empty + 2, message_part(&yz__id__descriptor, "id", empty, sizeof empty, &n));
  assert_int_equal(0, n);
  assert_null(message_part(&yz__id__descriptor, "id", twice, sizeof twice, &n));
  assert_null(message_part(&yz__id__descriptor, "id", number, sizeof number, &n));
  assert_null(message_part(&yz__id__descriptor, "id", cut, sizeof cut, &n));
  assert_null(message_part(&yz__id__descriptor, "id", once, 5, &n));
  assert_null(message_part(&yz__id__descriptor, "id", NULL, 0, &n));
}

/* jansson as a second opinion, on documents that were broken in one byte: what we read it reads, and what we call not
 * JSON it does not read. */
static void agrees_with_another_reader(void **state) {
  (void)state;
  const char good[] = BILL ",\"lines\":[{\"item\":\"\\u6dc4\",\"quantity\":\"1\",\"unit_price\":\"12.34\",\"amount\":"
                           "\"12.34\"}],\"rescue\":true,\"disease\":\"\\ud83d\\ude00é\",\"days\":120}";
  const char bytes[] = "\"\\{}[]:,0-.e \n\x01\x7f\x80\xc3\xffnul";
  size_t read = 0, not_json = 0;
  for (size_t at = 0; at < sizeof good - 1; at++) {
    for (size_t b = 0; b < sizeof bytes - 1; b++) {
      char text[sizeof good];
      memcpy(text, good, sizeof good);
      text[at] = bytes[b];
      struct arena arena;
      arena_init(&arena, LIMIT_ARENA);
      Yz__Problem *problem = NULL;
      const bool ours = json_read(&yz__bill__descriptor, text, sizeof good - 1, &arena, &problem) != NULL;
      json_t *theirs = json_loadb(text, sizeof good - 1, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
      const bool syntax = problem && strncmp(problem->detail, "not JSON", 8) == 0;
      if ((ours && !theirs) || (syntax && theirs)) fail_msg("byte %zu: %s: %s", at, text, ours ? "" : problem->detail);
      read += ours;
      not_json += syntax;
      json_decref(theirs);
      arena_free(&arena);
    }
  }
  if (read < 200 || not_json < 2000) fail_msg("only %zu read, %zu not JSON", read, not_json);
}

static void never_a_byte_too_far(void **state) {
  (void)state;
  const char json[] = BILL ",\"lines\":[{\"item\":\"淄\\u6dc4\",\"quantity\":\"1\",\"unit_price\":\"12.34\",\"amount\":"
                           "\"12.34\",\"on\":\"2023-10-18\"}],\"rescue\":true,\"days\":12}";
  const struct guarded guarded = guarded_new(sizeof json);
  for (size_t n = 0; n < sizeof json; n++) {
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA);
    Yz__Problem *problem = NULL;
    const void *message = json_read(&yz__bill__descriptor, guarded_put(&guarded, json, n), n, &arena, &problem);
    assert_int_equal(message != NULL, n == sizeof json - 1);
    assert_int_equal(problem == NULL, message != NULL);
    arena_free(&arena);
  }
  guarded_free(&guarded);
}

static void says_when_memory_ends(void **state) {
  (void)state;
  uint64_t seed = 7;
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  struct text json = {0};
  json_write(random_message(&seed, &yz__settlement__descriptor, &arena, 0), &json);
  size_t read = 0, too_large = 0;
  for (size_t ceiling = 0; read == 0; ceiling += 64) {
    struct arena small;
    arena_init(&small, ceiling);
    Yz__Problem *problem = NULL;
    if (json_read(&yz__settlement__descriptor, json.bytes, json.n, &small, &problem))
      read++;
    else
      assert_int_equal(problem->code, YZ__CODE__TOO_LARGE);
    too_large += problem != NULL;
    arena_free(&small);
  }
  assert_true(too_large > 10);
  text_free(&json);
  arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(accepts_and_prints),
      cmocka_unit_test(refuses_with_pointer),
      cmocka_unit_test(limits_hold),
      cmocka_unit_test(brackets_in_strings_do_not_count),
      cmocka_unit_test(round_trip),
      cmocka_unit_test(agrees_with_another_reader),
      cmocka_unit_test(never_a_byte_too_far),
      cmocka_unit_test(says_when_memory_ends),
      cmocka_unit_test(packed_messages_print_the_same),
      cmocka_unit_test(parts_are_found),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
