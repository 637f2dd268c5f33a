#include "names.h"
#include "test.h"

#include "base.pb-c.h"
#include "policy.pb-c.h"
#include "settlement.pb-c.h"

static void every_value_has_both_names(void **state) {
  (void)state;
  const ProtobufCEnumDescriptor *types[] = {&yz__scheme__descriptor,
                                            &yz__standing__descriptor,
                                            &yz__setting__descriptor,
                                            &yz__level__descriptor,
                                            &yz__category__descriptor,
                                            &yz__remote__descriptor,
                                            &yz__reach__descriptor,
                                            &yz__risk__descriptor,
                                            &yz__care_form__descriptor,
                                            &yz__payer__descriptor,
                                            &yz__tier__descriptor,
                                            &yz__service__descriptor,
                                            &yz__item_class__descriptor,
                                            &yz__grade__descriptor,
                                            &yz__code__descriptor,
                                            &yz__base__in_policy__descriptor,
                                            &yz__deductible__per__descriptor,
                                            &yz__rate__on__descriptor,
                                            &yz__rate__measured__descriptor,
                                            &yz__grant__per__descriptor,
                                            &yz__cap__per__descriptor,
                                            &yz__cap__on__descriptor,
                                            &yz__newborn__benefits__descriptor,
                                            &yz__base_part__kind__descriptor,
                                            &yz__settlement__status__descriptor};
  for (size_t t = 0; t < COUNT(types); t++)
    for (unsigned v = 0; v < types[t]->n_values; v++) {
      const struct name name = name_of(types[t], types[t]->values[v].value);
      if (strcmp(name.zh, "未知") == 0 || strcmp(name.en, "unknown") == 0)
        fail_msg("%s.%s has no name", types[t]->name, types[t]->values[v].name);
    }
}

static void a_value_outside_is_unknown(void **state) {
  (void)state;
  assert_string_equal(name_of(&yz__tier__descriptor, 0).zh, "未知");
  assert_string_equal(name_of(&yz__tier__descriptor, 99).en, "unknown");
  assert_string_equal(name_of(&yz__tier__descriptor, -1).en, "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_value_has_both_names),
                                     cmocka_unit_test(a_value_outside_is_unknown)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
