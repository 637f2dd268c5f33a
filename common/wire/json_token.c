#include "json_token.h"

#include "utf8.h"

#include <stdint.h>
#include <string.h>

void json_tokens_init(struct json_tokens *tokens, const char *bytes, size_t n) {
  *tokens = (struct json_tokens){.start = bytes, .at = bytes, .end = bytes + n, .kind = JSON_COMMA};
}

void json_tokens_free(struct json_tokens *tokens) {
  text_free(&tokens->scratch);
}

static enum json_kind wrong(struct json_tokens *t, const char *what) {
  t->wrong = what;
  return JSON_WRONG;
}

static bool is_digit(const struct json_tokens *t) {
  return t->at < t->end && *t->at >= '0' && *t->at <= '9';
}

static bool digits_take(struct json_tokens *t) {
  const char *first = t->at;
  while (is_digit(t)) t->at++;
  return t->at > first;
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? */
static enum json_kind number_take(struct json_tokens *t) {
  enum json_kind kind = JSON_WHOLE;
  t->text = t->at;
  if (*t->at == '-') t->at++;
  if (t->at < t->end && *t->at == '0')
    t->at++;
  else if (!digits_take(t))
    return wrong(t, "a number without digits");
  if (is_digit(t)) return wrong(t, "a number with a leading zero");
  if (t->at < t->end && *t->at == '.') {
    kind = JSON_DECIMAL;
    t->at++;
    if (!digits_take(t)) return wrong(t, "a number without digits behind the point");
  }
  if (t->at < t->end && (*t->at == 'e' || *t->at == 'E')) {
    kind = JSON_DECIMAL;
    t->at++;
    if (t->at < t->end && (*t->at == '+' || *t->at == '-')) t->at++;
    if (!digits_take(t)) return wrong(t, "a number without digits in its exponent");
  }
  t->n = (size_t)(t->at - t->text);
  return kind;
}

static enum json_kind word_take(struct json_tokens *t, const char *word, enum json_kind kind) {
  const size_t n = strlen(word);
  if ((size_t)(t->end - t->at) < n || memcmp(t->at, word, n) != 0) return wrong(t, "an unknown word");
  t->at += n;
  return kind;
}

/* Four hex digits at `at`; -1 when they are not there. */
static int32_t hex4_take(struct json_tokens *t) {
  if (t->end - t->at < 4) return -1;
  int32_t value = 0;
  for (int i = 0; i < 4; i++) {
    const char c = t->at[i];
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  t->at += 4;
  return value;
}

static void utf8_add(struct text *out, int32_t c) {
  char bytes[4];
  size_t n = 0;
  if (c < 0x80) {
    bytes[n++] = (char)c;
  } else if (c < 0x800) {
    bytes[n++] = (char)(0xc0 | c >> 6);
  } else if (c < 0x10000) {
    bytes[n++] = (char)(0xe0 | c >> 12);
    bytes[n++] = (char)(0x80 | (c >> 6 & 0x3f));
  } else {
    bytes[n++] = (char)(0xf0 | c >> 18);
    bytes[n++] = (char)(0x80 | (c >> 12 & 0x3f));
    bytes[n++] = (char)(0x80 | (c >> 6 & 0x3f));
  }
  if (c >= 0x80) bytes[n++] = (char)(0x80 | (c & 0x3f));
  text_add_n(out, bytes, n);
}

/* Behind "\u": one character, of two escapes when it is beyond U+FFFF. */
static bool unicode_take(struct json_tokens *t) {
  int32_t c = hex4_take(t);
  if (c <= 0 || (c >= 0xdc00 && c <= 0xdfff)) return false; /* no digits, NUL, or a second half alone */
  if (c >= 0xd800 && c <= 0xdbff) {
    if (t->end - t->at < 2 || t->at[0] != '\\' || t->at[1] != 'u') return false;
    t->at += 2;
    const int32_t low = hex4_take(t);
    if (low < 0xdc00 || low > 0xdfff) return false;
    c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
  }
  utf8_add(&t->scratch, c);
  return true;
}

static bool escape_take(struct json_tokens *t) {
  static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
  t->at++;
  if (t->at == t->end) return false;
  const char name = *t->at++;
  if (name == 'u') return unicode_take(t);
  const char *found = name ? strchr(names, name) : NULL;
  if (!found) return false;
  text_add_char(&t->scratch, values[found - names]);
  return true;
}

/* Passes characters up to a quote, a backslash or the end; false at one that may not stand in a string. */
static bool plain_take(struct json_tokens *t) {
  while (t->at < t->end && *t->at != '"' && *t->at != '\\') {
    const unsigned char c = (unsigned char)*t->at;
    const size_t n = c < 0x20 ? 0 : c < 0x80 ? 1 : utf8_character(t->at, (size_t)(t->end - t->at));
    if (n == 0) return false;
    t->at += n;
  }
  return true;
}

static enum json_kind string_take(struct json_tokens *t) {
  const char *from = ++t->at;
  bool escaped = false;
  for (;;) {
    if (!plain_take(t)) return wrong(t, "a control character in a string, or bytes that are not UTF-8");
    if (t->at == t->end) return wrong(t, "a string that does not end");
    if (*t->at == '"') break;
    if (!escaped) text_clear(&t->scratch);
    escaped = true;
    text_add_n(&t->scratch, from, (size_t)(t->at - from));
    if (!escape_take(t)) return wrong(t, "an escape that is none, NUL, or half a surrogate pair");
    from = t->at;
  }
  if (escaped) text_add_n(&t->scratch, from, (size_t)(t->at - from));
  t->text = escaped ? t->scratch.bytes : from;
  t->n = escaped ? t->scratch.n : (size_t)(t->at - from);
  t->at++;
  return JSON_TEXT;
}

static enum json_kind mark_take(struct json_tokens *t, enum json_kind kind) {
  t->at++;
  return kind;
}

static enum json_kind token_take(struct json_tokens *t) {
  while (t->at < t->end && (*t->at == ' ' || *t->at == '\n' || *t->at == '\r' || *t->at == '\t')) t->at++;
  if (t->at == t->end) return JSON_END;
  switch (*t->at) {
  case '{': return mark_take(t, JSON_OPEN_OBJECT);
  case '}': return mark_take(t, JSON_CLOSE_OBJECT);
  case '[': return mark_take(t, JSON_OPEN_ARRAY);
  case ']': return mark_take(t, JSON_CLOSE_ARRAY);
  case ':': return mark_take(t, JSON_COLON);
  case ',': return mark_take(t, JSON_COMMA);
  case '"': return string_take(t);
  case 't': return word_take(t, "true", JSON_YES);
  case 'f': return word_take(t, "false", JSON_NO);
  case 'n': return word_take(t, "null", JSON_NOTHING);
  default: return *t->at == '-' || is_digit(t) ? number_take(t) : wrong(t, "an unexpected character");
  }
}

enum json_kind json_next(struct json_tokens *tokens) {
  if (tokens->kind != JSON_END && tokens->kind != JSON_WRONG) tokens->kind = token_take(tokens);
  return tokens->kind;
}

void json_position(const struct json_tokens *tokens, int *line, int *column) {
  *line = *column = 1;
  for (const char *c = tokens->start; c < tokens->at; c++) {
    *column = *c == '\n' ? 1 : *column + 1;
    if (*c == '\n') ++*line;
  }
}
