#include "table_stream.h"

#include "bounds.h"
#include "must.h"
#include "records.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct table_stream {
  const char *path;
  FILE *file;
  struct csv_reader reader;
  struct csv_record record;
  struct arena arena; /* of the table and the names of its columns */
  struct table *table;
  char *names[CSV_FIELDS_MAX];
  unsigned n_names;
  bool bad;       /* the row is no CSV */
  bool last;      /* nothing follows the bytes held */
  size_t from, n; /* bytes held */
  char bytes[CSV_BUFFER];
};

static void read_more(struct table_stream *s) {
  memmove(s->bytes, s->bytes + s->from, s->n - s->from);
  s->n -= s->from;
  s->from = 0;
  must(s->n < sizeof s->bytes);
  s->n += fread(s->bytes + s->n, 1, sizeof s->bytes - s->n, s->file);
  s->last = feof(s->file) || ferror(s->file);
}

enum stream_row table_stream_next(struct table_stream *s) {
  for (;;) {
    size_t used;
    const enum csv_status status = csv_next(&s->reader, s->bytes + s->from, s->n - s->from, s->last, &used, &s->record);
    s->from += used;
    s->bad = status == CSV_BAD;
    if (status == CSV_RECORD) return ROW_THERE;
    if (status == CSV_BAD) return ROW_BAD;
    if (s->last) return ROW_END;
    read_more(s);
  }
}

/* The header is the first record; without it nothing can be read. An empty file has no header and no rows. */
static bool take_header(struct table_stream *s, const ProtobufCMessageDescriptor *type) {
  const enum stream_row row = table_stream_next(s);
  if (row == ROW_END) return true;
  Yz__Problem *problem = NULL;
  if (row == ROW_BAD)
    problem = problem_new(&s->arena, YZ__CODE__MALFORMED, NULL, "%s", s->record.error);
  else
    s->table = table_open(type, &s->record, &s->arena, &problem);
  if (problem) print_problem(stderr, s->path, s->record.line, problem);
  for (unsigned i = 0; s->table && i < s->record.n; i++)
    s->names[s->n_names++] = arena_copy(&s->arena, s->record.fields[i]);
  return s->table != NULL;
}

struct table_stream *table_stream_open(const char *path, const ProtobufCMessageDescriptor *type) {
  struct table_stream *s = calloc(1, sizeof *s);
  must(s != NULL);
  s->path = path;
  arena_init(&s->arena, LIMIT_ARENA);
  s->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
  if (!s->file) fprintf(stderr, "%s: %s\n", path, strerror(errno));
  if (s->file && take_header(s, type)) return s;
  table_stream_close(&s);
  return NULL;
}

unsigned table_stream_line(const struct table_stream *s) {
  return s->record.line;
}

int table_stream_column(const struct table_stream *s, const char *name) {
  for (unsigned i = 0; i < s->n_names; i++)
    if (strcmp(s->names[i], name) == 0) return (int)i;
  return -1;
}

const char *table_stream_cell(const struct table_stream *s, int column) {
  return !s->bad && column >= 0 && (unsigned)column < s->record.n ? s->record.fields[column] : "";
}

void *table_stream_message(const struct table_stream *s, struct arena *arena, Yz__Problem **problem) {
  if (!s->bad) return table_row(s->table, &s->record, arena, problem);
  *problem = problem_new(arena, YZ__CODE__MALFORMED, NULL, "%s", s->record.error);
  return NULL;
}

bool table_stream_close(struct table_stream **stream) {
  struct table_stream *s = *stream;
  *stream = NULL;
  if (!s) return true;
  const bool sound = s->file && !ferror(s->file);
  if (s->file && !sound) fprintf(stderr, "%s: %s\n", s->path, strerror(errno));
  if (s->file && s->file != stdin) fclose(s->file);
  arena_free(&s->arena);
  free(s);
  return sound;
}
