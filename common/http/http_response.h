/* http_response.h - answers as bytes. */
#ifndef YZ_HTTP_RESPONSE_H
#define YZ_HTTP_RESPONSE_H

#include "http.h"
#include "http_bytes.h"

#include <stdbool.h>

struct http_response {
  int status;
  const char *content_type; /* NULL: none */
  const struct http_header *extra;
  size_t n_extra;
  const void *body;
  size_t n_body;
  bool head_only; /* answers HEAD: the length is told, the body is not sent */
  bool close;     /* the last answer of its connection */
  bool streamed;  /* the body follows in pieces, without a length told */
  bool chunked;   /* and those are chunks */
  const char *date;
};

enum { HTTP_DATE_MAX = 32 };

/* Appends the whole answer. */
void http_response_write(struct http_bytes *out, const struct http_response *response);
/* Prints an instant as RFC 9110 section 5.6.7 wants it; returns `text`. */
char *http_date(int64_t utc_ms, char text[HTTP_DATE_MAX]);

#endif
