/* The gateway as a program: its settings, and how it starts, drains and stops. */
#include "batch.h"

#include "bus.h"
#include "descriptors.h"
#include "log.h"
#include "must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct setting settings[] = {
    {.name = "http-host", .fallback = "127.0.0.1", .help = "Address of the HTTP port.", .kind = SETTING_TEXT},
    {.name = "http-port",
     .fallback = "8080",
     .help = "Port of the API, and of /live, /ready and /metrics.",
     .kind = SETTING_NUMBER,
     .least = 1,
     .most = 65535},
    {.name = "bus-bind",
     .fallback = "tcp://127.0.0.1:7070",
     .help = "Where workers connect; the port below 32768.",
     .kind = SETTING_TEXT},
    {.name = "bus-key",
     .fallback = "",
     .help = "File with this gateway's secret CURVE key; none: the bus is neither encrypted nor guarded.",
     .kind = SETTING_TEXT},
    {.name = "bus-allow",
     .fallback = "",
     .help = "With bus-key: file of workers that may connect, lines \"SERVICE PUBLIC-KEY\"; read again on SIGHUP.",
     .kind = SETTING_TEXT},
    {.name = "policies",
     .fallback = "ops/policies",
     .help = "Folder of policy packs, for /v1/policies and slips; read again on SIGHUP.",
     .kind = SETTING_TEXT},
    {.name = "deadline-ms",
     .fallback = "10000",
     .unit = "ms",
     .help = "A request is answered by then, whatever it waits for.",
     .kind = SETTING_NUMBER,
     .least = 100,
     .most = 600000},
    {.name = "overview-ms",
     .fallback = "2000",
     .unit = "ms",
     .help = "A person's overview names the services that did not answer by then.",
     .kind = SETTING_NUMBER,
     .least = 50,
     .most = 600000},
    {.name = "batch-window",
     .fallback = "384",
     .help = "Most lines of one batch of bills under way at once.",
     .kind = SETTING_NUMBER,
     .least = 1,
     .most = 4096},
    {.name = "batch-share",
     .fallback = "75",
     .unit = "%",
     .help = "Most lines of all batches under way, of the requests that may be in work (http_capacity).",
     .kind = SETTING_NUMBER,
     .least = 1,
     .most = 100},
    {.name = "connections",
     .fallback = "4096",
     .help = "Most clients at once.",
     .kind = SETTING_NUMBER,
     .least = 1,
     .most = 100000},
    {.name = "ready-needs",
     .fallback = "enrollment,adjudication,assistance,supplementary", /* what a settlement takes */
     .help = "Services without which /ready says no, with commas between; of the others it only tells.",
     .kind = SETTING_TEXT},
};

struct running {
  struct gateway gateway;
  struct batches batches;
  struct shelf *retired; /* before the last reload: exchanges that print with it have long been answered */
  struct condition conditions[GATEWAY_SERVICES];
};

/* One call of each service stands for all of it: a worker announces its whole table. Not const: conditions point here.
 */
static enum call stand_ins[GATEWAY_SERVICES] = {CALL_RESOLVE,   CALL_ADJUDICATE, CALL_ASSIST,
                                                CALL_CONTRACTS, CALL_OUTBOX,     CALL_BALANCES};
static const struct gateway *conditioned; /* for the conditions, whose ctx is a stand-in */

static bool served(void *ctx, char *why, size_t size) {
  const struct call_info *info = call_info(*(enum call *)ctx);
  if (conditioned->broker && bus_broker_route_ready(conditioned->broker, info->route)) return true;
  snprintf(why, size, "no worker of %s is connected", info->service_name);
  return false;
}

/* Whether the n bytes are the name of that service. */
static bool is_name(const char *at, size_t n, enum call stand_in) {
  const char *name = call_info(stand_in)->service_name;
  return strlen(name) == n && memcmp(name, at, n) == 0;
}

/* Adds a condition for each service; only those of the setting decide. False when it names one that does not exist. */
static bool open_conditions(struct runtime *runtime, struct running *running) {
  conditioned = &running->gateway;
  for (size_t i = 0; i < GATEWAY_SERVICES; i++) {
    struct condition *condition = &running->conditions[i];
    *condition = (struct condition){
        .name = call_info(stand_ins[i])->service_name, .holds = served, .ctx = &stand_ins[i], .advisory = true};
    runtime_condition(runtime, condition);
  }
  for (const char *at = settings_text(runtime_settings(runtime), "ready-needs"); *at;) {
    const size_t n = strcspn(at, ",");
    size_t i = 0;
    while (i < GATEWAY_SERVICES && !is_name(at, n, stand_ins[i])) i++;
    if (i == GATEWAY_SERVICES) {
      log_line(LOG_ERROR, "setting ready-needs names what is no service", NULL);
      return false;
    }
    running->conditions[i].advisory = false;
    at += n + (at[n] == ',');
  }
  return true;
}

static struct shelf *open_shelf(const struct runtime *runtime) {
  return shelf_open_logged(settings_text(runtime_settings(runtime), "policies"));
}

static bool streams(const char *method, const char *target, void *ctx) {
  (void)ctx;
  return route_streams(method, target);
}

