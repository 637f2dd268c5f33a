#include "resp.h"

#include "must.h"

#include <stdlib.h>
#include <string.h>

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

static size_t digits(size_t number) {
  size_t n = 1;
  while (number /= 10) n++;
  return n;
}

static size_t length_of(int i, const char *const *words, const size_t *lengths) {
  return lengths ? lengths[i] : strlen(words[i]);
}

size_t resp_command_size(int n, const char *const *words, const size_t *lengths) {
  size_t size = 1 + digits((size_t)n) + 2;
  for (int i = 0; i < n; i++) {
    const size_t length = length_of(i, words, lengths);
    size += 1 + digits(length) + 2 + length + 2;
  }
  return size;
}

/* "<mark><number>\r\n" */
static char *put_head(char *at, char mark, size_t number) {
  *at++ = mark;
  char *end = at + digits(number);
  for (char *digit = end; digit > at; number /= 10) *--digit = (char)('0' + number % 10);
  return mempcpy(end, "\r\n", 2);
}

void resp_command_write(char *bytes, size_t size, int n, const char *const *words, const size_t *lengths) {
  char *at = put_head(bytes, '*', (size_t)n);
  for (int i = 0; i < n; i++) {
    const size_t length = length_of(i, words, lengths);
    at = put_head(at, '$', length);
    at = mempcpy(mempcpy(at, words[i], length), "\r\n", 2);
  }
  must(at == bytes + size);
}
