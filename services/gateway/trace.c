#include "trace.h"

#include "must.h"
#include "splitmix.h"

#include <stddef.h>
#include <stdint.h>
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

/* Ids have to be unlike each other, not secret: the kernel is asked once. */
static uint64_t random_id(void) {
  static uint64_t state;
  if (state == 0) must(getrandom(&state, sizeof state, 0) == (ssize_t)sizeof state);
  return splitmix_next(&state) | 1; /* an id of zeros is none */
}

static void put_id(char *at) {
  uint64_t id = random_id();
  for (int i = 15; i >= 0; i--, id >>= 4) at[i] = "0123456789abcdef"[id & 15];
}

void trace_make(const char *given, char traceparent[TRACE_TEXT]) {
  if (!given || !trace_read(given, traceparent)) {
    memcpy(traceparent, "00-", TRACE_AT);
    put_id(traceparent + TRACE_AT);
    put_id(traceparent + TRACE_AT + TRACE_N / 2);
    traceparent[SPAN_AT - 1] = '-';
    memcpy(traceparent + FLAGS_AT - 1, "-01", 4);
  }
  put_id(traceparent + SPAN_AT);
}

void trace_id(const char traceparent[TRACE_TEXT], char id[TRACE_ID_TEXT]) {
  memcpy(id, traceparent + TRACE_AT, TRACE_N);
  id[TRACE_N] = '\0';
}
