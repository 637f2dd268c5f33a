/* records.h - files of records for the operators' tool: one after the other out of CSV or JSON Lines, or a whole book.
 */
#ifndef YZ_CLI_RECORDS_H
#define YZ_CLI_RECORDS_H

#include "arena.h"
#include "golden.pb-c.h"
#include "problem.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdio.h>

/* Who takes the records of a stream. Both calls name the line on which the record begins; what they are given lives
 * until they return. */
struct record_sink {
  void (*take)(void *context, void *message, unsigned line, struct arena *arena);
  void (*refuse)(void *context, const Yz__Problem *problem, unsigned line);
  void *context;
};

/* Reads a stream of messages of one type with constant memory: CSV (table.h) when the name ends in ".csv", else JSON
 * Lines; "-" is standard input. A record that cannot be read is refused and reading goes on. False, and the reason on
 * standard error, when the file cannot be opened or read, or its header line is refused. */
bool records_read(const char *path, const ProtobufCMessageDescriptor *type, const struct record_sink *sink);

/* True when the name is that of a book: ".json", ".yaml" or ".yml". */
bool is_book(const char *path);
/* Reads a book into the arena. A JSON file that holds one bill is a book with that bill. NULL, and the reason on
 * standard error, when it cannot be read. */
Yz__Book *book_read(const char *path, struct arena *arena);

/* True when the name is that of a table: ".csv". */
bool is_table(const char *path);
/* "PLACE: CODE at POINTER: detail; remedy" as one line. */
void print_problem(FILE *out, const char *path, unsigned line, const Yz__Problem *problem);

#endif
