#include "yaml_text.h"

#include "field.h"
#include "must.h"
#include "path.h"
#include "scalar.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

struct reader {
  yaml_parser_t parser;
  yaml_event_t event; /* the one looked at; owned */
  const char *file;
  struct arena *arena;
  struct places *places;
  size_t values;
  Yz__Problem *problem; /* the first refusal; nothing is read after it */
};

static int line_of(const struct reader *reader) {
  return (int)reader->event.start_mark.line + 1;
}

static bool refuse_at(struct reader *reader, const struct path *path, int line, const char *reason) {
  reader->problem = path_refuse(reader->arena, path, YZ__CODE__MALFORMED, "%s:%d: %s", reader->file, line, reason);
  return false;
}

/* Refuses at the line of the event looked at. */
static bool refuse(struct reader *reader, const struct path *path, const char *reason) {
  return refuse_at(reader, path, line_of(reader), reason);
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

static int count_lines(const char *bytes, size_t n) {
  int lines = 1;
  for (size_t i = 0; i < n; i++) lines += bytes[i] == '\n';
  return lines;
}

static bool refuse_syntax(struct reader *reader, const struct path *path) {
  const yaml_parser_t *parser = &reader->parser;
  char reason[256];
  int line = (int)parser->problem_mark.line + 1;
  if (parser->error == YAML_READER_ERROR) /* bytes that are not UTF-8 have an offset only */
    line = count_lines((const char *)parser->input.string.start, parser->problem_offset);
  snprintf(reason, sizeof reason, "not YAML: %s%s%s", parser->problem ? parser->problem : "out of memory",
           parser->context ? ", " : "", parser->context ? parser->context : "");
  return refuse_at(reader, path, line, reason);
}

static bool has_anchor_or_tag(const yaml_event_t *event) {
  switch (event->type) {
  case YAML_SCALAR_EVENT: return event->data.scalar.anchor || event->data.scalar.tag;
  case YAML_SEQUENCE_START_EVENT: return event->data.sequence_start.anchor || event->data.sequence_start.tag;
  case YAML_MAPPING_START_EVENT: return event->data.mapping_start.anchor || event->data.mapping_start.tag;
  default: return event->type == YAML_ALIAS_EVENT;
  }
}

/* Moves on to the next event. */
static bool next(struct reader *reader, const struct path *path) {
  yaml_event_delete(&reader->event);
  if (!yaml_parser_parse(&reader->parser, &reader->event)) return refuse_syntax(reader, path);
  if (has_anchor_or_tag(&reader->event)) return refuse(reader, path, "anchors, aliases and tags are not used here");
  return true;
}

static bool at(const struct reader *reader, yaml_event_type_t type) {
  return reader->event.type == type;
}

static const char *kind_of(const struct reader *reader) {
  if (at(reader, YAML_MAPPING_START_EVENT)) return "a mapping";
  if (at(reader, YAML_SEQUENCE_START_EVENT)) return "a list";
  return "a single value";
}

static bool refuse_kind(struct reader *reader, const struct path *path, const ProtobufCFieldDescriptor *field) {
  struct text reason = {0};
  text_add(&reason, "expected ");
  if (scalar_form(field) == FORM_OBJECT)
    text_addf(&reason, "a mapping (%s)", ((const ProtobufCMessageDescriptor *)field->descriptor)->short_name);
  else
    scalar_expect(field, &reason);
  text_addf(&reason, ", found %s", kind_of(reader));
  return refuse_text(reader, path, &reason);
}

/* A plain scalar that YAML's core schema calls null: more often a forgotten value than a wish. */
static bool says_nothing(const yaml_event_t *event) {
  static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
  if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE) return false;
  for (size_t i = 0; i < sizeof nulls / sizeof nulls[0]; i++)
    if (strcmp((const char *)event->data.scalar.value, nulls[i]) == 0) return true;
  return false;
}

static bool scalar_put(struct reader *reader, const struct path *path, const ProtobufCFieldDescriptor *field,
                       void *value) {
  if (!at(reader, YAML_SCALAR_EVENT)) return refuse_kind(reader, path, field);
  if (says_nothing(&reader->event)) return refuse(reader, path, "the value is missing; leave the key out instead");
  const char *text = (const char *)reader->event.data.scalar.value;
  const size_t n = reader->event.data.scalar.length;
  const enum scalar_status status = scalar_read(field, text, n, YAML_TEXT, reader->arena, value);
  if (status == SCALAR_NO_MEMORY) return no_memory(reader, path);
  if (status == SCALAR_OK) return next(reader, path);
  struct text reason = {0};
  if (status == SCALAR_TOO_LONG)
    text_addf(&reason, "the text has %zu bytes, more than the %d allowed", n, YAML_TEXT);
  else
    scalar_complain(field, text, n, &reason);
  return refuse_text(reader, path, &reason);
}

