/* difference.h - what changed from one pack to another, in sentences. */
#ifndef YZ_POLICY_DIFFERENCE_H
#define YZ_POLICY_DIFFERENCE_H

#include "policy.h"
#include "text.h"

/* Adds a line in Chinese and a line in English for each change from `a` to `b`, both with what they inherit: values
 * changed, benefits, diseases, premiums .. added or gone. Returns the number of changes; 0 when they rule the same.
 *
 *   居民住院 三级: 报销比例由 55% 调整为 60%
 *   Resident inpatient, level 3: rate changed from 55% to 60% */
size_t policy_difference(const struct policy *a, const struct policy *b, struct text *out);

#endif
