/* shelf.h - the set of policy packs: which rules serve a city on a day.
 *
 * A shelf is opened once and lives unchanged until it is freed; a new set (SIGHUP) is a new shelf. Everything that it
 * gives is borrowed and lives as long as the shelf. Compiled plans are kept, one for each combination of packs that was
 * asked for; so a shelf belongs to one thread.
 *
 *   struct findings findings;
 *   findings_init(&findings);
 *   struct shelf *shelf = shelf_open("ops/policies", &findings);    NULL: print the findings
 *   const struct plan *plan = shelf_plan(shelf, "cn.shandong.zibo", on, NULL, 0);   NULL: no policy on that day */
#ifndef YZ_POLICY_SHELF_H
#define YZ_POLICY_SHELF_H

#include "catalogue.h"
#include "plan.h"
#include "policy.h"

struct shelf;

/* Loads every *.yaml under `root`, in all folders below, and the catalogues that they name, and checks all of it. NULL
 * when there is any finding. */
struct shelf *shelf_open(const char *root, struct findings *findings);
/* The same for a running program: what is refused goes to the log, a line for each finding. */
struct shelf *shelf_open_logged(const char *root);
/* An empty shelf, to be filled with shelf_add. `root` is where catalogues are looked for; NULL: nowhere. */
struct shelf *shelf_new(const char *root);
/* Reads, checks and adds one pack (inline packs of tests); parents first. Returns false, and leaves it out, when there
 * is a finding. `file` names the text in findings. */
bool shelf_add(struct shelf *shelf, const char *file, const void *bytes, size_t n, struct findings *findings);
/* The same for a pack that was read already, as a part of another text; text and places must outlive the shelf. */
bool shelf_add_message(struct shelf *shelf, const Yz__PolicyPack *text, const char *file, const struct places *places,
                       struct findings *findings);
void shelf_free(struct shelf **shelf);

/* The pack of that id on that day, or NULL. */
const struct pack *shelf_find(const struct shelf *shelf, const char *id, int32_t day);
/* The pack that a settlement was decided under; NULL when it is not here with exactly that content. `sha256` NULL: any
 * content of that version. */
const struct pack *shelf_find_exact(const struct shelf *shelf, const char *id, const char *version, const char *sha256);
/* All packs, ordered by id and date. */
const struct pack *const *shelf_list(const struct shelf *shelf, size_t *n);

/* The pack with its ancestors on that day, and the products (product pack ids) that are in force on it. False when the
 * city or one of the products has no pack on that day. The lists live as long as the arena and the shelf. */
bool shelf_policy(const struct shelf *shelf, const char *id, int32_t day, const char *const *products,
                  size_t n_products, struct arena *arena, struct policy *policy);
/* The same compiled, once for each combination. NULL also when the combination is beyond a limit of plan.h. */
const struct plan *shelf_plan(struct shelf *shelf, const char *id, int32_t day, const char *const *products,
                              size_t n_products);
/* The catalogue that the city's institutions use; NULL when its packs name none. */
const struct catalogue *shelf_catalogue(const struct shelf *shelf, const char *id, int32_t day);
/* Premiums, windows and waiting that rule the city on that day; NULL when its packs state none. */
const Yz__Enrolment *shelf_enrolment(const struct shelf *shelf, const char *id, int32_t day);

#endif
