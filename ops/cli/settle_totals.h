/* settle_totals.h - what many settlements add up to: by setting, the parts of the bills, what each tier, benefit and
 * payer paid, and how often. Plain memory without pointers into anything else, so that totals of several processes can
 * be handed over as bytes and added. */
#ifndef YZ_CLI_SETTLE_TOTALS_H
#define YZ_CLI_SETTLE_TOTALS_H

#include "settlement.pb-c.h"

#include <stdio.h>

enum {
  TOTALS_SETTINGS = 10, /* values of Setting */
  TOTALS_PAYERS = 13,   /* values of Payer */
  TOTALS_TIERS = 9,     /* values of Tier */
  TOTALS_SUMS = 9,      /* total, its four parts, remote first-pay, funds, personal, in-policy burden */
  TOTALS_BENEFITS = 64, /* different benefits in one setting */
  TOTALS_NAME = 80
};

struct total {
  int64_t times, amount; /* settlements in which it was above zero; fen */
};

struct setting_totals {
  struct total sums[TOTALS_SUMS], payers[TOTALS_PAYERS], tiers[TOTALS_TIERS];
  struct {
    char id[TOTALS_NAME];
    struct total total;
  } benefits[TOTALS_BENEFITS];
  unsigned n_benefits;
  int64_t settled, refused;
};

/* Begin with zeroed ones. */
struct totals {
  struct setting_totals settings[TOTALS_SETTINGS];
};

void totals_add(struct totals *totals, const Yz__Settlement *settlement);
/* A bill that was refused. */
void totals_add_refused(struct totals *totals, const Yz__Bill *bill);
void totals_join(struct totals *totals, const struct totals *more);
/* Lines of "setting,kind,name,times,amount" with a header; kind is bills, sum, tier, benefit or payer. What never
 * occurred is left out; benefits stand in the order of their ids. */
void totals_print(const struct totals *totals, FILE *out);

#endif
