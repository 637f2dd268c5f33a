/* offline.h - settling without a server: the pure parts of the services in the gateway's order, over accounts in
 * memory.
 *
 * People, institutions and contracts are brought first; then each bill is settled and moves the counters of its
 * person-year and contract-year. What is kept grows with people, counters and settlement ids, never with what a bill
 * holds.
 *
 *   struct offline *offline = offline_new(shelf);
 *   Yz__Problem *problem = offline_book(offline, book, &arena);
 *   Yz__Settlement *settlement;
 *   if (!problem) problem = offline_settle(offline, bill, &arena, &settlement); */
#ifndef YZ_CLI_OFFLINE_H
#define YZ_CLI_OFFLINE_H

#include "arena.h"
#include "golden.pb-c.h"
#include "problem.h"
#include "settlement.pb-c.h"
#include "shelf.h"

struct offline;

/* Empty accounts over a shelf, which is borrowed and must outlive them. */
struct offline *offline_new(struct shelf *shelf);
/* Frees and nulls; safe on NULL. */
void offline_free(struct offline **offline);
/* Leaves the trace out of settlements from now on: segments, caps, parts and citations of their results. */
void offline_untraced(struct offline *offline);
/* Forgets people, contracts, counters and what was settled; institutions stay. */
void offline_forget(struct offline *offline);

/* Each keeps a copy and replaces an earlier record of the same id. INVALID, and nothing is kept, when an id is none. */
Yz__Problem *offline_person(struct offline *offline, const Yz__Person *person, struct arena *arena);
Yz__Problem *offline_institution(struct offline *offline, const Yz__Institution *institution, struct arena *arena);
Yz__Problem *offline_contract(struct offline *offline, const Yz__Contract *contract, struct arena *arena);
/* All three of a book, up to the first that is refused. */
Yz__Problem *offline_book(struct offline *offline, const Yz__Book *book, struct arena *arena);

/* Settles one bill and moves the counters; NULL when done. On a problem nothing has moved. A bill whose key (caller,
 * request id, person) was settled before is refused (REQUEST_ID_REUSED). The settlement lives with the arena, and
 * borrows from the bill. */
Yz__Problem *offline_settle(struct offline *offline, Yz__Bill *bill, struct arena *arena, Yz__Settlement **settlement);

/* The two halves of it, for who keeps the order himself (yz audit): what the bill would settle to now, whether or not
 * its key was settled before, and moving the counters as a settlement says, `sign` 1, or back again, -1. */
Yz__Problem *offline_decide(struct offline *offline, Yz__Bill *bill, struct arena *arena, Yz__Settlement **settlement);
void offline_move(struct offline *offline, const Yz__Settlement *settlement, int sign);

#endif
