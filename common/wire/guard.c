#include "guard.h"

#include "bounds.h"
#include "field.h"
#include "must.h"
#include "packed_read.h"
#include "path.h"
#include "utf8.h"

#include <string.h>

struct reader {
  struct arena *arena;
  unsigned unknown;
  Yz__Problem *problem; /* the first refusal; nothing is read after it */
};

static bool refuse(struct reader *reader, const struct path *path, const char *reason) {
  reader->problem = path_refuse(reader->arena, path, YZ__CODE__MALFORMED, "%s", reason);
  return false;
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

static bool value_put(struct reader *reader, const struct path *path, const ProtobufCFieldDescriptor *field,
                      uint64_t number, struct rest bytes, unsigned depth, void *at) {
  if (!at) return no_memory(reader, path);
  if (field->type == PROTOBUF_C_TYPE_STRING) return text_put(reader, path, bytes, at);
  if (field->type == PROTOBUF_C_TYPE_MESSAGE) return message_put(reader, path, field->descriptor, bytes, depth, at);
  const char *wrong = number_put(field, number, at);
  return wrong ? refuse(reader, path, wrong) : true;
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

static bool message_fill(struct reader *reader, const struct path *path, ProtobufCMessage *message, struct rest rest,
                         unsigned depth) {
  const ProtobufCMessageDescriptor *type = message->descriptor;
  must(type->n_fields <= 64);
  if (depth > GUARD_DEPTH) return refuse(reader, path, "nested too deep");
  uint64_t seen = 0;
  while (rest.at < rest.end) {
    uint64_t tag, number;
    struct rest bytes = {0}, all = rest;
    if (!field_take(&rest, &tag, &number, &bytes)) return refuse(reader, path, "not protobuf, or cut short");
    const ProtobufCFieldDescriptor *field = field_numbered(type, (uint32_t)(tag >> 3));
    if (!field) {
      varint_take(&all, 5, &tag); /* its content begins behind the tag */
      if (!unknown_keep(reader, path, message, tag, (struct rest){all.at, rest.at})) return false;
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
  ProtobufCMessage *message = NULL;
  if (n > LIMIT_FRAME)
    reader.problem =
        path_refuse(arena, NULL, YZ__CODE__TOO_LARGE, "%zu bytes, more than the %d allowed", n, LIMIT_FRAME);
  else
    message_put(&reader, NULL, type, rest_of(bytes, n), 0, &message);
  *problem = reader.problem;
  return reader.problem ? NULL : message;
}

const uint8_t *message_part(const ProtobufCMessageDescriptor *type, const char *member, const void *bytes, size_t n,
                            size_t *n_part) {
  const ProtobufCFieldDescriptor *wanted = protobuf_c_message_descriptor_get_field_by_name(type, member);
  must(wanted != NULL && wire_of(wanted->type) == WIRE_BYTES);
  struct rest rest = rest_of(bytes, n), part = {0};
  while (rest.at < rest.end) {
    uint64_t tag, number;
    struct rest content = {0};
    if (!field_take(&rest, &tag, &number, &content)) return NULL;
    if (tag >> 3 != wanted->id) continue;
    if (part.at || (tag & 7) != WIRE_BYTES) return NULL;
    part = content;
  }
  *n_part = (size_t)(part.end - part.at);
  return part.at;
}
