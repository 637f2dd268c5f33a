#include "store.h"

#include "date.h"
#include "id.h"
#include "library.h"
#include "must.h"
#include "problem.h"
#include "redis_link.h"
#include "redis_route.h"
#include "store_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASKING "*1\r\n$6\r\nASKING\r\n"
enum {
  ASKING_BYTES = sizeof ASKING - 1,
  TICK_MS = 10,
  AGAIN_MIN_MS = 10, /* back-off of a command that was not executed: doubles, with jitter, up to .. */
  AGAIN_MAX_MS = 400,
  REFRESH_MIN_MS = 1000, /* the slot map is asked for at most so often .. */
  REFRESH_MS = 15000,    /* .. and at least so often */
  LINKS_MAX = 2 * ROUTE_NODES_MAX * STORE_LANES_MAX,
  CREDENTIAL_MAX = 256
};

/* A command on its way. */
struct ask {
  struct ask *next;
  struct store *store;
  struct link *link; /* asked last */
  char *bytes;       /* RESP, with room for ASKING in front */
  size_t n;
  uint16_t slot;
  uint8_t lane;
  unsigned flags;
  uint64_t deadline, again_at, asked_us;
  int backoff_ms;
  bool maybe;    /* an earlier attempt may have been executed */
  bool reloaded; /* our functions were loaded for it */
  store_done *done;
  void *context;
};

struct store {
  uv_loop_t *loop;
  bool cluster, closing;
  char user[CREDENTIAL_MAX], password[CREDENTIAL_MAX], name[64];
  struct link_config link_config; /* but for host and port */
  int n_seeds;
  struct route_node seeds[ROUTE_NODES_MAX];
  struct route_map *map, *next_map;
  int n_links;
  int lanes;
  struct link *links[LINKS_MAX];
  struct link *link_of[ROUTE_NODES_MAX][STORE_LANES_MAX]; /* by index in map->nodes */
  struct link *refreshing;                                /* asked for the slot map */
  bool refresh_wanted;
  uint64_t refresh_after, refresh_by;
  char *slots_bytes, *load_bytes;
  size_t slots_n, load_n;
  struct ask *again, **again_end;
  uv_timer_t tick;
  uint64_t jitter;
  struct store_metrics metrics;
  struct link_metrics former; /* of links that are gone */
  int open_handles;
  void (*closed)(void *);
  void *closed_context;
};

/* --- links --- */

static struct link *link_to(struct store *store, const char *host, int port, int lane) {
  for (int i = 0; i < store->n_links; i++) {
    struct link *link = store->links[i];
    if (link_lane(link) == lane && link_port(link) == port && strcmp(link_host(link), host) == 0) return link;
  }
  if (store->n_links == LINKS_MAX) return NULL;
  struct link_config config = store->link_config;
  config.host = host;
  config.port = port;
  config.lane = lane;
  store->open_handles++;
  return store->links[store->n_links++] = link_open(store->loop, &config);
}

static void handle_gone(struct store *store);

static void on_link_closed(void *context) {
  handle_gone(context);
}

static void forget_link(struct store *store, int i) {
  struct link *link = store->links[i];
  const struct link_metrics metrics = link_metrics(link);
  store->former.connects += metrics.connects;
  store->former.losses += metrics.losses;
  store->former.shortfalls += metrics.shortfalls;
  store->links[i] = store->links[--store->n_links];
  link_close(link, on_link_closed, store);
}

/* --- asks --- */

static void on_tick(uv_timer_t *timer);

static void finish(struct ask *ask, enum store_result result, redisReply *reply, const char *text) {
  struct store *store = ask->store;
  const bool write = ask->flags & STORE_WRITE;
  if (result == STORE_AWAY && ask->maybe && write) result = STORE_UNKNOWN;
  if (result == STORE_UNKNOWN && !write) result = STORE_AWAY; /* a read that did not answer changed nothing */
  if (result == STORE_OK) {
    const uint64_t us = (uint64_t)steady_us() - ask->asked_us;
    int i = 0;
    while (i < 23 && us >> (i + 1)) i++;
    store->metrics.latency_us[i]++;
  }
  uint64_t *counts[] = {&store->metrics.ok, &store->metrics.away, &store->metrics.unknown, &store->metrics.errors};
  ++*counts[result];
  ask->done(ask->context, result, reply, text);
  if (reply) freeReplyObject(reply);
  free(ask->bytes);
  free(ask);
}

