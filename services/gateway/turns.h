/* turns.h - one settlement of a person at a time: those who come meanwhile wait for their turn, in order.
 *
 * Two settlements of one account that run at the same time cost one of them a restart, and many cost all but one of
 * them several. Other gateways may still settle the same person: the store's version decides, this only spares work.
 * Pure bookkeeping. */
#ifndef YZ_GATEWAY_TURNS_H
#define YZ_GATEWAY_TURNS_H

#include "id.h"

#include <stdbool.h>

/* Kept by whoever takes it, until it is given back. */
struct turn {
  const char *person;        /* borrowed */
  struct turn *next;         /* others who have a turn, of the same bucket */
  struct turn *first, *last; /* those who wait for this one, in order */
  struct turn *next_waiting;
};

struct turns {
  struct turn *having[BUCKETS];
};

/* True: go on. False: wait until turn_give() of another returns this one, or leave. */
bool turn_take(struct turns *turns, struct turn *turn, const char *person);
/* Ends a turn that is had; who has it now, or NULL. */
struct turn *turn_give(struct turns *turns, struct turn *turn);
/* Who waits for it wants it no more. */
void turn_leave(struct turns *turns, struct turn *turn);

#endif
