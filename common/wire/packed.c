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

enum { FIRST_BYTES = 64 * 1024, VARINT_MAX = 10, TAG_MAX = 5 };

static void grow(struct out *out, size_t n) {
  const size_t used = (size_t)(out->end - out->at), size = 2 * (size_t)(out->end - out->start) + n + FIRST_BYTES;
  uint8_t *start = malloc(size);
  must(start != NULL);
  if (used) memcpy(start + size - used, out->at, used);
  free(out->start);
  *out = (struct out){.start = start, .at = start + size - used, .end = start + size};
}

/* Whoever puts something makes room first, once for a value with its length and tag; then puts it before `at`. */
static inline void room(struct out *out, size_t n) {
  if ((size_t)(out->at - out->start) < n) grow(out, n);
}

static inline uint8_t *put(uint8_t *at, const void *bytes, size_t n) {
  return n ? memcpy(at - n, bytes, n) : at;
}

static inline uint8_t *put_varint(uint8_t *at, uint64_t value) {
  if (value <= 0x7f) {
    *--at = (uint8_t)value;
    return at;
  }
  const unsigned bits = 64 - (unsigned)__builtin_clzll(value);
  uint8_t *const first = at - (bits + 6) / 7;
  for (at = first; value > 0x7f; value >>= 7) *at++ = (uint8_t)(value | 0x80);
  *at = (uint8_t)value;
  return first;
}

static inline uint8_t *put_tag(uint8_t *at, uint32_t id, ProtobufCWireType wire) {
  return put_varint(at, (uint64_t)id << 3 | wire);
}

static uint64_t zigzag(int64_t value) {
  return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

static void put_message(struct out *out, const ProtobufCMessage *message);

static void put_text(struct out *out, uint32_t id, const char *text) {
  const size_t n = text ? strlen(text) : 0;
  room(out, n + VARINT_MAX + TAG_MAX);
  out->at = put_tag(put_varint(put(out->at, text, n), n), id, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
}

static void put_inner(struct out *out, uint32_t id, const ProtobufCMessage *message) {
  const size_t behind = (size_t)(out->end - out->at);
  if (message) put_message(out, message);
  room(out, VARINT_MAX + TAG_MAX);
  const size_t n = (size_t)(out->end - out->at) - behind;
  out->at = put_tag(put_varint(out->at, n), id, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
}

static uint64_t number_of(const ProtobufCFieldDescriptor *field, const void *at) {
  switch (field->type) {
  case PROTOBUF_C_TYPE_SINT64: return zigzag(*(const int64_t *)at);
  case PROTOBUF_C_TYPE_SINT32: return zigzag(*(const int32_t *)at);
  case PROTOBUF_C_TYPE_UINT32: return *(const uint32_t *)at;
  case PROTOBUF_C_TYPE_ENUM:
  case PROTOBUF_C_TYPE_INT32: return (uint64_t)(int64_t) * (const int32_t *)at;
  case PROTOBUF_C_TYPE_INT64:
  case PROTOBUF_C_TYPE_UINT64: return *(const uint64_t *)at;
  default:
    must(field->type == PROTOBUF_C_TYPE_BOOL); /* the contract uses no other */
    return *(const protobuf_c_boolean *)at ? 1 : 0;
  }
}

static void put_value(struct out *out, const ProtobufCFieldDescriptor *field, const void *at) {
  if (field->type == PROTOBUF_C_TYPE_STRING) {
    put_text(out, field->id, *(char *const *)at);
    return;
  }
  if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
    put_inner(out, field->id, *(ProtobufCMessage *const *)at);
    return;
  }
  room(out, VARINT_MAX + TAG_MAX);
  if (field->type == PROTOBUF_C_TYPE_FIXED32 || field->type == PROTOBUF_C_TYPE_SFIXED32) {
    const uint32_t little = htole32(*(const uint32_t *)at);
    out->at = put_tag(put(out->at, &little, sizeof little), field->id, PROTOBUF_C_WIRE_TYPE_32BIT);
  } else if (field->type == PROTOBUF_C_TYPE_FIXED64 || field->type == PROTOBUF_C_TYPE_SFIXED64) {
    const uint64_t little = htole64(*(const uint64_t *)at);
    out->at = put_tag(put(out->at, &little, sizeof little), field->id, PROTOBUF_C_WIRE_TYPE_64BIT);
  } else {
    out->at = put_tag(put_varint(out->at, number_of(field, at)), field->id, PROTOBUF_C_WIRE_TYPE_VARINT);
  }
}

static bool is_there(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, const void *at) {
  if (field->label == PROTOBUF_C_LABEL_REQUIRED) return true;
  if (field_is_pointer(field)) {
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
    room(out, unknown->len + TAG_MAX);
    out->at = put_tag(put(out->at, unknown->data, unknown->len), unknown->tag, unknown->wire_type);
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
  room(out, n_bytes + VARINT_MAX + TAG_MAX);
  out->at = put_varint(put(out->at, bytes, n_bytes), n_bytes);
  out->at = put_tag(out->at, field->id, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
  return out_taken(out, n);
}

uint8_t *message_pack(const ProtobufCMessage *message, struct arena *arena, size_t *n) {
  const uint8_t *packed = message_packed(message, n);
  uint8_t *bytes = arena_raw(arena, *n > 0 ? *n : 1);
  must(bytes != NULL);
  if (*n) memcpy(bytes, packed, *n);
  return bytes;
}
