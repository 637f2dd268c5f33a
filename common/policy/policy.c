#include "policy.h"

#include "citation.h"

#include "must.h"

#include <string.h>

enum { LADDER_MAX = sizeof((struct policy *)0)->ladder / sizeof(Yz__Tier) };

/* Every kind of inherited thing is told apart by the text that its `id` or `code` holds. */
static const char *benefit_id(const void *thing) {
  return ((const Yz__Benefit *)thing)->id;
}
static const char *disease_id(const void *thing) {
  return ((const Yz__Disease *)thing)->code;
}
static const char *list_id(const void *thing) {
  return ((const Yz__ItemList *)thing)->id;
}
static const char *parameter_id(const void *thing) {
  return ((const Yz__Parameter *)thing)->id;
}
static const char *process_id(const void *thing) {
  return ((const Yz__ProcessRule *)thing)->id;
}

struct kind {
  size_t parts;                    /* offset in struct policy */
  size_t count, list;              /* offsets in Yz__PolicyPack */
  const char *(*id)(const void *); /* of one */
  bool of_product_ancestors;
};
#define KIND(member, id, ancestors)                                                                                    \
  {                                                                                                                    \
    offsetof(struct policy, member), offsetof(Yz__PolicyPack, n_##member), offsetof(Yz__PolicyPack, member), id,       \
        ancestors                                                                                                      \
  }
static const struct kind kinds[] = {
    KIND(benefits, benefit_id, false),    KIND(diseases, disease_id, true), KIND(lists, list_id, true),
    KIND(parameters, parameter_id, true), KIND(process, process_id, false),
};

static struct policy_parts *parts_of(struct policy *policy, const struct kind *kind) {
  return (struct policy_parts *)((char *)policy + kind->parts);
}
static size_t count_of(const Yz__PolicyPack *text, const struct kind *kind) {
  return *(const size_t *)((const char *)text + kind->count);
}
static void *const *list_of(const Yz__PolicyPack *text, const struct kind *kind) {
  return *(void *const *const *)((const char *)text + kind->list);
}

static const struct policy_part *find(const struct policy_parts *parts, const struct kind *kind, const char *id,
                                      size_t n) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(kind->id(parts->at[i].any), id) == 0) return &parts->at[i];
  return NULL;
}

/* An id that one pack gives twice stays twice: the checker says so. */
static void inherit(struct policy *policy, const struct pack *pack, const struct kind *kind) {
  struct policy_parts *parts = parts_of(policy, kind);
  const size_t nearer = parts->n;
  for (size_t i = 0; i < count_of(pack->text, kind); i++) {
    const void *thing = list_of(pack->text, kind)[i];
    if (!find(parts, kind, kind->id(thing), nearer))
      parts->at[parts->n++] = (struct policy_part){.pack = pack, .any = thing};
  }
}

static void climb(struct policy *policy, const Yz__Tier *ladder, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (policy_rung(policy, ladder[i]) == policy->n_ladder && policy->n_ladder < LADDER_MAX)
      policy->ladder[policy->n_ladder++] = ladder[i];
}

/* The nearest pack of the city's chain that has the thing. */
static void inherit_single(struct policy *policy, const struct pack *pack) {
  const Yz__PolicyPack *text = pack->text;
  if (!policy->remote_pack && text->remote) {
    policy->remote_pack = pack;
    policy->remote = text->remote;
  }
  if (!policy->catalogue_pack && text->catalogue) {
    policy->catalogue_pack = pack;
    policy->catalogue = text->catalogue;
  }
  if (!policy->enrolment_pack && text->enrolment) {
    policy->enrolment_pack = pack;
    policy->enrolment = text->enrolment;
  }
  if (!policy->ladder_pack && text->n_ladder) {
    policy->ladder_pack = pack;
    climb(policy, text->ladder, text->n_ladder);
  }
}