static ProtobufCMessage *message_read(struct reader *reader, const struct path *path,
                                      const ProtobufCMessageDescriptor *type);

/* Reads the value looked at into the field: the whole of a single one, or one element of a list. */
static bool value_read(struct reader *reader, const struct path *path, ProtobufCMessage *message,
                       const ProtobufCFieldDescriptor *field, size_t index) {
  if (++reader->values > YAML_VALUES) return refuse(reader, path, "the file has too many values");
  places_add(reader->places, message, field, index, line_of(reader));
  void *value = field_add(message, field, reader->arena);
  if (!value) return no_memory(reader, path);
  if (scalar_form(field) != FORM_OBJECT) return scalar_put(reader, path, field, value);
  if (!at(reader, YAML_MAPPING_START_EVENT)) return refuse_kind(reader, path, field);
  ProtobufCMessage *child = message_read(reader, path, field->descriptor);
  *(ProtobufCMessage **)value = child;
  return child != NULL;
}

static bool list_read(struct reader *reader, const struct path *path, ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *field) {
  if (!at(reader, YAML_SEQUENCE_START_EVENT)) return value_read(reader, path, message, field, 0); /* a list of one */
  if (!next(reader, path)) return false;
  for (size_t i = 0; !at(reader, YAML_SEQUENCE_END_EVENT); i++) {
    const struct path place = {.up = path, .index = i};
    if (i == YAML_ITEMS) return refuse(reader, path, "the list is too long");
    if (!value_read(reader, &place, message, field, i)) return false;
  }
  return next(reader, path);
}

static bool refuse_key(struct reader *reader, const struct path *path, const ProtobufCMessageDescriptor *type) {
  struct text reason = {0};
  text_addf(&reason, "unknown key \"%.*s\"; %s has ", path_quote(path->name, path->name_n, 64), path->name,
            type->short_name);
  path_members(type, &reason);
  return refuse_text(reader, path, &reason);
}

/* The field that the key looked at names, and moves behind the key; NULL when refused. */
static const ProtobufCFieldDescriptor *key_read(struct reader *reader, const struct path *path,
                                                const ProtobufCMessageDescriptor *type, uint64_t *seen) {
  if (!at(reader, YAML_SCALAR_EVENT)) {
    refuse(reader, path, "a key must be a plain word");
    return NULL;
  }
  const char *name = (const char *)reader->event.data.scalar.value; /* lives until next() */
  const size_t name_n = reader->event.data.scalar.length;
  const ProtobufCFieldDescriptor *field = field_find(type, name, name_n);
  if (!field) {
    const struct path unknown = {.up = path, .name = name, .name_n = name_n};
    refuse_key(reader, &unknown, type);
    return NULL;
  }
  const struct path place = {.up = path, .name = field->name, .name_n = strlen(field->name)};
  const uint64_t bit = UINT64_C(1) << (field - type->fields);
  if (*seen & bit) {
    refuse(reader, &place, "this key stands here for the second time");
    return NULL;
  }
  *seen |= bit;
  return next(reader, &place) ? field : NULL;
}

static bool required_there(struct reader *reader, const struct path *path, const ProtobufCMessageDescriptor *type,
                           uint64_t seen, int line) {
  for (unsigned i = 0; i < type->n_fields; i++) {
    const ProtobufCFieldDescriptor *field = &type->fields[i];
    if (field->label != PROTOBUF_C_LABEL_REQUIRED || (seen & UINT64_C(1) << i)) continue;
    const struct path place = {.up = path, .name = field->name, .name_n = strlen(field->name)};
    struct text reason = {0};
    text_addf(&reason, "%s needs \"%s\": ", type->short_name, field->name);
    scalar_expect(field, &reason);
    refuse_at(reader, &place, line, text_string(&reason));
    text_free(&reason);
    return false;
  }
  return true;
}

static bool members_read(struct reader *reader, const struct path *path, ProtobufCMessage *message) {
  const ProtobufCMessageDescriptor *type = message->descriptor;
  must(type->n_fields <= 64);
  uint64_t seen = 0;
  const int line = line_of(reader);
  if (!next(reader, path)) return false;
  while (!at(reader, YAML_MAPPING_END_EVENT)) {
    const ProtobufCFieldDescriptor *field = key_read(reader, path, type, &seen);
    if (!field) return false;
    const struct path place = {.up = path, .name = field->name, .name_n = strlen(field->name)};
    const bool list = field->label == PROTOBUF_C_LABEL_REPEATED;
    if (!(list ? list_read(reader, &place, message, field) : value_read(reader, &place, message, field, 0)))
      return false;
  }
  return required_there(reader, path, type, seen, line) && next(reader, path);
}

