#include "field.h"

#include "must.h"

#include <string.h>

size_t field_value_size(const ProtobufCFieldDescriptor *field) {
  switch (field->type) {
  case PROTOBUF_C_TYPE_INT32:
  case PROTOBUF_C_TYPE_SINT32:
  case PROTOBUF_C_TYPE_SFIXED32:
  case PROTOBUF_C_TYPE_UINT32:
  case PROTOBUF_C_TYPE_ENUM: return sizeof(int32_t);
  case PROTOBUF_C_TYPE_BOOL: return sizeof(protobuf_c_boolean);
  case PROTOBUF_C_TYPE_INT64:
  case PROTOBUF_C_TYPE_SINT64:
  case PROTOBUF_C_TYPE_SFIXED64:
  case PROTOBUF_C_TYPE_UINT64:
  case PROTOBUF_C_TYPE_FIXED64: return sizeof(int64_t);
  case PROTOBUF_C_TYPE_STRING:
  case PROTOBUF_C_TYPE_MESSAGE: return sizeof(void *);
  default: must_fail("a type that base.proto gives no meaning", __FILE__, __LINE__);
  }
}

static const void *member(const ProtobufCMessage *message, unsigned offset) {
  return (const char *)message + offset;
}

size_t field_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field) {
  if (field->label == PROTOBUF_C_LABEL_REPEATED) return *(const size_t *)member(message, field->quantifier_offset);
  if (field->label == PROTOBUF_C_LABEL_REQUIRED) return 1;
  if (field_is_pointer(field)) return *(void *const *)member(message, field->offset) != NULL;
  return *(const protobuf_c_boolean *)member(message, field->quantifier_offset) ? 1 : 0;
}

const void *field_value(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t i) {
  const void *at = member(message, field->offset);
  if (field->label != PROTOBUF_C_LABEL_REPEATED) return at;
  return *(const char *const *)at + i * field_value_size(field);
}

/* A list grows when its length is 0 or a power of two from 4 on, so its capacity need not be stored. */
void *field_add_to_list(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, struct arena *arena) {
  size_t *n = (size_t *)((char *)message + field->quantifier_offset);
  char **list = (char **)((char *)message + field->offset);
  const size_t size = field_value_size(field);
  if (*n == 0 || (*n >= 4 && (*n & (*n - 1)) == 0)) {
    char *longer = arena_try(arena, (*n ? *n * 2 : 4) * size);
    if (!longer) return NULL;
    if (*n > 0) memcpy(longer, *list, *n * size);
    *list = longer;
  }
  return *list + (*n)++ * size;
}

ProtobufCMessage *message_new(const ProtobufCMessageDescriptor *type, struct arena *arena) {
  ProtobufCMessage *message = arena_raw(arena, type->sizeof_message);
  if (message) type->message_init(message);
  return message;
}

const ProtobufCFieldDescriptor *field_find(const ProtobufCMessageDescriptor *type, const char *name, size_t n) {
  unsigned low = 0, high = type->n_fields;
  while (low < high) {
    const unsigned middle = (low + high) / 2;
    const ProtobufCFieldDescriptor *field = &type->fields[type->fields_sorted_by_name[middle]];
    int order = strncmp(name, field->name, n);
    if (order == 0 && field->name[n] != '\0') order = -1;
    if (order == 0) return field;
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return NULL;
}
