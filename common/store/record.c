#include "record.h"

#include "date.h"
#include "guard.h"
#include "id.h"
#include "must.h"
#include "store_inner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *key;
  const ProtobufCMessageDescriptor *type;
} kinds[] = {
    [RECORD_PERSON] = {"person", &yz__person__descriptor},
    [RECORD_INSTITUTION] = {"inst", &yz__institution__descriptor},
    [RECORD_CONTRACT] = {"contract", &yz__contract__descriptor},
    [RECORD_ENCOUNTER] = {"enc", &yz__encounter__descriptor},
};

/* One get or put under way. */
struct job {
  struct store *store;
  struct arena *arena;
  enum record_kind kind;
  struct command *put; /* the FCALL, while references are made */
  const uint8_t *bytes;
  size_t n;
  uint64_t until;
  size_t references_left;
  enum store_result references_result;
  record_done *done;
  void *context;
};

static void fail(const struct job *job, enum store_result result, const char *text) {
  const struct record record = {.result = result, .text = text};
  job->done(job->context, &record);
}

static struct job *job_new(struct store *store, struct arena *arena, enum record_kind kind, record_done *done,
                           void *context) {
  struct job *job = arena_alloc(arena, sizeof *job);
  *job = (struct job){.store = store, .arena = arena, .kind = kind, .done = done, .context = context};
  return job;
}

static void on_got(void *context, enum store_result result, const redisReply *reply, const char *text) {
  const struct job *job = context;
  if (result != STORE_OK) {
    fail(job, result, text);
    return;
  }
  struct record record = {.text = ""};
  bool corrupt = false;
  record.message = stored_record(job->arena, kinds[job->kind].type, reply, &record.version, &corrupt);
  if (corrupt)
    fail(job, STORE_ERROR, STORE_CORRUPT);
  else
    job->done(job->context, &record);
}

static void get(struct store *store, enum record_kind kind, const char *id, unsigned how, int deadline_ms,
                struct job *job) {
  struct command command;
  command_start(&command, id_bucket(id), "GET");
  command_key(&command, "%s:%s", kinds[kind].key, id);
  store_ask(store, &command, STORE_READ | how, deadline_ms, on_got, job);
}

void record_get(struct store *store, struct arena *arena, enum record_kind kind, const char *id, int deadline_ms,
                record_done *done, void *context) {
  get(store, kind, id, STORE_SHARED, deadline_ms, job_new(store, arena, kind, done, context));
}

void record_get_kept(struct store *store, struct arena *arena, enum record_kind kind, const char *id, int deadline_ms,
                     record_done *done, void *context) {
  get(store, kind, id, STORE_KEPT, deadline_ms, job_new(store, arena, kind, done, context));
}

static void on_put(void *context, enum store_result result, const redisReply *reply, const char *text) {
  const struct job *job = context;
  if (result != STORE_OK) {
    fail(job, result, text);
    return;
  }
  const ProtobufCMessageDescriptor *type = kinds[job->kind].type;
  const redisReply *rest = reply_string(reply, 1);
  struct record record = {.text = "", .stale = reply_is(reply_string(reply, 0), "stale")};
  bool corrupt = !rest || (!record.stale && !reply_is(reply_string(reply, 0), "put"));
  Yz__Problem *problem;
  if (!corrupt && record.stale) record.message = stored_record(job->arena, type, rest, &record.version, &corrupt);
  if (!corrupt && !record.stale) {
    record.message = message_unpack(type, job->bytes, job->n, job->arena, &problem);
    must(record.message != NULL);
    record.version = strtoull(rest->str, NULL, 10);
    protobuf_c_boolean *present;
    *version_of(record.message, &present) = record.version;
    *present = true;
  }
  if (corrupt)
    fail(job, STORE_ERROR, STORE_CORRUPT);
  else
    job->done(job->context, &record);
}

static void put(struct job *job) {
  const int64_t left = (int64_t)job->until - steady_ms();
  store_ask(job->store, job->put, STORE_WRITE | STORE_IDEMPOTENT, left > 0 ? (int)left : 0, on_put, job);
}

static void on_reference(void *context, enum store_result result, const redisReply *reply, const char *text) {
  struct job *job = context;
  (void)reply;
  if (result != STORE_OK) job->references_result = result;
  if (--job->references_left > 0) return;
  if (job->references_result == STORE_OK)
    put(job);
  else
    fail(job, job->references_result, result == STORE_OK ? "a member's list of contracts was not written" : text);
}

/* A reference without its contract does no harm, a contract without its reference would not be found: these come first.
 */
static void put_references(struct job *job, const Yz__Contract *contract, int deadline_ms) {
  job->references_left = contract->n_members;
  for (size_t i = 0; i < contract->n_members; i++) {
    const char *person = contract->members[i]->person;
    struct command command;
    command_start(&command, id_bucket(person), "SADD");
    command_key(&command, "pcontracts:%s", person);
    command_text(&command, contract->id);
    store_ask(job->store, &command, STORE_WRITE | STORE_IDEMPOTENT, deadline_ms, on_reference, job);
  }
}

static const char *id_of(const ProtobufCMessage *message) {
  const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "id");
  must(field != NULL && field->type == PROTOBUF_C_TYPE_STRING);
  return *(const char *const *)(const void *)((const char *)message + field->offset);
}

/* Packs the message without its version; puts what the version should be into `expected`. */
static void pack(struct job *job, const ProtobufCMessage *message, char expected[24]) {
  ProtobufCMessage *copy = arena_alloc(job->arena, message->descriptor->sizeof_message);
  memcpy(copy, message, message->descriptor->sizeof_message);
  protobuf_c_boolean *present;
  const uint64_t version = *version_of(copy, &present);
  if (*present)
    snprintf(expected, 24, "%" PRIu64, version);
  else
    expected[0] = '\0';
  *present = false;
  job->bytes = message_pack(copy, job->arena, &job->n);
}

void record_put(struct store *store, struct arena *arena, enum record_kind kind, const ProtobufCMessage *message,
                int deadline_ms, record_done *done, void *context) {
  must(message->descriptor == kinds[kind].type);
  struct job *job = job_new(store, arena, kind, done, context);
  char expected[24];
  pack(job, message, expected);
  const char *id = id_of(message);
  job->put = arena_alloc(arena, sizeof *job->put);
  command_call(job->put, id_bucket(id), "put", 1);
  command_key(job->put, "%s:%s", kinds[kind].key, id);
  command_text(job->put, arena_copy(arena, expected));
  command_bytes(job->put, job->bytes, job->n);
  job->until = (uint64_t)(steady_ms() + deadline_ms);
  const Yz__Contract *contract = (const Yz__Contract *)message;
  if (kind == RECORD_CONTRACT && contract->n_members > 0)
    put_references(job, contract, deadline_ms);
  else
    put(job);
}
