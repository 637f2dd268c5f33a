/* settle_command.c - yz settle FILE: bills settled without a server, by the code that settles in production. */
#include "bill.h"
#include "bounds.h"
#include "cli_files.h"
#include "commands.h"
#include "csv.h"
#include "json.h"
#include "money.h"
#include "offline.h"
#include "records.h"
#include "slip.h"

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
    "Without --explain and --json a table is printed: one line for each bill, with its sums, payers and problem.\n"
    "A bill that cannot be settled is named on standard error with file, line and what to do; the others go on, and\n"
    "the exit code is 1.\n";

enum output { OUTPUT_TABLE, OUTPUT_SLIPS, OUTPUT_JSON };

struct settling {
  struct shelf *shelf;
  struct offline *offline;
  const char *path; /* of the file in hand */
  enum output output;
  enum language language;
  bool failed;
};

/* ---- output */

static const char *const sums_columns[] = {"total", "own_expense", "over_limit", "first_pay", "in_policy"};

static void put_fen(int64_t fen) {
  char text[MONEY_TEXT_MAX];
  printf(",%s", fen_print(fen, text));
}

static void put_text(const char *text) {
  putchar(',');
  csv_put(stdout, text);
}

static void print_header(void) {
  printf("request_id,person,institution,settlement");
  for (size_t i = 0; i < sizeof sums_columns / sizeof *sums_columns; i++) printf(",%s", sums_columns[i]);
  printf(",remote_first_pay");
  for (unsigned i = 0; i < yz__payer__descriptor.n_values; i++) {
    putchar(',');
    for (const char *p = yz__payer__descriptor.values[i].name; *p; p++) putchar(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
  }
  printf(",funds,personal,in_policy_burden,outside_bill,problem,pointer,detail\n");
}

static void print_keys(const Yz__Bill *bill) {
  csv_put(stdout, bill->request_id);
  put_text(bill->person);
  put_text(bill->institution);
}

static void print_row(const Yz__Settlement *settlement) {
  const Yz__Sums *sums = settlement->sums;
  print_keys(settlement->bill);
  put_text(settlement->id);
  const int64_t parts[] = {sums->total, sums->own_expense, sums->over_limit, sums->first_pay, sums->in_policy};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) put_fen(parts[i]);
  put_fen(settlement->remote_first_pay);
  for (unsigned i = 0; i < yz__payer__descriptor.n_values; i++) {
    int64_t amount = 0;
    for (size_t k = 0; k < settlement->n_shares; k++)
      if ((int)settlement->shares[k]->payer == yz__payer__descriptor.values[i].value)
        amount += settlement->shares[k]->amount;
    put_fen(amount);
  }
  put_fen(settlement->funds);
  put_fen(settlement->personal);
  put_fen(settlement->in_policy_burden);
  put_fen(settlement->outside_bill);
  printf(",,,\n");
}

/* A refused bill keeps its line in the table: the money columns stay empty. */
static void print_refused_row(const Yz__Bill *bill, const Yz__Problem *problem) {
  print_keys(bill);
  unsigned empty = 1 + (unsigned)(sizeof sums_columns / sizeof *sums_columns) + 1 + yz__payer__descriptor.n_values + 4;
  for (unsigned i = 0; i < empty; i++) putchar(',');
  const ProtobufCEnumValue *code = protobuf_c_enum_descriptor_get_value(&yz__code__descriptor, (int)problem->code);
  put_text(code ? code->name : "");
  put_text(problem->pointer);
  put_text(problem->detail);
  putchar('\n');
}

static void print_settlement(struct settling *s, const Yz__Settlement *settlement, struct arena *arena) {
  struct text out = {0};
  if (s->output == OUTPUT_SLIPS) {
    struct explain_packs packs = shelf_explain_packs(s->shelf);
    slip_print(settlement, explain(settlement, &packs, arena), &packs, s->language, &out);
  } else {
    json_write(&settlement->base, &out);
  }
  puts(text_string(&out));
  text_free(&out);
}

/* ---- bills */

static void refuse(void *context, const Yz__Problem *problem, unsigned line) {
  struct settling *s = context;
  s->failed = true;
  print_problem(s->path, line, problem);
}

