/* The Prometheus text, line by line. */
#include "test.h"

#include "metrics.h"

static const char *const colours[] = {"red", "blue"}, *const sizes[] = {"small", "large"};

static int64_t read_seven(void *ctx) {
  assert_ptr_equal(ctx, &colours);
  return 7;
}

enum { PLAIN, LAG, LABELLED, SPARSE, READ_ONE, SECONDS };
static struct metric table[] = {
    [PLAIN] = {.name = "plain_total", .help = "Plain.", .kind = METRIC_COUNTER},
    [LAG] = {.name = "lag_seconds", .help = "Lag.", .kind = METRIC_GAUGE, .divisor = 1000000},
    [LABELLED] = {.name = "labelled", .help = "L.", .kind = METRIC_GAUGE, .labels = {{"colour", colours, 2}}},
    [SPARSE] = {.name = "sparse_total",
                .help = "S.",
                .kind = METRIC_COUNTER,
                .labels = {{"colour", colours, 2}, {"size", sizes, 2}}},
    [READ_ONE] = {.name = "read", .help = "R.", .kind = METRIC_GAUGE, .read = read_seven, .ctx = (void *)&colours},
    [SECONDS] = {.name = "took_seconds", .help = "T.", .kind = METRIC_SECONDS, .labels = {{"colour", colours, 1}}},
};

static int refreshed;
static void refresh(void *ctx) {
  assert_null(ctx);
  refreshed++;
  metric_set(&table[LABELLED], 1, 0, 42);
}

static void test_text(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, 1024 * 1024);
  static struct metrics_scrape scrape = {.refresh = refresh};
  metrics_register(table, COUNT(table));
  metrics_on_scrape(&scrape);
  metric_add(&table[PLAIN], 0, 0, 2);
  metric_add(&table[PLAIN], 0, 0, 1);
  metric_set(&table[LAG], 0, 0, -1500000);
  metric_add(&table[SPARSE], 1, 1, 5);
  static const uint64_t durations_us[] = {0, 500, 501, 999999, 10000001};
  for (size_t i = 0; i < COUNT(durations_us); i++) metric_observe_us(&table[SECONDS], 0, 0, durations_us[i]);
  size_t n;
  const char *text = metrics_text(&arena, &n);
  assert_int_equal(n, strlen(text));
  assert_int_equal(refreshed, 1);
  assert_string_equal(text, "# HELP yz_plain_total Plain.\n# TYPE yz_plain_total counter\nyz_plain_total 3\n"
                            "# HELP yz_lag_seconds Lag.\n# TYPE yz_lag_seconds gauge\nyz_lag_seconds -1.500000\n"
                            "# HELP yz_labelled L.\n# TYPE yz_labelled gauge\n"
                            "yz_labelled{colour=\"red\"} 0\nyz_labelled{colour=\"blue\"} 42\n"
                            "# HELP yz_sparse_total S.\n# TYPE yz_sparse_total counter\n"
                            "yz_sparse_total{colour=\"blue\",size=\"large\"} 5\n"
                            "# HELP yz_read R.\n# TYPE yz_read gauge\nyz_read 7\n"
                            "# HELP yz_took_seconds T.\n# TYPE yz_took_seconds histogram\n"
                            "yz_took_seconds_bucket{colour=\"red\",le=\"0.0005\"} 2\n"
                            "yz_took_seconds_bucket{colour=\"red\",le=\"0.001\"} 3\n"
                            "yz_took_seconds_bucket{colour=\"red\",le=\"0.0025\"} 3\n"
                            "yz_took_seconds_bucket{colour=\"red\",le=\"0.005\"} 3\n"
                            "yz_took_seconds_bucket{colour=\"red\",le=\"0.01\"} 3\n"
                            "yz_took_seconds_bucket{colour=\"red\",le=\"0.025\"} 3\n"
                            "yz_took_seconds_bucket{colour=\"red\",le=\"0.05\"} 3\n"
                            "yz_took_seconds_bucket{colour=\"red\",le=\"0.1\"} 3\n"
                            "yz_took_seconds_bucket{colour=\"red\",le=\"0.25\"} 3\n"
                            "yz_took_seconds_bucket{colour=\"red\",le=\"0.5\"} 3\n"
                            "yz_took_seconds_bucket{colour=\"red\",le=\"1\"} 4\n"
                            "yz_took_seconds_bucket{colour=\"red\",le=\"2.5\"} 4\n"
                            "yz_took_seconds_bucket{colour=\"red\",le=\"5\"} 4\n"
                            "yz_took_seconds_bucket{colour=\"red\",le=\"10\"} 4\n"
                            "yz_took_seconds_bucket{colour=\"red\",le=\"+Inf\"} 5\n"
                            "yz_took_seconds_sum{colour=\"red\"} 11.001001\n"
                            "yz_took_seconds_count{colour=\"red\"} 5\n");
  assert_int_equal(metric_value(&table[PLAIN], 0, 0), 3);
  assert_int_equal(metric_value(&table[READ_ONE], 0, 0), 7);
  assert_int_equal(metric_value(&table[SECONDS], 0, 0), 5);
  arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_text)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
