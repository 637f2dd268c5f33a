#include "must.h"
#include "resp.h"
#include "store_state.h"

#include <string.h>

enum {
  REFRESH_MIN_MS = 1000, /* the slot map is asked for at most so often .. */
  REFRESH_MS = 15000     /* .. and at least so often */
};

struct link *store_link_to(struct store *store, const char *host, int port, int lane) {
  for (int i = 0; i < store->n_links; i++) {
    struct link *link = store->links[i];
    if (link_lane(link) == lane && link_port(link) == port && strcmp(link_host(link), host) == 0) return link;
  }
  if (store->n_links == STORE_LINKS_MAX) return NULL;
  struct link_config config = store->link_config;
  config.host = host;
  config.port = port;
  config.lane = lane;
  store->open_handles++;
  return store->links[store->n_links++] = link_open(store->loop, &config);
}

static void on_link_closed(void *context) {
  store_release(context);
}

void store_forget_link(struct store *store, int i) {
  struct link *link = store->links[i];
  const struct link_metrics metrics = link_metrics(link);
  store->former.connects += metrics.connects;
  store->former.losses += metrics.losses;
  store->former.shortfalls += metrics.shortfalls;
  store->links[i] = store->links[--store->n_links];
  link_close(link, on_link_closed, store);
}

static bool in_map(const struct store *store, const struct link *link) {
  return route_find(store->map, link_host(link), link_port(link)) >= 0;
}

void store_use_nodes(struct store *store) {
  for (int i = 0; i < store->map->n_nodes; i++) {
    for (int lane = 0; lane < store->lanes; lane++) {
      store->link_of[i][lane] = store_link_to(store, store->map->nodes[i].host, store->map->nodes[i].port, lane);
      must(store->link_of[i][lane] != NULL); /* STORE_LINKS_MAX has room for them */
    }
  }
}

bool store_nodes_ready(const struct store *store) {
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
    if (!in_map(store, store->links[i])) store_forget_link(store, i);
  store_use_nodes(store);
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
  resp_free(reply);
}

/* Some node that answers is asked; seeds are tried again when none does. */
void store_refresh(struct store *store) {
  const uint64_t now = uv_now(store->loop);
  const bool wanted = store->refresh_wanted || now >= store->refresh_by || !store_nodes_ready(store);
  if (!wanted || store->refreshing || now < store->refresh_after) return;
  struct link *ready = NULL;
  const int start = store->n_links ? (int)(now % (uint64_t)store->n_links) : 0;
  for (int i = 0; i < store->n_links && !ready; i++) {
    struct link *link = store->links[(start + i) % store->n_links];
    if (link_state(link) == LINK_READY) ready = link;
  }
  for (int i = 0; i < store->url.n_seeds && !ready; i++)
    store_link_to(store, store->url.seeds[i].host, store->url.seeds[i].port, 0);
  if (!ready) return;
  store->refresh_after = now + REFRESH_MIN_MS;
  if (link_send(ready, store->slots_bytes, store->slots_n, 0, now + REFRESH_MIN_MS, on_slots, store))
    store->refreshing = ready;
}
