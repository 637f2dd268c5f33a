#include "log.h"

#include "date.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static const char *service_name = "yz";
static enum log_level least_level = LOG_INFO;

void log_open(const char *service, enum log_level least) {
  service_name = service;
  least_level = least;
}

bool log_shows(enum log_level level) {
  return level >= least_level;
}

void log_line(enum log_level level, const char *message, const char *format, ...) {
  static const char *const names[] = {"debug", "info", "warn", "error"};
  if (level < least_level) return;
  char more[1024] = "", at[DATE_TEXT_MAX];
  if (format) {
    va_list args;
    va_start(args, format);
    vsnprintf(more, sizeof more, format, args);
    va_end(args);
  }
  fprintf(stderr, "{\"at\":\"%s\",\"level\":\"%s\",\"service\":\"%s\",\"pid\":%d,\"msg\":\"%s\"%s%s}\n",
          instant_print(instant_now(), at), names[level], service_name, (int)getpid(), message, more[0] ? "," : "",
          more);
}

char *log_text(const char *text, char *out, unsigned long size) {
  unsigned long n = 0;
  out[n++] = '"';
  for (; *text && n + 8 < size; text++) {
    const unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\') {
      out[n++] = '\\';
      out[n++] = (char)c;
    } else if (c < 0x20) {
      n += (unsigned long)snprintf(out + n, 7, "\\u%04x", c);
    } else {
      out[n++] = (char)c;
    }
  }
  out[n++] = '"';
  out[n] = '\0';
  return out;
}
