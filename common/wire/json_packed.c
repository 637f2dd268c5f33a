/* A packed message as JSON, without the message between: printed as it is read, which works where it stands as
 * message_packed() writes it, and is what every settlement that is answered costs the gateway. */
#include "bounds.h"
#include "guard.h"
#include "json.h"
#include "packed_read.h"
#include "scalar.h"
#include "utf8.h"

static bool message_print(const ProtobufCMessageDescriptor *type, struct rest rest, unsigned depth, struct text *out);

static bool value_print(const struct packed_field *field, unsigned depth, struct text *out) {
  const ProtobufCFieldDescriptor *known = field->known;
  const struct rest bytes = field->bytes;
  uint64_t value = 0;
  switch (known->type) {
  case PROTOBUF_C_TYPE_MESSAGE:
    return scalar_form(known) == FORM_OBJECT && message_print(known->descriptor, bytes, depth + 1, out);
  case PROTOBUF_C_TYPE_STRING:
    if (!utf8_valid((const char *)bytes.at, (size_t)(bytes.end - bytes.at))) return false;
    text_add_json_n(out, (const char *)bytes.at, (size_t)(bytes.end - bytes.at));
    return true;
  default:
    if (number_wrong(known, field->number)) return false;
    number_put(known, field->number, &value);
    scalar_write(known, &value, out);
    return true;
  }
}

/* Whether the message may go on from field `i` with field `next`: upwards, over nothing required. i: -1 at its
 * beginning, `next`: n_fields at its end. */
static bool may_follow(const ProtobufCMessageDescriptor *type, int i, int next) {
  if (i == next) return type->fields[i].label == PROTOBUF_C_LABEL_REPEATED;
  while (++i < next)
    if (type->fields[i].label == PROTOBUF_C_LABEL_REQUIRED) return false;
  return i == next;
}

static bool message_print(const ProtobufCMessageDescriptor *type, struct rest rest, unsigned depth, struct text *out) {
  if (depth > GUARD_DEPTH) return false;
  int i = -1;
  bool list = false;
  text_add_char(out, '{');
  while (rest.at < rest.end) {
    struct packed_field field;
    if (!field_take(&rest, type, &field) || !field.known || wire_of(field.known->type) != (field.tag & 7)) return false;
    const int next = (int)(field.known - type->fields);
    if (!may_follow(type, i, next)) return false;
    if (next != i) {
      if (list) text_add_char(out, ']');
      if (i >= 0) text_add_char(out, ',');
      text_add_quoted(out, field.known->name);
      text_add_char(out, ':');
      list = field.known->label == PROTOBUF_C_LABEL_REPEATED;
      if (list) text_add_char(out, '[');
    } else {
      text_add_char(out, ',');
    }
    if (!value_print(&field, depth, out)) return false;
    i = next;
  }
  if (list) text_add_char(out, ']');
  text_add_char(out, '}');
  return may_follow(type, i, (int)type->n_fields);
}

bool json_write_packed(const ProtobufCMessageDescriptor *type, const void *bytes, size_t n, struct arena *arena,
                       struct text *out, Yz__Problem **problem) {
  const size_t before = out->n;
  const uint8_t *start = n > 0 ? bytes : (const void *)"";
  *problem = NULL;
  if (!out->bytes) text_reserve(out, JSON_ROOM);
  if (n <= LIMIT_FRAME && message_print(type, (struct rest){start, start + n}, 0, out)) return true;
  text_cut(out, before);
  const ProtobufCMessage *message = message_unpack(type, bytes, n, arena, problem);
  if (message) json_write(message, out);
  return message != NULL;
}
