#include "supplementary.h"

#include "bill.h"
#include "date.h"
#include "family.h"
#include "services.pb-c.h"

struct asking {
  struct bus_call *call;
  int32_t on;
  bool for_bill;              /* only what is in force on the day, with the pack that rules it */
  char id[SETTLEMENT_ID_MAX]; /* of the settlement to be made; "": none */
};

/* Names the product pack of a contract; UNKNOWN_POLICY when the shelf lacks it, for then nobody could say what it pays.
 */
static Yz__Problem *name_pack(struct asking *a, Yz__ContractState *state) {
  struct arena *arena = bus_call_arena(a->call);
  const struct pack *pack = shelf_find(service_of(a->call)->shelf, state->contract->product, a->on);
  if (!pack)
    return problem_new(arena, YZ__CODE__UNKNOWN_POLICY, NULL, "contract %s: no pack %s rules that day",
                       state->contract->id, state->contract->product);
  state->pack = arena_alloc(arena, sizeof *state->pack);
  yz__pack_ref__init(state->pack);
  state->pack->pack = pack->text->pack;
  state->pack->version = pack->text->version;
  state->pack->sha256 = (char *)pack->sha256;
  return NULL;
}

static void on_family(void *context, const struct family *family) {
  struct asking *a = context;
  struct arena *arena = bus_call_arena(a->call);
  if (family->result != STORE_OK) {
    bus_refuse(a->call, store_problem(arena, family->result, family->text));
    return;
  }
  Yz__ContractState **states = arena_alloc(arena, (family->n + 1) * sizeof *states);
  size_t n = 0;
  for (size_t i = 0; i < family->n; i++) {
    Yz__ContractState *state = family->contracts[i];
    if (a->for_bill && (a->on < state->contract->from || a->on > state->contract->to)) continue;
    Yz__Problem *problem = a->for_bill ? name_pack(a, state) : NULL;
    if (problem) {
      bus_refuse(a->call, problem);
      return;
    }
    states[n++] = state;
  }
  if (a->for_bill) {
    Yz__SettlementDraft draft = YZ__SETTLEMENT_DRAFT__INIT;
    draft.n_contracts = n;
    draft.contracts = states;
    bus_reply(a->call, &draft.base);
  } else {
    Yz__ContractList list = YZ__CONTRACT_LIST__INIT;
    list.n_contracts = n;
    list.contracts = states;
    bus_reply(a->call, &list.base);
  }
}

static void ask(struct asking *a, const char *person) {
  if (!id_valid(person)) {
    service_refuse(a->call, YZ__CODE__INVALID, "/person", "a person id is letters, digits, '-', '_', '.'");
    return;
  }
  family_read(service_of(a->call)->store, bus_call_arena(a->call), person, (uint32_t)date_civil(a->on).year,
              *a->id ? a->id : NULL, service_deadline(a->call), on_family, a);
}

void supplementary_contracts(struct bus_call *call, const ProtobufCMessage *request) {
  struct arena *arena = bus_call_arena(call);
  const Yz__Bill *bill = ((const Yz__SettlementDraft *)request)->bill;
  if (!bill) {
    bus_refuse(call, problem_new(arena, YZ__CODE__MALFORMED, "", "a draft without a bill"));
    return;
  }
  Yz__Problem *problem = bill_check(bill, arena);
  if (problem) {
    bus_refuse(call, problem);
    return;
  }
  struct asking *a = arena_alloc(arena, sizeof *a);
  *a = (struct asking){.call = call, .on = bill_day(bill), .for_bill = true};
  if (!((const Yz__SettlementDraft *)request)->estimate) bill_settlement_id(bill, a->id);
  ask(a, bill->person);
}

void supplementary_of_person(struct bus_call *call, const ProtobufCMessage *request) {
  const Yz__PersonDay *query = (const Yz__PersonDay *)request;
  struct asking *a = arena_alloc(bus_call_arena(call), sizeof *a);
  *a = (struct asking){.call = call, .on = query->has_on ? query->on : date_of_instant(instant_now())};
  ask(a, query->person);
}
