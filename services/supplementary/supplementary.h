/* supplementary.h - commercial contracts (惠民保) and their ladder.
 *
 * The handlers of proto/services.proto, service Supplementary. */
#ifndef YZ_SUPPLEMENTARY_SUPPLEMENTARY_H
#define YZ_SUPPLEMENTARY_SUPPLEMENTARY_H

#include "service.h"

extern const struct service_program supplementary_program;

/* contracts_of.c: contracts of a person with the family's counters */
void supplementary_contracts(struct bus_call *call, const ProtobufCMessage *request);
void supplementary_of_person(struct bus_call *call, const ProtobufCMessage *request);
/* supplement.c */
void supplementary_supplement(struct bus_call *call, const ProtobufCMessage *request);
/* contracts.c */
void supplementary_put_contract(struct bus_call *call, const ProtobufCMessage *request);
void supplementary_get_contract(struct bus_call *call, const ProtobufCMessage *request);
/* family_care.c: what a process that died left between a person's account and a contract is settled either way */
/* Looks through one part of all buckets; the next with the next call. */
enum { SUPPLEMENTARY_SWEEPS = 16 };
void supplementary_sweep(struct service *service);

#endif
