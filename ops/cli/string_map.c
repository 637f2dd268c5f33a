#include "string_map.h"

#include "must.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct string_map_slot {
  char *key; /* NULL: empty */
  void *value;
};

enum { ROOM_KEPT = 1024 };

/* FNV-1a. */
static uint64_t hash(const char *key) {
  uint64_t h = UINT64_C(14695981039346656037);
  for (; *key; key++) h = (h ^ (unsigned char)*key) * UINT64_C(1099511628211);
  return h;
}

/* Where the key is or would stand; `room` is a power of two and never full. */
static struct string_map_slot *slot_of(const struct string_map *map, const char *key) {
  size_t i = (size_t)hash(key) & (map->room - 1);
  while (map->slots[i].key && strcmp(map->slots[i].key, key) != 0) i = (i + 1) & (map->room - 1);
  return &map->slots[i];
}

static void grow(struct string_map *map) {
  struct string_map old = *map;
  map->room = old.room ? old.room * 2 : 64;
  map->slots = calloc(map->room, sizeof *map->slots);
  must(map->slots != NULL);
  for (size_t i = 0; i < old.room; i++)
    if (old.slots[i].key) *slot_of(map, old.slots[i].key) = old.slots[i];
  free(old.slots);
}

void **string_map_at(struct string_map *map, const char *key) {
  if (2 * (map->n + 1) > map->room) grow(map);
  struct string_map_slot *slot = slot_of(map, key);
  if (!slot->key) {
    slot->key = strdup(key);
    must(slot->key != NULL);
    map->n++;
  }
  return &slot->value;
}

void *string_map_find(const struct string_map *map, const char *key) {
  return map->room ? slot_of(map, key)->value : NULL;
}

void string_map_clear(struct string_map *map, void (*value_free)(void *)) {
  if (map->room > ROOM_KEPT) {
    string_map_free(map, value_free);
    return;
  }
  for (size_t i = 0; map->n > 0 && i < map->room; i++) {
    if (!map->slots[i].key) continue;
    free(map->slots[i].key);
    if (value_free && map->slots[i].value) value_free(map->slots[i].value);
    map->slots[i] = (struct string_map_slot){0};
    map->n--;
  }
}

void string_map_free(struct string_map *map, void (*value_free)(void *)) {
  for (size_t i = 0; i < map->room; i++) {
    if (!map->slots[i].key) continue;
    free(map->slots[i].key);
    if (value_free) value_free(map->slots[i].value);
  }
  free(map->slots);
  *map = (struct string_map){0};
}
