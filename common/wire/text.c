#include "text.h"

#include "must.h"

#include <stdbool.h>

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

void text_add_json_n(struct text *text, const char *bytes, size_t n) {
  char *at = text_room(text, 6 * n + 2); /* were each byte to be escaped */
  *at++ = '"';
  for (const char *s = bytes; s < bytes + n; s++) {
    if (json_plain(*s)) {
      *at++ = *s;
    } else if (*s == '"' || *s == '\\') {
      *at++ = '\\';
      *at++ = *s;
    } else {
      at += sprintf(at, "\\u%04x", (unsigned)(unsigned char)*s);
    }
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
