/* calls.h - the calls that the gateway makes on the bus, one row each. */
#ifndef YZ_GATEWAY_CALLS_H
#define YZ_GATEWAY_CALLS_H

#include "base.pb-c.h"

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

enum call {
  CALL_RESOLVE,
  CALL_PUT_PERSON,
  CALL_GET_PERSON,
  CALL_ACCOUNT,
  CALL_PUT_INSTITUTION,
  CALL_GET_INSTITUTION,
  CALL_ADJUDICATE,
  CALL_READ,
  CALL_EXPLAIN,
  CALL_CANCEL,
  CALL_OPEN_ENCOUNTER,
  CALL_ADD_LINES,
  CALL_GET_ENCOUNTER,
  CALL_SETTLEMENTS,
  CALL_ASSIST,
  CALL_SUMMARY,
  CALL_CONTRACTS,
  CALL_SUPPLEMENT,
  CALL_PUT_CONTRACT,
  CALL_GET_CONTRACT,
  CALL_OF_PERSON,
  CALL_OUTBOX,
  CALL_BALANCES,
  CALLS
};

struct call_info {
  const char *service_name; /* "adjudication" */
  const char *name;         /* "Adjudication.Adjudicate" */
  const ProtobufCMessageDescriptor *input, *output;
  uint32_t route; /* on the bus */
  Yz__Service service;
};

/* Properties of a call. Stops the process when the .proto has no such method, which a test would see. */
const struct call_info *call_info(enum call call);

#endif
