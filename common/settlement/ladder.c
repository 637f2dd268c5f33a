#include "ladder.h"

#include "must.h"

bool rule_may_apply(const struct rule *rule, const struct facts *facts) {
  struct when when = rule->applies;
  when.stay_from = INT16_MIN;
  when.stay_to = INT16_MAX;
  when.bits |= UINT64_C(3) << BITS_BASIC_SETTLED | UINT64_C(3) << BITS_RISK;
  return facts->on >= rule->from && facts->on <= rule->to && when_holds(&when, facts);
}

static size_t slip_add(Yz__Service slip[SLIP_MAX], size_t n, Yz__Service service) {
  if (n > 0 && slip[n - 1] == service) return n;
  must(n < SLIP_MAX);
  slip[n] = service;
  return n + 1;
}

size_t slip_make(const struct plan *plan, const struct policy *policy, const struct facts *facts,
                 Yz__Service slip[SLIP_MAX]) {
  size_t n = slip_add(slip, 0, YZ__SERVICE__ADJUDICATION);
  bool supplement = false;
  for (size_t rung = 0; rung < policy->n_ladder; rung++) {
    const Yz__Tier tier = policy->ladder[rung];
    for (uint16_t i = 0; i < plan->n_rules; i++)
      if (plan->rules[i].tier == tier && rule_may_apply(&plan->rules[i], facts))
        n = slip_add(slip, n, (Yz__Service)plan->rules[i].service);
    if (tier != YZ__TIER__SUPPLEMENT) continue;
    supplement = true;
    n = slip_add(slip, n, YZ__SERVICE__SUPPLEMENTARY);
  }
  return supplement ? n : slip_add(slip, n, YZ__SERVICE__SUPPLEMENTARY);
}

uint16_t leg_end(const struct plan *plan, const struct facts *facts, Yz__Service service, uint16_t from) {
  uint16_t end = from;
  bool begun = false;
  for (; end < plan->n_rules; end++) {
    if (!rule_may_apply(&plan->rules[end], facts)) continue;
    if (plan->rules[end].service != service) return begun ? end : from;
    begun = true;
  }
  return end;
}
