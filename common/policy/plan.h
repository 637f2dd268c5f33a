/* plan.h - a policy compiled for running: the ladder of one insured city (and the products of one person) as flat
 * tables.
 *
 * A plan is made once per pack version (and combination of products) by policy_compile(), is immutable afterwards and
 * is shared by every request. It holds no pointers into YAML or protobuf memory. The benefit engine reads nothing else.
 * Money is fen, ratios are in 1/10 000. */
#ifndef YZ_POLICY_PLAN_H
#define YZ_POLICY_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATIO_ONE 10000 /* 100 % */

/* Limits. The checker refuses a pack beyond them, naming the limit. */
enum {
  PLAN_RULES_MAX = 128,    /* benefits of a city and its products: the largest seed pack has under 40 */
  PLAN_ROWS_MAX = 1024,    /* rows of all tables */
  PLAN_COUNTERS_MAX = 128, /* distinct counters */
  PLAN_DISEASES_MAX = 256, /* the longest published list has 60 */
  PLAN_LISTS_MAX = 16,     /* item lists */
  PLAN_STEPS_MAX = 12,     /* brackets of one rate: the longest published scale has 8 */
  PLAN_CAPS_MAX = 4,       /* caps of one benefit */
  PLAN_TILTS_MAX = 16,     /* tilts, and adjustments, of one benefit */
  PLAN_PACKS_MAX = 8,      /* a city's pack, its ancestors, the products of one person */
  PLAN_REMOTE_MAX = 16,    /* rows of the remote first-pay */
  PLAN_NAME_MAX = 64,
  PLAN_MARK_MAX = PLAN_NAME_MAX + 9 /* a source id and "#8f3a1c07" */
};

/* Where each enumerated fact sits in the 64 bits of `facts.bits` and `when.bits`: one bit per value. A condition holds
 * when no bit of the facts is outside the condition's bits, so a dimension that a condition does not name has all its
 * bits set. */
enum {
  BITS_SCHEME = 0,          /* 2: RESIDENT, EMPLOYEE .. */
  BITS_SETTING = 4,         /* 10 */
  BITS_LEVEL = 16,          /* 5 */
  BITS_STANDING = 22,       /* 4 */
  BITS_REMOTE = 26,         /* 6 */
  BITS_REACH = 32,          /* 3 */
  BITS_RISK = 36,           /* 2 */
  BITS_FORM = 38,           /* 4; no bit in the facts when the bill is not long-term care */
  BITS_BASIC_SETTLED = 42,  /* 2: false, true */
  BITS_TWO_OR_INSULIN = 44, /* 2: false, true */
  BITS_PREFERENTIAL = 46,   /* 2: false, true */
};
/* bit of enum value v (1-based, as in the .proto) in dimension `at` */
#define PLAN_BIT(at, v) (UINT64_C(1) << ((at) + (int)(v)-1))
/* bit of boolean b in dimension `at` */
#define PLAN_BOOL(at, b) (UINT64_C(1) << ((at) + ((b) ? 1 : 0)))

/* A compiled When. */
struct when {
  uint64_t bits;
  uint64_t any_category; /* bit Category-1; 0: no restriction */
  uint64_t not_category;
  uint64_t disease[PLAN_DISEASES_MAX / 64]; /* bit = index in plan.diseases; used when has_disease */
  int16_t age_from, age_to;                 /* INT16_MIN / INT16_MAX when open */
  int16_t stay_from, stay_to;               /* likewise */
  bool has_disease;
};

/* A slice of plan.rows. */
struct rows {
  uint16_t first, count;
};
/* A row of any table: `value` is fen or ratio. For rates given as the person's own share the compiler stores 10 000 -
 * share. */
struct row {
  struct when when;
  int64_t value;
  int32_t per_year_of_age; /* rates only */
  uint16_t cite;           /* first citation in plan.cites; count in cites */
  uint8_t cites;
  bool assumed; /* grade WEAK or ASSUMED */
};

