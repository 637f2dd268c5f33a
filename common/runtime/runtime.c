#include "runtime.h"

#include "bounds.h"
#include "date.h"
#include "descriptors.h"
#include "log.h"
#include "must.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TICK_MS = 100, LIVE_MS = 10000, CLOSE_MS = 5000, WHY_MAX = 256, COMMON_SETTINGS = 5, PARTS_MAX = 2 };

enum phase { STARTING, RUNNING, DRAINING, STOPPING };

/* A program and what it keeps. */
struct part {
  const struct program *program;
  void *state;
};

struct runtime {
  uv_loop_t loop;
  const struct program *program;
  struct part parts[PARTS_MAX];
  size_t n_parts, n_begun, n_drained; /* begun: start() was called */
  enum phase phase;
  struct arena arena; /* of start-up */
  struct settings *settings;
  struct setting common[COMMON_SETTINGS];
  uv_signal_t term, interrupt, hangup;
  uv_timer_t tick, patience; /* patience: bounds the drain, later the closing */
  int64_t ticked_us;
  struct http_server *admin;
  struct condition *conditions, **last_condition;
};

/* --- metrics of the process --- */

static int64_t resident_bytes(void *ctx) {
  (void)ctx;
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "re");
  if (!file) return 0;
  if (fscanf(file, "%*s %ld", &pages) != 1) pages = 0;
  fclose(file);
  return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

static int64_t open_files(void *ctx) {
  (void)ctx;
  DIR *folder = opendir("/proc/self/fd");
  if (!folder) return 0;
  int64_t n = -3; /* ".", ".." and the folder itself */
  while (readdir(folder)) n++;
  closedir(folder);
  return n;
}

static int64_t started_ms;
static int64_t start_time(void *ctx) {
  (void)ctx;
  return started_ms;
}

static const char *const version_value[] = {YZ_VERSION};
enum { M_BUILD, M_LAG, M_RESIDENT, M_FILES, M_START };
static struct metric process_metrics[] = {
    [M_BUILD] = {.name = "build_info",
                 .help = "Always 1; the label says which release runs.",
                 .kind = METRIC_GAUGE,
                 .labels = {{"version", version_value, 1}}},
    [M_LAG] = {.name = "loop_lag_seconds",
               .help = "How late the loop's ticks came; a blocked loop answers nobody.",
               .kind = METRIC_SECONDS},
    [M_RESIDENT] = {.name = "resident_bytes",
                    .help = "Memory of the process.",
                    .kind = METRIC_GAUGE,
                    .read = resident_bytes},
    [M_FILES] = {.name = "open_files", .help = "Open descriptors.", .kind = METRIC_GAUGE, .read = open_files},
    [M_START] = {.name = "start_time_seconds",
                 .help = "When the process started, Unix time.",
                 .kind = METRIC_GAUGE,
                 .read = start_time,
                 .divisor = 1000},
};

/* --- health --- */

void runtime_condition(struct runtime *runtime, struct condition *condition) {
  condition->next = NULL;
  *runtime->last_condition = condition;
  runtime->last_condition = &condition->next;
}

static void answer_json(struct http_exchange *exchange, int status, const char *json) {
  http_answer(exchange, status, "application/json", NULL, 0, json, strlen(json));
}

static void answer_live(struct runtime *runtime, struct http_exchange *exchange) {
  const long long age_ms = (steady_us() - runtime->ticked_us) / 1000;
  const bool live = age_ms <= LIVE_MS;
  answer_json(exchange, live ? 200 : 503,
              arena_format(exchange->arena, "{\"live\":%s,\"ticked_ms_ago\":%lld}\n", live ? "true" : "false", age_ms));
}

static void answer_ready(struct runtime *runtime, struct http_exchange *exchange) {
  bool ready = runtime->phase == RUNNING;
  const char *list = "";
  for (const struct condition *c = runtime->conditions; c; c = c->next) {
    char why[WHY_MAX] = "", quoted[2 * WHY_MAX];
    const bool holds = c->holds(c->ctx, why, sizeof why);
    ready = ready && (holds || c->advisory);
    list = arena_format(exchange->arena, "%s%s{\"name\":\"%s\",\"holds\":%s%s%s}", list, list[0] ? "," : "", c->name,
                        holds ? "true" : "false",
                        holds ? "" : ",\"why\":", holds ? "" : log_text(why, quoted, sizeof quoted));
  }
  static const char *const phases[] = {"starting", "running", "draining", "stopping"};
  answer_json(exchange, ready ? 200 : 503,
              arena_format(exchange->arena, "{\"ready\":%s,\"phase\":\"%s\",\"conditions\":[%s]}\n",
                           ready ? "true" : "false", phases[runtime->phase], list));
}

