/* json.h - JSON text to message and back, by descriptor and the unit rules of proto/base.proto.
 *
 * Reading is strict, and every refusal is a Problem with the RFC 6901 pointer of the place and what was expected there:
 * unknown members, duplicate members, wrong types, missing `required` members, strings longer than LIMIT_TEXT bytes,
 * arrays longer than LIMIT_LINES, numbers that are not exact integers, money that is not a string of yuan, NUL
 * characters, and whatever is not JSON by RFC 8259. null means absent. Nothing is rounded. The text is read once,
 * straight into the message; what hostile text can make us allocate is bounded by the arena. */
#ifndef YZ_WIRE_JSON_H
#define YZ_WIRE_JSON_H

#include "problem.h"
#include "text.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

enum {
  JSON_DEPTH = 16, /* messages within messages; the deepest of the contract, a pack's conditions, needs 7 */
  JSON_ROOM = 8000 /* bytes that a new text gets: most settlements fit */
};

/* Reads one message of `type` (`&yz__bill__descriptor`) into the arena. NULL and *problem set when refused (MALFORMED,
 * TOO_LARGE). The message lives with the arena; `bytes` are not kept:
 *
 *   Yz__Bill *bill = json_read(&yz__bill__descriptor, bytes, n, arena, &problem); */
void *json_read(const ProtobufCMessageDescriptor *type, const void *bytes, size_t n, struct arena *arena,
                Yz__Problem **problem);

/* Adds the message as one JSON object without line breaks, members in the order of the .proto's numbers, absent ones
 * and empty lists left out. The same message always gives the same bytes. `message` is `&bill->base`. */
void json_write(const ProtobufCMessage *message, struct text *out);
/* Adds a packed message as message_unpack() and json_write() together would, which see for the refusals; false and
 * *problem set when it is refused, and nothing is added then. `arena` is for what is not packed as we pack. */
bool json_write_packed(const ProtobufCMessageDescriptor *type, const void *bytes, size_t n, struct arena *arena,
                       struct text *out, Yz__Problem **problem);

#endif
