#include "clauses.h"

#include "citation.h"

#include <string.h>

static void find(struct clauses *clauses, const struct explain_packs *packs, const char *id, const char *version) {
  for (size_t i = 0; i < clauses->n; i++)
    if (strcmp(clauses->packs[i]->pack, id) == 0) return;
  const Yz__PolicyPack *found = packs->find(packs->self, id, version);
  if (found && clauses->n < CLAUSES_PACKS_MAX) clauses->packs[clauses->n++] = found;
}

void clauses_find(struct clauses *clauses, const Yz__Settlement *settlement, const struct explain_packs *packs) {
  clauses->n = 0;
  const Yz__PackRef *own = settlement->entitlement->pack;
  find(clauses, packs, own->pack, own->version);
  for (size_t i = 0; i < settlement->n_packs; i++)
    find(clauses, packs, settlement->packs[i]->pack, settlement->packs[i]->version);
  for (size_t i = 0; i < settlement->n_results; i++) find(clauses, packs, settlement->results[i]->pack, NULL);
}

static const Yz__PolicyPack *pack_of(const struct clauses *clauses, const char *id) {
  for (size_t i = 0; i < clauses->n; i++)
    if (strcmp(clauses->packs[i]->pack, id) == 0) return clauses->packs[i];
  return NULL;
}

const Yz__Benefit *clauses_benefit(const struct clauses *clauses, const Yz__BenefitResult *result) {
  const Yz__PolicyPack *pack = pack_of(clauses, result->pack);
  for (size_t i = 0; pack && i < pack->n_benefits; i++)
    if (strcmp(pack->benefits[i]->id, result->benefit) == 0) return pack->benefits[i];
  return NULL;
}

struct name clauses_name(const struct clauses *clauses, const Yz__BenefitResult *result) {
  const Yz__Benefit *benefit = clauses_benefit(clauses, result);
  if (benefit) return (struct name){benefit->name_zh, benefit->name_en};
  return name_of(&yz__tier__descriptor, (int)result->tier);
}

const Yz__Source *clauses_source(const struct clauses *clauses, const char *pack, const char *citation) {
  const Yz__PolicyPack *own = pack_of(clauses, pack);
  const Yz__Source *source = own ? citation_source(own, citation) : NULL;
  for (size_t i = 0; !source && i < clauses->n; i++) source = citation_source(clauses->packs[i], citation);
  return source;
}

const char *clauses_citation(const struct clauses *clauses, const char *pack, const char *mark) {
  if (!strchr(mark, '#')) return mark;
  const Yz__PolicyPack *own = pack_of(clauses, pack);
  const char *citation = own ? citation_find(own, mark) : NULL;
  for (size_t i = 0; !citation && i < clauses->n; i++) citation = citation_find(clauses->packs[i], mark);
  return citation ? citation : mark;
}

struct name title_halves(const char *title, struct arena *arena) {
  const char *bar = strstr(title, " | ");
  if (!bar) return (struct name){title, title};
  return (struct name){arena_copy_n(arena, title, (size_t)(bar - title)), bar + 3};
}
