#include "waits.h"

#include "date.h"
#include "must.h"

static void set_timer(struct waits *waits);

static void on_timer(uv_timer_t *timer) {
  struct waits *waits = timer->data;
  const int64_t now_ms = steady_ms();
  while (waits->first && waits->first->until_ms <= now_ms) waits->first->late(waits->first);
  set_timer(waits);
}

static void set_timer(struct waits *waits) {
  if (!waits->first) return;
  const int64_t left_ms = waits->first->until_ms - steady_ms();
  must(uv_timer_start(&waits->timer, on_timer, left_ms > 0 ? (uint64_t)left_ms : 0, 0) == 0);
}

void waits_open(struct waits *waits, uv_loop_t *loop) {
  *waits = (struct waits){0};
  must(uv_timer_init(loop, &waits->timer) == 0);
  waits->timer.data = waits;
}

void wait_begin(struct waits *waits, struct wait *wait) {
  wait->previous = waits->last;
  wait->next = NULL;
  *(waits->last ? &waits->last->next : &waits->first) = wait;
  waits->last = wait;
  if (waits->first == wait) set_timer(waits);
}

/* The timer is left as it is: when it comes too early it looks, and is set anew. */
void wait_end(struct waits *waits, struct wait *wait) {
  *(wait->previous ? &wait->previous->next : &waits->first) = wait->next;
  *(wait->next ? &wait->next->previous : &waits->last) = wait->previous;
}

void waits_close(struct waits *waits) {
  must(!waits->first);
  uv_close((uv_handle_t *)&waits->timer, NULL);
}
