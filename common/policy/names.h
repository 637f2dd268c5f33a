/* names.h - what the values of the contract's enumerations are called in Chinese and English, for slips, tables and
 * messages. One table per enumeration; a test holds that every value has both names. */
#ifndef YZ_POLICY_NAMES_H
#define YZ_POLICY_NAMES_H

#include <protobuf-c/protobuf-c.h>

struct name {
  const char *zh, *en;
};

/* Name of a value: name_of(&yz__payer__descriptor, YZ__PAYER__CASH) is {"个人现金", "cash"}. A value that the
 * enumeration does not have is {"未知", "unknown"}; never NULL. Knows every enumeration of base.proto and policy.proto,
 * and BasePart.Kind and Settlement.Status of settlement.proto. */
struct name name_of(const ProtobufCEnumDescriptor *type, int value);

#endif
