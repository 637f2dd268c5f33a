/* catalogue.h - which class an item of a bill has on a day, its first-pay share and its price limit.
 *
 * A CSV file with the header line
 *
 *   code,name,class,first_pay,limit,from,to
 *   86901234,阿莫西林胶囊,A,,0.85,2023-01-01,2023-12-31
 *
 * class is A, B or C; first_pay ("10%") is given for class B and only there; limit is the highest unit price inside the
 * policy in yuan, or empty; from and to are service dates, both included. One code may have several lines, of different
 * days. The same columns make the message CatalogueItem of proto/policy.proto. */
#ifndef YZ_POLICY_CATALOGUE_H
#define YZ_POLICY_CATALOGUE_H

#include "finding.h"
#include "policy.pb-c.h"

#include <stdint.h>

struct catalogue;

/* Reads and checks the CSV text; NULL when anything in it was refused. `file` names it in findings. Immutable; free
 * with catalogue_free. */
struct catalogue *catalogue_read(const char *file, const void *bytes, size_t n, struct findings *findings);
void catalogue_free(struct catalogue **catalogue);

/* The line of that code on that day, or NULL: not listed, so own expense. Binary search. */
const Yz__CatalogueItem *catalogue_find(const struct catalogue *catalogue, const char *code, int32_t day);
size_t catalogue_size(const struct catalogue *catalogue);

#endif
