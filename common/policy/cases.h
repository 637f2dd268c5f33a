/* cases.h - which cases a table can meet, and which of its rows each one takes.
 *
 * A case is one value in each dimension that a condition can name. Values that every row treats alike are taken
 * together, so a table has few cases. Sets of categories are cases too: having none, one, or several of those that rows
 * name. Not every combination exists: standings go with their scheme, care at home is care in the same city, and only
 * long-term care has a form. */
#ifndef YZ_POLICY_CASES_H
#define YZ_POLICY_CASES_H

#include "policy.h"
#include "text.h"

enum { CASES_ROWS_MAX = 256, CASES_MAX = 1000000 };

struct cases {
  bool too_many;                       /* more than CASES_MAX, or rows: nothing else is filled */
  size_t missing;                      /* groups of cases that no row covers */
  struct text example;                 /* one of them as a condition in YAML: "{level: ungraded, stay: 3+}"; owned */
  uint64_t first[CASES_ROWS_MAX / 64]; /* bit i: some case takes row i, because no earlier one holds */
};

/* Examines `n` rows within `applies`. Free with cases_free. */
void cases_examine(const struct policy *policy, const struct when *applies, const struct when *rows, size_t n,
                   struct cases *cases);
void cases_free(struct cases *cases);
bool cases_first(const struct cases *cases, size_t row);

/* True when there is a case in which both conditions hold. */
bool cases_meet(const struct policy *policy, const struct when *a, const struct when *b);

#endif
