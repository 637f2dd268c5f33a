/* store_inner.h - what the typed calls share. Not for services. */
#ifndef YZ_STORE_STORE_INNER_H
#define YZ_STORE_STORE_INNER_H

#include "settlement.pb-c.h"
#include "store.h"

/* Where the typed calls count their outcomes. */
struct store_metrics *store_counts(struct store *store);

/* A stored message in the arena; NULL when the reply is nil. An unreadable one sets *corrupt. */
void *stored_message(struct arena *arena, const ProtobufCMessageDescriptor *type, const redisReply *reply,
                     bool *corrupt);
/* The same for "<version> <packed>", its version also set in the message's member `version`. */
void *stored_record(struct arena *arena, const ProtobufCMessageDescriptor *type, const redisReply *reply,
                    uint64_t *version, bool *corrupt);

/* The message's member `version`, for types that have one. */
uint64_t *version_of(ProtobufCMessage *message, protobuf_c_boolean **present);

/* The counters of an HGETALL; "v" goes to *version. */
Yz__Counter **stored_counters(struct arena *arena, const redisReply *reply, size_t *n, uint64_t *version,
                              bool *corrupt);

/* Adds "n, name, delta, ..." of the moves whose contract is `contract` (NULL: which have none), times `sign`, without
 * zeros. False when there are more than LIMIT_COUNTERS. */
bool command_moves(struct command *command, size_t n, Yz__Move *const *moves, const char *contract, int sign);

/* True when the string reply is `text`. */
bool reply_is(const redisReply *reply, const char *text);
/* The i-th element of an array reply when it is a string; else NULL. */
const redisReply *reply_string(const redisReply *reply, size_t i);

/* Text of the STORE_ERROR that a reply of unexpected shape becomes. */
#define STORE_CORRUPT "what is stored, or the reply, cannot be read"

#endif
