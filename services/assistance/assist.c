#include "assistance.h"

#include "service_tier.h"

void assistance_assist(struct bus_call *call, const ProtobufCMessage *request) {
  service_run_tiers(call, request, YZ__SERVICE__ASSISTANCE);
}
