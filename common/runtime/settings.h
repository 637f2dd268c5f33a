/* settings.h - what an operator can set. Each setting is a row of a table; `--help` prints the table.
 *
 * For a row named "http-port" the value is, first found: the flag --http-port (or --http-port=8080), the environment
 * variable YZ_HTTP_PORT, a line "http-port = 8080" of the file named by the setting "settings", the row's default. */
#ifndef YZ_RUNTIME_SETTINGS_H
#define YZ_RUNTIME_SETTINGS_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum setting_kind { SETTING_TEXT, SETTING_NUMBER, SETTING_SWITCH /* yes or no */ };

struct setting {
  const char *name;     /* lower case with '-' */
  const char *fallback; /* the default as text; NULL: has to be given */
  const char *unit;     /* "ms", "bytes", or NULL */
  const char *help;     /* one sentence */
  int64_t least, most;  /* of a number, both included; 0 and 0: any */
  enum setting_kind kind;
  bool reloadable; /* a changed line of the file counts after SIGHUP; the others wait for a restart */
};

struct settings;

enum settings_outcome { SETTINGS_READ, SETTINGS_HELP /* --help was asked for */, SETTINGS_WRONG };

/* Reads everything. The tables are borrowed for as long as the settings live. On SETTINGS_WRONG *why (in the arena)
 * says which setting and what is wrong with it. */
enum settings_outcome settings_read(struct settings **settings, struct arena *arena,
                                    const struct setting *const tables[], const size_t counts[], size_t n_tables,
                                    int argc, char **argv, const char **why);
/* Reads the file again and takes over what is reloadable; NULL, or what is wrong (in `arena`), and then nothing is
 * changed. Calls `changed` for each value that differs and says whether it was taken over. */
const char *settings_reload(struct settings *settings, struct arena *arena,
                            void (*changed)(const char *name, bool taken, void *ctx), void *ctx);
void settings_free(struct settings **settings);

/* Values by name; a name or kind that is not in the tables stops the process. Text lives until the next reload. */
const char *settings_text(const struct settings *settings, const char *name);
int64_t settings_number(const struct settings *settings, const char *name);
bool settings_switch(const struct settings *settings, const char *name);
/* The manual: one block a setting. In the arena. */
const char *settings_help(struct arena *arena, const char *program, const char *summary,
                          const struct setting *const tables[], const size_t counts[], size_t n_tables);

#endif
