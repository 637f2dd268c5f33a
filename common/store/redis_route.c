#include "redis_route.h"

#include "id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint16_t crc16(const char *bytes, size_t n) {
  uint16_t crc = 0;
  for (size_t i = 0; i < n; i++) {
    crc = (uint16_t)(crc ^ (uint16_t)((unsigned char)bytes[i] << 8));
    for (int bit = 0; bit < 8; bit++) crc = (uint16_t)(crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1);
  }
  return crc;
}

uint16_t route_slot(const char *key, size_t n) {
  const char *open = memchr(key, '{', n);
  if (open) {
    const char *close = memchr(open + 1, '}', n - (size_t)(open + 1 - key));
    if (close && close > open + 1) return crc16(open + 1, (size_t)(close - open - 1)) & (ROUTE_SLOTS - 1);
  }
  return crc16(key, n) & (ROUTE_SLOTS - 1);
}

uint16_t route_slot_of_bucket(uint32_t bucket) {
  static uint16_t slots[BUCKETS];
  static bool made;
  for (uint32_t i = 0; !made && i < BUCKETS; i++) {
    char tag[16];
    slots[i] = route_slot(tag, (size_t)snprintf(tag, sizeof tag, "{b%04x}", (unsigned)i));
  }
  made = true;
  return slots[bucket % BUCKETS];
}

void route_single(struct route_map *map, const char *host, int port) {
  map->n_nodes = 1;
  snprintf(map->nodes[0].host, sizeof map->nodes[0].host, "%s", host);
  map->nodes[0].port = port;
  memset(map->of_slot, 0, sizeof map->of_slot);
}

int route_find(const struct route_map *map, const char *host, int port) {
  for (int i = 0; i < map->n_nodes; i++)
    if (map->nodes[i].port == port && strcmp(map->nodes[i].host, host) == 0) return i;
  return -1;
}

static bool port_fits(long long port) {
  return port >= 1 && port <= 65535;
}

/* Index of the node, added when it is new; -1 when it makes no sense or there are too many. */
static int node_of(struct route_map *map, const redisReply *node, const char *from_host) {
  if (node->type != REDIS_REPLY_ARRAY || node->elements < 2) return -1;
  const redisReply *name = node->element[0], *port = node->element[1];
  if (port->type != REDIS_REPLY_INTEGER || !port_fits(port->integer)) return -1;
  const bool named = name->type == REDIS_REPLY_STRING && name->len > 0;
  if ((!named && name->type != REDIS_REPLY_NIL && name->type != REDIS_REPLY_STRING) ||
      (named && name->len >= ROUTE_HOST_MAX))
    return -1;
  const char *host = named ? name->str : from_host;
  const int found = route_find(map, host, (int)port->integer);
  if (found >= 0) return found;
  if (map->n_nodes == ROUTE_NODES_MAX) return -1;
  struct route_node *added = &map->nodes[map->n_nodes];
  snprintf(added->host, sizeof added->host, "%s", host);
  added->port = (int)port->integer;
  return map->n_nodes++;
}

bool route_read(struct route_map *map, const redisReply *reply, const char *from_host) {
  map->n_nodes = 0;
  memset(map->of_slot, ROUTE_NOWHERE, sizeof map->of_slot);
  if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0) return false;
  for (size_t i = 0; i < reply->elements; i++) {
    const redisReply *range = reply->element[i];
    if (range->type != REDIS_REPLY_ARRAY || range->elements < 3) return false;
    const redisReply *first = range->element[0], *last = range->element[1];
    if (first->type != REDIS_REPLY_INTEGER || last->type != REDIS_REPLY_INTEGER || first->integer < 0 ||
        last->integer < first->integer || last->integer >= ROUTE_SLOTS)
      return false;
    const int node = node_of(map, range->element[2], from_host);
    if (node < 0) return false;
    memset(map->of_slot + first->integer, node, (size_t)(last->integer - first->integer + 1));
  }
  return true;
}

bool route_redirect_read(struct route_redirect *redirect, const char *error, const char *from_host) {
  const bool ask = strncmp(error, "ASK ", 4) == 0;
  if (!ask && strncmp(error, "MOVED ", 6) != 0) return false;
  char *end = NULL;
  const long slot = strtol(error + (ask ? 4 : 6), &end, 10);
  if (slot < 0 || slot >= ROUTE_SLOTS || *end != ' ') return false;
  const char *address = end + 1, *colon = strrchr(address, ':'); /* the last one: IPv6 has more */
  if (!colon || colon - address >= ROUTE_HOST_MAX) return false;
  const long port = strtol(colon + 1, &end, 10);
  if (!port_fits(port) || *end != '\0') return false;
  *redirect = (struct route_redirect){.ask = ask, .slot = (uint16_t)slot, .to.port = (int)port};
  if (colon == address)
    snprintf(redirect->to.host, ROUTE_HOST_MAX, "%s", from_host);
  else
    memcpy(redirect->to.host, address, (size_t)(colon - address));
  return true;
}
