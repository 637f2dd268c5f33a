/* http_client.h - one blocking HTTP/1.1 call, for command-line tools and health checks. Never call it on a loop. */
#ifndef YZ_HTTP_CLIENT_H
#define YZ_HTTP_CLIENT_H

#include "arena.h"

#include <stddef.h>
#include <stdint.h>

struct http_call {
  const char *method;       /* "GET" */
  const char *url;          /* "http://host[:port][/path[?query]]"; https is not spoken here */
  const char *content_type; /* of the body, NULL without one */
  const char *accept;       /* NULL: any */
  const void *body;
  size_t n_body;
  uint32_t deadline_ms; /* for the whole call but resolving the name */
};

struct http_reply {
  int status;
  const char *content_type; /* "" when none was sent */
  const char *body;         /* NUL-terminated behind its n_body bytes */
  size_t n_body;
};

/* Makes the call. NULL when an answer came, whatever its status; else a sentence saying what failed, in the arena. The
 * reply lives in the arena too; the arena's ceiling bounds its size. */
const char *http_call(struct arena *arena, const struct http_call *call, struct http_reply *reply);

#endif
