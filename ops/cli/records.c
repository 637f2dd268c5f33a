#include "records.h"

#include "bounds.h"
#include "cli_files.h"
#include "csv.h"
#include "json.h"
#include "must.h"
#include "settlement.pb-c.h"
#include "table.h"
#include "yaml_text.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stream {
  const char *path;
  FILE *file;
  const ProtobufCMessageDescriptor *type;
  const struct record_sink *sink;
  struct arena arena; /* of one record */
};

static bool name_ends(const char *path, const char *suffix) {
  size_t n = strlen(path), m = strlen(suffix);
  return n > m && strcmp(path + n - m, suffix) == 0;
}

void print_problem(const char *path, unsigned line, const Yz__Problem *problem) {
  const ProtobufCEnumValue *code = protobuf_c_enum_descriptor_get_value(&yz__code__descriptor, (int)problem->code);
  fprintf(stderr, "%s", path);
  if (line > 0) fprintf(stderr, ":%u", line);
  fprintf(stderr, ": %s", code ? code->name : "?");
  if (problem->pointer && problem->pointer[0]) fprintf(stderr, " at %s", problem->pointer);
  if (problem->detail) fprintf(stderr, ": %s", problem->detail);
  if (problem->remedy) fprintf(stderr, "; %s", problem->remedy);
  fputc('\n', stderr);
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

struct csv_stream {
  struct csv_reader reader;
  struct csv_record record;
  struct arena arena; /* of the table */
  struct table *table;
  size_t n; /* bytes held */
  char bytes[CSV_BUFFER];
};

static void refuse_text(struct stream *s, const struct csv_record *record) {
  Yz__Problem *problem = problem_new(&s->arena, YZ__CODE__MALFORMED, NULL, "%s", record->error);
  give(s, NULL, problem, record->line);
}

/* The header is the first record; without it nothing can be read. */
static bool take_header(struct stream *s, struct csv_stream *c, enum csv_status status) {
  Yz__Problem *problem = NULL;
  if (status == CSV_BAD)
    problem = problem_new(&c->arena, YZ__CODE__MALFORMED, NULL, "%s", c->record.error);
  else
    c->table = table_open(s->type, &c->record, &c->arena, &problem);
  if (problem) print_problem(s->path, c->record.line, problem);
  return c->table != NULL;
}

/* Takes the records in the buffer; false when reading cannot go on. */
static bool drain(struct stream *s, struct csv_stream *c, bool last) {
  for (size_t from = 0;;) {
    size_t used;
    enum csv_status status = csv_next(&c->reader, c->bytes + from, c->n - from, last, &used, &c->record);
    from += used;
    if (status == CSV_END || status == CSV_MORE) {
      c->n -= from;
      memmove(c->bytes, c->bytes + from, c->n);
      return true;
    }
    if (!c->table) {
      if (!take_header(s, c, status)) return false;
    } else if (status == CSV_BAD) {
      refuse_text(s, &c->record);
    } else {
      Yz__Problem *problem = NULL;
      void *message = table_row(c->table, &c->record, &s->arena, &problem);
      give(s, message, problem, c->record.line);
    }
  }
}

static bool read_csv(struct stream *s) {
  struct csv_stream *c = calloc(1, sizeof *c);
  must(c != NULL);
  arena_init(&c->arena, LIMIT_ARENA);
  bool sound = true, last = false;
  while (sound && !last) {
    must(c->n < sizeof c->bytes);
    c->n += fread(c->bytes + c->n, 1, sizeof c->bytes - c->n, s->file);
    last = feof(s->file) || ferror(s->file);
    sound = drain(s, c, last);
  }
  arena_free(&c->arena);
  free(c);
  return sound;
}

bool records_read(const char *path, const ProtobufCMessageDescriptor *type, const struct record_sink *sink) {
  bool standard = strcmp(path, "-") == 0;
  struct stream s = {.path = path, .type = type, .sink = sink, .file = standard ? stdin : fopen(path, "rb")};
  if (!s.file) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return false;
  }
  arena_init(&s.arena, LIMIT_ARENA);
  bool sound = name_ends(path, ".csv") ? read_csv(&s) : read_lines(&s);
  if (ferror(s.file)) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    sound = false;
  }
  if (!standard) fclose(s.file);
  arena_free(&s.arena);
  return sound;
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
  if (!book) print_problem(path, 0, problem);
  return book;
}
