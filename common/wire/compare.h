/* compare.h - do two messages of one type say the same, and if not, where do they first differ? */
#ifndef YZ_WIRE_COMPARE_H
#define YZ_WIRE_COMPARE_H

#include "text.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

/* True when they differ; then the JSON pointer of the first differing member (in the order of the .proto's numbers) is
 * added to `pointer` when that is not NULL. Absent and present differ, also where the values agree. Lists of different
 * length differ at the first place that only one of them has, unless an earlier element differs. */
bool message_differs(const ProtobufCMessage *a, const ProtobufCMessage *b, struct text *pointer);

#endif
