#include "text.h"

#include "must.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_init(struct text *text) {
  *text = (struct text){0};
}

void text_free(struct text *text) {
  free(text->bytes);
  *text = (struct text){0};
}

void text_clear(struct text *text) {
  text_cut(text, 0);
}

void text_cut(struct text *text, size_t n) {
  must(n <= text->n);
  text->n = n;
  if (text->bytes) text->bytes[n] = '\0';
}

void text_grow(struct text *text, size_t n) {
  size_t room = text->room ? text->room * 2 : 256;
  while (room - text->n <= n) room *= 2;
  text->bytes = realloc(text->bytes, room);
  must(text->bytes != NULL);
  text->room = room;
}

void text_add_times(struct text *text, const char *string, size_t times) {
  for (size_t i = 0; i < times; i++) text_add(text, string);
}

void text_addv(struct text *text, const char *format, va_list args) {
  va_list again;
  va_copy(again, args);
  const int n = vsnprintf(NULL, 0, format, args);
  must(n >= 0);
  text_reserve(text, (size_t)n);
  vsnprintf(text->bytes + text->n, (size_t)n + 1, format, again);
  text->n += (size_t)n;
  va_end(again);
}

void text_addf(struct text *text, const char *format, ...) {
  va_list args;
  va_start(args, format);
  text_addv(text, format, args);
  va_end(args);
}

static bool json_plain(char c) {
  return (unsigned char)c >= 0x20 && c != '"' && c != '\\' && c != 0x7f;
}

static const uint64_t ones = UINT64_C(0x0101010101010101);

/* High bits where a byte of the eight is below `limit` (at most 0x80); what lies above the first such byte may be
 * wrong. */
static uint64_t below(uint64_t eight, uint64_t limit) {
  return (eight - ones * limit) & ~eight & ones * 0x80;
}

/* Length of what needs no escapes, from the beginning: most strings are nothing else. */
static size_t json_plain_run(const char *bytes, size_t n) {
  size_t i = 0;
  for (uint64_t eight; i + sizeof eight <= n; i += sizeof eight) {
    memcpy(&eight, bytes + i, sizeof eight);
    if (below(eight, 0x20) | below(eight ^ ones * '"', 1) | below(eight ^ ones * '\\', 1) |
        below(eight ^ ones * 0x7f, 1))
      break;
  }
  while (i < n && json_plain(bytes[i])) i++;
  return i;
}

static char *json_escape(char *at, char c) {
  if (c != '"' && c != '\\') return at + sprintf(at, "\\u%04x", (unsigned)(unsigned char)c);
  *at++ = '\\';
  *at++ = c;
  return at;
}

void text_add_json_n(struct text *text, const char *bytes, size_t n) {
  const char *const end = bytes + n;
  char *at = text_room(text, 6 * n + 2); /* were each byte to be escaped */
  *at++ = '"';
  for (;;) {
    const size_t plain = json_plain_run(bytes, (size_t)(end - bytes));
    at = mempcpy(at, bytes, plain);
    bytes += plain;
    if (bytes == end) break;
    at = json_escape(at, *bytes++);
  }
  *at++ = '"';
  text_wrote(text, at);
}

const char *text_string(const struct text *text) {
  return text->bytes ? text->bytes : "";
}

char *text_copy(const struct text *text, struct arena *arena) {
  return arena_copy_n(arena, text_string(text), text->n);
}
