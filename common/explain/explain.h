/* explain.h - a settlement in sentences: what was billed, what each fund paid and by which rule, what is left.
 *
 * The arithmetic is data (Settlement.results); here it becomes Chinese and English that a patient understands. Nothing
 * is computed anew: every number in a sentence stands in the settlement. */
#ifndef YZ_EXPLAIN_EXPLAIN_H
#define YZ_EXPLAIN_EXPLAIN_H

#include "arena.h"
#include "policy.pb-c.h"
#include "services.pb-c.h"
#include "settlement.pb-c.h"
#include "shelf.h"
#include "text.h"

/* Where the names and clauses of benefits come from. `find` gives the pack message of that id and version, or NULL when
 * it is not at hand: then the sentences use the tier's general name and leave out the clause. `version` is NULL when
 * the settlement does not name that pack. */
struct explain_packs {
  const Yz__PolicyPack *(*find)(const void *self, const char *pack, const char *version);
  const void *self;
};

/* The packs of a shelf, which must live as long as they are asked. */
struct explain_packs shelf_explain_packs(const struct shelf *shelf);

/* Makes the explanation in the arena; it may borrow strings from the settlement and the packs. */
Yz__Explanation *explain(const Yz__Settlement *settlement, const struct explain_packs *packs, struct arena *arena);

/* The notification for the person: billed, paid by whom, to pay, left this year; or that a settlement was cancelled.
 * Dated when that happened. */
Yz__PersonMessage *message_for_person(const Yz__Settlement *settlement, const struct explain_packs *packs,
                                      Yz__Fact__Kind kind, struct arena *arena);

#endif
