/* policy_command.c - yz policy check|show|diff: packs, for people who answer for them. */
#include "check.h"
#include "cli_files.h"
#include "commands.h"
#include "date.h"
#include "difference.h"
#include "show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] =
    "usage: yz policy check [--policies DIR] [FILE|DIR...]   findings as FILE:LINE: reason; exit code 1 when any\n"
    "       yz policy show [--policies DIR] ID [--on DATE]    a pack, with what it inherits, as tables (default: "
    "today)\n"
    "       yz policy diff [--policies DIR] A B               what changed; each is a FILE or ID@DATE\n"
    "  --policies DIR  policy packs (default: $YZ_POLICIES, else ops/policies)\n";

struct options {
  const char *policies, *on;
  const char *names[64];
  size_t n;
};

static bool options_read(int argc, char **argv, struct options *options) {
  *options = (struct options){.policies = default_policies()};
  for (int i = 0; i < argc; i++) {
    const char **value = strcmp(argv[i], "--policies") == 0 ? &options->policies
                         : strcmp(argv[i], "--on") == 0     ? &options->on
                                                            : NULL;
    if (value && i + 1 < argc)
      *value = argv[++i];
    else if (value || (argv[i][0] == '-' && argv[i][1]) || options->n == sizeof options->names / sizeof *options->names)
      return false;
    else
      options->names[options->n++] = argv[i];
  }
  return true;
}

static int wrong_usage(void) {
  fputs(usage, stderr);
  return 2;
}

/* ---- drafts: a text that is not among the policies, with the ancestors that it has there ---- */

static bool draft_policy(const struct shelf *shelf, const char *path, struct arena *arena, struct policy *policy,
                         struct findings *findings) {
  size_t n;
  const char *bytes = read_file(path, arena, &n);
  const struct pack *pack = bytes ? pack_read(path, bytes, n, arena, findings) : NULL;
  if (!pack) return false;
  struct policy_chain chain = {.packs = {pack}, .n = 1};
  struct policy parents = {0};
  const Yz__PolicyPack *text = pack->text;
  if (text->parent && !shelf_policy(shelf, text->parent, text->from, NULL, 0, arena, &parents)) {
    char on[DATE_TEXT_MAX];
    pack_refuse(pack, findings, text, "parent", 0, "the parent `%s` has no pack on %s among the policies", text->parent,
                date_print(text->from, on));
    return false;
  }
  for (size_t i = 0; i < parents.n_packs && chain.n < PLAN_PACKS_MAX; i++) chain.packs[chain.n++] = parents.packs[i];
  return policy_gather(policy, &chain, 1, arena);
}

/* The pack of the shelf that was read from that file, or NULL. */
static const struct pack *pack_of_file(const struct shelf *shelf, const char *path) {
  size_t n;
  const struct pack *const *packs = shelf_list(shelf, &n);
  char *real = realpath(path, NULL);
  const struct pack *found = NULL;
  for (size_t i = 0; i < n && real && !found; i++) {
    char *other = realpath(packs[i]->file, NULL);
    if (other && strcmp(real, other) == 0) found = packs[i];
    free(other);
  }
  free(real);
  return found;
}

/* ---- check ---- */

