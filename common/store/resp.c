#include "resp.h"

#include "arena.h"
#include "must.h"

#include <stdlib.h>
#include <string.h>

/* The outermost reply. All that belongs to it lies in one arena: what an account is read by has some fifty parts, and
 * hiredis would allocate each of them twice. */
struct whole {
  redisReply reply; /* first: a reply without parent is its whole */
  struct arena arena;
  _Alignas(void *) char part[]; /* of the outermost */
};

/* A new reply for the task, in its place within the parent, and `n` bytes that belong to it; NULL when there is no
 * memory for both. */
static redisReply *reply_new(const redisReadTask *task, size_t n, void **part) {
  redisReply *reply;
  if (task->parent) {
    const redisReadTask *root = task;
    while (root->parent) root = root->parent;
    struct whole *whole = root->obj;
    redisReply *parent = task->parent->obj;
    reply = arena_raw(&whole->arena, sizeof *reply + n);
    parent->element[task->idx] = reply;
    if (!reply) return NULL;
    *part = reply + 1;
  } else {
    struct whole *whole = n > RESP_MEMORY_MAX ? NULL : malloc(sizeof *whole + n);
    if (!whole) return NULL;
    arena_init(&whole->arena, RESP_MEMORY_MAX - n);
    reply = &whole->reply;
    *part = whole->part;
  }
  *reply = (redisReply){.type = task->type};
  return reply;
}

static void *create_string(const redisReadTask *task, char *bytes, size_t n) {
  void *part;
  redisReply *reply = reply_new(task, n + 1, &part);
  if (!reply) return NULL;
  reply->len = n;
  reply->str = part;
  *(char *)mempcpy(reply->str, bytes, n) = '\0';
  return reply;
}

static void *create_array(const redisReadTask *task, int elements) {
  if (elements > RESP_ELEMENTS_MAX) return NULL;
  void *part;
  const size_t n = elements > 0 ? (size_t)elements : 0;
  redisReply *reply = reply_new(task, n * sizeof(redisReply *), &part);
  if (!reply || n == 0) return reply;
  reply->elements = n;
  reply->element = part;
  return reply;
}

static void *create_integer(const redisReadTask *task, long long value) {
  void *none;
  redisReply *reply = reply_new(task, 0, &none);
  if (reply) reply->integer = value;
  return reply;
}

static void *create_nil(const redisReadTask *task) {
  void *none;
  redisReply *reply = reply_new(task, 0, &none);
  if (reply) reply->type = REDIS_REPLY_NIL; /* the task is still that of the string or array */
  return reply;
}

static void free_whole(void *reply) {
  resp_free(reply);
}

void resp_free(redisReply *reply) {
  if (!reply) return;
  struct whole *whole = (struct whole *)reply;
  arena_free(&whole->arena);
  free(whole);
}

bool resp_open(struct resp *resp) {
  static redisReplyObjectFunctions ours = {create_string, create_array, create_integer, create_nil, free_whole};
  *resp = (struct resp){.reader = redisReaderCreateWithFunctions(&ours)};
  if (!resp->reader) return false;
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
