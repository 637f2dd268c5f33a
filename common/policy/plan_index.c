#include "plan.h"

#include <string.h>

/* True when a condition does not exclude value v (1-based) of dimension `at`. */
static bool allows(const struct when *when, int at, int v) {
  return (when->bits & PLAN_BIT(at, v)) != 0;
}

static void index_rule(struct plan *plan, uint16_t i) {
  const struct rule *rule = &plan->rules[i];
  for (int scheme = 1; scheme <= PLAN_SCHEMES; scheme++) {
    for (int setting = 1; setting <= PLAN_SETTINGS; setting++) {
      if (!allows(&rule->applies, BITS_SCHEME, scheme) || !allows(&rule->applies, BITS_SETTING, setting)) continue;
      struct rule_set *set = &plan->candidates[rule->service - 1][scheme - 1][setting - 1];
      set->bits[i / 64] |= UINT64_C(1) << (i % 64);
    }
  }
}

void plan_index(struct plan *plan) {
  memset(plan->candidates, 0, sizeof plan->candidates);
  for (uint16_t i = 0; i < plan->n_rules; i++) index_rule(plan, i);
  plan->stays_counter = NO_COUNTER;
  for (uint16_t i = 0; i < plan->n_counters; i++)
    if (plan->counters[i].what == COUNTER_STAYS) plan->stays_counter = i;
  plan->indexed = true;
}
