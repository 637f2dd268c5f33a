/* A stream of lines, put whole and in pieces whose lengths the first bytes give: both readings give the same lines,
 * none of them blank, too long or with an LF in it. */
#include "http_lines.h"
#include "must.h"

#include <stdlib.h>
#include <string.h>

enum { FUZZ_LINE_MAX = 32, CUTS = 4, TOLD_MAX = 64 * 1024 };

struct told {
  size_t n;
  char bytes[TOLD_MAX]; /* of each line its number, 'L' when it was too long, its bytes and an LF */
};

static void tell(struct told *told, struct http_lines *lines) {
  struct http_line line;
  while (http_lines_next(lines, &line)) {
    must(line.n <= FUZZ_LINE_MAX && (!line.too_long || line.n == 0));
    must(line.too_long || (!memchr(line.bytes, '\n', line.n) && line.n > 0));
    if (told->n + line.n + 16 > TOLD_MAX) continue;
    memcpy(told->bytes + told->n, &line.number, sizeof line.number);
    told->n += sizeof line.number;
    told->bytes[told->n++] = line.too_long ? 'L' : 'l';
    if (line.n) memcpy(told->bytes + told->n, line.bytes, line.n);
    told->n += line.n;
    told->bytes[told->n++] = '\n';
  }
  must(http_lines_waiting(lines) <= FUZZ_LINE_MAX);
}

/* The piece in memory of its own, so that reading behind it is seen. */
static void put(struct http_lines *lines, const uint8_t *bytes, size_t n) {
  char *piece = malloc(n ? n : 1);
  must(piece != NULL);
  if (n) memcpy(piece, bytes, n);
  http_lines_put(lines, piece, n);
  free(piece);
}

static void read_cut(struct told *told, const uint8_t *data, size_t n, const uint8_t *cuts, bool whole) {
  struct http_lines lines;
  http_lines_init(&lines, FUZZ_LINE_MAX);
  told->n = 0;
  for (size_t i = 0, at = 0; i <= CUTS; i++) {
    const size_t left = n - at, piece = i < CUTS && cuts && cuts[i] < left ? cuts[i] : i < CUTS && cuts ? 0 : left;
    put(&lines, data + at, piece);
    at += piece;
    tell(told, &lines);
  }
  http_lines_end(&lines, whole);
  tell(told, &lines);
  must(http_lines_waiting(&lines) == 0);
  http_lines_free(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  static struct told whole, cut;
  if (n < CUTS + 1) return 0;
  const bool to_the_end = data[0] & 1;
  read_cut(&whole, data + CUTS + 1, n - CUTS - 1, NULL, to_the_end);
  read_cut(&cut, data + CUTS + 1, n - CUTS - 1, data + 1, to_the_end);
  must(whole.n == cut.n && memcmp(whole.bytes, cut.bytes, whole.n) == 0);
  return 0;
}
