/* arena.h - memory of one request: allocated piece by piece, freed at once.
 *
 * Also a ProtobufCAllocator, so that unpacked messages live and die with the request. A ceiling bounds what hostile
 * input can make us allocate. */
#ifndef YZ_BASE_ARENA_H
#define YZ_BASE_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stdarg.h>
#include <stddef.h>

struct arena_block;

struct arena {
  struct arena_block *blocks; /* newest first */
  unsigned char *at, *end;    /* what is left of the newest: whole ARENA_ALIGNs */
  size_t used, ceiling;       /* bytes given out; most that may be */
  ProtobufCAllocator pb;      /* pass &arena.pb to protobuf-c; its free does nothing */
};

/* An arena without memory yet. `ceiling` is the most bytes it will give. */
void arena_init(struct arena *arena, size_t ceiling);
/* Gives `size` zeroed bytes aligned for anything, or NULL beyond the ceiling or out of memory. */
void *arena_try(struct arena *arena, size_t size);
enum { ARENA_ALIGN = 16 };
/* What `size` bytes take of a block. */
static inline size_t arena_taken(size_t size) {
  return (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
}
/* arena_raw(), when what is left of the newest block is not enough. */
void *arena_raw_from_new(struct arena *arena, size_t size);
/* As arena_try, with whatever bytes are there: for who writes them all. Inline, because a settlement asks a thousand
 * times. */
static inline void *arena_raw(struct arena *arena, size_t size) {
  if (size >= (size_t)(arena->end - arena->at)) return arena_raw_from_new(arena, size); /* so NULL is never given */
  const size_t need = arena_taken(size); /* no more than is left either */
  if (need > arena->ceiling - arena->used) return NULL;
  void *given = arena->at;
  arena->at += need;
  arena->used += need;
  return given;
}
/* As arena_try, but stops the process when there is none: for sizes that our own limits bound. */
void *arena_alloc(struct arena *arena, size_t size);
char *arena_copy(struct arena *arena, const char *text);
char *arena_copy_n(struct arena *arena, const char *text, size_t n);
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Bytes that it has of the process. */
size_t arena_held(const struct arena *arena);
/* Frees all but one block of the usual size and starts anew; every pointer given is dead. */
void arena_reset(struct arena *arena);
/* Frees everything. Safe on a zeroed arena. */
void arena_free(struct arena *arena);

#endif
