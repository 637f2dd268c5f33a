/* A packed message as JSON, without the message between: printed as it is read, which works where it stands as
 * message_packed() writes it, and is what every settlement that is answered costs the gateway. */
#include "bounds.h"
#include "guard.h"
#include "json.h"
#include "packed_read.h"
#include "scalar.h"
#include "utf8.h"

static bool message_print(const ProtobufCMessageDescriptor *type, struct rest rest, unsigned depth, struct text *out);

static bool value_print(const ProtobufCFieldDescriptor *field, uint64_t number, struct rest bytes, unsigned depth,
                        struct text *out) {
  uint64_t value = 0;
  switch (field->type) {
  case PROTOBUF_C_TYPE_MESSAGE:
    return scalar_form(field) == FORM_OBJECT && message_print(field->descriptor, bytes, depth + 1, out);
  case PROTOBUF_C_TYPE_STRING:
    if (!utf8_valid((const char *)bytes.at, (size_t)(bytes.end - bytes.at))) return false;
    text_add_json_n(out, (const char *)bytes.at, (size_t)(bytes.end - bytes.at));
    return true;
  default:
    if (number_put(field, number, &value)) return false;
    scalar_write(field, &value, out);
    return true;
  }
}

static bool is_list(const ProtobufCFieldDescriptor *field) {
  return field && field->label == PROTOBUF_C_LABEL_REPEATED;
}

/* Whether `field` may come behind `before`: upwards, over nothing required. NULL: the message's beginning, or end. */
static bool may_follow(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *before,
                       const ProtobufCFieldDescriptor *field) {
  const ProtobufCFieldDescriptor *next = before ? before + 1 : type->fields,
                                 *to = field ? field : type->fields + type->n_fields;
  if (before && before == field) return is_list(field);
  while (next < to && next->label != PROTOBUF_C_LABEL_REQUIRED) next++;
  return next == to;
}

static bool message_print(const ProtobufCMessageDescriptor *type, struct rest rest, unsigned depth, struct text *out) {
  if (depth > GUARD_DEPTH) return false;
  const ProtobufCFieldDescriptor *before = NULL;
  text_add_char(out, '{');
  while (rest.at < rest.end) {
    uint64_t tag, number;
    struct rest bytes = {0};
    if (!field_take(&rest, &tag, &number, &bytes)) return false;
    const ProtobufCFieldDescriptor *field = field_numbered(type, (uint32_t)(tag >> 3));
    if (!field || wire_of(field->type) != (tag & 7) || !may_follow(type, before, field)) return false;
    if (before == field) {
      text_add_char(out, ',');
    } else {
      if (is_list(before)) text_add_char(out, ']');
      text_add_member(out, field->name, !before);
      if (is_list(field)) text_add_char(out, '[');
    }
    if (!value_print(field, number, bytes, depth, out)) return false;
    before = field;
  }
  if (is_list(before)) text_add_char(out, ']');
  text_add_char(out, '}');
  return may_follow(type, before, NULL);
}

bool json_write_packed(const ProtobufCMessageDescriptor *type, const void *bytes, size_t n, struct arena *arena,
                       struct text *out, Yz__Problem **problem) {
  const size_t before = out->n;
  *problem = NULL;
  if (!out->bytes) text_reserve(out, JSON_ROOM);
  if (n <= LIMIT_FRAME && message_print(type, rest_of(bytes, n), 0, out)) return true;
  text_cut(out, before);
  const ProtobufCMessage *message = message_unpack(type, bytes, n, arena, problem);
  if (message) json_write(message, out);
  return message != NULL;
}