/* Tries again after a while, if the deadline allows. */
static void later(struct ask *ask) {
  struct store *store = ask->store;
  store->jitter = store->jitter * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  ask->again_at =
      uv_now(store->loop) + (uint64_t)ask->backoff_ms / 2 + (store->jitter >> 33) % (uint64_t)ask->backoff_ms;
  if (ask->again_at > ask->deadline) ask->again_at = ask->deadline;
  ask->backoff_ms = 2 * ask->backoff_ms > AGAIN_MAX_MS ? AGAIN_MAX_MS : 2 * ask->backoff_ms;
  ask->next = NULL;
  *store->again_end = ask;
  store->again_end = &ask->next;
  if (!uv_is_active((uv_handle_t *)&store->tick)) uv_timer_start(&store->tick, on_tick, TICK_MS, TICK_MS);
}

static void on_answer(void *context, enum link_result result, redisReply *reply);

/* False when the link is full. */
static bool send_to(struct ask *ask, struct link *link, bool asking) {
  ask->link = link;
  const unsigned flags = (ask->flags & STORE_WRITE ? LINK_WRITE : 0u) | (asking ? LINK_TWO_REPLIES : 0u);
  const size_t skip = asking ? 0 : ASKING_BYTES;
  return link_send(link, ask->bytes + skip, ask->n - skip, flags, ask->deadline, on_answer, ask);
}

static void dispatch(struct ask *ask) {
  struct store *store = ask->store;
  const uint8_t node = store->map->of_slot[ask->slot];
  if (node == ROUTE_NOWHERE || !send_to(ask, store->link_of[node][ask->lane], false)) later(ask);
}

static void on_loaded(void *context, enum link_result result, redisReply *reply) {
  (void)context;
  (void)result;
  if (reply) freeReplyObject(reply);
}

/* The node does not know our functions: they were flushed, or it is a new master. Loads them ahead of a second try. */
static bool reload(struct ask *ask) {
  if (ask->reloaded) return false;
  ask->reloaded = true;
  struct store *store = ask->store;
  return link_send(ask->link, store->load_bytes, store->load_n, LINK_WRITE, ask->deadline, on_loaded, NULL) &&
         send_to(ask, ask->link, false);
}

/* True when the command is on its way again. */
static bool redirect(struct ask *ask, const char *error) {
  struct store *store = ask->store;
  struct route_redirect to;
  if (!store->cluster || !route_redirect_read(&to, error, link_host(ask->link))) return false;
  store->metrics.redirected++;
  struct link *link = link_to(store, to.to.host, to.to.port, ask->lane);
  if (!to.ask) {
    store->refresh_wanted = true;
    const int node = route_find(store->map, to.to.host, to.to.port);
    if (node >= 0) store->map->of_slot[to.slot] = (uint8_t)node;
  }
  return link && send_to(ask, link, to.ask);
}

enum verdict { VERDICT_ERROR, VERDICT_AWAY, VERDICT_LATER, VERDICT_REFRESH, VERDICT_REDIRECT, VERDICT_RELOAD };

/* Errors that say: not executed. Everything else is a defect of ours. */
static enum verdict judge(const char *error) {
  static const struct {
    const char *prefix;
    enum verdict verdict;
  } verdicts[] = {
      {"MOVED ", VERDICT_REDIRECT},
      {"ASK ", VERDICT_REDIRECT},
      {"TRYAGAIN", VERDICT_LATER},
      {"LOADING", VERDICT_LATER},
      {"BUSY ", VERDICT_LATER},
      {"CLUSTERDOWN", VERDICT_REFRESH},
      {"MASTERDOWN", VERDICT_REFRESH},
      {"READONLY", VERDICT_REFRESH},
      {"NOREPLICAS", VERDICT_AWAY},
      {"MISCONF", VERDICT_AWAY},
      {"OOM ", VERDICT_AWAY},
      {"NOAUTH", VERDICT_AWAY},
      {"ERR Function not found", VERDICT_RELOAD},
  };
  for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++)
    if (strncmp(error, verdicts[i].prefix, strlen(verdicts[i].prefix)) == 0) return verdicts[i].verdict;
  return VERDICT_ERROR;
}

