#include "store_url.h"

#include <stdlib.h>
#include <string.h>

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

bool store_url_read(struct store_url *url, const char *text) {
  *url = (struct store_url){0};
  static const char scheme[] = "redis://";
  if (strncmp(text, scheme, sizeof scheme - 1) != 0) return false;
  const char *at = text + sizeof scheme - 1, *hosts = strrchr(at, '@');
  if (hosts) {
    const char *colon = memchr(at, ':', (size_t)(hosts - at));
    if (!colon || !copy_part(url->user, at, colon) || !copy_part(url->password, colon + 1, hosts)) return false;
    at = hosts + 1;
  }
  for (;;) {
    const char *end = at + strcspn(at, ",/");
    if (url->n_seeds == ROUTE_NODES_MAX) return false;
    if (!read_seed(&url->seeds[url->n_seeds++], at, end)) return false;
    if (*end != ',') return true;
    at = end + 1;
  }
}
