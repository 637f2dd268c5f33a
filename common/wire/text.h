/* text.h - a text that grows: what everything that prints prints into.
 *
 * Owns malloc'd memory, freed by text_free. The bytes are always followed by a NUL. Running out of memory stops the
 * process: what is printed is bounded by what was let in. */
#ifndef YZ_WIRE_TEXT_H
#define YZ_WIRE_TEXT_H

#include "arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct text {
  char *bytes; /* NULL until something is added; use text_string() to read */
  size_t n, room;
};

/* An empty text without memory; `struct text t = {0}` is the same. */
void text_init(struct text *text);
/* Safe on an empty or freed text; the text is empty afterwards. */
void text_free(struct text *text);
/* Forgets the content and keeps the memory. */
void text_clear(struct text *text);
/* Drops everything behind the first `n` bytes. */
void text_cut(struct text *text, size_t n);

void text_grow(struct text *text, size_t n);
/* Room for `n` more bytes and the NUL, so that what is added next is not moved about. */
static inline void text_reserve(struct text *text, size_t n) {
  if (!text->bytes || text->room - text->n <= n) text_grow(text, n);
}

/* Where at most `n` bytes can be written, for who prints by hand; text_wrote() takes what was. */
static inline char *text_room(struct text *text, size_t n) {
  text_reserve(text, n);
  return text->bytes + text->n;
}
static inline void text_wrote(struct text *text, char *end) {
  text->n = (size_t)(end - text->bytes);
  *end = '\0';
}

static inline void text_add_n(struct text *text, const char *bytes, size_t n) {
  text_reserve(text, n);
  if (n > 0) memcpy(text->bytes + text->n, bytes, n);
  text->bytes[text->n += n] = '\0';
}

static inline void text_add_char(struct text *text, char c) {
  text_reserve(text, 1);
  text->bytes[text->n++] = c;
  text->bytes[text->n] = '\0';
}

static inline void text_add(struct text *text, const char *string) {
  text_add_n(text, string, strlen(string));
}

/* Between quotes, for what needs no escapes. */
static inline void text_add_quoted(struct text *text, const char *string) {
  const size_t n = strlen(string);
  char *at = text_room(text, n + 2);
  *at++ = '"';
  at = mempcpy(at, string, n);
  *at++ = '"';
  text_wrote(text, at);
}

/* The name of a JSON object's member, with the comma before it unless it is the first. */
static inline void text_add_member(struct text *text, const char *name, bool first) {
  const size_t n = strlen(name);
  char *at = text_room(text, n + 4);
  if (!first) *at++ = ',';
  *at++ = '"';
  at = mempcpy(at, name, n);
  *at++ = '"';
  *at++ = ':';
  text_wrote(text, at);
}

void text_add_times(struct text *text, const char *string, size_t times);
void text_addf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_addv(struct text *text, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
/* A JSON string: quotes around it, escapes inside. */
void text_add_json_n(struct text *text, const char *bytes, size_t n);
static inline void text_add_json(struct text *text, const char *string) {
  text_add_json_n(text, string, strlen(string));
}

/* The content; "" when empty. Dead after the next addition. */
const char *text_string(const struct text *text);
/* A copy that lives with the arena. */
char *text_copy(const struct text *text, struct arena *arena);

#endif
