#include "records.h"

#include "bounds.h"
#include "cli_files.h"
#include "json.h"
#include "settlement.pb-c.h"
#include "table_stream.h"
#include "yaml_text.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stream {
  FILE *file; /* of JSON Lines */
  const ProtobufCMessageDescriptor *type;
  const struct record_sink *sink;
  struct arena arena; /* of one record */
};

static bool name_ends(const char *path, const char *suffix) {
  size_t n = strlen(path), m = strlen(suffix);
  return n > m && strcmp(path + n - m, suffix) == 0;
}

void print_problem(FILE *out, const char *path, unsigned line, const Yz__Problem *problem) {
  const ProtobufCEnumValue *code = protobuf_c_enum_descriptor_get_value(&yz__code__descriptor, (int)problem->code);
  fprintf(out, "%s", path);
  if (line > 0) fprintf(out, ":%u", line);
  fprintf(out, ": %s", code ? code->name : "?");
  if (problem->pointer && problem->pointer[0]) fprintf(out, " at %s", problem->pointer);
  if (problem->detail) fprintf(out, ": %s", problem->detail);
  if (problem->remedy) fprintf(out, "; %s", problem->remedy);
  fputc('\n', out);
}

static void give(struct stream *s, void *message, const Yz__Problem *problem, unsigned line) {
  if (message)
    s->sink->take(s->sink->context, message, line, &s->arena);
  else
    s->sink->refuse(s->sink->context, problem, line);
  arena_reset(&s->arena);
}

/* ---- JSON Lines */

static void give_line(struct stream *s, const char *text, size_t n, unsigned line) {
  Yz__Problem *problem = NULL;
  void *message = NULL;
  if (n > LIMIT_BODY)
    problem = problem_new(&s->arena, YZ__CODE__TOO_LARGE, NULL, "a line of more than %d bytes", LIMIT_BODY);
  else
    message = json_read(s->type, text, n, &s->arena, &problem);
  give(s, message, problem, line);
}

static bool read_lines(struct stream *s) {
  char *text = NULL;
  size_t room = 0;
  ssize_t n;
  for (unsigned line = 1; (n = getline(&text, &room, s->file)) >= 0; line++) {
    if (strspn(text, " \t\r\n") < (size_t)n) give_line(s, text, (size_t)n, line);
  }
  free(text);
  return true;
}

/* ---- CSV */

static bool read_table(const char *path, const ProtobufCMessageDescriptor *type, struct stream *s) {
  struct table_stream *table = table_stream_open(path, type);
  if (!table) return false;
  while (table_stream_next(table) != ROW_END) {
    Yz__Problem *problem = NULL;
    void *message = table_stream_message(table, &s->arena, &problem);
    give(s, message, problem, table_stream_line(table));
  }
  return table_stream_close(&table);
}

static bool read_text(const char *path, struct stream *s) {
  const bool standard = strcmp(path, "-") == 0;
  s->file = standard ? stdin : fopen(path, "rb");
  bool sound = s->file && read_lines(s) && !ferror(s->file);
  if (!sound) fprintf(stderr, "%s: %s\n", path, strerror(errno));
  if (s->file && !standard) fclose(s->file);
  return sound;
}

bool records_read(const char *path, const ProtobufCMessageDescriptor *type, const struct record_sink *sink) {
  struct stream s = {.type = type, .sink = sink};
  arena_init(&s.arena, LIMIT_ARENA);
  const bool sound = is_table(path) ? read_table(path, type, &s) : read_text(path, &s);
  arena_free(&s.arena);
  return sound;
}

bool is_table(const char *path) {
  return name_ends(path, ".csv");
}

/* ---- books */

bool is_book(const char *path) {
  return name_ends(path, ".json") || name_ends(path, ".yaml") || name_ends(path, ".yml");
}

/* A bill has a request id, a book has none. */
static bool holds_one_bill(const char *bytes, size_t n) {
  json_t *root = json_loadb(bytes, n, 0, NULL);
  bool found = root && json_object_get(root, "request_id");
  json_decref(root);
  return found;
}

static Yz__Book *book_of_bill(Yz__Bill *bill, struct arena *arena) {
  Yz__Book *book = arena_alloc(arena, sizeof *book);
  yz__book__init(book);
  book->bills = arena_alloc(arena, sizeof(void *));
  book->bills[book->n_bills++] = bill;
  return book;
}

Yz__Book *book_read(const char *path, struct arena *arena) {
  size_t n;
  const char *bytes = read_file(path, arena, &n);
  if (!bytes) return NULL;
  Yz__Problem *problem = NULL;
  Yz__Book *book = NULL;
  if (!name_ends(path, ".json")) {
    book = yaml_read(&yz__book__descriptor, path, bytes, n, arena, NULL, &problem);
  } else if (holds_one_bill(bytes, n)) {
    Yz__Bill *bill = json_read(&yz__bill__descriptor, bytes, n, arena, &problem);
    if (bill) book = book_of_bill(bill, arena);
  } else {
    book = json_read(&yz__book__descriptor, bytes, n, arena, &problem);
  }
  if (!book) print_problem(stderr, path, 0, problem);
  return book;
}
