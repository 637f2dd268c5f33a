/* Reading what an exchange carries: headers, query parameters, percent signs. */
#include "http.h"

#include <string.h>

const char *http_header(const struct http_exchange *exchange, const char *name) {
  for (size_t i = 0; i < exchange->n_headers; i++)
    if (strcmp(exchange->headers[i].name, name) == 0) return exchange->headers[i].value;
  return NULL;
}

static int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char *http_decode(struct arena *arena, const char *text, size_t n, bool plus) {
  char *decoded = arena_try(arena, n + 1);
  if (!decoded) return NULL;
  size_t length = 0;
  for (size_t i = 0; i < n; i++) {
    char c = text[i];
    if (c == '+' && plus) c = ' ';
    if (c == '%') {
      if (n - i < 3) return NULL;
      const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
      if (high < 0 || low < 0 || high + low == 0) return NULL;
      c = (char)(high << 4 | low);
      i += 2;
    }
    decoded[length++] = c;
  }
  decoded[length] = '\0';
  return decoded;
}

const char *http_query(const struct http_exchange *exchange, const char *name) {
  for (const char *at = exchange->query; *at;) {
    const size_t n = strcspn(at, "&"), n_name = strcspn(at, "=&");
    const char *key = n ? http_decode(exchange->arena, at, n_name, true) : NULL;
    if (key && strcmp(key, name) == 0)
      return n_name == n ? "" : http_decode(exchange->arena, at + n_name + 1, n - n_name - 1, true);
    at += n + (at[n] == '&');
  }
  return NULL;
}

const char *http_query_broken(const struct http_exchange *exchange) {
  struct arena *arena = exchange->arena;
  for (const char *at = exchange->query; *at;) {
    const size_t n = strcspn(at, "&");
    if (!http_decode(arena, at, n, true)) return arena_copy_n(arena, at, strcspn(at, "=&"));
    at += n + (at[n] == '&');
  }
  return NULL;
}
