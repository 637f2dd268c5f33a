/* store_state.h - what the files of the store share: the store, its nodes, the commands on their way. */
#ifndef YZ_STORE_STORE_STATE_H
#define YZ_STORE_STORE_STATE_H

#include "redis_link.h"
#include "redis_route.h"
#include "store.h"
#include "store_url.h"

enum { STORE_LINKS_MAX = 2 * ROUTE_NODES_MAX * STORE_LANES_MAX, STORE_SHARED_MAX = 4 };

struct ask; /* store_ask.c */

struct store {
  uv_loop_t *loop;
  bool cluster, closing;
  struct store_url url;
  char name[64];
  struct link_config link_config; /* but for host and port */
  struct route_map *map, *next_map;
  int n_links;
  int lanes;
  struct link *links[STORE_LINKS_MAX];
  struct link *link_of[ROUTE_NODES_MAX][STORE_LANES_MAX]; /* by index in map->nodes */
  struct link *refreshing;                                /* asked for the slot map */
  bool refresh_wanted;
  uint64_t refresh_after, refresh_by;
  char *slots_bytes, *load_bytes;
  size_t slots_n, load_n;
  char load_refused[STORE_TEXT]; /* what the last loading of our functions was refused with; "": it was not */
  struct ask *again, **again_end;
  struct ask *shared[STORE_SHARED_MAX]; /* the last reads that may still be joined */
  uint32_t shared_next;
  uv_timer_t tick;
  uint64_t jitter;
  struct store_metrics metrics;
  struct link_metrics former; /* of links that are gone */
  int open_handles;
  void (*closed)(void *);
  void *closed_context;
};

/* --- store.c --- */

/* One of what holds the store's memory is gone; the last one frees it. */
void store_release(struct store *store);
/* Sees to it that the clock ticks: something waits for its time. */
void store_tick(struct store *store);

/* --- store_nodes.c --- */

/* The link of that lane to that node, opened when there is none; NULL beyond STORE_LINKS_MAX. */
struct link *store_link_to(struct store *store, const char *host, int port, int lane);
/* Closes links[i]; what is outstanding there is answered. */
void store_forget_link(struct store *store, int i);
/* Opens the links that the map needs. */
void store_use_nodes(struct store *store);
bool store_nodes_ready(const struct store *store);
/* Asks for the slot map again, when it is wanted and time. */
void store_refresh(struct store *store);

/* --- store_ask.c --- */

/* Sends again what is due, and ends what is too late. */
void store_again(struct store *store);

#endif
