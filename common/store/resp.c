#include "resp.h"

#include <stdlib.h>

static redisReplyObjectFunctions guarded; /* hiredis' own, but for the array */
static void *(*create_array)(const redisReadTask *, int);

static void *create_array_guarded(const redisReadTask *task, int elements) {
  return elements > RESP_ELEMENTS_MAX ? NULL : create_array(task, elements);
}

bool resp_open(struct resp *resp) {
  *resp = (struct resp){.reader = redisReaderCreate()};
  if (!resp->reader) return false;
  if (!create_array) {
    guarded = *resp->reader->fn;
    create_array = guarded.createArray;
    guarded.createArray = create_array_guarded;
  }
  resp->reader->fn = &guarded;
  resp->reader->maxbuf = RESP_KEPT;
  return true;
}

void resp_close(struct resp *resp) {
  if (resp->reader) redisReaderFree(resp->reader);
  *resp = (struct resp){0};
}

bool resp_feed(struct resp *resp, const char *bytes, size_t n) {
  resp->unfinished += n;
  return redisReaderFeed(resp->reader, bytes, n) == REDIS_OK;
}

enum resp_state resp_next(struct resp *resp, redisReply **reply) {
  void *object = NULL;
  *reply = NULL;
  if (redisReaderGetReply(resp->reader, &object) != REDIS_OK) return RESP_BROKEN;
  if (object) {
    resp->unfinished = resp->reader->len - resp->reader->pos;
    *reply = object;
    return RESP_REPLY;
  }
  return resp->unfinished > RESP_REPLY_MAX ? RESP_BROKEN : RESP_MORE;
}
