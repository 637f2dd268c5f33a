#include "shelf.h"

#include "check.h"
#include "compile.h"
#include "date.h"
#include "must.h"
#include "whole_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  SHELF_BYTES = 256 * 1024 * 1024, /* decoded packs: a large one takes under 1 MB */
  CATALOGUE_FILE_MAX = 64 * 1024 * 1024,
  FOLDER_DEPTH_MAX = 8,
  VIEWS_MAX = 64 /* kept; beyond, each is gathered anew */
};

/* A plan, and the pack of the city and those of the products that it was asked for. */
struct shelf_plan {
  const struct pack *heads[1 + PLAN_PACKS_MAX];
  size_t n;
  struct plan *plan;
};
/* What was gathered for chains of packs; asked for with every bill, of which a year has a handful of combinations. */
struct shelf_views {
  struct arena arena;
  size_t n;
  struct shelf_view *at[VIEWS_MAX];
};
struct shelf_catalogue {
  const char *file; /* as the packs name it */
  struct catalogue *catalogue;
};

struct shelf {
  struct arena arena;
  const char *root;
  const struct pack **packs; /* by id, then by day */
  size_t n, room;
  struct shelf_plan *plans;
  size_t n_plans;
  struct shelf_views *views;
  struct shelf_catalogue *catalogues;
  size_t n_catalogues;
};

struct shelf *shelf_new(const char *root) {
  struct shelf *shelf = calloc(1, sizeof *shelf);
  must(shelf);
  shelf->views = calloc(1, sizeof *shelf->views);
  must(shelf->views);
  arena_init(&shelf->views->arena, SHELF_BYTES);
  arena_init(&shelf->arena, SHELF_BYTES);
  shelf->root = root ? arena_copy(&shelf->arena, root) : NULL;
  return shelf;
}

void shelf_free(struct shelf **shelf) {
  struct shelf *s = *shelf;
  if (!s) return;
  for (size_t i = 0; i < s->n_plans; i++) plan_free(&s->plans[i].plan);
  for (size_t i = 0; i < s->n_catalogues; i++) catalogue_free(&s->catalogues[i].catalogue);
  arena_free(&s->views->arena);
  free(s->views);
  free(s->plans);
  free(s->catalogues);
  free(s->packs);
  arena_free(&s->arena);
  free(s);
  *shelf = NULL;
}

/* ---- putting packs in ---- */

static int by_id_and_day(const struct pack *a, const struct pack *b) {
  const int id = strcmp(a->text->pack, b->text->pack);
  return id != 0 ? id : a->text->from < b->text->from ? -1 : a->text->from > b->text->from;
}

static void put(struct shelf *shelf, const struct pack *pack) {
  if (shelf->n == shelf->room) {
    shelf->room = shelf->room ? 2 * shelf->room : 16;
    shelf->packs = realloc(shelf->packs, shelf->room * sizeof *shelf->packs);
    must(shelf->packs);
  }
  size_t at = shelf->n++;
  for (; at > 0 && by_id_and_day(shelf->packs[at - 1], pack) > 0; at--) shelf->packs[at] = shelf->packs[at - 1];
  shelf->packs[at] = pack;
}

static void take_out(struct shelf *shelf, const struct pack *pack) {
  size_t at = 0;
  while (shelf->packs[at] != pack) at++;
  memmove(&shelf->packs[at], &shelf->packs[at + 1], (--shelf->n - at) * sizeof *shelf->packs);
}

static const struct catalogue *catalogue_of(const struct shelf *shelf, const char *file) {
  for (size_t i = 0; i < shelf->n_catalogues; i++)
    if (strcmp(shelf->catalogues[i].file, file) == 0) return shelf->catalogues[i].catalogue;
  return NULL;
}

static void load_catalogue(struct shelf *shelf, const struct pack *pack, struct findings *findings) {
  const Yz__CatalogueUse *use = pack->text->catalogue;
  if (!use || catalogue_of(shelf, use->file)) return;
  if (!shelf->root || use->file[0] == '/' || strstr(use->file, "..")) {
    pack_refuse(pack, findings, use, "file", 0, "the catalogue `%s` must be a file below the folder of packs%s",
                use->file, shelf->root ? "" : ", and this pack is in no folder");
    return;
  }
  char *path = arena_format(&shelf->arena, "%s/%s", shelf->root, use->file);
  size_t n;
  char *bytes = whole_file(path, CATALOGUE_FILE_MAX, &n);
  if (!bytes) {
    pack_refuse(pack, findings, use, "file", 0, "the catalogue %s cannot be read: %s", path, strerror(errno));
    return;
  }
  struct catalogue *catalogue = catalogue_read(path, bytes, n, findings);
  free(bytes);
  if (!catalogue) return;
  shelf->catalogues = realloc(shelf->catalogues, (shelf->n_catalogues + 1) * sizeof *shelf->catalogues);
  must(shelf->catalogues);
  shelf->catalogues[shelf->n_catalogues++] = (struct shelf_catalogue){use->file, catalogue};
}

