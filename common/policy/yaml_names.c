#include "yaml_names.h"

#include <ctype.h>
#include <stdio.h>

char *yaml_name(const ProtobufCEnumDescriptor *type, int value, char name[64]) {
  const ProtobufCEnumValue *known = protobuf_c_enum_descriptor_get_value(type, value);
  snprintf(name, 64, "%s", known ? known->name : "?");
  for (char *c = name; *c; c++) *c = (char)tolower((unsigned char)*c);
  return name;
}