static void answer_metrics(struct runtime *runtime, struct http_exchange *exchange) {
  (void)runtime;
  size_t n;
  const char *text = metrics_text(exchange->arena, &n);
  http_answer(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", NULL, 0, text, n);
}

bool runtime_admin(struct runtime *runtime, struct http_exchange *exchange) {
  static const struct {
    const char *path;
    void (*answer)(struct runtime *, struct http_exchange *);
  } pages[] = {{"/live", answer_live}, {"/ready", answer_ready}, {"/metrics", answer_metrics}};
  for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
    if (strcmp(exchange->path, pages[i].path) != 0) continue;
    const struct http_header allow = {"Allow", "GET, HEAD"};
    if (strcmp(exchange->method, "GET") == 0 || strcmp(exchange->method, "HEAD") == 0)
      pages[i].answer(runtime, exchange);
    else
      http_answer(exchange, 405, NULL, &allow, 1, NULL, 0);
    return true;
  }
  return false;
}

static void on_admin(struct http_exchange *exchange, void *ctx) {
  if (!runtime_admin(ctx, exchange)) answer_json(exchange, 404, "{\"pages\":[\"/live\",\"/ready\",\"/metrics\"]}\n");
}

/* --- settings --- */

static void fill_common(struct runtime *runtime) {
  const struct setting rows[COMMON_SETTINGS] = {
      {.name = "settings",
       .fallback = "",
       .help = "File with lines \"name = value\" for settings that neither a flag nor the environment gives.",
       .kind = SETTING_TEXT},
      {.name = "log-level",
       .fallback = "info",
       .help = "Least level of log lines: debug, info, warn or error.",
       .kind = SETTING_TEXT,
       .reloadable = true},
      {.name = "admin-host",
       .fallback = "127.0.0.1",
       .help = "Address of /live, /ready and /metrics.",
       .kind = SETTING_TEXT},
      {.name = "admin-port",
       .fallback = runtime->program->admin_port,
       .help = "Port of these; 0: none.",
       .kind = SETTING_NUMBER,
       .most = 65535},
      {.name = "drain-ms",
       .fallback = "15000",
       .unit = "ms",
       .help = "How long SIGTERM waits for work in hand.",
       .kind = SETTING_NUMBER,
       .most = 600000},
  };
  memcpy(runtime->common, rows, sizeof rows);
}

