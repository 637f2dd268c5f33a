/* settling.h - bills through offline accounts into an output: a table, slips, JSON Lines or totals. */
#ifndef YZ_CLI_SETTLING_H
#define YZ_CLI_SETTLING_H

#include "offline.h"
#include "settle_totals.h"
#include "slip.h"
#include "text.h"

#include <stdbool.h>

enum output { OUTPUT_TABLE, OUTPUT_SLIPS, OUTPUT_JSON, OUTPUT_TOTALS };

struct settling {
  struct shelf *shelf;
  struct offline *offline;
  const char *path; /* of the file in hand */
  enum output output;
  enum language language;
  FILE *out, *err; /* settlements; problems */
  struct totals totals;
  struct text line; /* of the table, being made */
  bool failed;      /* something was refused */
};

/* The header of a table; nothing for other outputs. */
void settling_begin(struct settling *s);
/* Settles one bill, and prints or counts what came of it. */
void settling_bill(struct settling *s, Yz__Bill *bill, unsigned line, struct arena *arena);
/* Names what was refused on `err`, when there is a problem. */
void settling_refuse(struct settling *s, const Yz__Problem *problem, unsigned line);
/* The totals, where they are asked for. */
void settling_end(struct settling *s);

#endif
