#include "calls.h"

#include "broker.h"
#include "must.h"
#include "services.pb-c.h"

#include <stddef.h>

/* Records that are guarded by a version are asked for once: the second asking of a change that was made already would
 * be told that the record is stale. */
static const struct {
  Yz__Service service;
  const char *service_name, *name;
  const ProtobufCServiceDescriptor *descriptor;
  const char *method;
  unsigned flags;
} rows[CALLS] = {
#define ROW(call, number, Service, lower, Method, flags)                                                               \
  [call] = {YZ__SERVICE__##number, #lower, #Service "." #Method, &yz__##lower##__descriptor, #Method, flags}
    ROW(CALL_RESOLVE, ENROLLMENT, Enrollment, enrollment, Resolve, 0),
    ROW(CALL_PUT_PERSON, ENROLLMENT, Enrollment, enrollment, PutPerson, BUS_ASK_ONCE),
    ROW(CALL_GET_PERSON, ENROLLMENT, Enrollment, enrollment, GetPerson, 0),
    ROW(CALL_ACCOUNT, ENROLLMENT, Enrollment, enrollment, Account, 0),
    ROW(CALL_PUT_INSTITUTION, ENROLLMENT, Enrollment, enrollment, PutInstitution, BUS_ASK_ONCE),
    ROW(CALL_GET_INSTITUTION, ENROLLMENT, Enrollment, enrollment, GetInstitution, 0),
    ROW(CALL_ADJUDICATE, ADJUDICATION, Adjudication, adjudication, Adjudicate, 0),
    ROW(CALL_COMMIT, ADJUDICATION, Adjudication, adjudication, Commit, 0),
    ROW(CALL_FINISH, ADJUDICATION, Adjudication, adjudication, Finish, 0),
    ROW(CALL_READ, ADJUDICATION, Adjudication, adjudication, Read, 0),
    ROW(CALL_EXPLAIN, ADJUDICATION, Adjudication, adjudication, Explain, 0),
    ROW(CALL_CANCEL, ADJUDICATION, Adjudication, adjudication, Cancel, 0),
    ROW(CALL_OPEN_ENCOUNTER, ADJUDICATION, Adjudication, adjudication, OpenEncounter, 0),
    ROW(CALL_ADD_LINES, ADJUDICATION, Adjudication, adjudication, AddLines, 0),
    ROW(CALL_GET_ENCOUNTER, ADJUDICATION, Adjudication, adjudication, GetEncounter, 0),
    ROW(CALL_SETTLEMENTS, ADJUDICATION, Adjudication, adjudication, Settlements, 0),
    ROW(CALL_ASSIST, ASSISTANCE, Assistance, assistance, Assist, 0),
    ROW(CALL_SUMMARY, ASSISTANCE, Assistance, assistance, Summary, 0),
    ROW(CALL_CONTRACTS, SUPPLEMENTARY, Supplementary, supplementary, Contracts, 0),
    ROW(CALL_SUPPLEMENT, SUPPLEMENTARY, Supplementary, supplementary, Supplement, 0),
    ROW(CALL_PUT_CONTRACT, SUPPLEMENTARY, Supplementary, supplementary, PutContract, BUS_ASK_ONCE),
    ROW(CALL_GET_CONTRACT, SUPPLEMENTARY, Supplementary, supplementary, GetContract, 0),
    ROW(CALL_OF_PERSON, SUPPLEMENTARY, Supplementary, supplementary, OfPerson, 0),
    ROW(CALL_OUTBOX, NOTIFICATION, Notification, notification, Outbox, 0),
    ROW(CALL_BALANCES, CLEARING, Clearing, clearing, Balances, 0),
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
                             .route = bus_route_id(rows[call].descriptor, rows[call].method),
                             .flags = rows[call].flags};
  return info;
}
