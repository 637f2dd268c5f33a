/* http_bytes.h - a growing byte buffer that is filled behind and emptied in front. */
#ifndef YZ_HTTP_BYTES_H
#define YZ_HTTP_BYTES_H

#include <stddef.h>

struct http_bytes {
  char *text;
  size_t at, n, room; /* text[at .. at+n) is in use */
};

/* Appends; stops the process without memory: connections are bounded by the limits of http.h. */
void http_bytes_put(struct http_bytes *bytes, const void *from, size_t n);
/* Drops `n` bytes in front. */
void http_bytes_drop(struct http_bytes *bytes, size_t n);
/* Frees the memory; the buffer is empty and may be used again. */
void http_bytes_free(struct http_bytes *bytes);

#endif
