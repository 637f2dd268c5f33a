/* date.h - civil dates as days since 1970-01-01, instants as UTC milliseconds. Policy decides by the civil date in
 * Asia/Shanghai (UTC+8 without summer time since 1991). */
#ifndef YZ_BASE_DATE_H
#define YZ_BASE_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DATE_TEXT_MAX = 32 };
/* Days accepted from outside: 1850-01-01 .. 2199-12-31. */
enum { DATE_MIN = -43829, DATE_MAX = 84005 };

struct civil {
  int year, month, day;
};

int32_t date_of(int year, int month, int day); /* proleptic Gregorian; no check */
struct civil date_civil(int32_t days);
/* Reads exactly YYYY-MM-DD, a day that exists, within DATE_MIN..DATE_MAX. */
bool date_read(const char *text, size_t n, int32_t *days);
char *date_print(int32_t days, char text[DATE_TEXT_MAX]);
/* The same day of the month `months` later, or the last of that month when it has no such day. */
int32_t date_add_months(int32_t days, int months);
/* Whether a day lies in the period from..to, which without `has_to` is open. */
static inline bool date_within(int32_t on, int32_t from, bool has_to, int32_t to) {
  return from <= on && (!has_to || on <= to);
}
/* Full years from `born` to `on`; a birthday on 29 February is reached on 1 March of common years. */
int date_age(int32_t born, int32_t on);
/* Civil date in Asia/Shanghai of an instant. */
int32_t date_of_instant(int64_t utc_ms);

/* Reads YYYY-MM-DDThh:mm:ss[.mmm]Z or with an offset +hh:mm. */
bool instant_read(const char *text, size_t n, int64_t *utc_ms);
char *instant_print(int64_t utc_ms, char text[DATE_TEXT_MAX]);
/* The clock of the outside world; pure code takes the time as an argument. */
int64_t instant_now(void);
/* A clock that never goes back, milliseconds and microseconds from an arbitrary start. */
int64_t steady_ms(void);
int64_t steady_us(void);

#endif
