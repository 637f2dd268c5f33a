/* store_url.h - where Redis is, as one line. */
#ifndef YZ_STORE_STORE_URL_H
#define YZ_STORE_STORE_URL_H

#include "redis_route.h"

enum { CREDENTIAL_MAX = 256 };

struct store_url {
  char user[CREDENTIAL_MAX], password[CREDENTIAL_MAX]; /* "" when not given */
  int n_seeds;
  struct route_node seeds[ROUTE_NODES_MAX];
};

/* Reads redis://[[user]:password@]host[:port][,host[:port]...]; an IPv6 host stands in brackets. False when it is not
 * one. */
bool store_url_read(struct store_url *url, const char *text);

#endif
