/* packed_read.h - protobuf's encoding, field by field: for what reads it into a message (guard.c) or prints it as it
 * comes (json_packed.c). Inline, because it is most of what both do. */
#ifndef YZ_WIRE_PACKED_READ_H
#define YZ_WIRE_PACKED_READ_H

#include "date.h"
#include "field.h"
#include "must.h"

#include <endian.h>
#include <protobuf-c/protobuf-c.h>
#include <string.h>

static const int64_t DAY_MS = INT64_C(86400000);
enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

/* What is left of a message. */
struct rest {
  const uint8_t *at, *end;
};

/* All of a message; `bytes` may be NULL when there are none. */
static inline struct rest rest_of(const void *bytes, size_t n) {
  const uint8_t *at = n > 0 ? bytes : (const void *)"";
  return (struct rest){at, at + n};
}

static inline bool long_varint_take(struct rest *rest, unsigned most_bytes, uint64_t *value) {
  *value = 0;
  for (unsigned shift = 0; shift < 7 * most_bytes && rest->at < rest->end; shift += 7) {
    const uint8_t byte = *rest->at++;
    *value |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80)) return shift < 63 || byte <= 1;
  }
  return false;
}

/* Tags and lengths may have 5 bytes, numbers 10; most have one. */
static inline bool varint_take(struct rest *rest, unsigned most_bytes, uint64_t *value) {
  if (rest->at == rest->end || *rest->at >= 0x80) return long_varint_take(rest, most_bytes, value);
  *value = *rest->at++;
  return true;
}

/* Takes the content of one field: a number, or `bytes`. */
static inline __attribute__((always_inline)) bool content_take(struct rest *rest, unsigned wire, uint64_t *number,
                                                               struct rest *bytes) {
  const size_t left = (size_t)(rest->end - rest->at);
  *number = 0;
  if (wire == WIRE_VARINT) return varint_take(rest, 10, number);
  if (wire == WIRE_64 || wire == WIRE_32) {
    const size_t size = wire == WIRE_64 ? 8 : 4;
    if (left < size) return false;
    memcpy(number, rest->at, size); /* little-endian on the wire */
    *number = le64toh(*number);
    rest->at += size;
    return true;
  }
  if (wire != WIRE_BYTES || !varint_take(rest, 5, number) || *number > (size_t)(rest->end - rest->at)) return false;
  *bytes = (struct rest){.at = rest->at, .end = rest->at + *number};
  rest->at = bytes->end;
  return true;
}

static inline unsigned wire_of(ProtobufCType type) {
  /* numbers that are none of these: WIRE_VARINT, which is 0 */
  static const unsigned char wires[] = {[PROTOBUF_C_TYPE_SFIXED32] = WIRE_32,
                                        [PROTOBUF_C_TYPE_SFIXED64] = WIRE_64,
                                        [PROTOBUF_C_TYPE_FIXED64] = WIRE_64,
                                        [PROTOBUF_C_TYPE_STRING] = WIRE_BYTES,
                                        [PROTOBUF_C_TYPE_MESSAGE] = WIRE_BYTES};
  return wires[type];
}

/* Puts a number into its place in a message's struct. NULL, or what is wrong with it: what a reader of text would
 * refuse too, and printing relies on. */
static inline const char *number_put(const ProtobufCFieldDescriptor *field, uint64_t number, void *at) {
  const uint32_t low = (uint32_t)number;
  switch (field->type) {
  case PROTOBUF_C_TYPE_SINT64: *(int64_t *)at = (int64_t)(number >> 1 ^ (0 - (number & 1))); return NULL;
  case PROTOBUF_C_TYPE_SINT32: *(int32_t *)at = (int32_t)(low >> 1 ^ (0 - (low & 1))); return NULL;
  case PROTOBUF_C_TYPE_BOOL: *(protobuf_c_boolean *)at = number != 0; return NULL;
  case PROTOBUF_C_TYPE_INT64:
  case PROTOBUF_C_TYPE_UINT64: *(uint64_t *)at = number; return NULL;
  case PROTOBUF_C_TYPE_FIXED64:
    if (number > INT64_MAX) return "the quantity is out of range";
    *(uint64_t *)at = number;
    return NULL;
  case PROTOBUF_C_TYPE_SFIXED64:
    if ((int64_t)number < DATE_MIN * DAY_MS || (int64_t)number > (DATE_MAX + 1) * DAY_MS)
      return "the instant is out of range";
    *(uint64_t *)at = number;
    return NULL;
  case PROTOBUF_C_TYPE_SFIXED32:
    if ((int32_t)low < DATE_MIN || (int32_t)low > DATE_MAX) return "the date is out of range";
    *(uint32_t *)at = low;
    return NULL;
  case PROTOBUF_C_TYPE_ENUM:
    if (number > INT32_MAX || !field_enum_value(field->descriptor, (int)number))
      return "unknown value of the enumeration";
    *(uint32_t *)at = low;
    return NULL;
  default:
    must(field->type == PROTOBUF_C_TYPE_INT32 || field->type == PROTOBUF_C_TYPE_UINT32);
    *(uint32_t *)at = low;
    return NULL;
  }
}

/* Fields are mostly numbered from 1 on without a gap. */
static inline const ProtobufCFieldDescriptor *field_numbered(const ProtobufCMessageDescriptor *type, uint32_t id) {
  if (id - 1 < type->n_fields && type->fields[id - 1].id == id) return &type->fields[id - 1];
  return protobuf_c_message_descriptor_get_field(type, id);
}

/* Takes one field: its tag (number and wire type), and its content. False when what comes is not protobuf, or cut
 * short.
 */
static inline __attribute__((always_inline)) bool field_take(struct rest *rest, uint64_t *tag, uint64_t *number,
                                                             struct rest *bytes) {
  return varint_take(rest, 5, tag) && *tag >> 3 != 0 && *tag <= UINT32_MAX &&
         content_take(rest, (unsigned)*tag & 7, number, bytes);
}

#endif
