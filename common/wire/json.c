#include "json.h"

#include "bounds.h"
#include "field.h"
#include "json_token.h"
#include "must.h"
#include "path.h"
#include "scalar.h"

#include <stdio.h>
#include <string.h>

struct reader {
  struct json_tokens tokens;
  struct arena *arena;
  Yz__Problem *problem; /* the first refusal; nothing is read after it */
  int depth;
};

static bool refuse(struct reader *reader, const struct path *path, const char *reason) {
  reader->problem = path_refuse(reader->arena, path, YZ__CODE__MALFORMED, "%s", reason);
  return false;
}

/* Refuses with a reason that was put together in `reason`, and frees that. */
static bool refuse_text(struct reader *reader, const struct path *path, struct text *reason) {
  refuse(reader, path, text_string(reason));
  text_free(reason);
  return false;
}

static bool no_memory(struct reader *reader, const struct path *path) {
  reader->problem = path_no_memory(reader->arena, path);
  return false;
}

/* Refuses because the text is not JSON here: a token that is none, or one that may not stand there. */
static bool refuse_syntax(struct reader *reader, const struct path *path, const char *expected) {
  const struct json_tokens *t = &reader->tokens;
  int line, column;
  json_position(t, &line, &column);
  struct text reason = {0};
  if (t->kind == JSON_WRONG)
    text_addf(&reason, "not JSON: %s", t->wrong);
  else
    text_addf(&reason, "not JSON: expected %s%s", expected, t->kind == JSON_END ? ", found the end" : "");
  text_addf(&reason, " (line %d, column %d)", line, column);
  return refuse_text(reader, path, &reason);
}

static const char *kind_name(enum json_kind kind) {
  static const char *const names[] = {[JSON_OPEN_OBJECT] = "an object",
                                      [JSON_OPEN_ARRAY] = "an array",
                                      [JSON_TEXT] = "a string",
                                      [JSON_WHOLE] = "a number",
                                      [JSON_DECIMAL] = "a number",
                                      [JSON_YES] = "true",
                                      [JSON_NO] = "false",
                                      [JSON_NOTHING] = "null"};
  return (size_t)kind < sizeof names / sizeof names[0] ? names[kind] : NULL;
}

/* Refuses the value that begins with the current token, or the token itself when no value begins with it. */
static bool refuse_type(struct reader *reader, const struct path *path, struct text *expected) {
  const char *found = kind_name(reader->tokens.kind);
  if (!found) {
    text_free(expected);
    return refuse_syntax(reader, path, "a value");
  }
  text_addf(expected, ", found %s", found);
  return refuse_text(reader, path, expected);
}

/* True when the current token is a value of that form; its text is then in the token. */
static bool has_form(struct json_tokens *t, enum scalar_form form) {
  if (form == FORM_STRING) return t->kind == JSON_TEXT;
  if (form == FORM_INTEGER) return t->kind == JSON_WHOLE;
  if (t->kind != JSON_YES && t->kind != JSON_NO) return false;
  t->text = t->kind == JSON_YES ? "true" : "false";
  t->n = strlen(t->text);
  return true;
}

static bool scalar_put(struct reader *reader, const struct path *path, const ProtobufCFieldDescriptor *field,
                       void *value) {
  struct json_tokens *t = &reader->tokens;
  struct text reason = {0};
  if (!has_form(t, scalar_form(field))) {
    text_add(&reason, "expected ");
    scalar_expect(field, &reason);
    return refuse_type(reader, path, &reason);
  }
  const enum scalar_status status = scalar_read(field, t->text, t->n, LIMIT_TEXT, reader->arena, value);
  if (status == SCALAR_OK) return true;
  if (status == SCALAR_NO_MEMORY) return no_memory(reader, path);
  if (status == SCALAR_TOO_LONG)
    text_addf(&reason, "the string has %zu bytes, more than the %d allowed", t->n, LIMIT_TEXT);
  else
    scalar_complain(field, t->text, t->n, &reason);
  return refuse_text(reader, path, &reason);
}

static ProtobufCMessage *message_read(struct reader *reader, const struct path *path,
                                      const ProtobufCMessageDescriptor *type);

/* Reads the value that begins with the current token into the field, and stays at its last token: the whole of a single
 * field, or one element of a list. */
static bool value_read(struct reader *reader, const struct path *path, ProtobufCMessage *message,
                       const ProtobufCFieldDescriptor *field) {
  void *value = field_add(message, field, reader->arena);
  if (!value) return no_memory(reader, path);
  if (scalar_form(field) != FORM_OBJECT) return scalar_put(reader, path, field, value);
  ProtobufCMessage *child = message_read(reader, path, field->descriptor);
  *(ProtobufCMessage **)value = child;
  return child != NULL;
}

