#include "offline.h"

#include "bill.h"
#include "bounds.h"
#include "date.h"
#include "draft.h"
#include "entitle.h"
#include "guard.h"
#include "id.h"
#include "must.h"
#include "split.h"
#include "string_map.h"

#include <stdlib.h>
#include <string.h>

/* A record as it travels on the bus: small, and unpacked into the arena of each bill that needs it. */
struct packed {
  size_t n;
  uint8_t bytes[];
};

/* Counters of one person or contract in one year. */
struct ledger {
  size_t n, room;
  struct entry {
    char *name;
    int64_t value;
  } * entries;
};

/* Ids of the contracts of one person. */
struct id_list {
  size_t n;
  char **ids;
};

struct offline {
  struct shelf *shelf;
  bool untraced;
  struct string_map persons, institutions, contracts; /* id -> struct packed */
  struct string_map contracts_of;                     /* person id -> struct id_list */
  struct string_map accounts;                         /* "P<id>/<year>" and "C<id>/<year>" -> struct ledger */
  struct string_map settled;                          /* settlement id -> the map itself, a mark */
};

struct offline *offline_new(struct shelf *shelf) {
  struct offline *offline = calloc(1, sizeof *offline);
  must(offline != NULL);
  offline->shelf = shelf;
  return offline;
}

static void ledger_free(void *value) {
  struct ledger *ledger = value;
  if (!ledger) return;
  for (size_t i = 0; i < ledger->n; i++) free(ledger->entries[i].name);
  free(ledger->entries);
  free(ledger);
}

static void id_list_free(void *value) {
  struct id_list *list = value;
  for (size_t i = 0; i < list->n; i++) free(list->ids[i]);
  free(list->ids);
  free(list);
}

void offline_free(struct offline **offline) {
  struct offline *o = *offline;
  *offline = NULL;
  if (!o) return;
  string_map_free(&o->persons, free);
  string_map_free(&o->institutions, free);
  string_map_free(&o->contracts, free);
  string_map_free(&o->contracts_of, id_list_free);
  string_map_free(&o->accounts, ledger_free);
  string_map_free(&o->settled, NULL);
  free(o);
}

void offline_untraced(struct offline *offline) {
  offline->untraced = true;
}

void offline_forget(struct offline *offline) {
  string_map_clear(&offline->persons, free);
  string_map_clear(&offline->contracts, free);
  string_map_clear(&offline->contracts_of, id_list_free);
  string_map_clear(&offline->accounts, ledger_free);
  string_map_clear(&offline->settled, NULL);
}

/* ---- records */

static void keep(struct string_map *map, const char *id, const ProtobufCMessage *message) {
  size_t n = protobuf_c_message_get_packed_size(message);
  struct packed *packed = malloc(sizeof *packed + n);
  must(packed != NULL);
  packed->n = protobuf_c_message_pack(message, packed->bytes);
  void **place = string_map_at(map, id);
  free(*place);
  *place = packed;
}

static void *recall(const struct string_map *map, const char *id, const ProtobufCMessageDescriptor *type,
                    struct arena *arena, Yz__Problem **problem) {
  const struct packed *packed = string_map_find(map, id);
  return packed ? message_unpack(type, packed->bytes, packed->n, arena, problem) : NULL;
}

static Yz__Problem *id_check(const char *id, const char *pointer, struct arena *arena) {
  if (id_valid(id)) return NULL;
  return problem_new(arena, YZ__CODE__INVALID, pointer, "an id is 1 to %d letters, digits, '-', '_' and '.'", LIMIT_ID);
}

Yz__Problem *offline_person(struct offline *offline, const Yz__Person *person, struct arena *arena) {
  Yz__Problem *problem = id_check(person->id, "/id", arena);
  if (!problem) keep(&offline->persons, person->id, &person->base);
  return problem;
}

Yz__Problem *offline_institution(struct offline *offline, const Yz__Institution *institution, struct arena *arena) {
  Yz__Problem *problem = id_check(institution->id, "/id", arena);
  if (!problem) keep(&offline->institutions, institution->id, &institution->base);
  return problem;
}

/* Notes that a person is in a contract, once. */
static void join(struct offline *offline, const char *person, const char *contract) {
  void **place = string_map_at(&offline->contracts_of, person);
  if (!*place) *place = calloc(1, sizeof(struct id_list));
  struct id_list *list = *place;
  must(list != NULL);
  for (size_t i = 0; i < list->n; i++)
    if (strcmp(list->ids[i], contract) == 0) return;
  list->ids = realloc(list->ids, (list->n + 1) * sizeof *list->ids);
  must(list->ids != NULL);
  list->ids[list->n] = strdup(contract);
  must(list->ids[list->n++] != NULL);
}

Yz__Problem *offline_contract(struct offline *offline, const Yz__Contract *contract, struct arena *arena) {
  Yz__Problem *problem = id_check(contract->id, "/id", arena);
  for (size_t i = 0; !problem && i < contract->n_members; i++)
    problem = id_check(contract->members[i]->person, arena_format(arena, "/members/%zu/person", i), arena);
  if (problem) return problem;
  keep(&offline->contracts, contract->id, &contract->base);
  for (size_t i = 0; i < contract->n_members; i++) join(offline, contract->members[i]->person, contract->id);
  return NULL;
}

