/* log.h - one JSON object a line on standard error. No personal data: ids of settlements and traces, never names or
 * diagnoses. */
#ifndef YZ_BASE_LOG_H
#define YZ_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Names the process in every line; lines below `least` are dropped. */
void log_open(const char *service, enum log_level least);
/* Whether lines of this level are written: for lines whose members cost something. */
bool log_shows(enum log_level level);
/* `message` is a fixed English phrase; `format` gives further members as JSON text, such as "\"port\":%d", or NULL.
 * Strings from outside go through log_text first. */
void log_line(enum log_level level, const char *message, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* JSON string of `text` with quotes and escapes, cut to fit; returns `out`. */
char *log_text(const char *text, char *out, unsigned long size);

#endif
