#include "store.h"

#include "library.h"
#include "log.h"
#include "must.h"
#include "problem.h"
#include "resp.h"
#include "store_inner.h"
#include "store_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_MS = 10 };

static void on_tick(uv_timer_t *timer) {
  struct store *store = timer->data;
  store_again(store);
  if (store->closing) return;
  if (store->cluster)
    store_refresh(store);
  else if (!store->again)
    uv_timer_stop(&store->tick);
}

void store_tick(struct store *store) {
  if (!uv_is_active((uv_handle_t *)&store->tick)) uv_timer_start(&store->tick, on_tick, TICK_MS, TICK_MS);
}

/* RESP of the words, in malloc'ed memory. */
static char *format_words(int n, const char *const *words, const size_t *lengths, size_t *size) {
  *size = resp_command_size(n, words, lengths);
  char *bytes = malloc(*size);
  must(bytes != NULL);
  resp_command_write(bytes, *size, n, words, lengths);
  return bytes;
}

/* What the durability rests on is Redis' configuration: said loudly, of each node that is connected to, when it is
 * another. */
static void on_configuration(const struct link *link, const redisReply *reply) {
  static const struct {
    const char *name, *wanted; /* NULL: anything but 0 */
  } settings[] = {{"appendonly", "yes"},
                  {"appendfsync", "always"},
                  {"maxmemory-policy", "noeviction"},
                  {"min-replicas-to-write", NULL}};
  if (link_lane(link) != 0) return; /* once for each node */
  char host[2 * LINK_HOST_MAX], is[64];
  log_text(link_host(link), host, sizeof host);
  if (reply->type != REDIS_REPLY_ARRAY)
    log_line(LOG_WARN, "redis does not show its configuration: nobody has seen that it keeps what it acknowledges",
             "\"host\":%s,\"port\":%d", host, link_port(link));
  for (size_t i = 0; i + 1 < reply->elements; i += 2) {
    const redisReply *name = reply_string(reply, i), *value = reply_string(reply, i + 1);
    for (size_t k = 0; value && k < sizeof settings / sizeof settings[0]; k++) {
      if (!reply_is(name, settings[k].name)) continue;
      const bool fine = settings[k].wanted ? reply_is(value, settings[k].wanted) : !reply_is(value, "0");
      if (!fine)
        log_line(LOG_ERROR, "redis may lose what it acknowledged",
                 "\"host\":%s,\"port\":%d,\"setting\":\"%s\",\"is\":%s,\"wanted\":\"%s\"", host, link_port(link),
                 settings[k].name, log_text(value->str, is, sizeof is),
                 settings[k].wanted ? settings[k].wanted : "1 or more");
    }
  }
}

static struct link_hello *add_hello(struct store *store, char *bytes, size_t n) {
  struct link_hello *hello = &store->link_config.hello[store->link_config.n_hello++];
  *hello = (struct link_hello){.bytes = bytes, .n = n};
  return hello;
}

static void make_commands(struct store *store) {
  size_t n;
  const char *words[3] = {"AUTH", store->url.user, store->url.password};
  if (!store->url.user[0]) words[1] = store->url.password;
  if (store->url.password[0]) {
    char *auth = format_words(store->url.user[0] ? 3 : 2, words, NULL, &n);
    add_hello(store, auth, n);
  }
  char *name = format_words(3, (const char *[]){"CLIENT", "SETNAME", store->name}, NULL, &n);
  add_hello(store, name, n)->tolerated[0] = "NOPERM";
  static const char *const settings[] = {
      "CONFIG", "GET", "appendonly", "appendfsync", "maxmemory-policy", "min-replicas-to-write"};
  char *ask = format_words(store->cluster ? 6 : 5, settings, NULL, &n); /* replicas are promised by a cluster only */
  struct link_hello *configuration = add_hello(store, ask, n);
  configuration->told = on_configuration;
  configuration->tolerated[0] = ""; /* any: who may not look can settle all the same */
  const struct library *library = library_of_functions();
  store->load_bytes = format_words(3, (const char *[]){"FUNCTION", "LOAD", library->text},
                                   (const size_t[]){8, 4, library->n}, &store->load_n);
  /* loaded before by anyone; a replica gets them from its master; one that takes no writes now can be read, and is told
   * when a function is missed */
  static const char *const tolerated[LINK_TOLERATED_MAX] = {"ERR Library '", "READONLY", "NOREPLICAS", "MISCONF",
                                                            "OOM"};
  memcpy(add_hello(store, store->load_bytes, store->load_n)->tolerated, tolerated, sizeof tolerated);
  store->slots_bytes = format_words(2, (const char *[]){"CLUSTER", "SLOTS"}, NULL, &store->slots_n);
}