/* Opens the log at the level of the settings; NULL, or what is wrong. */
static const char *open_log(struct runtime *runtime, struct arena *arena) {
  static const char *const levels[] = {
      [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"};
  const char *level = settings_text(runtime->settings, "log-level");
  for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
    if (strcmp(level, levels[i]) == 0) return log_open(runtime->program->name, (enum log_level)i), NULL;
  return arena_format(arena, "log-level: \"%s\" is none of debug, info, warn, error", level);
}

/* 0: read; else the exit status, plus 1 so that --help is not 0. */
static int read_settings(struct runtime *runtime, int argc, char **argv) {
  const struct program *program = runtime->program;
  const struct setting *tables[PARTS_MAX + 1] = {0};
  size_t counts[PARTS_MAX + 1] = {0}, n = 0;
  fill_common(runtime);
  for (; n < runtime->n_parts; n++) {
    tables[n] = runtime->parts[n].program->settings;
    counts[n] = runtime->parts[n].program->n_settings;
  }
  tables[n] = runtime->common;
  counts[n++] = COMMON_SETTINGS;
  const char *why = NULL;
  switch (settings_read(&runtime->settings, &runtime->arena, tables, counts, n, argc, argv, &why)) {
  case SETTINGS_HELP:
    fputs(settings_help(&runtime->arena, program->name, program->summary, tables, counts, n), stdout);
    return 1;
  case SETTINGS_READ: why = open_log(runtime, &runtime->arena); break;
  case SETTINGS_WRONG: break;
  }
  if (!why) return 0;
  fprintf(stderr, "yz-%s: %s\n", program->name, why);
  return 3;
}

static void on_changed(const char *name, bool taken, void *ctx) {
  (void)ctx;
  log_line(taken ? LOG_INFO : LOG_WARN, taken ? "setting changed" : "setting waits for a restart", "\"setting\":\"%s\"",
           name);
}

static void on_hangup(uv_signal_t *handle, int number) {
  (void)number;
  struct runtime *runtime = handle->data;
  if (runtime->phase != RUNNING) return;
  struct arena arena;
  arena_init(&arena, LIMIT_BODY);
  const char *why = settings_reload(runtime->settings, &arena, on_changed, NULL);
  if (!why) why = open_log(runtime, &arena);
  char text[1024];
  if (why) log_line(LOG_ERROR, "settings not reloaded", "\"why\":%s", log_text(why, text, sizeof text));
  arena_free(&arena);
  for (size_t i = 0; !why && i < runtime->n_parts; i++) {
    const struct part *part = &runtime->parts[i];
    if (part->program->reload) part->program->reload(runtime, part->state);
  }
}

/* --- life --- */

uv_loop_t *runtime_loop(struct runtime *runtime) {
  return &runtime->loop;
}

const struct settings *runtime_settings(const struct runtime *runtime) {
  return runtime->settings;
}

bool runtime_draining(const struct runtime *runtime) {
  return runtime->phase >= DRAINING;
}

bool runtime_has_parts(const struct runtime *runtime) {
  return runtime->n_parts > 1;
}

static void halt(struct runtime *runtime) {
  if (runtime->phase == STOPPING) return;
  runtime->phase = STOPPING;
  uv_stop(&runtime->loop);
}

/* Drains the part whose turn it is. */
static void drain_part(struct runtime *runtime) {
  const struct part *part = &runtime->parts[runtime->n_drained];
  if (part->program->drain)
    part->program->drain(runtime, part->state);
  else
    runtime_drained(runtime);
}

void runtime_drained(struct runtime *runtime) {
  if (++runtime->n_drained >= runtime->n_parts)
    halt(runtime);
  else
    drain_part(runtime);
}

static void on_impatient(uv_timer_t *timer) {
  struct runtime *runtime = timer->data;
  log_line(LOG_WARN, runtime->phase == DRAINING ? "drain took too long" : "closing took too long", NULL);
  runtime->phase = STOPPING;
  uv_stop(&runtime->loop);
}

void runtime_quit(struct runtime *runtime) {
  if (runtime->phase == DRAINING) { /* asked twice: at once */
    halt(runtime);
    return;
  }
  if (runtime->phase != RUNNING) return;
  runtime->phase = DRAINING;
  log_line(LOG_INFO, "draining", NULL);
  uv_timer_start(&runtime->patience, on_impatient, (uint64_t)settings_number(runtime->settings, "drain-ms"), 0);
  drain_part(runtime);
}

static void on_quit(uv_signal_t *handle, int number) {
  (void)number;
  runtime_quit(handle->data);
}

static void on_tick(uv_timer_t *timer) {
  struct runtime *runtime = timer->data;
  const int64_t now_us = steady_us(), late_us = now_us - runtime->ticked_us - (int64_t)TICK_MS * 1000;
  metric_observe_us(&process_metrics[M_LAG], 0, 0, late_us > 0 ? (uint64_t)late_us : 0);
  runtime->ticked_us = now_us;
}

static void open_handles(struct runtime *runtime) {
  must(uv_loop_init(&runtime->loop) == 0);
  uv_signal_t *const signals[] = {&runtime->term, &runtime->interrupt, &runtime->hangup};
  for (size_t i = 0; i < 3; i++) {
    must(uv_signal_init(&runtime->loop, signals[i]) == 0);
    signals[i]->data = runtime;
  }
  must(uv_signal_start(&runtime->term, on_quit, SIGTERM) == 0);
  must(uv_signal_start(&runtime->interrupt, on_quit, SIGINT) == 0);
  must(uv_signal_start(&runtime->hangup, on_hangup, SIGHUP) == 0);
  must(uv_timer_init(&runtime->loop, &runtime->tick) == 0 && uv_timer_init(&runtime->loop, &runtime->patience) == 0);
  runtime->tick.data = runtime->patience.data = runtime;
  runtime->ticked_us = steady_us();
  must(uv_timer_start(&runtime->tick, on_tick, TICK_MS, TICK_MS) == 0);
}

static int open_admin(struct runtime *runtime) {
  const int64_t port = settings_number(runtime->settings, "admin-port");
  if (port == 0) return 0;
  const struct http_server_config config = {.host = settings_text(runtime->settings, "admin-host"),
                                            .port = (uint16_t)port,
                                            .limits = {.connections_max = 256},
                                            .handler = on_admin,
                                            .ctx = runtime};
  const int error = http_server_start(&runtime->admin, &runtime->loop, &config);
  if (error)
    log_line(LOG_ERROR, "cannot open the admin port", "\"port\":%lld,\"why\":\"%s\"", (long long)port,
             uv_strerror(error));
  return error;
}

/* Closes everything and runs the loop until it is closed, CLOSE_MS at most. */
static void close_all(struct runtime *runtime) {
  runtime->phase = STOPPING;
  for (size_t i = 0; i < runtime->n_begun; i++) runtime->parts[i].program->stop(runtime, runtime->parts[i].state);
  http_server_stop(&runtime->admin);
  uv_close((uv_handle_t *)&runtime->term, NULL);
  uv_close((uv_handle_t *)&runtime->interrupt, NULL);
  uv_close((uv_handle_t *)&runtime->hangup, NULL);
  uv_close((uv_handle_t *)&runtime->tick, NULL);
  uv_timer_start(&runtime->patience, on_impatient, CLOSE_MS, 0);
  uv_unref((uv_handle_t *)&runtime->patience);
  uv_run(&runtime->loop, UV_RUN_DEFAULT);
  uv_close((uv_handle_t *)&runtime->patience, NULL);
  uv_run(&runtime->loop, UV_RUN_NOWAIT);
  if (uv_loop_close(&runtime->loop) != 0) log_line(LOG_WARN, "handles left open", NULL);
}

/* Every message from one process to another wakes its reader, who by default may take the sender's core at once: with
 * more processes than cores they pass the core to and fro for each message. A batch thread waits until the core is
 * left, and finds more to do at once. Threads made from now on inherit it; it needs no privilege. */
static void take_turns(void) {
  if (sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0}) == 0) return;
  log_line(LOG_WARN, "SCHED_BATCH is not allowed here: more CPU is used under load", "\"error\":\"%s\"",
           strerror(errno));
}

