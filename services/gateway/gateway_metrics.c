/* What /metrics shows of the gateway: requests by route, settlements by outcome, the HTTP server, the bus. */
#include "batch.h"
#include "date.h"
#include "must.h"

#include <stdlib.h>
#include <string.h>

enum { STATUS_GONE, STATUS_2XX, STATUS_4XX, STATUS_5XX, STATUSES };
static const char *const statuses[] = {"gone", "2xx", "4xx", "5xx"};
static const char *const outcomes[] = {[SETTLED_NOW] = "settled",
                                       [SETTLED_BEFORE] = "replayed",
                                       [SETTLED_ESTIMATE] = "estimated",
                                       [SETTLED_REFUSED] = "refused"};
static const char **operations; /* of the routes, in their order; behind them "none" */
static const char *call_names[CALLS];

enum {
  M_REQUESTS,
  M_SECONDS,
  M_SETTLEMENTS,
  M_AGAIN,
  M_CONNECTIONS,
  M_CONNECTIONS_TOTAL,
  M_CONNECTIONS_REFUSED,
  M_EXCHANGES,
  M_CAPACITY,
  M_WAITING,
  M_CROWDED,
  M_HTTP_REFUSED,
  M_HTTP_GONE,
  M_BATCHES,
  M_BATCH_LINES,
  M_BATCH_LINES_TOTAL,
  M_BATCH_PAUSES,
  METRICS
};
static struct metric metrics[METRICS] = {
    [M_REQUESTS] = {.name = "http_requests_total", .help = "Requests by route and status.", .kind = METRIC_COUNTER},
    [M_SECONDS] = {.name = "http_request_seconds",
                   .help = "From the last byte of a request to its answer, by route; a batch, answered while it is "
                           "sent, has no such time.",
                   .kind = METRIC_SECONDS},
    [M_SETTLEMENTS] = {.name = "settlements_total",
                       .help = "Bills that went the settlement's way, by outcome.",
                       .kind = METRIC_COUNTER,
                       .labels = {{"outcome", outcomes, sizeof outcomes / sizeof outcomes[0]}}},
    [M_AGAIN] = {.name = "settlement_restarts_total",
                 .help = "Slips run again because the account had moved.",
                 .kind = METRIC_COUNTER},
    [M_CONNECTIONS] = {.name = "http_connections", .help = "Open connections.", .kind = METRIC_GAUGE},
    [M_CONNECTIONS_TOTAL] = {.name = "http_connections_total", .help = "Connections accepted.", .kind = METRIC_COUNTER},
    [M_CONNECTIONS_REFUSED] = {.name = "http_connections_refused_total",
                               .help = "Connections closed at once or not accepted: too many.",
                               .kind = METRIC_COUNTER},
    [M_EXCHANGES] = {.name = "http_exchanges", .help = "Requests in work.", .kind = METRIC_GAUGE},
    [M_CAPACITY] = {.name = "http_capacity", .help = "Requests that may be in work.", .kind = METRIC_GAUGE},
    [M_WAITING] = {.name = "http_waiting",
                   .help =
                       "Requests that came before the time their client was told: not taken up until there is room.",
                   .kind = METRIC_GAUGE},
    [M_CROWDED] = {.name = "http_overloaded_total",
                   .help = "Requests refused because as many were in work as can be.",
                   .kind = METRIC_COUNTER},
    [M_HTTP_REFUSED] = {.name = "http_refused_total",
                        .help = "Requests refused for their form, length or slowness.",
                        .kind = METRIC_COUNTER},
    [M_HTTP_GONE] = {.name = "http_gone_total",
                     .help = "Clients that left before their answer.",
                     .kind = METRIC_COUNTER},
    [M_BATCHES] = {.name = "batches", .help = "Batches of bills in work.", .kind = METRIC_GAUGE},
    [M_BATCH_LINES] = {.name = "batch_lines", .help = "Their lines under way.", .kind = METRIC_GAUGE},
    [M_BATCH_LINES_TOTAL] = {.name = "batch_lines_total", .help = "Lines of batches taken.", .kind = METRIC_COUNTER},
    [M_BATCH_PAUSES] = {.name = "batch_pauses_total",
                        .help = "Pauses before a line was tried again: overload, or a service or the store away.",
                        .kind = METRIC_COUNTER},
};

