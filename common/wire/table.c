#include "table.h"

#include "bounds.h"
#include "field.h"
#include "json.h"
#include "must.h"
#include "path.h"
#include "scalar.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { INDEX_MAX = 99 }; /* places of a list in columns */

/* A member's name, or a place in a list when `name` is NULL. */
struct step {
  const char *name;
  size_t index;
};

struct column {
  struct step steps[TABLE_STEPS];
  size_t n_steps;
  enum scalar_form form;
  /* the straight way: the message that holds the value, and its field */
  size_t holder;
  const ProtobufCFieldDescriptor *field;
};

/* A message that columns fill: the row's own, or a member of another holder, which stands before it. */
struct holder {
  size_t up;
  const ProtobufCFieldDescriptor *field; /* NULL: the row's own message */
  const ProtobufCMessageDescriptor *type;
  const struct column *first; /* the column that brought it, and how many of its steps lead here */
  size_t n_steps;
  uint64_t required; /* bit of each field that may not be absent */
};

enum { HOLDERS_MAX = CSV_FIELDS_MAX };

struct table {
  const ProtobufCMessageDescriptor *type;
  size_t n;
  struct column columns[CSV_FIELDS_MAX];
  bool straight; /* rows may be read without JSON between: the places of every list stand in ascending order */
  size_t n_holders;
  struct holder holders[HOLDERS_MAX];
};

/* The next part of "a/0/b"; false at the end. */
static bool next_part(const char **at, const char **part, size_t *n) {
  if (!*at) return false;
  *part = *at;
  *n = strcspn(*at, "/");
  *at = (*at)[*n] == '/' ? *at + *n + 1 : NULL;
  return true;
}

static bool read_index(const char *text, size_t n, size_t *index) {
  if (n == 0 || n > 2 || strspn(text, "0123456789") < n || (n == 2 && text[0] == '0')) return false;
  *index = (size_t)strtoul(text, NULL, 10);
  return *index <= INDEX_MAX;
}

/* Resolves one column name against the type; the reason when it names no value. */
static const char *resolve(const ProtobufCMessageDescriptor *type, const char *name, struct column *column) {
  const ProtobufCFieldDescriptor *field = NULL;
  const char *at = name, *part;
  size_t n;
  while (next_part(&at, &part, &n)) {
    if (column->n_steps + 2 > TABLE_STEPS) return "is too deep";
    if (!type) return "goes on behind a plain value";
    field = field_find(type, part, n);
    if (!field) return "names no member";
    column->steps[column->n_steps++].name = field->name;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
      struct step *place = &column->steps[column->n_steps++];
      if (!next_part(&at, &part, &n) || !read_index(part, n, &place->index))
        return "needs a place from 0 to 99 behind the name of a list, such as coverages/0/from";
    }
    column->form = scalar_form(field);
    type = column->form == FORM_OBJECT ? (const ProtobufCMessageDescriptor *)field->descriptor : NULL;
  }
  return type ? "names a group of members, not one value" : NULL;
}

/* ---- the straight way: cells into the message, by what was found out about the header once */

static bool same_steps(const struct column *a, const struct column *b, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (a->steps[i].name != b->steps[i].name || a->steps[i].index != b->steps[i].index) return false;
  return true;
}

static bool holder_add(struct table *table, size_t up, const ProtobufCFieldDescriptor *field,
                       const ProtobufCMessageDescriptor *type, const struct column *column, size_t n_steps) {
  if (table->n_holders == HOLDERS_MAX || type->n_fields > 64) return false;
  struct holder *holder = &table->holders[table->n_holders++];
  *holder = (struct holder){.up = up, .field = field, .type = type, .first = column, .n_steps = n_steps};
  for (unsigned i = 0; i < type->n_fields; i++)
    if (type->fields[i].label == PROTOBUF_C_LABEL_REQUIRED) holder->required |= UINT64_C(1) << i;
  return true;
}

