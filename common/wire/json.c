#include "json.h"

#include "bounds.h"
#include "field.h"
#include "must.h"
#include "path.h"
#include "scalar.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct reader {
  struct arena *arena;
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

static const char *kind_of(const json_t *json) {
  static const char *const kinds[] = {
      [JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array", [JSON_STRING] = "a string", [JSON_INTEGER] = "a number",
      [JSON_REAL] = "a number",    [JSON_TRUE] = "true",      [JSON_FALSE] = "false",     [JSON_NULL] = "null"};
  return kinds[json_typeof(json)];
}

static bool refuse_type(struct reader *reader, const struct path *path, const ProtobufCFieldDescriptor *field,
                        const json_t *json) {
  struct text reason = {0};
  text_add(&reason, "expected ");
  scalar_expect(field, &reason);
  text_addf(&reason, ", found %s", kind_of(json));
  refuse(reader, path, text_string(&reason));
  text_free(&reason);
  return false;
}

/* The text of a scalar when the JSON has the form that the field wants; NULL otherwise. `number` is room for integers.
 */
static const char *scalar_text(enum scalar_form form, const json_t *json, char number[32], size_t *n) {
  if (form == FORM_STRING && json_is_string(json)) {
    *n = json_string_length(json);
    return json_string_value(json);
  }
  if (form == FORM_INTEGER && json_is_integer(json)) {
    *n = (size_t)snprintf(number, 32, "%" JSON_INTEGER_FORMAT, json_integer_value(json));
    return number;
  }
  if (form == FORM_BOOL && json_is_boolean(json)) {
    *n = json_is_true(json) ? 4 : 5;
    return json_is_true(json) ? "true" : "false";
  }
  return NULL;
}

static bool scalar_put(struct reader *reader, const struct path *path, const ProtobufCFieldDescriptor *field,
                       const json_t *json, void *value) {
  char number[32];
  size_t n = 0;
  const char *text = scalar_text(scalar_form(field), json, number, &n);
  if (!text) return refuse_type(reader, path, field, json);
  const enum scalar_status status = scalar_read(field, text, n, LIMIT_TEXT, reader->arena, value);
  if (status == SCALAR_OK) return true;
  if (status == SCALAR_NO_MEMORY) return no_memory(reader, path);
  struct text reason = {0};
  if (status == SCALAR_TOO_LONG)
    text_addf(&reason, "the string has %zu bytes, more than the %d allowed", n, LIMIT_TEXT);
  else
    scalar_complain(field, text, n, &reason);
  refuse(reader, path, text_string(&reason));
  text_free(&reason);
  return false;
}

static ProtobufCMessage *message_read(struct reader *reader, const struct path *path,
                                      const ProtobufCMessageDescriptor *type, const json_t *json);

/* Reads one value into the field of the message: the whole of a single field, or one element of a list. */
static bool value_read(struct reader *reader, const struct path *path, ProtobufCMessage *message,
                       const ProtobufCFieldDescriptor *field, const json_t *json) {
  void *value = field_add(message, field, reader->arena);
  if (!value) return no_memory(reader, path);
  if (scalar_form(field) != FORM_OBJECT) return scalar_put(reader, path, field, json, value);
  ProtobufCMessage *child = message_read(reader, path, field->descriptor, json);
  *(ProtobufCMessage **)value = child;
  return child != NULL;
}

static bool list_read(struct reader *reader, const struct path *path, ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *field, const json_t *json) {
  if (!json_is_array(json)) {
    char reason[64];
    snprintf(reason, sizeof reason, "expected an array, found %s", kind_of(json));
    return refuse(reader, path, reason);
  }
  const size_t n = json_array_size(json);
  if (n > LIMIT_LINES) {
    char reason[80];
    snprintf(reason, sizeof reason, "the array has %zu elements, more than the %d allowed", n, LIMIT_LINES);
    return refuse(reader, path, reason);
  }
  for (size_t i = 0; i < n; i++) {
    const struct path place = {.up = path, .index = i};
    if (!value_read(reader, &place, message, field, json_array_get(json, i))) return false;
  }
  return true;
}

static bool refuse_unknown(struct reader *reader, const struct path *path, const ProtobufCMessageDescriptor *type) {
  struct text reason = {0};
  text_addf(&reason, "unknown member; %s has ", type->short_name);
  path_members(type, &reason);
  refuse(reader, path, text_string(&reason));
  text_free(&reason);
  return false;
}

static bool required_there(struct reader *reader, const struct path *path, const ProtobufCMessageDescriptor *type,
                           uint64_t seen) {
  for (unsigned i = 0; i < type->n_fields; i++) {
    const ProtobufCFieldDescriptor *field = &type->fields[i];
    if (field->label != PROTOBUF_C_LABEL_REQUIRED || (seen & UINT64_C(1) << i)) continue;
    const struct path place = {.up = path, .name = field->name, .name_n = strlen(field->name)};
    struct text reason = {0};
    text_add(&reason, "required member is missing: ");
    scalar_expect(field, &reason);
    refuse(reader, &place, text_string(&reason));
    text_free(&reason);
    return false;
  }
  return true;
}

static bool members_read(struct reader *reader, const struct path *path, ProtobufCMessage *message,
                         const json_t *json) {
  const ProtobufCMessageDescriptor *type = message->descriptor;
  must(type->n_fields <= 64);
  uint64_t seen = 0;
  json_t *object = (json_t *)(uintptr_t)json; /* jansson's iteration wants it writable and does not write */
  for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
    const struct path place = {.up = path, .name = json_object_iter_key(at), .name_n = json_object_iter_key_len(at)};
    const json_t *value = json_object_iter_value(at);
    const ProtobufCFieldDescriptor *field = field_find(type, place.name, place.name_n);
    if (!field) return refuse_unknown(reader, &place, type);
    if (json_is_null(value)) continue;
    seen |= UINT64_C(1) << (field - type->fields);
    const bool list = field->label == PROTOBUF_C_LABEL_REPEATED;
    if (!(list ? list_read : value_read)(reader, &place, message, field, value)) return false;
  }
  return required_there(reader, path, type, seen);
}

