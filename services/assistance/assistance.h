/* assistance.h - medical assistance, re-assistance and assistance on application.
 *
 * The handlers of proto/services.proto, service Assistance. */
#ifndef YZ_ASSISTANCE_ASSISTANCE_H
#define YZ_ASSISTANCE_ASSISTANCE_H

#include "service.h"

extern const struct service_program assistance_program;

void assistance_assist(struct bus_call *call, const ProtobufCMessage *request);
void assistance_summary(struct bus_call *call, const ProtobufCMessage *request);

#endif
