/* show.h - a policy as tables in Chinese and English, for people who answer for it. */
#ifndef YZ_POLICY_SHOW_H
#define YZ_POLICY_SHOW_H

#include "policy.h"
#include "text.h"

/* Everything that rules: sources with their grades, premiums and aid, windows, waiting, ladder, each benefit with its
 * tables, caps, tilts, clause and sources, lists, diseases, remote care, process rules. What is inherited names its
 * pack; values of grade weak or assumed are marked. */
void policy_show(const struct policy *policy, struct text *out);

#endif
