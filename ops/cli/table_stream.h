/* table_stream.h - a CSV table (common/wire/table.h) pulled row by row, with constant memory.
 *
 *   struct table_stream *stream = table_stream_open(path, &yz__bill__descriptor);      NULL: told on standard error
 *   while ((row = table_stream_next(stream)) != ROW_END)
 *     if (row == ROW_BAD) ... stream->record.error, else message = table_stream_message(stream, &arena, &problem)
 *   sound = table_stream_close(&stream);                                              false: told on standard error
 *
 * A row that is only looked at, by table_stream_cell, costs no message. */
#ifndef YZ_CLI_TABLE_STREAM_H
#define YZ_CLI_TABLE_STREAM_H

#include "table.h"

#include <stdbool.h>

struct table_stream;
enum stream_row { ROW_THERE, ROW_BAD, ROW_END };

/* Opens the file ("-": standard input) and reads its header line. NULL, and the reason on standard error, when it
 * cannot be read or its header is refused. */
struct table_stream *table_stream_open(const char *path, const ProtobufCMessageDescriptor *type);
/* Takes the next row. ROW_BAD: it is no CSV; table_stream_message says why. */
enum stream_row table_stream_next(struct table_stream *stream);
/* Line on which the row begins, from 1. */
unsigned table_stream_line(const struct table_stream *stream);
/* Number of the column with that name, or -1. */
int table_stream_column(const struct table_stream *stream, const char *name);
/* A cell of the row; "" when the row is too short. Lives until the next row. */
const char *table_stream_cell(const struct table_stream *stream, int column);
/* The row as a message in the arena; NULL and *problem when it is refused. */
void *table_stream_message(const struct table_stream *stream, struct arena *arena, Yz__Problem **problem);
/* Frees and nulls; false, and the reason on standard error, when the file could not be read to its end. Safe on NULL.
 */
bool table_stream_close(struct table_stream **stream);

#endif
