/* names.h - what the values of the contract's enumerations are called in Chinese and English, for slips, tables and
 * messages. One table per enumeration; a test holds that every value has both names. */
#ifndef YZ_POLICY_NAMES_H
#define YZ_POLICY_NAMES_H

#include <protobuf-c/protobuf-c.h>

struct name {
  const char *zh, *en;
};

/* Names of `value` of the enumeration: name_of(&yz__tier__descriptor, tier)->zh. Never NULL; a value outside the
 * enumeration is called "?" in both languages. Knows every enumeration of base.proto and policy.proto, and
 * BasePart.Kind and Settlement.Status of settlement.proto. */
const struct name *name_of(const ProtobufCEnumDescriptor *type, int value);

#endif
