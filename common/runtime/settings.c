#include "settings.h"

#include "must.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES_MAX = 64, LINE_MAX_BYTES = 4096 };

struct settings {
  size_t n;
  struct {
    const struct setting *row;
    char *text; /* owned; never NULL once read */
    int64_t number;
    bool given; /* by flag or environment: the file does not count */
  } values[VALUES_MAX];
};

static ptrdiff_t find(const struct settings *settings, const char *name, size_t n) {
  for (size_t i = 0; i < settings->n; i++)
    if (strlen(settings->values[i].row->name) == n && memcmp(settings->values[i].row->name, name, n) == 0)
      return (ptrdiff_t)i;
  return -1;
}

/* The row's value from text; NULL, or what is wrong with it. */
static const char *check(struct arena *arena, const struct setting *row, const char *text, int64_t *number) {
  *number = 0;
  if (row->kind == SETTING_TEXT) return NULL;
  if (row->kind == SETTING_SWITCH) {
    *number = strcmp(text, "yes") == 0;
    if (*number || strcmp(text, "no") == 0) return NULL;
    return arena_format(arena, "%s: \"%s\" is neither yes nor no", row->name, text);
  }
  char *end;
  errno = 0;
  *number = strtoll(text, &end, 10);
  if (errno || *end || end == text) return arena_format(arena, "%s: \"%s\" is not a number", row->name, text);
  if ((row->least || row->most) && (*number < row->least || *number > row->most))
    return arena_format(arena, "%s: %s is not within %lld to %lld", row->name, text, (long long)row->least,
                        (long long)row->most);
  return NULL;
}

static const char *put(struct settings *settings, struct arena *arena, size_t i, const char *text) {
  int64_t number;
  const char *why = check(arena, settings->values[i].row, text, &number);
  if (why) return why;
  char *copy = strdup(text);
  must(copy != NULL);
  free(settings->values[i].text);
  settings->values[i].text = copy;
  settings->values[i].number = number;
  return NULL;
}

/* --- flags and environment --- */

static const char *read_flags(struct settings *settings, struct arena *arena, int argc, char **argv, bool *help) {
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--help") == 0) {
      *help = true;
      return NULL;
    }
    if (strncmp(argv[i], "--", 2) != 0)
      return arena_format(arena, "%s: only flags are understood here, see --help", argv[i]);
    const char *name = argv[i] + 2, *equals = strchr(name, '=');
    const ptrdiff_t at = find(settings, name, equals ? (size_t)(equals - name) : strlen(name));
    if (at < 0) return arena_format(arena, "%s: no such setting, see --help", argv[i]);
    const char *text = equals ? equals + 1 : i + 1 < argc ? argv[++i] : NULL;
    if (!text) return arena_format(arena, "%s: its value is missing", argv[i]);
    const char *why = put(settings, arena, (size_t)at, text);
    if (why) return arena_format(arena, "--%s", why);
    settings->values[at].given = true;
  }
  return NULL;
}

static char *environment_name(struct arena *arena, const char *name) {
  char *text = arena_format(arena, "YZ_%s", name);
  for (char *c = text; *c; c++) {
    if (*c == '-') *c = '_';
    if (*c >= 'a' && *c <= 'z') *c = (char)(*c - 'a' + 'A');
  }
  return text;
}

static const char *read_environment(struct settings *settings, struct arena *arena) {
  for (size_t i = 0; i < settings->n; i++) {
    const char *name = environment_name(arena, settings->values[i].row->name), *text = getenv(name);
    if (!text || settings->values[i].given) continue;
    const char *why = put(settings, arena, i, text);
    if (why) return arena_format(arena, "%s (from %s)", why, name);
    settings->values[i].given = true;
  }
  return NULL;
}

/* --- the file --- */

static char *trim(char *text) {
  text += strspn(text, " \t");
  size_t n = strlen(text);
  while (n && strchr(" \t\r\n", text[n - 1])) n--;
  text[n] = '\0';
  return text;
}

/* Reads the file into `texts` (in the arena), one for each value, NULL where it has no line. */
static const char *read_file(const struct settings *settings, struct arena *arena, const char *path,
                             const char *texts[VALUES_MAX]) {
  memset(texts, 0, VALUES_MAX * sizeof *texts);
  FILE *file = fopen(path, "re");
  if (!file) return arena_format(arena, "settings: %s: %s", path, strerror(errno));
  const char *why = NULL;
  char line[LINE_MAX_BYTES];
  for (int number = 1; !why && fgets(line, sizeof line, file); number++) {
    char *name = trim(line), *equals = strchr(name, '=');
    if (!*name || *name == '#') continue;
    if (equals) *equals = '\0';
    name = trim(name);
    const ptrdiff_t at = equals ? find(settings, name, strlen(name)) : -1;
    int64_t ignored;
    if (!equals)
      why = arena_format(arena, "%s:%d: a line is \"name = value\"", path, number);
    else if (at < 0)
      why = arena_format(arena, "%s:%d: %s: no such setting", path, number, name);
    else if (texts[at])
      why = arena_format(arena, "%s:%d: %s: a second time", path, number, name);
    else {
      texts[at] = arena_copy(arena, trim(equals + 1));
      why = check(arena, settings->values[at].row, texts[at], &ignored);
      if (why) why = arena_format(arena, "%s:%d: %s", path, number, why);
    }
  }
  fclose(file);
  return why;
}

