/* notification.h - each settlement and each cancel becomes a message to the person, in plain words.
 *
 * The journal brings the facts, at least once; the outbox takes each journal entry once. The words are made when
 * somebody reads: a person's messages are read far more seldom than they are settled for, and a text of some hundred
 * bytes for each settlement was a tenth of what one cost. Channels (text message, app) read the outbox. */
#ifndef YZ_NOTIFICATION_NOTIFICATION_H
#define YZ_NOTIFICATION_NOTIFICATION_H

#include "service.h"

extern const struct service_program notification_program;

void notification_take(struct service *service, const struct journal_entry *entry);
void notification_outbox(struct bus_call *call, const ProtobufCMessage *request);

#endif