static void settle_one(struct settling *s, Yz__Bill *bill, unsigned line, struct arena *arena) {
  Yz__Settlement *settlement = NULL;
  Yz__Problem *problem = offline_settle(s->offline, bill, arena, &settlement);
  if (problem) {
    refuse(s, problem, line);
    if (s->output == OUTPUT_TABLE) print_refused_row(bill, problem);
  } else if (s->output == OUTPUT_TABLE) {
    print_row(settlement);
  } else {
    print_settlement(s, settlement, arena);
  }
}

static void take_bill(void *context, void *message, unsigned line, struct arena *arena) {
  settle_one(context, message, line, arena);
}

/* Reads a book into the arena and takes its people; NULL when it cannot be read. */
static Yz__Book *take_book(struct settling *s, const char *path, struct arena *arena) {
  s->path = path;
  Yz__Book *book = book_read(path, arena);
  const Yz__Problem *problem = book ? offline_book(s->offline, book, arena) : NULL;
  if (!book) s->failed = true;
  if (problem) refuse(s, problem, 0);
  return book;
}

static void settle_book(struct settling *s, const char *path) {
  struct arena file, one;
  arena_init(&file, CLI_FILE_ARENA);
  arena_init(&one, LIMIT_ARENA);
  const Yz__Book *book = take_book(s, path, &file);
  for (size_t i = 0; book && i < book->n_bills; i++) {
    s->path = arena_format(&file, "%s, bill %zu (%s)", path, i + 1, book->bills[i]->request_id);
    settle_one(s, book->bills[i], 0, &one);
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

/* Takes a record, or names why not. */
static void take(struct settling *s, const Yz__Problem *problem, unsigned line) {
  if (problem) refuse(s, problem, line);
}

static void take_person(void *context, void *message, unsigned line, struct arena *arena) {
  struct settling *s = context;
  take(s, offline_person(s->offline, message, arena), line);
}

static void take_institution(void *context, void *message, unsigned line, struct arena *arena) {
  struct settling *s = context;
  take(s, offline_institution(s->offline, message, arena), line);
}

static void take_contract(void *context, void *message, unsigned line, struct arena *arena) {
  struct settling *s = context;
  take(s, offline_contract(s->offline, message, arena), line);
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
  int n_files; /* argv[0 .. n_files - 1], once read */
  bool help;
};

static const struct source *source_of(const char *option) {
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
    if (strcmp(option, sources[i].option) == 0) return &sources[i];
  return NULL;
}

/* Reads the options, wherever they stand, and moves the files to the front of argv. False when the usage is wrong. */
static bool arguments_read(struct arguments *a, int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    const struct source *source = source_of(argv[i]);
    bool more = i + 1 < argc;
    if (argv[i][0] != '-' || !argv[i][1]) {
      argv[a->n_files++] = argv[i];
    } else if (strcmp(argv[i], "--help") == 0) {
      a->help = true;
    } else if (strcmp(argv[i], "--json") == 0) {
      a->output = OUTPUT_JSON;
    } else if (strcmp(argv[i], "--policies") == 0 && more) {
      a->policies = argv[++i];
    } else if (strcmp(argv[i], "--explain") == 0 && more) {
      a->output = OUTPUT_SLIPS;
      if (!language_read(argv[++i], &a->language)) return false;
    } else if (source && more && a->n_loads < sizeof a->loads / sizeof *a->loads) {
      a->loads[a->n_loads].source = source;
      a->loads[a->n_loads++].path = argv[++i];
    } else {
      return false;
    }
  }
  return a->help || a->n_files > 0;
}

int settle_command(int argc, char **argv) {
  struct arguments a = {.policies = default_policies()};
  bool sound = arguments_read(&a, argc, argv);
  if (!sound || a.help) {
    fputs(usage, sound ? stdout : stderr);
    return sound ? 0 : 2;
  }
  struct settling s = {.shelf = open_policies(a.policies), .output = a.output, .language = a.language};
  if (!s.shelf) return 1;
  s.offline = offline_new(s.shelf);
  for (size_t i = 0; i < a.n_loads; i++) load(&s, a.loads[i].source, a.loads[i].path);
  if (s.output == OUTPUT_TABLE) print_header();
  for (int i = 0; i < a.n_files; i++) settle_file(&s, argv[i]);
  offline_free(&s.offline);
  shelf_free(&s.shelf);
  if (fflush(stdout) != 0 || ferror(stdout)) {
    perror("standard output");
    s.failed = true;
  }
  return s.failed;
}
