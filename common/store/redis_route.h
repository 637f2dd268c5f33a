/* redis_route.h - where a key lives in a Redis Cluster: slots, the slot map, redirections. Pure. */
#ifndef YZ_STORE_REDIS_ROUTE_H
#define YZ_STORE_REDIS_ROUTE_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ROUTE_SLOTS = 16384, ROUTE_NODES_MAX = 64, ROUTE_HOST_MAX = 256, ROUTE_NOWHERE = 255 };

/* CRC16/XMODEM of the key, or of what stands between its first '{' and the next '}' if that is not empty. */
uint16_t route_slot(const char *key, size_t n);
/* Slot of everything in a bucket. */
uint16_t route_slot_of_bucket(uint32_t bucket);

struct route_node {
  char host[ROUTE_HOST_MAX];
  int port;
};

struct route_map {
  int n_nodes;
  struct route_node nodes[ROUTE_NODES_MAX]; /* masters */
  uint8_t of_slot[ROUTE_SLOTS];             /* index in nodes, or ROUTE_NOWHERE */
};

/* A map with one node for every slot. */
void route_single(struct route_map *map, const char *host, int port);
/* Reads the reply to CLUSTER SLOTS that came from `from_host` (an empty host in it means that one). False when it makes
 * no sense; then the map is not to be used. */
bool route_read(struct route_map *map, const redisReply *reply, const char *from_host);
/* Index of the node, or -1. */
int route_find(const struct route_map *map, const char *host, int port);

/* "MOVED 3999 127.0.0.1:6381" and "ASK ...". */
struct route_redirect {
  bool ask;
  uint16_t slot;
  struct route_node to;
};
bool route_redirect_read(struct route_redirect *redirect, const char *error, const char *from_host);

#endif
