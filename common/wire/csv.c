/* csv.c - see csv.h. A small state machine per record:
 *
 *   START --'"'--> QUOTED --'"'--> CLOSED --'"'--> QUOTED (a quote twice)
 *     |                              |
 *     +--other--> PLAIN              +--',' or line end--> next field */
#include "csv.h"

#include "utf8.h"

#include <string.h>

enum state { START, PLAIN, QUOTED, CLOSED };

struct scan {
  const unsigned char *at;
  size_t n, i;
  bool last;
  struct csv_record *record;
  size_t text; /* bytes of record->text in use */
  unsigned breaks;
  enum state state;
};

/* Ends the field in hand; its text begins at fields[n]. */
static const char *end_field(struct scan *s) {
  struct csv_record *record = s->record;
  if (s->text == CSV_RECORD_MAX) return "the record is too long: is a closing quote missing?";
  record->text[s->text++] = '\0';
  s->state = START;
  const char *field = record->fields[record->n++];
  return utf8_valid(field, strlen(field)) ? NULL : "the field is not UTF-8";
}

static const char *begin_field(struct scan *s) {
  if (s->record->n == CSV_FIELDS_MAX) return "the record has too many fields";
  s->record->fields[s->record->n] = s->record->text + s->text;
  return NULL;
}

static const char *add(struct scan *s, unsigned char c) {
  if (c == '\0') return "the record holds a NUL byte";
  if (s->text == CSV_RECORD_MAX) return "the record is too long: is a closing quote missing?";
  if (c == '\n') s->breaks++;
  s->record->text[s->text++] = (char)c;
  return NULL;
}

/* Adds the bytes at hand that mean nothing but themselves: most of every table. */
static void add_plain(struct scan *s) {
  size_t most = CSV_RECORD_MAX - s->text, n = 0;
  if (most > s->n - s->i) most = s->n - s->i;
  const unsigned char *from = s->at + s->i;
  while (n < most && from[n] > '"' && from[n] != ',') n++; /* NUL, line ends, blanks and quotes all lie below */
  memcpy(s->record->text + s->text, from, n);
  s->text += n;
  s->i += n;
}

/* Takes one byte that is no record's end. */
static const char *take(struct scan *s, unsigned char c) {
  if (s->state == QUOTED) {
    if (c != '"') return add(s, c);
    s->state = CLOSED;
    return NULL;
  }
  if (c == ',') {
    const char *error = end_field(s);
    return error ? error : begin_field(s);
  }
  if (c == '"') {
    if (s->state == PLAIN) return "a quote inside a field that does not begin with one";
    const char *error = s->state == CLOSED ? add(s, c) : NULL;
    s->state = QUOTED;
    return error;
  }
  if (s->state == CLOSED) return "text after a closing quote";
  if (c == '\r') return "a carriage return without a line feed";
  s->state = PLAIN;
  return add(s, c);
}

/* Bytes of the line end at i: 0 none, 1 LF or the text's end, 2 CRLF; -1 when more bytes must tell. */
static int line_end(const struct scan *s) {
  if (s->i == s->n) return s->last ? 0 : -1;
  if (s->at[s->i] == '\n') return 1;
  if (s->at[s->i] != '\r') return 0;
  if (s->i + 1 == s->n) return s->last ? 0 : -1;
  return s->at[s->i + 1] == '\n' ? 2 : 0;
}

/* Drops bytes up to the next line feed; true when it was found (or nothing follows). */
static bool skip_line(struct csv_reader *reader, const char *bytes, size_t n, bool last, size_t *used) {
  const char *feed = *used < n ? memchr(bytes + *used, '\n', n - *used) : NULL;
  *used = feed ? (size_t)(feed - bytes) + 1 : n;
  reader->skipping = !feed && !last;
  if (feed || last) reader->line++;
  return !reader->skipping;
}

/* Byte order mark and empty lines. False when more bytes must tell. */
static bool skip_blank(struct csv_reader *reader, struct scan *s) {
  static const unsigned char mark[] = {0xef, 0xbb, 0xbf};
  if (!reader->begun) {
    if (s->n < sizeof(mark) && !s->last) return false;
    if (s->n >= sizeof(mark) && memcmp(s->at, mark, sizeof(mark)) == 0) s->i = sizeof(mark);
    reader->begun = true;
  }
  int end;
  while ((end = line_end(s)) > 0) {
    s->i += (size_t)end;
    reader->line++;
  }
  return end == 0;
}

/* Scans to the end of the record: 1 there, 0 more bytes are needed, -1 with record->error set. */
static int scan_record(struct scan *s) {
  s->record->n = 0;
  s->record->error = begin_field(s);
  while (!s->record->error) {
    int end = s->state == QUOTED ? 0 : line_end(s);
    if (end < 0) return 0;
    if (end > 0 || (s->i == s->n && s->state != QUOTED)) {
      s->record->error = end_field(s);
      if (s->record->error) return -1;
      s->i += (size_t)end;
      return 1;
    }
    if (s->i == s->n) {
      if (!s->last) return 0;
      s->record->error = "the text ends inside quotes";
      return -1;
    }
    s->record->error = take(s, s->at[s->i]);
    if (s->record->error) return -1;
    s->i++;
    if (s->state == PLAIN) add_plain(s);
  }
  return -1;
}

enum csv_status csv_next(struct csv_reader *reader, const char *bytes, size_t n, bool last, size_t *used,
                         struct csv_record *record) {
  *used = 0;
  if (reader->skipping && !skip_line(reader, bytes, n, last, used)) return CSV_MORE;
  struct scan s = {.at = (const unsigned char *)bytes, .n = n, .i = *used, .last = last, .record = record};
  bool ready = skip_blank(reader, &s);
  *used = s.i;
  if (!ready) return CSV_MORE;
  if (s.i == n) return CSV_END;
  record->line = reader->line + 1;
  switch (scan_record(&s)) {
  case 1:
    *used = s.i;
    reader->line += 1 + s.breaks;
    return CSV_RECORD;
  case 0: return CSV_MORE;
  default:
    reader->line += s.breaks;
    *used = s.i;
    skip_line(reader, bytes, n, last, used);
    return CSV_BAD;
  }
}

void csv_put(FILE *out, const char *text) {
  if (!text) return;
  if (!strpbrk(text, ",\"\r\n")) {
    fputs(text, out);
    return;
  }
  fputc('"', out);
  for (const char *p = text; *p; p++) {
    if (*p == '"') fputc('"', out);
    fputc(*p, out);
  }
  fputc('"', out);
}