static uint32_t room(void *ctx) {
  const struct gateway *gateway = ctx;
  const uint32_t most = bus_broker_capacity(gateway->broker), now = http_server_stats(gateway->http)->exchanges;
  return most > now ? most - now : 0;
}

/* How many clients there may be. A quarter of the descriptors is for workers, Redis and files: a connection too many is
 * refused by us and counted. Where the last descriptor goes to one instead, libuv closes those that come without a
 * word.
 */
static uint32_t connections_most(const struct settings *given) {
  const uint64_t wanted = (uint64_t)settings_number(given, "connections"), limit = descriptors_most();
  const uint64_t most = limit - limit / 4;
  if (wanted <= most) return (uint32_t)wanted;
  log_line(LOG_WARN, "fewer descriptors than the setting connections needs: fewer clients are taken",
           "\"descriptors\":%llu,\"connections\":%llu,\"taken\":%llu,"
           "\"to_do\":\"raise the hard limit (ulimit -Hn, LimitNOFILE, nofile), or set connections lower\"",
           (unsigned long long)limit, (unsigned long long)wanted, (unsigned long long)most);
  return (uint32_t)most;
}

static bool open_http(struct runtime *runtime, struct gateway *gateway) {
  const struct settings *given = runtime_settings(runtime);
  const struct http_server_config config = {.host = settings_text(given, "http-host"),
                                            .port = (uint16_t)settings_number(given, "http-port"),
                                            .limits = {.connections_max = connections_most(given)},
                                            .handler = gateway_on_request,
                                            .streams = streams,
                                            .room = room,
                                            .ctx = gateway};
  const int error = http_server_start(&gateway->http, runtime_loop(runtime), &config);
  if (error)
    log_line(LOG_ERROR, "cannot open the HTTP port", "\"port\":%d,\"why\":\"%s\"", config.port, uv_strerror(error));
  return error == 0;
}

static void open_batches(struct runtime *runtime, struct running *running) {
  const struct settings *given = runtime_settings(runtime);
  batches_open(&running->batches, &running->gateway, runtime_loop(runtime),
               (uint32_t)settings_number(given, "batch-window"), (uint32_t)settings_number(given, "batch-share"));
}

static int start(struct runtime *runtime, void **state) {
  struct running *running = calloc(1, sizeof *running);
  must(running != NULL);
  *state = running;
  struct gateway *gateway = &running->gateway;
  gateway->runtime = runtime;
  gateway->deadline_ms = (uint32_t)settings_number(runtime_settings(runtime), "deadline-ms");
  gateway->overview_ms = (uint32_t)settings_number(runtime_settings(runtime), "overview-ms");
  if (gateway->overview_ms > gateway->deadline_ms) gateway->overview_ms = gateway->deadline_ms;
  struct text openapi = {0};
  routes_openapi(&openapi);
  gateway->openapi = openapi.bytes;
  gateway->n_openapi = openapi.n;
  open_batches(runtime, running);
  waits_open(&gateway->waits, runtime_loop(runtime));
  gateway_metrics(gateway);
  gateway->shelf = open_shelf(runtime);
  const bool open =
      gateway->shelf && gateway_bus_open(gateway) && open_conditions(runtime, running) && open_http(runtime, gateway);
  return open ? 0 : 1;
}

static void reload(struct runtime *runtime, void *state) {
  struct running *running = state;
  gateway_bus_reload(&running->gateway);
  struct shelf *fresh = open_shelf(runtime);
  if (!fresh) return; /* what was good stays in force */
  shelf_free(&running->retired);
  running->retired = running->gateway.shelf;
  running->gateway.shelf = fresh;
  log_line(LOG_INFO, "policies read again", NULL);
}

static void on_bus_drained(void *runtime) {
  runtime_drained(runtime);
}

static void on_http_drained(void *ctx) {
  struct gateway *gateway = ctx;
  bus_broker_drain(gateway->broker, on_bus_drained, gateway->runtime);
}

static void drain(struct runtime *runtime, void *state) {
  (void)runtime;
  struct running *running = state;
  batches_drain(&running->batches);
  http_server_drain(running->gateway.http, on_http_drained, &running->gateway);
}

static void stop(struct runtime *runtime, void *state) {
  (void)runtime;
  struct running *running = state;
  batches_halt(&running->batches);
  /* an answer makes room for what its client sent behind it, and that would be asked of a bus that has gone */
  http_server_take_no_more(running->gateway.http);
  /* first the bus: exchanges that still wait are answered then, and their connections are still there */
  if (running->gateway.broker) bus_broker_close(running->gateway.broker, NULL, NULL);
  running->gateway.broker = NULL;
  batches_close(&running->batches);
  waits_close(&running->gateway.waits);
  http_server_stop(&running->gateway.http);
}

static void ended(void *state) {
  struct running *running = state;
  shelf_free(&running->gateway.shelf);
  shelf_free(&running->retired);
  free(running->gateway.openapi);
  free(running);
}

const struct program gateway_program = {.name = "gateway",
                                        .summary = "The one door: HTTP and JSON in front, the services behind.",
                                        .settings = settings,
                                        .n_settings = sizeof settings / sizeof settings[0],
                                        .admin_port = "0",
                                        .start = start,
                                        .reload = reload,
                                        .drain = drain,
                                        .stop = stop,
                                        .ended = ended};
