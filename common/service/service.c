#include "service.h"

#include "log.h"
#include "must.h"
#include "service_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One service of the process. */
struct part {
  struct service service; /* first: a service is its part */
  struct running *running;
  uv_timer_t timer;
  bool timer_open;
};

/* The services of a process with what they need to start, stop and be seen. */
struct running {
  struct runtime *runtime;
  struct store *store;
  struct shelf *shelf;
  struct part parts[SERVICES_MAX];
  size_t n_parts, n_journals;
  struct condition store_condition, bus_condition;
  bool leaving;    /* the journals are being closed */
  bool stopping;   /* the store closes after the journals */
  size_t draining; /* workers and journals */
};

/* The last ones say where the gateway is. Where it is a part of the process, nobody needs to, and its own settings name
 * the policies. */
enum { ALONE_SETTINGS = 4 };
static const struct setting table[] = {
    {.name = "redis", .fallback = "redis://127.0.0.1:6390", .kind = SETTING_TEXT, .help = "Where the store is."},
    {.name = "durability",
     .fallback = "single",
     .kind = SETTING_TEXT,
     .help = "single: AOF of one node; cluster: also at a replica before it is said."},
    {.name = "concurrency",
     .fallback = "256",
     .kind = SETTING_NUMBER,
     .least = 2,
     .most = 4096,
     .help = "Calls in work at once, shared out to the gateways as credit."},
    {.name = "policies",
     .fallback = "ops/policies",
     .kind = SETTING_TEXT,
     .help = "Folder of policy packs; read again on SIGHUP."},
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
};
enum { SETTINGS = sizeof table / sizeof table[0] };

/* Of this process. */
static const struct service_program *const *chosen;
static size_t n_chosen;

static struct running *running_of(void *state) {
  return state;
}

static bool store_holds(void *context, char *why, size_t size) {
  struct running *r = running_of(context);
  if (store_ready(r->store)) return true;
  snprintf(why, size, "Redis does not answer");
  return false;
}

static bool bus_holds(void *context, char *why, size_t size) {
  const struct running *r = running_of(context);
  bool ready = true;
  for (size_t i = 0; i < r->n_parts; i++) ready = ready && bus_worker_ready(r->parts[i].service.worker);
  if (!ready) snprintf(why, size, "no gateway answers");
  return ready;
}

/* What /metrics shows of the store, the bus and the journal. */
#define READ_STORE(member)                                                                                             \
  static int64_t read_store_##member(void *context) {                                                                  \
    return (int64_t)store_metrics(running_of(context)->store).member;                                                  \
  }
#define READ_BUS(member)                                                                                               \
  static int64_t read_bus_##member(void *context) {                                                                    \
    const struct running *r = running_of(context);                                                                     \
    int64_t sum = 0;                                                                                                   \
    for (size_t i = 0; i < r->n_parts; i++) {                                                                          \
      struct bus_worker_metrics metrics;                                                                               \
      bus_worker_metrics(r->parts[i].service.worker, &metrics);                                                        \
      sum += (int64_t)metrics.member;                                                                                  \
    }                                                                                                                  \
    return sum;                                                                                                        \
  }
#define READ_JOURNAL(member)                                                                                           \
  static int64_t read_journal_##member(void *context) {                                                                \
    const struct running *r = running_of(context);                                                                     \
    int64_t sum = 0;                                                                                                   \
    for (size_t i = 0; i < r->n_parts; i++) {                                                                          \
      const struct journal *journal = r->parts[i].service.journal;                                                     \
      sum += journal ? (int64_t)journal_metrics(journal).member : 0;                                                   \
    }                                                                                                                  \
    return sum;                                                                                                        \
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

/* The oldest of all; an age is not summed. */
static int64_t read_journal_oldest_ms(void *context) {
  const struct running *r = running_of(context);
  int64_t oldest = 0;
  for (size_t i = 0; i < r->n_parts; i++) {
    const struct journal *journal = r->parts[i].service.journal;
    const int64_t age = journal ? (int64_t)journal_metrics(journal).oldest_ms : 0;
    if (age > oldest) oldest = age;
  }
  return oldest;
}

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

