#include "taking.h"

/* An exact sum in fen, half up. Without the twelve twos of 10^12 sums of people fit in 64 bits, where the division is a
 * multiplication. */
static int64_t half_up(exact sum) {
  enum { TWOS = 12 };
  const exact shifted = (sum + EXACT_ONE / 2) >> TWOS;
  if (shifted >> 64 == 0) return (int64_t)((uint64_t)shifted / (EXACT_ONE >> TWOS));
  return (int64_t)(shifted / (EXACT_ONE >> TWOS));
}

static int64_t fine_of(int64_t fen) {
  return fen == INT64_MAX ? INT64_MAX : fen * FINE_ONE;
}

/* True for points that count as lost by not filing or referring, and not as ratio part. */
static bool loses(const struct plan_tilt *tilt) {
  return tilt->lost && tilt->points < 0;
}

/* A table's ratio as the tilts change it, 0 .. RATE_ONE; without those that count as lost when `keep` is set. */
static int64_t tilted(const struct taking *t, const struct row *row, bool keep) {
  int64_t rate = (row->value + (int64_t)row->per_year_of_age * t->facts.age) * RATIO_ONE;
  for (uint8_t i = 0; i < t->n_tilts; i++) {
    const struct plan_tilt *tilt = t->tilts[i];
    if (!(keep && loses(tilt))) rate += (int64_t)tilt->points * RATIO_ONE;
    if (tilt->rate_share == RATIO_ONE) continue;
    rate = rate > 0 ? (rate * tilt->rate_share + RATIO_ONE / 2) / RATIO_ONE : 0;
  }
  return rate < 0 ? 0 : rate > RATE_ONE ? RATE_ONE : rate;
}

static bool has_lost(const struct taking *t) {
  for (uint8_t i = 0; i < t->n_tilts; i++)
    if (loses(t->tilts[i])) return true;
  return false;
}

/* Fills the brackets that lie between origin and `end`. Those below the origin stay at rate zero: no money is there. */
static void scale_make(struct taking *t, int64_t end) {
  struct scale *scale = &t->scale;
  scale->n = 0;
  scale->loses = has_lost(t);
  for (uint8_t i = 0; i < t->rule->n_steps; i++) {
    const struct plan_step *step = &t->rule->steps[i];
    const int64_t to = fine_of(step->to);
    scale->to[i] = to;
    scale->rate[i] = scale->lost[i] = 0;
    scale->n++;
    if (to > t->origin) {
      const struct row *row = row_find(t, step->rate);
      if (!row) return;
      if (to > t->position) row_note(t, row);
      scale->rate[i] = tilted(t, row, false);
      if (scale->loses) scale->lost[i] = tilted(t, row, true) - scale->rate[i];
    }
    if (to >= end) return;
  }
}

/* Exact sum over the brackets of money x rate between two positions. */
static exact scale_sum(const struct scale *scale, const int64_t rate[], int64_t from, int64_t to) {
  exact sum = 0;
  for (uint8_t i = 0; i < scale->n && from < to; i++) {
    if (scale->to[i] <= from) continue;
    const int64_t end = scale->to[i] < to ? scale->to[i] : to;
    sum += (exact)(uint64_t)(end - from) * (uint64_t)rate[i];
    from = end;
  }
  return sum;
}

/* Exact sum from the origin to `amount` beyond the position: the year's running total, for a bill its own. */
static exact running(const struct taking *t, const int64_t rate[], int64_t amount) {
  return scale_sum(&t->scale, rate, t->origin, t->position + amount);
}

/* The part of `amount` of money from the position on in the running total: half_up(F(s + amount)) - half_up(F(s)). */
static int64_t running_part(const struct taking *t, const int64_t rate[], int64_t amount) {
  return half_up(running(t, rate, amount)) - half_up(running(t, rate, 0));
}

/* How much money from the position on may pass until more than `sum` is paid: the inverse of the brackets, half up to
 * the fen, since the last 10^-4 fen that is not whole changes no half. `sum` is less than what `amount` of money is
 * paid. */
