#include "turns.h"

#include "must.h"

#include <string.h>

bool turn_take(struct turns *turns, struct turn *turn, const char *person) {
  *turn = (struct turn){.person = person};
  struct turn **bucket = &turns->having[id_bucket(person)], *holder = *bucket;
  while (holder && strcmp(holder->person, person) != 0) holder = holder->next;
  if (!holder) {
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