/* Opens the shelf when a service asks for it. */
static bool take_policies(struct running *r) {
  bool asked = false;
  for (size_t i = 0; i < n_chosen; i++) asked = asked || chosen[i]->policies;
  if (asked) r->shelf = open_policies(r->runtime);
  return r->shelf || !asked;
}

static bool open_store(struct running *r) {
  const struct settings *settings = runtime_settings(r->runtime);
  const char *durability = settings_text(settings, "durability");
  const bool cluster = strcmp(durability, "cluster") == 0;
  if (!cluster && strcmp(durability, "single") != 0) {
    log_line(LOG_ERROR, "setting durability is neither single nor cluster", NULL);
    return false;
  }
  const struct store_config config = {.url = settings_text(settings, "redis"),
                                      .name = n_chosen > 1 ? "services" : chosen[0]->name,
                                      .durability = cluster ? STORE_CLUSTER : STORE_SINGLE,
                                      .lanes = n_chosen > 1 ? 2 * STORE_LANES : STORE_LANES};
  char error[STORE_TEXT];
  r->store = store_open(runtime_loop(r->runtime), &config, error);
  char quoted[2 * STORE_TEXT];
  if (!r->store) log_line(LOG_ERROR, "setting redis", "\"why\":%s", log_text(error, quoted, sizeof quoted));
  return r->store != NULL;
}

static bool open_bus(struct part *part) {
  const struct service_program *program = part->service.program;
  const struct runtime *runtime = part->service.runtime;
  const struct settings *settings = runtime_settings(runtime);
  struct service_keys keys = {.curve = false};
  const bool alone = !runtime_has_parts(runtime);
  if (alone && !service_keys_read(&keys, settings)) return false;
  const struct bus_worker_config config = {.gateways = alone ? settings_text(settings, "gateways") : BUS_INSIDE,
                                           .service = program->name,
                                           .concurrency = (uint32_t)settings_number(settings, "concurrency"),
                                           .user = &part->service,
                                           .gateway_key = keys.curve ? keys.gateway : NULL,
                                           .public_key = keys.public,
                                           .secret_key = keys.secret};
  part->service.worker =
      bus_worker_open(runtime_loop(part->service.runtime), &config, program->handlers, program->n_handlers);
  return part->service.worker != NULL;
}

static void on_entry(void *context, const struct journal_entry *entry) {
  struct part *part = context;
  part->service.program->take(&part->service, entry);
}

static void on_timer(uv_timer_t *timer) {
  struct part *part = timer->data;
  part->service.program->tick(&part->service);
}

static void open_journal(struct part *part) {
  char host[UV_MAXHOSTNAMESIZE] = "", consumer[64];
  size_t size = sizeof host;
  uv_os_gethostname(host, &size);
  snprintf(consumer, sizeof consumer, "%.30s-%d", host, (int)uv_os_getpid());
  const struct journal_config journal = {
      .group = part->service.program->name, .consumer = consumer, .take = on_entry, .context = part};
  part->service.journal = journal_open(part->service.store, runtime_loop(part->service.runtime), &journal);
  part->running->n_journals++;
}

static void start_timer(struct part *part) {
  uv_timer_init(runtime_loop(part->service.runtime), &part->timer);
  part->timer.data = part;
  part->timer_open = true;
  const uint64_t every_ms = (uint64_t)part->service.program->every_ms;
  uv_timer_start(&part->timer, on_timer, every_ms, every_ms);
}

static bool start_part(struct running *r, const struct service_program *program) {
  struct part *part = &r->parts[r->n_parts];
  part->running = r;
  part->service = (struct service){
      .runtime = r->runtime, .store = r->store, .shelf = program->policies ? r->shelf : NULL, .program = program};
  if (!open_bus(part)) return false;
  r->n_parts++;
  if (program->take) open_journal(part);
  if (program->tick) start_timer(part);
  return true;
}

