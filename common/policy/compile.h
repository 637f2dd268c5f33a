/* compile.h - from packs as written to the plan that the engine runs (plan.h).
 *
 * COUNTERS are named "<name>.<what>": name is the benefit's `counter`, by default its id, or the `shared_as` of a
 * deductible or cap; what is b (entered), d (deductible), c (covered) or p (paid). "stays" counts stays. */
#ifndef YZ_POLICY_COMPILE_H
#define YZ_POLICY_COMPILE_H

#include "policy.h"

/* Fills `plan`, which owns `plan->cites` afterwards (plan_free). `policy` must have passed policy_check apart from
 * limits: false and findings, at the benefit that went beyond, when a limit of plan.h is exceeded. */
bool policy_compile(const struct policy *policy, struct plan *plan, struct findings *findings);

/* A new plan; NULL as above. Free with plan_free, which tolerates NULL. */
struct plan *plan_new(const struct policy *policy, struct findings *findings);
void plan_free(struct plan **plan);

/* Compiles one condition (NULL: always holds). Diseases get their index in policy->diseases; unknown ones are left out:
 * the checker refuses them. */
void when_compile(const struct policy *policy, const Yz__When *text, struct when *when);

#endif
