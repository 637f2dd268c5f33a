/* string_map.h - from strings to pointers, in memory. Keys are copied; nothing is removed alone. */
#ifndef YZ_CLI_STRING_MAP_H
#define YZ_CLI_STRING_MAP_H

#include <stddef.h>

struct string_map {
  struct string_map_slot *slots;
  size_t n, room;
};

/* The value's place for `key`, made (as NULL) when it is new. The place moves with the next key that is new. */
void **string_map_at(struct string_map *map, const char *key);
/* The value, or NULL. */
void *string_map_find(const struct string_map *map, const char *key);
/* Takes everything out, and keeps the room unless it is large. */
void string_map_clear(struct string_map *map, void (*value_free)(void *));
/* Frees everything, each value by `value_free` (NULL: left alone). Safe on a zeroed map. */
void string_map_free(struct string_map *map, void (*value_free)(void *));

#endif
