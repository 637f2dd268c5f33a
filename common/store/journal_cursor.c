#include "journal_cursor.h"

#include "money.h"
#include "must.h"

#include <stdlib.h>

/* Digits of *text, and beyond them. False when there are none, or too many. */
static bool read_digits(const char **text, uint64_t *number) {
  const char *from = *text;
  for (*number = 0; **text >= '0' && **text <= '9'; ++*text)
    if (__builtin_mul_overflow(*number, 10u, number) ||
        __builtin_add_overflow(*number, (uint64_t)(**text - '0'), number))
      return false;
  return *text > from;
}

bool entry_id_read(struct entry_id *id, const char *text) {
  return read_digits(&text, &id->ms) && *text++ == '-' && read_digits(&text, &id->n) && *text == '\0';
}

void entry_id_print(char text[JOURNAL_ID_MAX], struct entry_id id) {
  char *end = unsigned_print(id.ms, text);
  *end = '-';
  unsigned_print(id.n, end + 1);
}

int entry_id_compare(struct entry_id a, struct entry_id b) {
  if (a.ms != b.ms) return a.ms < b.ms ? -1 : 1;
  return (a.n > b.n) - (a.n < b.n);
}

void cursor_begin(struct cursor *cursor, struct entry_id done) {
  cursor_forget(cursor);
  cursor->read = done;
}

bool cursor_take(struct cursor *cursor, struct entry_id id, uint64_t now) {
  if (entry_id_compare(id, cursor->read) <= 0) return false;
  struct outstanding *taken = malloc(sizeof *taken);
  must(taken != NULL);
  *taken = (struct outstanding){.id = id, .before = cursor->read, .taken_at = now};
  if (cursor->last)
    cursor->last->next = taken;
  else
    cursor->first = taken;
  cursor->last = taken;
  cursor->read = id;
  return true;
}

struct outstanding *cursor_find(const struct cursor *cursor, struct entry_id id) {
  struct outstanding *taken = cursor->first;
  while (taken && entry_id_compare(taken->id, id) != 0) taken = taken->next;
  return taken;
}

bool cursor_ack(struct cursor *cursor, struct entry_id id, bool *moved) {
  struct outstanding *before = NULL, *taken = cursor->first;
  while (taken && entry_id_compare(taken->id, id) != 0) {
    before = taken;
    taken = taken->next;
  }
  *moved = taken && !before;
  if (!taken) return false;
  if (before)
    before->next = taken->next;
  else
    cursor->first = taken->next;
  if (cursor->last == taken) cursor->last = before;
  free(taken);
  return true;
}

struct entry_id cursor_done(const struct cursor *cursor) {
  return cursor->first ? cursor->first->before : cursor->read;
}

uint32_t cursor_forget(struct cursor *cursor) {
  uint32_t n = 0;
  while (cursor->first) {
    struct outstanding *taken = cursor->first;
    cursor->first = taken->next;
    free(taken);
    n++;
  }
  cursor->last = NULL;
  return n;
}
