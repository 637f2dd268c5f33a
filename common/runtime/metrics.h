/* metrics.h - counters, gauges and histograms in the Prometheus text format 0.0.4.
 *
 * A metric is a static struct, usually in a table; its labels have closed sets of values, so that the number of series
 * is known when it is registered and nothing grows with traffic:
 *
 *   enum { APPLIED, SEEN, CONFLICT };
 *   static const char *const outcomes[] = {"applied", "seen", "conflict"};
 *   static struct metric applies = {.name = "store_apply_total", .help = "Function calls by outcome.",
 *                                   .kind = METRIC_COUNTER, .labels = {{"outcome", outcomes, 3}}};
 *   metrics_register(&applies, 1);
 *   metric_add(&applies, SEEN, 0, 1);
 *
 * One loop, one thread: no locks. */
#ifndef YZ_RUNTIME_METRICS_H
#define YZ_RUNTIME_METRICS_H

#include "arena.h"

#include <stddef.h>
#include <stdint.h>

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_SECONDS /* histogram of durations */ };

struct metric_label {
  const char *name;
  const char *const *values;
  size_t n;
};

struct metric {
  const char *name; /* without the prefix "yz_"; base units, counters end in "_total", durations in "_seconds" */
  const char *help; /* one sentence */
  enum metric_kind kind;
  struct metric_label labels[2]; /* unused ones zeroed */
  int64_t (*read)(void *ctx);    /* a counter or gauge without labels may be read when it is asked for */
  void *ctx;
  int64_t divisor; /* values are printed divided by this; 0 is 1. A gauge kept in microseconds says 1 000 000 */

  struct metric *next; /* below: set by metrics_register() */
  int64_t *series;
};

/* Makes room for the series and puts the table into /metrics, in order. Once per process; a name twice stops it. */
void metrics_register(struct metric *table, size_t n);
/* `a` and `b` are indexes into the values of the first and second label, 0 where there is none. */
void metric_add(struct metric *metric, size_t a, size_t b, int64_t delta);
void metric_set(struct metric *metric, size_t a, size_t b, int64_t value);
/* One duration into a METRIC_SECONDS histogram, whose buckets reach from 0.5 ms to 10 s. */
void metric_observe_us(struct metric *metric, size_t a, size_t b, uint64_t duration_us);
int64_t metric_value(const struct metric *metric, size_t a, size_t b);
/* Calls `refresh` each time before the metrics are printed, for values that are kept elsewhere and set in bulk. Borrows
 * `scrape` for the life of the process. */
struct metrics_scrape {
  void (*refresh)(void *ctx);
  void *ctx;
  struct metrics_scrape *next; /* set by metrics_on_scrape() */
};
void metrics_on_scrape(struct metrics_scrape *scrape);
/* All metrics as text, in the arena; *n its length. Series of two-label metrics appear once they were touched. */
const char *metrics_text(struct arena *arena, size_t *n);

#endif
