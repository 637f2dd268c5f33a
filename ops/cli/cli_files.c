#include "cli_files.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool complain(const char *path) {
  fprintf(stderr, "%s: %s\n", path, strerror(errno));
  return false;
}

char *read_file(const char *path, struct arena *arena, size_t *n) {
  FILE *file = fopen(path, "rb");
  struct stat stat;
  if (!file || fstat(fileno(file), &stat) != 0) {
    complain(path);
    if (file) fclose(file);
    return NULL;
  }
  *n = stat.st_size > 0 ? (size_t)stat.st_size : 0;
  char *bytes = arena_try(arena, *n + 1);
  if (!bytes) {
    fprintf(stderr, "%s: too large to be read at once; use JSON Lines or CSV, which are read as a stream\n", path);
  } else if (fread(bytes, 1, *n, file) != *n) {
    complain(path);
    bytes = NULL;
  }
  fclose(file);
  return bytes;
}

static bool ends_with(const char *name, const char *suffix) {
  size_t n = strlen(name), m = strlen(suffix);
  return n > m && strcmp(name + n - m, suffix) == 0;
}

bool each_file(const char *path, const char *suffix, void (*use)(void *context, const char *path), void *context) {
  struct stat stat_of;
  if (stat(path, &stat_of) != 0) return complain(path);
  if (!S_ISDIR(stat_of.st_mode)) {
    use(context, path);
    return true;
  }
  struct dirent **entries;
  int n = scandir(path, &entries, NULL, alphasort);
  if (n < 0) return complain(path);
  bool sound = true;
  for (int i = 0; i < n; i++) {
    char below[PATH_MAX];
    const char *name = entries[i]->d_name;
    snprintf(below, sizeof below, "%s/%s", path, name);
    bool folder = stat(below, &stat_of) == 0 && S_ISDIR(stat_of.st_mode);
    if (name[0] != '.' && (folder || ends_with(name, suffix))) sound &= each_file(below, suffix, use, context);
    free(entries[i]);
  }
  free(entries);
  return sound;
}

const char *default_policies(void) {
  const char *set = getenv("YZ_POLICIES");
  if (set && set[0]) return set;
  struct stat stat_of;
  return stat("ops/policies", &stat_of) == 0 ? "ops/policies" : YZ_SHARE "/policies";
}

struct shelf *open_policies(const char *root) {
  struct findings findings;
  findings_init(&findings);
  struct shelf *shelf = shelf_open(root, &findings);
  print_findings(&findings);
  findings_free(&findings);
  return shelf;
}

void print_findings(struct findings *findings) {
  findings_sort(findings);
  for (size_t i = 0; i < findings->n; i++)
    fprintf(stderr, "%s:%d: %s\n", findings->all[i].file, findings->all[i].line, findings->all[i].reason);
}