static void take_parts(struct runtime *runtime, const struct program *program) {
  runtime->program = program;
  runtime->n_parts = program->n_parts ? program->n_parts : 1;
  must(runtime->n_parts <= PARTS_MAX);
  for (size_t i = 0; i < runtime->n_parts; i++)
    runtime->parts[i].program = program->n_parts ? program->parts[i] : program;
}

/* False when one could not start. */
static bool start_parts(struct runtime *runtime) {
  bool started = true;
  for (size_t i = 0; started && i < runtime->n_parts; i++) {
    runtime->n_begun++;
    started = runtime->parts[i].program->start(runtime, &runtime->parts[i].state) == 0;
  }
  return started;
}

int runtime_main(int argc, char **argv, const struct program *program) {
  /* static: should closing fail, libuv may still hold pointers into it */
  static struct runtime runtime;
  take_parts(&runtime, program);
  runtime.last_condition = &runtime.conditions;
  arena_init(&runtime.arena, LIMIT_BODY);
  started_ms = instant_now();
  const int wrong = read_settings(&runtime, argc, argv);
  int status = wrong ? wrong - 1 : 0;
  if (!wrong) {
    signal(SIGPIPE, SIG_IGN);
    take_turns();
    descriptors_raise();
    metrics_register(process_metrics, sizeof process_metrics / sizeof process_metrics[0]);
    metric_set(&process_metrics[M_BUILD], 0, 0, 1);
    open_handles(&runtime);
    status = open_admin(&runtime) == 0 && start_parts(&runtime) ? 0 : 1;
    if (status == 0) {
      runtime.phase = RUNNING;
      log_line(LOG_INFO, "started", "\"version\":\"%s\"", YZ_VERSION);
      uv_run(&runtime.loop, UV_RUN_DEFAULT);
    }
    close_all(&runtime);
    for (size_t i = 0; i < runtime.n_begun; i++)
      if (runtime.parts[i].program->ended) runtime.parts[i].program->ended(runtime.parts[i].state);
    log_line(LOG_INFO, "stopped", "\"status\":%d", status);
  }
  settings_free(&runtime.settings);
  arena_free(&runtime.arena);
  return status;
}
