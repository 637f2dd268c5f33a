/* finding.h - what the checker found: file, line and reason, all of them.
 *
 * A finding is written for the person who wrote the pack: what is wrong, with the values, and what to do. */
#ifndef YZ_POLICY_FINDING_H
#define YZ_POLICY_FINDING_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>

struct finding {
  const char *file;
  int line; /* from 1; 0 when the whole file is meant */
  const char *reason;
};

enum { FINDINGS_MAX = 1000 }; /* further ones are dropped: such a pack is read again after the first corrections */

/* Owns its memory; start with findings_init, end with findings_free. */
struct findings {
  struct arena arena;
  struct finding *all;
  size_t n, room;
  size_t found; /* how often something was found, also what was dropped or there already */
};

void findings_init(struct findings *findings);
void findings_free(struct findings *findings);
/* Adds one; one that is there already (same file, line and reason) is not added again. */
void findings_add(struct findings *findings, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Orders by file and line. */
void findings_sort(struct findings *findings);

#endif
