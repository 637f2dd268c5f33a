/* journal_cursor.h - how far a consumer is in the journal of one bucket. Pure.
 *
 *        done              read
 *   a  b  c  [D]  e  [F]  g  |  h ...       [x]: taken, not acknowledged
 *
 * Entries are taken in order and acknowledged in any; `done` is the last one before the first that is outstanding. Only
 * what is outstanding is kept, each with the entry before it, which is what `done` becomes when it is the first. */
#ifndef YZ_STORE_JOURNAL_CURSOR_H
#define YZ_STORE_JOURNAL_CURSOR_H

#include "journal.h"

struct entry_id {
  uint64_t ms, n;
};
/* False when `text` is no "<ms>-<n>". */
bool entry_id_read(struct entry_id *id, const char *text);
void entry_id_print(char text[JOURNAL_ID_MAX], struct entry_id id);
/* Below, at or above zero as `a` comes before, is or comes after `b`. */
int entry_id_compare(struct entry_id a, struct entry_id b);

struct outstanding {
  struct outstanding *next;
  struct entry_id id, before;
  uint64_t taken_at; /* by the loop's clock, ms; the last time */
};

/* All zero is the beginning of the journal. */
struct cursor {
  struct entry_id read; /* the last one taken */
  struct outstanding *first, *last;
};
/* Begins behind `done`, with nothing outstanding. */
void cursor_begin(struct cursor *cursor, struct entry_id done);
/* False, and nothing changed, when `id` is not after the last one taken. */
bool cursor_take(struct cursor *cursor, struct entry_id id, uint64_t now);
struct outstanding *cursor_find(const struct cursor *cursor, struct entry_id id);
/* False when it was not outstanding. *moved: `done` is another now. */
bool cursor_ack(struct cursor *cursor, struct entry_id id, bool *moved);
struct entry_id cursor_done(const struct cursor *cursor);
/* Forgets what is outstanding; how many it was. */
uint32_t cursor_forget(struct cursor *cursor);

#endif
