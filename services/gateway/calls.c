#include "calls.h"

#include "broker.h"
#include "must.h"
#include "services.pb-c.h"

#include <stddef.h>

static const struct {
  Yz__Service service;
  const char *service_name, *name;
  const ProtobufCServiceDescriptor *descriptor;
  const char *method;
} rows[CALLS] = {
#define ROW(call, number, Service, lower, Method)                                                                      \
  [call] = {YZ__SERVICE__##number, #lower, #Service "." #Method, &yz__##lower##__descriptor, #Method}
    ROW(CALL_RESOLVE, ENROLLMENT, Enrollment, enrollment, Resolve),
    ROW(CALL_PUT_PERSON, ENROLLMENT, Enrollment, enrollment, PutPerson),
    ROW(CALL_GET_PERSON, ENROLLMENT, Enrollment, enrollment, GetPerson),
    ROW(CALL_ACCOUNT, ENROLLMENT, Enrollment, enrollment, Account),
    ROW(CALL_PUT_INSTITUTION, ENROLLMENT, Enrollment, enrollment, PutInstitution),
    ROW(CALL_GET_INSTITUTION, ENROLLMENT, Enrollment, enrollment, GetInstitution),
    ROW(CALL_ADJUDICATE, ADJUDICATION, Adjudication, adjudication, Adjudicate),
    ROW(CALL_READ, ADJUDICATION, Adjudication, adjudication, Read),
    ROW(CALL_EXPLAIN, ADJUDICATION, Adjudication, adjudication, Explain),
    ROW(CALL_CANCEL, ADJUDICATION, Adjudication, adjudication, Cancel),
    ROW(CALL_OPEN_ENCOUNTER, ADJUDICATION, Adjudication, adjudication, OpenEncounter),
    ROW(CALL_ADD_LINES, ADJUDICATION, Adjudication, adjudication, AddLines),
    ROW(CALL_GET_ENCOUNTER, ADJUDICATION, Adjudication, adjudication, GetEncounter),
    ROW(CALL_SETTLEMENTS, ADJUDICATION, Adjudication, adjudication, Settlements),
    ROW(CALL_ASSIST, ASSISTANCE, Assistance, assistance, Assist),
    ROW(CALL_SUMMARY, ASSISTANCE, Assistance, assistance, Summary),
    ROW(CALL_CONTRACTS, SUPPLEMENTARY, Supplementary, supplementary, Contracts),
    ROW(CALL_SUPPLEMENT, SUPPLEMENTARY, Supplementary, supplementary, Supplement),
    ROW(CALL_PUT_CONTRACT, SUPPLEMENTARY, Supplementary, supplementary, PutContract),
    ROW(CALL_GET_CONTRACT, SUPPLEMENTARY, Supplementary, supplementary, GetContract),
    ROW(CALL_OF_PERSON, SUPPLEMENTARY, Supplementary, supplementary, OfPerson),
    ROW(CALL_OUTBOX, NOTIFICATION, Notification, notification, Outbox),
    ROW(CALL_BALANCES, CLEARING, Clearing, clearing, Balances),
#undef ROW
};

const struct call_info *call_info(enum call call) {
  static struct call_info infos[CALLS];
  must(call < CALLS);
  struct call_info *info = &infos[call];
  if (info->name) return info;
  const ProtobufCMethodDescriptor *method =
      protobuf_c_service_descriptor_get_method_by_name(rows[call].descriptor, rows[call].method);
  must(method != NULL);
  *info = (struct call_info){.service = rows[call].service,
                             .service_name = rows[call].service_name,
                             .name = rows[call].name,
                             .input = method->input,
                             .output = method->output,
                             .route = bus_route_id(rows[call].descriptor, rows[call].method)};
  return info;
}
