#include "sim_check.h"

#include "bill.h"
#include "compare.h"
#include "draft.h"
#include "entitle.h"
#include "guard.h"
#include "id.h"
#include "split.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool ends_with(const struct model_value *value, const char *end) {
  const size_t n = strlen(end);
  return value->key.n >= n && strcmp(value->key.bytes + value->key.n - n, end) == 0;
}

static void *unpack(const ProtobufCMessageDescriptor *type, const void *bytes, size_t n) {
  Yz__Problem *problem = NULL;
  void *message = message_unpack(type, bytes, n, &world.memory, &problem);
  if (!message) broken("unreadable %s", type->name);
  return message;
}

/* Every fact, in the order of its journal: NULL begins and ends. */
struct fact_at {
  const struct model_value *journal;
  size_t i;
  const Yz__Fact *fact;
};

static bool next_fact(const struct model *model, struct fact_at *at) {
  at->i++;
  while (!at->journal || !ends_with(at->journal, "}:journal") || at->i > at->journal->n) {
    at->journal = model_next(model, at->journal);
    at->i = 1;
    if (!at->journal) return false;
  }
  const struct model_text *packed = &at->journal->items[at->i - 1].b;
  at->fact = unpack(&yz__fact__descriptor, packed->bytes, packed->n);
  return at->fact != NULL;
}

/* ---- counters as a list ---- */

struct fold {
  struct fold *next;
  const char *key; /* "acc:mother:2024" */
  size_t n;
  Yz__Counter *counters[64];
};

static struct fold *fold_of(struct fold **folds, const char *key) {
  for (struct fold *fold = *folds; fold; fold = fold->next)
    if (strcmp(fold->key, key) == 0) return fold;
  struct fold *fold = arena_alloc(&world.memory, sizeof *fold);
  *fold = (struct fold){.next = *folds, .key = arena_copy(&world.memory, key)};
  return *folds = fold;
}

static void fold_move(struct fold *fold, const char *name, int64_t delta) {
  size_t i = 0;
  while (i < fold->n && strcmp(fold->counters[i]->name, name) != 0) i++;
  if (i == sizeof fold->counters / sizeof fold->counters[0]) {
    broken("more counters than the checker holds");
    return;
  }
  if (i == fold->n) {
    fold->counters[fold->n++] = arena_alloc(&world.memory, sizeof(Yz__Counter));
    yz__counter__init(fold->counters[i]);
    fold->counters[i]->name = arena_copy(&world.memory, name);
  }
  fold->counters[i]->value += delta;
}

static void fold_moves(struct fold **folds, const char *person, unsigned year, size_t n, Yz__Move *const *moves,
                       int sign) {
  char key[160];
  for (size_t i = 0; i < n; i++) {
    const Yz__Move *move = moves[i];
    snprintf(key, sizeof key, "%s:%s:%u", move->contract ? "cacc" : "acc", move->contract ? move->contract : person,
             year);
    fold_move(fold_of(folds, key), move->name, sign * move->delta);
  }
}

/* (a) */
static void check_counters(const struct model *model) {
  struct fold *folds = NULL;
  for (struct fact_at at = {0}; next_fact(model, &at);)
    fold_moves(&folds, at.fact->person, at.fact->year, at.fact->n_moves, at.fact->moves, 1);
  for (const struct fold *fold = folds; fold; fold = fold->next) {
    const char *id = strchr(fold->key, ':') + 1;
    char key[200], name[80];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(id, ":"), id);
    snprintf(key, sizeof key, "{b%04x}:%s", (unsigned)id_bucket(name), fold->key);
    const struct model_value *hash = model_find(model, key);
    for (size_t i = 0; i < fold->n; i++) {
      const int64_t stored = hash ? model_number(hash, fold->counters[i]->name) : 0;
      if (stored != fold->counters[i]->value)
        broken("%s %s is %" PRId64 ", the journal says %" PRId64, key, fold->counters[i]->name, stored,
               fold->counters[i]->value);
    }
    for (size_t i = 0; hash && i < hash->n; i++) {
      bool known = strcmp(hash->items[i].a.bytes, "v") == 0;
      for (size_t k = 0; k < fold->n; k++) known |= strcmp(fold->counters[k]->name, hash->items[i].a.bytes) == 0;
      if (!known) broken("%s has %s, the journal has not", key, hash->items[i].a.bytes);
    }
  }
}

/* ---- what was settled ---- */

static const struct deed *deed_of(enum deed_kind kind, const char *id) {
  for (const struct deed *deed = work.deeds; deed; deed = deed->next)
    if (deed->kind == kind && strcmp(deed->id, id) == 0) return deed;
  return NULL;
}

