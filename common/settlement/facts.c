#include "facts.h"

#include "bill.h"
#include "care.h"

#include <string.h>

static int16_t disease_index(const struct plan *plan, const char *code) {
  for (uint16_t i = 0; i < plan->n_diseases; i++)
    if (strcmp(plan->diseases[i], code) == 0) return (int16_t)i;
  return -1;
}

/* Adds the bit of an enumerated value; false when the enumeration has no such value, which our own services never send.
 */
static bool bit_add(uint64_t *bits, const ProtobufCEnumDescriptor *type, int at, int value) {
  if (!protobuf_c_enum_descriptor_get_value(type, value)) return false;
  *bits |= PLAN_BIT(at, value);
  return true;
}

static bool bits_make(const Yz__Bill *bill, const Yz__Entitlement *e, struct facts *facts) {
  uint64_t *bits = &facts->bits;
  bool known = bit_add(bits, &yz__scheme__descriptor, BITS_SCHEME, (int)e->scheme) &&
               bit_add(bits, &yz__setting__descriptor, BITS_SETTING, (int)bill->setting) &&
               bit_add(bits, &yz__level__descriptor, BITS_LEVEL, (int)e->level) &&
               bit_add(bits, &yz__standing__descriptor, BITS_STANDING, (int)e->standing) &&
               bit_add(bits, &yz__remote__descriptor, BITS_REMOTE, (int)e->remote) &&
               bit_add(bits, &yz__reach__descriptor, BITS_REACH, (int)e->reach);
  if (bill->has_care_form) known = known && bit_add(bits, &yz__care_form__descriptor, BITS_FORM, (int)bill->care_form);
  for (size_t i = 0; i < e->n_categories; i++)
    known = known && bit_add(&facts->categories, &yz__category__descriptor, 0, (int)e->categories[i]);
  *bits |= PLAN_BOOL(BITS_TWO_OR_INSULIN, e->has_two_or_insulin && e->two_or_insulin);
  *bits |= PLAN_BOOL(BITS_PREFERENTIAL, e->has_preferential && e->preferential);
  return known;
}

Yz__Problem *facts_make(const Yz__Bill *bill, const Yz__Entitlement *entitlement, const struct plan *plan,
                        struct arena *arena, struct facts *facts) {
  *facts = (struct facts){.age = (int16_t)entitlement->age,
                          .disease = -1,
                          .on = bill_day(bill),
                          .days = bill->has_days ? (int32_t)bill->days : 1,
                          .month_days = care_month_days(bill)};
  if (!bits_make(bill, entitlement, facts))
    return problem_new(arena, YZ__CODE__DEFECT, NULL, "bill or entitlement has a value that its enumeration lacks");
  if (!bill->disease) return NULL;
  facts->disease = disease_index(plan, bill->disease);
  if (facts->disease < 0)
    return problem_new(arena, YZ__CODE__INVALID, "/disease", "the pack %s has no disease %s", entitlement->pack->pack,
                       bill->disease);
  return NULL;
}