/* A counter of the year, in fen unless its kind says otherwise. Its name in the store is "<name>.<what>" and, for the
 * scopes below plain, "@<qualifier>" behind. */
enum counter_what {
  COUNTER_STAYS,      /* "stays" alone: number of stays settled (name is "stays") */
  COUNTER_BASE,       /* b: money that entered, for yearly brackets */
  COUNTER_BASE_REST,  /* r: what of it was less than a fen, in 10^-4 fen, where only shares of money enter */
  COUNTER_DEDUCTIBLE, /* d: deductible taken */
  COUNTER_COVERED,    /* c: covered amount, for caps on it */
  COUNTER_PAID,       /* p: paid, for caps on payment */
  COUNTER_TIMES,      /* t: bills that were paid something, for caps on times */
  COUNTER_DAYS        /* "care_days" alone: the days of a month that care was paid for, bit 0 the first */
};
enum counter_scope {
  SCOPE_YEAR,        /* no qualifier */
  SCOPE_INSTITUTION, /* @institution id */
  SCOPE_DISEASE,     /* @disease code */
  SCOPE_DAY,         /* @yyyymmdd of the service date */
  SCOPE_MONTH,       /* @yyyymm */
  SCOPE_FAMILY       /* kept with the contract, not with the person */
};
struct counter_def {
  char name[PLAN_NAME_MAX]; /* "resident_basic_year.p" without the qualifier */
  uint8_t what;             /* enum counter_what */
  uint8_t scope;            /* enum counter_scope */
};
#define NO_COUNTER UINT16_MAX

enum in_policy_base { BASE_ALL, BASE_WITHOUT_DEDUCTIBLES, BASE_OVER_CAP, BASE_OUT };

enum deductible_per {
  DEDUCTIBLE_NONE,
  DEDUCTIBLE_STAY,
  DEDUCTIBLE_YEAR,
  DEDUCTIBLE_YEAR_TOPPED_UP,
  DEDUCTIBLE_INSTITUTION_YEAR,
  DEDUCTIBLE_FAMILY_YEAR,
  DEDUCTIBLE_BILL
};

enum cap_per { CAP_YEAR, CAP_DAY, CAP_VISIT, CAP_DISEASE_YEAR, CAP_BED_DAY, CAP_MONTH };

struct plan_step {
  int64_t to;       /* INT64_MAX in the last */
  struct rows rate; /* ratios */
};
struct plan_cap {
  uint8_t per; /* enum cap_per */
  bool on_covered;
  bool on_times; /* `amount` is a number of payments */
  struct rows amount;
  uint16_t counter; /* NO_COUNTER for VISIT and BED_DAY */
};
struct plan_tilt {
  struct when when;
  int32_t deductible_share;  /* RATIO_ONE when unchanged */
  int64_t deductible_amount; /* -1 when not given */
  int32_t points;
  int32_t rate_share; /* RATIO_ONE when unchanged */
  int64_t cap_plus, grant_plus;
  bool no_cap, lost;
  uint16_t cite;
  uint8_t cites;
  bool assumed;
};

/* A compiled Benefit. */
struct rule {
  char id[PLAN_NAME_MAX];
  uint16_t pack;                /* index in plan.packs */
  uint8_t tier, payer, service; /* enums of base.proto */
  bool order_independent, may_lower_burden;
  struct when applies;
  int32_t from, to; /* days, both included */

  uint8_t in_policy; /* enum in_policy_base */
  bool lost_enters;
  int32_t first_pay, remote_first_pay, over_limit, own_expense; /* shares that enter */
  uint32_t only_lists, except_lists;                            /* bit i: plan.lists[i]; only_lists 0: every line */

  uint8_t deductible_per; /* enum deductible_per */
  struct rows deductible;
  uint16_t deductible_counter; /* COUNTER_DEDUCTIBLE of the scope; NO_COUNTER per stay and per bill */
  uint16_t stays_counter;      /* DEDUCTIBLE_STAY only */