/* Puts the place in the book before the pointer of a refused record. */
static Yz__Problem *in_book(Yz__Problem *problem, const char *list, size_t i, struct arena *arena) {
  if (problem) problem->pointer = arena_format(arena, "/%s/%zu%s", list, i, problem->pointer);
  return problem;
}

Yz__Problem *offline_book(struct offline *offline, const Yz__Book *book, struct arena *arena) {
  Yz__Problem *problem = NULL;
  for (size_t i = 0; !problem && i < book->n_persons; i++)
    problem = in_book(offline_person(offline, book->persons[i], arena), "persons", i, arena);
  for (size_t i = 0; !problem && i < book->n_institutions; i++)
    problem = in_book(offline_institution(offline, book->institutions[i], arena), "institutions", i, arena);
  for (size_t i = 0; !problem && i < book->n_contracts; i++)
    problem = in_book(offline_contract(offline, book->contracts[i], arena), "contracts", i, arena);
  return problem;
}

/* ---- counters */

static struct ledger *ledger_of(struct offline *offline, char kind, const char *id, uint32_t year) {
  char key[LIMIT_ID + 8];
  const size_t n = strlen(id);
  must(n <= LIMIT_ID && year <= 9999);
  key[0] = kind;
  memcpy(key + 1, id, n);
  key[n + 1] = '/';
  for (size_t i = 4; i > 0; i--, year /= 10) key[n + 1 + i] = (char)('0' + year % 10);
  key[n + 6] = '\0';
  void **place = string_map_at(&offline->accounts, key);
  if (!*place) *place = calloc(1, sizeof(struct ledger));
  must(*place != NULL);
  return *place;
}

static void ledger_move(struct ledger *ledger, const char *name, int64_t delta) {
  for (size_t i = 0; i < ledger->n; i++) {
    if (strcmp(ledger->entries[i].name, name) != 0) continue;
    ledger->entries[i].value += delta;
    return;
  }
  if (ledger->n == ledger->room) {
    ledger->room = ledger->room ? 2 * ledger->room : 16;
    ledger->entries = realloc(ledger->entries, ledger->room * sizeof *ledger->entries);
    must(ledger->entries != NULL);
  }
  struct entry *entry = &ledger->entries[ledger->n++];
  *entry = (struct entry){.name = strdup(name), .value = delta};
  must(entry->name != NULL);
}

static int64_t ledger_value(const struct ledger *ledger, const char *name) {
  for (size_t i = 0; i < ledger->n; i++)
    if (strcmp(ledger->entries[i].name, name) == 0) return ledger->entries[i].value;
  return 0;
}

/* Room for n pointers. */
static void *pointers(struct arena *arena, size_t n) {
  return arena_alloc(arena, (n + 1) * sizeof(void *));
}

static Yz__Counter **ledger_counters(const struct ledger *ledger, struct arena *arena) {
  Yz__Counter **counters = pointers(arena, ledger->n);
  for (size_t i = 0; i < ledger->n; i++) {
    counters[i] = arena_alloc(arena, sizeof **counters);
    yz__counter__init(counters[i]);
    counters[i]->name = ledger->entries[i].name;
    counters[i]->value = ledger->entries[i].value;
  }
  return counters;
}

/* ---- settling: what enrollment and supplementary answer */

static Yz__Problem *resolve(struct offline *offline, Yz__SettlementDraft *draft, struct arena *arena) {
  const Yz__Bill *bill = draft->bill;
  Yz__Problem *problem = NULL;
  const Yz__Person *person = recall(&offline->persons, bill->person, &yz__person__descriptor, arena, &problem);
  if (problem) return problem;
  if (!person) return problem_new(arena, YZ__CODE__UNKNOWN_PERSON, "/person", "no person has the id %s", bill->person);
  const Yz__Institution *institution =
      recall(&offline->institutions, bill->institution, &yz__institution__descriptor, arena, &problem);
  if (problem) return problem;
  if (!institution)
    return problem_new(arena, YZ__CODE__UNKNOWN_INSTITUTION, "/institution", "no institution has the id %s",
                       bill->institution);
  problem = entitle(bill, person, institution, offline->shelf, arena, &draft->entitlement);
  if (problem) return problem;
  Yz__Entitlement *entitlement = draft->entitlement;
  const struct ledger *ledger = ledger_of(offline, 'P', bill->person, entitlement->year);
  if (entitlement->has_account_balance) {
    int64_t left = entitlement->account_balance - ledger_value(ledger, ACCOUNT_COUNTER);
    entitlement->account_balance = left > 0 ? left : 0;
  }
  draft->n_counters = ledger->n;
  draft->counters = ledger_counters(ledger, arena);
  return NULL;
}

