/* allow_list.h - which workers may connect under CURVE: a file of lines "SERVICE PUBLIC-KEY"; a line that begins with
 * '#' is a comment.
 *
 *   adjudication  rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7
 *
 * A worker may have several lines, a service several workers. Pure but for reading the file. */
#ifndef YZ_GATEWAY_ALLOW_LIST_H
#define YZ_GATEWAY_ALLOW_LIST_H

#include "arena.h"
#include "broker.h"

enum { ALLOW_MAX = 1024, KEY_FILE_MAX = 256 * 1024 };

/* Reads the text, which is cut up and borrowed. NULL and *n rows in *rows, one at least: an empty file is one that is
 * just being written. Or what is wrong with which line; all in the arena. */
const char *allow_list_read(struct arena *arena, char *text, struct bus_allowed **rows, size_t *n);

/* Reads a file of at most KEY_FILE_MAX bytes into the arena; NULL and *why when that fails. */
char *key_file_read(struct arena *arena, const char *path, const char **why);

#endif
