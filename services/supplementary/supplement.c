#include "service_tier.h"
#include "supplementary.h"

void supplementary_supplement(struct bus_call *call, const ProtobufCMessage *request) {
  service_run_tiers(call, request, YZ__SERVICE__SUPPLEMENTARY);
}
