/* guard.h - protobuf from outside the process, unpacked into an arena.
 *
 * protobuf-c has no recursion limit, no UTF-8 check, cuts strings silently at NUL, keeps any number of unknown fields
 * and lets enums be any integer. This refuses all of these, dates and quantities that no text could have brought, and
 * lists that are packed (the contract has none); what memory a frame can ask for is the arena's ceiling. */
#ifndef YZ_WIRE_GUARD_H
#define YZ_WIRE_GUARD_H

#include "packed.h" /* who unpacks mostly packs too */
#include "problem.h"

#include <protobuf-c/protobuf-c.h>

enum {
  GUARD_UNKNOWN_FIELDS = 16, /* of a whole message: what a newer release may add while both run */
  GUARD_DEPTH = 16,          /* the deepest message of the contract, a policy pack's conditions, needs 7 */
};

/* Unpacks at most LIMIT_FRAME bytes into the arena; NULL and *problem set (MALFORMED, TOO_LARGE) when refused.
 *
 *   Yz__SettlementDraft *draft = message_unpack(&yz__settlement_draft__descriptor, bytes, n, arena, &problem); */
void *message_unpack(const ProtobufCMessageDescriptor *type, const void *bytes, size_t n, struct arena *arena,
                     Yz__Problem **problem);

/* The content of the only text or message `member` at the top of a packed message of `type`, within its bytes; NULL
 * when there is none, or more than one. What is in it is as unread as it was. */
const uint8_t *message_part(const ProtobufCMessageDescriptor *type, const char *member, const void *bytes, size_t n,
                            size_t *n_part);

#endif
