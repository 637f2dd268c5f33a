/* yz - the operators' tool. */
#include "commands.h"

#include <stdio.h>
#include <string.h>

static int help(int argc, char **argv);

static const struct {
  const char *name, *usage, *does;
  int (*run)(int argc, char **argv);
} commands[] = {
    {"policy", "check FILE|DIR... | show ID --on DATE | diff A B",
     "policy packs: are they sound, what do they say, "
     "what changed",
     policy_command},
    {"settle", "FILE [--explain zh|en] [--json]", "settle bills offline", settle_command},
    {"golden", "PATH...", "run golden cases", golden_command},
    {"send", "BOOK...", "people and bills to a running suite", send_command},
    {"audit", "--redis URL", "is what stands in Redis what its journal and the rules say?", audit_command},
    {"keys", "DIR [--rotate NAME | --retire]", "makes the keys of the bus", keys_command},
    {"trace", "ID FILE|DIR...", "one request's way through the logs", trace_command},
    {"doctor", "[URL]...", "what is wrong with a running suite, and what to do", doctor_command},
    {"top", "[--once] [URL]", "what a gateway does now", top_command},
    {"health", "URL", "does it answer 200?", health_command},
    {"help", "", "this list", help},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int help(int argc, char **argv) {
  (void)argc;
  (void)argv;
  printf("yz %s - one-stop settlement of medical insurance\n\n", YZ_VERSION);
  for (size_t i = 0; i < COMMANDS; i++)
    printf("  yz %s%s%s\n      %s\n", commands[i].name, commands[i].usage[0] ? " " : "", commands[i].usage,
           commands[i].does);
  printf("\n`yz COMMAND --help` tells its options.\n");
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "--version") == 0) {
    printf("yz %s\n", YZ_VERSION);
    return 0;
  }
  if (argc > 1 && strcmp(argv[1], "--help") == 0) return help(argc, argv);
  for (size_t i = 0; argc > 1 && i < COMMANDS; i++)
    if (strcmp(argv[1], commands[i].name) == 0) return commands[i].run(argc - 1, argv + 1);
  if (argc > 1) fprintf(stderr, "yz: there is no command `%s`; `yz help` lists them\n", argv[1]);
  if (argc < 2) help(argc, argv);
  return 2;
}
