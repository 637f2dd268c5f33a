/* audit_replay.c - every settlement decided again from the journal's order.
 *
 * A person's facts stand in their journal in the order in which they were applied. Across persons only a shared
 * contract ties them, and its counters move a moment before the journal (try) or after it (taking back a cancelled
 * part): two facts of one family may stand in the other order. So where a settlement does not come out as recorded,
 * those near to it go first, and what a cancel gives back to a contract may come later. Only what fits nowhere is a
 * finding. */
#include "audit.h"
#include "compare.h"

#include <string.h>

enum { NEAR = 256, LATE = 16 };

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

/* Moves of a settlement in the person's account, or in contracts. */
static void move_part(struct audit *audit, const Yz__Settlement *settlement, bool contracts, int sign) {
  struct arena arena;
  arena_init(&arena, 1u << 20);
  Yz__Settlement part = *settlement;
  part.moves = arena_alloc(&arena, (settlement->n_moves + 1) * sizeof(Yz__Move *));
  part.n_moves = 0;
  for (size_t i = 0; i < settlement->n_moves; i++)
    if ((settlement->moves[i]->contract != NULL) == contracts) part.moves[part.n_moves++] = settlement->moves[i];
  offline_move(audit->offline, &part, sign);
  arena_free(&arena);
}

/* The newest cancels, whose contracts' parts may be given back later than the journal says. */
struct late {
  size_t n;
  const Yz__Settlement *cancelled[LATE];
};

static void late_add(struct late *late, const Yz__Settlement *settlement) {
  if (late->n == LATE) memmove(late->cancelled, late->cancelled + 1, (--late->n) * sizeof *late->cancelled);
  late->cancelled[late->n++] = settlement;
}

/* Whether it comes out with some one of the cancels not yet given back. */
static bool comes_out_earlier(struct audit *audit, const struct audit_fact *f, const struct late *late,
                              struct text *why) {
  for (size_t i = late->n; i-- > 0;) {
    move_part(audit, late->cancelled[i], true, 1);
    const bool same = comes_out(audit, f, why);
    move_part(audit, late->cancelled[i], true, -1);
    if (same) return true;
  }
  return false;
}

static void take(struct audit *audit, struct audit_fact *f, struct late *late) {
  f->replayed = true;
  if (!f->settlement) return;
  offline_move(audit->offline, f->settlement, f->fact->kind == YZ__FACT__KIND__SETTLED ? 1 : -1);
  if (f->fact->kind == YZ__FACT__KIND__CANCELLED) late_add(late, f->settlement);
}

static bool fits(struct audit *audit, const struct audit_fact *f, const struct late *late, struct text *why) {
  return !f->settlement || f->fact->kind == YZ__FACT__KIND__CANCELLED || comes_out(audit, f, why) ||
         comes_out_earlier(audit, f, late, why);
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

/* Takes the fact at `first`, or one of a contract near to it that fits when that does not. */
static void take_next(struct audit *audit, size_t first, struct late *late) {
  struct text why, other;
  text_init(&why);
  text_init(&other);
  size_t at = first;
  if (!fits(audit, &audit->facts[first], late, &why)) {
    const size_t end = first + NEAR < audit->n_facts ? first + NEAR : audit->n_facts;
    for (at = first + 1; at < end; at++) {
      const struct audit_fact *f = &audit->facts[at];
      if (!f->replayed && has_contract(f) && !waits(audit, first, at) && fits(audit, f, late, &other)) break;
    }
    if (at == end) {
      at = first;
      audit_tell(audit, "settlement %s of %s, entry %s: the rules decide otherwise at %s",
                 audit->facts[at].fact->settlement, audit->facts[at].fact->person, audit->facts[at].entry,
                 text_string(&why));
    }
  }
  take(audit, &audit->facts[at], late);
  text_free(&why);
  text_free(&other);
}

void audit_replay(struct audit *audit) {
  struct late late = {0};
  for (size_t first = 0; first < audit->n_facts;) {
    if (audit->facts[first].replayed)
      first++;
    else
      take_next(audit, first, &late);
  }
}
