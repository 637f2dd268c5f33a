/* csv.h - comma-separated values, strictly RFC 4180: one record at a time out of bytes that the caller holds.
 *
 * Fields are separated by ','; a record ends with LF or CRLF, the last one also with the end of the text. A field with
 * ',', '"' or a line break stands in quotes, a quote inside it twice. Refused: a quote inside an unquoted field,
 * anything between a closing quote and the separator, a bare CR, NUL, bytes that are not UTF-8, and what is beyond the
 * limits. A byte order mark at the start and empty lines are skipped; blanks belong to the field. */
#ifndef YZ_WIRE_CSV_H
#define YZ_WIRE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The widest table we read is a bill with its sums (about 30 columns); text is bounded so that a missing quote cannot
 * swallow the file. */
enum { CSV_FIELDS_MAX = 64, CSV_RECORD_MAX = 64 * 1024 };

struct csv_record {
  unsigned line;     /* of the text, from 1, on which the record begins */
  unsigned n;        /* fields */
  const char *error; /* CSV_BAD: what is wrong, a sentence */
  const char *fields[CSV_FIELDS_MAX];
  char text[CSV_RECORD_MAX]; /* what `fields` point into */
};

struct csv_reader {
  unsigned line; /* lines taken so far */
  bool begun;    /* the byte order mark has been looked for */
  bool skipping; /* the rest of a line that was too long goes unread */
};

enum csv_status {
  CSV_RECORD, /* record filled */
  CSV_MORE,   /* the bytes end within a record: drop what was used, call again with more behind the rest */
  CSV_END,    /* last bytes, and no record left in them */
  CSV_BAD     /* record->error and ->line are set; what is used leads behind that line, so reading can go on */
};

/* Takes one record from `bytes`; `last` says that nothing follows them. `*used` is how many bytes were taken, to be
 * dropped by the caller. Begin with a zeroed reader. */
enum csv_status csv_next(struct csv_reader *reader, const char *bytes, size_t n, bool last, size_t *used,
                         struct csv_record *record);
/* A buffer of this size, when full, never answers CSV_MORE with nothing used: a record has at most two bytes for each
 * of its text, and the quotes around its fields. */
enum { CSV_BUFFER = 2 * CSV_RECORD_MAX + 4 * CSV_FIELDS_MAX };

/* Writes one field, in quotes where it must be; NULL is an empty field. Separators and line ends are the caller's. */
void csv_put(FILE *out, const char *text);

#endif
