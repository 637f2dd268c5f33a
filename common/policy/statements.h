/* statements.h - a policy as a list of statements: of what, which value, under which condition, equals what. Tables
 * (show.h) and differences (difference.h) are made from it. */
#ifndef YZ_POLICY_STATEMENTS_H
#define YZ_POLICY_STATEMENTS_H

#include "names.h"
#include "policy.h"

enum section {
  SECTION_POLICY,
  SECTION_PARAMETERS,
  SECTION_ENROLMENT,
  SECTION_PRODUCT,
  SECTION_BENEFITS,
  SECTION_REMOTE,
  SECTION_LISTS,
  SECTION_DISEASES,
  SECTION_PROCESS,
  SECTIONS
};

/* "居民住院 | 报销比例 | 三级 | 60%". */
struct statement {
  enum section section;
  const char *subject_id; /* the same for all statements of a benefit, a premium, a disease .. */
  struct name subject, part, when, value;
  const char *key; /* tells which statements of two policies speak of the same value */
  const struct pack *pack;
  struct citations citations;
};
struct statements {
  struct statement *at;
  size_t n, room;
};

/* All statements of the policy, section by section, in file order. They live in the arena. */
void statements_make(const struct policy *policy, struct arena *arena, struct statements *statements);

struct name section_name(enum section section);

/* For the files that make statements. */
struct stating {
  const struct policy *policy;
  struct arena *arena;
  struct statements *out;
  enum section section;
  const char *subject_id;
  struct name subject;
  const struct pack *pack;
  struct citations around;
};
void stating_subject(struct stating *s, const struct pack *pack, const char *id, struct name name);
/* `slot` tells values apart where the part's name does not, or where the name may change with the value, as that of a
 * bracket does; "" where the name is enough. */
void state(struct stating *s, const char *slot, struct name part, struct name when, struct name value,
           struct citations citations);
void state_amounts(struct stating *s, const char *slot, struct name part, size_t n, Yz__AmountRow *const *rows,
                   bool has_amount, int64_t amount, struct citations around);
void state_rates(struct stating *s, const char *slot, struct name part, size_t n, Yz__RateRow *const *rows,
                 bool has_rate, int32_t rate, struct citations around);
void state_benefit(struct stating *s, const struct policy_part *part);

#endif
