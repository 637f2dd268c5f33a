#include "taking.h"

#include "policy.pb-c.h"

/* The amount of the grant for this bill: the table's with what tilts add, for each day. A month's is that of the bill's
 * month, which a cap grants once. */
static int64_t grant_amount(struct taking *t) {
  int64_t amount = row_value(t, t->rule->grant) + t->grant_plus;
  if (amount < 0) amount = 0;
  return t->rule->grant_per == YZ__GRANT__PER__DAY ? amount * t->facts.days : amount;
}

void grant_pay(struct taking *t) {
  struct result *r = t->r;
  r->computed = grant_amount(t);
  t->capped = r->computed > t->room;
  const int64_t given = t->capped ? t->room : r->computed;
  if (t->rule->grant_beyond_cost) { /* to the person in cash: no part of the bill */
    r->outside_bill = given;
    return;
  }
  r->paid = given < r->covered ? given : r->covered;
  const int64_t wanted = r->computed < r->covered ? r->computed : r->covered;
  r->over_cap = r->base - r->deductible - r->covered + (wanted - r->paid);
}
