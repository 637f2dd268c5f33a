/* json_token.h - JSON text cut into tokens, strictly by RFC 8259. For the reader of this library.
 *
 * Nothing is read past `end`, nothing is skipped but blanks. Strings are valid UTF-8 without NUL and control
 * characters, escapes decoded, surrogates paired. Numbers stay text: the field decides what they may be. */
#ifndef YZ_WIRE_JSON_TOKEN_H
#define YZ_WIRE_JSON_TOKEN_H

#include "text.h"

#include <stdbool.h>

enum json_kind {
  JSON_END,
  JSON_WRONG, /* not JSON; see `wrong` */
  JSON_OPEN_OBJECT,
  JSON_CLOSE_OBJECT,
  JSON_OPEN_ARRAY,
  JSON_CLOSE_ARRAY,
  JSON_COLON,
  JSON_COMMA,
  JSON_TEXT,    /* a string, decoded */
  JSON_WHOLE,   /* a number without fraction and exponent */
  JSON_DECIMAL, /* any other number */
  JSON_YES,
  JSON_NO,
  JSON_NOTHING /* null */
};

struct json_tokens {
  const char *start, *at, *end; /* the document; `at` is behind the current token */
  enum json_kind kind;          /* the current token */
  const char *text;             /* JSON_TEXT, JSON_WHOLE: its characters; live until the next token */
  size_t n;
  const char *wrong;   /* JSON_WRONG: what was */
  struct text scratch; /* a string that had escapes; owned */
};

/* Begins before the first token; `bytes` are borrowed. */
void json_tokens_init(struct json_tokens *tokens, const char *bytes, size_t n);
void json_tokens_free(struct json_tokens *tokens);
/* Moves to the next token and gives its kind. After JSON_END and JSON_WRONG it stays there. */
enum json_kind json_next(struct json_tokens *tokens);
/* Line and column, from 1, where reading stands; columns count bytes. */
void json_position(const struct json_tokens *tokens, int *line, int *column);

#endif
