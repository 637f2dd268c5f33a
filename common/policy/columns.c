#include "columns.h"

#include <stdint.h>

/* East Asian Wide and Fullwidth of Unicode's EastAsianWidth.txt, in the blocks that our texts use. */
static const struct {
  uint32_t from, to;
} wide[] = {
    {0x1100, 0x115f}, {0x2e80, 0x303e}, {0x3041, 0xa4cf}, {0xac00, 0xd7a3},
    {0xf900, 0xfaff}, {0xfe30, 0xfe4f}, {0xff00, 0xff60}, {0xffe0, 0xffe6},
};

/* Curly quotes, dashes and ellipses are of ambiguous width and printed narrow by terminals. */
static size_t columns_of(uint32_t c) {
  for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
    if (c >= wide[i].from && c <= wide[i].to) return 2;
  return c >= 0x20000 && c <= 0x3fffd ? 2 : 1;
}

size_t text_columns(const char *utf8) {
  size_t columns = 0;
  for (const unsigned char *p = (const unsigned char *)utf8; *p;) {
    const int more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc0 ? 1 : 0;
    uint32_t c = more == 3 ? *p & 0x07 : more == 2 ? *p & 0x0f : more == 1 ? *p & 0x1f : *p;
    p++;
    for (int i = 0; i < more && (*p & 0xc0) == 0x80; i++) c = (c << 6) | (*p++ & 0x3f);
    columns += columns_of(c);
  }
  return columns;
}

static size_t blanks(const char *utf8, size_t columns) {
  const size_t taken = text_columns(utf8);
  return taken < columns ? columns - taken : 0;
}

void text_add_left(struct text *out, const char *utf8, size_t columns) {
  text_add(out, utf8);
  text_add_times(out, " ", blanks(utf8, columns));
}

void text_add_right(struct text *out, const char *utf8, size_t columns) {
  text_add_times(out, " ", blanks(utf8, columns));
  text_add(out, utf8);
}