enum {
  B_WORKERS,
  B_OUTSTANDING,
  B_QUEUED,
  B_CREDIT,
  B_ASKED,
  B_ANSWERED,
  B_REFUSED,
  B_AWAY,
  B_EXPIRED,
  B_RETRIES,
  B_BOUNCES,
  B_LATE,
  B_OVERLOADED,
  BUS_METRICS
};
static struct metric bus_metrics[BUS_METRICS] = {
    [B_WORKERS] = {.name = "bus_route_workers", .help = "Workers that serve a call.", .kind = METRIC_GAUGE},
    [B_OUTSTANDING] = {.name = "bus_route_outstanding", .help = "Calls sent, unanswered.", .kind = METRIC_GAUGE},
    [B_QUEUED] = {.name = "bus_route_queued", .help = "Calls waiting for credit.", .kind = METRIC_GAUGE},
    [B_CREDIT] = {.name = "bus_route_credit", .help = "Calls that could be sent now.", .kind = METRIC_GAUGE},
    [B_ASKED] = {.name = "bus_asked_total", .help = "Calls made.", .kind = METRIC_COUNTER},
    [B_ANSWERED] = {.name = "bus_answered_total", .help = "Calls answered with a message.", .kind = METRIC_COUNTER},
    [B_REFUSED] = {.name = "bus_refused_total", .help = "Calls answered with a problem.", .kind = METRIC_COUNTER},
    [B_EXPIRED] = {.name = "bus_route_expired_total",
                   .help = "Calls whose deadline passed before any worker began.",
                   .kind = METRIC_COUNTER},
    [B_BOUNCES] = {.name = "bus_bounces_total", .help = "Calls sent back by draining workers.", .kind = METRIC_COUNTER},
    [B_LATE] = {.name = "bus_late_total", .help = "Answers after the end, dropped.", .kind = METRIC_COUNTER},
    [B_AWAY] = {.name = "bus_away_total", .help = "Calls that nobody answered.", .kind = METRIC_COUNTER},
    [B_RETRIES] = {.name = "bus_retries_total", .help = "Calls asked of a second worker.", .kind = METRIC_COUNTER},
    [B_OVERLOADED] = {.name = "bus_overloaded_total", .help = "Calls refused: queue full.", .kind = METRIC_COUNTER},
};

enum { W_WORKERS, W_LOST, W_BEATS, W_MISSED, W_REFUSED, W_HANDSHAKES, W_NOBODY, W_MALFORMED, W_UNSENT, WORKER_METRICS };
static struct metric worker_metrics[WORKER_METRICS] = {
    [W_WORKERS] = {.name = "bus_workers", .help = "Workers registered.", .kind = METRIC_GAUGE},
    [W_LOST] = {.name = "bus_workers_lost_total", .help = "Workers that fell silent.", .kind = METRIC_COUNTER},
    [W_BEATS] = {.name = "bus_beats_total", .help = "Beats of workers.", .kind = METRIC_COUNTER},
    [W_MISSED] = {.name = "bus_beats_missed_total", .help = "Beats that did not come in time.", .kind = METRIC_COUNTER},
    [W_REFUSED] = {.name = "bus_beats_refused_total",
                   .help = "Beats of workers that are not allowed, or too many.",
                   .kind = METRIC_COUNTER},
    [W_HANDSHAKES] = {.name = "bus_handshakes_refused_total",
                      .help = "Connections of workers without a key, or with one that is not on the allow-list.",
                      .kind = METRIC_COUNTER},
    [W_NOBODY] = {.name = "bus_nobody_total", .help = "Calls that no worker ever announced.", .kind = METRIC_COUNTER},
    [W_MALFORMED] = {.name = "bus_malformed_total",
                     .help = "Messages that were none of this bus.",
                     .kind = METRIC_COUNTER},
    [W_UNSENT] = {.name = "bus_unsent_total",
                  .help = "Messages that the socket did not take although credit was left: a defect.",
                  .kind = METRIC_COUNTER},
};

static void refresh_http(const struct gateway *gateway) {
  const struct http_stats *stats = http_server_stats(gateway->http);
  metric_set(&metrics[M_CONNECTIONS], 0, 0, stats->connections);
  metric_set(&metrics[M_CONNECTIONS_TOTAL], 0, 0, (int64_t)stats->connections_total);
  metric_set(&metrics[M_CONNECTIONS_REFUSED], 0, 0, (int64_t)stats->connections_refused_total);
  metric_set(&metrics[M_EXCHANGES], 0, 0, stats->exchanges);
  metric_set(&metrics[M_WAITING], 0, 0, stats->waiting);
  metric_set(&metrics[M_HTTP_REFUSED], 0, 0, (int64_t)stats->refused_total);
  metric_set(&metrics[M_HTTP_GONE], 0, 0, (int64_t)stats->gone_total);
}

static void refresh_batches(const struct batches *batches) {
  metric_set(&metrics[M_BATCHES], 0, 0, batches->n);
  metric_set(&metrics[M_BATCH_LINES], 0, 0, batches->under_way);
  metric_set(&metrics[M_BATCH_LINES_TOTAL], 0, 0, (int64_t)batches->lines_total);
  metric_set(&metrics[M_BATCH_PAUSES], 0, 0, (int64_t)batches->pauses_total);
}

