#include "http_response.h"

#include "date.h"
#include "money.h"
#include "must.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

const char *http_reason(int status) {
  static const struct {
    int status;
    const char *reason;
  } reasons[] = {
      {100, "Continue"},
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {304, "Not Modified"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {415, "Unsupported Media Type"},
      {417, "Expectation Failed"},
      {422, "Unprocessable Content"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {505, "HTTP Version Not Supported"},
  };
  for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
    if (reasons[i].status == status) return reasons[i].reason;
  return "";
}

char *http_date(int64_t utc_ms, char text[HTTP_DATE_MAX]) {
  static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const time_t seconds = (time_t)(utc_ms / 1000);
  struct tm t;
  must(gmtime_r(&seconds, &t) != NULL);
  /* not strftime: the names of days are English whatever the locale */
  const int n = snprintf(text, HTTP_DATE_MAX, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[t.tm_wday], t.tm_mday,
                         months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
  must(n > 0 && n < HTTP_DATE_MAX);
  return text;
}

static void put_text(struct http_bytes *out, const char *text) {
  http_bytes_put(out, text, strlen(text));
}

/* A header line. Text that came from outside must not end the line early. */
static void put_field(struct http_bytes *out, const char *name, const char *value) {
  put_text(out, name);
  put_text(out, ": ");
  for (size_t from = 0, to; value[from]; from = to) {
    for (to = from; value[to] && (unsigned char)value[to] >= ' ' && value[to] != 0x7f; to++) {
    }
    http_bytes_put(out, value + from, to - from);
    for (; value[to] && ((unsigned char)value[to] < ' ' || value[to] == 0x7f); to++) http_bytes_put(out, " ", 1);
  }
  put_text(out, "\r\n");
}

void http_response_write(struct http_bytes *out, const struct http_response *response) {
  must(response->status >= 200 && response->status <= 599);
  const bool bodiless = response->status == 204 || response->status == 304;
  must(!bodiless || response->n_body == 0);
  char number[MONEY_TEXT_MAX];
  put_text(out, "HTTP/1.1 ");
  put_text(out, integer_print(response->status, number));
  put_text(out, " ");
  put_text(out, http_reason(response->status));
  put_text(out, "\r\n");
  put_field(out, "Date", response->date);
  if (response->content_type) put_field(out, "Content-Type", response->content_type);
  for (size_t i = 0; i < response->n_extra; i++) put_field(out, response->extra[i].name, response->extra[i].value);
  if (response->close) put_text(out, "Connection: close\r\n");
  if (response->chunked) put_text(out, "Transfer-Encoding: chunked\r\n");
  if (!bodiless && !response->streamed) {
    put_text(out, "Content-Length: ");
    put_text(out, integer_print((int64_t)response->n_body, number));
    put_text(out, "\r\n");
  }
  put_text(out, "\r\n");
  if (!response->head_only) http_bytes_put(out, response->body, response->n_body);
}
