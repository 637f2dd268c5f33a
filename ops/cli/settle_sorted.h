/* settle_sorted.h - sorted tables settled with memory for one family at a time, and in several processes.
 *
 * Persons and contracts stand in ascending order of ids (bytes; contracts by their first member's), and bills in groups
 * in that order too, each group in the order in which its bills are to be settled. A group is everybody from the least
 * to the greatest id that a chain of overlapping contracts spans; a person whom no contract spans is a group alone.
 * What is known of a group is forgotten behind it, so memory does not grow with the city. A row out of order is
 * refused.
 *
 * Groups do not touch each other, so any number of processes may settle them: each reads the tables, skips the groups
 * of others without understanding them, and the output is put together in the order of the tables. It is the same, byte
 * for byte, for every number of processes. */
#ifndef YZ_CLI_SETTLE_SORTED_H
#define YZ_CLI_SETTLE_SORTED_H

#include "settling.h"

/* All must be CSV; contracts may be NULL. */
struct sorted_tables {
  const char *persons, *contracts, *bills;
};

enum { SORTED_JOBS_MAX = 256 };

/* Settles everything, in `jobs` processes when that is above 1. False when a table or a process failed. */
bool sorted_settle(struct settling *s, const struct sorted_tables *tables, unsigned jobs);

/* One process's share: of chunks of whole groups, numbered from 0, those with number % jobs == job. `chunk_done` is
 * called behind each of them. Messages go to s->out and s->err. */
bool sorted_settle_share(struct settling *s, const struct sorted_tables *tables, unsigned job, unsigned jobs,
                         void (*chunk_done)(void *context), void *context);

#endif
