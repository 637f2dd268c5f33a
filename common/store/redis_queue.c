#include "redis_queue.h"

#include "must.h"
#include "resp.h"

#include <stdlib.h>

void queue_push(struct queue *queue, struct entry *entry) {
  entry->next = NULL;
  if (queue->last)
    queue->last->next = entry;
  else
    queue->first = entry;
  queue->last = entry;
  queue->n++;
}

struct entry *queue_pop(struct queue *queue) {
  struct entry *entry = queue->first;
  if (!entry) return NULL;
  queue->first = entry->next;
  if (!queue->first) queue->last = NULL;
  queue->n--;
  return entry;
}

void queue_append(struct queue *queue, struct queue *tail) {
  if (!tail->first) return;
  if (queue->last)
    queue->last->next = tail->first;
  else
    queue->first = tail->first;
  queue->last = tail->last;
  queue->n += tail->n;
  *tail = (struct queue){0};
}

struct entry *entry_new(enum entry_kind kind) {
  struct entry *entry = calloc(1, sizeof *entry);
  must(entry != NULL);
  entry->kind = (uint8_t)kind;
  return entry;
}

void entry_finish(struct entry *entry, enum link_result result, redisReply *reply) {
  if (entry->reply != reply) resp_free(entry->reply);
  if (entry->done)
    entry->done(entry->context, result, reply);
  else
    resp_free(reply);
  free(entry);
}

void queue_finish(struct queue *queue, enum link_result result) {
  struct queue mine = *queue;
  *queue = (struct queue){0};
  for (struct entry *entry; (entry = queue_pop(&mine));) entry_finish(entry, result, NULL);
}
