#include "enrollment.h"

#include "account.h"
#include "date.h"
#include "id.h"
#include "record_check.h"
#include "service_record.h"
#include "services.pb-c.h"

void enrollment_put_person(struct bus_call *call, const ProtobufCMessage *request) {
  service_keep_record(call, RECORD_PERSON, request, person_check((const Yz__Person *)request, bus_call_arena(call)));
}

void enrollment_get_person(struct bus_call *call, const ProtobufCMessage *request) {
  service_answer_record(call, RECORD_PERSON, ((const Yz__PersonDay *)request)->person, YZ__CODE__UNKNOWN_PERSON);
}

struct account_call {
  struct bus_call *call;
  const char *person;
  uint32_t year;
};

static void on_account(void *context, const struct account *account) {
  struct account_call *ask = context;
  struct arena *arena = bus_call_arena(ask->call);
  if (account->result != STORE_OK) {
    bus_refuse(ask->call, store_problem(arena, account->result, account->text));
  } else if (!account->person) {
    service_refuse(ask->call, YZ__CODE__UNKNOWN_PERSON, NULL, "no person has this id");
  } else {
    Yz__AccountView view = YZ__ACCOUNT_VIEW__INIT;
    view.person = arena_copy(arena, ask->person);
    view.year = ask->year;
    view.version = account->version;
    view.n_counters = account->n_counters;
    view.counters = account->counters;
    bus_reply(ask->call, &view.base);
  }
}

void enrollment_account(struct bus_call *call, const ProtobufCMessage *request) {
  const Yz__PersonDay *query = (const Yz__PersonDay *)request;
  struct arena *arena = bus_call_arena(call);
  if (!id_valid(query->person)) {
    service_refuse(call, YZ__CODE__INVALID, NULL, "a person id is letters, digits, '-', '_', '.'");
    return;
  }
  struct account_call *ask = arena_alloc(arena, sizeof *ask);
  const int32_t on = query->has_on ? query->on : date_of_instant(instant_now());
  *ask = (struct account_call){.call = call, .person = query->person, .year = (uint32_t)date_civil(on).year};
  account_read(service_of(call)->store, arena, query->person, ask->year, NULL, service_deadline(call), on_account, ask);
}