static void store_free(struct store *store) {
  for (int i = 0; i < store->link_config.n_hello; i++)
    if (store->link_config.hello[i].bytes != store->load_bytes) free((char *)store->link_config.hello[i].bytes);
  free(store->load_bytes);
  free(store->slots_bytes);
  free(store->map);
  free(store->next_map);
  free(store);
}

struct store *store_open(uv_loop_t *loop, const struct store_config *config, char error[STORE_TEXT]) {
  struct store *store = calloc(1, sizeof *store);
  must(store != NULL);
  store->cluster = config->durability == STORE_CLUSTER;
  snprintf(store->name, sizeof store->name, "yz-%s", config->name);
  if (!store_url_read(&store->url, config->url) || (!store->cluster && store->url.n_seeds != 1)) {
    snprintf(error, STORE_TEXT, "%s",
             "unreadable redis url: redis://[[user]:password@]host:port is wanted, several hosts for a cluster only");
    free(store);
    return NULL;
  }
  store->loop = loop;
  store->lanes = config->lanes > 0 && config->lanes <= STORE_LANES_MAX ? config->lanes : STORE_LANES;
  store->again_end = &store->again;
  store->jitter = uv_hrtime();
  store->map = calloc(1, sizeof *store->map);
  store->next_map = calloc(1, sizeof *store->next_map);
  must(store->map != NULL && store->next_map != NULL);
  store->link_config.wait_replicas = store->cluster ? 1 : 0;
  make_commands(store);
  must(uv_timer_init(loop, &store->tick) == 0);
  store->tick.data = store;
  store->open_handles = 1;
  if (store->cluster) {
    for (int i = 0; i < store->url.n_seeds; i++)
      store_link_to(store, store->url.seeds[i].host, store->url.seeds[i].port, 0);
    memset(store->map->of_slot, ROUTE_NOWHERE, sizeof store->map->of_slot);
    store->refresh_wanted = true;
    store_tick(store);
  } else {
    route_single(store->map, store->url.seeds[0].host, store->url.seeds[0].port);
    store_use_nodes(store);
  }
  return store;
}

void store_release(struct store *store) {
  if (--store->open_handles > 0) return;
  void (*closed)(void *) = store->closed;
  void *context = store->closed_context;
  store_free(store);
  if (closed) closed(context);
}

static void on_timer_closed(uv_handle_t *handle) {
  store_release(handle->data);
}

void store_close(struct store *store, void (*closed)(void *context), void *context) {
  must(!store->closing);
  store->closing = true;
  store->closed = closed;
  store->closed_context = context;
  uv_close((uv_handle_t *)&store->tick, on_timer_closed);
  while (store->n_links) store_forget_link(store, store->n_links - 1);
  store_again(store);
}

bool store_ready(const struct store *store) {
  for (int slot = 0; slot < ROUTE_SLOTS; slot++)
    if (store->map->of_slot[slot] == ROUTE_NOWHERE) return false;
  return store_nodes_ready(store) && !store->closing;
}

bool store_spans_buckets(const struct store *store) {
  return !store->cluster;
}

Yz__Problem *store_problem(struct arena *arena, enum store_result result, const char *text) {
  must(result != STORE_OK);
  if (result == STORE_ERROR) return problem_new(arena, YZ__CODE__DEFECT, NULL, "the store refused: %s", text);
  return problem_new(arena, YZ__CODE__STORE_AWAY, NULL, "%s: %s",
                     result == STORE_UNKNOWN ? "perhaps written" : "not written", text);
}

struct store_metrics store_metrics(const struct store *store) {
  struct store_metrics metrics = store->metrics;
  metrics.connects = store->former.connects;
  metrics.losses = store->former.losses;
  metrics.replica_shortfalls = store->former.shortfalls;
  for (int i = 0; i < store->n_links; i++) {
    const struct link_metrics link = link_metrics(store->links[i]);
    metrics.connects += link.connects;
    metrics.losses += link.losses;
    metrics.replica_shortfalls += link.shortfalls;
    metrics.waiting += link_waiting(store->links[i]);
    metrics.in_flight += link_in_flight(store->links[i]);
  }
  return metrics;
}

struct store_metrics *store_counts(struct store *store) {
  return &store->metrics;
}
