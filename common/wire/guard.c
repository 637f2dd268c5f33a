#include "guard.h"

#include "bounds.h"
#include "date.h"
#include "field.h"
#include "must.h"
#include "path.h"
#include "utf8.h"

#include <string.h>

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };
static const int64_t DAY_MS = INT64_C(86400000);

struct reader {
  struct arena *arena;
  unsigned unknown;
  Yz__Problem *problem; /* the first refusal; nothing is read after it */
};

/* What is left of a message. */
struct rest {
  const uint8_t *at, *end;
};

static bool refuse(struct reader *reader, const struct path *path, const char *reason) {
  reader->problem = path_refuse(reader->arena, path, YZ__CODE__MALFORMED, "%s", reason);
  return false;
}

static bool long_varint_take(struct rest *rest, unsigned most_bytes, uint64_t *value) {
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

static bool no_memory(struct reader *reader, const struct path *path) {
  reader->problem = path_no_memory(reader->arena, path);
  return false;
}

/* A field that this release does not know travels on as it came. */
static bool unknown_keep(struct reader *reader, const struct path *path, ProtobufCMessage *message, uint64_t tag,
                         struct rest content) {
  if (++reader->unknown > GUARD_UNKNOWN_FIELDS) return refuse(reader, path, "too many unknown fields");
  const size_t n = (size_t)(content.end - content.at);
  ProtobufCMessageUnknownField *fields = arena_try(reader->arena, (message->n_unknown_fields + 1) * sizeof *fields);
  uint8_t *data = arena_try(reader->arena, n + 1);
  if (!fields || !data) return no_memory(reader, path);
  if (message->n_unknown_fields) memcpy(fields, message->unknown_fields, message->n_unknown_fields * sizeof *fields);
  memcpy(data, content.at, n);
  fields[message->n_unknown_fields++] = (ProtobufCMessageUnknownField){
      .tag = (uint32_t)(tag >> 3), .wire_type = (ProtobufCWireType)(tag & 7), .len = n, .data = data};
  message->unknown_fields = fields;
  return true;
}

static bool message_fill(struct reader *reader, const struct path *path, ProtobufCMessage *message, struct rest rest,
                         unsigned depth);

static bool text_put(struct reader *reader, const struct path *path, struct rest bytes, char **at) {
  const size_t n = (size_t)(bytes.end - bytes.at);
  if (!utf8_valid((const char *)bytes.at, n)) return refuse(reader, path, "the string is not UTF-8 without NUL");
  char *text = arena_raw(reader->arena, n + 1);
  if (!text) return no_memory(reader, path);
  must(bytes.at != NULL); /* the wire type is a string's */
  memcpy(text, bytes.at, n);
  text[n] = '\0';
  *at = text;
  return true;
}

/* A single message that comes twice is merged, as protobuf has it: gateways join drafts by putting one behind the
 * other. */
static bool message_put(struct reader *reader, const struct path *path, const ProtobufCMessageDescriptor *type,
                        struct rest bytes, unsigned depth, ProtobufCMessage **at) {
  if (!*at) *at = message_new(type, reader->arena);
  if (!*at) return no_memory(reader, path);
  return message_fill(reader, path, *at, bytes, depth + 1);
}

static void number_put(const ProtobufCFieldDescriptor *field, uint64_t number, void *at) {
  const uint32_t low = (uint32_t)number;
  switch (field->type) {
  case PROTOBUF_C_TYPE_SINT64: *(int64_t *)at = (int64_t)(number >> 1 ^ (0 - (number & 1))); break;
  case PROTOBUF_C_TYPE_SINT32: *(int32_t *)at = (int32_t)(low >> 1 ^ (0 - (low & 1))); break;
  case PROTOBUF_C_TYPE_BOOL: *(protobuf_c_boolean *)at = number != 0; break;
  case PROTOBUF_C_TYPE_INT64:
  case PROTOBUF_C_TYPE_UINT64:
  case PROTOBUF_C_TYPE_FIXED64:
  case PROTOBUF_C_TYPE_SFIXED64: *(uint64_t *)at = number; break;
  default: must(field_value_size(field) == sizeof low); *(uint32_t *)at = low;
  }
}

static bool value_put(struct reader *reader, const struct path *path, const ProtobufCFieldDescriptor *field,
                      uint64_t number, struct rest bytes, unsigned depth, void *at) {
  if (!at) return no_memory(reader, path);
  if (field->type == PROTOBUF_C_TYPE_STRING) return text_put(reader, path, bytes, at);
  if (field->type == PROTOBUF_C_TYPE_MESSAGE) return message_put(reader, path, field->descriptor, bytes, depth, at);
  const char *wrong = number_wrong(field, number);
  if (wrong) return refuse(reader, path, wrong);
  number_put(field, number, at);
  return true;
}

static bool required_there(struct reader *reader, const struct path *path, const ProtobufCMessageDescriptor *type,
                           uint64_t seen) {
  for (unsigned i = 0; i < type->n_fields; i++) {
    const ProtobufCFieldDescriptor *field = &type->fields[i];
    if (field->label != PROTOBUF_C_LABEL_REQUIRED || (seen & UINT64_C(1) << i)) continue;
    const struct path place = {.up = path, .name = field->name, .name_n = strlen(field->name)};
    return refuse(reader, &place, "required member is missing");
  }
  return true;
}

/* Fields are mostly numbered from 1 on without a gap. */
static const ProtobufCFieldDescriptor *field_numbered(const ProtobufCMessageDescriptor *type, uint32_t id) {
  if (id - 1 < type->n_fields && type->fields[id - 1].id == id) return &type->fields[id - 1];
  return protobuf_c_message_descriptor_get_field(type, id);
}

static bool message_fill(struct reader *reader, const struct path *path, ProtobufCMessage *message, struct rest rest,
                         unsigned depth) {
  const ProtobufCMessageDescriptor *type = message->descriptor;
  must(type->n_fields <= 64);
  if (depth > GUARD_DEPTH) return refuse(reader, path, "nested too deep");
  uint64_t seen = 0;
  while (rest.at < rest.end) {
    uint64_t tag, number;
    struct rest bytes = {0};
    if (!varint_take(&rest, 5, &tag) || tag >> 3 == 0 || tag > UINT32_MAX)
      return refuse(reader, path, "not protobuf, or cut short");
    const uint8_t *content = rest.at;
    if (!content_take(&rest, (unsigned)tag & 7, &number, &bytes))
      return refuse(reader, path, "not protobuf, or cut short");
    const ProtobufCFieldDescriptor *field = field_numbered(type, (uint32_t)(tag >> 3));
    if (!field) {
      if (!unknown_keep(reader, path, message, tag, (struct rest){content, rest.at})) return false;
      continue;
    }
    const struct path place = {.up = path, .name = field->name, .name_n = PATH_NAME};
    if (wire_of(field->type) != (tag & 7)) return refuse(reader, &place, "wrong wire type");
    if (!value_put(reader, &place, field, number, bytes, depth, field_add(message, field, reader->arena))) return false;
    seen |= UINT64_C(1) << (field - type->fields);
  }
  return required_there(reader, path, type, seen);
}

void *message_unpack(const ProtobufCMessageDescriptor *type, const void *bytes, size_t n, struct arena *arena,
                     Yz__Problem **problem) {
  struct reader reader = {.arena = arena};
  const uint8_t *start = n > 0 ? bytes : (const void *)"";
  ProtobufCMessage *message = NULL;
  if (n > LIMIT_FRAME)
    reader.problem =
        path_refuse(arena, NULL, YZ__CODE__TOO_LARGE, "%zu bytes, more than the %d allowed", n, LIMIT_FRAME);
  else
    message_put(&reader, NULL, type, (struct rest){start, start + n}, 0, &message);
  *problem = reader.problem;
  return reader.problem ? NULL : message;
}