/* The holder that `n_steps` steps of a column lead to; n_holders when it is new. */
static size_t holder_find(const struct table *table, const struct column *column, size_t n_steps) {
  size_t i = 0;
  while (i < table->n_holders &&
         (table->holders[i].n_steps != n_steps || !same_steps(table->holders[i].first, column, n_steps)))
    i++;
  return i;
}

/* A list's places must come in the order of columns, since its elements are made as their first cell is met. */
static bool in_order(const struct table *table, const struct column *column, size_t at) {
  for (const struct column *other = table->columns; other < column; other++)
    if (other->n_steps > at && same_steps(other, column, at) && other->steps[at].index > column->steps[at].index)
      return false;
  return true;
}

/* Finds the holders on the way to a column's value. */
static bool holders_add(struct table *table, struct column *column) {
  const ProtobufCMessageDescriptor *type = table->type;
  size_t holder = 0;
  for (size_t i = 0; i < column->n_steps;) {
    const char *name = column->steps[i++].name;
    const ProtobufCFieldDescriptor *field = field_find(type, name, strlen(name));
    if (field->label == PROTOBUF_C_LABEL_REPEATED && !in_order(table, column, i++)) return false;
    column->field = field;
    column->holder = holder;
    if (scalar_form(field) != FORM_OBJECT) continue;
    type = field->descriptor;
    const size_t next = holder_find(table, column, i);
    if (next == table->n_holders && !holder_add(table, holder, field, type, column, i)) return false;
    holder = next;
  }
  return true;
}

static void straighten(struct table *table) {
  table->straight = holder_add(table, 0, NULL, table->type, NULL, 0);
  for (size_t i = 0; table->straight && i < table->n; i++) table->straight = holders_add(table, &table->columns[i]);
}

struct filling {
  ProtobufCMessage *messages[HOLDERS_MAX]; /* NULL until the first cell of it */
  uint64_t missing[HOLDERS_MAX];
};

static ProtobufCMessage *hold(const struct table *table, struct filling *filling, size_t i, struct arena *arena) {
  if (filling->messages[i]) return filling->messages[i];
  const struct holder *holder = &table->holders[i];
  ProtobufCMessage *message = message_new(holder->type, arena);
  if (!message) return NULL;
  if (holder->field) {
    ProtobufCMessage *up = hold(table, filling, holder->up, arena);
    void *place = up ? field_add(up, holder->field, arena) : NULL;
    if (!place) return NULL;
    *(ProtobufCMessage **)place = message;
    filling->missing[holder->up] &= ~(UINT64_C(1) << (holder->field - up->descriptor->fields));
  }
  filling->missing[i] = holder->required;
  return filling->messages[i] = message;
}

static bool fill(const struct table *table, const struct column *column, const char *cell, struct filling *filling,
                 struct arena *arena) {
  ProtobufCMessage *message = hold(table, filling, column->holder, arena);
  void *value = message ? field_add(message, column->field, arena) : NULL;
  if (!value || scalar_read(column->field, cell, strlen(cell), LIMIT_TEXT, arena, value) != SCALAR_OK) return false;
  filling->missing[column->holder] &= ~(UINT64_C(1) << (column->field - message->descriptor->fields));
  return true;
}

/* The row's message where nothing is wrong with it; NULL else: json_read then says what. */
static void *read_straight(const struct table *table, const struct csv_record *row, struct arena *arena) {
  struct filling filling;
  memset(filling.messages, 0, table->n_holders * sizeof *filling.messages);
  memset(filling.missing, 0, table->n_holders * sizeof *filling.missing);
  if (!hold(table, &filling, 0, arena)) return NULL;
  for (size_t i = 0; i < table->n; i++)
    if (row->fields[i][0] && !fill(table, &table->columns[i], row->fields[i], &filling, arena)) return NULL;
  for (size_t i = 0; i < table->n_holders; i++)
    if (filling.missing[i]) return NULL;
  return filling.messages[0];
}

/* ---- */

