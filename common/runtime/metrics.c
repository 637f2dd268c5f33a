#include "metrics.h"

#include "must.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Upper ends of the buckets. A settlement is a few round trips and one fsync: 2 to 20 ms when all is well. */
static const uint64_t bucket_us[] = {500,    1000,   2500,   5000,    10000,   25000,   50000,
                                     100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000};
enum { BUCKETS = sizeof bucket_us / sizeof bucket_us[0] };

/* A series is one value; of a histogram: the buckets (not cumulative), the count and the sum in microseconds. The last
 * slot says whether it was touched. */
enum { PLAIN_SLOTS = 2, COUNT_SLOT = BUCKETS, SUM_SLOT, HISTOGRAM_SLOTS = SUM_SLOT + 2 };

static struct metric *first_metric, **last_metric = &first_metric;
static struct metrics_scrape *first_scrape;

static size_t slots_of(const struct metric *metric) {
  return metric->kind == METRIC_SECONDS ? HISTOGRAM_SLOTS : PLAIN_SLOTS;
}

static size_t values_of(const struct metric_label *label) {
  return label->name ? label->n : 1;
}

void metrics_register(struct metric *table, size_t n) {
  for (struct metric *metric = table; metric < table + n; metric++) {
    for (const struct metric *other = first_metric; other; other = other->next)
      must(strcmp(other->name, metric->name) != 0);
    must(!metric->read || (!metric->labels[0].name && metric->kind != METRIC_SECONDS));
    const size_t series = values_of(&metric->labels[0]) * values_of(&metric->labels[1]);
    metric->series = calloc(series * slots_of(metric), sizeof *metric->series);
    must(metric->series != NULL);
    metric->next = NULL;
    *last_metric = metric;
    last_metric = &metric->next;
  }
}

void metrics_on_scrape(struct metrics_scrape *scrape) {
  scrape->next = first_scrape;
  first_scrape = scrape;
}

static int64_t *series_at(const struct metric *metric, size_t a, size_t b) {
  must(metric->series != NULL && a < values_of(&metric->labels[0]) && b < values_of(&metric->labels[1]));
  return metric->series + (a * values_of(&metric->labels[1]) + b) * slots_of(metric);
}

static int64_t *touch(struct metric *metric, size_t a, size_t b) {
  int64_t *series = series_at(metric, a, b);
  series[slots_of(metric) - 1] = 1;
  return series;
}

void metric_add(struct metric *metric, size_t a, size_t b, int64_t delta) {
  must(metric->kind != METRIC_SECONDS);
  *touch(metric, a, b) += delta;
}

void metric_set(struct metric *metric, size_t a, size_t b, int64_t value) {
  must(metric->kind != METRIC_SECONDS);
  *touch(metric, a, b) = value;
}

void metric_observe_us(struct metric *metric, size_t a, size_t b, uint64_t duration_us) {
  must(metric->kind == METRIC_SECONDS);
  int64_t *series = touch(metric, a, b);
  size_t i = 0;
  while (i < BUCKETS && duration_us > bucket_us[i]) i++;
  if (i < BUCKETS) series[i]++;
  series[COUNT_SLOT]++;
  series[SUM_SLOT] += (int64_t)duration_us;
}

int64_t metric_value(const struct metric *metric, size_t a, size_t b) {
  if (metric->read) return metric->read(metric->ctx);
  return series_at(metric, a, b)[metric->kind == METRIC_SECONDS ? COUNT_SLOT : 0];
}

/* value / divisor as a decimal, exact for the powers of ten that are used. */
static void print_value(FILE *out, int64_t value, int64_t divisor) {
  if (divisor <= 1) {
    fprintf(out, "%lld", (long long)value);
    return;
  }
  int digits = 0;
  for (int64_t d = divisor; d > 1; d /= 10) digits++;
  const unsigned long long size = value < 0 ? 0ULL - (unsigned long long)value : (unsigned long long)value;
  fprintf(out, "%s%llu.%0*llu", value < 0 ? "-" : "", size / (unsigned long long)divisor, digits,
          size % (unsigned long long)divisor);
}

/* yz_name_suffix{label="value",...} with `le` as last label when it is given. */
static void print_name(FILE *out, const struct metric *metric, const char *suffix, const size_t at[2], const char *le) {
  fprintf(out, "yz_%s%s", metric->name, suffix);
  const char *sign = "{";
  for (size_t i = 0; i < 2; i++) {
    if (!metric->labels[i].name) continue;
    fprintf(out, "%s%s=\"%s\"", sign, metric->labels[i].name, metric->labels[i].values[at[i]]);
    sign = ",";
  }
  if (le) fprintf(out, "%sle=\"%s\"", sign, le);
  fputs(le || metric->labels[0].name ? "} " : " ", out);
}

static void print_histogram(FILE *out, const struct metric *metric, const int64_t *series, const size_t at[2]) {
  int64_t up_to = 0;
  for (size_t i = 0; i < BUCKETS; i++) {
    char le[32];
    up_to += series[i];
    snprintf(le, sizeof le, "%g", (double)bucket_us[i] / 1e6);
    print_name(out, metric, "_bucket", at, le);
    fprintf(out, "%lld\n", (long long)up_to);
  }
  print_name(out, metric, "_bucket", at, "+Inf");
  fprintf(out, "%lld\n", (long long)series[COUNT_SLOT]);
  print_name(out, metric, "_sum", at, NULL);
  print_value(out, series[SUM_SLOT], 1000000);
  fputc('\n', out);
  print_name(out, metric, "_count", at, NULL);
  fprintf(out, "%lld\n", (long long)series[COUNT_SLOT]);
}

static void print_metric(FILE *out, const struct metric *metric) {
  static const char *const kinds[] = {
      [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_SECONDS] = "histogram"};
  fprintf(out, "# HELP yz_%s %s\n# TYPE yz_%s %s\n", metric->name, metric->help, metric->name, kinds[metric->kind]);
  const bool sparse = metric->labels[1].name != NULL;
  size_t at[2];
  for (at[0] = 0; at[0] < values_of(&metric->labels[0]); at[0]++)
    for (at[1] = 0; at[1] < values_of(&metric->labels[1]); at[1]++) {
      const int64_t *series = series_at(metric, at[0], at[1]);
      if (sparse && !series[slots_of(metric) - 1]) continue;
      if (metric->kind == METRIC_SECONDS) {
        print_histogram(out, metric, series, at);
        continue;
      }
      print_name(out, metric, "", at, NULL);
      print_value(out, metric_value(metric, at[0], at[1]), metric->divisor);
      fputc('\n', out);
    }
}

const char *metrics_text(struct arena *arena, size_t *n) {
  for (const struct metrics_scrape *scrape = first_scrape; scrape; scrape = scrape->next) scrape->refresh(scrape->ctx);
  char *text = NULL;
  FILE *out = open_memstream(&text, n);
  must(out != NULL);
  for (const struct metric *metric = first_metric; metric; metric = metric->next) print_metric(out, metric);
  must(fclose(out) == 0);
  const char *copy = arena_copy_n(arena, text, *n);
  free(text);
  return copy;
}