/* Reads the mapping looked at and moves behind it. */
static ProtobufCMessage *message_read(struct reader *reader, const struct path *path,
                                      const ProtobufCMessageDescriptor *type) {
  ProtobufCMessage *message = message_new(type, reader->arena);
  if (!message) {
    no_memory(reader, path);
    return NULL;
  }
  places_add(reader->places, message, NULL, 0, line_of(reader));
  return members_read(reader, path, message) ? message : NULL;
}

/* Messages in the order of the file. */
struct found {
  void **messages;
  size_t n, room;
};

static bool found_add(struct reader *reader, struct found *found, const ProtobufCMessageDescriptor *type,
                      const struct path *path) {
  if (!at(reader, YAML_MAPPING_START_EVENT)) {
    struct text reason = {0};
    text_addf(&reason, "expected a mapping (%s), found %s", type->short_name, kind_of(reader));
    return refuse_text(reader, path, &reason);
  }
  if (found->n == YAML_ITEMS) return refuse(reader, path, "the file has too many messages");
  if (found->n == found->room) {
    const size_t room = found->room ? found->room * 2 : 4;
    void **longer = arena_try(reader->arena, room * sizeof *longer);
    if (!longer) return no_memory(reader, path);
    if (found->n > 0) memcpy(longer, found->messages, found->n * sizeof *longer);
    found->messages = longer;
    found->room = room;
  }
  found->messages[found->n] = message_read(reader, path, type);
  return found->messages[found->n++] != NULL;
}

/* Reads the content of one document: a message, or a list of them where `many` are welcome. */
static bool document_read(struct reader *reader, struct found *found, const ProtobufCMessageDescriptor *type,
                          bool many) {
  if (!many || !at(reader, YAML_SEQUENCE_START_EVENT)) return found_add(reader, found, type, NULL);
  if (!next(reader, NULL)) return false;
  for (size_t i = 0; !at(reader, YAML_SEQUENCE_END_EVENT); i++) {
    const struct path place = {.index = i};
    if (!found_add(reader, found, type, &place)) return false;
  }
  return next(reader, NULL);
}

/* Reads the whole stream: STREAM-START (DOCUMENT-START content DOCUMENT-END)* STREAM-END. */
static bool stream_read(struct reader *reader, struct found *found, const ProtobufCMessageDescriptor *type, bool many) {
  if (!next(reader, NULL)) return false;
  must(at(reader, YAML_STREAM_START_EVENT));
  if (!next(reader, NULL)) return false;
  while (!at(reader, YAML_STREAM_END_EVENT)) {
    must(at(reader, YAML_DOCUMENT_START_EVENT));
    if (!many && found->n == 1) return refuse(reader, NULL, "the file must hold one document only");
    if (!next(reader, NULL) || !document_read(reader, found, type, many)) return false;
    must(at(reader, YAML_DOCUMENT_END_EVENT));
    if (!next(reader, NULL)) return false;
  }
  return found->n > 0 || refuse(reader, NULL, "the file is empty");
}

static bool read_all(struct reader *reader, struct found *found, const ProtobufCMessageDescriptor *type,
                     const void *bytes, size_t n, bool many) {
  if (n > YAML_BYTES) return refuse_at(reader, NULL, 1, "the file is longer than 4 MB");
  reader->places = places_new(reader->file, reader->arena);
  if (!reader->places) return no_memory(reader, NULL);
  if (!yaml_parser_initialize(&reader->parser)) return no_memory(reader, NULL);
  yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&reader->parser, n > 0 ? bytes : (const void *)"", n);
  const bool good = stream_read(reader, found, type, many);
  yaml_event_delete(&reader->event);
  yaml_parser_delete(&reader->parser);
  return good;
}

static void **read_file(const ProtobufCMessageDescriptor *type, const char *file, const void *bytes, size_t n,
                        struct arena *arena, bool many, size_t *count, struct places **places, Yz__Problem **problem) {
  struct reader reader = {.file = file, .arena = arena};
  struct found found = {0};
  const bool good = read_all(&reader, &found, type, bytes, n, many);
  *count = good ? found.n : 0;
  if (places) *places = good ? reader.places : NULL;
  *problem = reader.problem;
  return good ? found.messages : NULL;
}

void *yaml_read(const ProtobufCMessageDescriptor *type, const char *file, const void *bytes, size_t n,
                struct arena *arena, struct places **places, Yz__Problem **problem) {
  size_t count;
  void **messages = read_file(type, file, bytes, n, arena, false, &count, places, problem);
  return messages ? messages[0] : NULL;
}

void **yaml_read_all(const ProtobufCMessageDescriptor *type, const char *file, const void *bytes, size_t n,
                     struct arena *arena, size_t *count, struct places **places, Yz__Problem **problem) {
  return read_file(type, file, bytes, n, arena, true, count, places, problem);
}
