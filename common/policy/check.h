/* check.h - is a pack sound? Every finding names file, line and reason, and says what to do; all are collected.
 *
 * REFUSED, beside what the reader of YAML refuses (unknown keys, floats, wrong types):
 *   tables      a case that no row covers, named by an example; a row or tilt that can never count because earlier ones
 *               take all its cases or `applies` excludes them. Cases are all combinations, within `applies`, of the
 *               dimensions that the rows name. Standings go with their scheme; care at home (remote: local) is care in
 *               the same city (reach: same_city) and the reverse.
 *   priority    two benefits of one tier that can both apply to one bill and state neither `overrides` nor `beside`
 *   brackets    `to` that does not rise, a last step with `to`, an earlier one without, steps without `measured`
 *   burden      a benefit that takes later kinds of money, or some lists alone, of what an earlier one took together,
 *               or what is lost after one that left it out, and does not say `may_lower_burden: true` (benefit.h)
 *   sources     a value whose citation is missing or names no source of the pack or its ancestors. A row without
 *               `source` has its table's, a table without has its benefit's, a bracket without has its rate's
 *   values      rates outside 0..100 %, negative amounts, amount and rows together or neither, rate and grant likewise
 *   counters    caps that nothing can count: per disease where a bill may come without, per bed-day or month outside
 *               long-term care; names shared by deductibles, caps or benefits that do not mean the same
 *   references  unknown parents, parameters, diseases, lists, benefits; tiers that the ladder lacks
 *   dates       reversed, outside the pack's; packs of one id that overlap; days on which the parent has no pack
 *   ids         outside the alphabet, too long, given twice
 *   limits      of plan.h, named */
#ifndef YZ_POLICY_CHECK_H
#define YZ_POLICY_CHECK_H

#include "policy.h"

/* Checks what `owner`, one of the policy's packs, defines, in the light of the whole. The shelf does this for each pack
 * and each stretch of days on which its ancestors stay the same. True when nothing was found. */
bool policy_check(const struct policy *policy, const struct pack *owner, struct findings *findings);

#endif
