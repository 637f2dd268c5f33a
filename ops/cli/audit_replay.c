/* audit_replay.c - every settlement decided again in the journal's order.
 *
 * A person's facts stand in their journal in the order in which they were applied, and so do those of one family: one
 * part of a contract is open at a time (family.h). Only the entries of two buckets of the same moment have no order
 * among them; of those, whichever comes out goes first. In a cluster the moment is as wide as clocks of nodes may lie
 * apart. What then does not come out is a finding. */
#include "audit.h"
#include "compare.h"

#include <string.h>

/* The settlement as it was answered when it was made, without what offline settling does not know. */
static Yz__Settlement as_made(const Yz__Settlement *recorded, Yz__Bill *bill) {
  Yz__Settlement made = *recorded;
  *bill = *recorded->bill;
  bill->encounter = NULL;
  made.bill = bill;
  made.status = YZ__SETTLEMENT__STATUS__SETTLED;
  made.cancellation = NULL;
  return made;
}

/* Whether the rules decide it now as recorded; else `why` says where not. */
static bool comes_out(struct audit *audit, const struct audit_fact *f, struct text *why) {
  struct arena arena;
  arena_init(&arena, 64u << 20);
  Yz__Bill bill;
  Yz__Settlement *now = NULL, then = as_made(f->settlement, &bill);
  const Yz__Problem *problem = offline_decide(audit->offline, &bill, &arena, &now);
  text_clear(why);
  bool same = false;
  if (problem) {
    text_addf(why, "refused: %s", problem->detail ? problem->detail : "");
  } else {
    now->id = then.id;
    now->has_settled = then.has_settled, now->settled = then.settled;
    now->has_sequence = then.has_sequence, now->sequence = then.sequence;
    same = !message_differs(&then.base, &now->base, why);
  }
  arena_free(&arena);
  return same;
}

static void take(struct audit *audit, struct audit_fact *f) {
  f->replayed = true;
  if (f->settlement) offline_move(audit->offline, f->settlement, f->fact->kind == YZ__FACT__KIND__SETTLED ? 1 : -1);
}

static bool fits(struct audit *audit, const struct audit_fact *f, struct text *why) {
  return !f->settlement || f->fact->kind == YZ__FACT__KIND__CANCELLED || comes_out(audit, f, why);
}

static bool has_contract(const struct audit_fact *f) {
  bool found = false;
  for (size_t i = 0; i < f->fact->n_moves; i++) found = found || f->fact->moves[i]->contract;
  return found;
}

/* Whether one of the facts from `first` on, before `f`, that are still to come is of the same person. */
static bool waits(const struct audit *audit, size_t first, size_t f) {
  for (size_t i = first; i < f; i++)
    if (!audit->facts[i].replayed && strcmp(audit->facts[i].fact->person, audit->facts[f].fact->person) == 0)
      return true;
  return false;
}

/* Takes the fact at `first`, or one of a contract in the same moment that fits when that does not. */
static void take_next(struct audit *audit, size_t first) {
  struct text why, other;
  text_init(&why);
  text_init(&other);
  size_t at = first;
  if (!fits(audit, &audit->facts[first], &why)) {
    const uint64_t until = audit->facts[first].ms + audit->moment_ms;
    for (at = first + 1; at < audit->n_facts && audit->facts[at].ms <= until; at++) {
      const struct audit_fact *f = &audit->facts[at];
      if (!f->replayed && has_contract(f) && !waits(audit, first, at) && fits(audit, f, &other)) break;
    }
    if (at == audit->n_facts || audit->facts[at].ms > until) {
      at = first;
      audit_tell(audit, "settlement %s of %s, entry %s: the rules decide otherwise at %s",
                 audit->facts[at].fact->settlement, audit->facts[at].fact->person, audit->facts[at].entry,
                 text_string(&why));
    }
  }
  take(audit, &audit->facts[at]);
  text_free(&why);
  text_free(&other);
}

void audit_replay(struct audit *audit) {
  for (size_t first = 0; first < audit->n_facts;) {
    if (audit->facts[first].replayed)
      first++;
    else
      take_next(audit, first);
  }
}