/* ---- what rules on a day ---- */

const struct pack *shelf_find(const struct shelf *shelf, const char *id, int32_t day) {
  for (size_t i = 0; i < shelf->n; i++) {
    const Yz__PolicyPack *text = shelf->packs[i]->text;
    if (text->from <= day && day <= text->to && strcmp(text->pack, id) == 0) return shelf->packs[i];
  }
  return NULL;
}

const struct pack *shelf_find_exact(const struct shelf *shelf, const char *id, const char *version,
                                    const char *sha256) {
  for (size_t i = 0; i < shelf->n; i++) {
    const struct pack *pack = shelf->packs[i];
    if (strcmp(pack->text->pack, id) == 0 && strcmp(pack->text->version, version) == 0 &&
        (!sha256 || strcmp(pack->sha256, sha256) == 0))
      return pack;
  }
  return NULL;
}

const struct pack *const *shelf_list(const struct shelf *shelf, size_t *n) {
  *n = shelf->n;
  return shelf->packs;
}

/* The pack and its ancestors on the day. False when one of them is missing on it, or the line of ancestors does not
 * end; then the last pack of the chain is the one whose parent is not found. */
static bool chain_of(const struct shelf *shelf, const struct pack *pack, int32_t day, struct policy_chain *chain) {
  chain->n = 0;
  while (pack) {
    if (chain->n == PLAN_PACKS_MAX) return false;
    chain->packs[chain->n++] = pack;
    if (!pack->text->parent) return true;
    pack = shelf_find(shelf, pack->text->parent, day);
  }
  return false;
}

/* The chains of a city and of products. Which packs they are is all that a plan depends on. */
struct chains {
  struct policy_chain at[1 + PLAN_PACKS_MAX];
  size_t n;
};

static bool chains_of(const struct shelf *shelf, const char *id, int32_t day, const char *const *products,
                      size_t n_products, struct chains *chains) {
  if (n_products > PLAN_PACKS_MAX) return false;
  chains->n = 1 + n_products;
  for (size_t i = 0; i < chains->n; i++)
    if (!chain_of(shelf, shelf_find(shelf, i == 0 ? id : products[i - 1], day), day, &chains->at[i])) return false;
  return true;
}

struct shelf_view {
  struct chains chains;
  struct policy policy;
};

static bool same_chains(const struct chains *a, const struct chains *b) {
  bool same = a->n == b->n;
  for (size_t c = 0; same && c < a->n; c++) {
    same = a->at[c].n == b->at[c].n;
    for (size_t i = 0; same && i < a->at[c].n; i++) same = a->at[c].packs[i] == b->at[c].packs[i];
  }
  return same;
}

static const struct shelf_view *view_kept(const struct shelf_views *views, const struct chains *chains) {
  for (size_t i = 0; i < views->n; i++)
    if (same_chains(&views->at[i]->chains, chains)) return views->at[i];
  return NULL;
}

/* Packs never change, so what was gathered of them holds as long as the shelf. */
static void view_keep(struct shelf_views *views, const struct chains *chains) {
  struct shelf_view *view = arena_alloc(&views->arena, sizeof *view);
  view->chains.n = chains->n;
  for (size_t c = 0; c < chains->n; c++) view->chains.at[c] = chains->at[c];
  if (policy_gather(&view->policy, chains->at, chains->n, &views->arena)) views->at[views->n++] = view;
}

bool shelf_policy(const struct shelf *shelf, const char *id, int32_t day, const char *const *products,
                  size_t n_products, struct arena *arena, struct policy *policy) {
  struct chains chains;
  if (!chains_of(shelf, id, day, products, n_products, &chains)) return false;
  const struct shelf_view *view = view_kept(shelf->views, &chains);
  if (!view && shelf->views->n < VIEWS_MAX) {
    view_keep(shelf->views, &chains);
    view = view_kept(shelf->views, &chains);
  }
  if (!view) return policy_gather(policy, chains.at, chains.n, arena);
  *policy = view->policy;
  return true;
}

