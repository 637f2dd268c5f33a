/* remaining.h - what is left of the year after this bill, and what to be careful about. For the files of this library.
 */
#ifndef YZ_EXPLAIN_REMAINING_H
#define YZ_EXPLAIN_REMAINING_H

#include "clauses.h"

/* Adds sentences: what is missing to a deductible, to the next bracket, to a limit; one for each shared counter. */
void remaining_say(const Yz__Settlement *settlement, const struct clauses *clauses, Yz__Explanation *explanation,
                   struct arena *arena);
/* Adds sentences: why the account was not used; which values were assumed or weakly sourced, each once. */
void cautions_say(const Yz__Settlement *settlement, const struct clauses *clauses, Yz__Explanation *explanation,
                  struct arena *arena);

#endif
