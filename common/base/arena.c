#include "arena.h"

#include "must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
enum { SPARE_MAX = 0 }; /* what is freed stays freed, so that its use is seen */
#else
enum { SPARE_MAX = 64 };
#endif
enum { BLOCK_BYTES = 16 * 1024 };
_Static_assert(BLOCK_BYTES % ARENA_ALIGN == 0, "what is left of a block is whole alignments");

struct arena_block {
  struct arena_block *next;
  size_t size;
  _Alignas(ARENA_ALIGN) unsigned char bytes[];
};

/* Blocks of the usual size go from request to request of a thread: given back to malloc they were merged with their
 * neighbours and cut anew each time. The thread's end does not free them; ours live as long as the process. */
static _Thread_local struct {
  struct arena_block *first;
  unsigned n;
} spare;

static struct arena_block *block_new(size_t bytes) {
  struct arena_block *block = spare.first;
  if (bytes == BLOCK_BYTES && block) {
    spare.first = block->next;
    spare.n--;
  } else {
    block = malloc(sizeof *block + bytes);
  }
  return block;
}

static void block_free(struct arena_block *block) {
  if (block->size != BLOCK_BYTES || spare.n == SPARE_MAX) {
    free(block);
    return;
  }
  block->next = spare.first;
  spare.first = block;
  spare.n++;
}

static void *pb_alloc(void *data, size_t size) {
  return arena_try(data, size);
}
static void pb_free(void *data, void *pointer) {
  (void)data;
  (void)pointer;
}

void arena_init(struct arena *arena, size_t ceiling) {
  *arena = (struct arena){.ceiling = ceiling, .pb = {.alloc = pb_alloc, .free = pb_free, .allocator_data = arena}};
}

/* The block is the newest, and all of it is left. */
static void begin_block(struct arena *arena, struct arena_block *block) {
  arena->blocks = block;
  arena->at = block ? block->bytes : NULL;
  arena->end = block ? block->bytes + block->size : NULL;
}

void *arena_raw_from_new(struct arena *arena, size_t size) {
  if (size > arena->ceiling) return NULL;
  const size_t need = arena_taken(size);
  if (need > arena->ceiling - arena->used) return NULL;
  const size_t bytes = need > BLOCK_BYTES ? need : BLOCK_BYTES;
  struct arena_block *block = block_new(bytes);
  if (!block) return NULL;
  *block = (struct arena_block){.next = arena->blocks, .size = bytes};
  begin_block(arena, block);
  arena->at += need;
  arena->used += need;
  return block->bytes;
}

void *arena_try(struct arena *arena, size_t size) {
  void *given = arena_raw(arena, size);
  return given ? memset(given, 0, size) : NULL;
}

void *arena_alloc(struct arena *arena, size_t size) {
  void *given = arena_try(arena, size);
  must(given != NULL);
  return given;
}

char *arena_copy_n(struct arena *arena, const char *text, size_t n) {
  char *copy = arena_raw(arena, n + 1);
  must(copy != NULL);
  *(char *)mempcpy(copy, text, n) = '\0';
  return copy;
}

char *arena_copy(struct arena *arena, const char *text) {
  return arena_copy_n(arena, text, strlen(text));
}

char *arena_format(struct arena *arena, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  const int n = vsnprintf(NULL, 0, format, args);
  must(n >= 0);
  char *text = arena_alloc(arena, (size_t)n + 1);
  vsnprintf(text, (size_t)n + 1, format, again);
  va_end(again);
  va_end(args);
  return text;
}

size_t arena_held(const struct arena *arena) {
  size_t held = 0;
  for (const struct arena_block *block = arena->blocks; block; block = block->next) held += sizeof *block + block->size;
  return held;
}

void arena_reset(struct arena *arena) {
  struct arena_block *keep = NULL;
  for (struct arena_block *block = arena->blocks, *next; block; block = next) {
    next = block->next;
    if (!keep && block->size == BLOCK_BYTES) {
      keep = block;
      keep->next = NULL;
    } else {
      block_free(block);
    }
  }
  begin_block(arena, keep);
  arena->used = 0;
}

void arena_free(struct arena *arena) {
  for (struct arena_block *block = arena->blocks, *next; block; block = next) {
    next = block->next;
    block_free(block);
  }
  begin_block(arena, NULL);
  arena->used = 0;
}
