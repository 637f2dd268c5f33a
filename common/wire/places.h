/* places.h - where each message and member of a file stands, so that a checker can say FILE:LINE. */
#ifndef YZ_WIRE_PLACES_H
#define YZ_WIRE_PLACES_H

#include "arena.h"

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

/* Lives with the arena. Made by yaml_read(). */
struct places;

/* Line (from 1) of the value of a member of that message; `index` counts in lists, else 0. When that member is not in
 * the file: the line where the message begins; 0 for a message that was not read from it. */
int places_line(const struct places *places, const void *message, const char *field, size_t index);
/* Line where the message begins, or 0. */
int places_line_of(const struct places *places, const void *message);
const char *places_file(const struct places *places);

/* For readers. `field` NULL: the message itself. places_add drops the place when the arena is exhausted. */
struct places *places_new(const char *file, struct arena *arena);
void places_add(struct places *places, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                size_t index, int line);

#endif