static void refresh_route(const struct bus_route_metrics *route) {
  enum call call = 0;
  while (call < CALLS && call_info(call)->route != route->route) call++;
  if (call == CALLS) return; /* a method that a newer worker serves and we do not ask */
  const int64_t values[BUS_METRICS] = {[B_WORKERS] = route->workers,
                                       [B_OUTSTANDING] = route->outstanding,
                                       [B_QUEUED] = route->queued,
                                       [B_CREDIT] = route->credit,
                                       [B_ASKED] = (int64_t)route->asked,
                                       [B_ANSWERED] = (int64_t)route->answered,
                                       [B_REFUSED] = (int64_t)route->refused,
                                       [B_EXPIRED] = (int64_t)route->expired,
                                       [B_BOUNCES] = (int64_t)route->bounces,
                                       [B_LATE] = (int64_t)route->late,
                                       [B_AWAY] = (int64_t)route->away,
                                       [B_RETRIES] = (int64_t)route->retries,
                                       [B_OVERLOADED] = (int64_t)route->overloaded};
  for (size_t i = 0; i < BUS_METRICS; i++) metric_set(&bus_metrics[i], call, 0, values[i]);
}

static void refresh(void *ctx) {
  const struct gateway *gateway = ctx;
  if (gateway->http) refresh_http(gateway);
  refresh_batches(gateway->batches);
  if (!gateway->broker) return;
  metric_set(&metrics[M_CAPACITY], 0, 0, bus_broker_capacity(gateway->broker));
  static struct bus_broker_metrics bus;
  bus_broker_metrics(gateway->broker, &bus);
  for (size_t i = 0; i < bus.n_routes; i++) refresh_route(&bus.routes[i]);
  const uint64_t values[WORKER_METRICS] = {
      [W_WORKERS] = bus.workers,     [W_LOST] = bus.workers_lost,     [W_BEATS] = bus.beats,
      [W_MISSED] = bus.beats_missed, [W_REFUSED] = bus.refused_beats, [W_HANDSHAKES] = bus.refused_handshakes,
      [W_NOBODY] = bus.nobody,       [W_MALFORMED] = bus.malformed,   [W_UNSENT] = bus.unsent};
  for (size_t i = 0; i < WORKER_METRICS; i++) metric_set(&worker_metrics[i], 0, 0, (int64_t)values[i]);
}

void gateway_metrics(struct gateway *gateway) {
  size_t n;
  const struct route *table = routes(&n);
  operations = calloc(n + 1, sizeof *operations);
  must(operations != NULL);
  for (size_t i = 0; i < n; i++) operations[i] = table[i].operation;
  operations[n] = "none";
  for (enum call call = 0; call < CALLS; call++) call_names[call] = call_info(call)->name;
  const struct metric_label operation = {"operation", operations, n + 1}, call = {"call", call_names, CALLS};
  metrics[M_REQUESTS].labels[0] = operation;
  metrics[M_REQUESTS].labels[1] = (struct metric_label){"status", statuses, STATUSES};
  metrics[M_SECONDS].labels[0] = operation;
  for (size_t i = 0; i < BUS_METRICS; i++) bus_metrics[i].labels[0] = call;
  metrics_register(metrics, METRICS);
  metrics_register(bus_metrics, BUS_METRICS);
  metrics_register(worker_metrics, WORKER_METRICS);
  static struct metrics_scrape scrape;
  scrape = (struct metrics_scrape){.refresh = refresh, .ctx = gateway};
  metrics_on_scrape(&scrape);
}

void gateway_count(const struct exchange *exchange, int status) {
  size_t n;
  const struct route *table = routes(&n);
  const size_t operation = exchange->route ? (size_t)(exchange->route - table) : n;
  const size_t class = status >= 500 ? STATUS_5XX : status >= 400 ? STATUS_4XX : status ? STATUS_2XX : STATUS_GONE;
  metric_add(&metrics[M_REQUESTS], operation, class, 1);
  if (exchange->route && exchange->route->kind == ROUTE_BATCH) return; /* its time is that of the upload */
  metric_observe_us(&metrics[M_SECONDS], operation, 0, (uint64_t)steady_us() - exchange->http->started_us);
}

void gateway_count_settlement(enum settle_outcome outcome, int tries) {
  metric_add(&metrics[M_SETTLEMENTS], outcome, 0, 1);
  metric_add(&metrics[M_AGAIN], 0, 0, tries);
}

void gateway_count_crowded(void) {
  metric_add(&metrics[M_CROWDED], 0, 0, 1);
}