static bool is_folder(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* True when `path` is `folder` or lies below it. */
static bool within(const char *path, const char *folder) {
  char *inner = realpath(path, NULL), *outer = realpath(folder, NULL);
  const size_t n = outer ? strlen(outer) : 0;
  const bool is = inner && outer && strncmp(inner, outer, n) == 0 && (inner[n] == '/' || inner[n] == '\0');
  free(inner);
  free(outer);
  return is;
}

static void check_path(const char *policies, const char *path, struct findings *findings) {
  struct findings all;
  findings_init(&all);
  const bool inside = within(path, policies);
  struct shelf *shelf = shelf_open(!inside && is_folder(path) ? path : policies, &all);
  for (size_t i = 0; i < all.n; i++)
    if (!inside || within(all.all[i].file, path))
      findings_add(findings, all.all[i].file, all.all[i].line, "%s", all.all[i].reason);
  if (!inside && !is_folder(path) && shelf) {
    struct arena arena;
    struct policy policy;
    arena_init(&arena, CLI_FILE_ARENA);
    if (draft_policy(shelf, path, &arena, &policy, findings)) policy_check(&policy, policy.packs[0], findings);
    arena_free(&arena);
  }
  shelf_free(&shelf);
  findings_free(&all);
}

static int check(const struct options *options) {
  struct findings findings;
  findings_init(&findings);
  bool readable = true;
  for (size_t i = 0; i < options->n; i++) {
    struct stat status;
    if (stat(options->names[i], &status) != 0) {
      perror(options->names[i]);
      readable = false;
    } else {
      check_path(options->policies, options->names[i], &findings);
    }
  }
  if (options->n == 0) check_path(options->policies, options->policies, &findings);
  print_findings(&findings);
  const bool sound = findings.found == 0 && readable;
  if (sound) printf("sound\n");
  findings_free(&findings);
  return sound ? 0 : 1;
}

/* ---- show and diff ---- */

static bool day_of(const char *text, int32_t *day) {
  if (date_read(text, strlen(text), day)) return true;
  fprintf(stderr, "%s: a date is written like 2023-10-17\n", text);
  return false;
}

static bool policy_on(const struct shelf *shelf, const char *id, int32_t day, struct arena *arena,
                      struct policy *policy) {
  char on[DATE_TEXT_MAX];
  if (shelf_policy(shelf, id, day, NULL, 0, arena, policy)) return true;
  fprintf(stderr, "%s has no pack on %s; there are:\n", id, date_print(day, on));
  size_t n;
  const struct pack *const *packs = shelf_list(shelf, &n);
  for (size_t i = 0; i < n; i++) {
    char from[DATE_TEXT_MAX], to[DATE_TEXT_MAX];
    fprintf(stderr, "  %s  %s  %s .. %s\n", packs[i]->text->pack, packs[i]->text->version,
            date_print(packs[i]->text->from, from), date_print(packs[i]->text->to, to));
  }
  return false;
}

static int show(const struct options *options) {
  int32_t day = date_of_instant(instant_now());
  if (options->n != 1) return wrong_usage();
  if (options->on && !day_of(options->on, &day)) return 2;
  struct shelf *shelf = open_policies(options->policies);
  if (!shelf) return 1;
  struct arena arena;
  struct policy policy;
  struct text text = {0};
  arena_init(&arena, CLI_FILE_ARENA);
  const bool found = policy_on(shelf, options->names[0], day, &arena, &policy);
  if (found) policy_show(&policy, &text);
  fputs(text_string(&text), stdout);
  text_free(&text);
  arena_free(&arena);
  shelf_free(&shelf);
  return found ? 0 : 1;
}

/* A FILE or ID@DATE. */
static bool side(const struct shelf *shelf, const char *name, struct arena *arena, struct policy *policy) {
  const char *at = strrchr(name, '@');
  struct stat status;
  int32_t day;
  if (at && stat(name, &status) != 0)
    return day_of(at + 1, &day) && policy_on(shelf, arena_copy_n(arena, name, (size_t)(at - name)), day, arena, policy);
  const struct pack *pack = pack_of_file(shelf, name);
  if (pack) return policy_on(shelf, pack->text->pack, pack->text->from, arena, policy);
  struct findings findings;
  findings_init(&findings);
  const bool sound =
      draft_policy(shelf, name, arena, policy, &findings) && policy_check(policy, policy->packs[0], &findings);
  print_findings(&findings);
  findings_free(&findings);
  return sound;
}

static int diff(const struct options *options) {
  if (options->n != 2 || options->on) return wrong_usage();
  struct shelf *shelf = open_policies(options->policies);
  if (!shelf) return 1;
  struct arena arena;
  struct policy a, b;
  struct text text = {0};
  arena_init(&arena, CLI_FILE_ARENA);
  const bool found = side(shelf, options->names[0], &arena, &a) && side(shelf, options->names[1], &arena, &b);
  if (found && policy_difference(&a, &b, &text) == 0) text_add(&text, "两者规则相同\nThe two rule the same\n");
  fputs(text_string(&text), stdout);
  text_free(&text);
  arena_free(&arena);
  shelf_free(&shelf);
  return found ? 0 : 1;
}

int policy_command(int argc, char **argv) {
  struct options options;
  if (argc == 2 && strcmp(argv[1], "--help") == 0) {
    fputs(usage, stdout);
    return 0;
  }
  if (argc < 2 || !options_read(argc - 2, argv + 2, &options)) return wrong_usage();
  if (strcmp(argv[1], "check") == 0) return check(&options);
  if (strcmp(argv[1], "show") == 0) return show(&options);
  if (strcmp(argv[1], "diff") == 0) return diff(&options);
  return wrong_usage();
}
