/* field.h - reaching the members of a message by descriptor. */
#ifndef YZ_WIRE_FIELD_H
#define YZ_WIRE_FIELD_H

#include "arena.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

/* Number of values present: 0 or 1, or the length of a list. A required member is always present. */
size_t field_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);
/* The i-th value, i < field_count(): points to the int32_t, char *, ProtobufCMessage * .. itself. */
const void *field_value(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t i);
/* Bytes that one value takes in the message's struct. */
size_t field_value_size(const ProtobufCFieldDescriptor *field);
/* Room for one more value, which counts as present from now on. NULL when the arena is exhausted. */
void *field_add(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, struct arena *arena);
/* A new message with everything absent; NULL when the arena is exhausted. */
ProtobufCMessage *message_new(const ProtobufCMessageDescriptor *type, struct arena *arena);
/* The field of that name, or NULL. `name` needs no NUL behind it. */
const ProtobufCFieldDescriptor *field_find(const ProtobufCMessageDescriptor *type, const char *name, size_t n);

#endif