static int start(struct runtime *runtime, void **state) {
  struct running *r = calloc(1, sizeof *r);
  must(r != NULL);
  *state = r;
  r->runtime = runtime;
  if (!take_policies(r) || !open_store(r)) return 1;
  for (size_t i = 0; i < n_chosen; i++)
    if (!start_part(r, chosen[i])) return 1;
  for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) metrics[i].ctx = r;
  metrics_register(metrics, sizeof metrics / sizeof metrics[0]);
  r->store_condition = (struct condition){.name = "redis", .holds = store_holds, .ctx = r};
  r->bus_condition = (struct condition){.name = "bus", .holds = bus_holds, .ctx = r};
  runtime_condition(runtime, &r->store_condition);
  runtime_condition(runtime, &r->bus_condition);
  return 0;
}

static void reload_keys(const struct part *part) {
  struct service_keys keys;
  if (!service_keys_read(&keys, runtime_settings(part->service.runtime)) || !keys.curve) return;
  if (bus_worker_rekey(part->service.worker, keys.gateway, keys.public, keys.secret))
    log_line(LOG_INFO, "keys read again", "\"public\":\"%s\"", keys.public);
}

static void reload(struct runtime *runtime, void *state) {
  struct running *r = running_of(state);
  if (!runtime_has_parts(runtime)) reload_keys(&r->parts[0]);
  if (!r->shelf) return;
  struct shelf *fresh = open_policies(runtime);
  if (!fresh) return; /* what was good stays in force */
  shelf_free(&r->shelf);
  r->shelf = fresh;
  for (size_t i = 0; i < r->n_parts; i++)
    if (r->parts[i].service.program->policies) r->parts[i].service.shelf = fresh;
  log_line(LOG_INFO, "policies read again", NULL);
}

static void drained(void *context) {
  struct running *r = context;
  if (--r->draining == 0) runtime_drained(r->runtime);
}

static void on_journal_closed(void *context) {
  struct part *part = context;
  struct running *r = part->running;
  part->service.journal = NULL;
  r->n_journals--;
  if (!r->stopping)
    drained(r);
  else if (r->n_journals == 0)
    store_close(r->store, NULL, NULL);
}

static void close_journals(struct running *r) {
  for (size_t i = 0; i < r->n_parts && !r->leaving; i++) {
    struct part *part = &r->parts[i];
    if (part->service.journal) journal_close(part->service.journal, on_journal_closed, part);
  }
  r->leaving = true;
}

static void drain(struct runtime *runtime, void *state) {
  struct running *r = running_of(state);
  (void)runtime;
  r->draining = r->n_parts + r->n_journals;
  for (size_t i = 0; i < r->n_parts; i++) bus_worker_drain(r->parts[i].service.worker, drained, r);
  close_journals(r);
}

static void stop(struct runtime *runtime, void *state) {
  (void)runtime;
  struct running *r = running_of(state);
  if (!r) return;
  r->stopping = true;
  for (size_t i = 0; i < r->n_parts; i++) {
    if (r->parts[i].timer_open) uv_close((uv_handle_t *)&r->parts[i].timer, NULL);
    bus_worker_close(r->parts[i].service.worker, NULL, NULL);
  }
  if (r->store && r->n_journals == 0) store_close(r->store, NULL, NULL);
  close_journals(r);
}

static void ended(void *state) {
  struct running *r = running_of(state);
  if (!r) return;
  shelf_free(&r->shelf);
  free(r);
}

int service_main(int argc, char **argv, const struct service_program *program) {
  const struct program wiring = {.name = program->name,
                                 .summary = program->summary,
                                 .settings = table,
                                 .n_settings = SETTINGS,
                                 .admin_port = program->admin_port,
                                 .start = start,
                                 .reload = reload,
                                 .drain = drain,
                                 .stop = stop,
                                 .ended = ended};
  chosen = &program;
  n_chosen = 1;
  const int status = runtime_main(argc, argv, &wiring);
  bus_context_end();
  return status;
}

const struct program *services_beside_gateway(const struct service_program *const programs[], size_t n) {
  static const struct program wiring = {.settings = table,
                                        .n_settings = SETTINGS - ALONE_SETTINGS,
                                        .start = start,
                                        .reload = reload,
                                        .drain = drain,
                                        .stop = stop,
                                        .ended = ended};
  must(n <= SERVICES_MAX);
  chosen = programs;
  n_chosen = n;
  return &wiring;
}