/* Fills what neither flag nor environment gave: from the file, else from the defaults. */
static const char *read_rest(struct settings *settings, struct arena *arena) {
  const char *texts[VALUES_MAX] = {0}, *why = NULL;
  const ptrdiff_t at = find(settings, "settings", 8);
  if (at >= 0 && settings->values[at].given && settings->values[at].text[0])
    why = read_file(settings, arena, settings->values[at].text, texts);
  for (size_t i = 0; i < settings->n && !why; i++) {
    if (settings->values[i].given) continue;
    const struct setting *row = settings->values[i].row;
    const char *text = texts[i] ? texts[i] : row->fallback;
    why = text ? put(settings, arena, i, text) : arena_format(arena, "%s: has to be given, see --help", row->name);
  }
  return why;
}

enum settings_outcome settings_read(struct settings **made, struct arena *arena, const struct setting *const tables[],
                                    const size_t counts[], size_t n_tables, int argc, char **argv, const char **why) {
  struct settings *settings = calloc(1, sizeof *settings);
  must(settings != NULL);
  *made = settings;
  for (size_t t = 0; t < n_tables; t++)
    for (size_t i = 0; i < counts[t]; i++) {
      must(settings->n < VALUES_MAX && find(settings, tables[t][i].name, strlen(tables[t][i].name)) < 0);
      settings->values[settings->n++].row = &tables[t][i];
    }
  bool help = false;
  *why = read_flags(settings, arena, argc, argv, &help);
  if (help) return SETTINGS_HELP;
  if (!*why) *why = read_environment(settings, arena);
  if (!*why) *why = read_rest(settings, arena);
  return *why ? SETTINGS_WRONG : SETTINGS_READ;
}

const char *settings_reload(struct settings *settings, struct arena *arena,
                            void (*changed)(const char *name, bool taken, void *ctx), void *ctx) {
  const char *path = settings_text(settings, "settings"), *texts[VALUES_MAX];
  if (!path[0]) return NULL;
  const char *why = read_file(settings, arena, path, texts);
  if (why) return why;
  for (size_t i = 0; i < settings->n; i++) {
    const struct setting *row = settings->values[i].row;
    const char *text = texts[i] ? texts[i] : row->fallback;
    if (settings->values[i].given || !text || strcmp(text, settings->values[i].text) == 0) continue;
    if (row->reloadable) must(put(settings, arena, i, text) == NULL); /* read_file checked it */
    changed(row->name, row->reloadable, ctx);
  }
  return NULL;
}

void settings_free(struct settings **freed) {
  struct settings *settings = *freed;
  if (!settings) return;
  for (size_t i = 0; i < settings->n; i++) free(settings->values[i].text);
  free(settings);
  *freed = NULL;
}

/* --- looking up --- */

static size_t place(const struct settings *settings, const char *name, enum setting_kind kind) {
  const ptrdiff_t at = find(settings, name, strlen(name));
  must(at >= 0 && settings->values[at].row->kind == kind);
  return (size_t)at;
}

const char *settings_text(const struct settings *settings, const char *name) {
  return settings->values[place(settings, name, SETTING_TEXT)].text;
}

int64_t settings_number(const struct settings *settings, const char *name) {
  return settings->values[place(settings, name, SETTING_NUMBER)].number;
}

bool settings_switch(const struct settings *settings, const char *name) {
  return settings->values[place(settings, name, SETTING_SWITCH)].number != 0;
}

const char *settings_help(struct arena *arena, const char *program, const char *summary,
                          const struct setting *const tables[], const size_t counts[], size_t n_tables) {
  const char *help =
      arena_format(arena, "yz-%s %s: %s\n\nUsage: yz-%s [--NAME=VALUE]...\n\n", program, YZ_VERSION, summary, program);
  for (size_t t = 0; t < n_tables; t++)
    for (size_t i = 0; i < counts[t]; i++) {
      const struct setting *row = &tables[t][i];
      const char *value = !row->fallback      ? "has to be given"
                          : !row->fallback[0] ? "default: none"
                                              : arena_format(arena, "default: %s", row->fallback);
      const bool bounded = row->kind == SETTING_NUMBER && (row->least || row->most);
      const char *range =
          bounded ? arena_format(arena, ", %lld to %lld", (long long)row->least, (long long)row->most) : "";
      help = arena_format(arena, "%s  --%s, %s\n      %s\n      %s%s%s%s%s%s\n", help, row->name,
                          environment_name(arena, row->name), row->help, value, row->unit ? " " : "",
                          row->unit ? row->unit : "", range, row->kind == SETTING_SWITCH ? ", yes or no" : "",
                          row->reloadable ? "; read again on SIGHUP" : "");
    }
  return help;
}
