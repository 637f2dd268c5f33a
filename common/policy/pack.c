#include "pack.h"

#include "guard.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The reader of YAML says "FILE:LINE: reason"; a finding holds the three apart. */
static void refuse_text(const char *file, const Yz__Problem *problem, struct findings *findings) {
  const char *detail = problem->detail ? problem->detail : problem_kind(problem->code)->title;
  const size_t n = strlen(file);
  int line = 0;
  if (strncmp(detail, file, n) == 0 && detail[n] == ':') {
    char *end;
    const long number = strtol(detail + n + 1, &end, 10);
    if (strncmp(end, ": ", 2) == 0 && number > 0 && number < 1000000) {
      line = (int)number;
      detail = end + 2;
    }
  }
  findings_add(findings, file, line, "%s", detail);
}

struct pack *pack_new(const Yz__PolicyPack *text, const char *file, const struct places *places, struct arena *arena) {
  struct pack *pack = arena_alloc(arena, sizeof *pack);
  pack->text = text;
  pack->file = arena_copy(arena, file);
  pack->places = places;
  size_t size;
  const uint8_t *canonical = message_pack(&text->base, arena, &size);
  sha256_hex(canonical, size, pack->sha256);
  return pack;
}

struct pack *pack_read(const char *file, const void *bytes, size_t n, struct arena *arena, struct findings *findings) {
  Yz__Problem *problem = NULL;
  struct places *places = NULL;
  const Yz__PolicyPack *text = yaml_read(&yz__policy_pack__descriptor, file, bytes, n, arena, &places, &problem);
  if (text) return pack_new(text, file, places, arena);
  refuse_text(file, problem, findings);
  return NULL;
}

void pack_refuse(const struct pack *pack, struct findings *findings, const void *message, const char *field,
                 size_t index, const char *format, ...) {
  char reason[2048];
  va_list args;
  va_start(args, format);
  vsnprintf(reason, sizeof reason, format, args);
  va_end(args);
  const int line = field ? places_line(pack->places, message, field, index) : places_line_of(pack->places, message);
  findings_add(findings, pack->file, line, "%s", reason);
}