static bool has_pack(const struct policy *policy, const struct pack *pack) {
  for (size_t i = 0; i < policy->n_packs; i++)
    if (policy->packs[i] == pack) return true;
  return false;
}

/* Of a city's chain everything is inherited; of a product's, its own things and what those refer to. */
static bool take(struct policy *policy, const struct pack *pack, bool of_city, bool own) {
  if (has_pack(policy, pack)) return true;
  if (policy->n_packs == PLAN_PACKS_MAX) return false;
  policy->packs[policy->n_packs++] = pack;
  if (pack->text->from > policy->from) policy->from = pack->text->from;
  if (pack->text->to < policy->to) policy->to = pack->text->to;
  for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
    if (of_city || own || kinds[k].of_product_ancestors) inherit(policy, pack, &kinds[k]);
  if (of_city) inherit_single(policy, pack);
  return true;
}

bool policy_gather(struct policy *policy, const struct policy_chain *chains, size_t n, struct arena *arena) {
  *policy = (struct policy){.from = INT32_MIN, .to = INT32_MAX};
  for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
    size_t most = 0;
    for (size_t c = 0; c < n; c++)
      for (size_t i = 0; i < chains[c].n; i++) most += count_of(chains[c].packs[i]->text, &kinds[k]);
    parts_of(policy, &kinds[k])->at = arena_alloc(arena, (most + 1) * sizeof(struct policy_part));
  }
  for (size_t c = 0; c < n; c++)
    for (size_t i = 0; i < chains[c].n; i++)
      if (!take(policy, chains[c].packs[i], c == 0 && !chains[0].packs[0]->text->product, i == 0)) return false;
  for (size_t c = 0; c < n; c++) climb(policy, chains[c].packs[0]->text->ladder, chains[c].packs[0]->text->n_ladder);
  return true;
}

#define FIND(name, member, kind)                                                                                       \
  const struct policy_part *policy_##name(const struct policy *policy, const char *id) {                               \
    return find(&policy->member, &kinds[kind], id, policy->member.n);                                                  \
  }
FIND(benefit, benefits, 0)
FIND(disease, diseases, 1)
FIND(list, lists, 2)
FIND(parameter, parameters, 3)
#undef FIND

struct citations citations_or(size_t n, char *const *own, struct citations around) {
  return n ? (struct citations){.at = own, .n = n} : around;
}

const Yz__Source *policy_source(const struct policy *policy, const struct pack *pack, const char *citation) {
  const Yz__Source *source = citation_source(pack->text, citation);
  for (size_t i = 0; i < policy->n_packs && !source; i++) source = citation_source(policy->packs[i]->text, citation);
  return source;
}

bool policy_assumed(const struct policy *policy, const struct pack *pack, struct citations citations) {
  for (size_t i = 0; i < citations.n; i++) {
    const Yz__Source *source = policy_source(policy, pack, citations.at[i]);
    if (source && (source->grade == YZ__GRADE__WEAK || source->grade == YZ__GRADE__ASSUMED)) return true;
  }
  return false;
}

Yz__Service benefit_service(const Yz__Benefit *benefit) {
  if (benefit->has_service) return benefit->service;
  switch (benefit->tier) {
  case YZ__TIER__MEDICAL_ASSISTANCE:
  case YZ__TIER__RE_ASSISTANCE:
  case YZ__TIER__ON_APPLICATION: return YZ__SERVICE__ASSISTANCE;
  case YZ__TIER__SUPPLEMENT: return YZ__SERVICE__SUPPLEMENTARY;
  default: return YZ__SERVICE__ADJUDICATION;
  }
}

const char *benefit_counter(const Yz__Benefit *benefit) {
  return benefit->counter ? benefit->counter : benefit->id;
}

size_t policy_rung(const struct policy *policy, Yz__Tier tier) {
  size_t i = 0;
  while (i < policy->n_ladder && policy->ladder[i] != tier) i++;
  return i;
}
