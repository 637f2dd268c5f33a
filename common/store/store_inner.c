#include "store_inner.h"

#include "bounds.h"
#include "guard.h"
#include "must.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void *unpack(struct arena *arena, const ProtobufCMessageDescriptor *type, const char *bytes, size_t n,
                    bool *corrupt) {
  Yz__Problem *problem = NULL;
  void *message = message_unpack(type, bytes, n, arena, &problem);
  if (!message) *corrupt = true;
  return message;
}

void *stored_message(struct arena *arena, const ProtobufCMessageDescriptor *type, const redisReply *reply,
                     bool *corrupt) {
  if (reply->type == REDIS_REPLY_NIL) return NULL;
  if (reply->type == REDIS_REPLY_STRING) return unpack(arena, type, reply->str, reply->len, corrupt);
  *corrupt = true;
  return NULL;
}

uint64_t *version_of(ProtobufCMessage *message, protobuf_c_boolean **present) {
  const ProtobufCFieldDescriptor *field =
      protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "version");
  must(field != NULL && field->type == PROTOBUF_C_TYPE_UINT64);
  *present = (protobuf_c_boolean *)(void *)((char *)message + field->quantifier_offset);
  return (uint64_t *)(void *)((char *)message + field->offset);
}

void *stored_record(struct arena *arena, const ProtobufCMessageDescriptor *type, const redisReply *reply,
                    uint64_t *version, bool *corrupt) {
  *version = 0;
  if (reply->type == REDIS_REPLY_NIL) return NULL;
  char *end = NULL;
  if (reply->type == REDIS_REPLY_STRING) *version = strtoull(reply->str, &end, 10);
  if (!end || end == reply->str || *end != ' ') {
    *corrupt = true;
    return NULL;
  }
  if (*version == 0) return NULL;
  void *message = unpack(arena, type, end + 1, reply->len - (size_t)(end + 1 - reply->str), corrupt);
  if (!message) return NULL;
  protobuf_c_boolean *present;
  *version_of(message, &present) = *version;
  *present = true;
  return message;
}

Yz__Counter **stored_counters(struct arena *arena, const redisReply *reply, size_t *n, uint64_t *version,
                              bool *corrupt) {
  *n = 0;
  *version = 0;
  if (reply->type != REDIS_REPLY_ARRAY || reply->elements % 2) {
    *corrupt = true;
    return NULL;
  }
  Yz__Counter **counters = arena_alloc(arena, (reply->elements / 2 + 1) * sizeof(Yz__Counter *));
  for (size_t i = 0; i < reply->elements; i += 2) {
    const redisReply *name = reply_string(reply, i), *value = reply_string(reply, i + 1);
    char *end = NULL;
    errno = 0;
    const long long number = value ? strtoll(value->str, &end, 10) : 0;
    if (!name || !value || end == value->str || *end || errno) {
      *corrupt = true;
      return NULL;
    }
    if (reply_is(name, "v")) {
      *version = (uint64_t)number;
      continue;
    }
    Yz__Counter *counter = arena_alloc(arena, sizeof *counter);
    yz__counter__init(counter);
    counter->name = arena_copy_n(arena, name->str, name->len);
    counter->value = number;
    counters[(*n)++] = counter;
  }
  return counters;
}

static bool moves_here(const Yz__Move *move, const char *contract) {
  if (move->delta == 0 || (move->contract != NULL) != (contract != NULL)) return false;
  return !contract || strcmp(move->contract, contract) == 0;
}

bool command_moves(struct command *command, size_t n, Yz__Move *const *moves, const char *contract, int sign) {
  int count = 0;
  for (size_t i = 0; i < n; i++) count += moves_here(moves[i], contract);
  if (count > LIMIT_COUNTERS) return false;
  command_number(command, count);
  for (size_t i = 0; i < n; i++) {
    if (!moves_here(moves[i], contract)) continue;
    command_text(command, moves[i]->name);
    command_number(command, sign * moves[i]->delta);
  }
  return true;
}

bool reply_is(const redisReply *reply, const char *text) {
  return reply && (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS) &&
         reply->len == strlen(text) && memcmp(reply->str, text, reply->len) == 0;
}

const redisReply *reply_string(const redisReply *reply, size_t i) {
  if (reply->type != REDIS_REPLY_ARRAY || i >= reply->elements) return NULL;
  const redisReply *element = reply->element[i];
  return element->type == REDIS_REPLY_STRING ? element : NULL;
}