static bool list_read(struct reader *reader, const struct path *path, ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *field) {
  struct json_tokens *t = &reader->tokens;
  struct text reason = {0};
  if (t->kind != JSON_OPEN_ARRAY) {
    text_add(&reason, "expected an array");
    return refuse_type(reader, path, &reason);
  }
  if (json_next(t) == JSON_CLOSE_ARRAY) return true;
  for (size_t i = 0;; i++) {
    const struct path place = {.up = path, .index = i};
    if (i == LIMIT_LINES) {
      text_addf(&reason, "the array has more than the %d elements allowed", LIMIT_LINES);
      return refuse_text(reader, path, &reason);
    }
    if (!value_read(reader, &place, message, field)) return false;
    if (json_next(t) == JSON_CLOSE_ARRAY) return true;
    if (t->kind != JSON_COMMA) return refuse_syntax(reader, path, "',' or ']'");
    json_next(t);
  }
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
    return refuse_text(reader, &place, &reason);
  }
  return true;
}

/* The field that the current token names; NULL when refused. */
static const ProtobufCFieldDescriptor *name_read(struct reader *reader, const struct path *path,
                                                 const ProtobufCMessageDescriptor *type, uint64_t *named) {
  const struct json_tokens *t = &reader->tokens;
  if (t->kind != JSON_TEXT) {
    refuse_syntax(reader, path, "the name of a member");
    return NULL;
  }
  const struct path place = {.up = path, .name = t->text, .name_n = t->n};
  const ProtobufCFieldDescriptor *field = field_find(type, t->text, t->n);
  if (!field) {
    struct text reason = {0};
    text_addf(&reason, "unknown member; %s has ", type->short_name);
    path_members(type, &reason);
    refuse_text(reader, &place, &reason);
    return NULL;
  }
  const uint64_t bit = UINT64_C(1) << (field - type->fields);
  if (*named & bit) {
    refuse(reader, &place, "duplicate member");
    return NULL;
  }
  *named |= bit;
  return field;
}

/* Reads one member, name and value. */
static bool member_read(struct reader *reader, const struct path *path, ProtobufCMessage *message, uint64_t *named,
                        uint64_t *seen) {
  const ProtobufCMessageDescriptor *type = message->descriptor;
  const ProtobufCFieldDescriptor *field = name_read(reader, path, type, named);
  if (!field) return false;
  const struct path place = {.up = path, .name = field->name, .name_n = strlen(field->name)};
  if (json_next(&reader->tokens) != JSON_COLON) return refuse_syntax(reader, &place, "':'");
  if (json_next(&reader->tokens) == JSON_NOTHING) return true; /* null: absent */
  *seen |= UINT64_C(1) << (field - type->fields);
  const bool list = field->label == PROTOBUF_C_LABEL_REPEATED;
  return (list ? list_read : value_read)(reader, &place, message, field);
}

static bool members_read(struct reader *reader, const struct path *path, ProtobufCMessage *message) {
  struct json_tokens *t = &reader->tokens;
  uint64_t named = 0, seen = 0;
  must(message->descriptor->n_fields <= 64);
  if (json_next(t) == JSON_CLOSE_OBJECT) return required_there(reader, path, message->descriptor, seen);
  for (;;) {
    if (!member_read(reader, path, message, &named, &seen)) return false;
    if (json_next(t) == JSON_CLOSE_OBJECT) return required_there(reader, path, message->descriptor, seen);
    if (t->kind != JSON_COMMA) return refuse_syntax(reader, path, "',' or '}'");
    json_next(t);
  }
}

static ProtobufCMessage *message_read(struct reader *reader, const struct path *path,
                                      const ProtobufCMessageDescriptor *type) {
  if (reader->tokens.kind != JSON_OPEN_OBJECT) {
    struct text reason = {0};
    text_addf(&reason, "expected an object (%s)", type->short_name);
    refuse_type(reader, path, &reason);
    return NULL;
  }
  if (reader->depth == JSON_DEPTH) {
    refuse(reader, path, "nested too deep");
    return NULL;
  }
  ProtobufCMessage *message = message_new(type, reader->arena);
  if (!message) {
    no_memory(reader, path);
    return NULL;
  }
  reader->depth++;
  const bool good = members_read(reader, path, message);
  reader->depth--;
  return good ? message : NULL;
}

void *json_read(const ProtobufCMessageDescriptor *type, const void *bytes, size_t n, struct arena *arena,
                Yz__Problem **problem) {
  struct reader reader = {.arena = arena};
  if (n > LIMIT_BODY) {
    *problem = path_refuse(arena, NULL, YZ__CODE__TOO_LARGE, "%zu bytes, more than the %d allowed", n, LIMIT_BODY);
    return NULL;
  }
  json_tokens_init(&reader.tokens, n > 0 ? bytes : "", n);
  json_next(&reader.tokens);
  ProtobufCMessage *message = message_read(&reader, NULL, type);
  if (message && json_next(&reader.tokens) != JSON_END) refuse_syntax(&reader, NULL, "nothing more");
  json_tokens_free(&reader.tokens);
  *problem = reader.problem;
  return reader.problem ? NULL : message;
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
  if (!out->bytes) text_reserve(out, JSON_ROOM);
  bool first = true;
  text_add_char(out, '{');
  for (unsigned f = 0; f < type->n_fields; f++) {
    const ProtobufCFieldDescriptor *field = &type->fields[f];
    const size_t n = field_count(message, field);
    if (n == 0) continue;
    text_add_member(out, field->name, first);
    first = false;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
      list_write(message, field, n, out);
    else
      value_write(field, field_value(message, field, 0), out);
  }
  text_add_char(out, '}');
}
