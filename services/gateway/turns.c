#include "turns.h"

#include "must.h"

#include <string.h>

/* Who has that person's turn, or NULL. */
static struct turn *holder_of(const struct turns *turns, const char *person) {
  struct turn *holder = turns->having[id_bucket(person)];
  while (holder && strcmp(holder->person, person) != 0) holder = holder->next;
  return holder;
}

bool turn_take(struct turns *turns, struct turn *turn, const char *person) {
  *turn = (struct turn){.person = person};
  struct turn *holder = holder_of(turns, person);
  if (!holder) {
    struct turn **bucket = &turns->having[id_bucket(person)];
    turn->next = *bucket;
    *bucket = turn;
    return true;
  }
  if (holder->last)
    holder->last->next_waiting = turn;
  else
    holder->first = turn;
  holder->last = turn;
  return false;
}

struct turn *turn_give(struct turns *turns, struct turn *turn) {
  struct turn **at = &turns->having[id_bucket(turn->person)];
  while (*at && *at != turn) at = &(*at)->next;
  must(*at == turn);
  struct turn *heir = turn->first;
  if (!heir) {
    *at = turn->next;
    return NULL;
  }
  heir->first = heir->next_waiting;
  heir->last = heir->first ? turn->last : NULL;
  heir->next_waiting = NULL;
  heir->next = turn->next;
  *at = heir;
  return heir;
}

void turn_leave(struct turns *turns, struct turn *turn) {
  struct turn *holder = holder_of(turns, turn->person), *before = NULL;
  must(holder && holder != turn);
  struct turn **at = &holder->first;
  for (; *at && *at != turn; at = &before->next_waiting) before = *at;
  must(*at == turn);
  *at = turn->next_waiting;
  if (holder->last == turn) holder->last = before;
  turn->next_waiting = NULL;
}
