#include "date.h"

#include <time.h>

/* Days from civil and back: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
int32_t date_of(int year, int month, int day) {
  const int y = month <= 2 ? year - 1 : year;
  const int era = (y >= 0 ? y : y - 399) / 400;
  const int yoe = y - era * 400;
  const int doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + doe - 719468;
}

struct civil date_civil(int32_t days) {
  const int z = days + 719468;
  const int era = (z >= 0 ? z : z - 146096) / 146097;
  const int doe = z - era * 146097;
  const int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const int mp = (5 * doy + 2) / 153;
  const int month = mp < 10 ? mp + 3 : mp - 9;
  return (struct civil){.year = yoe + era * 400 + (month <= 2), .month = month, .day = doy - (153 * mp + 2) / 5 + 1};
}

static bool digits_read(const char *text, int n, int *value) {
  *value = 0;
  for (int i = 0; i < n; i++) {
    if (text[i] < '0' || text[i] > '9') return false;
    *value = *value * 10 + (text[i] - '0');
  }
  return true;
}

bool date_read(const char *text, size_t n, int32_t *days) {
  int year, month, day;
  if (n != 10 || text[4] != '-' || text[7] != '-') return false;
  if (!digits_read(text, 4, &year) || !digits_read(text + 5, 2, &month) || !digits_read(text + 8, 2, &day))
    return false;
  if (month < 1 || month > 12 || day < 1) return false;
  *days = date_of(year, month, day);
  const struct civil back = date_civil(*days);
  return back.year == year && back.month == month && back.day == day && *days >= DATE_MIN && *days <= DATE_MAX;
}

/* Writes `n` decimal digits and what stands behind them; gives the end. */
static char *padded(char *text, int value, int n, char behind) {
  for (int i = n - 1; i >= 0; i--, value /= 10) text[i] = (char)('0' + value % 10);
  text[n] = behind;
  return text + n + 1;
}

char *date_print(int32_t days, char text[DATE_TEXT_MAX]) {
  const struct civil c = date_civil(days);
  padded(padded(padded(text, c.year, 4, '-'), c.month, 2, '-'), c.day, 2, '\0');
  return text;
}

int32_t date_add_months(int32_t days, int months) {
  const struct civil c = date_civil(days);
  const int count = c.year * 12 + (c.month - 1) + months;
  const int year = count / 12, month = count % 12 + 1;
  const int32_t first = date_of(year, month, 1);
  const int32_t next = month == 12 ? date_of(year + 1, 1, 1) : date_of(year, month + 1, 1);
  const int32_t same = first + c.day - 1;
  return same < next ? same : next - 1;
}

int date_age(int32_t born, int32_t on) {
  const struct civil b = date_civil(born), o = date_civil(on);
  return o.year - b.year - (o.month < b.month || (o.month == b.month && o.day < b.day));
}

int32_t date_of_instant(int64_t utc_ms) {
  const int64_t day_ms = INT64_C(86400000);
  const int64_t local = utc_ms + INT64_C(8) * 3600000;
  return (int32_t)(local >= 0 ? local / day_ms : (local - day_ms + 1) / day_ms);
}

bool instant_read(const char *text, size_t n, int64_t *utc_ms) {
  int32_t days;
  int hour, minute, second, ms = 0, offset_min = 0;
  if (n < 20 || !date_read(text, 10, &days) || text[10] != 'T' || text[13] != ':' || text[16] != ':') return false;
  if (!digits_read(text + 11, 2, &hour) || !digits_read(text + 14, 2, &minute) || !digits_read(text + 17, 2, &second))
    return false;
  size_t i = 19;
  if (text[i] == '.') {
    if (n < 24 || !digits_read(text + 20, 3, &ms)) return false;
    i = 23;
  }
  if (n == i + 1 && text[i] == 'Z') {
    /* UTC */
  } else if (n == i + 6 && (text[i] == '+' || text[i] == '-') && text[i + 3] == ':') {
    int oh, om;
    if (!digits_read(text + i + 1, 2, &oh) || !digits_read(text + i + 4, 2, &om) || oh > 14 || om > 59) return false;
    offset_min = (oh * 60 + om) * (text[i] == '+' ? 1 : -1);
  } else {
    return false;
  }
  if (hour > 23 || minute > 59 || second > 59) return false;
  *utc_ms = (((int64_t)days * 24 + hour) * 60 + minute - offset_min) * 60000 + INT64_C(1000) * second + ms;
  return true;
}

char *instant_print(int64_t utc_ms, char text[DATE_TEXT_MAX]) {
  const int64_t day_ms = INT64_C(86400000);
  const int64_t days = utc_ms >= 0 ? utc_ms / day_ms : (utc_ms - day_ms + 1) / day_ms;
  const int rest = (int)(utc_ms - days * day_ms);
  date_print((int32_t)days, text);
  text[10] = 'T';
  char *at = padded(text + 11, rest / 3600000, 2, ':');
  at = padded(padded(at, rest / 60000 % 60, 2, ':'), rest / 1000 % 60, 2, '.');
  at = padded(at, rest % 1000, 3, 'Z');
  *at = '\0';
  return text;
}

static int64_t clock_us(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
int64_t instant_now(void) {
  return clock_us(CLOCK_REALTIME) / 1000;
}
int64_t steady_ms(void) {
  return clock_us(CLOCK_MONOTONIC) / 1000;
}
int64_t steady_us(void) {
  return clock_us(CLOCK_MONOTONIC);
}
