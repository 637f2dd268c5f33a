#include "split.h"

#include "bill.h"
#include "bounds.h"
#include "catalogue.h"
#include "early.h"
#include "facts.h"
#include "money.h"
#include "products.h"
#include "remote.h"

#include <stdlib.h>
#include <string.h>

/* An item's code and the lists that it is on. */
struct listing {
  const char *code;
  uint32_t lists;
};

struct splitting {
  Yz__SettlementDraft *draft;
  const struct plan *plan;
  struct arena *arena;
  const struct catalogue *catalogue;
  size_t n_listings;
  struct listing *listings; /* by code; a code stands once for each list */
  uint8_t n_pockets;
  struct pocket pockets[CASE_POCKETS_MAX];
};

/* ---- lists ---- */

static int by_code(const void *a, const void *b) {
  return strcmp(((const struct listing *)a)->code, ((const struct listing *)b)->code);
}

/* Lists that some rule asks for: the others need no pocket of their own. */
static uint32_t lists_asked(const struct plan *plan) {
  uint32_t lists = 0;
  for (uint16_t i = 0; i < plan->n_rules; i++) lists |= plan->rules[i].only_lists | plan->rules[i].except_lists;
  return lists;
}

static void listings_make(struct splitting *s, const struct policy *policy) {
  const uint32_t asked = lists_asked(s->plan);
  size_t n = 0;
  for (size_t i = 0; i < policy->lists.n; i++) n += policy->lists.at[i].list->n_items;
  s->listings = arena_alloc(s->arena, (n + 1) * sizeof *s->listings);
  for (size_t i = 0; i < policy->lists.n && i < PLAN_LISTS_MAX; i++) {
    const Yz__ItemList *list = policy->lists.at[i].list;
    if (!(asked >> i & 1)) continue;
    for (size_t k = 0; k < list->n_items; k++)
      s->listings[s->n_listings++] = (struct listing){.code = list->items[k], .lists = UINT32_C(1) << i};
  }
  qsort(s->listings, s->n_listings, sizeof *s->listings, by_code);
}

static uint32_t lists_of(const struct splitting *s, const char *code) {
  const struct listing key = {.code = code};
  if (s->n_listings == 0) return 0;
  const struct listing *found = bsearch(&key, s->listings, s->n_listings, sizeof *s->listings, by_code);
  uint32_t lists = 0;
  if (!found) return 0;
  while (found > s->listings && by_code(found - 1, &key) == 0) found--;
  for (; found < s->listings + s->n_listings && by_code(found, &key) == 0; found++) lists |= found->lists;
  return lists;
}

/* The pocket of a combination of lists, made when it is new; NULL when there are too many. */
static struct pocket *pocket_of(struct splitting *s, uint32_t lists) {
  for (uint8_t i = 0; i < s->n_pockets; i++)
    if (s->pockets[i].lists == lists) return &s->pockets[i];
  if (s->n_pockets == CASE_POCKETS_MAX) return NULL;
  s->pockets[s->n_pockets].lists = lists;
  return &s->pockets[s->n_pockets++];
}

static Yz__Problem *too_many(const struct splitting *s, const char *pointer) {
  return problem_new(s->arena, YZ__CODE__INVALID, pointer,
                     "more than %d combinations of item lists in one bill: send it in parts", CASE_POCKETS_MAX);
}

/* ---- fee lines ---- */

static void line_split(const Yz__FeeLine *line, const Yz__CatalogueItem *item, Yz__SplitLine *split) {
  if (!item || item->item_class == YZ__ITEM_CLASS__CLASS_C) {
    split->item_class = YZ__ITEM_CLASS__CLASS_C;
    split->own_expense = line->amount;
    split->has_unlisted = split->unlisted = item == NULL;
    return;
  }
  int64_t within = line->amount;
  split->item_class = item->item_class;
  if (item->has_limit && line->unit_price > item->limit) {
    (void)fen_of_line(line->quantity, item->limit, &within); /* less than the amount, which did fit */
    split->over_limit = line->amount - within;
  }
  if (item->item_class == YZ__ITEM_CLASS__CLASS_B) split->first_pay = fen_share(within, item->first_pay);
  split->in_policy = within - split->first_pay;
}

/* Cost before the first day of benefits: the person's own, whatever the catalogue says of the item. */
static void line_early(const Yz__FeeLine *line, Yz__SplitLine *split) {
  split->own_expense = line->amount;
  split->over_limit = split->first_pay = split->in_policy = 0;
  split->has_early = split->early = true;
}