static void on_refused(struct ask *ask, const char *error) {
  struct store *store = ask->store;
  const enum verdict verdict = judge(error);
  if (verdict == VERDICT_ERROR) {
    finish(ask, STORE_ERROR, NULL, error);
    return;
  }
  if (verdict == VERDICT_AWAY || store->closing || uv_now(store->loop) >= ask->deadline) {
    finish(ask, STORE_AWAY, NULL, error);
    return;
  }
  store->metrics.retried++;
  if (verdict == VERDICT_REFRESH) store->refresh_wanted = true;
  if (verdict == VERDICT_REDIRECT && redirect(ask, error)) return;
  if (verdict == VERDICT_RELOAD && reload(ask)) return;
  if (verdict == VERDICT_RELOAD && ask->reloaded)
    finish(ask, STORE_ERROR, NULL, error);
  else
    later(ask);
}

static void on_answer(void *context, enum link_result result, redisReply *reply) {
  struct ask *ask = context;
  struct store *store = ask->store;
  if (result == LINK_OK && reply->type == REDIS_REPLY_ERROR) {
    char error[STORE_TEXT];
    snprintf(error, sizeof error, "%s", reply->str);
    freeReplyObject(reply);
    on_refused(ask, error);
    return;
  }
  if (result == LINK_OK) {
    finish(ask, STORE_OK, reply, "");
    return;
  }
  const bool repeatable = result == LINK_AWAY || !(ask->flags & STORE_WRITE) || (ask->flags & STORE_IDEMPOTENT);
  ask->maybe = ask->maybe || result == LINK_UNKNOWN;
  if (repeatable && !store->closing && uv_now(store->loop) < ask->deadline) {
    store->metrics.retried++;
    later(ask);
    return;
  }
  char text[STORE_TEXT];
  snprintf(text, sizeof text, "redis at %.200s:%d: %s", link_host(ask->link), link_port(ask->link),
           link_state(ask->link) == LINK_READY ? "no answer in time" : link_trouble(ask->link));
  finish(ask, result == LINK_AWAY ? STORE_AWAY : STORE_UNKNOWN, NULL, text);
}

static void again(struct store *store) {
  const uint64_t now = uv_now(store->loop);
  struct ask *list = store->again;
  store->again = NULL;
  store->again_end = &store->again;
  while (list) {
    struct ask *ask = list;
    list = ask->next;
    if (store->closing || now >= ask->deadline) {
      finish(ask, STORE_AWAY, NULL, "no node of redis took the command in time");
    } else if (now >= ask->again_at) {
      dispatch(ask);
    } else {
      ask->next = NULL;
      *store->again_end = ask;
      store->again_end = &ask->next;
    }
  }
}

/* --- the slot map --- */

static bool in_map(const struct store *store, const struct link *link) {
  return route_find(store->map, link_host(link), link_port(link)) >= 0;
}

static void use_nodes(struct store *store) {
  for (int i = 0; i < store->map->n_nodes; i++) {
    for (int lane = 0; lane < store->lanes; lane++) {
      store->link_of[i][lane] = link_to(store, store->map->nodes[i].host, store->map->nodes[i].port, lane);
      must(store->link_of[i][lane] != NULL); /* LINKS_MAX has room for them */
    }
  }
}

static bool nodes_ready(const struct store *store) {
  for (int i = 0; i < store->map->n_nodes; i++)
    for (int lane = 0; lane < store->lanes; lane++)
      if (link_state(store->link_of[i][lane]) != LINK_READY) return false;
  return true;
}

static void use_map(struct store *store) {
  struct route_map *former = store->map;
  store->map = store->next_map;
  store->next_map = former;
  for (int i = store->n_links - 1; i >= 0; i--)
    if (!in_map(store, store->links[i])) forget_link(store, i);
  use_nodes(store);
}

static void on_slots(void *context, enum link_result result, redisReply *reply) {
  struct store *store = context;
  struct link *from = store->refreshing;
  store->refreshing = NULL;
  if (result == LINK_OK && !store->closing && route_read(store->next_map, reply, link_host(from))) {
    store->refresh_wanted = false;
    store->refresh_by = uv_now(store->loop) + REFRESH_MS;
    use_map(store);
  }
  if (reply) freeReplyObject(reply);
}

