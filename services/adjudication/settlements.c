#include "adjudication.h"

#include "account.h"
#include "bill.h"
#include "date.h"
#include "explain.h"
#include "ledger.h"
#include "services.pb-c.h"

/* Refuses what is no settlement id before the store is asked. */
static bool readable(struct bus_call *call, const char *id) {
  uint32_t bucket;
  if (settlement_id_bucket(id, &bucket)) return true;
  service_refuse(call, YZ__CODE__UNKNOWN_SETTLEMENT, NULL, "not a settlement id: S, four hex digits and 26 characters");
  return false;
}

/* The settlement found, or the call refused and NULL. */
static Yz__Settlement *found(struct bus_call *call, const struct ledger_reply *ledger) {
  if (ledger->result != STORE_OK)
    bus_refuse(call, store_problem(bus_call_arena(call), ledger->result, ledger->text));
  else if (!ledger->recorded)
    service_refuse(call, YZ__CODE__UNKNOWN_SETTLEMENT, NULL, "no settlement has this id");
  else
    return ledger->recorded;
  return NULL;
}

static void on_read(void *context, const struct ledger_reply *ledger) {
  struct bus_call *call = context;
  const Yz__Settlement *settlement = found(call, ledger);
  if (settlement) bus_reply(call, &settlement->base);
}

void adjudication_read(struct bus_call *call, const ProtobufCMessage *request) {
  const char *id = ((const Yz__SettlementQuery *)request)->id;
  if (readable(call, id))
    ledger_read(service_of(call)->store, bus_call_arena(call), id, service_deadline(call), on_read, call);
}

static void on_explain(void *context, const struct ledger_reply *ledger) {
  struct bus_call *call = context;
  const Yz__Settlement *settlement = found(call, ledger);
  if (!settlement) return;
  const struct explain_packs packs = shelf_explain_packs(service_of(call)->shelf);
  bus_reply(call, &explain(settlement, &packs, bus_call_arena(call))->base);
}

void adjudication_explain(struct bus_call *call, const ProtobufCMessage *request) {
  const char *id = ((const Yz__SettlementQuery *)request)->id;
  if (readable(call, id))
    ledger_read(service_of(call)->store, bus_call_arena(call), id, service_deadline(call), on_explain, call);
}

static void on_list(void *context, const struct account_list *list) {
  struct bus_call *call = context;
  struct arena *arena = bus_call_arena(call);
  if (list->result != STORE_OK) {
    bus_refuse(call, store_problem(arena, list->result, list->text));
    return;
  }
  Yz__SettlementList answer = YZ__SETTLEMENT_LIST__INIT;
  answer.rows = arena_alloc(arena, (list->n + 1) * sizeof *answer.rows);
  for (size_t i = 0; i < list->n; i++) {
    const Yz__Settlement *s = list->settlements[i];
    Yz__SettlementList__Row *row = arena_alloc(arena, sizeof *row);
    yz__settlement_list__row__init(row);
    row->id = s->id;
    row->on = bill_day(s->bill);
    row->total = s->sums->total;
    row->personal = s->personal;
    row->status = s->status;
    answer.rows[answer.n_rows++] = row;
  }
  bus_reply(call, &answer.base);
}

void adjudication_settlements(struct bus_call *call, const ProtobufCMessage *request) {
  enum { MOST = 50 }; /* what an overview shows; the journal has all */
  const Yz__PersonDay *query = (const Yz__PersonDay *)request;
  const int32_t on = query->has_on ? query->on : date_of_instant(instant_now());
  if (!id_valid(query->person))
    service_refuse(call, YZ__CODE__INVALID, NULL, "a person id is letters, digits, '-', '_', '.'");
  else
    account_settlements(service_of(call)->store, bus_call_arena(call), query->person, (uint32_t)date_civil(on).year,
                        MOST, service_deadline(call), on_list, call);
}
