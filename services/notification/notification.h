/* notification.h - each settlement and each cancel becomes a message to the person, in plain words.
 *
 * The journal brings the facts, at least once; the outbox takes each journal entry once. Channels (text message, app)
 * read the outbox. */
#ifndef YZ_NOTIFICATION_NOTIFICATION_H
#define YZ_NOTIFICATION_NOTIFICATION_H

#include "service.h"

void notification_take(struct service *service, const struct journal_entry *entry);
void notification_outbox(struct bus_call *call, const ProtobufCMessage *request);

#endif
