#include "record.h"
#include "store_fixture.h"

static struct record seen;
static int calls;
static void take(void *context, const struct record *record) {
  (void)context;
  seen = *record;
  calls++;
}

static struct record put(enum record_kind kind, const ProtobufCMessage *message) {
  calls = 0;
  record_put(store, &arena, kind, message, DEADLINE_MS, take, NULL);
  assert_int_equal(0, calls);
  RUN_UNTIL(calls);
  assert_int_equal(1, calls);
  assert_int_equal(STORE_OK, seen.result);
  return seen;
}

static struct record get(enum record_kind kind, const char *id) {
  calls = 0;
  record_get(store, &arena, kind, id, DEADLINE_MS, take, NULL);
  RUN_UNTIL(calls);
  assert_int_equal(1, calls);
  return seen;
}

static Yz__Person person_named(const char *id, const char *name) {
  Yz__Person person;
  yz__person__init(&person);
  person.id = arena_copy(&arena, id);
  person.name = arena_copy(&arena, name);
  person.born = -3000;
  return person;
}

static void what_is_put_is_got_with_its_version(void **state) {
  (void)state;
  assert_null(get(RECORD_PERSON, "p1").message);
  Yz__Person person = person_named("p1", "张三");
  assert_int_equal(1, put(RECORD_PERSON, &person.base).version);
  const struct record record = get(RECORD_PERSON, "p1");
  const Yz__Person *got = (const Yz__Person *)record.message;
  assert_int_equal(1, record.version);
  assert_true(got->has_version);
  assert_int_equal(1, got->version);
  assert_string_equal("张三", got->name);
  assert_int_equal(-3000, got->born);
}

static void a_stale_put_writes_nothing_and_shows_what_is(void **state) {
  (void)state;
  Yz__Person person = person_named("p2", "first");
  person.has_version = true;
  person.version = 0; /* only when there is none */
  assert_false(put(RECORD_PERSON, &person.base).stale);
  person.name = arena_copy(&arena, "second");
  struct record record = put(RECORD_PERSON, &person.base);
  assert_true(record.stale);
  assert_int_equal(1, record.version);
  assert_string_equal("first", ((const Yz__Person *)record.message)->name);
  person.version = 1;
  record = put(RECORD_PERSON, &person.base);
  assert_false(record.stale);
  assert_int_equal(2, record.version);
  assert_int_equal(2, ((const Yz__Person *)record.message)->version);
  person.name = arena_copy(&arena, "third");
  person.version = 1;
  assert_true(put(RECORD_PERSON, &person.base).stale);
}

static void without_a_version_nothing_is_overwritten_and_nothing_is_the_same_put(void **state) {
  (void)state;
  Yz__Person person = person_named("p4", "same");
  assert_int_equal(1, put(RECORD_PERSON, &person.base).version);
  const struct record record = put(RECORD_PERSON, &person.base);
  assert_true(record.stale);
  assert_int_equal(1, record.version);
  person.has_version = true;
  person.version = 1;
  assert_int_equal(2, put(RECORD_PERSON, &person.base).version);
}

static void a_repeated_put_is_the_same_put(void **state) {
  (void)state;
  Yz__Person person = person_named("p3", "same");
  person.has_version = true;
  person.version = 0;
  assert_int_equal(1, put(RECORD_PERSON, &person.base).version);
  const struct record record = put(RECORD_PERSON, &person.base);
  assert_false(record.stale);
  assert_int_equal(1, record.version);
}

static void every_kind_has_its_own_place(void **state) {
  (void)state;
  Yz__Institution institution;
  yz__institution__init(&institution);
  institution.id = institution.name = institution.city = arena_copy(&arena, "p1");
  institution.level = YZ__LEVEL__TERTIARY;
  Yz__Encounter encounter;
  yz__encounter__init(&encounter);
  encounter.id = encounter.person = encounter.institution = arena_copy(&arena, "p1");
  encounter.setting = YZ__SETTING__INPATIENT;
  put(RECORD_INSTITUTION, &institution.base);
  put(RECORD_ENCOUNTER, &encounter.base);
  assert_ptr_equal(&yz__institution__descriptor, get(RECORD_INSTITUTION, "p1").message->descriptor);
  assert_ptr_equal(&yz__encounter__descriptor, get(RECORD_ENCOUNTER, "p1").message->descriptor);
  assert_ptr_equal(&yz__person__descriptor, get(RECORD_PERSON, "p1").message->descriptor);
}

static void an_unreadable_record_is_an_error(void **state) {
  (void)state;
  ask_words(arena_format(&arena, "SET %s nonsense", key_of("bad", "person:bad")));
  assert_int_equal(STORE_ERROR, get(RECORD_PERSON, "bad").result);
  ask_words(arena_format(&arena, "SET %s %s", key_of("bad", "person:bad"), "7"));
  assert_int_equal(STORE_ERROR, get(RECORD_PERSON, "bad").result);
}

static void a_contract_is_noted_with_its_members(void **state) {
  (void)state;
  Yz__Contract contract;
  yz__contract__init(&contract);
  contract.id = arena_copy(&arena, "C1");
  contract.product = arena_copy(&arena, "cn.x");
  Yz__Member members[2], *of[2] = {&members[0], &members[1]};
  for (int i = 0; i < 2; i++) {
    yz__member__init(&members[i]);
    members[i].person = arena_format(&arena, "m%d", i);
  }
  contract.n_members = 2;
  contract.members = of;
  assert_int_equal(1, put(RECORD_CONTRACT, &contract.base).version);
  for (int i = 0; i < 2; i++)
    assert_string_equal(
        "C1", ask_words(arena_format(&arena, "SMEMBERS %s", key_of(members[i].person, "pcontracts:m%d", i))).text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_put_is_got_with_its_version),
      cmocka_unit_test(a_stale_put_writes_nothing_and_shows_what_is),
      cmocka_unit_test(without_a_version_nothing_is_overwritten_and_nothing_is_the_same_put),
      cmocka_unit_test(a_repeated_put_is_the_same_put),
      cmocka_unit_test(every_kind_has_its_own_place),
      cmocka_unit_test(an_unreadable_record_is_an_error),
      cmocka_unit_test(a_contract_is_noted_with_its_members),
  };
  return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