/* (b) */
static void check_once(const struct model *model) {
  for (const struct wish *wish = work.wishes; wish; wish = wish->next) {
    int settled = 0, cancelled = 0;
    for (struct fact_at at = {0}; next_fact(model, &at);)
      if (strcmp(at.fact->settlement, wish->id) == 0) {
        settled += at.fact->kind == YZ__FACT__KIND__SETTLED;
        cancelled += at.fact->kind == YZ__FACT__KIND__CANCELLED;
      }
    if (settled > 1) broken("%s stands %d times in the journal", wish->id, settled);
    if (cancelled > settled) broken("%s is cancelled %d times, settled %d times", wish->id, cancelled, settled);
  }
}

static bool same_bytes(const struct told *told, const struct deed *deed) {
  return deed && deed->n == told->n && memcmp(deed->bytes, told->bytes, told->n) == 0;
}

/* (e) */
static void check_sums(const Yz__Settlement *s) {
  int64_t shares = 0;
  for (size_t i = 0; i < s->n_shares; i++) {
    shares += s->shares[i]->amount;
    if (s->shares[i]->amount < 0) broken("%s: a negative share", s->id);
  }
  if (shares != s->sums->total) broken("%s: shares %" PRId64 " of a bill of %" PRId64, s->id, shares, s->sums->total);
  if (s->funds + s->personal != s->sums->total) broken("%s: funds and person do not make the bill", s->id);
}

/* (c) and (d): the record is one, so two answers that both equal it are the same answer. */
static void check_told(const struct wish *wish, const struct told *told) {
  const struct deed *settled = deed_of(DEED_SETTLED, wish->id), *cancelled = deed_of(DEED_CANCELLED, wish->id);
  if (!told->bytes) {
    if (wish->kind == WISH_CANCEL && told->code == YZ__CODE__UNKNOWN_SETTLEMENT)
      for (const struct wish *other = work.wishes; other; other = other->next)
        for (const struct told *t = other->told; t && other->kind == WISH_SETTLE; t = t->next)
          if (t->bytes && strcmp(other->id, wish->id) == 0 && other->done_at < told->asked_at && other->done)
            broken("%s was told to be settled, and later not to be known", wish->id);
    if (wish->kind == WISH_SETTLE && told->code == YZ__CODE__REQUEST_ID_REUSED && !settled)
      broken("%s is refused as used, and was never settled", wish->id);
    return;
  }
  const Yz__Settlement *s = unpack(&yz__settlement__descriptor, told->bytes, told->n);
  if (!s) return;
  check_sums(s);
  if (wish->kind == WISH_ESTIMATE) {
    if (s->status != YZ__SETTLEMENT__STATUS__ESTIMATED) broken("%s: an estimate that is none", wish->id);
  } else if (wish->kind == WISH_SETTLE) {
    if (!same_bytes(told, settled) && !same_bytes(told, cancelled))
      broken("%s: a client was told what is not recorded", wish->id);
    if (s->bill->sums->total != wish->bill->sums->total) broken("%s: the answer is of another bill", wish->id);
  } else if (!same_bytes(told, cancelled)) {
    broken("%s: a client was told a cancel that is not recorded", wish->id);
  }
}

/* ---- (f) ---- */

static const void *record_of(const Yz__Book *book, const char *person) {
  for (size_t i = 0; i < book->n_persons; i++)
    if (strcmp(book->persons[i]->id, person) == 0) return book->persons[i];
  return NULL;
}

static const Yz__Institution *institution_of(const Yz__Book *book, const char *id) {
  for (size_t i = 0; i < book->n_institutions; i++)
    if (strcmp(book->institutions[i]->id, id) == 0) return book->institutions[i];
  return NULL;
}

static int64_t value_of(const struct fold *fold, const char *name) {
  for (size_t i = 0; i < fold->n; i++)
    if (strcmp(fold->counters[i]->name, name) == 0) return fold->counters[i]->value;
  return 0;
}

static bool is_member(const Yz__Contract *contract, const char *person) {
  for (size_t i = 0; i < contract->n_members; i++)
    if (strcmp(contract->members[i]->person, person) == 0) return true;
  return false;
}

/* The contract with the counters that all settled before it leaves there. */
static void bring_contract(Yz__SettlementDraft *draft, Yz__Contract *contract, const struct pack *pack,
                           const struct fold *counters) {
  struct arena *arena = &world.memory;
  Yz__ContractState *state = arena_alloc(arena, sizeof *state);
  yz__contract_state__init(state);
  state->contract = contract;
  state->n_counters = counters->n;
  state->counters = (Yz__Counter **)(uintptr_t)counters->counters;
  state->pack = arena_alloc(arena, sizeof *state->pack);
  yz__pack_ref__init(state->pack);
  state->pack->pack = pack->text->pack;
  state->pack->version = pack->text->version;
  state->pack->sha256 = arena_copy(arena, pack->sha256);
  draft->contracts = arena_alloc(arena, sizeof *draft->contracts);
  draft->contracts[0] = state;
  draft->n_contracts = 1;
}

