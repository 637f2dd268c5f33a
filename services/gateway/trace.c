#include "trace.h"

#include "must.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { TRACE_AT = 3, TRACE_N = 32, SPAN_AT = 36, SPAN_N = 16, FLAGS_AT = 53, LENGTH = TRACE_TEXT - 1 };

/* Lower-case hex, and (for ids) not all zero. */
static bool hex(const char *text, size_t n, bool zero_too) {
  bool zero = true;
  for (size_t i = 0; i < n; i++) {
    if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f'))) return false;
    zero = zero && text[i] == '0';
  }
  return zero_too || !zero;
}

bool trace_read(const char *text, char traceparent[TRACE_TEXT]) {
  const size_t n = strlen(text);
  if (n < LENGTH || !hex(text, 2, true) || memcmp(text, "ff", 2) == 0) return false;
  const bool first_version = memcmp(text, "00", 2) == 0;
  if (n > LENGTH && (first_version || text[LENGTH] != '-')) return false;
  if (text[2] != '-' || text[SPAN_AT - 1] != '-' || text[FLAGS_AT - 1] != '-') return false;
  if (!hex(text + TRACE_AT, TRACE_N, false) || !hex(text + SPAN_AT, SPAN_N, false) || !hex(text + FLAGS_AT, 2, true))
    return false;
  memcpy(traceparent, text, LENGTH);
  memcpy(traceparent, "00", 2);
  traceparent[LENGTH] = '\0';
  return true;
}

void trace_make(const char *given, char traceparent[TRACE_TEXT]) {
  uint64_t random[3];
  must(getrandom(random, sizeof random, 0) == (ssize_t)sizeof random);
  for (size_t i = 0; i < 3; i++) random[i] |= 1; /* an id of zeros is none */
  if (!given || !trace_read(given, traceparent))
    snprintf(traceparent, TRACE_TEXT, "00-%016llx%016llx-%016llx-01", (unsigned long long)random[0],
             (unsigned long long)random[1], (unsigned long long)random[2]);
  char span[SPAN_N + 1];
  snprintf(span, sizeof span, "%016llx", (unsigned long long)random[2]);
  memcpy(traceparent + SPAN_AT, span, SPAN_N);
}

void trace_id(const char traceparent[TRACE_TEXT], char id[TRACE_ID_TEXT]) {
  memcpy(id, traceparent + TRACE_AT, TRACE_N);
  id[TRACE_N] = '\0';
}
