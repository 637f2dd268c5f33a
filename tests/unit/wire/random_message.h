/* random_message.h - random messages of any type, the same ones in every run. */
#ifndef YZ_TEST_RANDOM_MESSAGE_H
#define YZ_TEST_RANDOM_MESSAGE_H

#include "base.pb-c.h"
#include "date.h"
#include "field.h"
#include "money.h"
#include "scalar.h"
#include "splitmix.h"

#include <string.h>

static inline int64_t random_within(uint64_t *state, int64_t least, int64_t most) {
  return least + (int64_t)(splitmix_next(state) % (uint64_t)(most - least + 1));
}

static inline char *random_string(uint64_t *state, struct arena *arena) {
  static const char *const bits[] = {"a",  "Z",    "0",    " ",  "\"", "\\", "/",  "\n",
                                     "\t", "\x01", "\x7f", "淄", "博", "é",  "𠮷", "~"};
  char text[64] = "";
  for (uint64_t n = splitmix_next(state) % 10; n > 0; n--) strcat(text, bits[splitmix_next(state) % 16]);
  return arena_copy(arena, text);
}

static inline ProtobufCMessage *random_message(uint64_t *state, const ProtobufCMessageDescriptor *type,
                                               struct arena *arena, int depth);

static inline ProtobufCMessage *random_range(uint64_t *state, struct arena *arena) {
  Yz__Range *range = (Yz__Range *)message_new(&yz__range__descriptor, arena);
  const uint64_t ends = splitmix_next(state) % 3;
  range->has_from = ends != 0;
  range->has_to = ends != 1;
  if (range->has_from) range->from = (int32_t)random_within(state, 0, 60);
  if (range->has_to) range->to = (int32_t)random_within(state, range->from, 120);
  return &range->base;
}

static inline void random_value(uint64_t *state, const ProtobufCFieldDescriptor *field, void *value,
                                struct arena *arena, int depth) {
  const ProtobufCEnumDescriptor *names = field->descriptor;
  switch (field->type) {
  case PROTOBUF_C_TYPE_SINT64: *(int64_t *)value = random_within(state, -FEN_MAX, FEN_MAX); break;
  case PROTOBUF_C_TYPE_SINT32: *(int32_t *)value = (int32_t)random_within(state, -100000, 100000); break;
  case PROTOBUF_C_TYPE_SFIXED32: *(int32_t *)value = (int32_t)random_within(state, DATE_MIN, DATE_MAX); break;
  case PROTOBUF_C_TYPE_SFIXED64:
    *(int64_t *)value = random_within(state, DATE_MIN * INT64_C(86400000), DATE_MAX * INT64_C(86400000));
    break;
  case PROTOBUF_C_TYPE_FIXED64: *(int64_t *)value = random_within(state, 0, INT64_C(10000000000000)); break;
  case PROTOBUF_C_TYPE_INT32: *(int32_t *)value = (int32_t)random_within(state, INT32_MIN, INT32_MAX); break;
  case PROTOBUF_C_TYPE_UINT32: *(uint32_t *)value = (uint32_t)random_within(state, 0, UINT32_MAX); break;
  case PROTOBUF_C_TYPE_INT64: *(int64_t *)value = random_within(state, -(INT64_C(1) << 53), INT64_C(1) << 53); break;
  case PROTOBUF_C_TYPE_UINT64: *(int64_t *)value = random_within(state, 0, INT64_C(1) << 53); break;
  case PROTOBUF_C_TYPE_BOOL: *(protobuf_c_boolean *)value = (int)random_within(state, 0, 1); break;
  case PROTOBUF_C_TYPE_ENUM: *(int *)value = names->values[splitmix_next(state) % names->n_values].value; break;
  case PROTOBUF_C_TYPE_STRING: *(char **)value = random_string(state, arena); break;
  default:
    *(ProtobufCMessage **)value = scalar_form(field) == FORM_OBJECT
                                      ? random_message(state, field->descriptor, arena, depth + 1)
                                      : random_range(state, arena);
  }
}

/* Fewer optional members the deeper it goes, so that messages stay small. */
static inline ProtobufCMessage *random_message(uint64_t *state, const ProtobufCMessageDescriptor *type,
                                               struct arena *arena, int depth) {
  ProtobufCMessage *message = message_new(type, arena);
  for (unsigned i = 0; i < type->n_fields; i++) {
    const ProtobufCFieldDescriptor *field = &type->fields[i];
    uint64_t n = 1;
    if (field->label == PROTOBUF_C_LABEL_OPTIONAL) n = splitmix_next(state) % (uint64_t)(2 + depth) == 0;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) n = splitmix_next(state) % (depth < 2 ? 7 : 2);
    for (; n > 0; n--) random_value(state, field, field_add(message, field, arena), arena, depth);
  }
  return message;
}

#endif
