#include "wrap.h"

#include "columns.h"
#include "utf8.h"

#include <stdbool.h>
#include <string.h>

/* The character at `at`, at least one byte. */
static size_t character(const char *at) {
  const size_t n = utf8_character(at, strlen(at));
  return n > 0 ? n : 1;
}

static bool is_one_of(const char *at, size_t n, const char *const marks[], size_t count) {
  for (size_t i = 0; i < count; i++)
    if (strlen(marks[i]) == n && memcmp(marks[i], at, n) == 0) return true;
  return false;
}

static bool closes(const char *at, size_t n) {
  static const char *const marks[] = {"，", "。", "；", "：", "、", "）", "】", "》", "”", "’", "！", "？", "～"};
  return is_one_of(at, n, marks, sizeof marks / sizeof marks[0]);
}

static bool opens(const char *at, size_t n) {
  static const char *const marks[] = {"（", "【", "《", "“", "‘", "〔"};
  return is_one_of(at, n, marks, sizeof marks / sizeof marks[0]);
}

/* Length of the piece that begins at `at` and may not be broken: opening marks, a wide character or a word, closing
 * marks. */
static size_t piece(const char *at) {
  size_t n = 0;
  while (at[n] && opens(at + n, character(at + n))) n += character(at + n);
  if (!at[n] || at[n] == ' ' || at[n] == '\n') return n;
  if (character(at + n) > 1) {
    n += character(at + n);
  } else {
    while (at[n] && at[n] != ' ' && at[n] != '\n' && character(at + n) == 1) n++;
  }
  while (at[n] && closes(at + n, character(at + n))) n += character(at + n);
  return n;
}

/* A word too long for the copy is longer than any line: its bytes are as good as its columns. */
static size_t piece_columns(const char *at, size_t n) {
  char copy[256];
  if (n >= sizeof copy) return n;
  memcpy(copy, at, n);
  copy[n] = '\0';
  return text_columns(copy);
}

void text_wrap(struct text *out, const char *first, const char *utf8, size_t width) {
  const size_t indent = text_columns(first);
  size_t line = indent;
  bool blank = false; /* a blank is due before the next piece, unless it begins a line */
  text_add(out, first);
  for (const char *at = utf8; *at;) {
    if (*at == ' ' || *at == '\n') {
      blank = line > indent;
      at++;
      continue;
    }
    const size_t n = piece(at), columns = piece_columns(at, n);
    if (line > indent && line + columns + (blank ? 1 : 0) > width) {
      text_add_char(out, '\n');
      text_add_times(out, " ", indent);
      line = indent;
      blank = false;
    }
    if (blank) text_add_char(out, ' ');
    text_add_n(out, at, n);
    line += columns + (blank ? 1 : 0);
    blank = false;
    at += n;
  }
  text_add_char(out, '\n');
}
