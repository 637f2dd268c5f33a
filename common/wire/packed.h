/* packed.h - messages into protobuf, byte for byte what protobuf-c makes of them.
 *
 * protobuf-c measures a nested message anew at each level above it before it writes. Written from the end, a length is
 * known when its turn comes, and one pass is enough: packing was a fifth of what a service did. */
#ifndef YZ_WIRE_PACKED_H
#define YZ_WIRE_PACKED_H

#include "arena.h"

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

/* Packs into memory of the calling thread that is good until its next call, and sets *n. `message` is `&draft->base`.
 */
const uint8_t *message_packed(const ProtobufCMessage *message, size_t *n);
/* The same, good until its own next call: what message_packed gave is left alone. */
const uint8_t *message_packed_beside(const ProtobufCMessage *message, size_t *n);
/* As message_packed, of a message of `type` that has but one member, which is packed already. */
const uint8_t *message_packed_around(const ProtobufCMessageDescriptor *type, const char *member, const void *bytes,
                                     size_t n_bytes, size_t *n);
/* As message_packed, into the arena. */
uint8_t *message_pack(const ProtobufCMessage *message, struct arena *arena, size_t *n);

#endif
