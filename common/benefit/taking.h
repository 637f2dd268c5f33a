/* taking.h - one rule being taken: what the engine's files share. For common/benefit alone. */
#ifndef YZ_BENEFIT_TAKING_H
#define YZ_BENEFIT_TAKING_H

#include "benefit.h"
#include "money.h"

/* Rates inside the engine are in 1/10^8, so that a ratio times a ratio is exact. */
#define RATE_ONE INT64_C(100000000)
/* Money before it is rounded is in 10^-4 fen, so that a share of it is exact: 8 pockets of FEN_MAX fit in int64. */
#define FINE_ONE INT64_C(10000)
_Static_assert(FINE_ONE == RATIO_ONE, "fen times a share is fine money");
/* Exact products of that and rates are in 10^-12 fen. */
typedef unsigned __int128 exact;
#define EXACT_ONE (RATE_ONE * FINE_ONE)

/* Fine money in fen, half up. */
static inline int64_t fen_of_fine(int64_t fine) {
  return (fine + FINE_ONE / 2) / FINE_ONE;
}

/* Money of one kind in one pocket that entered the base: fen that add up to the base, which is rounded as a whole. */
struct entry {
  uint8_t pocket, kind;
  int64_t amount;
};

/* The brackets of a rule for this person: bounds in fine money, rates after tilts, up to where this bill can reach. */
struct scale {
  uint8_t n;
  bool loses; /* a tilt with `lost` fits: `lost` holds what it takes from each rate */
  int64_t to[PLAN_STEPS_MAX];
  int64_t rate[PLAN_STEPS_MAX];
  int64_t lost[PLAN_STEPS_MAX];
};

struct taking {
  struct benefit_case *c;
  const struct plan *plan;
  const struct rule *rule;
  struct facts facts; /* the case's, with the bits of the rule's pack */
  struct result *r;
  enum benefit_status status; /* the first failure */
  bool trace;
  bool no_cap; /* a tilt waives yearly caps */
  bool capped; /* a payment cap bound */
  uint8_t n_tilts;
  const struct plan_tilt *tilts[1 + PLAN_TILTS_MAX]; /* those that fit, in the order of taking */
  int64_t cap_plus, grant_plus;                      /* of all of them together */
  int64_t room;                                      /* what the payment caps allow: INT64_MAX when nothing bounds */
  uint8_t n_entries;
  struct entry entries[MONEY_KINDS * CASE_POCKETS_MAX];
  int64_t base, covered; /* the result's, in fine money */
  /* of the rate, in fine money: where this person's covered money of the year begins, where this bill's begins, and the
   * brackets */
  int64_t origin, position;
  struct scale scale;
};

/* when_holds, with the test that excludes most rows and rules in line. */
static inline bool fits(const struct when *when, const struct facts *facts) {
  return !(facts->bits & ~when->bits) && when_holds(when, facts);
}

/* The first row of a table that fits; NULL and BENEFIT_NO_ROW when none does. */
const struct row *row_find(struct taking *t, struct rows rows);
/* Notes in the result that the row was used: its grade, and with trace its number. */
void row_note(struct taking *t, const struct row *row);
/* Both: the value of the row that fits, 0 when none does. */
int64_t row_value(struct taking *t, struct rows rows);

/* A counter as it stands: before the bill plus what the bill moved. NO_COUNTER reads 0. */
static inline int64_t counter_now(struct taking *t, uint16_t counter) {
  if (counter == NO_COUNTER) return 0;
  const int64_t before = t->c->counters[counter];
  if ((uint64_t)before > (uint64_t)FEN_MAX) {
    t->status = BENEFIT_OVERFLOW;
    return 0;
  }
  return before + t->c->moved[counter];
}
static inline void counter_move(struct taking *t, uint16_t counter, int64_t delta) {
  if (counter != NO_COUNTER) t->c->moved[counter] += delta;
}

/* Lists what enters the base, in the order in which it is used, and finds the fine base; returns it in fen. */
int64_t purse_enter(struct taking *t);
/* Splits the base back: result's deductible, paid, lost and over_cap, the rest is ratio part. */
void purse_split(struct taking *t);

/* Fills the deductible members of the result, and moves the counters of the deductible. */
void deductible_take(struct taking *t);
void deductible_settle(struct taking *t);

/* Cuts `covered` by caps on covered money. */
void cap_covered(struct taking *t);
/* Finds `room`. */
void cap_payment(struct taking *t);
/* Moves the counters of paid and covered, and completes the trace of the caps. */
void cap_settle(struct taking *t);

/* Position, brackets and computed payment of a rule with a rate. */
void rate_compute(struct taking *t);
/* Cuts the payment to `room` and finds what is over the cap and what is lost. */
void rate_pay(struct taking *t);

/* The same for a rule with a grant. */
void grant_pay(struct taking *t);

#endif
