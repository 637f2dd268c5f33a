#include "key_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

const char *key_file_load(struct arena *arena, const char *path, char key[BUS_KEY_TEXT]) {
  char line[BUS_KEY_TEXT + 2] = ""; /* room for the line's end, so that a longer line is seen */
  FILE *file = fopen(path, "re");
  if (!file) return arena_format(arena, "%s: %s", path, strerror(errno));
  const bool read = fgets(line, sizeof line, file) != NULL;
  fclose(file);
  line[strcspn(line, "\r\n")] = '\0';
  if (!read || !bus_key_readable(line))
    return arena_format(arena, "%s: its first line is no key of 40 characters of Z85", path);
  bus_copy(key, BUS_KEY_TEXT, line);
  return NULL;
}

const char *key_file_load_pair(struct arena *arena, const char *path, char secret[BUS_KEY_TEXT],
                               char public[BUS_KEY_TEXT]) {
  const char *why = key_file_load(arena, path, secret);
  if (!why && zmq_curve_public(public, secret) != 0) why = arena_format(arena, "%s: %s", path, zmq_strerror(errno));
  return why;
}
