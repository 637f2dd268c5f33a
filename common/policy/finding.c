#include "finding.h"

#include "must.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FINDINGS_BYTES = 4 * 1024 * 1024 }; /* FINDINGS_MAX reasons of 4 kB */

void findings_init(struct findings *findings) {
  *findings = (struct findings){0};
  arena_init(&findings->arena, FINDINGS_BYTES);
}

void findings_free(struct findings *findings) {
  free(findings->all);
  arena_free(&findings->arena);
  *findings = (struct findings){0};
}

static bool known(const struct findings *findings, const char *file, int line, const char *reason) {
  for (size_t i = 0; i < findings->n; i++) {
    const struct finding *f = &findings->all[i];
    if (f->line == line && strcmp(f->reason, reason) == 0 && strcmp(f->file, file) == 0) return true;
  }
  return false;
}

void findings_add(struct findings *findings, const char *file, int line, const char *format, ...) {
  char reason[2048];
  va_list args;
  va_start(args, format);
  vsnprintf(reason, sizeof reason, format, args);
  va_end(args);
  findings->found++;
  if (findings->n == FINDINGS_MAX || known(findings, file, line, reason)) return;
  if (findings->n == findings->room) {
    findings->room = findings->room ? 2 * findings->room : 16;
    findings->all = realloc(findings->all, findings->room * sizeof *findings->all);
    must(findings->all);
  }
  findings->all[findings->n++] = (struct finding){
      .file = arena_copy(&findings->arena, file), .line = line, .reason = arena_copy(&findings->arena, reason)};
}

static int by_place(const void *a, const void *b) {
  const struct finding *x = a, *y = b;
  const int file = strcmp(x->file, y->file);
  if (file != 0) return file;
  if (x->line != y->line) return x->line < y->line ? -1 : 1;
  return strcmp(x->reason, y->reason);
}

void findings_sort(struct findings *findings) {
  if (findings->n > 1) qsort(findings->all, findings->n, sizeof *findings->all, by_place);
}
