/* path.h - the way to a value inside a document, kept on the stack while it is read and printed only when it is needed.
 *
 * For the readers of this library. */
#ifndef YZ_WIRE_PATH_H
#define YZ_WIRE_PATH_H

#include "problem.h"
#include "text.h"

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

/* One step: a member's name, or a place in a list when `name` is NULL. The root's path is NULL. */
#define PATH_NAME SIZE_MAX /* for name_n: as long as the string is */
struct path {
  const struct path *up;
  const char *name;
  size_t name_n, index;
};

/* Adds the RFC 6901 pointer: "/lines/3/amount". Names from outside are cut to LIMIT_ID bytes. */
void path_pointer(const struct path *path, struct text *out);

/* Makes a problem at `path`. */
Yz__Problem *path_refuse(struct arena *arena, const struct path *path, Yz__Code code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
Yz__Problem *path_no_memory(struct arena *arena, const struct path *path);

/* Length of the longest prefix of at most `most` bytes that does not cut a UTF-8 character; for quoting input in
 * errors with "%.*s". */
int path_quote(const char *text, size_t n, size_t most);
/* Adds the members of a message: "request_id, caller, person". */
void path_members(const ProtobufCMessageDescriptor *type, struct text *out);

#endif