static Yz__Problem *contract_state(struct offline *offline, Yz__Contract *contract, int32_t on, struct arena *arena,
                                   Yz__ContractState **state) {
  const struct pack *pack = shelf_find(offline->shelf, contract->product, on);
  if (!pack)
    return problem_new(arena, YZ__CODE__UNKNOWN_POLICY, NULL, "contract %s: no pack %s rules that day", contract->id,
                       contract->product);
  const struct ledger *ledger = ledger_of(offline, 'C', contract->id, (uint32_t)date_civil(on).year);
  *state = arena_alloc(arena, sizeof **state);
  yz__contract_state__init(*state);
  (*state)->contract = contract;
  (*state)->n_counters = ledger->n;
  (*state)->counters = ledger_counters(ledger, arena);
  (*state)->pack = arena_alloc(arena, sizeof *(*state)->pack);
  yz__pack_ref__init((*state)->pack);
  (*state)->pack->pack = pack->text->pack;
  (*state)->pack->version = pack->text->version;
  (*state)->pack->sha256 = arena_copy(arena, pack->sha256);
  return NULL;
}

static Yz__Problem *bring_contracts(struct offline *offline, Yz__SettlementDraft *draft, struct arena *arena) {
  const struct id_list *list = string_map_find(&offline->contracts_of, draft->bill->person);
  if (!list) return NULL;
  int32_t on = bill_day(draft->bill);
  draft->contracts = pointers(arena, list->n);
  for (size_t i = 0; i < list->n; i++) {
    Yz__Problem *problem = NULL;
    Yz__Contract *contract = recall(&offline->contracts, list->ids[i], &yz__contract__descriptor, arena, &problem);
    if (!problem && contract && contract->from <= on && on <= contract->to)
      problem = contract_state(offline, contract, on, arena, &draft->contracts[draft->n_contracts++]);
    if (problem) return problem;
  }
  return NULL;
}

/* ---- settling: the routing slip */

static Yz__Problem *decide(struct offline *offline, Yz__SettlementDraft *draft, struct arena *arena) {
  const struct plan *plan = NULL;
  Yz__Problem *problem = draft_plan(draft, offline->shelf, arena, &plan);
  if (!problem) problem = split_draft(draft, draft->bill->lines, draft->bill->n_lines, plan, offline->shelf, arena);
  const Yz__Entitlement *entitlement = draft->entitlement;
  for (size_t i = 0; !problem && i < entitlement->n_slip; i++) {
    if (entitlement->slip[i] == YZ__SERVICE__SUPPLEMENTARY && draft->n_contracts == 0) continue;
    problem = draft_run(draft, plan, entitlement->slip[i], !offline->untraced, arena);
  }
  return problem;
}

void offline_move(struct offline *offline, const Yz__Settlement *settlement, int sign) {
  uint32_t year = settlement->entitlement->year;
  for (size_t i = 0; i < settlement->n_moves; i++) {
    const Yz__Move *move = settlement->moves[i];
    struct ledger *ledger = move->contract ? ledger_of(offline, 'C', move->contract, year)
                                           : ledger_of(offline, 'P', settlement->bill->person, year);
    ledger_move(ledger, move->name, sign * move->delta);
  }
}

/* Decides the bill as the settlement of that id. */
static Yz__Problem *decide_as(struct offline *offline, Yz__Bill *bill, const char *id, struct arena *arena,
                              Yz__Settlement **settlement) {
  Yz__SettlementDraft *draft = arena_alloc(arena, sizeof *draft);
  yz__settlement_draft__init(draft);
  draft->bill = bill;
  draft->id = arena_copy(arena, id);
  Yz__Problem *problem = resolve(offline, draft, arena);
  if (!problem) problem = bring_contracts(offline, draft, arena);
  if (!problem) problem = decide(offline, draft, arena);
  if (!problem) problem = draft_finish(draft, instant_now(), arena, settlement);
  return problem;
}

Yz__Problem *offline_decide(struct offline *offline, Yz__Bill *bill, struct arena *arena, Yz__Settlement **settlement) {
  char id[SETTLEMENT_ID_MAX];
  bill_settlement_id(bill, id);
  return decide_as(offline, bill, id, arena, settlement);
}

Yz__Problem *offline_settle(struct offline *offline, Yz__Bill *bill, struct arena *arena, Yz__Settlement **settlement) {
  Yz__Problem *problem = bill_check(bill, arena);
  if (problem) return problem;
  if (bill->encounter)
    return problem_new(arena, YZ__CODE__UNKNOWN_ENCOUNTER, "/encounter", "encounters are open in a running house only");
  char id[SETTLEMENT_ID_MAX];
  bill_settlement_id(bill, id);
  if (string_map_find(&offline->settled, id))
    return problem_new(arena, YZ__CODE__REQUEST_ID_REUSED, "/request_id", "settled before in this run as %s", id);
  problem = decide_as(offline, bill, id, arena, settlement);
  if (problem) return problem;
  offline_move(offline, *settlement, 1);
  *string_map_at(&offline->settled, id) = offline;
  return NULL;
}
