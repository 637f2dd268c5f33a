/* checking.h - what the files of the checker share. For the checker alone; check.h is its manual. */
#ifndef YZ_POLICY_CHECKING_H
#define YZ_POLICY_CHECKING_H

#include "policy.h"

enum {
  NAME_ROOM = PLAN_NAME_MAX - 4, /* a counter's name and ".x" behind it fit into PLAN_NAME_MAX */
  AGE_MOST = 199,
  STAY_MOST = 999
};

struct checking {
  const struct policy *policy;
  const struct pack *owner; /* only what this pack defines is checked */
  struct findings *findings;
  const char *who; /* benefit or part that messages begin with */
};

/* Adds a finding at a member of a message: "basic.resident.inpatient: the rate .." */
void refuse(const struct checking *k, const void *message, const char *field, size_t index, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* check_values.c: single values. `message` holds the member `field`. */
void check_id(const struct checking *k, const void *message, const char *field, const char *id, size_t most);
void check_citations(const struct checking *k, const void *message, size_t n, char *const *own,
                     struct citations around);
void check_range(const struct checking *k, const void *message, const char *field, const Yz__Range *range, int least,
                 int most);
void check_share(const struct checking *k, const void *message, const char *field, bool given, int32_t share,
                 int32_t least, int32_t most);
void check_amount(const struct checking *k, const void *message, const char *field, bool given, int64_t amount);
void check_dates(const struct checking *k, const void *message, int32_t from, int32_t to);
void check_when(const struct checking *k, const Yz__When *when);
/* Of `n` members of which `given[i]` says whether they are there, exactly one must be. */
void check_one_of(const struct checking *k, const void *message, const char *const *names, const bool *given, size_t n);

/* check_benefit.c: one benefit by itself, and its tables. */
void check_benefit(struct checking *k, const Yz__Benefit *benefit);
/* check_together.c: benefits beside each other: priority, references, counters, ladder. */
void check_together(struct checking *k);
/* True when both can apply to one bill, as far as dates and conditions say. */
bool may_meet(const struct checking *k, const struct policy_part *a, const struct policy_part *b);
/* check_burden.c: benefits that may lower the burden say so. */
void check_burden(struct checking *k);
/* check_parts.c: identity, sources, parameters, diseases, lists, remote care, enrolment, product, process rules. */
void check_parts(struct checking *k);

#endif