struct table *table_open(const ProtobufCMessageDescriptor *type, const struct csv_record *header, struct arena *arena,
                         Yz__Problem **problem) {
  struct table *table = arena_alloc(arena, sizeof *table);
  table->type = type;
  table->n = header->n;
  for (unsigned i = 0; i < header->n; i++) {
    const char *name = header->fields[i];
    const char *reason = resolve(type, name, &table->columns[i]);
    for (unsigned j = 0; !reason && j < i; j++) {
      if (strcmp(header->fields[j], name) == 0) reason = "stands twice in the header";
    }
    if (!reason) continue;
    struct text members = {0};
    path_members(type, &members);
    *problem = problem_new(arena, YZ__CODE__MALFORMED, NULL, "column \"%.*s\" %s; the members of the table are %s",
                           path_quote(name, strlen(name), 64), name, reason, text_string(&members));
    text_free(&members);
    return NULL;
  }
  straighten(table);
  return table;
}

/* The JSON value of a cell; what does not look like its form goes on as a string, for json_read to refuse. */
static json_t *cell_value(enum scalar_form form, const char *cell) {
  if (form == FORM_BOOL && strcmp(cell, "true") == 0) return json_true();
  if (form == FORM_BOOL && strcmp(cell, "false") == 0) return json_false();
  const char *digits = cell[0] == '-' ? cell + 1 : cell;
  size_t n = strlen(digits);
  bool number = n > 0 && n <= 18 && strspn(digits, "0123456789") == n;
  if (form == FORM_INTEGER && number) return json_integer(strtoll(cell, NULL, 10));
  return json_string(cell);
}

/* The child of `parent` at a step, made as an empty object or array when it is not there. */
static json_t *child(json_t *parent, const struct step *step, bool array) {
  json_t *found = step->name ? json_object_get(parent, step->name) : json_array_get(parent, step->index);
  if (found && !json_is_null(found)) return found;
  json_t *fresh = array ? json_array() : json_object();
  must(fresh != NULL);
  if (step->name) {
    json_object_set_new(parent, step->name, fresh);
    return fresh;
  }
  while (json_array_size(parent) <= step->index) json_array_append_new(parent, json_null());
  json_array_set_new(parent, step->index, fresh);
  return fresh;
}

static void put(json_t *root, const struct column *column, const char *cell) {
  json_t *at = root;
  size_t last = column->n_steps - 1;
  for (size_t i = 0; i < last; i++) at = child(at, &column->steps[i], column->steps[i + 1].name == NULL);
  const struct step *step = &column->steps[last];
  json_t *value = cell_value(column->form, cell);
  if (step->name) {
    json_object_set_new(at, step->name, value);
    return;
  }
  while (json_array_size(at) <= step->index) json_array_append_new(at, json_null());
  json_array_set_new(at, step->index, value);
}

/* Takes the places out of lists whose cells were all empty. */
static void close_gaps(json_t *json) {
  const char *name;
  json_t *value;
  size_t i;
  if (json_is_object(json)) {
    json_object_foreach(json, name, value) close_gaps(value);
  }
  if (!json_is_array(json)) return;
  for (i = json_array_size(json); i-- > 0;) {
    value = json_array_get(json, i);
    if (json_is_null(value))
      json_array_remove(json, i);
    else
      close_gaps(value);
  }
}

void *table_row(const struct table *table, const struct csv_record *row, struct arena *arena, Yz__Problem **problem) {
  if (row->n != table->n) {
    *problem = problem_new(arena, YZ__CODE__MALFORMED, NULL, "%u fields where the header has %zu", row->n, table->n);
    return NULL;
  }
  void *straight = table->straight ? read_straight(table, row, arena) : NULL;
  if (straight) return straight;
  json_t *root = json_object();
  must(root != NULL);
  for (size_t i = 0; i < table->n; i++) {
    if (row->fields[i][0]) put(root, &table->columns[i], row->fields[i]);
  }
  close_gaps(root);
  char *bytes = json_dumps(root, JSON_COMPACT);
  json_decref(root);
  must(bytes != NULL);
  void *message = json_read(table->type, bytes, strlen(bytes), arena, problem);
  free(bytes);
  return message;
}
