/* redis_queue.h - the commands of a link: in the order of asking, which is the order of their replies. */
#ifndef YZ_STORE_REDIS_QUEUE_H
#define YZ_STORE_REDIS_QUEUE_H

#include "redis_link.h"

enum entry_kind { ENTRY_COMMAND, ENTRY_HELLO, ENTRY_WAIT };

struct entry {
  struct entry *next;
  const char *bytes; /* until written */
  size_t n;
  uint64_t deadline, written_at;
  link_done *done; /* NULL: timed out, its reply is dropped */
  void *context;
  redisReply *reply; /* held until WAIT is answered */
  const struct link_hello *hello;
  uint8_t kind, flags, skip; /* skip: replies to drop first */
};

struct queue {
  struct entry *first, *last;
  uint32_t n;
};

struct entry *entry_new(enum entry_kind kind);
/* Gives the entry's owner the result and frees the entry; `reply` goes along. */
void entry_finish(struct entry *entry, enum link_result result, redisReply *reply);

void queue_push(struct queue *queue, struct entry *entry);
/* The first, or NULL. */
struct entry *queue_pop(struct queue *queue);
/* Empties `tail` to the end of `queue`. */
void queue_append(struct queue *queue, struct queue *tail);
/* Finishes all, without replies. The queue is empty before the first owner hears of it. */
void queue_finish(struct queue *queue, enum link_result result);

#endif
