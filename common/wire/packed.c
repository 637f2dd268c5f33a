#include "packed.h"

#include "field.h"
#include "must.h"

#include <endian.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Filled from its end: what is written lies from `at` to `end`. */
struct out {
  uint8_t *start, *at, *end;
};

enum { FIRST_BYTES = 64 * 1024, VARINT_MAX = 10 };

static void grow(struct out *out, size_t n) {
  const size_t used = (size_t)(out->end - out->at), size = 2 * (size_t)(out->end - out->start) + n + FIRST_BYTES;
  uint8_t *start = malloc(size);
  must(start != NULL);
  if (used) memcpy(start + size - used, out->at, used);
  free(out->start);
  *out = (struct out){.start = start, .at = start + size - used, .end = start + size};
}

static inline uint8_t *room(struct out *out, size_t n) {
  if ((size_t)(out->at - out->start) < n) grow(out, n);
  return out->at -= n;
}

static inline void put(struct out *out, const void *bytes, size_t n) {
  if (n) memcpy(room(out, n), bytes, n);
}

static inline void put_varint(struct out *out, uint64_t value) {
  if (value <= 0x7f) {
    *room(out, 1) = (uint8_t)value;
    return;
  }
  uint8_t bytes[VARINT_MAX];
  size_t n = 0;
  while (value > 0x7f) {
    bytes[n++] = (uint8_t)(value | 0x80);
    value >>= 7;
  }
  bytes[n++] = (uint8_t)value;
  put(out, bytes, n);
}

static void put_tag(struct out *out, uint32_t id, ProtobufCWireType wire) {
  put_varint(out, (uint64_t)id << 3 | wire);
}

static uint64_t zigzag(int64_t value) {
  return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

static void put_message(struct out *out, const ProtobufCMessage *message);

static void put_value(struct out *out, const ProtobufCFieldDescriptor *field, const void *at) {
  ProtobufCWireType wire = PROTOBUF_C_WIRE_TYPE_VARINT;
  const size_t behind = (size_t)(out->end - out->at);
  switch (field->type) {
  case PROTOBUF_C_TYPE_SINT32: put_varint(out, zigzag(*(const int32_t *)at)); break;
  case PROTOBUF_C_TYPE_SINT64: put_varint(out, zigzag(*(const int64_t *)at)); break;
  case PROTOBUF_C_TYPE_UINT32: put_varint(out, *(const uint32_t *)at); break;
  case PROTOBUF_C_TYPE_ENUM:
  case PROTOBUF_C_TYPE_INT32: put_varint(out, (uint64_t)(int64_t) * (const int32_t *)at); break;
  case PROTOBUF_C_TYPE_INT64:
  case PROTOBUF_C_TYPE_UINT64: put_varint(out, *(const uint64_t *)at); break;
  case PROTOBUF_C_TYPE_BOOL: put_varint(out, *(const protobuf_c_boolean *)at ? 1 : 0); break;
  case PROTOBUF_C_TYPE_FIXED32:
  case PROTOBUF_C_TYPE_SFIXED32: {
    const uint32_t little = htole32(*(const uint32_t *)at);
    put(out, &little, sizeof little);
    wire = PROTOBUF_C_WIRE_TYPE_32BIT;
    break;
  }
  case PROTOBUF_C_TYPE_FIXED64:
  case PROTOBUF_C_TYPE_SFIXED64: {
    const uint64_t little = htole64(*(const uint64_t *)at);
    put(out, &little, sizeof little);
    wire = PROTOBUF_C_WIRE_TYPE_64BIT;
    break;
  }
  case PROTOBUF_C_TYPE_STRING: {
    const char *text = *(char *const *)at;
    const size_t n = text ? strlen(text) : 0;
    put(out, text, n);
    put_varint(out, n);
    wire = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
    break;
  }
  case PROTOBUF_C_TYPE_MESSAGE:
    if (*(ProtobufCMessage *const *)at) put_message(out, *(ProtobufCMessage *const *)at);
    put_varint(out, (size_t)(out->end - out->at) - behind);
    wire = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
    break;
  default: must(field->type == PROTOBUF_C_TYPE_MESSAGE); /* the contract uses no other */
  }
  put_tag(out, field->id, wire);
}

static bool is_there(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, const void *at) {
  if (field->label == PROTOBUF_C_LABEL_REQUIRED) return true;
  if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE) {
    const void *value = *(void *const *)at;
    return value && value != field->default_value;
  }
  return *(const protobuf_c_boolean *)((const char *)message + field->quantifier_offset);
}

/* Last to first: what protobuf-c writes first comes out first. */
static void put_message(struct out *out, const ProtobufCMessage *message) {
  const ProtobufCMessageDescriptor *type = message->descriptor;
  for (unsigned i = message->n_unknown_fields; i-- > 0;) {
    const ProtobufCMessageUnknownField *unknown = &message->unknown_fields[i];
    put(out, unknown->data, unknown->len);
    put_tag(out, unknown->tag, unknown->wire_type);
  }
  for (unsigned i = type->n_fields; i-- > 0;) {
    const ProtobufCFieldDescriptor *field = &type->fields[i];
    const void *at = (const char *)message + field->offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
      const size_t size = field_value_size(field);
      const char *values = *(char *const *)at;
      for (size_t k = *(const size_t *)((const char *)message + field->quantifier_offset); k-- > 0;)
        put_value(out, field, values + k * size);
    } else if (is_there(message, field, at)) {
      put_value(out, field, at);
    }
  }
}

enum place { MAIN, BESIDE, PLACES };

static struct out *out_empty(enum place place) {
  static _Thread_local struct out outs[PLACES];
  struct out *out = &outs[place];
  if (!out->start) grow(out, 0); /* an empty message has an address too */
  out->at = out->end;
  return out;
}

static const uint8_t *out_taken(const struct out *out, size_t *n) {
  *n = (size_t)(out->end - out->at);
  return out->at;
}

static const uint8_t *packed_at(enum place place, const ProtobufCMessage *message, size_t *n) {
  struct out *out = out_empty(place);
  put_message(out, message);
  return out_taken(out, n);
}

const uint8_t *message_packed(const ProtobufCMessage *message, size_t *n) {
  return packed_at(MAIN, message, n);
}

const uint8_t *message_packed_beside(const ProtobufCMessage *message, size_t *n) {
  return packed_at(BESIDE, message, n);
}

const uint8_t *message_packed_around(const ProtobufCMessageDescriptor *type, const char *member, const void *bytes,
                                     size_t n_bytes, size_t *n) {
  const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(type, member);
  must(field != NULL && field->type == PROTOBUF_C_TYPE_MESSAGE);
  struct out *out = out_empty(MAIN);
  put(out, bytes, n_bytes);
  put_varint(out, n_bytes);
  put_tag(out, field->id, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
  return out_taken(out, n);
}

uint8_t *message_pack(const ProtobufCMessage *message, struct arena *arena, size_t *n) {
  const uint8_t *packed = message_packed(message, n);
  uint8_t *bytes = arena_raw(arena, *n > 0 ? *n : 1);
  must(bytes != NULL);
  if (*n) memcpy(bytes, packed, *n);
  return bytes;
}
