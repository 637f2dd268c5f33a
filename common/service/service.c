#include "service.h"

#include "log.h"
#include "must.h"
#include "service_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The service with what it needs to start, stop and be seen. */
struct running {
  struct service service; /* first: a service is its running */
  struct shelf *retired;  /* the shelf before the last reload: calls that began on it have long been answered */
  struct condition store_condition, bus_condition;
  uv_timer_t timer;
  bool timer_open;
  bool leaving;  /* the journal is being closed */
  bool stopping; /* the store closes after the journal */
  int draining;  /* of worker and journal */
};

static const struct setting table[] = {
    {.name = "gateways",
     .fallback = "127.0.0.1:7070",
     .kind = SETTING_TEXT,
     .help = "Gateways to serve, host:port with commas between; names are resolved again every 2 s."},
    {.name = "bus-gateway-key",
     .fallback = "",
     .kind = SETTING_TEXT,
     .help = "File with the gateways' public CURVE key, read again on SIGHUP; none: the bus is neither encrypted nor "
             "guarded."},
    {.name = "bus-key",
     .fallback = "",
     .kind = SETTING_TEXT,
     .help = "With bus-gateway-key: file with this service's secret CURVE key; read again on SIGHUP."},
    {.name = "redis", .fallback = "redis://127.0.0.1:6390", .kind = SETTING_TEXT, .help = "Where the store is."},
    {.name = "durability",
     .fallback = "single",
     .kind = SETTING_TEXT,
     .help = "single: AOF of one node; cluster: also at a replica before it is said."},
    {.name = "policies",
     .fallback = "ops/policies",
     .kind = SETTING_TEXT,
     .help = "Folder of policy packs; read again on SIGHUP."},
    {.name = "concurrency",
     .fallback = "256",
     .kind = SETTING_NUMBER,
     .least = 2,
     .most = 4096,
     .help = "Calls in work at once, shared out to the gateways as credit."},
};

static const struct service_program *chosen; /* one program a process */

static struct running *running_of(void *state) {
  return state;
}

static bool store_holds(void *context, char *why, size_t size) {
  struct running *r = running_of(context);
  if (store_ready(r->service.store)) return true;
  snprintf(why, size, "Redis does not answer");
  return false;
}

static bool bus_holds(void *context, char *why, size_t size) {
  struct running *r = running_of(context);
  if (bus_worker_ready(r->service.worker)) return true;
  snprintf(why, size, "no gateway answers");
  return false;
}

/* What /metrics shows of the store, the bus and the journal. */
#define READ_STORE(member)                                                                                             \
  static int64_t read_store_##member(void *context) {                                                                  \
    return (int64_t)store_metrics(running_of(context)->service.store).member;                                          \
  }
#define READ_BUS(member)                                                                                               \
  static int64_t read_bus_##member(void *context) {                                                                    \
    struct bus_worker_metrics metrics;                                                                                 \
    bus_worker_metrics(running_of(context)->service.worker, &metrics);                                                 \
    return (int64_t)metrics.member;                                                                                    \
  }
#define READ_JOURNAL(member)                                                                                           \
  static int64_t read_journal_##member(void *context) {                                                                \
    const struct journal *journal = running_of(context)->service.journal;                                              \
    return journal ? (int64_t)journal_metrics(journal).member : 0;                                                     \
  }
READ_STORE(asked)
READ_STORE(away)
READ_STORE(unknown)
READ_STORE(errors)
READ_STORE(retried)
READ_STORE(losses)
READ_STORE(redirected)
READ_STORE(replica_shortfalls)
READ_STORE(applied)
READ_STORE(seen)
READ_STORE(conflicts)
READ_STORE(refused)
READ_STORE(in_flight)
READ_BUS(calls)
READ_BUS(replies)
READ_BUS(refusals)
READ_BUS(expired)
READ_BUS(bounced)
READ_BUS(in_flight)
READ_BUS(echoing)
READ_JOURNAL(taken)
READ_JOURNAL(acked)
READ_JOURNAL(again)
READ_JOURNAL(corrupt)
READ_JOURNAL(outstanding)
READ_JOURNAL(held)
READ_JOURNAL(oldest_ms)

