#include "guard.h"

#include "bounds.h"
#include "date.h"
#include "decode.h"
#include "must.h"
#include "path.h"
#include "utf8.h"

#include <string.h>

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };
static const int64_t DAY_MS = INT64_C(86400000);

/* The look over the bytes, before anything is allocated. */
struct look {
  struct arena *arena;
  unsigned unknown;
  bool merges; /* a single message stands twice in its parent: protobuf merges them */
  Yz__Problem *problem;
};

/* What is left of the message that is looked at. */
struct rest {
  const uint8_t *at, *end;
};

static bool refuse(struct look *look, const struct path *path, const char *reason) {
  look->problem = path_refuse(look->arena, path, YZ__CODE__MALFORMED, "%s", reason);
  return false;
}

/* Tags and lengths may have 5 bytes, numbers 10. */
static bool varint_take(struct rest *rest, unsigned most_bytes, uint64_t *value) {
  *value = 0;
  for (unsigned shift = 0; shift < 7 * most_bytes && rest->at < rest->end; shift += 7) {
    const uint8_t byte = *rest->at++;
    *value |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80)) return shift < 63 || byte <= 1;
  }
  return false;
}

/* Takes the content of one field: a number, or `bytes`. */
static bool content_take(struct rest *rest, unsigned wire, uint64_t *number, struct rest *bytes) {
  const size_t left = (size_t)(rest->end - rest->at);
  *number = 0;
  if (wire == WIRE_VARINT) return varint_take(rest, 10, number);
  if (wire == WIRE_64 || wire == WIRE_32) {
    const size_t size = wire == WIRE_64 ? 8 : 4;
    if (left < size) return false;
    for (size_t i = 0; i < size; i++) *number |= (uint64_t)rest->at[i] << (8 * i); /* little-endian on the wire */
    rest->at += size;
    return true;
  }
  if (wire != WIRE_BYTES || !varint_take(rest, 5, number) || *number > (size_t)(rest->end - rest->at)) return false;
  *bytes = (struct rest){.at = rest->at, .end = rest->at + *number};
  rest->at = bytes->end;
  return true;
}

static unsigned wire_of(ProtobufCType type) {
  switch (type) {
  case PROTOBUF_C_TYPE_SFIXED32: return WIRE_32;
  case PROTOBUF_C_TYPE_SFIXED64:
  case PROTOBUF_C_TYPE_FIXED64: return WIRE_64;
  case PROTOBUF_C_TYPE_STRING:
  case PROTOBUF_C_TYPE_MESSAGE: return WIRE_BYTES;
  default: return WIRE_VARINT;
  }
}

/* Numbers that a reader of text would refuse too, and that printing relies on. */
static const char *number_wrong(const ProtobufCFieldDescriptor *field, uint64_t number) {
  switch (field->type) {
  case PROTOBUF_C_TYPE_ENUM:
    return number <= INT32_MAX && protobuf_c_enum_descriptor_get_value(field->descriptor, (int)number)
               ? NULL
               : "unknown value of the enumeration";
  case PROTOBUF_C_TYPE_SFIXED32:
    return (int32_t)(uint32_t)number >= DATE_MIN && (int32_t)(uint32_t)number <= DATE_MAX ? NULL
                                                                                          : "the date is out of range";
  case PROTOBUF_C_TYPE_SFIXED64:
    return (int64_t)number >= DATE_MIN * DAY_MS && (int64_t)number <= (DATE_MAX + 1) * DAY_MS
               ? NULL
               : "the instant is out of range";
  case PROTOBUF_C_TYPE_FIXED64: return number <= INT64_MAX ? NULL : "the quantity is out of range";
  default: return NULL;
  }
}

static bool message_look(struct look *look, const struct path *path, const ProtobufCMessageDescriptor *type,
                         struct rest rest, unsigned depth);

static bool content_look(struct look *look, const struct path *path, const ProtobufCFieldDescriptor *field,
                         uint64_t number, struct rest bytes, unsigned depth) {
  if (field->type == PROTOBUF_C_TYPE_MESSAGE) return message_look(look, path, field->descriptor, bytes, depth + 1);
  if (field->type == PROTOBUF_C_TYPE_STRING)
    return utf8_valid((const char *)bytes.at, (size_t)(bytes.end - bytes.at)) ||
           refuse(look, path, "the string is not UTF-8 without NUL");
  const char *wrong = number_wrong(field, number);
  return !wrong || refuse(look, path, wrong);
}

static bool required_there(struct look *look, const struct path *path, const ProtobufCMessageDescriptor *type,
                           uint64_t seen) {
  for (unsigned i = 0; i < type->n_fields; i++) {
    const ProtobufCFieldDescriptor *field = &type->fields[i];
    if (field->label != PROTOBUF_C_LABEL_REQUIRED || (seen & UINT64_C(1) << i)) continue;
    const struct path place = {.up = path, .name = field->name, .name_n = strlen(field->name)};
    return refuse(look, &place, "required member is missing");
  }
  return true;
}

static bool message_look(struct look *look, const struct path *path, const ProtobufCMessageDescriptor *type,
                         struct rest rest, unsigned depth) {
  must(type->n_fields <= 64);
  if (depth > GUARD_DEPTH) return refuse(look, path, "nested too deep");
  uint64_t seen = 0;
  while (rest.at < rest.end) {
    uint64_t tag, number;
    struct rest bytes = {0};
    if (!varint_take(&rest, 5, &tag) || tag >> 3 == 0 || tag > UINT32_MAX ||
        !content_take(&rest, (unsigned)tag & 7, &number, &bytes))
      return refuse(look, path, "not protobuf, or cut short");
    const ProtobufCFieldDescriptor *field = decode_field(type, (uint32_t)(tag >> 3));
    if (!field) {
      if (++look->unknown > GUARD_UNKNOWN_FIELDS) return refuse(look, path, "too many unknown fields");
      continue;
    }
    const struct path place = {.up = path, .name = field->name, .name_n = PATH_NAME};
    if (wire_of(field->type) != (tag & 7)) return refuse(look, &place, "wrong wire type");
    if (!content_look(look, &place, field, number, bytes, depth)) return false;
    const uint64_t bit = UINT64_C(1) << (field - type->fields);
    look->merges = look->merges || ((seen & bit) && field->type == PROTOBUF_C_TYPE_MESSAGE &&
                                    field->label != PROTOBUF_C_LABEL_REPEATED);
    seen |= bit;
  }
  return required_there(look, path, type, seen);
}

void *message_unpack(const ProtobufCMessageDescriptor *type, const void *bytes, size_t n, struct arena *arena,
                     Yz__Problem **problem) {
  struct look look = {.arena = arena};
  *problem = NULL;
  if (n > LIMIT_FRAME) {
    *problem = path_refuse(arena, NULL, YZ__CODE__TOO_LARGE, "%zu bytes, more than the %d allowed", n, LIMIT_FRAME);
    return NULL;
  }
  const uint8_t *start = n > 0 ? bytes : (const void *)"";
  const struct rest all = {.at = start, .end = start + n};
  if (!message_look(&look, NULL, type, all, 0)) {
    *problem = look.problem;
    return NULL;
  }
  void *message = look.merges || look.unknown > 0 ? protobuf_c_message_unpack(type, &arena->pb, n, start)
                                                  : (void *)message_decode(type, start, start + n, arena);
  if (!message) *problem = path_no_memory(arena, NULL); /* the look left no other reason */
  return message;
}
