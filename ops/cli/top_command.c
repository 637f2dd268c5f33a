/* top_command.c - yz top: what a gateway does now, from its /metrics: two readings, what changed between them. */
#include "commands.h"
#include "scrape.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char usage[] = "usage: yz top [--once] [URL]\n"
                            "Calls on the bus of the gateway (default " SCRAPE_LOCAL "): asked and asked again in "
                            "a second, workers, what is\n"
                            "outstanding, waits and could still be sent; and requests by route and the time spent on "
                            "them. Again every 2 s, or once.\n";

enum { NAME_MAX_BYTES = 64, COLUMNS = 6, ARENA_BYTES = 16 << 20 };

/* A table: rows by one label, columns of metrics; counters as what they grow in a second. */
struct table {
  const char *title, *label;
  struct {
    const char *head, *metric;
    bool counter;
  } columns[COLUMNS];
};
static const struct table tables[] = {
    {"call",
     "call",
     {{"asked/s", "yz_bus_asked_total", true},
      {"again/s", "yz_bus_retries_total", true},
      {"workers", "yz_bus_route_workers", false},
      {"outstanding", "yz_bus_route_outstanding", false},
      {"queued", "yz_bus_route_queued", false},
      {"credit", "yz_bus_route_credit", false}}},
    {"route",
     "operation",
     {{"requests/s", "yz_http_requests_total", true}, {"seconds/s", "yz_http_request_seconds_sum", true}}},
};

/* Adds up the samples of the metric whose label has that value. */
static double sum_of(const char *page, const char *metric, const char *label, const char *value) {
  char needle[2 * NAME_MAX_BYTES];
  const int n = snprintf(needle, sizeof needle, "%s=\"%s\"", label, value);
  double sum = 0;
  struct sample sample;
  for (const char *at = page; scrape_next(&at, &sample);)
    if (scrape_is(&sample, metric) && memmem(sample.series, sample.n_series, needle, (size_t)n)) sum += sample.value;
  return sum;
}

static void print_row(const struct table *table, const char *name, const char *before, const char *after,
                      double seconds) {
  printf("%-28s", name);
  for (size_t i = 0; i < COLUMNS && table->columns[i].head; i++) {
    const double now = sum_of(after, table->columns[i].metric, table->label, name);
    if (table->columns[i].counter)
      printf(" %11.3f", (now - sum_of(before, table->columns[i].metric, table->label, name)) / seconds);
    else
      printf(" %11.0f", now);
  }
  putchar('\n');
}

/* A row for each value of the label that the first column's metric has; samples of one value stand together. */
static void print_table(const struct table *table, const char *before, const char *after, double seconds) {
  char label[NAME_MAX_BYTES], name[NAME_MAX_BYTES], last[NAME_MAX_BYTES] = "";
  const int n_label = snprintf(label, sizeof label, "{%s=\"", table->label);
  printf("%-28s", table->title);
  for (size_t i = 0; i < COLUMNS && table->columns[i].head; i++) printf(" %11s", table->columns[i].head);
  putchar('\n');
  struct sample sample;
  for (const char *at = after; scrape_next(&at, &sample);) {
    const char *labels = sample.series + sample.n_name;
    if (!scrape_is(&sample, table->columns[0].metric) || strncmp(labels, label, (size_t)n_label) != 0) continue;
    const char *value = labels + n_label;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(value, "\""), value);
    if (strcmp(name, last) != 0) print_row(table, name, before, after, seconds);
    memcpy(last, name, sizeof last);
  }
}

static const char *metrics_of(struct arena *arena, const char *url) {
  struct http_reply reply;
  const char *failure = scrape_page(arena, url, "/metrics", &reply);
  if (!failure && reply.status == 200) return reply.body;
  fprintf(stderr, "yz top: %s: %s\n", url, failure ? failure : "/metrics does not answer 200");
  return NULL;
}

int top_command(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "--help") == 0) {
    fputs(usage, stdout);
    return 0;
  }
  const bool once = argc > 1 && strcmp(argv[1], "--once") == 0;
  const int at = once ? 2 : 1;
  if (argc > at + 1 || (argc > at && argv[at][0] == '-')) {
    fputs(usage, stderr);
    return 2;
  }
  const char *url = argc > at ? argv[at] : SCRAPE_LOCAL;
  bool read;
  do {
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    const char *before = metrics_of(&arena, url);
    const double seconds = before ? scrape_pause() : 0;
    const char *after = before ? metrics_of(&arena, url) : NULL;
    read = after != NULL;
    if (read && !once) fputs("\033[H\033[J", stdout);
    for (size_t i = 0; read && i < sizeof tables / sizeof tables[0]; i++)
      print_table(&tables[i], before, after, seconds);
    fflush(stdout);
    arena_free(&arena);
  } while (read && !once);
  return read ? 0 : 1;
}
