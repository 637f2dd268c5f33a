#include "adjudication.h"

#include "account.h"
#include "bill.h"
#include "date.h"
#include "explain.h"
#include "ledger.h"
#include "service_look.h"
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

/* What an overview shows of the person's year. */
struct listing {
  struct bus_call *call;
  struct account_list list;
  Yz__SettlementList answer;
};

static void add_row(void *context, size_t i, const Yz__Settlement *s) {
  struct listing *l = context;
  struct arena *arena = bus_call_arena(l->call);
  if (!s) return;
  Yz__SettlementList__Row *row = arena_alloc(arena, sizeof *row);
  yz__settlement_list__row__init(row);
  row->id = arena_copy(arena, s->id);
  row->on = bill_day(s->bill);
  row->total = s->sums->total;
  row->personal = s->personal;
  row->status = s->status;
  l->answer.rows[i] = row;
}

static void answer_list(void *context, Yz__Problem *problem) {
  struct listing *l = context;
  for (size_t i = 0; i < l->list.n && !problem; i++)
    if (!l->answer.rows[i])
      problem =
          problem_new(bus_call_arena(l->call), YZ__CODE__DEFECT, NULL, "settlement %s is not recorded", l->list.ids[i]);
  l->answer.n_rows = l->list.n;
  if (problem)
    bus_refuse(l->call, problem);
  else
    bus_reply(l->call, &l->answer.base);
}

static void on_list(void *context, const struct account_list *list) {
  struct listing *l = context;
  struct arena *arena = bus_call_arena(l->call);
  if (list->result != STORE_OK) {
    bus_refuse(l->call, store_problem(arena, list->result, list->text));
    return;
  }
  l->list = *list;
  l->answer.rows = arena_alloc(arena, (list->n + 1) * sizeof *l->answer.rows);
  service_look(l->call, list->n, list->ids, add_row, answer_list, l);
}

void adjudication_settlements(struct bus_call *call, const ProtobufCMessage *request) {
  enum { MOST = 50 }; /* what an overview shows; the journal has all */
  const Yz__PersonDay *query = (const Yz__PersonDay *)request;
  const int32_t on = query->has_on ? query->on : date_of_instant(instant_now());
  if (!id_valid(query->person)) {
    service_refuse(call, YZ__CODE__INVALID, NULL, "a person id is letters, digits, '-', '_', '.'");
    return;
  }
  struct listing *l = arena_alloc(bus_call_arena(call), sizeof *l);
  *l = (struct listing){.call = call, .answer = YZ__SETTLEMENT_LIST__INIT};
  account_settlements(service_of(call)->store, bus_call_arena(call), query->person, (uint32_t)date_civil(on).year, MOST,
                      service_deadline(call), on_list, l);
}
