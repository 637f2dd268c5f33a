/* runtime.h - what every main() shares: settings, the loop, signals, drain, health, metrics, the log.
 *
 * A service's main.c is wiring only:
 *
 *   static const struct setting settings[] = {
 *       {.name = "gateways", .fallback = "127.0.0.1:7070", .help = "Gateways to serve."}};
 *   static const struct program program = {
 *       .name = "enrollment", .summary = "Who is this on that day.", .admin_port = "9101",
 *       .settings = settings, .n_settings = 1, .start = start, .drain = drain, .stop = stop};
 *   int main(int argc, char **argv) { return runtime_main(argc, argv, &program); }
 *
 *   settings --> start() --> RUNNING --SIGTERM, SIGINT--> DRAINING --drained or drain-ms--> stop() --> exit 0
 *                   |          | SIGHUP: settings file, then reload()
 *                   +-- failed: stop(), exit 1
 *
 * Settings that every program has: settings, log-level, admin-host, admin-port, drain-ms. The admin port answers
 * GET /live (the loop ticked within 10 s), /ready (all conditions hold but advisory ones; says which do not) and
 * /metrics. */
#ifndef YZ_RUNTIME_RUNTIME_H
#define YZ_RUNTIME_RUNTIME_H

#include "http.h"
#include "metrics.h"
#include "settings.h"

#include <uv.h>

struct runtime;

struct program {
  const char *name;    /* "gateway": the program is yz-gateway */
  const char *summary; /* one sentence for --help */
  const struct setting *settings;
  size_t n_settings;
  const char *admin_port; /* default of the setting; "0": no admin port of its own (see runtime_admin) */
  /* Programs that run in one process: this one has no settings and hooks of its own then. They start in this order,
   * each drains when the one before it has drained, and they stop in this order. NULL: none. */
  const struct program *const *parts;
  size_t n_parts;

  /* Opens what the service needs. May keep its state in *state, which the others get. Logs the reason and returns
   * nonzero when it cannot; stop() is called then too, with what *state is. */
  int (*start)(struct runtime *runtime, void **state);
  /* SIGHUP, after the settings were read again. May be NULL. */
  void (*reload)(struct runtime *runtime, void *state);
  /* Take no new work, finish what is in hand, then call runtime_drained(). NULL: there is nothing to finish. Readiness
   * is false from here on. */
  void (*drain)(struct runtime *runtime, void *state);
  /* Closes every handle; the loop then runs until they are closed (at most 5 s). Frees what can be freed now. */
  void (*stop)(struct runtime *runtime, void *state);
  /* Frees the state, after the loop has ended. May be NULL. */
  void (*ended)(void *state);
};

/* Runs the program; returns its exit status. 2: wrong settings, 1: could not start, 0: stopped as asked. */
int runtime_main(int argc, char **argv, const struct program *program);

uv_loop_t *runtime_loop(struct runtime *runtime);
const struct settings *runtime_settings(const struct runtime *runtime);
/* The drain is complete: the next part's turn, or go on to stop(). */
void runtime_drained(struct runtime *runtime);
bool runtime_draining(const struct runtime *runtime);
/* Whether several programs run in this process. */
bool runtime_has_parts(const struct runtime *runtime);
/* Begins the drain as SIGTERM does. */
void runtime_quit(struct runtime *runtime);

/* Something that has to hold before /ready says yes: "redis", "bus". Asked whenever /ready is. */
struct condition {
  const char *name;
  /* True when it holds. Else fills `why` with a plain sentence. */
  bool (*holds)(void *ctx, char *why, size_t size);
  void *ctx;
  bool advisory;          /* shown, and /ready says yes without it */
  struct condition *next; /* set by runtime_condition() */
};
/* Borrows `condition` for the life of the runtime. */
void runtime_condition(struct runtime *runtime, struct condition *condition);

/* For a program with an HTTP port of its own (the gateway): answers /live, /ready and /metrics there. False when the
 * path is none of them and the exchange is still to be answered. */
bool runtime_admin(struct runtime *runtime, struct http_exchange *exchange);

#endif
