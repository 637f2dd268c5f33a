#include "media.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* A piece of a header's text. */
struct piece {
  const char *at;
  size_t n;
};

/* Takes what stands before the separator, trimmed, and moves on behind it. */
static struct piece next_piece(const char **text, const char *end, char separator) {
  const char *from = *text, *to = memchr(from, separator, (size_t)(end - from));
  if (!to) to = end;
  *text = to < end ? to + 1 : end;
  while (from < to && (*from == ' ' || *from == '\t')) from++;
  while (to > from && (to[-1] == ' ' || to[-1] == '\t')) to--;
  return (struct piece){from, (size_t)(to - from)};
}

static bool piece_is(struct piece piece, const char *text, size_t n) {
  return piece.n == n && strncasecmp(piece.at, text, n) == 0;
}

bool media_is_json(const char *content_type) {
  if (!content_type) return true;
  const char *at = content_type;
  const struct piece type = next_piece(&at, at + strlen(at), ';');
  static const char json[] = "application/json", suffix[] = "+json";
  const size_t n = sizeof suffix - 1;
  return piece_is(type, json, sizeof json - 1) || (type.n > n && strncasecmp(type.at + type.n - n, suffix, n) == 0);
}

bool media_is_ndjson(const char *content_type) {
  if (!content_type) return true;
  static const char ndjson[] = "application/x-ndjson";
  const char *at = content_type;
  return piece_is(next_piece(&at, at + strlen(at), ';'), ndjson, sizeof ndjson - 1);
}

/* "q=0.8" in 1/1000; -1 when the parameter is no quality or unreadable. */
static int quality_of(struct piece parameter) {
  if (parameter.n < 3 || parameter.n > 7 || strncasecmp(parameter.at, "q=", 2) != 0) return -1;
  int quality = 0, unit = 1000;
  for (size_t i = 2; i < parameter.n; i++) {
    const char c = parameter.at[i];
    if (i == 3) {
      if (c != '.') return -1;
      continue;
    }
    if (c < '0' || c > '9') return -1;
    quality += (c - '0') * unit;
    unit /= 10;
  }
  return quality <= 1000 ? quality : -1;
}

/* 3: the range names the type, 2: its family ("text/" with a star), 1: everything, 0: another. */
static int specificity(struct piece range, const char *type) {
  const size_t family = (size_t)(strchr(type, '/') - type) + 1;
  if (piece_is(range, type, strlen(type))) return 3;
  if (range.n == family + 1 && strncasecmp(range.at, type, family) == 0 && range.at[family] == '*') return 2;
  return piece_is(range, "*/*", 3) ? 1 : 0;
}

int media_quality(const char *accept, const char *type) {
  if (!accept || !*accept) return 1000;
  int best = 0, quality = 0;
  const char *end = accept + strlen(accept);
  while (accept < end) {
    const struct piece element = next_piece(&accept, end, ',');
    const char *at = element.at, *element_end = element.at + element.n;
    const int fits = specificity(next_piece(&at, element_end, ';'), type);
    if (fits <= best) continue;
    best = fits;
    quality = 1000;
    while (at < element_end) {
      const int given = quality_of(next_piece(&at, element_end, ';'));
      if (given >= 0) quality = given;
    }
  }
  return quality;
}