static Yz__Problem *decide(Yz__SettlementDraft *draft, struct shelf *shelf, int64_t settled, Yz__Settlement **out) {
  struct arena *arena = &world.memory;
  const struct plan *plan = NULL;
  Yz__Problem *problem = draft_plan(draft, shelf, arena, &plan);
  if (!problem) problem = split_draft(draft, draft->bill->lines, draft->bill->n_lines, plan, shelf, arena);
  for (size_t i = 0; !problem && i < draft->entitlement->n_slip; i++) {
    const Yz__Service service = draft->entitlement->slip[i];
    if (service == YZ__SERVICE__SUPPLEMENTARY && draft->n_contracts == 0) continue;
    problem = draft_run(draft, plan, service, true, arena);
  }
  return problem ? problem : draft_finish(draft, settled, arena, out);
}

/* Decides anew; false when it comes out otherwise, with *where. */
static bool decided_so(const struct deed *deed, const Yz__Settlement *then, Yz__SettlementDraft *draft,
                       struct shelf *shelf, struct text *where) {
  Yz__Settlement *now = NULL;
  Yz__SettlementDraft copy = *draft;
  const Yz__Problem *problem = decide(&copy, shelf, then->settled, &now);
  where->n = 0;
  if (problem) {
    text_add(where, problem->detail);
    return false;
  }
  now->has_sequence = true;
  now->sequence = then->sequence;
  size_t n;
  const uint8_t *bytes = message_pack(&now->base, &world.memory, &n);
  if (n == deed->n && memcmp(bytes, deed->bytes, n) == 0) return true;
  message_differs(&then->base, &now->base, where);
  return false;
}

static void replay(const struct deed *deed, const Yz__Settlement *then, struct fold **folds, const Yz__Book *book,
                   struct shelf *shelf) {
  struct arena *arena = &world.memory;
  const Yz__Bill *bill = then->bill;
  Yz__SettlementDraft draft = YZ__SETTLEMENT_DRAFT__INIT;
  draft.bill = then->bill;
  draft.id = then->id;
  const Yz__Problem *problem = entitle(bill, record_of(book, bill->person), institution_of(book, bill->institution),
                                       shelf, arena, &draft.entitlement);
  if (problem) {
    broken("%s replayed is refused: %s", then->id, problem->detail);
    return;
  }
  const unsigned year = draft.entitlement->year;
  const struct fold *account = fold_of(folds, arena_format(arena, "acc:%s:%u", bill->person, year));
  if (draft.entitlement->has_account_balance) {
    draft.entitlement->account_balance -= value_of(account, ACCOUNT_COUNTER);
    if (draft.entitlement->account_balance < 0) draft.entitlement->account_balance = 0;
  }
  draft.n_counters = account->n;
  draft.counters = (Yz__Counter **)(uintptr_t)account->counters;
  Yz__Contract *contract = book->contracts[0];
  const struct pack *pack = shelf_find(shelf, contract->product, bill_day(bill));
  if (pack && is_member(contract, bill->person))
    bring_contract(&draft, contract, pack, fold_of(folds, arena_format(arena, "cacc:%s:%u", contract->id, year)));
  struct text where = {0};
  if (!decided_so(deed, then, &draft, shelf, &where))
    broken("%s of %s replayed is another: %.*s", then->id, bill->person, (int)where.n, where.bytes);
  text_free(&where);
}

/* In the one order in which the store did it, over all people: nothing is decided on what is not yet there, may still
 * be taken back, or is gone already. */
static void check_replay(const Yz__Book *book, struct shelf *shelf) {
  struct fold *folds = NULL;
  for (const struct deed *deed = work.deeds; deed; deed = deed->next) {
    const Yz__Settlement *s = unpack(&yz__settlement__descriptor, deed->bytes, deed->n);
    if (!s) continue;
    if (deed->kind == DEED_SETTLED) replay(deed, s, &folds, book, shelf);
    fold_moves(&folds, s->bill->person, s->entitlement->year, s->n_moves, s->moves,
               deed->kind == DEED_SETTLED ? 1 : -1);
  }
}

/* (b) */
static void check_facts(const struct model *model) {
  for (struct fact_at at = {0}; next_fact(model, &at);)
    if (!deed_of(DEED_SETTLED, at.fact->settlement))
      broken("%s is in the journal and was never settled", at.fact->settlement);
}

/* ---- (g) ---- */

