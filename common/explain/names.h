/* names.h - what people call the values of the contract's enumerations, in Chinese and English. */
#ifndef YZ_EXPLAIN_NAMES_H
#define YZ_EXPLAIN_NAMES_H

#include <protobuf-c/protobuf-c.h>

struct name {
  const char *zh, *en;
};

/* Name of a value: name_of(&yz__payer__descriptor, YZ__PAYER__CASH) is {"个人现金", "cash"}. A value that the
 * enumeration does not have is {"未知", "unknown"}. Never NULL. */
struct name name_of(const ProtobufCEnumDescriptor *type, int value);

#endif
