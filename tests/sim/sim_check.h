/* sim_check.h - what must be true after a run. Each broken rule is told with broken().
 *
 *   (a) counters are the fold of the journal's moves, of persons and of contracts
 *   (b) a settlement stands at most once in the journal as settled
 *   (c) what a client was told is recorded with exactly that content
 *   (d) no key was answered in two ways
 *   (e) payers sum to bills
 *   (f) all settlements, replayed through the pure rules in the order of the store, give the same bytes
 *   (g) all wishes came to an end, each fact reached each consumer, no try is left open   (the caller waits for it)
 *   (h) credits and queues: house_audit
 *   (i) what cities owe each other is the sum of the journal's remote settlements */
#ifndef YZ_SIM_CHECK_H
#define YZ_SIM_CHECK_H

#include "model_store.h"
#include "shelf.h"
#include "sim_work.h"

/* True when every fact of the journal has reached every consumer and no try is open. With
 * `say`, what is missing is broken. */
bool check_delivered(const struct model *model, bool say);
/* A try that is neither confirmed nor taken back, or NULL. */
const char *check_open_try(const struct model *model);
void check_all(const struct model *model, const Yz__Book *book, struct shelf *shelf);

#endif
