/* adjudication.h - catalogue split, basic, large-amount and critical illness; encounters; read, explain, cancel.
 *
 * The handlers of proto/services.proto, service Adjudication, one file per noun. */
#ifndef YZ_ADJUDICATION_ADJUDICATION_H
#define YZ_ADJUDICATION_ADJUDICATION_H

#include "service.h"

extern const struct service_program adjudication_program;

/* adjudicate.c */
void adjudication_adjudicate(struct bus_call *call, const ProtobufCMessage *request);
/* settlements.c */
void adjudication_read(struct bus_call *call, const ProtobufCMessage *request);
void adjudication_explain(struct bus_call *call, const ProtobufCMessage *request);
void adjudication_settlements(struct bus_call *call, const ProtobufCMessage *request);
/* cancel.c */
void adjudication_cancel(struct bus_call *call, const ProtobufCMessage *request);
/* encounters.c */
void adjudication_open_encounter(struct bus_call *call, const ProtobufCMessage *request);
void adjudication_add_lines(struct bus_call *call, const ProtobufCMessage *request);
void adjudication_get_encounter(struct bus_call *call, const ProtobufCMessage *request);

#endif
