#include "utf8.h"

#include <stdint.h>
#include <string.h>

size_t utf8_character(const char *text, size_t n) {
  const unsigned char *s = (const unsigned char *)text;
  if (s[0] < 0x80) return s[0] ? 1 : 0;
  const size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
  if (s[0] < 0xc2 || s[0] > 0xf4 || length > n) return 0;
  for (size_t i = 1; i < length; i++)
    if ((s[i] & 0xc0) != 0x80) return 0;
  /* RFC 3629 section 4: the second byte excludes overlong forms, surrogates and what lies beyond U+10FFFF */
  if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f)) return 0;
  if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)) return 0;
  return length;
}

/* A high bit is set where a byte is above 0x7f, or where taking one off borrows from it: a zero byte. */
static bool is_ascii(uint64_t eight) {
  return !((eight | (eight - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080));
}

/* Fewer than eight bytes, from both ends. */
static bool is_short_ascii(const char *text, size_t n) {
  uint32_t first = 0x01010101, last = 0x01010101;
  if (n >= 4) {
    memcpy(&first, text, 4);
    memcpy(&last, text + n - 4, 4);
  } else if (n >= 2) {
    memcpy(&first, text, 2);
    memcpy(&last, text + n - 2, 2);
  } else if (n == 1) {
    memcpy(&first, text, 1);
  }
  return is_ascii(first | (uint64_t)last << 32);
}

/* Bytes at the start that are ASCII without NUL, eight at a time: nearly all strings are ids. */
static size_t ascii_run(const char *text, size_t n) {
  size_t i = 0;
  uint64_t eight;
  if (n < sizeof eight) return is_short_ascii(text, n) ? n : 0;
  for (; i + sizeof eight <= n; i += sizeof eight) {
    memcpy(&eight, text + i, sizeof eight);
    if (!is_ascii(eight)) return i;
  }
  memcpy(&eight, text + n - sizeof eight, sizeof eight); /* the end, some of it once more */
  return is_ascii(eight) ? n : i;
}

bool utf8_valid(const char *text, size_t n) {
  for (size_t i = ascii_run(text, n); i < n;) {
    const size_t length = utf8_character(text + i, n - i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}
