#include "enrollment.h"

#include "record_check.h"
#include "service_record.h"
#include "services.pb-c.h"

void enrollment_put_institution(struct bus_call *call, const ProtobufCMessage *request) {
  const Yz__Institution *institution = (const Yz__Institution *)request;
  service_keep_record(call, RECORD_INSTITUTION, request, institution_check(institution, bus_call_arena(call)));
}

void enrollment_get_institution(struct bus_call *call, const ProtobufCMessage *request) {
  service_answer_record(call, RECORD_INSTITUTION, ((const Yz__Id *)request)->id, YZ__CODE__UNKNOWN_INSTITUTION);
}
