/* Frames: what protobuf-c would let in and the guard does not. */
#include "test.h"

#include "bounds.h"
#include "bus.pb-c.h"
#include "compare.h"
#include "guard.h"
#include "guard_page.h"
#include "policy.pb-c.h"
#include "random_message.h"
#include "services.pb-c.h"
#include "settlement.pb-c.h"

struct refused {
  const ProtobufCMessageDescriptor *type;
  const char *bytes;
  size_t n;
  const char *pointer, *says;
};
#define FRAME(bytes) bytes, sizeof(bytes) - 1
static const struct refused refused[] = {
    {&yz__id__descriptor, FRAME(""), "/id", "required member is missing"},
    {&yz__id__descriptor, FRAME("\x0a"), "", "cut short"},
    {&yz__id__descriptor,
     FRAME("\x0a\x05"
           "abc"),
     "", "cut short"},
    {&yz__id__descriptor,
     FRAME("\x0a\x03"
           "a\0c"),
     "/id", "not UTF-8 without NUL"},
    {&yz__id__descriptor, FRAME("\x0a\x01\xff"), "/id", "not UTF-8"},
    {&yz__id__descriptor, FRAME("\x0a\x03\xed\xa0\x80"), "/id", "not UTF-8"}, /* surrogate */
    {&yz__id__descriptor, FRAME("\x0a\x02\xc0\xaf"), "/id", "not UTF-8"},     /* overlong */
    {&yz__id__descriptor, FRAME("\x08\x01"), "/id", "wrong wire type"},
    {&yz__id__descriptor, FRAME("\x0b"), "", "not protobuf"},                         /* a group */
    {&yz__id__descriptor, FRAME("\x02\x00"), "", "not protobuf"},                     /* field number 0 */
    {&yz__id__descriptor, FRAME("\x8a\x80\x80\x80\x80\x00\x00"), "", "not protobuf"}, /* overlong tag */
    {&yz__id__descriptor, FRAME("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "", "not protobuf"},
    {&yz__counter__descriptor, FRAME("\x0a\x00\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), "", "not protobuf"},
    {&yz__share__descriptor, FRAME("\x08\x63\x10\x02"), "/payer", "unknown value of the enumeration"},
    {&yz__share__descriptor, FRAME("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x10\x02"), "/payer", "unknown value"},
    {&yz__recognition__descriptor, FRAME("\x08\x01\x15\x00\x00\x00\x80"), "/from", "the date is out of range"},
    {&yz__cancellation__descriptor, FRAME("\x0a\x00\x19\xff\xff\xff\xff\xff\xff\xff\x7f"), "/cancelled",
     "the instant is out of range"},
    {&yz__fee_line__descriptor, FRAME("\x0a\x00\x19\xff\xff\xff\xff\xff\xff\xff\xff"), "/quantity",
     "the quantity is out of range"},
    {&yz__purse__pocket__descriptor, FRAME("\x08\x01\x12\x01\x02"), "/left", "wrong wire type"}, /* packed */
    {&yz__purse__descriptor, FRAME("\x0a\x02\x12\x00"), "/pockets", "wrong wire type"},
    {&yz__message_list__descriptor, FRAME("\x0a\x02\x0a\x00"), "/messages/kind", "required member is missing"},
};

static void refuses(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(refused); i++) {
    const struct refused *r = &refused[i];
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA);
    Yz__Problem *problem = NULL;
    assert_null(message_unpack(r->type, r->bytes, r->n, &arena, &problem));
    assert_int_equal(problem->code, YZ__CODE__MALFORMED);
    if (!strstr(problem->detail, r->says) || strncmp(problem->pointer, r->pointer, strlen(r->pointer)) != 0)
      fail_msg("row %zu at \"%s\": %s", i, problem->pointer, problem->detail);
    arena_free(&arena);
  }
}

static void unknown_fields_are_few(void **state) {
  (void)state;
  char bytes[2 + 3 * (GUARD_UNKNOWN_FIELDS + 1)] = "\x0a";
  size_t n = 2;
  for (int i = 0; i <= GUARD_UNKNOWN_FIELDS; i++, n += 3) memcpy(bytes + n, "\xf8\x01\x07", 3); /* field 31 */
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  Yz__Problem *problem = NULL;
  const Yz__Id *id = message_unpack(&yz__id__descriptor, bytes, n - 3, &arena, &problem);
  assert_non_null(id);
  assert_int_equal(id->base.n_unknown_fields, GUARD_UNKNOWN_FIELDS);
  size_t n_again;
  const uint8_t *again = message_packed(&id->base, &n_again); /* they travel on */
  assert_int_equal(n - 3, n_again);
  assert_memory_equal(bytes, again, n_again);
  assert_null(message_unpack(&yz__id__descriptor, bytes, n, &arena, &problem));
  assert_string_equal(problem->detail, "too many unknown fields");
  arena_free(&arena);
}

static void sizes_are_bounded(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  char *bytes = arena_alloc(&arena, LIMIT_FRAME + 1);
  Yz__Problem *problem = NULL;
  assert_null(message_unpack(&yz__id__descriptor, bytes, LIMIT_FRAME + 1, &arena, &problem));
  assert_int_equal(problem->code, YZ__CODE__TOO_LARGE);
  /* two bytes each make a message of some hundred: the arena's ceiling ends it */
  for (size_t i = 0; i < LIMIT_FRAME; i += 2) memcpy(bytes + i, "\x12\x00", 2);
  assert_null(message_unpack(&yz__enrolment__descriptor, bytes, LIMIT_FRAME, &arena, &problem));
  assert_int_equal(problem->code, YZ__CODE__MALFORMED); /* PremiumAid.when is required */
  for (size_t i = 0; i < LIMIT_FRAME; i += 2) memcpy(bytes + i, "\x1a\x00", 2);
  assert_null(message_unpack(&yz__deductible__descriptor, bytes, LIMIT_FRAME, &arena, &problem));
  memcpy(bytes, "\x08\x01", 2); /* per, then empty rows */
  for (size_t i = 2; i < LIMIT_FRAME; i += 2) memcpy(bytes + i, "\x12\x00", 2);
  assert_null(message_unpack(&yz__deductible__descriptor, bytes, LIMIT_FRAME, &arena, &problem));
  assert_int_equal(problem->code, YZ__CODE__TOO_LARGE);
  arena_free(&arena);
}

static const ProtobufCMessageDescriptor *const types[] = {
    &yz__settlement_draft__descriptor, &yz__settlement__descriptor, &yz__bus_header__descriptor,
    &yz__policy_pack__descriptor,      &yz__person__descriptor,     &yz__overview__descriptor,
};

static void assert_same_as_the_library(const ProtobufCMessage *message, const uint8_t *bytes, size_t n) {
  uint8_t *library = malloc(protobuf_c_message_get_packed_size(message) + 1);
  assert_non_null(library);
  assert_int_equal(n, protobuf_c_message_pack(message, library));
  ProtobufCMessage *unpacked = protobuf_c_message_unpack(message->descriptor, NULL, n, bytes);
  assert_non_null(unpacked);
  struct text pointer = {0};
  if (message_differs(message, unpacked, &pointer)) fail_msg("the library reads %s otherwise", text_string(&pointer));
  text_free(&pointer);
  protobuf_c_message_free_unpacked(unpacked, NULL);
  if (n) assert_memory_equal(library, bytes, n);
  free(library);
}

static void round_trip(void **state) {
  (void)state;
  uint64_t seed = 3;
  for (int round = 0; round < 3000; round++) {
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA);
    const ProtobufCMessage *message = random_message(&seed, types[(size_t)round % COUNT(types)], &arena, 0);
    size_t n;
    const uint8_t *bytes = message_pack(message, &arena, &n);
    assert_same_as_the_library(message, bytes, n);
    Yz__Problem *problem = NULL;
    const ProtobufCMessage *back = message_unpack(message->descriptor, bytes, n, &arena, &problem);
    if (!back) fail_msg("round %d: %s: %s", round, problem->pointer, problem->detail);
    struct text pointer = {0};
    if (message_differs(message, back, &pointer)) fail_msg("round %d differs at %s", round, text_string(&pointer));
    text_free(&pointer);
    arena_free(&arena);
  }
}

/* Enrollment's and supplementary's answers are joined by putting one behind the other. */
static void concatenation_joins(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  Yz__SettlementDraft a = YZ__SETTLEMENT_DRAFT__INIT, b = YZ__SETTLEMENT_DRAFT__INIT;
  a.has_version = true;
  a.version = 7;
  b.id = (char[]){"S1"};
  size_t n_a, n_b;
  const uint8_t *bytes_a = message_pack(&a.base, &arena, &n_a), *bytes_b = message_pack(&b.base, &arena, &n_b);
  uint8_t *both = arena_alloc(&arena, n_a + n_b);
  memcpy(both, bytes_a, n_a);
  memcpy(both + n_a, bytes_b, n_b);
  Yz__Problem *problem = NULL;
  const Yz__SettlementDraft *joined =
      message_unpack(&yz__settlement_draft__descriptor, both, n_a + n_b, &arena, &problem);
  assert_int_equal(joined->version, 7);
  assert_string_equal(joined->id, "S1");
  arena_free(&arena);
}

static void never_a_byte_too_far(void **state) {
  (void)state;
  uint64_t seed = 11;
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  size_t size;
  const uint8_t *bytes = message_pack(random_message(&seed, &yz__settlement__descriptor, &arena, 1), &arena, &size);
  const struct guarded guarded = guarded_new(size);
  for (size_t n = 0; n < size; n++) {
    struct arena small;
    arena_init(&small, LIMIT_ARENA);
    Yz__Problem *problem = NULL;
    const void *message =
        message_unpack(&yz__settlement__descriptor, guarded_put(&guarded, bytes, n), n, &small, &problem);
    assert_int_equal(problem == NULL, message != NULL);
    arena_free(&small);
  }
  guarded_free(&guarded);
  arena_free(&arena);
}

/* The depth that the guard allows is enough for the contract, which has no recursion. */
static int depth_of(const ProtobufCMessageDescriptor *type, int depth) {
  int deepest = depth;
  assert_true(depth < GUARD_DEPTH);
  for (unsigned i = 0; i < type->n_fields; i++) {
    if (type->fields[i].type != PROTOBUF_C_TYPE_MESSAGE) continue;
    const int below = depth_of(type->fields[i].descriptor, depth + 1);
    if (below > deepest) deepest = below;
  }
  return deepest;
}
static void contract_is_not_recursive(void **state) {
  (void)state;
  const ProtobufCMessageDescriptor *const roots[] = {
      &yz__settlement_draft__descriptor, &yz__policy_pack__descriptor, &yz__overview__descriptor,
      &yz__encounter_lines__descriptor,  &yz__explanation__descriptor, &yz__fact__descriptor,
      &yz__clearing_balances__descriptor};
  for (size_t i = 0; i < COUNT(roots); i++) assert_in_range(depth_of(roots[i], 0), 1, GUARD_DEPTH);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(refuses),
      cmocka_unit_test(unknown_fields_are_few),
      cmocka_unit_test(sizes_are_bounded),
      cmocka_unit_test(round_trip),
      cmocka_unit_test(concatenation_joins),
      cmocka_unit_test(never_a_byte_too_far),
      cmocka_unit_test(contract_is_not_recursive),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