/* The first packs of the chains determine the plan together with the day, which decides their ancestors. */
static const struct plan *plan_kept(const struct shelf *shelf, const struct chains *chains, int32_t day) {
  for (size_t i = 0; i < shelf->n_plans; i++) {
    const struct shelf_plan *kept = &shelf->plans[i];
    bool same = kept->n == chains->n && kept->plan->from <= day && day <= kept->plan->to;
    for (size_t c = 0; c < chains->n && same; c++) same = kept->heads[c] == chains->at[c].packs[0];
    if (same) return kept->plan;
  }
  return NULL;
}

static const struct plan *plan_keep(struct shelf *shelf, const struct chains *chains) {
  struct findings findings;
  struct arena arena;
  struct policy policy;
  findings_init(&findings);
  arena_init(&arena, SHELF_BYTES);
  struct shelf_plan made = {.n = chains->n};
  for (size_t c = 0; c < chains->n; c++) made.heads[c] = chains->at[c].packs[0];
  if (policy_gather(&policy, chains->at, chains->n, &arena)) made.plan = plan_new(&policy, &findings);
  findings_free(&findings);
  arena_free(&arena);
  if (!made.plan) return NULL;
  shelf->plans = realloc(shelf->plans, (shelf->n_plans + 1) * sizeof *shelf->plans);
  must(shelf->plans);
  shelf->plans[shelf->n_plans++] = made;
  return made.plan;
}

const struct plan *shelf_plan(struct shelf *shelf, const char *id, int32_t day, const char *const *products,
                              size_t n_products) {
  struct chains chains;
  if (!chains_of(shelf, id, day, products, n_products, &chains)) return NULL;
  const struct plan *plan = plan_kept(shelf, &chains, day);
  return plan ? plan : plan_keep(shelf, &chains);
}

/* The nearest pack of the chain that has what `has` asks for. */
static const struct pack *nearest(const struct shelf *shelf, const char *id, int32_t day,
                                  bool (*has)(const Yz__PolicyPack *)) {
  struct policy_chain chain;
  if (!chain_of(shelf, shelf_find(shelf, id, day), day, &chain)) return NULL;
  for (size_t i = 0; i < chain.n; i++)
    if (has(chain.packs[i]->text)) return chain.packs[i];
  return NULL;
}

static bool has_catalogue(const Yz__PolicyPack *text) {
  return text->catalogue != NULL;
}
static bool has_enrolment(const Yz__PolicyPack *text) {
  return text->enrolment != NULL;
}

const struct catalogue *shelf_catalogue(const struct shelf *shelf, const char *id, int32_t day) {
  const struct pack *pack = nearest(shelf, id, day, has_catalogue);
  return pack ? catalogue_of(shelf, pack->text->catalogue->file) : NULL;
}

const Yz__Enrolment *shelf_enrolment(const struct shelf *shelf, const char *id, int32_t day) {
  const struct pack *pack = nearest(shelf, id, day, has_enrolment);
  return pack ? pack->text->enrolment : NULL;
}

/* ---- checking ---- */

static void check_beside_others(const struct shelf *shelf, const struct pack *pack, struct findings *findings) {
  const Yz__PolicyPack *text = pack->text;
  for (size_t i = 0; i < shelf->n; i++) {
    const struct pack *other = shelf->packs[i];
    if (other == pack || strcmp(other->text->pack, text->pack) != 0) continue;
    if (strcmp(other->text->version, text->version) == 0)
      pack_refuse(pack, findings, text, "version", 0,
                  "version %s of %s is in %s already: give this text another version", text->version, text->pack,
                  other->file);
    if (text->from <= other->text->to && other->text->from <= text->to)
      pack_refuse(pack, findings, text, "from", 0,
                  "its days overlap those of version %s in %s: let each day have one text", other->text->version,
                  other->file);
  }
}

/* Checks the pack on the first of a stretch of days on which its ancestors stay the same; gives the last of them. False
 * when there is nothing more to check. */
static bool check_stretch(const struct shelf *shelf, const struct pack *pack, int32_t day, int32_t *last,
                          struct findings *findings) {
  const Yz__PolicyPack *text = pack->text;
  struct policy_chain chains[2];
  if (!chain_of(shelf, pack, day, &chains[0])) {
    const struct pack *orphan = chains[0].packs[chains[0].n - 1];
    char on[DATE_TEXT_MAX];
    if (chains[0].n == PLAN_PACKS_MAX)
      pack_refuse(pack, findings, text, "parent", 0, "more than %d ancestors, or a circle of them", PLAN_PACKS_MAX - 1);
    else
      pack_refuse(orphan, findings, orphan->text, "parent", 0,
                  "the parent `%s` has no pack on %s: add one, or correct the name or the dates", orphan->text->parent,
                  date_print(day, on));
    return false;
  }
  size_t n = 1;
  if (text->product && chains[0].n > 1) { /* a product is checked within the city that it was made for */
    n = 2;
    chains[1] = (struct policy_chain){.packs = {pack}, .n = 1};
    memmove(&chains[0].packs[0], &chains[0].packs[1], --chains[0].n * sizeof chains[0].packs[0]);
  }
  struct arena arena;
  arena_init(&arena, SHELF_BYTES);
  struct policy policy;
  must(policy_gather(&policy, chains, n, &arena));
  policy_check(&policy, pack, findings);
  *last = policy.to;
  arena_free(&arena);
  return true;
}

