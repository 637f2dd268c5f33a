/* golden_case.h - a golden case in short (proto/golden.proto) as the records and bills that it stands for. */
#ifndef YZ_CLI_GOLDEN_CASE_H
#define YZ_CLI_GOLDEN_CASE_H

#include "arena.h"
#include "golden.pb-c.h"
#include "problem.h"
#include "shelf.h"

/* Fills in the defaults that the comments of golden.proto state: a book with every person, institution and contract,
 * and bills[i] for visits[i]. INVALID, with the member in its pointer, when a case leaves out what has no default (a
 * pack, a day) or names what is not there. Strings are borrowed from `file` and `golden`. */
Yz__Problem *golden_book(const Yz__GoldenFile *file, const Yz__Case *golden, const struct shelf *shelf,
                         struct arena *arena, Yz__Book **book);

#endif
