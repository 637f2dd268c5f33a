/* benefit.h - the benefit engine: one rule shape for every tier, exact, deterministic, pure.
 *
 * Integers only (int64 fen, 128-bit products), one rounding per benefit (half up to the fen), no I/O, no clock, no
 * allocation. The caller prepares a struct benefit_case (who, what is still borne, counters), runs the rules of one
 * service at a time, and finds results, moved counters and a smaller purse in it.
 *
 * HOW A RULE IS TAKEN (domain: shared rule shape)
 *   1. applies      when, dates; not overridden by another rule of its tier that applies
 *   2. base         the purse's pockets that enter, each with its share: exact in 10^-4 fen, and as a whole half up to
 *                   the fen where it meets what is in fen (deductible, caps on covered amount, purse)
 *   3. deductible   full (table) -> tilts -> less what the year already took -> due; taken = min(due, base)
 *   4. covered      base - taken, exact, cut by caps on covered amount. A base that the deductible takes whole is
 *                   taken in whole fen
 *   5. segments     marginal brackets from position s: BILL: s = 0 (+ taken when measured including the deductible);
 *                   YEAR including: s = year_before + taken; YEAR above: s = year_before - own_before. With F the
 * exact sum of the brackets from own_before + taken on (above: from 0), the bill's part is F(s + covered) - F(s): the
 * past is never paid again. own_before is what deductibles took of this person's money this year: of a deductible that
 * a family shares not what it took of the others'. Rates after tilts: (rate + points) * rate_share, one tilt after the
 * other, kept within 0..100 %; exact to 10^-8, the second and further rate_share half up there.
 *   6. rounding     computed = half_up(F(s + covered)) - half_up(F(s)); for BILL F(s) is 0. So a year's total does not
 *                   depend on how the year was split into bills. Never more than covered in fen, which a share of a few
 *                   fen at nearly 100 % may be less than
 *   7. caps         paid = min(computed, left of each cap, base - taken), nothing where a cap on times is used up; the
 *                   covered money that a payment cap leaves unpaid begins where F passes the cap (cap / rate along the
 *                   brackets, exact rational, half up to the fen) and becomes over_cap
 *   8. purse        the base is split into: deductible, paid (leaves the purse), lost, ratio part, over_cap. Kinds are
 *                   used in the order of enum money, but the deductible is charged to the last kinds first: what was
 *                   lost, or lies outside the policy, fills a deductible before money that a later tier may help with.
 *                   Within one kind pockets share each use in proportion. Money in policy then bears the name of its
 *                   use, except that MONEY_LOST stays lost until it is paid; money outside the policy keeps its kind
 *   9. counters     moved by what was taken, entered, covered, paid. What of the base is less than a fen has a counter
 *                   of its own where s is read of the year, so that s is exact; all others are fen. The days of care
 *                   that a rule pays by the day for are set in the month's counter, and none may be set there before
 *
 * A HIGHER BILL NEVER LOWERS WHAT THE PERSON BEARS, fen by fen, as long as a later rule takes, of the kinds that an
 * earlier one took, all, none, or those that come first in enum money (with or without what went into deductibles or
 * over a cap). A rule that takes later kinds or one list alone of an earlier mixed base, or what was lost again after a
 * rule left it out, may break this: the pack names it may_lower_burden.
 */
#ifndef YZ_BENEFIT_BENEFIT_H
#define YZ_BENEFIT_BENEFIT_H

#include "plan.h"

/* Kinds of money in a pocket, in the order in which they are used. Values are BasePart.Kind - 1 of settlement.proto. */
enum money {
  MONEY_IN_POLICY,  /* in policy, no tier has worked on it yet */
  MONEY_DEDUCTIBLE, /* went into a deductible of an earlier tier, still borne */
  MONEY_RATIO,      /* the person's ratio part, still borne */
  MONEY_OVER_CAP,   /* not covered because a cap was reached */
  MONEY_LOST,       /* lost by not filing or referring */
  MONEY_FIRST_PAY,  /* class B */
  MONEY_REMOTE_FIRST_PAY,
  MONEY_OVER_LIMIT,
  MONEY_OWN_EXPENSE,
  MONEY_KINDS
};

enum {
  CASE_POCKETS_MAX = 8,  /* distinct combinations of item lists in one bill */
  CASE_RESULTS_MAX = 24, /* benefits that apply to one bill */
  RESULT_PARTS_MAX = MONEY_KINDS
};

