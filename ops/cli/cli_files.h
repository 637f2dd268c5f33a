/* cli_files.h - what the subcommands share: files, folders, the policies, findings on standard error. */
#ifndef YZ_CLI_FILES_H
#define YZ_CLI_FILES_H

#include "arena.h"
#include "finding.h"
#include "shelf.h"

#include <stdbool.h>

enum { CLI_FILE_ARENA = 256 * 1024 * 1024 }; /* of a whole file read at once: text, messages and their lines */

/* The whole file, with a NUL behind it; NULL, and the reason on standard error, when it cannot be read. */
char *read_file(const char *path, struct arena *arena, size_t *n);

/* Calls `use` for the file, or for every file below the folder whose name ends in `suffix`, in the order of names.
 * False, and the reason on standard error, when something cannot be opened. */
bool each_file(const char *path, const char *suffix, void (*use)(void *context, const char *path), void *context);

/* $YZ_POLICIES, else ops/policies where that is here, else the installed ones. */
const char *default_policies(void);
/* shelf_open with the findings on standard error; NULL when there are any. */
struct shelf *open_policies(const char *root);

/* "FILE:LINE: reason" for each, on standard error. */
void print_findings(struct findings *findings);

#endif