static void line_add(const struct splitting *s, struct pocket *pocket, const Yz__SplitLine *split) {
  Yz__Sums *sums = s->draft->sums;
  pocket->left[MONEY_OWN_EXPENSE] += split->own_expense;
  pocket->left[MONEY_OVER_LIMIT] += split->over_limit;
  pocket->left[MONEY_FIRST_PAY] += split->first_pay;
  pocket->left[MONEY_IN_POLICY] += split->in_policy;
  sums->own_expense += split->own_expense;
  sums->over_limit += split->over_limit;
  sums->first_pay += split->first_pay;
  sums->in_policy += split->in_policy;
  sums->total += split->own_expense + split->over_limit + split->first_pay + split->in_policy;
}

static Yz__Problem *lines_split(struct splitting *s, Yz__FeeLine *const *lines, size_t n) {
  Yz__SettlementDraft *draft = s->draft;
  Yz__Problem *problem =
      early_lines_check(draft->entitlement, lines, n, draft->bill->encounter ? "/encounter/lines" : "/lines", s->arena);
  if (problem) return problem;
  draft->sums = arena_alloc(s->arena, sizeof *draft->sums);
  yz__sums__init(draft->sums);
  draft->split = arena_alloc(s->arena, n * sizeof *draft->split);
  for (size_t i = 0; i < n; i++) {
    const int32_t day = lines[i]->has_on ? lines[i]->on : bill_day(draft->bill);
    Yz__SplitLine *split = arena_alloc(s->arena, sizeof *split);
    yz__split_line__init(split);
    split->line = (uint32_t)i;
    line_split(lines[i], catalogue_find(s->catalogue, lines[i]->item, day), split);
    const bool early = line_is_early(draft->entitlement, lines[i]);
    if (early) line_early(lines[i], split);
    struct pocket *pocket = pocket_of(s, early ? POCKET_CLOSED : lists_of(s, lines[i]->item));
    if (!pocket) return too_many(s, "/lines");
    line_add(s, pocket, split);
    draft->split[i] = split;
  }
  draft->n_split = n;
  return NULL;
}

/* ---- given sums ---- */

static int list_index(const struct plan *plan, const char *id) {
  for (uint16_t i = 0; i < plan->n_lists; i++)
    if (strcmp(plan->lists[i], id) == 0) return i;
  return -1;
}

/* Takes the part of a list out of the pocket of all and puts it into the list's own. */
static Yz__Problem *listed_move(struct splitting *s, const Yz__ListedSum *listed, size_t i) {
  const int list = list_index(s->plan, listed->list);
  if (list < 0)
    return problem_new(s->arena, YZ__CODE__INVALID, arena_format(s->arena, "/sums/listed/%zu/list", i),
                       "the policy has no list %s", listed->list);
  struct pocket *own = pocket_of(s, UINT32_C(1) << list);
  if (!own) return too_many(s, "/sums/listed");
  const struct {
    const char *name;
    enum money kind;
    int64_t amount;
  } parts[] = {{"own_expense", MONEY_OWN_EXPENSE, listed->own_expense},
               {"over_limit", MONEY_OVER_LIMIT, listed->over_limit},
               {"first_pay", MONEY_FIRST_PAY, listed->first_pay},
               {"in_policy", MONEY_IN_POLICY, listed->in_policy}};
  for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++) {
    if (parts[k].amount < 0 || parts[k].amount > s->pockets[0].left[parts[k].kind])
      return problem_new(s->arena, YZ__CODE__INVALID, arena_format(s->arena, "/sums/listed/%zu/%s", i, parts[k].name),
                         "the lists together are more than /sums/%s", parts[k].name);
    s->pockets[0].left[parts[k].kind] -= parts[k].amount;
    own->left[parts[k].kind] += parts[k].amount;
  }
  return NULL;
}

static Yz__Problem *sums_split(struct splitting *s) {
  Yz__Sums *sums = s->draft->bill->sums;
  struct pocket *all = pocket_of(s, 0);
  all->left[MONEY_OWN_EXPENSE] = sums->own_expense;
  all->left[MONEY_OVER_LIMIT] = sums->over_limit;
  all->left[MONEY_FIRST_PAY] = sums->first_pay;
  all->left[MONEY_IN_POLICY] = sums->in_policy;
  s->draft->sums = sums;
  for (size_t i = 0; i < sums->n_listed; i++) {
    Yz__Problem *problem = listed_move(s, sums->listed[i], i);
    if (problem) return problem;
  }
  return NULL;
}

