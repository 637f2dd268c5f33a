/* field.h - reaching the members of a message by descriptor. */
#ifndef YZ_WIRE_FIELD_H
#define YZ_WIRE_FIELD_H

#include "arena.h"
#include "must.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

/* Number of values present: 0 or 1, or the length of a list. A required member is always present. */
size_t field_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);
/* The i-th value, i < field_count(): points to the int32_t, char *, ProtobufCMessage * .. itself. */
const void *field_value(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t i);
/* Bytes that one value takes in the message's struct. */
size_t field_value_size(const ProtobufCFieldDescriptor *field);
void *field_add_to_list(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, struct arena *arena);
/* Whether a value is a pointer, NULL when absent. */
static inline bool field_is_pointer(const ProtobufCFieldDescriptor *field) {
  return field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE;
}
/* Room for one more value, which counts as present from now on. NULL when the arena is exhausted. */
static inline void *field_add(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, struct arena *arena) {
  must(!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)); /* the contract has none */
  if (field->label == PROTOBUF_C_LABEL_REPEATED) return field_add_to_list(message, field, arena);
  if (field->label == PROTOBUF_C_LABEL_OPTIONAL && !field_is_pointer(field))
    *(protobuf_c_boolean *)((char *)message + field->quantifier_offset) = 1;
  return (char *)message + field->offset;
}
/* The enumeration's value, NULL when it has none such. Most have no gaps. */
static inline const ProtobufCEnumValue *field_enum_value(const ProtobufCEnumDescriptor *type, int value) {
  const unsigned at = (unsigned)value - (unsigned)type->values[0].value;
  if (at < type->n_values && type->values[at].value == value) return &type->values[at];
  return protobuf_c_enum_descriptor_get_value(type, value);
}
/* A new message with everything absent; NULL when the arena is exhausted. */
ProtobufCMessage *message_new(const ProtobufCMessageDescriptor *type, struct arena *arena);
/* The field of that name, or NULL. `name` needs no NUL behind it. */
const ProtobufCFieldDescriptor *field_find(const ProtobufCMessageDescriptor *type, const char *name, size_t n);

#endif
