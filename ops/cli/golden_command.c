/* golden_command.c - yz golden PATH...: files of cases, or folders of them, each case settled from empty accounts. */
#include "bounds.h"
#include "cli_files.h"
#include "commands.h"
#include "golden_case.h"
#include "golden_compare.h"
#include "offline.h"
#include "yaml_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: yz golden [--policies DIR] PATH...\n"
    "Settles the golden cases of the YAML files (folders: every *.yaml below) and prints each difference.\n"
    "  --policies DIR  policy packs (default: $YZ_POLICIES, else ops/policies)\n";

struct run {
  const char *policies;
  struct shelf *shelf; /* of `policies`, opened when the first file needs it */
  size_t passed, failed;
};

static const char *code_name(Yz__Code code) {
  const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(&yz__code__descriptor, (int)code);
  return value ? value->name : "?";
}

static size_t problem_differences(const Yz__Expected *expected, const Yz__Problem *problem, struct text *out) {
  const char *pointer = problem->pointer ? problem->pointer : "";
  if (!expected || !expected->has_problem || expected->problem != problem->code) {
    text_addf(out, "    refused: %s at \"%s\": %s\n", code_name(problem->code), pointer,
              problem->detail ? problem->detail : "");
    return 1;
  }
  if (!expected->pointer || strcmp(expected->pointer, pointer) == 0) return 0;
  text_addf(out, "    pointer: expected %s, got %s\n", expected->pointer, pointer);
  return 1;
}

/* Settles one visit and compares; adds what is wrong to `out`. */
static size_t run_visit(struct offline *offline, Yz__Bill *bill, const Yz__Visit *visit, struct arena *arena,
                        struct text *out) {
  Yz__Settlement *settlement = NULL;
  Yz__Problem *problem = offline_settle(offline, bill, arena, &settlement);
  if (problem) return problem_differences(visit->expect, problem, out);
  if (visit->expect && visit->expect->has_problem) {
    text_addf(out, "    expected to be refused with %s, but it settled\n", code_name(visit->expect->problem));
    return 1;
  }
  size_t n = visit->expect ? golden_differences(visit->expect, settlement, out) : 0;
  return n + (visit->printed ? golden_agreements(visit->printed->figures, settlement, out) : 0);
}

/* What is wrong with a case, as lines; empty when it passes. */
static void run_case(const Yz__GoldenFile *file, const Yz__Case *golden, struct shelf *shelf, struct text *out) {
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  struct offline *offline = offline_new(shelf);
  Yz__Book *book = NULL;
  Yz__Problem *problem = golden_book(file, golden, shelf, &arena, &book);
  if (!problem) problem = offline_book(offline, book, &arena);
  if (problem) {
    text_addf(out, "  the case itself, %s: %s\n", problem->pointer ? problem->pointer : "", problem->detail);
  } else {
    for (size_t i = 0; i < golden->n_visits; i++) {
      struct text visit = {0};
      if (run_visit(offline, book->bills[i], golden->visits[i], &arena, &visit) > 0)
        text_addf(out, "  visit %zu\n%s", i + 1, text_string(&visit));
      text_free(&visit);
    }
  }
  offline_free(&offline);
  arena_free(&arena);
}

/* A shelf of the file's own packs, checked like any pack. */
static struct shelf *inline_shelf(const Yz__GoldenFile *file, const char *path, const struct places *places,
                                  const char *policies) {
  struct findings findings;
  findings_init(&findings);
  struct shelf *shelf = shelf_new(policies);
  bool sound = true;
  for (size_t i = 0; i < file->n_packs; i++) sound &= shelf_add_message(shelf, file->packs[i], path, places, &findings);
  if (!sound) shelf_free(&shelf);
  print_findings(&findings);
  findings_free(&findings);
  return shelf;
}

static void run_cases(struct run *run, const Yz__GoldenFile *file, const char *path, const struct places *places,
                      struct shelf *shelf) {
  for (size_t i = 0; i < file->n_cases; i++) {
    struct text wrong = {0};
    if (shelf)
      run_case(file, file->cases[i], shelf, &wrong);
    else
      text_add(&wrong, "  its packs were refused\n");
    if (wrong.n > 0) {
      run->failed++;
      printf("FAILED %s:%d: %s\n%s", path, places_line_of(places, file->cases[i]), file->cases[i]->name,
             text_string(&wrong));
    } else {
      run->passed++;
    }
    text_free(&wrong);
  }
}

static void run_file(void *context, const char *path) {
  struct run *run = context;
  struct arena arena;
  arena_init(&arena, CLI_FILE_ARENA);
  size_t n;
  const char *bytes = read_file(path, &arena, &n);
  struct places *places = NULL;
  Yz__Problem *problem = NULL;
  const Yz__GoldenFile *file =
      bytes ? yaml_read(&yz__golden_file__descriptor, path, bytes, n, &arena, &places, &problem) : NULL;
  if (!file) {
    run->failed++;
    if (problem) printf("FAILED %s\n", problem->detail);
  } else if (file->n_packs > 0) {
    struct shelf *shelf = inline_shelf(file, path, places, run->policies);
    run_cases(run, file, path, places, shelf);
    shelf_free(&shelf);
  } else {
    if (!run->shelf) run->shelf = open_policies(run->policies);
    run_cases(run, file, path, places, run->shelf);
  }
  arena_free(&arena);
}

int golden_command(int argc, char **argv) {
  struct run run = {.policies = default_policies()};
  int paths = 0;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--policies") == 0 && i + 1 < argc) {
      run.policies = argv[++i];
    } else if (argv[i][0] == '-') {
      fputs(usage, strcmp(argv[i], "--help") == 0 ? stdout : stderr);
      return strcmp(argv[i], "--help") == 0 ? 0 : 2;
    } else {
      paths++;
      if (!each_file(argv[i], ".yaml", run_file, &run)) run.failed++;
    }
  }
  if (paths == 0) {
    fputs(usage, stderr);
    return 2;
  }
  shelf_free(&run.shelf);
  printf("%zu passed, %zu failed\n", run.passed, run.failed);
  return run.failed > 0;
}
