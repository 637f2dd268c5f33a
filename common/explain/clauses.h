/* clauses.h - what the packs say about a result: its benefit, its sources. For the files of this library. */
#ifndef YZ_EXPLAIN_CLAUSES_H
#define YZ_EXPLAIN_CLAUSES_H

#include "explain.h"
#include "names.h"

/* The settlement's packs, found once. */
enum { CLAUSES_PACKS_MAX = 16 };
struct clauses {
  const Yz__PolicyPack *packs[CLAUSES_PACKS_MAX];
  size_t n;
};
void clauses_find(struct clauses *clauses, const Yz__Settlement *settlement, const struct explain_packs *packs);

/* The benefit that made a result, or NULL when its pack is not at hand. */
const Yz__Benefit *clauses_benefit(const struct clauses *clauses, const Yz__BenefitResult *result);
/* Its name, or the tier's. */
struct name clauses_name(const struct clauses *clauses, const Yz__BenefitResult *result);
/* What a mark of a result (citation.h) stands for, "press-2023: quote"; the mark itself when no pack at hand has it. */
const char *clauses_citation(const struct clauses *clauses, const char *pack, const char *mark);
/* The source that a mark or a citation of a result names; NULL when not at hand. */
const Yz__Source *clauses_source(const struct clauses *clauses, const char *pack, const char *citation);
/* The Chinese or the English half of a title written "中文 | English"; the whole when it has one half. Copied to the
 * arena where it must be cut. */
struct name title_halves(const char *title, struct arena *arena);

#endif