  bool brackets_on_year, above_deductible;
  uint8_t n_steps;
  struct plan_step steps[PLAN_STEPS_MAX];
  uint16_t base_counter;      /* set when brackets_on_year */
  uint16_t base_rest_counter; /* set when, of this rule or another with its base_counter, a share is no whole 0 or 1;
                                 base_counter then moves by whole fen, rounded down, and this by the rest */
  uint16_t base_deductible_counter; /* set when brackets run over the year and there is a deductible or they lie above
                                       it: what deductibles took of this person's base this year, whoever else shares
                                       them; moved by what is taken, once where it is deductible_counter itself */

  uint8_t grant_per; /* 0: none, else Grant.Per */
  bool grant_beyond_cost;
  struct rows grant;

  uint16_t days_counter; /* COUNTER_DAYS of the month where a cap or the grant counts days; else NO_COUNTER */
  uint16_t paid_counter; /* always kept for year statistics and messages; a payment cap of the year that is not shared
                            counts on the same one, which then moves once */
  uint8_t n_caps;
  struct plan_cap caps[PLAN_CAPS_MAX];
  uint8_t n_tilts, n_adjustments;
  struct plan_tilt tilts[PLAN_TILTS_MAX];
  struct plan_tilt adjustments[PLAN_TILTS_MAX];

  uint64_t overrides[PLAN_RULES_MAX / 64]; /* rules that do not apply where this one does */
  bool assumed; /* a value outside the tables (cap source, base source) has grade WEAK or ASSUMED */
  uint16_t cite;
  uint8_t cites;
};

struct plan_remote_row {
  struct when when;
  int32_t share;
};

struct plan_pack_ref {
  char pack[PLAN_NAME_MAX], version[32], sha256[65];
};

/* A citation of a pack, and the mark of it that settlements carry (citation.h). */
struct plan_cite {
  char *text;
  char mark[PLAN_MARK_MAX];
};

/* A set of rules: bit i is plan.rules[i]. */
struct rule_set {
  uint64_t bits[PLAN_RULES_MAX / 64];
};
enum { PLAN_SERVICES = 6, PLAN_SCHEMES = 2, PLAN_SETTINGS = 10 }; /* values of the enums of base.proto */

/* Rules stand in the order of taking: by ladder, then by file order. */
struct plan {
  struct plan_pack_ref packs[PLAN_PACKS_MAX]; /* 0: the city's own; its ancestors; products */
  uint16_t n_packs;
  uint16_t n_rules, n_rows, n_counters, n_diseases, n_lists, n_remote;
  struct rule rules[PLAN_RULES_MAX];
  struct row rows[PLAN_ROWS_MAX];
  struct counter_def counters[PLAN_COUNTERS_MAX];
  char diseases[PLAN_DISEASES_MAX][24];
  char lists[PLAN_LISTS_MAX][PLAN_NAME_MAX];
  struct plan_remote_row remote[PLAN_REMOTE_MAX];
  uint32_t filing_required; /* bit Reach-1 */
  bool emergency_counts_as_filed, home_benefit_when_filed;
  int32_t from, to;
  struct plan_cite *cites; /* owned */
  uint16_t n_cites;

  /* Made by plan_index(). */
  bool indexed;
  uint16_t stays_counter;                       /* the counter of COUNTER_STAYS, or NO_COUNTER */
  uint16_t counters_by_name[PLAN_COUNTERS_MAX]; /* one name may stand for several scopes */
  struct rule_set candidates[PLAN_SERVICES][PLAN_SCHEMES][PLAN_SETTINGS]; /* by enum value - 1 */
};

/* Finds for each service, scheme and setting the rules that may apply, so that a bill looks at those alone. Called
 * last, when the rules stand; the engine refuses a plan without it. */
void plan_index(struct plan *plan);

/* The first place of counters_by_name that is not before the first `n` bytes of `name`; n_counters when all are. */
uint16_t plan_counter_place(const struct plan *plan, const char *name, size_t n);
/* True when the counter has that very name. */
bool plan_counter_is(const struct plan *plan, uint16_t counter, const char *name, size_t n);

#endif
