/* yaml_text.h - YAML text to messages, by descriptor and the unit rules of proto/base.proto, remembering lines.
 *
 * As strict as JSON, and plainer than YAML: no anchors, aliases, tags or complex keys; a scalar, quoted or not, is read
 * by the type of its field, so 1e5 is no amount and 2023.1 is a fine string. A repeated field accepts one value for a
 * list of one. Errors say "FILE:LINE: reason" in the problem's detail and carry the pointer of the place. */
#ifndef YZ_WIRE_YAML_TEXT_H
#define YZ_WIRE_YAML_TEXT_H

#include "places.h"
#include "problem.h"

#include <protobuf-c/protobuf-c.h>

enum {
  YAML_BYTES = 4 * 1024 * 1024, /* a file; the largest pack is under 200 KB */
  YAML_VALUES = 262144,         /* values of a file */
  YAML_ITEMS = 65536,           /* of one list: a catalogue list in a pack, golden cases of a file */
  YAML_TEXT = 4096,             /* bytes of one string: a clause with its quotation */
};

/* Reads a file that holds one document with one message. `file` names it in errors. NULL and *problem set when refused.
 * `places` may be NULL when lines are of no interest. */
void *yaml_read(const ProtobufCMessageDescriptor *type, const char *file, const void *bytes, size_t n,
                struct arena *arena, struct places **places, Yz__Problem **problem);

/* Reads a file of many messages: several documents ("---"), a document that is a list, or both. Gives the messages in
 * order and their number in *count; NULL and *problem set when refused. */
void **yaml_read_all(const ProtobufCMessageDescriptor *type, const char *file, const void *bytes, size_t n,
                     struct arena *arena, size_t *count, struct places **places, Yz__Problem **problem);

#endif
