/* resolve.c - the first stop of a bill: everything that is known about the person, the institution and the day, in one
 * round trip.
 *
 *      check the bill --> read person, account, earlier settlement  \
 *                     \-> read institution                          -> join -> replay | refuse | entitle -> answer */
#include "enrollment.h"

#include "account.h"
#include "bill.h"
#include "date.h"
#include "draft.h"
#include "entitle.h"
#include "record.h"
#include "replay.h"
#include "settlement.pb-c.h"

#include <string.h>

struct resolve {
  struct bus_call *call;
  const Yz__SettlementDraft *draft;
  char id[SETTLEMENT_ID_MAX];
  int waiting; /* answers still to come */
  Yz__Problem *problem;
  struct account account;
  Yz__Institution *institution;
};

static int64_t counter_value(const struct account *account, const char *name) {
  for (size_t i = 0; i < account->n_counters; i++)
    if (strcmp(account->counters[i]->name, name) == 0) return account->counters[i]->value;
  return 0;
}

static Yz__Problem *answer(struct resolve *r, Yz__SettlementDraft *out) {
  struct arena *arena = bus_call_arena(r->call);
  const Yz__Bill *bill = r->draft->bill;
  if (!r->account.person)
    return problem_new(arena, YZ__CODE__UNKNOWN_PERSON, "/person", "no person has the id %s", bill->person);
  out->id = r->id;
  if (r->account.prior) {
    out->prior = r->account.prior;
    return replay_check(bill, r->account.prior, arena);
  }
  if (!r->institution)
    return problem_new(arena, YZ__CODE__UNKNOWN_INSTITUTION, "/institution", "no institution has the id %s",
                       bill->institution);
  Yz__Problem *problem =
      entitle(bill, r->account.person, r->institution, service_of(r->call)->shelf, arena, &out->entitlement);
  if (problem) return problem;
  if (out->entitlement->has_account_balance) {
    out->entitlement->account_balance -= counter_value(&r->account, ACCOUNT_COUNTER);
    if (out->entitlement->account_balance < 0) out->entitlement->account_balance = 0;
  }
  out->n_counters = r->account.n_counters;
  out->counters = r->account.counters;
  out->has_version = true;
  out->version = r->account.version;
  out->has_contracted = true;
  out->contracted = r->account.contracted;
  return NULL;
}

static void join(struct resolve *r) {
  if (--r->waiting > 0) return;
  Yz__SettlementDraft out = YZ__SETTLEMENT_DRAFT__INIT;
  if (!r->problem) r->problem = answer(r, &out);
  if (r->problem)
    bus_refuse(r->call, r->problem);
  else
    bus_reply(r->call, &out.base);
}

static void on_account(void *context, const struct account *account) {
  struct resolve *r = context;
  r->account = *account;
  if (account->result != STORE_OK) r->problem = store_problem(bus_call_arena(r->call), account->result, account->text);
  join(r);
}

static void on_institution(void *context, const struct record *record) {
  struct resolve *r = context;
  if (record->result != STORE_OK) r->problem = store_problem(bus_call_arena(r->call), record->result, record->text);
  r->institution = (Yz__Institution *)record->message;
  join(r);
}

void enrollment_resolve(struct bus_call *call, const ProtobufCMessage *request) {
  const Yz__SettlementDraft *draft = (const Yz__SettlementDraft *)request;
  struct arena *arena = bus_call_arena(call);
  if (!draft->bill) {
    service_refuse(call, YZ__CODE__MALFORMED, "", "a draft without a bill");
    return;
  }
  Yz__Problem *problem = bill_check(draft->bill, arena);
  if (problem) {
    bus_refuse(call, problem);
    return;
  }
  struct resolve *r = arena_alloc(arena, sizeof *r);
  r->call = call;
  r->draft = draft;
  r->waiting = 2;
  bill_settlement_id(draft->bill, r->id);
  struct store *store = service_of(call)->store;
  const uint32_t year = (uint32_t)date_civil(bill_day(draft->bill)).year;
  account_read(store, arena, draft->bill->person, year, draft->estimate ? NULL : r->id, service_deadline(call),
               on_account, r);
  record_get(store, arena, RECORD_INSTITUTION, draft->bill->institution, service_deadline(call), on_institution, r);
}
