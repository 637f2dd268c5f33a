#include "http_connection.h"

void http_pause(struct http_exchange *exchange, uint32_t ms) {
  struct http_connection *connection = ((struct http_work *)exchange)->connection;
  if (!connection) return;
  connection->paused = true;
  connection->pause_ms = ms;
  connection->until_ms = connection->since_ms + ms;
}

static void leave(struct http_connection *connection) {
  struct http_shared *shared = connection->shared;
  struct http_connection *newer = connection->newer, *older = connection->older;
  *(newer ? &newer->older : &shared->waiting_newest) = older;
  *(older ? &older->newer : &shared->waiting_oldest) = newer;
  connection->waiting = false;
  shared->stats.waiting--;
}

void http_pause_end(struct http_connection *connection, uint64_t now_ms) {
  if (!connection->waiting && now_ms >= connection->until_ms) connection->paused = false;
}

void http_pause_wait(struct http_connection *connection, uint64_t now_ms) {
  if (connection->waiting) return;
  struct http_shared *shared = connection->shared;
  connection->waiting = true;
  connection->until_ms = now_ms + connection->pause_ms;
  connection->newer = NULL;
  connection->older = shared->waiting_newest;
  *(shared->waiting_newest ? &shared->waiting_newest->newer : &shared->waiting_oldest) = connection;
  shared->waiting_newest = connection;
  shared->stats.waiting++;
}

void http_pause_forget(struct http_connection *connection) {
  if (connection->waiting) leave(connection);
}

static void go_on(struct http_connection *connection, uint64_t now_ms, bool late) {
  leave(connection);
  connection->paused = false;
  connection->late = late;
  connection->since_ms = now_ms;
  connection->shared->wake(connection->peer);
}

static uint32_t room_of(const struct http_shared *shared) {
  return shared->room ? shared->room(shared->ctx) : 0;
}

bool http_pause_due(const struct http_shared *shared) {
  return shared->waiting_newest && room_of(shared) > 0;
}

void http_pause_look(struct http_shared *shared, uint64_t now_ms) {
  if (!shared->waiting_newest) return;
  for (uint32_t room = room_of(shared); room > 0 && shared->waiting_newest; room--)
    go_on(shared->waiting_newest, now_ms, false);
  while (shared->waiting_oldest && now_ms >= shared->waiting_oldest->until_ms)
    go_on(shared->waiting_oldest, now_ms, true);
}
