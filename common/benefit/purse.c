#include "taking.h"

#include "money.h"

int64_t purse_total(const struct purse *purse) {
  int64_t sum = 0;
  for (uint8_t p = 0; p < purse->n; p++)
    for (int k = 0; k < MONEY_KINDS; k++) sum += purse->pockets[p].left[k];
  return sum;
}

int64_t purse_in_policy(const struct purse *purse) {
  int64_t sum = 0;
  for (uint8_t p = 0; p < purse->n; p++)
    for (int k = 0; k <= MONEY_LOST; k++) sum += purse->pockets[p].left[k];
  return sum;
}

/* Share of a kind of money that enters a rule's base. */
static int32_t share_of(const struct rule *rule, int kind) {
  const bool all = rule->in_policy == BASE_ALL;
  const bool untouched = all || rule->in_policy == BASE_WITHOUT_DEDUCTIBLES;
  switch (kind) {
  case MONEY_IN_POLICY:
  case MONEY_RATIO: return untouched ? RATIO_ONE : 0;
  case MONEY_DEDUCTIBLE: return all ? RATIO_ONE : 0;
  case MONEY_OVER_CAP: return rule->in_policy == BASE_OUT ? 0 : RATIO_ONE;
  case MONEY_LOST: return untouched && rule->lost_enters ? RATIO_ONE : 0;
  case MONEY_FIRST_PAY: return rule->first_pay;
  case MONEY_REMOTE_FIRST_PAY: return rule->remote_first_pay;
  case MONEY_OVER_LIMIT: return rule->over_limit;
  default: return rule->own_expense;
  }
}

static bool lists_enter(const struct rule *rule, uint32_t lists) {
  return lists != POCKET_CLOSED && (rule->only_lists == 0 || (rule->only_lists & lists)) &&
         !(rule->except_lists & lists);
}

int64_t purse_enter(struct taking *t) {
  const struct rule *rule = t->rule;
  const struct pocket *pockets = t->c->purse.pockets;
  const uint8_t n = t->c->purse.n;
  struct entry *entry = t->entries;
  int64_t sum = 0; /* of the entries, in fen: at each the fine sum so far, half up, so none is more than is left */
  t->base = 0;
  for (int k = 0; k < MONEY_KINDS; k++) {
    for (uint8_t p = 0; p < n; p++) {
      const int64_t left = pockets[p].left[k];
      if (left == 0 || !lists_enter(rule, pockets[p].lists)) continue;
      t->base += left * share_of(rule, k);
      const int64_t amount = fen_of_fine(t->base) - sum;
      if (amount == 0) continue;
      *entry++ = (struct entry){.pocket = p, .kind = (uint8_t)k, .amount = amount};
      sum += amount;
    }
  }
  t->n_entries = (uint8_t)(entry - t->entries);
  return sum;
}

/* What becomes of money, in the order in which the base is used. */
enum use { USE_DEDUCTIBLE, USE_PAID, USE_LOST, USE_RATIO, USE_OVER_CAP, USES };

static const uint8_t kind_of_use[USES] = {[USE_DEDUCTIBLE] = MONEY_DEDUCTIBLE,
                                          [USE_LOST] = MONEY_LOST,
                                          [USE_RATIO] = MONEY_RATIO,
                                          [USE_OVER_CAP] = MONEY_OVER_CAP};

/* Uses `amount` of an entry: paid money leaves the purse; money in policy takes the name of its use, but what was lost
 * stays lost, so that no later tier takes it for an ordinary ratio part. */
static inline void entry_use(struct taking *t, struct entry *entry, enum use use, int64_t amount) {
  int64_t *left = t->c->purse.pockets[entry->pocket].left;
  entry->amount -= amount;
  if (use == USE_PAID) {
    left[entry->kind] -= amount;
  } else if (entry->kind < MONEY_LOST) {
    left[entry->kind] -= amount;
    left[kind_of_use[use]] += amount;
  }
}

/* Uses `amount` of the entries of one kind in several pockets, in proportion to what is left in each; the fen that
 * division leaves go one each to the first pockets that have room. */
static void pockets_use(struct taking *t, uint8_t first, uint8_t end, int64_t left, enum use use, int64_t amount) {
  struct entry *entries = t->entries;
  int64_t rest = amount;
  for (uint8_t i = first; i < end; i++) {
    const int64_t part = (int64_t)((__int128)amount * entries[i].amount / left);
    entry_use(t, &entries[i], use, part);
    rest -= part;
  }
  for (uint8_t i = first; rest > 0; i = i + 1 == end ? first : (uint8_t)(i + 1)) {
    if (entries[i].amount == 0) continue;
    entry_use(t, &entries[i], use, 1);
    rest--;
  }
}

/* Uses at most `amount` of the entries of one kind; returns what was used. */
static inline int64_t kind_use(struct taking *t, uint8_t first, uint8_t end, enum use use, int64_t amount) {
  int64_t left = t->entries[first].amount;
  for (uint8_t i = (uint8_t)(first + 1); i < end; i++) left += t->entries[i].amount;
  if (amount > left) amount = left;
  if (end - first == 1)
    entry_use(t, &t->entries[first], use, amount);
  else if (amount > 0)
    pockets_use(t, first, end, left, use, amount);
  return amount;
}

/* The entries of one kind stand together: the end of the run that begins at `first`, the begin of the one that ends at
 * `end`. */
static inline uint8_t run_end(const struct taking *t, uint8_t first) {
  uint8_t end = first;
  while (end < t->n_entries && t->entries[end].kind == t->entries[first].kind) end++;
  return end;
}
static inline uint8_t run_begin(const struct taking *t, uint8_t end) {
  uint8_t first = end;
  while (first > 0 && t->entries[first - 1].kind == t->entries[end - 1].kind) first--;
  return first;
}

void purse_split(struct taking *t) {
  const struct result *r = t->r;
  int64_t rest = r->deductible;
  for (uint8_t end = t->n_entries, first; rest > 0 && end > 0; end = first) {
    first = run_begin(t, end);
    rest -= kind_use(t, first, end, USE_DEDUCTIBLE, rest);
  }
  int64_t uses[USES] = {[USE_PAID] = r->paid,
                        [USE_LOST] = r->lost,
                        [USE_RATIO] = r->base - r->deductible - r->paid - r->lost - r->over_cap,
                        [USE_OVER_CAP] = r->over_cap};
  enum use use = USE_PAID;
  for (uint8_t first = 0, end; first < t->n_entries; first = end) {
    end = run_end(t, first);
    for (;;) { /* until the entries of this kind are used up, or nothing is left to be charged */
      while (use < USES && uses[use] == 0) use++;
      if (use == USES) return;
      const int64_t used = kind_use(t, first, end, use, uses[use]);
      if (used == 0) break;
      uses[use] -= used;
    }
  }
}