/* What is still borne by the person. One pocket per combination of item lists. */
#define POCKET_CLOSED (UINT32_C(1) << 31) /* in `lists`: cost before benefits began, which enters no rule */
struct pocket {
  uint32_t lists; /* bit i: plan.lists[i], or POCKET_CLOSED alone */
  int64_t left[MONEY_KINDS];
};
struct purse {
  uint8_t n;
  struct pocket pockets[CASE_POCKETS_MAX];
};

/* Who, where, when: what conditions are asked about. */
struct facts {
  uint64_t bits;       /* one bit per dimension, plan.h; BITS_BASIC_SETTLED is kept by the engine */
  uint64_t categories; /* bit Category-1 */
  int16_t age, stay;   /* stay: ordinal in the year, this one included; the engine reads it from the counter */
  int16_t disease;     /* index in plan.diseases, or -1 */
  int32_t on;          /* service date, days */
  int32_t days;        /* bed-days; 1 when not given */
  int64_t month_days;  /* which days of the month these are: bit 0 the first; 0 outside long-term care */
};

struct segment {
  int64_t from, to, amount;
  int32_t rate;
};
struct cap_use {
  uint16_t counter;
  uint8_t per;
  bool on_covered, on_times, binding, waived;
  int64_t limit, before, left; /* fen; with on_times numbers of payments */
};

/* One rule's arithmetic; members as BenefitResult in settlement.proto. Segments, caps and parts are filled when
 * tracing. */
struct result {
  uint16_t rule;
  int64_t base, deductible_full, deductible_due, deductible, deductible_before, deductible_left;
  int64_t covered, computed, paid, over_cap, lost, outside_bill;
  int64_t year_before, to_next_step; /* to_next_step -1: no further step */
  int16_t stay;
  uint8_t tilt; /* index + 1 */
  uint8_t n_segments, n_caps;
  bool assumed;
  int64_t parts[RESULT_PARTS_MAX];
  struct segment segments[PLAN_STEPS_MAX];
  struct cap_use caps[PLAN_CAPS_MAX];
  uint16_t rows[PLAN_STEPS_MAX + 2 + PLAN_CAPS_MAX]; /* rows used, for citations */
  uint8_t n_rows;
};

/* Everything about one bill while the ladder is taken. `counters` is indexed like plan.counters; the caller fills in
 * the values of the right qualifiers (this institution, this disease, this day). `moved` starts at zero and collects
 * the deltas. */
struct benefit_case {
  const struct plan *plan;
  struct facts facts;
  uint64_t pack_bits[PLAN_PACKS_MAX]; /* added to facts.bits for the rules of a pack: the risk class of its contract */
  uint16_t from_rule, to_rule;        /* rules with numbers from .. below to are taken: one leg of the ladder */
  struct purse purse;
  int64_t counters[PLAN_COUNTERS_MAX];
  int64_t moved[PLAN_COUNTERS_MAX];
  uint8_t n_results;
  struct result results[CASE_RESULTS_MAX];
};

enum benefit_status {
  BENEFIT_OK,
  BENEFIT_TOO_MANY,  /* more than CASE_RESULTS_MAX benefits apply: the pack is at fault */
  BENEFIT_OVERFLOW,  /* an amount below zero or beyond FEN_MAX entered */
  BENEFIT_DAY_TAKEN, /* a day of care was paid for before: the bill is at fault */
  BENEFIT_NO_ROW     /* a table has no row for this case: the checker should have refused the pack */
};

/* Empties a case for `plan`: no facts, nothing in the purse, counters and moves up to plan->n_counters at zero, all
 * rules. Touches only what the engine reads. */
void benefit_case_init(struct benefit_case *c, const struct plan *plan);

/* Takes every applying rule of `service` in order. A rule whose base is zero and that moves no stay leaves no result.
 * With `trace` false the segments, caps, parts and rows of the results are not filled (the fast path).
 *
 * The ordinal of the stay is the counter of stays + 1; a stay is counted once, by the first rule with a deductible per
 * stay. BITS_BASIC_SETTLED is false at the start unless the facts say true, and true once a rule of tier BASIC left a
 * result. A result of a status other than BENEFIT_OK must not be used. */
enum benefit_status benefit_run(struct benefit_case *c, uint8_t service, bool trace);

/* True when `when` holds for the facts. */
bool when_holds(const struct when *when, const struct facts *facts);

/* Sum of everything still borne; of it what is in policy. */
int64_t purse_total(const struct purse *purse);
int64_t purse_in_policy(const struct purse *purse);

#endif