/* ---- remote first-pay, and the purse ---- */

static void remote_first_pay_take(struct splitting *s, const struct facts *facts) {
  Yz__SettlementDraft *draft = s->draft;
  draft->has_remote_first_pay = true;
  draft->remote_first_pay = 0;
  for (uint16_t r = 0; r < s->plan->n_remote; r++) {
    if (!when_holds(&s->plan->remote[r].when, facts)) continue;
    for (uint8_t p = 0; p < s->n_pockets; p++) {
      int64_t *left = s->pockets[p].left;
      const int64_t part = fen_share(left[MONEY_IN_POLICY], s->plan->remote[r].share);
      left[MONEY_IN_POLICY] -= part;
      left[MONEY_REMOTE_FIRST_PAY] += part;
      draft->remote_first_pay += part;
    }
    return;
  }
}

static void purse_write(const struct splitting *s) {
  Yz__Purse *purse = arena_alloc(s->arena, sizeof *purse);
  yz__purse__init(purse);
  purse->n_pockets = s->n_pockets;
  purse->pockets = arena_alloc(s->arena, (s->n_pockets + 1u) * sizeof *purse->pockets);
  for (uint8_t p = 0; p < s->n_pockets; p++) {
    Yz__Purse__Pocket *pocket = arena_alloc(s->arena, sizeof *pocket);
    yz__purse__pocket__init(pocket);
    pocket->lists = s->pockets[p].lists;
    pocket->n_left = MONEY_KINDS;
    pocket->left = arena_alloc(s->arena, sizeof s->pockets[p].left);
    memcpy(pocket->left, s->pockets[p].left, sizeof s->pockets[p].left);
    purse->pockets[p] = pocket;
  }
  s->draft->purse = purse;
}

/* The catalogue of the city of care where its pack is at hand (就医地目录), else that of the insured city. */
static const struct catalogue *catalogue_of(const Yz__Entitlement *e, int32_t on, const struct shelf *shelf) {
  size_t n;
  const struct pack *const *packs = shelf_list(shelf, &n);
  for (size_t i = 0; i < n && e->reach != YZ__REACH__SAME_CITY; i++) {
    const Yz__PolicyPack *text = packs[i]->text;
    if (text->product || !text->city || on < text->from || on > text->to || !same_city(text->city, e->care_city))
      continue;
    const struct catalogue *catalogue = shelf_catalogue(shelf, text->pack, on);
    if (catalogue) return catalogue;
  }
  return shelf_catalogue(shelf, e->pack->pack, on);
}

static Yz__Problem *lines_prepare(struct splitting *s, const struct shelf *shelf) {
  const Yz__Entitlement *e = s->draft->entitlement;
  const int32_t on = bill_day(s->draft->bill);
  const char *products[PLAN_PACKS_MAX];
  const size_t n = products_list(s->draft, products);
  struct policy policy;
  s->catalogue = catalogue_of(e, on, shelf);
  if (!s->catalogue)
    return problem_new(s->arena, YZ__CODE__UNKNOWN_POLICY, "/lines",
                       "the pack %s names no catalogue to split lines with", e->pack->pack);
  if (!shelf_policy(shelf, e->pack->pack, on, products, n, s->arena, &policy))
    return problem_new(s->arena, YZ__CODE__UNKNOWN_POLICY, NULL, "no policy pack %s rules that day", e->pack->pack);
  listings_make(s, &policy);
  return NULL;
}

Yz__Problem *split_draft(Yz__SettlementDraft *draft, Yz__FeeLine *const *lines, size_t n_lines, const struct plan *plan,
                         const struct shelf *shelf, struct arena *arena) {
  struct splitting s = {.draft = draft, .plan = plan, .arena = arena};
  struct facts facts;
  Yz__Problem *problem = facts_make(draft->bill, draft->entitlement, plan, arena, &facts);
  if (problem) return problem;
  if (n_lines > 0) {
    problem = lines_prepare(&s, shelf);
    if (!problem) problem = lines_split(&s, lines, n_lines);
  } else if (draft->bill->sums) {
    problem = sums_split(&s);
  } else {
    problem = problem_new(arena, YZ__CODE__INVALID, "", "a bill without lines and sums");
  }
  if (problem) return problem;
  remote_first_pay_take(&s, &facts);
  purse_write(&s);
  return NULL;
}
