/* yaml_names.h - values as they are written in a pack, for messages that can be copied back into one. */
#ifndef YZ_POLICY_YAML_NAMES_H
#define YZ_POLICY_YAML_NAMES_H

#include <protobuf-c/protobuf-c.h>

/* Name of an enumeration's value as YAML has it: "long_term_care". Returns `name`. */
char *yaml_name(const ProtobufCEnumDescriptor *type, int value, char name[64]);

#endif
