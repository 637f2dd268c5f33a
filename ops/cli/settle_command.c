/* settle_command.c - yz settle FILE: bills settled without a server, by the code that settles in production. */
#include "bounds.h"
#include "cli_files.h"
#include "commands.h"
#include "records.h"
#include "settle_sorted.h"
#include "settling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: yz settle [OPTION]... FILE...\n"
    "Settles the bills of each file, in order, from empty accounts; nothing is kept afterwards.\n"
    "FILE is a book of people and bills or one bill (.json, .yaml), a table of bills (.csv), or bills as JSON Lines\n"
    "(any other name; - is standard input). Tables and JSON Lines are read as a stream.\n"
    "  --persons FILE       people, as a book, a table or JSON Lines; may be given several times, as the next two\n"
    "  --institutions FILE  hospitals and pharmacies\n"
    "  --contracts FILE     contracts of supplementary products\n"
    "  --policies DIR       policy packs (default: $YZ_POLICIES, else ops/policies)\n"
    "  --explain zh|en|both print a slip for each bill\n"
    "  --json               print each settlement as one line of JSON\n"
    "  --totals             print what all bills add up to, by setting: sums, tiers, benefits and payers, and how "
    "often\n"
    "  --sorted             people, contracts and bills are one table each, in ascending order of person ids, the "
    "bills\n"
    "                       of people who share a contract together and in order: a city settles in little memory\n"
    "  --jobs N             with --sorted, in N processes; the output is the same\n"
    "Without --explain, --json and --totals a table is printed: one line for each bill, with its sums, payers and "
    "problem.\n"
    "A bill that cannot be settled is named on standard error with file, line and what to do; the others go on, and\n"
    "the exit code is 1.\n";

/* ---- bills */

static void take_bill(void *context, void *message, unsigned line, struct arena *arena) {
  settling_bill(context, message, line, arena);
}

static void refuse(void *context, const Yz__Problem *problem, unsigned line) {
  settling_refuse(context, problem, line);
}

/* Reads a book into the arena and takes its people; NULL when it cannot be read. */
static Yz__Book *take_book(struct settling *s, const char *path, struct arena *arena) {
  s->path = path;
  Yz__Book *book = book_read(path, arena);
  if (!book)
    s->failed = true;
  else
    settling_refuse(s, offline_book(s->offline, book, arena), 0);
  return book;
}

static void settle_book(struct settling *s, const char *path) {
  struct arena file, one;
  arena_init(&file, CLI_FILE_ARENA);
  arena_init(&one, LIMIT_ARENA);
  const Yz__Book *book = take_book(s, path, &file);
  for (size_t i = 0; book && i < book->n_bills; i++) {
    s->path = arena_format(&file, "%s, bill %zu (%s)", path, i + 1, book->bills[i]->request_id);
    settling_bill(s, book->bills[i], 0, &one);
    arena_reset(&one);
  }
  s->path = path;
  arena_free(&one);
  arena_free(&file);
}

static void settle_file(struct settling *s, const char *path) {
  if (is_book(path)) {
    settle_book(s, path);
    return;
  }
  s->path = path;
  struct record_sink sink = {.take = take_bill, .refuse = refuse, .context = s};
  if (!records_read(path, &yz__bill__descriptor, &sink)) s->failed = true;
}

/* ---- records */

static void take_person(void *context, void *message, unsigned line, struct arena *arena) {
  struct settling *s = context;
  settling_refuse(s, offline_person(s->offline, message, arena), line);
}

static void take_institution(void *context, void *message, unsigned line, struct arena *arena) {
  struct settling *s = context;
  settling_refuse(s, offline_institution(s->offline, message, arena), line);
}

static void take_contract(void *context, void *message, unsigned line, struct arena *arena) {
  struct settling *s = context;
  settling_refuse(s, offline_contract(s->offline, message, arena), line);
}

struct source {
  const char *option;
  const ProtobufCMessageDescriptor *type;
  void (*take)(void *context, void *message, unsigned line, struct arena *arena);
};
static const struct source sources[] = {
    {"--persons", &yz__person__descriptor, take_person},
    {"--institutions", &yz__institution__descriptor, take_institution},
    {"--contracts", &yz__contract__descriptor, take_contract},
};

static void load(struct settling *s, const struct source *source, const char *path) {
  if (is_book(path)) {
    struct arena arena;
    arena_init(&arena, CLI_FILE_ARENA);
    take_book(s, path, &arena);
    arena_free(&arena);
    return;
  }
  s->path = path;
  struct record_sink sink = {.take = source->take, .refuse = refuse, .context = s};
  if (!records_read(path, source->type, &sink)) s->failed = true;
}

/* ---- the command line */