static void check(struct shelf *shelf, const struct pack *pack, struct findings *findings) {
  const Yz__PolicyPack *text = pack->text;
  check_beside_others(shelf, pack, findings);
  if (text->from > text->to) {
    pack_refuse(pack, findings, text, "to", 0, "dates are reversed: `to` lies before `from`");
    return;
  }
  for (int32_t day = text->from, last; day <= text->to; day = last + 1)
    if (!check_stretch(shelf, pack, day, &last, findings)) return;
}

static bool add(struct shelf *shelf, const struct pack *pack, struct findings *findings) {
  const size_t before = findings->found;
  put(shelf, pack);
  load_catalogue(shelf, pack, findings);
  check(shelf, pack, findings);
  if (findings->found == before) return true;
  take_out(shelf, pack);
  return false;
}

bool shelf_add(struct shelf *shelf, const char *file, const void *bytes, size_t n, struct findings *findings) {
  const struct pack *pack = pack_read(file, bytes, n, &shelf->arena, findings);
  return pack && add(shelf, pack, findings);
}

bool shelf_add_message(struct shelf *shelf, const Yz__PolicyPack *text, const char *file, const struct places *places,
                       struct findings *findings) {
  return add(shelf, pack_new(text, file, places, &shelf->arena), findings);
}

/* ---- a folder of packs ---- */

static int by_name(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names in a folder, in order, so that findings come in the same order everywhere. NULL with errno. */
static char **names_in(const char *folder, struct arena *arena, size_t *n) {
  DIR *dir = opendir(folder);
  if (!dir) return NULL;
  size_t room = 0;
  char **names = NULL;
  *n = 0;
  for (const struct dirent *entry; (entry = readdir(dir));) {
    if (entry->d_name[0] == '.') continue;
    if (*n == room) {
      char **more = arena_alloc(arena, (room = 2 * room + 16) * sizeof *more);
      if (*n) memcpy(more, names, *n * sizeof *more);
      names = more;
    }
    names[(*n)++] = arena_copy(arena, entry->d_name);
  }
  closedir(dir);
  if (!names) names = arena_alloc(arena, sizeof *names);
  if (*n > 1) qsort(names, *n, sizeof *names, by_name);
  return names;
}

static bool ends_with(const char *name, const char *end) {
  const size_t n = strlen(name), m = strlen(end);
  return n > m && strcmp(name + n - m, end) == 0;
}

static void load_file(struct shelf *shelf, const char *path, struct findings *findings) {
  size_t n;
  char *bytes = whole_file(path, YAML_BYTES, &n);
  if (!bytes) {
    findings_add(findings, path, 0, "cannot be read: %s", strerror(errno));
    return;
  }
  const struct pack *pack = pack_read(path, bytes, n, &shelf->arena, findings);
  free(bytes);
  if (!pack) return;
  put(shelf, pack);
  load_catalogue(shelf, pack, findings);
}

static void load_folder(struct shelf *shelf, const char *folder, int depth, struct findings *findings) {
  size_t n;
  char **names = names_in(folder, &shelf->arena, &n);
  if (!names && errno == ENOTDIR) return;
  if (!names) {
    findings_add(findings, folder, 0, "cannot be read: %s", strerror(errno));
    return;
  }
  for (size_t i = 0; i < n; i++) {
    const char *path = arena_format(&shelf->arena, "%s/%s", folder, names[i]);
    if (ends_with(names[i], ".yaml"))
      load_file(shelf, path, findings);
    else if (depth < FOLDER_DEPTH_MAX)
      load_folder(shelf, path, depth + 1, findings);
  }
}

struct shelf *shelf_open(const char *root, struct findings *findings) {
  const size_t before = findings->found;
  struct shelf *shelf = shelf_new(root);
  load_folder(shelf, root, 0, findings);
  if (shelf->n == 0 && findings->found == before)
    findings_add(findings, root, 0, "no packs here: policy packs are *.yaml files in this folder or below it");
  for (size_t i = 0; i < shelf->n; i++) check(shelf, shelf->packs[i], findings);
  if (findings->found != before) shelf_free(&shelf);
  return shelf;
}