/* Asks some node that answers for the slot map; seeds are tried again when none does. */
static void refresh(struct store *store) {
  const uint64_t now = uv_now(store->loop);
  const bool wanted = store->refresh_wanted || now >= store->refresh_by || !nodes_ready(store);
  if (!wanted || store->refreshing || now < store->refresh_after) return;
  struct link *ready = NULL;
  const int start = store->n_links ? (int)(now % (uint64_t)store->n_links) : 0;
  for (int i = 0; i < store->n_links && !ready; i++) {
    struct link *link = store->links[(start + i) % store->n_links];
    if (link_state(link) == LINK_READY) ready = link;
  }
  for (int i = 0; i < store->n_seeds && !ready; i++) link_to(store, store->seeds[i].host, store->seeds[i].port, 0);
  if (!ready) return;
  store->refresh_after = now + REFRESH_MIN_MS;
  if (link_send(ready, store->slots_bytes, store->slots_n, 0, now + REFRESH_MIN_MS, on_slots, store))
    store->refreshing = ready;
}

static void on_tick(uv_timer_t *timer) {
  struct store *store = timer->data;
  again(store);
  if (store->closing) return;
  if (store->cluster)
    refresh(store);
  else if (!store->again)
    uv_timer_stop(&store->tick);
}

/* --- opening and closing --- */

/* host[:port] or [v6][:port] up to `end`. */
static bool read_seed(struct route_node *seed, const char *text, const char *end) {
  const bool bracketed = text < end && *text == '[';
  const char *host = bracketed ? text + 1 : text;
  const char *host_end = memchr(host, bracketed ? ']' : ':', (size_t)(end - host));
  if (bracketed && !host_end) return false;
  if (!host_end) host_end = end;
  const char *rest = bracketed ? host_end + 1 : host_end;
  if (host_end == host || host_end - host >= ROUTE_HOST_MAX) return false;
  *seed = (struct route_node){.port = 6379};
  memcpy(seed->host, host, (size_t)(host_end - host));
  if (rest == end) return true;
  if (*rest != ':') return false;
  char *port_end = NULL;
  const long port = strtol(rest + 1, &port_end, 10);
  seed->port = (int)port;
  return port_end == end && port >= 1 && port <= 65535;
}

static bool copy_part(char *to, const char *from, const char *end) {
  if (end - from >= CREDENTIAL_MAX) return false;
  memcpy(to, from, (size_t)(end - from));
  return true;
}

/* redis://[[user]:password@]host:port[,host:port...] */
static bool read_url(struct store *store, const char *url) {
  static const char scheme[] = "redis://";
  if (strncmp(url, scheme, sizeof scheme - 1) != 0) return false;
  const char *at = url + sizeof scheme - 1, *hosts = strrchr(at, '@');
  if (hosts) {
    const char *colon = memchr(at, ':', (size_t)(hosts - at));
    if (!colon || !copy_part(store->user, at, colon) || !copy_part(store->password, colon + 1, hosts)) return false;
    at = hosts + 1;
  }
  for (;;) {
    const char *end = at + strcspn(at, ",/");
    if (store->n_seeds == ROUTE_NODES_MAX) return false;
    if (!read_seed(&store->seeds[store->n_seeds++], at, end)) return false;
    if (*end != ',') return store->cluster || store->n_seeds == 1;
    at = end + 1;
  }
}

/* RESP of the words, in malloc'ed memory. */
static char *format_words(int n, const char *const *words, const size_t *lengths, size_t *size) {
  char *bytes = NULL;
  const int made = redisFormatCommandArgv(&bytes, n, (const char **)words, lengths);
  must(made > 0);
  *size = (size_t)made;
  return bytes;
}

static void add_hello(struct store *store, char *bytes, size_t n, const char *tolerated, const char *tolerated_too) {
  store->link_config.hello[store->link_config.n_hello++] =
      (struct link_hello){.bytes = bytes, .n = n, .tolerated = {tolerated, tolerated_too}};
}

