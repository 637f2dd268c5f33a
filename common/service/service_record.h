/* service_record.h - calls that read or write one record and answer with it. */
#ifndef YZ_SERVICE_SERVICE_RECORD_H
#define YZ_SERVICE_SERVICE_RECORD_H

#include "record.h"
#include "service.h"

/* Answers with the record of that id, or refuses with `unknown` when there is none (INVALID when the id is none). */
void service_answer_record(struct bus_call *call, enum record_kind kind, const char *id, Yz__Code unknown);
/* Writes the record and answers with it and its new version; refuses `problem` when that is not NULL, and STALE, with
 * the stored version, when that is not the one that the sender read, or there is one and he names none (record_put). */
void service_keep_record(struct bus_call *call, enum record_kind kind, const ProtobufCMessage *message,
                         Yz__Problem *problem);

#endif
