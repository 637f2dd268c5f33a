#include "taking.h"

#include "money.h"

/* The table's amount as the tilts change it. */
static int64_t tilted(const struct taking *t, int64_t amount) {
  for (uint8_t i = 0; i < t->n_tilts; i++) {
    const struct plan_tilt *tilt = t->tilts[i];
    if (tilt->deductible_amount >= 0) amount = tilt->deductible_amount;
    if (tilt->deductible_share != RATIO_ONE) amount = fen_share(amount, tilt->deductible_share);
  }
  return amount;
}

/* Deductibles of the year, of whatever scope, are due once: the counter says what was taken of them. A deductible that
 * is topped up to the highest hospital level is the same with another table row each time. */
static bool is_of_year(const struct rule *rule) {
  return rule->deductible_per != DEDUCTIBLE_STAY && rule->deductible_per != DEDUCTIBLE_BILL;
}

void deductible_take(struct taking *t) {
  const struct rule *rule = t->rule;
  struct result *r = t->r;
  if (rule->deductible_per == DEDUCTIBLE_NONE) return;
  r->deductible_full = row_value(t, rule->deductible);
  const int64_t full = tilted(t, r->deductible_full);
  if (is_of_year(rule)) r->deductible_before = counter_now(t, rule->deductible_counter);
  r->deductible_due = full > r->deductible_before ? full - r->deductible_before : 0;
  r->deductible = r->deductible_due < r->base ? r->deductible_due : r->base;
  if (is_of_year(rule)) r->deductible_left = r->deductible_due - r->deductible;
}

void deductible_settle(struct taking *t) {
  const struct rule *rule = t->rule;
  counter_move(t, rule->deductible_counter, t->r->deductible);
  if (rule->base_deductible_counter != rule->deductible_counter)
    counter_move(t, rule->base_deductible_counter, t->r->deductible);
}
