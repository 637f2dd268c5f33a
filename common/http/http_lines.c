#include "http_lines.h"

#include "must.h"

#include <string.h>

void http_lines_init(struct http_lines *lines, size_t line_max) {
  *lines = (struct http_lines){.line_max = line_max};
}

void http_lines_free(struct http_lines *lines) {
  http_bytes_free(&lines->bytes);
  lines->given = lines->seen = 0;
}

static void drop_given(struct http_lines *lines) {
  http_bytes_drop(&lines->bytes, lines->given);
  lines->given = 0;
}

void http_lines_put(struct http_lines *lines, const char *bytes, size_t n) {
  must(!lines->ended);
  drop_given(lines);
  http_bytes_put(&lines->bytes, bytes, n);
}

void http_lines_end(struct http_lines *lines, bool whole) {
  lines->ended = true;
  if (whole) return;
  drop_given(lines);
  const struct http_bytes *bytes = &lines->bytes;
  const char *last = bytes->n ? memrchr(bytes->text + bytes->at, '\n', bytes->n) : NULL;
  lines->bytes.n = last ? (size_t)(last + 1 - (bytes->text + bytes->at)) : 0;
  lines->skips = lines->skips && last;
  lines->seen = 0;
}

/* The first LF that has not been looked for before; NULL: none has come. */
static const char *find_end(struct http_lines *lines) {
  const char *bytes = lines->bytes.text + lines->bytes.at;
  const char *end = memchr(bytes + lines->seen, '\n', lines->bytes.n - lines->seen);
  lines->seen = end ? 0 : lines->bytes.n;
  return end;
}

static bool blank(const struct http_line *line) {
  size_t i = 0;
  while (i < line->n && (line->bytes[i] == ' ' || line->bytes[i] == '\t' || line->bytes[i] == '\r')) i++;
  return i == line->n && !line->too_long;
}

/* Cuts the next line off, blank or not. */
static bool cut_line(struct http_lines *lines, struct http_line *line) {
  drop_given(lines);
  const char *end = lines->bytes.n > 0 ? find_end(lines) : NULL;
  const size_t n = end ? (size_t)(end - (lines->bytes.text + lines->bytes.at)) : lines->bytes.n;
  const bool last = !end && lines->ended && (n > 0 || lines->skips);
  lines->skips = lines->skips || n > lines->line_max;
  if (!end && !last) {
    if (lines->skips) http_bytes_drop(&lines->bytes, n);
    if (lines->skips) lines->seen = 0;
    return false;
  }
  lines->given = n + (end != NULL);
  lines->seen = 0;
  *line = (struct http_line){.number = ++lines->number, .too_long = lines->skips};
  if (!line->too_long) {
    line->bytes = lines->bytes.text + lines->bytes.at;
    line->n = n;
  }
  lines->skips = false;
  return true;
}

bool http_lines_next(struct http_lines *lines, struct http_line *line) {
  while (cut_line(lines, line))
    if (!blank(line)) return true;
  return false;
}

size_t http_lines_waiting(const struct http_lines *lines) {
  return lines->bytes.n - lines->given + lines->skips;
}
