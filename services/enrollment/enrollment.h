/* enrollment.h - who is this on that day: persons, institutions, entitlement.
 *
 * The handlers of proto/services.proto, service Enrollment, one file per noun. */
#ifndef YZ_ENROLLMENT_ENROLLMENT_H
#define YZ_ENROLLMENT_ENROLLMENT_H

#include "service.h"

extern const struct service_program enrollment_program;

/* resolve.c: bill in; entitlement, counters, version, settlement id and an earlier settlement of the same key out. */
void enrollment_resolve(struct bus_call *call, const ProtobufCMessage *request);

/* persons.c */
void enrollment_put_person(struct bus_call *call, const ProtobufCMessage *request);
void enrollment_get_person(struct bus_call *call, const ProtobufCMessage *request);
void enrollment_account(struct bus_call *call, const ProtobufCMessage *request);

/* institutions.c */
void enrollment_put_institution(struct bus_call *call, const ProtobufCMessage *request);
void enrollment_get_institution(struct bus_call *call, const ProtobufCMessage *request);

#endif
