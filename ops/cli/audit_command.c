/* audit_command.c - yz audit: is what stands in Redis what its journal says, and what the rules say? */
#include "audit.h"
#include "cli_files.h"
#include "commands.h"
#include "log.h"
#include "must.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: yz audit --redis URL [--policies DIR]\n"
    "Reads a store as a whole and changes nothing. The suite should be quiet: what is under way counts as a finding.\n"
    "  counters, lists of the year, contracts' parts, clearing balances and messages must be what the journal adds up "
    "to\n"
    "  every settlement must have its facts, and every fact its settlement\n"
    "  the payers' shares must add up to the bill\n"
    "  encounters and settlements must name each other, members their contracts, and a year be written in order\n"
    "  every key must stand in its bucket\n"
    "  every bill, decided again in the journal's order over the records of now, must give the same answer to the fen\n"
    "  --redis URL     redis://[[user]:password@]host:port[,host:port...]; one node of a cluster is enough\n"
    "  --policies DIR  policy packs (default: $YZ_POLICIES, else ops/policies)\n"
    "Each finding is a line; the last line is the count. The exit code is 0 when there is none, 1 when there is any,\n"
    "3 when the audit says nothing: not everything could be read, or there is no settlement at all.\n";

enum { AUDIT_ARENA_GB = 64, EXIT_FOUND = 1, EXIT_USAGE = 2, EXIT_SAYS_NOTHING = 3 };

void audit_tell(struct audit *audit, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vprintf(format, args);
  va_end(args);
  putchar('\n');
  audit->found++;
}

static struct audit_value *value_of(const struct audit_values *values, const char *name) {
  return string_map_find(&values->map, name);
}

void audit_add(struct audit_values *values, struct arena *arena, int64_t number, const char *name, ...) {
  char text[1024];
  va_list args;
  va_start(args, name);
  const int n = vsnprintf(text, sizeof text, name, args);
  va_end(args);
  must(n > 0 && (size_t)n < sizeof text);
  struct audit_value *value = value_of(values, text);
  if (!value) {
    value = arena_alloc(arena, sizeof *value);
    value->name = arena_copy(arena, text);
    *string_map_at(&values->map, text) = value;
    if (values->n == values->room) {
      values->room = 2 * values->room + 1024;
      values->list = realloc(values->list, values->room * sizeof *values->list);
      must(values->list != NULL);
    }
    values->list[values->n++] = value;
  }
  value->number += number;
}

int64_t audit_find(const struct audit_values *values, const char *name) {
  const struct audit_value *value = value_of(values, name);
  return value ? value->number : 0;
}

void audit_values_free(struct audit_values *values) {
  string_map_free(&values->map, NULL);
  free(values->list);
}

/* What the last line says, and the exit code. */
static int conclude(const struct audit *audit) {
  printf("%zu facts, %zu settlements, %u findings\n", audit->n_facts, audit->n_settlements, audit->found);
  if (audit->found > 0) return EXIT_FOUND;
  if (audit->n_facts > 0 || audit->n_settlements > 0) return 0;
  fputs("yz audit: there is no settlement: is this the right Redis?\n", stderr);
  return EXIT_SAYS_NOTHING;
}

static int run(struct audit *audit, const char *url, const char *policies) {
  int code = EXIT_SAYS_NOTHING;
  struct shelf *shelf = open_policies(policies);
  if (!shelf) return code;
  arena_init(&audit->arena, (size_t)AUDIT_ARENA_GB << 30);
  audit->offline = offline_new(shelf);
  if (audit_read(audit, url)) {
    audit_fold(audit);
    audit_compare(audit);
    audit_links(audit);
    audit_replay(audit);
    code = conclude(audit);
  }
  offline_free(&audit->offline);
  shelf_free(&shelf);
  audit_values_free(&audit->stored);
  audit_values_free(&audit->due);
  audit_values_free(&audit->references);
  audit_values_free(&audit->members);
  string_map_free(&audit->settlements, NULL);
  string_map_free(&audit->contracts, NULL);
  string_map_free(&audit->encounter_of, NULL);
  free(audit->encounters);
  free(audit->facts);
  arena_free(&audit->arena);
  return code;
}

int audit_command(int argc, char **argv) {
  const char *url = NULL, *policies = default_policies();
  for (int i = 1; i + 1 < argc; i += 2) {
    if (strcmp(argv[i], "--redis") == 0)
      url = argv[i + 1];
    else if (strcmp(argv[i], "--policies") == 0)
      policies = argv[i + 1];
    else
      url = NULL, argc = 0;
  }
  if (!url || argc % 2 == 0) {
    const bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
    fputs(usage, help ? stdout : stderr);
    return help ? 0 : EXIT_USAGE;
  }
  log_open("yz", LOG_WARN);
  struct audit audit = {0};
  return run(&audit, url, policies);
}
