/* clearing.h - what insured cities owe care cities: each settlement of remote care adds to the month's balances, each
 * cancel takes off. Cities are pooling areas: a district's care is its city's.
 *
 * The care city's agency pays its institutions; the insured city's owes it what the funds pay (domain: remote care and
 * clearing). */
#ifndef YZ_CLEARING_CLEARING_H
#define YZ_CLEARING_CLEARING_H

#include "service.h"

extern const struct service_program clearing_program;

void clearing_take(struct service *service, const struct journal_entry *entry);
void clearing_balances(struct bus_call *call, const ProtobufCMessage *request);

#endif
