/* waits.h - those who wait for something no longer than until a deadline.
 *
 * All are given the same time, so who came first is the first whose time is over: a list and one timer do. */
#ifndef YZ_GATEWAY_WAITS_H
#define YZ_GATEWAY_WAITS_H

#include <stdint.h>
#include <uv.h>

/* Kept by whoever waits, until that is over. */
struct wait {
  int64_t until_ms;                /* steady */
  void (*late)(struct wait *wait); /* its time is over: ends the wait */
  struct wait *previous, *next;
};

struct waits {
  uv_timer_t timer;
  struct wait *first, *last;
};

void waits_open(struct waits *waits, uv_loop_t *loop);
/* The first two members of the wait are set. */
void wait_begin(struct waits *waits, struct wait *wait);
/* It got what it waited for, or wants it no more. */
void wait_end(struct waits *waits, struct wait *wait);
/* Nobody may be waiting. The timer closes on a later turn of the loop. */
void waits_close(struct waits *waits);

#endif
