#include "service_record.h"

#include "id.h"

struct record_call {
  struct bus_call *call;
  Yz__Code unknown;
};

static void on_read(void *context, const struct record *record) {
  const struct record_call *ask = context;
  if (record->result != STORE_OK)
    bus_refuse(ask->call, store_problem(bus_call_arena(ask->call), record->result, record->text));
  else if (!record->message)
    service_refuse(ask->call, ask->unknown, NULL, "nothing is recorded under this id");
  else
    bus_reply(ask->call, record->message);
}

void service_answer_record(struct bus_call *call, enum record_kind kind, const char *id, Yz__Code unknown) {
  struct arena *arena = bus_call_arena(call);
  if (!id_valid(id)) {
    service_refuse(call, YZ__CODE__INVALID, NULL, "an id is 1 to 64 letters, digits, '-', '_', '.'");
    return;
  }
  struct record_call *ask = arena_alloc(arena, sizeof *ask);
  *ask = (struct record_call){.call = call, .unknown = unknown};
  record_get(service_of(call)->store, arena, kind, id, service_deadline(call), on_read, ask);
}

static void refuse_stale(struct bus_call *call, uint64_t version) {
  Yz__Problem *problem = problem_new(bus_call_arena(call), YZ__CODE__STALE, "/version",
                                     "the record has version %llu now", (unsigned long long)version);
  problem->has_version = true;
  problem->version = version;
  bus_refuse(call, problem);
}

static void on_kept(void *context, const struct record *record) {
  struct bus_call *call = context;
  if (record->result != STORE_OK)
    bus_refuse(call, store_problem(bus_call_arena(call), record->result, record->text));
  else if (record->stale)
    refuse_stale(call, record->version);
  else
    bus_reply(call, record->message);
}

void service_keep_record(struct bus_call *call, enum record_kind kind, const ProtobufCMessage *message,
                         Yz__Problem *problem) {
  if (problem)
    bus_refuse(call, problem);
  else
    record_put(service_of(call)->store, bus_call_arena(call), kind, message, service_deadline(call), on_kept, call);
}
