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

/* As strcmp of the counter's name with the `n` bytes of `name`. */
static int name_compare(const struct plan *plan, uint16_t counter, const char *name, size_t n) {
  const char *own = plan->counters[counter].name;
  const int order = strncmp(own, name, n);
  return order || strnlen(own, n) < n ? order : own[n] != '\0';
}

/* Among the first `most` places. */
static uint16_t place_among(const struct plan *plan, uint16_t most, const char *name, size_t n) {
  uint16_t low = 0, high = most;
  while (low < high) {
    const uint16_t middle = (uint16_t)((low + high) / 2);
    if (name_compare(plan, plan->counters_by_name[middle], name, n) < 0)
      low = (uint16_t)(middle + 1);
    else
      high = middle;
  }
  return low;
}

uint16_t plan_counter_place(const struct plan *plan, const char *name, size_t n) {
  return place_among(plan, plan->n_counters, name, n);
}

bool plan_counter_is(const struct plan *plan, uint16_t counter, const char *name, size_t n) {
  return name_compare(plan, counter, name, n) == 0;
}

static void index_counter(struct plan *plan, uint16_t i) {
  const char *name = plan->counters[i].name;
  const uint16_t at = place_among(plan, i, name, strlen(name));
  uint16_t *place = &plan->counters_by_name[at];
  memmove(place + 1, place, (size_t)(i - at) * sizeof *place);
  *place = i;
  if (plan->counters[i].what == COUNTER_STAYS) plan->stays_counter = i;
}

void plan_index(struct plan *plan) {
  memset(plan->candidates, 0, sizeof plan->candidates);
  for (uint16_t i = 0; i < plan->n_rules; i++) index_rule(plan, i);
  plan->stays_counter = NO_COUNTER;
  for (uint16_t i = 0; i < plan->n_counters; i++) index_counter(plan, i);
  plan->indexed = true;
}