struct arguments {
  const char *policies;
  struct {
    const struct source *source;
    const char *path;
  } loads[64];
  size_t n_loads;
  enum output output;
  enum language language;
  bool sorted;
  unsigned jobs;
  int n_files; /* argv[0 .. n_files - 1], once read */
  bool help;
};

static const struct source *source_of(const char *option) {
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
    if (strcmp(option, sources[i].option) == 0) return &sources[i];
  return NULL;
}

static bool jobs_read(const char *text, unsigned *jobs) {
  const unsigned long n = strtoul(text, NULL, 10);
  *jobs = (unsigned)n;
  return strspn(text, "0123456789") == strlen(text) && n >= 1 && n <= SORTED_JOBS_MAX;
}

/* Reads an option that takes a value; false when it is none, or the value is wrong. */
static bool value_read(struct arguments *a, const char *option, const char *value) {
  const struct source *source = source_of(option);
  if (source && a->n_loads < sizeof a->loads / sizeof *a->loads) {
    a->loads[a->n_loads].source = source;
    a->loads[a->n_loads++].path = value;
    return true;
  }
  if (strcmp(option, "--policies") == 0) {
    a->policies = value;
    return true;
  }
  if (strcmp(option, "--jobs") == 0) return jobs_read(value, &a->jobs);
  a->output = OUTPUT_SLIPS;
  return strcmp(option, "--explain") == 0 && language_read(value, &a->language);
}

/* Reads the options, wherever they stand, and moves the files to the front of argv. False when the usage is wrong. */
static bool arguments_read(struct arguments *a, int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (argv[i][0] != '-' || !argv[i][1]) {
      argv[a->n_files++] = argv[i];
    } else if (strcmp(argv[i], "--help") == 0) {
      a->help = true;
    } else if (strcmp(argv[i], "--json") == 0) {
      a->output = OUTPUT_JSON;
    } else if (strcmp(argv[i], "--totals") == 0) {
      a->output = OUTPUT_TOTALS;
    } else if (strcmp(argv[i], "--sorted") == 0) {
      a->sorted = true;
    } else if (i + 1 == argc || !value_read(a, argv[i], argv[i + 1])) {
      return false;
    } else {
      i++;
    }
  }
  return a->help || (a->n_files > 0 && (a->sorted || a->jobs == 1));
}

/* Puts the one table of that kind where it belongs; false when there are two, or it is no table. */
static bool table_put(const char **place, const char *path) {
  const bool good = !*place && is_table(path);
  *place = path;
  return good;
}

/* The three tables of a sorted run; false when the usage is wrong. Institutions are loaded as always. */
static bool tables_find(const struct arguments *a, char **files, struct sorted_tables *tables) {
  bool good = a->n_files == 1 && table_put(&tables->bills, files[0]);
  for (size_t i = 0; i < a->n_loads; i++) {
    if (a->loads[i].source->take == take_person) good = table_put(&tables->persons, a->loads[i].path) && good;
    if (a->loads[i].source->take == take_contract) good = table_put(&tables->contracts, a->loads[i].path) && good;
  }
  return good && tables->persons;
}

static void settle_all(struct settling *s, const struct arguments *a, char **files,
                       const struct sorted_tables *tables) {
  for (size_t i = 0; i < a->n_loads; i++)
    if (!a->sorted || a->loads[i].source->take == take_institution) load(s, a->loads[i].source, a->loads[i].path);
  settling_begin(s);
  if (a->sorted && !sorted_settle(s, tables, a->jobs)) s->failed = true;
  for (int i = 0; !a->sorted && i < a->n_files; i++) settle_file(s, files[i]);
  settling_end(s);
}

int settle_command(int argc, char **argv) {
  static struct settling s;
  struct arguments a = {.policies = default_policies(), .jobs = 1};
  struct sorted_tables tables = {0};
  bool sound = arguments_read(&a, argc, argv);
  if (sound && a.sorted && !a.help) sound = tables_find(&a, argv, &tables);
  if (!sound || a.help) {
    fputs(usage, sound ? stdout : stderr);
    return sound ? 0 : 2;
  }
  s = (struct settling){.out = stdout, .err = stderr, .output = a.output, .language = a.language};
  s.shelf = open_policies(a.policies);
  if (!s.shelf) return 1;
  s.offline = offline_new(s.shelf);
  if (a.output == OUTPUT_TABLE || a.output == OUTPUT_TOTALS) offline_untraced(s.offline);
  settle_all(&s, &a, argv, &tables);
  offline_free(&s.offline);
  shelf_free(&s.shelf);
  if (fflush(stdout) != 0 || ferror(stdout)) {
    perror("standard output");
    s.failed = true;
  }
  return s.failed;
}