static ProtobufCMessage *message_read(struct reader *reader, const struct path *path,
                                      const ProtobufCMessageDescriptor *type, const json_t *json) {
  if (!json_is_object(json)) {
    char reason[128];
    snprintf(reason, sizeof reason, "expected an object (%s), found %s", type->short_name, kind_of(json));
    refuse(reader, path, reason);
    return NULL;
  }
  ProtobufCMessage *message = message_new(type, reader->arena);
  if (!message) {
    no_memory(reader, path);
    return NULL;
  }
  return members_read(reader, path, message, json) ? message : NULL;
}

/* Bounds what the parser may be made to build: depth and number of values, seen by the brackets and commas that stand
 * outside strings. NULL when it may go on. */
static Yz__Problem *too_much(const char *bytes, size_t n, struct arena *arena) {
  if (n > LIMIT_BODY)
    return path_refuse(arena, NULL, YZ__CODE__TOO_LARGE, "%zu bytes, more than the %d allowed", n, LIMIT_BODY);
  size_t depth = 0, values = 1;
  bool in_string = false;
  for (size_t i = 0; i < n; i++) {
    const char c = bytes[i];
    if (in_string) {
      if (c == '\\')
        i++;
      else if (c == '"')
        in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '[' || c == '{') depth++;
    if ((c == ']' || c == '}') && depth > 0) depth--;
    if (c == '[' || c == '{' || c == ',') values++;
    if (depth > JSON_DEPTH)
      return path_refuse(arena, NULL, YZ__CODE__MALFORMED, "nested deeper than %d levels", JSON_DEPTH);
    if (values > JSON_VALUES) return path_refuse(arena, NULL, YZ__CODE__TOO_LARGE, "more than %d values", JSON_VALUES);
  }
  return NULL;
}

void *json_read(const ProtobufCMessageDescriptor *type, const void *bytes, size_t n, struct arena *arena,
                Yz__Problem **problem) {
  *problem = too_much(bytes, n, arena);
  if (*problem) return NULL;
  json_error_t error;
  json_t *json = json_loadb(n > 0 ? bytes : "", n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
  if (!json) {
    *problem = path_refuse(arena, NULL, YZ__CODE__MALFORMED, "not JSON: %s (line %d, column %d)", error.text,
                           error.line, error.column);
    return NULL;
  }
  struct reader reader = {.arena = arena};
  ProtobufCMessage *message = message_read(&reader, NULL, type, json);
  json_decref(json);
  if (!message) *problem = reader.problem;
  return message;
}

static void value_write(const ProtobufCFieldDescriptor *field, const void *value, struct text *out) {
  if (scalar_form(field) == FORM_OBJECT)
    json_write(*(ProtobufCMessage *const *)value, out);
  else
    scalar_write(field, value, out);
}

static void list_write(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t n,
                       struct text *out) {
  text_add_char(out, '[');
  for (size_t i = 0; i < n; i++) {
    if (i > 0) text_add_char(out, ',');
    value_write(field, field_value(message, field, i), out);
  }
  text_add_char(out, ']');
}

void json_write(const ProtobufCMessage *message, struct text *out) {
  const ProtobufCMessageDescriptor *type = message->descriptor;
  bool first = true;
  text_add_char(out, '{');
  for (unsigned f = 0; f < type->n_fields; f++) {
    const ProtobufCFieldDescriptor *field = &type->fields[f];
    const size_t n = field_count(message, field);
    if (n == 0) continue;
    if (!first) text_add_char(out, ',');
    first = false;
    text_add_char(out, '"');
    text_add(out, field->name);
    text_add_n(out, "\":", 2);
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
      list_write(message, field, n, out);
    else
      value_write(field, field_value(message, field, 0), out);
  }
  text_add_char(out, '}');
}
