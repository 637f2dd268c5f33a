#include "date.h"
#include "must.h"
#include "resp.h"
#include "store_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASKING "*1\r\n$6\r\nASKING\r\n"
enum {
  ASKING_BYTES = sizeof ASKING - 1,
  AGAIN_MIN_MS = 10, /* back-off of a command that was not executed: doubles, with jitter, up to .. */
  AGAIN_MAX_MS = 400,
  REDIRECTS = 4 /* followed at once; nodes that still send elsewhere do not agree yet */
};

/* A command on its way. */
struct ask {
  struct ask *next;
  struct ask *joined; /* answered by this one's reply; each `next` */
  uint64_t batches;   /* of the link, when this was sent to it */
  struct store *store;
  struct link *link; /* asked last */
  size_t n;          /* of `bytes` */
  uint16_t slot;
  uint8_t lane;
  unsigned flags;
  uint64_t deadline, again_at, asked_us;
  int backoff_ms, redirects;
  bool maybe;    /* an earlier attempt may have been executed */
  bool written;  /* .. and was, but reached too few replicas */
  bool reloaded; /* our functions were loaded for it */
  store_done *done;
  void *context;
  char bytes[]; /* RESP, with ASKING in front */
};

static const char no_replica[] = "it is at a master, and no replica has it yet";

static void tell(struct ask *ask, enum store_result result, const redisReply *reply, const char *text) {
  struct store *store = ask->store;
  if (result == STORE_OK) {
    const uint64_t us = (uint64_t)steady_us() - ask->asked_us;
    int i = 0;
    while (i < 23 && us >> (i + 1)) i++;
    store->metrics.latency_us[i]++;
  }
  uint64_t *counts[] = {&store->metrics.ok, &store->metrics.away, &store->metrics.unknown, &store->metrics.errors};
  ++*counts[result];
  ask->done(ask->context, result, reply, text);
  free(ask);
}

static void finish(struct ask *ask, enum store_result result, redisReply *reply, const char *text) {
  const bool write = ask->flags & STORE_WRITE;
  if (result == STORE_AWAY && ask->maybe && write) result = STORE_UNKNOWN;
  if (result == STORE_UNKNOWN && !write) result = STORE_AWAY; /* a read that did not answer changed nothing */
  struct ask *joined = ask->joined;
  tell(ask, result, reply, text);
  while (joined) {
    struct ask *next = joined->next;
    tell(joined, result, reply, text);
    joined = next;
  }
  resp_free(reply);
}

/* Nobody may join it any more. */
static void withdraw(const struct ask *ask) {
  struct store *store = ask->store;
  for (int i = 0; i < STORE_SHARED_MAX; i++)
    if (store->shared[i] == ask) store->shared[i] = NULL;
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
  store_tick(store);
}

static void on_answer(void *context, enum link_result result, redisReply *reply);

/* False when the link is full. */
static bool send_to(struct ask *ask, struct link *link, bool asking) {
  ask->link = link;
  ask->batches = link_metrics(link).batches;
  const unsigned flags = (ask->flags & (STORE_WRITE | STORE_KEPT) ? LINK_WRITE : 0u) | (asking ? LINK_TWO_REPLIES : 0u);
  const size_t skip = asking ? 0 : ASKING_BYTES;
  return link_send(link, ask->bytes + skip, ask->n - skip, flags, ask->deadline, on_answer, ask);
}

/* False when it has to wait. */
static bool dispatch(struct ask *ask) {
  struct store *store = ask->store;
  const uint8_t node = store->map->of_slot[ask->slot];
  if (node == ROUTE_NOWHERE) store->refresh_wanted = true;
  const bool sent = node != ROUTE_NOWHERE && send_to(ask, store->link_of[node][ask->lane], false);
  if (!sent) later(ask);
  return sent;
}

/* `context` is the store: the ask may be over before this, where the load waits for a replica. */
static void on_loaded(void *context, enum link_result result, redisReply *reply) {
  struct store *store = context;
  if (result == LINK_OK)
    snprintf(store->load_refused, sizeof store->load_refused, "%s", reply->type == REDIS_REPLY_ERROR ? reply->str : "");
  resp_free(reply);
}

/* The node does not know our functions: they were flushed, or it is a new master. Loads them ahead of a second try. */
static bool reload(struct ask *ask) {
  if (ask->reloaded) return false;
  ask->reloaded = true;
  struct store *store = ask->store;
  return link_send(ask->link, store->load_bytes, store->load_n, LINK_WRITE, ask->deadline, on_loaded, store) &&
         send_to(ask, ask->link, false);
}

