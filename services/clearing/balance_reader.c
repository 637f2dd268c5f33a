#include "clearing.h"

#include "balance.h"
#include "services.pb-c.h"

static void on_balances(void *context, const struct balances *balances) {
  struct bus_call *call = context;
  if (balances->result != STORE_OK)
    bus_refuse(call, store_problem(bus_call_arena(call), balances->result, balances->text));
  else
    bus_reply(call, &balances->balances->base);
}

void clearing_balances(struct bus_call *call, const ProtobufCMessage *request) {
  const uint32_t month = ((const Yz__ClearingQuery *)request)->month;
  if (month < 199001 || month > 219912 || month % 100 < 1 || month % 100 > 12)
    service_refuse(call, YZ__CODE__INVALID, "/month", "a month is yyyymm, such as 202305");
  else
    balance_read(service_of(call)->store, bus_call_arena(call), month, service_deadline(call), on_balances, call);
}
