/* trace_command.c - yz trace: the lines of a trace, or of a settlement's traces, from all logs, in order of time. */
#include "cli_files.h"
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: yz trace ID FILE|DIR...\n"
    "ID is a trace id (32 hex digits, as in a traceparent or a problem's \"trace\") or the id of a settlement. Prints "
    "its\n"
    "lines of all logs (*.log below a folder) in order of time. At the default log-level, info, only requests that "
    "failed (5xx) are\n"
    "logged, but for those that were told to come again because of overload; at debug all are.\n";

enum { TRACES_MAX = 64, TRACE_N = 32, ARENA_BYTES = 256 << 20 };

struct line {
  const char *text;
  size_t order;
};

struct search {
  struct arena arena;
  const char *quoted;                   /* the id with its quotes: no part of a longer one is found */
  char traces[TRACES_MAX][TRACE_N + 3]; /* quoted too */
  size_t n_traces;
  struct line *lines;
  size_t n, room;
  bool collecting; /* second time through the files: keep lines; the first time traces are looked for */
};

static void learn_trace(struct search *s, const char *text) {
  static const char member[] = "\"trace\":";
  const char *at = strstr(text, member);
  if (!at || strlen(at + sizeof member - 1) < TRACE_N + 2 || s->n_traces == TRACES_MAX) return;
  at += sizeof member - 1;
  for (size_t i = 0; i < s->n_traces; i++)
    if (strncmp(s->traces[i], at, TRACE_N + 2) == 0) return;
  memcpy(s->traces[s->n_traces++], at, TRACE_N + 2);
}

static bool belongs(const struct search *s, const char *text) {
  if (strstr(text, s->quoted)) return true;
  for (size_t i = 0; i < s->n_traces; i++)
    if (strstr(text, s->traces[i])) return true;
  return false;
}

static void keep(struct search *s, const char *text) {
  if (s->n == s->room) {
    const size_t room = s->room ? 2 * s->room : 64;
    struct line *more = arena_alloc(&s->arena, room * sizeof *more);
    if (s->n) memcpy(more, s->lines, s->n * sizeof *more);
    s->lines = more;
    s->room = room;
  }
  s->lines[s->n] = (struct line){arena_copy(&s->arena, text), s->n};
  s->n++;
}

static void search_file(void *context, const char *path) {
  struct search *s = context;
  FILE *file = fopen(path, "re");
  if (!file) {
    perror(path);
    return;
  }
  char *text = NULL;
  size_t room = 0;
  while (getline(&text, &room, file) > 0) {
    if (strncmp(text, "{\"at\":\"", 7) != 0) continue;
    text[strcspn(text, "\n")] = '\0';
    if (s->collecting && belongs(s, text)) keep(s, text);
    if (!s->collecting && strstr(text, s->quoted)) learn_trace(s, text);
  }
  free(text);
  fclose(file);
}

/* Instants are printed with as many digits each, so text orders them. */
static int by_time(const void *a, const void *b) {
  const struct line *x = a, *y = b;
  const int order = strncmp(x->text, y->text, 31);
  return order ? order : (x->order > y->order) - (x->order < y->order);
}

static void print_line(const char *text) {
  char at[40], level[8], service[40], message[128];
  int pid, n = 0;
  const int read = sscanf(
      text, "{\"at\":\"%39[^\"]\",\"level\":\"%7[^\"]\",\"service\":\"%39[^\"]\",\"pid\":%d,\"msg\":\"%127[^\"]\"%n",
      at, level, service, &pid, message, &n);
  if (read < 5 || n == 0) {
    puts(text);
    return;
  }
  const char *more = text + n + (text[n] == ',');
  printf("%s  %-13s %-7d %s %s  %.*s\n", at, service, pid, level, message, (int)(strlen(more) - 1), more);
}

int trace_command(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "--help") == 0) {
    fputs(usage, stdout);
    return 0;
  }
  if (argc < 3 || argv[1][0] == '-' || !argv[1][0]) {
    fputs(usage, stderr);
    return 2;
  }
  struct search s = {0};
  arena_init(&s.arena, ARENA_BYTES);
  s.quoted = arena_format(&s.arena, "\"%s\"", argv[1]);
  bool opened = true;
  for (int pass = 0; pass < 2; pass++) {
    s.collecting = pass == 1;
    for (int i = 2; i < argc && opened; i++) opened = each_file(argv[i], ".log", search_file, &s);
  }
  if (s.n) qsort(s.lines, s.n, sizeof *s.lines, by_time);
  for (size_t i = 0; i < s.n; i++) print_line(s.lines[i].text);
  if (opened && s.n == 0)
    fprintf(stderr, "yz trace: no line has \"%s\": at log-level info only what failed (5xx) has one\n", argv[1]);
  const bool found = s.n > 0;
  arena_free(&s.arena);
  return found ? 0 : 1;
}