static int64_t scale_invert(const struct taking *t, exact sum, int64_t amount) {
  const struct scale *scale = &t->scale;
  int64_t from = t->position;
  const int64_t end = t->position + amount;
  for (uint8_t i = 0; i < scale->n && from < end; i++) {
    if (scale->to[i] <= from) continue;
    const int64_t to = scale->to[i] < end ? scale->to[i] : end;
    const exact part = (exact)(uint64_t)(to - from) * (uint64_t)scale->rate[i];
    if (part > sum) {
      from += (int64_t)(sum / (uint64_t)scale->rate[i]);
      break;
    }
    sum -= part;
    from = to;
  }
  return fen_of_fine(from - t->position) * FINE_ONE;
}

/* Base money in fen until the next bracket begins, seen from `end`; -1 when there is none, or none that the year can
 * reach. */
static int64_t next_step(const struct taking *t, int64_t end) {
  const struct rule *rule = t->rule;
  if (!rule->brackets_on_year) return -1;
  const int64_t open_deductible = rule->above_deductible && t->r->covered == 0 ? t->r->deductible_left : 0;
  for (uint8_t i = 0; i < rule->n_steps; i++) {
    const int64_t to = fine_of(rule->steps[i].to);
    if (to > end) return to == INT64_MAX ? -1 : fen_of_fine(to - end) + open_deductible;
  }
  return -1;
}

static void position_find(struct taking *t) {
  const struct rule *rule = t->rule;
  struct result *r = t->r;
  if (!rule->brackets_on_year) {
    t->origin = t->position = rule->above_deductible ? 0 : r->deductible * FINE_ONE;
    return;
  }
  const int64_t before = counter_now(t, rule->base_counter) * FINE_ONE + counter_now(t, rule->base_rest_counter);
  const int64_t taken_before = counter_now(t, rule->base_deductible_counter) * FINE_ONE;
  r->year_before = fen_of_fine(before);
  if (rule->above_deductible) {
    const int64_t position = before - taken_before;
    t->origin = 0;
    t->position = position > 0 ? position : 0;
    return;
  }
  /* Of the person's own money: what others took of a deductible that a family shares lies in their base. */
  const int64_t taken = taken_before + r->deductible * FINE_ONE;
  t->position = before + r->deductible * FINE_ONE;
  t->origin = taken < t->position ? taken : t->position;
}

/* In fen, each bound as far from the position as it is in fine money, half up: together they are what is covered. */
static void segments_trace(struct taking *t) {
  struct result *r = t->r;
  const int64_t end = t->position + t->covered, first = fen_of_fine(t->position);
  int64_t from = t->position, done = 0;
  for (uint8_t i = 0; i < t->scale.n && from < end; i++) {
    if (t->scale.to[i] <= from) continue;
    from = t->scale.to[i] < end ? t->scale.to[i] : end;
    const int64_t amount = fen_of_fine(from - t->position) - done;
    if (amount == 0) continue;
    r->segments[r->n_segments++] = (struct segment){.from = first + done,
                                                    .to = first + done + amount,
                                                    .amount = amount,
                                                    .rate = (int32_t)((t->scale.rate[i] + RATIO_ONE / 2) / RATIO_ONE)};
    done += amount;
  }
}

void rate_compute(struct taking *t) {
  struct result *r = t->r;
  position_find(t);
  const int64_t end = t->position + t->covered;
  scale_make(t, end);
  r->computed = running_part(t, t->scale.rate, t->covered);
  if (r->computed > r->covered)
    r->computed = r->covered; /* what covered money lost by rounding is not there to be paid */
  r->to_next_step = next_step(t, end);
  if (t->trace) segments_trace(t);
}

/* Covered fine money that the payment caps let through: up to where the running total reaches the cap. */
static int64_t money_let_through(struct taking *t) {
  if (t->room >= t->r->covered) return t->covered; /* rates are at most 100 % */
  const exact before = running(t, t->scale.rate, 0);
  const exact bound = (exact)(uint64_t)(half_up(before) + t->room) * EXACT_ONE;
  if (running(t, t->scale.rate, t->covered) <= bound) return t->covered;
  t->capped = true;
  return scale_invert(t, bound > before ? bound - before : 0, t->covered);
}

void rate_pay(struct taking *t) {
  struct result *r = t->r;
  const int64_t fine = money_let_through(t), through = fen_of_fine(fine);
  r->paid = r->computed < t->room ? r->computed : t->room;
  r->over_cap = r->base - r->deductible - through;
  if (!t->scale.loses) return;
  const int64_t lost = running_part(t, t->scale.lost, fine);
  r->lost = lost < through - r->paid ? lost : through - r->paid;
}
