/* citation.h - how a settlement names the clauses that it rests on.
 *
 * In a pack a citation is "<source id>" or "<source id>: place or quote". A settlement is kept for ever, and the quotes
 * were half of it. It carries marks: the source id alone where that is the whole citation, else the id and eight hex
 * digits of the citation's hash, "press-2023#8f3a1c07". The settlement names its packs exactly, so the quote is found
 * again wherever they are at hand, by whoever explains it. */
#ifndef YZ_POLICY_CITATION_H
#define YZ_POLICY_CITATION_H

#include "plan.h"
#include "policy.pb-c.h"

/* Characters of the source id, in a citation and in its mark. */
size_t citation_id(const char *citation);
void citation_mark(const char *citation, char mark[PLAN_MARK_MAX]);
/* The source of that pack which a citation, or its mark, names; NULL: it has none of that id. */
const Yz__Source *citation_source(const Yz__PolicyPack *pack, const char *citation);
/* The citation of that pack, wherever it stands there, that has this mark; NULL: it has none. */
const char *citation_find(const Yz__PolicyPack *pack, const char *mark);

#endif
