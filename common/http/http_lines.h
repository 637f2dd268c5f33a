/* http_lines.h - a streamed body as lines (NDJSON): pieces in, whole lines out, each with its number.
 *
 * A line ends with LF, the last one perhaps without; what is blank counts as a line and is passed over. A line longer
 * than the limit is told as such and its bytes are not kept, so memory is bounded by the limit and the longest piece.
 * Pure. */
#ifndef YZ_HTTP_HTTP_LINES_H
#define YZ_HTTP_HTTP_LINES_H

#include "http_bytes.h"

#include <stdbool.h>
#include <stdint.h>

struct http_lines {
  size_t line_max; /* bytes of a line, without its end */

  /* the rest is private */
  struct http_bytes bytes; /* not yet given */
  size_t given;            /* in front of them: the line last given, with its end */
  size_t seen;             /* behind that: bytes known to have no LF */
  uint64_t number;         /* of the line last given or passed over */
  bool skips;              /* within a line that is too long */
  bool ended;
};

struct http_line {
  uint64_t number; /* from 1 */
  bool too_long;   /* and so without bytes */
  const char *bytes;
  size_t n;
};

void http_lines_init(struct http_lines *lines, size_t line_max);
/* Frees the memory. */
void http_lines_free(struct http_lines *lines);
/* Adds a piece. */
void http_lines_put(struct http_lines *lines, const char *bytes, size_t n);
/* No more pieces. `whole`: what stands behind the last LF is a line too; else it is dropped. */
void http_lines_end(struct http_lines *lines, bool whole);
/* Gives the next line, borrowed until the next call here; false when there is none yet, or no more. */
bool http_lines_next(struct http_lines *lines, struct http_line *line);
/* Bytes that wait to be given; a line that is too long, of which none are kept, counts as one. */
size_t http_lines_waiting(const struct http_lines *lines);

#endif
