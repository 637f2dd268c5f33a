#include "decode.h"

#include "field.h"
#include "must.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

struct field {
  const ProtobufCFieldDescriptor *type;
  uint64_t number;      /* a number's, or the length of `bytes` */
  const uint8_t *bytes; /* a string's or message's */
};

static uint64_t varint(const uint8_t **at) {
  uint64_t value = *(*at)++;
  if (value < 0x80) return value;
  value &= 0x7f;
  for (unsigned shift = 7;; shift += 7) {
    const uint64_t byte = *(*at)++;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

static struct field take(const ProtobufCMessageDescriptor *type, const uint8_t **at) {
  const uint64_t tag = varint(at);
  struct field field = {.type = decode_field(type, (uint32_t)(tag >> 3))};
  must(field.type != NULL);
  uint32_t little32;
  switch (tag & 7) {
  case PROTOBUF_C_WIRE_TYPE_VARINT: field.number = varint(at); break;
  case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
    field.number = varint(at);
    field.bytes = *at;
    *at += field.number;
    break;
  case PROTOBUF_C_WIRE_TYPE_32BIT:
    memcpy(&little32, *at, sizeof little32);
    field.number = le32toh(little32);
    *at += sizeof little32;
    break;
  default:
    memcpy(&field.number, *at, sizeof field.number);
    field.number = le64toh(field.number);
    *at += sizeof field.number;
  }
  return field;
}

/* False without memory. */
static bool store(const struct field *field, void *at, struct arena *arena) {
  const uint64_t number = field->number;
  switch (field->type->type) {
  case PROTOBUF_C_TYPE_STRING: {
    char *text = arena_try(arena, number + 1); /* zeroed */
    if (!text) return false;
    must(field->bytes != NULL); /* the look has seen to the wire type */
    memcpy(text, field->bytes, number);
    *(char **)at = text;
    return true;
  }
  case PROTOBUF_C_TYPE_MESSAGE: {
    ProtobufCMessage *message = message_decode(field->type->descriptor, field->bytes, field->bytes + number, arena);
    *(ProtobufCMessage **)at = message;
    return message != NULL;
  }
  case PROTOBUF_C_TYPE_SINT64: *(int64_t *)at = (int64_t)(number >> 1 ^ (0 - (number & 1))); return true;
  case PROTOBUF_C_TYPE_SINT32: {
    const uint32_t low = (uint32_t)number;
    *(int32_t *)at = (int32_t)(low >> 1 ^ (0 - (low & 1)));
    return true;
  }
  case PROTOBUF_C_TYPE_BOOL: *(protobuf_c_boolean *)at = number != 0; return true;
  default:
    if (field_value_size(field->type) == sizeof(int64_t))
      *(uint64_t *)at = number;
    else
      *(uint32_t *)at = (uint32_t)number;
    return true;
  }
}

ProtobufCMessage *message_decode(const ProtobufCMessageDescriptor *type, const uint8_t *at, const uint8_t *end,
                                 struct arena *arena) {
  ProtobufCMessage *message = message_new(type, arena);
  if (!message) return NULL;
  while (at < end) {
    const struct field field = take(type, &at);
    void *place = field_add(message, field.type, arena);
    if (!place || !store(&field, place, arena)) return NULL;
  }
  return message;
}