static struct metric metrics[] = {
    {.name = "store_commands_total",
     .help = "Commands asked of Redis.",
     .kind = METRIC_COUNTER,
     .read = read_store_asked},
    {.name = "store_away_total",
     .help = "Commands certainly not executed.",
     .kind = METRIC_COUNTER,
     .read = read_store_away},
    {.name = "store_unknown_total",
     .help = "Commands with unknown outcome.",
     .kind = METRIC_COUNTER,
     .read = read_store_unknown},
    {.name = "store_errors_total",
     .help = "Commands refused by Redis.",
     .kind = METRIC_COUNTER,
     .read = read_store_errors},
    {.name = "store_retried_total",
     .help = "Commands asked again.",
     .kind = METRIC_COUNTER,
     .read = read_store_retried},
    {.name = "store_losses_total", .help = "Connections lost.", .kind = METRIC_COUNTER, .read = read_store_losses},
    {.name = "store_redirected_total",
     .help = "Commands that a node of the cluster sent elsewhere.",
     .kind = METRIC_COUNTER,
     .read = read_store_redirected},
    {.name = "store_replica_shortfalls_total",
     .help = "Batches of writes that no replica had in time.",
     .kind = METRIC_COUNTER,
     .read = read_store_replica_shortfalls},
    {.name = "store_applied_total", .help = "Settlements applied.", .kind = METRIC_COUNTER, .read = read_store_applied},
    {.name = "store_seen_total", .help = "Settlements seen before.", .kind = METRIC_COUNTER, .read = read_store_seen},
    {.name = "store_conflicts_total",
     .help = "Accounts that moved meanwhile.",
     .kind = METRIC_COUNTER,
     .read = read_store_conflicts},
    {.name = "store_refused_total",
     .help = "Settlements refused as defects by the store.",
     .kind = METRIC_COUNTER,
     .read = read_store_refused},
    {.name = "store_in_flight", .help = "Commands unanswered now.", .kind = METRIC_GAUGE, .read = read_store_in_flight},
    {.name = "bus_calls_total", .help = "Calls handed to a handler.", .kind = METRIC_COUNTER, .read = read_bus_calls},
    {.name = "bus_replies_total",
     .help = "Calls answered with a message.",
     .kind = METRIC_COUNTER,
     .read = read_bus_replies},
    {.name = "bus_refusals_total",
     .help = "Calls answered with a problem.",
     .kind = METRIC_COUNTER,
     .read = read_bus_refusals},
    {.name = "bus_expired_total",
     .help = "Calls that came too late to begin.",
     .kind = METRIC_COUNTER,
     .read = read_bus_expired},
    {.name = "bus_bounced_total",
     .help = "Calls sent back while draining.",
     .kind = METRIC_COUNTER,
     .read = read_bus_bounced},
    {.name = "bus_in_flight", .help = "Calls unanswered now.", .kind = METRIC_GAUGE, .read = read_bus_in_flight},
    {.name = "bus_gateways", .help = "Gateways that echo.", .kind = METRIC_GAUGE, .read = read_bus_echoing},
    {.name = "journal_taken_total", .help = "Facts taken.", .kind = METRIC_COUNTER, .read = read_journal_taken},
    {.name = "journal_acked_total", .help = "Facts taken care of.", .kind = METRIC_COUNTER, .read = read_journal_acked},
    {.name = "journal_again_total",
     .help = "Facts brought again, because they were not taken care of.",
     .kind = METRIC_COUNTER,
     .read = read_journal_again},
    {.name = "journal_unreadable_total",
     .help = "Entries that are no facts; their buckets' cursors stand.",
     .kind = METRIC_COUNTER,
     .read = read_journal_corrupt},
    {.name = "journal_outstanding",
     .help = "Facts taken and not yet taken care of.",
     .kind = METRIC_GAUGE,
     .read = read_journal_outstanding},
    {.name = "journal_oldest_seconds",
     .help = "Age of the oldest fact that is not yet taken care of.",
     .kind = METRIC_GAUGE,
     .read = read_journal_oldest_ms,
     .divisor = 1000},
    {.name = "journal_chunks",
     .help = "Chunks of buckets read here; 16 in all processes of a service together.",
     .kind = METRIC_GAUGE,
     .read = read_journal_held},
};

static struct shelf *open_policies(const struct runtime *runtime) {
  return shelf_open_logged(settings_text(runtime_settings(runtime), "policies"));
}

static bool open_store(struct running *r) {
  const struct settings *settings = runtime_settings(r->service.runtime);
  const char *durability = settings_text(settings, "durability");
  const bool cluster = strcmp(durability, "cluster") == 0;
  if (!cluster && strcmp(durability, "single") != 0) {
    log_line(LOG_ERROR, "setting durability is neither single nor cluster", NULL);
    return false;
  }
  const struct store_config config = {.url = settings_text(settings, "redis"),
                                      .name = r->service.program->name,
                                      .durability = cluster ? STORE_CLUSTER : STORE_SINGLE};
  char error[STORE_TEXT];
  r->service.store = store_open(runtime_loop(r->service.runtime), &config, error);
  char quoted[2 * STORE_TEXT];
  if (!r->service.store) log_line(LOG_ERROR, "setting redis", "\"why\":%s", log_text(error, quoted, sizeof quoted));
  return r->service.store != NULL;
}

static bool open_bus(struct running *r) {
  const struct settings *settings = runtime_settings(r->service.runtime);
  struct service_keys keys;
  if (!service_keys_read(&keys, settings)) return false;
  const struct bus_worker_config config = {.gateways = settings_text(settings, "gateways"),
                                           .service = chosen->name,
                                           .concurrency = (uint32_t)settings_number(settings, "concurrency"),
                                           .user = &r->service,
                                           .gateway_key = keys.curve ? keys.gateway : NULL,
                                           .public_key = keys.public,
                                           .secret_key = keys.secret};
  r->service.worker = bus_worker_open(runtime_loop(r->service.runtime), &config, chosen->handlers, chosen->n_handlers);
  return r->service.worker != NULL;
}

