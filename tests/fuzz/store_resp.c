/* Whatever a server sends, in pieces of any size: replies, or a broken connection; and a slot map and redirections are
 * read or refused. The first byte says how large the pieces are. */
#include "redis_route.h"
#include "resp.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct route_map map;

static void look_at(const redisReply *reply) {
  struct route_redirect redirect;
  if (reply->type == REDIS_REPLY_ERROR) route_redirect_read(&redirect, reply->str, "h");
  if (route_read(&map, reply, "h") && (map.n_nodes < 1 || map.n_nodes > ROUTE_NODES_MAX)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2) return 0;
  const size_t piece = data[0] ? data[0] : size;
  struct resp resp;
  if (!resp_open(&resp)) return 0;
  enum resp_state state = RESP_MORE;
  for (size_t at = 1; at < size && state != RESP_BROKEN; at += piece) {
    if (!resp_feed(&resp, (const char *)data + at, size - at < piece ? size - at : piece)) break;
    redisReply *reply;
    while ((state = resp_next(&resp, &reply)) == RESP_REPLY) {
      look_at(reply);
      resp_free(reply);
    }
  }
  resp_close(&resp);
  return 0;
}
