/* decode.h - the bytes of a message into its struct, after the guard has looked at them. For this library.
 *
 * protobuf-c would look at all of it once more, and asks for each piece of memory through a pointer. */
#ifndef YZ_WIRE_DECODE_H
#define YZ_WIRE_DECODE_H

#include "arena.h"

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

/* The bytes must be a message of `type` as the look lets it pass, without unknown fields, and with no member twice that
 * is a single message (protobuf would merge the two). The same struct as protobuf-c makes; NULL without memory. */
ProtobufCMessage *message_decode(const ProtobufCMessageDescriptor *type, const uint8_t *at, const uint8_t *end,
                                 struct arena *arena);

/* As protobuf_c_message_descriptor_get_field, at once where the fields are numbered from 1 on. */
static inline const ProtobufCFieldDescriptor *decode_field(const ProtobufCMessageDescriptor *type, uint32_t id) {
  if (id - 1 < type->n_fields && type->fields[id - 1].id == id) return &type->fields[id - 1];
  return protobuf_c_message_descriptor_get_field(type, id);
}

#endif
