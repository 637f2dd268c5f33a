#include "places.h"

#include "field.h"

#include <stdint.h>
#include <string.h>

struct place {
  const ProtobufCMessage *message; /* NULL: a free slot */
  const ProtobufCFieldDescriptor *field;
  size_t index;
  int line;
};

/* Open addressing; at most half full. */
struct places {
  const char *file;
  struct arena *arena;
  struct place *slots;
  size_t n, room; /* room is a power of two */
};

enum { PLACES_ROOM = 1024 };

struct places *places_new(const char *file, struct arena *arena) {
  struct places *places = arena_try(arena, sizeof *places);
  if (!places) return NULL;
  *places = (struct places){.arena = arena, .room = PLACES_ROOM};
  places->slots = arena_try(arena, PLACES_ROOM * sizeof *places->slots);
  const size_t n = strlen(file) + 1;
  char *copy = arena_try(arena, n);
  if (!places->slots || !copy) return NULL;
  places->file = memcpy(copy, file, n);
  return places;
}

/* The slot that holds that place, or the free one where it belongs. */
static struct place *slot_of(const struct places *places, const ProtobufCMessage *message,
                             const ProtobufCFieldDescriptor *field, size_t index) {
  uint64_t hash = (uint64_t)(uintptr_t)message * UINT64_C(0x9e3779b97f4a7c15);
  hash = (hash ^ (uint64_t)(uintptr_t)field ^ index) * UINT64_C(0xbf58476d1ce4e5b9);
  size_t i = (size_t)(hash >> 20) & (places->room - 1);
  for (;; i = (i + 1) & (places->room - 1)) {
    struct place *slot = &places->slots[i];
    if (!slot->message || (slot->message == message && slot->field == field && slot->index == index)) return slot;
  }
}

static bool grow(struct places *places) {
  struct places larger = *places;
  larger.room *= 2;
  larger.slots = arena_try(places->arena, larger.room * sizeof *larger.slots);
  if (!larger.slots) return false;
  for (size_t i = 0; i < places->room; i++) {
    const struct place *old = &places->slots[i];
    if (old->message) *slot_of(&larger, old->message, old->field, old->index) = *old;
  }
  *places = larger;
  return true;
}

void places_add(struct places *places, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                size_t index, int line) {
  if (places->n * 2 >= places->room && !grow(places)) return;
  struct place *slot = slot_of(places, message, field, index);
  if (!slot->message) places->n++;
  *slot = (struct place){.message = message, .field = field, .index = index, .line = line};
}

int places_line_of(const struct places *places, const void *message) {
  return slot_of(places, message, NULL, 0)->line;
}

int places_line(const struct places *places, const void *message, const char *field, size_t index) {
  const int line = places_line_of(places, message);
  if (line == 0) return 0; /* not a message of this file: its memory is not ours to read */
  const ProtobufCMessageDescriptor *type = ((const ProtobufCMessage *)message)->descriptor;
  const ProtobufCFieldDescriptor *found = field_find(type, field, strlen(field));
  const struct place *slot = found ? slot_of(places, message, found, index) : NULL;
  return slot && slot->message ? slot->line : line;
}

const char *places_file(const struct places *places) {
  return places->file;
}
