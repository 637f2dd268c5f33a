#include "check.h"

#include "checking.h"
#include "compile.h"

bool policy_check(const struct policy *policy, const struct pack *owner, struct findings *findings) {
  const size_t before = findings->found;
  struct checking k = {.policy = policy, .owner = owner, .findings = findings};
  check_parts(&k);
  for (size_t i = 0; i < owner->text->n_benefits; i++) check_benefit(&k, owner->text->benefits[i]);
  check_together(&k);
  if (findings->found == before) { /* limits, which the compiler meets */
    struct plan *plan = plan_new(policy, findings);
    plan_free(&plan);
  }
  return findings->found == before;
}