/* True when the command is on its way again. */
static bool redirect(struct ask *ask, const char *error) {
  struct store *store = ask->store;
  struct route_redirect to;
  if (!store->cluster || !route_redirect_read(&to, error, link_host(ask->link))) return false;
  store->metrics.redirected++;
  const bool at_once = ++ask->redirects % (REDIRECTS + 1) != 0;
  struct link *link = store_link_to(store, to.to.host, to.to.port, ask->lane);
  if (!to.ask) {
    store->refresh_wanted = true;
    const int node = route_find(store->map, to.to.host, to.to.port);
    if (node >= 0) store->map->of_slot[to.slot] = (uint8_t)node;
  }
  return link && at_once && send_to(ask, link, to.ask);
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
    /* what an earlier attempt did is not known from what this one was refused with */
    finish(ask, ask->maybe && (ask->flags & STORE_WRITE) ? STORE_UNKNOWN : STORE_ERROR, NULL, error);
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
  if (verdict != VERDICT_RELOAD || !ask->reloaded)
    later(ask);
  else if (judge(store->load_refused) == VERDICT_AWAY) /* a node that takes no writes takes no functions */
    finish(ask, STORE_AWAY, NULL, store->load_refused);
  else
    finish(ask, STORE_ERROR, NULL, error);
}

static void on_answer(void *context, enum link_result result, redisReply *reply) {
  struct ask *ask = context;
  struct store *store = ask->store;
  withdraw(ask);
  if (result == LINK_OK && reply->type == REDIS_REPLY_ERROR) {
    char error[STORE_TEXT];
    snprintf(error, sizeof error, "%s", reply->str);
    resp_free(reply);
    on_refused(ask, error);
    return;
  }
  if (result == LINK_OK) {
    finish(ask, STORE_OK, reply, "");
    return;
  }
  const bool repeatable = result == LINK_AWAY || !(ask->flags & STORE_WRITE) || (ask->flags & STORE_IDEMPOTENT);
  ask->maybe = ask->maybe || result != LINK_AWAY;
  ask->written = ask->written || result == LINK_SHORT;
  if (repeatable && !store->closing && uv_now(store->loop) < ask->deadline) {
    store->metrics.retried++;
    later(ask);
    return;
  }
  char text[STORE_TEXT];
  snprintf(text, sizeof text, "redis at %.180s:%d: %s", link_host(ask->link), link_port(ask->link),
           ask->written                          ? no_replica
           : link_state(ask->link) == LINK_READY ? "no answer in time"
                                                 : link_trouble(ask->link));
  finish(ask, result == LINK_AWAY ? STORE_AWAY : STORE_UNKNOWN, NULL, text);
}

void store_again(struct store *store) {
  const uint64_t now = uv_now(store->loop);
  struct ask *list = store->again;
  store->again = NULL;
  store->again_end = &store->again;
  while (list) {
    struct ask *ask = list;
    list = ask->next;
    if (store->closing || now >= ask->deadline) {
      finish(ask, STORE_AWAY, NULL, ask->written ? no_replica : "no node of redis took the command in time");
    } else if (now >= ask->again_at) {
      dispatch(ask);
    } else {
      ask->next = NULL;
      *store->again_end = ask;
      store->again_end = &ask->next;
    }
  }
}

/* Lets another read that is not written to its link yet answer this one. */
static bool join(struct ask *ask) {
  struct store *store = ask->store;
  for (int i = 0; i < STORE_SHARED_MAX; i++) {
    struct ask *other = store->shared[i];
    if (!other || other->n != ask->n || memcmp(other->bytes, ask->bytes, ask->n) != 0) continue;
    if (link_metrics(other->link).batches != other->batches || other->deadline > ask->deadline) continue;
    ask->next = other->joined;
    other->joined = ask;
    return true;
  }
  return false;
}

void store_command(struct store *store, uint32_t bucket, unsigned flags, int argc, const char *const *argv,
                   const size_t *argvlen, int deadline_ms, store_done *done, void *context) {
  store->metrics.asked++;
  if (store->closing) {
    done(context, STORE_AWAY, NULL, "the store is closing");
    return;
  }
  uv_update_time(store->loop); /* the deadline counts from now, not from when this turn of the loop began */
  const size_t n = resp_command_size(argc, argv, argvlen);
  struct ask *ask = malloc(sizeof *ask + ASKING_BYTES + n);
  must(ask != NULL);
  *ask = (struct ask){.store = store,
                      .n = ASKING_BYTES + n,
                      .slot = route_slot_of_bucket(bucket),
                      .lane = (uint8_t)(bucket % (uint32_t)store->lanes),
                      .flags = flags,
                      .deadline = uv_now(store->loop) + (uint64_t)(deadline_ms > 0 ? deadline_ms : 0),
                      .asked_us = (uint64_t)steady_us(),
                      .backoff_ms = AGAIN_MIN_MS,
                      .done = done,
                      .context = context};
  memcpy(ask->bytes, ASKING, ASKING_BYTES);
  resp_command_write(ask->bytes + ASKING_BYTES, n, argc, argv, argvlen);
  if (flags & STORE_WRITE) memset(store->shared, 0, sizeof store->shared);
  if ((flags & STORE_SHARED) && join(ask)) return;
  if (dispatch(ask) && (flags & STORE_SHARED)) store->shared[store->shared_next++ % STORE_SHARED_MAX] = ask;
}

void store_ask(struct store *store, const struct command *command, unsigned flags, int deadline_ms, store_done *done,
               void *context) {
  store_command(store, command->bucket, flags, command->argc, command->argv, command->argvlen, deadline_ms, done,
                context);
}
