/* policy.h - what rules on one day: a pack, its ancestors and the products of a person, seen as one.
 *
 * INHERITANCE. A pack's diseases, lists, parameters, process rules and benefits are its own and those of its ancestors
 * whose id it does not define itself; the nearest definition wins. Ladder, remote rules, catalogue and enrolment are
 * the nearest pack's that has them. A rule of an ancestor that says `of: income` takes the nearest `income`, so a
 * province can write the rule and each city the number.
 *
 * PRODUCTS. Of a product pack the benefits come too, and of its ancestors only what those refer to (diseases, lists,
 * parameters). Tiers of the product that the ladder lacks come at its end. */
#ifndef YZ_POLICY_POLICY_H
#define YZ_POLICY_POLICY_H

#include "pack.h"
#include "plan.h"

/* Something with the pack that defines it. */
struct policy_part {
  const struct pack *pack;
  union {
    const Yz__Benefit *benefit;
    const Yz__Disease *disease;
    const Yz__ItemList *list;
    const Yz__Parameter *parameter;
    const Yz__ProcessRule *process;
    const void *any;
  };
};
struct policy_parts {
  struct policy_part *at;
  size_t n;
};

/* Borrowed pointers into packs; the lists live in the arena that policy_gather was given. */
struct policy {
  const struct pack *packs[PLAN_PACKS_MAX]; /* 0: the pack asked for; its ancestors; products and theirs */
  size_t n_packs;
  int32_t from, to; /* days on which exactly these packs rule, as far as their dates say */
  struct policy_parts benefits, diseases, lists, parameters, process;
  const struct pack *remote_pack, *catalogue_pack, *enrolment_pack, *ladder_pack;
  const Yz__RemoteRules *remote; /* NULL: none, as with the next two */
  const Yz__CatalogueUse *catalogue;
  const Yz__Enrolment *enrolment;
  Yz__Tier ladder[16]; /* each tier once */
  size_t n_ladder;
};

/* A pack and its ancestors on a day, nearest first. */
struct policy_chain {
  const struct pack *packs[PLAN_PACKS_MAX];
  size_t n;
};

/* Makes the view: chains[0] is the city's, the others are of products. The lists live in the arena. False when there
 * are more packs than PLAN_PACKS_MAX. */
bool policy_gather(struct policy *policy, const struct policy_chain *chains, size_t n, struct arena *arena);

/* The benefit, disease, list or parameter of that id, or NULL. */
const struct policy_part *policy_benefit(const struct policy *policy, const char *id);
const struct policy_part *policy_disease(const struct policy *policy, const char *code);
const struct policy_part *policy_list(const struct policy *policy, const char *id);
const struct policy_part *policy_parameter(const struct policy *policy, const char *id);

/* Citations of a value: its own or, when it has none, those of what is around it. */
struct citations {
  char *const *at;
  size_t n;
};
struct citations citations_or(size_t n, char *const *own, struct citations around);

/* The source that a citation ("<source id>" or "<source id>: place or quote") in `pack` names, searched in that pack
 * first; NULL when there is none. */
const Yz__Source *policy_source(const struct policy *policy, const struct pack *pack, const char *citation);
/* True when one of them has grade WEAK or ASSUMED. */
bool policy_assumed(const struct policy *policy, const struct pack *pack, struct citations citations);
/* Service that computes a benefit: its own statement, else by tier. */
Yz__Service benefit_service(const Yz__Benefit *benefit);
/* Short name of a benefit's year counters. */
const char *benefit_counter(const Yz__Benefit *benefit);
/* The place of a tier in the ladder, or n_ladder when it is not there. */
size_t policy_rung(const struct policy *policy, Yz__Tier tier);

#endif