static void on_entry(void *context, const struct journal_entry *entry) {
  struct running *r = running_of(context);
  r->service.program->take(&r->service, entry);
}

static void on_timer(uv_timer_t *timer) {
  struct running *r = timer->data;
  r->service.program->tick(&r->service);
}

static int start(struct runtime *runtime, void **state) {
  struct running *r = calloc(1, sizeof *r);
  must(r != NULL);
  *state = r;
  r->service.runtime = runtime;
  r->service.program = chosen;
  if (chosen->policies && !(r->service.shelf = open_policies(runtime))) return 1;
  if (!open_store(r)) return 1;
  if (!open_bus(r)) return 1;
  if (chosen->take) {
    char host[UV_MAXHOSTNAMESIZE] = "", consumer[64];
    size_t size = sizeof host;
    uv_os_gethostname(host, &size);
    snprintf(consumer, sizeof consumer, "%.30s-%d", host, (int)uv_os_getpid());
    const struct journal_config journal = {.group = chosen->name, .consumer = consumer, .take = on_entry, .context = r};
    r->service.journal = journal_open(r->service.store, runtime_loop(runtime), &journal);
  }
  if (chosen->tick) {
    uv_timer_init(runtime_loop(runtime), &r->timer);
    r->timer.data = r;
    r->timer_open = true;
    uv_timer_start(&r->timer, on_timer, (uint64_t)chosen->every_ms, (uint64_t)chosen->every_ms);
  }
  for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) metrics[i].ctx = r;
  metrics_register(metrics, sizeof metrics / sizeof metrics[0]);
  r->store_condition = (struct condition){.name = "redis", .holds = store_holds, .ctx = r};
  r->bus_condition = (struct condition){.name = "bus", .holds = bus_holds, .ctx = r};
  runtime_condition(runtime, &r->store_condition);
  runtime_condition(runtime, &r->bus_condition);
  return 0;
}

static void reload_keys(struct running *r) {
  struct service_keys keys;
  if (!service_keys_read(&keys, runtime_settings(r->service.runtime)) || !keys.curve) return;
  if (bus_worker_rekey(r->service.worker, keys.gateway, keys.public, keys.secret))
    log_line(LOG_INFO, "keys read again", "\"public\":\"%s\"", keys.public);
}

static void reload(struct runtime *runtime, void *state) {
  struct running *r = running_of(state);
  reload_keys(r);
  if (!r->service.shelf) return;
  struct shelf *fresh = open_policies(runtime);
  if (!fresh) return; /* what was good stays in force */
  shelf_free(&r->retired);
  r->retired = r->service.shelf;
  r->service.shelf = fresh;
  log_line(LOG_INFO, "policies read again", NULL);
}

static void drained(void *context) {
  struct running *r = context;
  if (--r->draining == 0) runtime_drained(r->service.runtime);
}

static void on_journal_closed(void *context) {
  struct running *r = context;
  r->service.journal = NULL;
  if (r->stopping)
    store_close(r->service.store, NULL, NULL);
  else
    drained(r);
}

static void drain(struct runtime *runtime, void *state) {
  struct running *r = running_of(state);
  (void)runtime;
  r->draining = r->service.journal ? 2 : 1;
  r->leaving = true;
  bus_worker_drain(r->service.worker, drained, r);
  if (r->service.journal) journal_close(r->service.journal, on_journal_closed, r);
}

static void stop(struct runtime *runtime, void *state) {
  (void)runtime;
  struct running *r = running_of(state);
  if (!r) return;
  r->stopping = true;
  if (r->timer_open) uv_close((uv_handle_t *)&r->timer, NULL);
  if (r->service.worker) bus_worker_close(r->service.worker, NULL, NULL);
  if (r->service.journal && !r->leaving) journal_close(r->service.journal, on_journal_closed, r);
  if (r->service.store && !r->service.journal) store_close(r->service.store, NULL, NULL);
}

static void ended(void *state) {
  struct running *r = running_of(state);
  if (!r) return;
  shelf_free(&r->service.shelf);
  shelf_free(&r->retired);
  free(r);
}

int service_main(int argc, char **argv, const struct service_program *program) {
  chosen = program;
  const struct program wiring = {.name = program->name,
                                 .summary = program->summary,
                                 .settings = table,
                                 .n_settings = sizeof table / sizeof table[0],
                                 .admin_port = program->admin_port,
                                 .start = start,
                                 .reload = reload,
                                 .drain = drain,
                                 .stop = stop,
                                 .ended = ended};
  const int status = runtime_main(argc, argv, &wiring);
  bus_context_end();
  return status;
}
