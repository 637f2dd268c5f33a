#include "compare.h"

#include "field.h"
#include "must.h"
#include "path.h"

#include <string.h>

static bool differs(const ProtobufCMessage *a, const ProtobufCMessage *b, const struct path *path,
                    struct text *pointer);

static bool found(const struct path *path, struct text *pointer) {
  if (pointer) path_pointer(path, pointer);
  return true;
}

static bool strings_differ(const char *a, const char *b) {
  return strcmp(a ? a : "", b ? b : "") != 0; /* a required string that was not set travels as "" */
}

static bool values_differ(const ProtobufCFieldDescriptor *field, const void *a, const void *b, const struct path *path,
                          struct text *pointer) {
  switch (field->type) {
  case PROTOBUF_C_TYPE_MESSAGE:
    return differs(*(ProtobufCMessage *const *)a, *(ProtobufCMessage *const *)b, path, pointer);
  case PROTOBUF_C_TYPE_STRING: return strings_differ(*(char *const *)a, *(char *const *)b) && found(path, pointer);
  case PROTOBUF_C_TYPE_BOOL:
    return !*(const protobuf_c_boolean *)a != !*(const protobuf_c_boolean *)b && found(path, pointer);
  default: return memcmp(a, b, field_value_size(field)) != 0 && found(path, pointer);
  }
}

static bool lists_differ(const ProtobufCMessage *a, const ProtobufCMessage *b, const ProtobufCFieldDescriptor *field,
                         const struct path *path, struct text *pointer) {
  const size_t n_a = field_count(a, field), n_b = field_count(b, field), n = n_a < n_b ? n_a : n_b;
  for (size_t i = 0; i < n; i++) {
    const struct path place = {.up = path, .index = i};
    if (values_differ(field, field_value(a, field, i), field_value(b, field, i), &place, pointer)) return true;
  }
  const struct path place = {.up = path, .index = n};
  return n_a != n_b && found(&place, pointer);
}

static bool fields_differ(const ProtobufCMessage *a, const ProtobufCMessage *b, const ProtobufCFieldDescriptor *field,
                          const struct path *path, struct text *pointer) {
  if (field->label == PROTOBUF_C_LABEL_REPEATED) return lists_differ(a, b, field, path, pointer);
  const size_t there = field_count(a, field);
  if (there != field_count(b, field)) return found(path, pointer);
  return there > 0 && values_differ(field, field_value(a, field, 0), field_value(b, field, 0), path, pointer);
}

static bool differs(const ProtobufCMessage *a, const ProtobufCMessage *b, const struct path *path,
                    struct text *pointer) {
  for (unsigned i = 0; i < a->descriptor->n_fields; i++) {
    const ProtobufCFieldDescriptor *field = &a->descriptor->fields[i];
    const struct path place = {.up = path, .name = field->name, .name_n = strlen(field->name)};
    if (fields_differ(a, b, field, &place, pointer)) return true;
  }
  return false;
}

bool message_differs(const ProtobufCMessage *a, const ProtobufCMessage *b, struct text *pointer) {
  must(a->descriptor == b->descriptor);
  return differs(a, b, NULL, pointer);
}
