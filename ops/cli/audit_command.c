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
    "  every bill, decided again in the journal's order over the records of now, must give the same answer to the fen\n"
    "  --redis URL     redis://[[user]:password@]host:port[,host:port...]; several are seeds of a cluster\n"
    "  --policies DIR  policy packs (default: $YZ_POLICIES, else ops/policies)\n"
    "Each finding is a line; the last line is the count. The exit code is 1 when there is any.\n";

enum { AUDIT_ARENA_GB = 64 };

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

static void values_free(struct audit_values *values) {
  string_map_free(&values->map, NULL);
  free(values->list);
}

static bool run(struct audit *audit, const char *url, const char *policies) {
  struct shelf *shelf = open_policies(policies);
  if (!shelf) return false;
  arena_init(&audit->arena, (size_t)AUDIT_ARENA_GB << 30);
  audit->offline = offline_new(shelf);
  const bool read = audit_read(audit, url);
  if (read) {
    audit_fold(audit);
    audit_compare(audit);
    audit_replay(audit);
    printf("%zu facts, %zu settlements, %u findings\n", audit->n_facts, audit->n_settlements, audit->found);
  }
  offline_free(&audit->offline);
  shelf_free(&shelf);
  values_free(&audit->stored);
  values_free(&audit->due);
  string_map_free(&audit->settlements, NULL);
  free(audit->facts);
  arena_free(&audit->arena);
  return read;
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
    return help ? 0 : 2;
  }
  log_open("yz", LOG_WARN);
  struct audit audit = {0};
  return !run(&audit, url, policies) || audit.found > 0;
}
