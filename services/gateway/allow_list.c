#include "allow_list.h"

#include "bus.h"
#include "bus_services.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const ProtobufCServiceDescriptor *service_named(const char *name) {
  for (size_t i = 0; i < BUS_SERVICES; i++)
    if (strcmp(bus_services[i].name, name) == 0) return bus_services[i].descriptor;
  return NULL;
}

const char *allow_list_read(struct arena *arena, char *text, struct bus_allowed **rows, size_t *n) {
  *rows = arena_alloc(arena, ALLOW_MAX * sizeof **rows);
  *n = 0;
  char *rest = text;
  for (int number = 1; rest; number++) {
    char *line = strsep(&rest, "\n"), *words;
    line[strcspn(line, "\r")] = '\0';
    const char *name = strtok_r(line, " \t", &words);
    if (!name || name[0] == '#') continue; /* not behind a key: '#' is of Z85's alphabet */
    const char *key = strtok_r(NULL, " \t", &words);
    const ProtobufCServiceDescriptor *service = service_named(name);
    if (!service) return arena_format(arena, "line %d: no service is called \"%s\"", number, name);
    if (!bus_key_readable(key)) return arena_format(arena, "line %d: a public key has 40 characters of Z85", number);
    if (strtok_r(NULL, " \t", &words)) return arena_format(arena, "line %d: more than service and key", number);
    if (*n == ALLOW_MAX) return arena_format(arena, "line %d: more than %d lines", number, ALLOW_MAX);
    (*rows)[(*n)++] = (struct bus_allowed){.public_key = key, .service = service};
  }
  return *n > 0 ? NULL : "names no worker: with it every one would be turned away";
}

char *key_file_read(struct arena *arena, const char *path, const char **why) {
  FILE *file = fopen(path, "re");
  char *text = file ? arena_try(arena, KEY_FILE_MAX + 1) : NULL;
  const size_t n = text ? fread(text, 1, KEY_FILE_MAX + 1, file) : 0;
  const bool whole = text && !ferror(file) && n <= KEY_FILE_MAX;
  *why = whole ? NULL : arena_format(arena, "%s: %s", path, file ? "cannot be read or is too large" : strerror(errno));
  if (file) fclose(file);
  return whole ? text : NULL;
}
