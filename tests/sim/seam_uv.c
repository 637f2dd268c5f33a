/* seam_uv.c - clocks, timers and chance of the real code, taken from the world. Linked with --wrap: a call of uv_now
 * comes to __wrap_uv_now. */
#include "must.h"
#include "sim_world.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/* 1 June 2024, 00:00 UTC: the world begins. */
#define BEGINS INT64_C(1717200000000)

uint64_t __wrap_uv_now(const uv_loop_t *loop);
int __wrap_uv_timer_init(uv_loop_t *loop, uv_timer_t *timer);
int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb cb, uint64_t timeout, uint64_t repeat);
int __wrap_uv_timer_stop(uv_timer_t *timer);
void __wrap_uv_close(uv_handle_t *handle, uv_close_cb cb);
int __wrap_uv_random(uv_loop_t *loop, uv_random_t *req, void *bytes, size_t n, unsigned flags, uv_random_cb cb);
ssize_t __wrap_getrandom(void *bytes, size_t n, unsigned flags);
int64_t __wrap_instant_now(void);
int64_t __wrap_steady_ms(void);
int64_t __wrap_steady_us(void);

uint64_t __wrap_uv_now(const uv_loop_t *loop) {
  (void)loop;
  return 1000 + world.now;
}
int64_t __wrap_instant_now(void) {
  return BEGINS + (int64_t)world.now;
}
int64_t __wrap_steady_ms(void) {
  return (int64_t)(1000 + world.now);
}
int64_t __wrap_steady_us(void) {
  return 1000 * __wrap_steady_ms();
}

static void draw(void *bytes, size_t n) {
  for (size_t i = 0; i < n; i++) ((unsigned char *)bytes)[i] = (unsigned char)chance(256);
}
ssize_t __wrap_getrandom(void *bytes, size_t n, unsigned flags) {
  (void)flags;
  draw(bytes, n);
  return (ssize_t)n;
}
int __wrap_uv_random(uv_loop_t *loop, uv_random_t *req, void *bytes, size_t n, unsigned flags, uv_random_cb cb) {
  (void)flags;
  must(!loop && !req && !cb);
  draw(bytes, n);
  return 0;
}

/* What a handle means lives here and not in the handle, whose memory may go with events still on their way. */
struct alarm {
  uv_timer_t *timer;
  uv_timer_cb cb;
  uint64_t repeat, life; /* life: counts up with each start and stop, so that former alarms are known */
};

static struct alarm *alarm_of(uv_timer_t *timer) {
  return timer->heap_node[0];
}

int __wrap_uv_timer_init(uv_loop_t *loop, uv_timer_t *timer) {
  struct alarm *alarm = arena_alloc(&world.memory, sizeof *alarm);
  alarm->timer = timer;
  timer->loop = loop;
  timer->type = UV_TIMER;
  timer->heap_node[0] = alarm;
  return 0;
}

static void on_alarm(void *ctx, uint64_t life, uint64_t unused) {
  struct alarm *alarm = ctx;
  (void)unused;
  if (alarm->life != life) return;
  if (alarm->repeat) happens(process_of(alarm->timer->loop), world.now + alarm->repeat, on_alarm, alarm, life, 0);
  alarm->cb(alarm->timer);
}

int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb cb, uint64_t timeout, uint64_t repeat) {
  struct alarm *alarm = alarm_of(timer);
  alarm->cb = cb;
  alarm->repeat = repeat;
  happens(process_of(timer->loop), world.now + timeout, on_alarm, alarm, ++alarm->life, 0);
  return 0;
}

int __wrap_uv_timer_stop(uv_timer_t *timer) {
  alarm_of(timer)->life++;
  return 0;
}

static void on_closed(void *ctx, uint64_t cb, uint64_t unused) {
  (void)unused;
  ((uv_close_cb)(uintptr_t)cb)(ctx);
}

void __wrap_uv_close(uv_handle_t *handle, uv_close_cb cb) {
  must(handle->type == UV_TIMER);
  alarm_of((uv_timer_t *)(void *)handle)->life++;
  if (cb) happens(process_of(handle->loop), world.now, on_closed, handle, (uint64_t)(uintptr_t)cb, 0);
}