static bool in_outbox(const struct model *model, const struct fact_at *at) {
  char key[200], notice[200];
  snprintf(key, sizeof key, "{b%04x}:notices:%s", (unsigned)id_bucket(at->fact->person), at->fact->person);
  snprintf(notice, sizeof notice, "%c%s", at->fact->kind == YZ__FACT__KIND__SETTLED ? 'S' : 'C', at->fact->settlement);
  const struct model_value *outbox = model_find(model, key);
  for (size_t i = 0; outbox && i < outbox->n; i++)
    if (strcmp(outbox->items[i].a.bytes, notice) == 0) return true;
  return false;
}

/* What the settlement itself calls another city is owed. The codes that the people's institutions have there are whole
 * cities' (370100); of those at home one is in a district. */
static bool is_owed(const Yz__Settlement *s) {
  return s->entitlement->reach != YZ__REACH__SAME_CITY;
}

/* Remote care is cleared. */
static bool cleared(const struct model *model, const struct fact_at *at) {
  const struct deed *deed = deed_of(DEED_SETTLED, at->fact->settlement);
  const Yz__Settlement *s = deed ? unpack(&yz__settlement__descriptor, deed->bytes, deed->n) : NULL;
  if (!s || !is_owed(s)) return true;
  char key[64], entry[48];
  const struct model_item *item = &at->journal->items[at->i - 1];
  snprintf(key, sizeof key, "{b%04x}:cleared", (unsigned)id_bucket(at->fact->person));
  snprintf(entry, sizeof entry, "%" PRIu64 "-%" PRIu64, item->ms, item->seq);
  const struct model_value *done = model_find(model, key);
  for (size_t i = 0; done && i < done->n; i++)
    if (strcmp(done->items[i].a.bytes, entry) == 0) return true;
  return false;
}

static void fold_owed(struct fold *owed, const Yz__Settlement *s, int sign) {
  const char *insured = s->entitlement->insured_city, *care = s->entitlement->care_city;
  for (size_t i = 0; i < s->n_shares && is_owed(s); i++) {
    const Yz__Share *share = s->shares[i];
    if (share->payer == YZ__PAYER__CASH || share->payer == YZ__PAYER__HOSPITAL_WAIVER || share->amount == 0) continue;
    const char *row = arena_format(&world.memory, "%s %s %d", insured, care, (int)share->payer);
    fold_move(owed, arena_format(&world.memory, "%s fen", row), sign * share->amount);
    fold_move(owed, arena_format(&world.memory, "%s n", row), sign);
  }
}

/* (i) */
static void check_owed(const struct model *model) {
  struct fold owed = {0};
  for (struct fact_at at = {0}; next_fact(model, &at);) {
    const struct deed *deed = deed_of(DEED_SETTLED, at.fact->settlement);
    const Yz__Settlement *s = deed ? unpack(&yz__settlement__descriptor, deed->bytes, deed->n) : NULL;
    if (s) fold_owed(&owed, s, at.fact->kind == YZ__FACT__KIND__SETTLED ? 1 : -1);
  }
  for (const struct model_value *value = NULL; (value = model_next(model, value));)
    for (size_t i = 0; i < value->n && strstr(value->key.bytes, "}:clearing:"); i++)
      fold_move(&owed, value->items[i].a.bytes, -strtoll(value->items[i].b.bytes, NULL, 10));
  for (size_t i = 0; i < owed.n; i++)
    if (owed.counters[i]->value != 0)
      broken("clearing: \"%s\" lacks %" PRId64, owed.counters[i]->name, owed.counters[i]->value);
}

const char *check_open_try(const struct model *model) {
  for (const struct model_value *value = NULL; (value = model_next(model, value));)
    if (ends_with(value, "}:tries") && value->n > 0) return value->items[0].a.bytes;
  return NULL;
}

bool check_delivered(const struct model *model, bool say) {
  bool all = true;
  for (struct fact_at at = {0}; next_fact(model, &at);) {
    const bool outbox = in_outbox(model, &at), clearing = cleared(model, &at);
    if (say && !outbox) broken("a fact of %s never reached notification", at.fact->settlement);
    if (say && !clearing) broken("a fact of %s never reached clearing", at.fact->settlement);
    all = all && outbox && clearing;
  }
  const char *open = check_open_try(model);
  if (say && open) broken("a try is left open: %s", open);
  return all && !open;
}

void check_all(const struct model *model, const Yz__Book *book, struct shelf *shelf) {
  check_counters(model);
  check_once(model);
  for (const struct wish *wish = work.wishes; wish; wish = wish->next) {
    if (!wish->done) broken("%s %d never came to an end", wish->path, wish->number);
    for (const struct told *told = wish->told; told; told = told->next) check_told(wish, told);
  }
  check_facts(model);
  check_owed(model);
  check_replay(book, shelf);
}