static void make_commands(struct store *store) {
  size_t n;
  const char *words[3] = {"AUTH", store->user, store->password};
  if (!store->user[0]) words[1] = store->password;
  if (store->password[0]) {
    char *auth = format_words(store->user[0] ? 3 : 2, words, NULL, &n);
    add_hello(store, auth, n, NULL, NULL);
  }
  char *name = format_words(3, (const char *[]){"CLIENT", "SETNAME", store->name}, NULL, &n);
  add_hello(store, name, n, "NOPERM", NULL);
  const struct library *library = library_of_functions();
  store->load_bytes = format_words(3, (const char *[]){"FUNCTION", "LOAD", library->text},
                                   (const size_t[]){8, 4, library->n}, &store->load_n);
  /* loaded before by anyone; a replica gets them from its master */
  add_hello(store, store->load_bytes, store->load_n, "ERR Library '", "READONLY");
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
  if (!read_url(store, config->url)) {
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
    for (int i = 0; i < store->n_seeds; i++) link_to(store, store->seeds[i].host, store->seeds[i].port, 0);
    memset(store->map->of_slot, ROUTE_NOWHERE, sizeof store->map->of_slot);
    store->refresh_wanted = true;
    uv_timer_start(&store->tick, on_tick, TICK_MS, TICK_MS);
  } else {
    route_single(store->map, store->seeds[0].host, store->seeds[0].port);
    use_nodes(store);
  }
  return store;
}

static void handle_gone(struct store *store) {
  if (--store->open_handles > 0) return;
  void (*closed)(void *) = store->closed;
  void *context = store->closed_context;
  store_free(store);
  if (closed) closed(context);
}

static void on_timer_closed(uv_handle_t *handle) {
  handle_gone(handle->data);
}

void store_close(struct store *store, void (*closed)(void *context), void *context) {
  must(!store->closing);
  store->closing = true;
  store->closed = closed;
  store->closed_context = context;
  uv_close((uv_handle_t *)&store->tick, on_timer_closed);
  while (store->n_links) forget_link(store, store->n_links - 1);
  again(store);
}

bool store_ready(const struct store *store) {
  for (int slot = 0; slot < ROUTE_SLOTS; slot++)
    if (store->map->of_slot[slot] == ROUTE_NOWHERE) return false;
  return nodes_ready(store) && !store->closing;
}

bool store_spans_buckets(const struct store *store) {
  return !store->cluster;
}

/* --- asking --- */

void store_command(struct store *store, uint32_t bucket, unsigned flags, int argc, const char *const *argv,
                   const size_t *argvlen, int deadline_ms, store_done *done, void *context) {
  store->metrics.asked++;
  if (store->closing) {
    done(context, STORE_AWAY, NULL, "the store is closing");
    return;
  }
  uv_update_time(store->loop); /* the deadline counts from now, not from when this turn of the loop began */
  struct ask *ask = calloc(1, sizeof *ask);
  char *bytes = NULL;
  const int n = redisFormatCommandArgv(&bytes, argc, (const char **)argv, argvlen);
  must(ask != NULL && n > 0);
  *ask = (struct ask){.store = store,
                      .n = ASKING_BYTES + (size_t)n,
                      .bytes = malloc(ASKING_BYTES + (size_t)n),
                      .slot = route_slot_of_bucket(bucket),
                      .lane = (uint8_t)(bucket % (uint32_t)store->lanes),
                      .flags = flags,
                      .deadline = uv_now(store->loop) + (uint64_t)(deadline_ms > 0 ? deadline_ms : 0),
                      .asked_us = (uint64_t)steady_us(),
                      .backoff_ms = AGAIN_MIN_MS,
                      .done = done,
                      .context = context};
  must(ask->bytes != NULL);
  memcpy(ask->bytes, ASKING, ASKING_BYTES);
  memcpy(ask->bytes + ASKING_BYTES, bytes, (size_t)n);
  redisFreeCommand(bytes);
  dispatch(ask);
}

void store_ask(struct store *store, const struct command *command, unsigned flags, int deadline_ms, store_done *done,
               void *context) {
  store_command(store, command->bucket, flags, command->argc, command->argv, command->argvlen, deadline_ms, done,
                context);
}

Yz__Problem *store_problem(struct arena *arena, enum store_result result, const char *text) {
  must(result != STORE_OK);
  if (result == STORE_ERROR) return problem_new(arena, YZ__CODE__DEFECT, NULL, "the store refused: %s", text);
  return problem_new(arena, YZ__CODE__STORE_AWAY, NULL, "%s%s",
                     result == STORE_UNKNOWN ? "written, but no answer came: " : "not written: ", text);
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
