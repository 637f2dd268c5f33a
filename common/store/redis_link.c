#include "redis_link.h"

#include "log.h"
#include "must.h"
#include "redis_queue.h"
#include "resp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_MS = 50, READ_BYTES = 64 * 1024, ADDRESSES_MAX = 8, TROUBLE_MAX = 160 };

/* One attempt at a connection; outlives the link's interest in it until libuv has closed it. */
struct conn {
  uv_tcp_t tcp;
  uv_connect_t connect;
  uv_write_t write;
  struct link *link; /* NULL: given up */
  char *rest;        /* being written */
  bool writing;
};

/* A name being resolved. The link waits for it even when it does not want it any more. */
struct lookup {
  uv_getaddrinfo_t request;
  struct link *link;
  bool wanted;
};

struct link {
  uv_loop_t *loop;
  struct link_config config;
  char host[LINK_HOST_MAX], trouble[TROUBLE_MAX];
  enum link_state state;
  uv_timer_t tick;
  uv_check_t check; /* writes the batch */
  uv_idle_t idle;   /* keeps the loop from sleeping before it */
  struct lookup *lookup;
  struct conn *conn;
  struct sockaddr_storage addresses[ADDRESSES_MAX];
  int n_addresses, next_address;
  int refusal;    /* of the last address tried */
  uint64_t until; /* IDLE: when to connect; RESOLVING .. HELLO: when to give up */
  int backoff_ms;
  uint64_t jitter;
  struct resp resp;
  struct queue waiting, sent, held;
  char *out;
  size_t out_n, out_size;
  char *in;
  struct link_metrics metrics;
  int holders; /* handles and lookups */
  void (*closed)(void *);
  void *closed_context;
};

static void wake(struct link *link);
static void connect_next(struct link *link);

/* --- connection --- */

static void on_conn_closed(uv_handle_t *handle) {
  struct conn *conn = handle->data;
  free(conn->rest);
  free(conn);
}

static void drop_conn(struct link *link) {
  struct conn *conn = link->conn;
  link->conn = NULL;
  if (!conn) return;
  conn->link = NULL;
  uv_close((uv_handle_t *)&conn->tcp, on_conn_closed);
}

/* The connection, or the attempt at one, is over: back off; what was written has an unknown end. */
static void lose(struct link *link, const char *why) {
  if (link->state == LINK_READY) link->metrics.losses++;
  char text[TROUBLE_MAX], host[TROUBLE_MAX];
  snprintf(text, sizeof text, "%s", why);
  if (strcmp(text, link->trouble) != 0)
    log_line(LOG_WARN, "redis away", "\"host\":%s,\"port\":%d,\"why\":%s", log_text(link->host, host, sizeof host),
             link->config.port, log_text(text, (char[2 * TROUBLE_MAX]){0}, (unsigned long)2 * TROUBLE_MAX));
  memcpy(link->trouble, text, sizeof text);
  drop_conn(link);
  resp_close(&link->resp);
  link->state = LINK_IDLE;
  link->jitter = link->jitter * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  link->until = uv_now(link->loop) + (uint64_t)link->backoff_ms / 2 + (link->jitter >> 33) % (uint64_t)link->backoff_ms;
  link->backoff_ms = link->backoff_ms * 2 > LINK_BACKOFF_MAX_MS ? LINK_BACKOFF_MAX_MS : link->backoff_ms * 2;
  struct queue over = {0};
  queue_append(&over, &link->held);
  queue_append(&over, &link->sent);
  queue_finish(&over, LINK_UNKNOWN);
}

static void on_written(uv_write_t *request, int status) {
  struct conn *conn = request->data;
  conn->writing = false;
  free(conn->rest);
  conn->rest = NULL;
  if (!conn->link) return;
  if (status < 0)
    lose(conn->link, uv_strerror(status));
  else
    wake(conn->link);
}

enum written { WROTE_ALL, WROTE_NOTHING, WROTE_PART };

/* Writes link->out: at once what the socket takes, the rest when it will (ALL). PART: the connection is of no more use.
 */
static enum written write_out(struct link *link) {
  struct conn *conn = link->conn;
  uv_buf_t buffer = uv_buf_init(link->out, (unsigned)link->out_n);
  const int n = uv_try_write((uv_stream_t *)&conn->tcp, &buffer, 1);
  const size_t total = link->out_n, done = n > 0 ? (size_t)n : 0;
  link->out_n = 0;
  if (n < 0 && n != UV_EAGAIN) return WROTE_NOTHING;
  if (done == total) return WROTE_ALL;
  conn->rest = link->out;
  link->out = NULL;
  link->out_size = 0;
  buffer = uv_buf_init(conn->rest + done, (unsigned)(total - done));
  conn->write.data = conn;
  conn->writing = uv_write(&conn->write, (uv_stream_t *)&conn->tcp, &buffer, 1, on_written) == 0;
  return conn->writing ? WROTE_ALL : WROTE_PART;
}

static void out_add(struct link *link, const char *bytes, size_t n) {
  if (link->out_size - link->out_n < n) {
    link->out_size = 2 * link->out_size + n;
    link->out = realloc(link->out, link->out_size);
    must(link->out != NULL);
  }
  memcpy(link->out + link->out_n, bytes, n);
  link->out_n += n;
}

/* --- replies --- */

/* WAIT is answered: so are the writes before it. */
static void settle_held(struct link *link, redisReply *reply) {
  /* the answers themselves are worth nothing before they are as durable as was asked for */
  const bool enough = reply->type == REDIS_REPLY_INTEGER && reply->integer >= link->config.wait_replicas;
  if (!enough) link->metrics.shortfalls++;
  resp_free(reply);
  struct queue held = link->held;
  link->held = (struct queue){0};
  for (struct entry *entry; (entry = queue_pop(&held));) {
    redisReply *answer = enough ? entry->reply : NULL;
    entry_finish(entry, enough ? LINK_OK : LINK_SHORT, answer);
  }
}

static bool begins(const char *text, const char *prefix) {
  return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* False when the node cannot serve yet: the link was lost. */
static bool hello_answered(struct link *link, const struct link_hello *hello, redisReply *reply) {
  bool fine = reply->type != REDIS_REPLY_ERROR;
  for (size_t i = 0; !fine && i < LINK_TOLERATED_MAX && hello->tolerated[i]; i++)
    fine = begins(reply->str, hello->tolerated[i]);
  char text[TROUBLE_MAX];
  snprintf(text, sizeof text, "%s", fine ? "" : reply->str);
  if (fine && hello->told) hello->told(link, reply);
  resp_free(reply);
  if (!fine) {
    lose(link, text);
    return false;
  }
  if (link->sent.n > 0) return true;
  link->state = LINK_READY;
  link->metrics.connects++;
  link->backoff_ms = LINK_BACKOFF_MIN_MS;
  link->trouble[0] = '\0';
  char host[TROUBLE_MAX];
  log_line(LOG_INFO, "redis connected", "\"host\":%s,\"port\":%d", log_text(link->host, host, sizeof host),
           link->config.port);
  wake(link);
  return true;
}

/* False when the connection ended in here. */
static bool answer(struct link *link, redisReply *reply) {
  struct entry *entry = link->sent.first;
  if (!entry) {
    resp_free(reply);
    lose(link, "a reply that nobody asked for");
    return false;
  }
  if (entry->skip) {
    entry->skip--;
    resp_free(reply);
    return true;
  }
  queue_pop(&link->sent);
  const struct conn *conn = link->conn;
  if (entry->kind == ENTRY_HELLO) {
    const struct link_hello *hello = entry->hello;
    free(entry);
    return hello_answered(link, hello, reply);
  }
  if (entry->kind == ENTRY_WAIT) {
    free(entry);
    settle_held(link, reply);
  } else if ((entry->flags & LINK_WRITE) && link->config.wait_replicas > 0 && reply->type != REDIS_REPLY_ERROR) {
    entry->reply = reply;
    queue_push(&link->held, entry);
  } else {
    entry_finish(entry, LINK_OK, reply);
  }
  return link->conn == conn;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  (void)suggested;
  const struct conn *conn = handle->data;
  *buffer = conn->link ? uv_buf_init(conn->link->in, READ_BYTES) : uv_buf_init(NULL, 0);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer) {
  struct conn *conn = stream->data;
  struct link *link = conn->link;
  if (!link || n == 0) return;
  if (n < 0) {
    lose(link, uv_strerror((int)n));
    return;
  }
  if (!resp_feed(&link->resp, buffer->base, (size_t)n)) {
    lose(link, "out of memory");
    return;
  }
  for (redisReply *reply;;) {
    const enum resp_state state = resp_next(&link->resp, &reply);
    if (state == RESP_BROKEN) lose(link, "what came is not RESP, or too large");
    if (state != RESP_REPLY) break;
    if (!answer(link, reply)) return;
  }
  if (link->waiting.n) wake(link);
}

/* --- connecting --- */

static void say_hello(struct link *link) {
  link->state = LINK_HELLO;
  link->until = uv_now(link->loop) + LINK_CONNECT_MS;
  if (!resp_open(&link->resp)) {
    lose(link, "out of memory");
    return;
  }
  for (int i = 0; i < link->config.n_hello; i++) {
    struct entry *entry = entry_new(ENTRY_HELLO);
    entry->hello = &link->config.hello[i];
    entry->written_at = uv_now(link->loop);
    out_add(link, entry->hello->bytes, entry->hello->n);
    queue_push(&link->sent, entry);
  }
  if (write_out(link) != WROTE_ALL) lose(link, "the connection broke at once");
}

static void on_connected(uv_connect_t *request, int status) {
  struct conn *conn = request->data;
  struct link *link = conn->link;
  if (!link) return;
  if (status == 0) status = uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read);
  if (status == 0) {
    uv_tcp_nodelay(&conn->tcp, 1);
    uv_tcp_keepalive(&conn->tcp, 1, 30);
    say_hello(link);
    return;
  }
  link->refusal = status;
  drop_conn(link);
  connect_next(link);
}

static void connect_next(struct link *link) {
  while (link->next_address < link->n_addresses) {
    const struct sockaddr *address = (const struct sockaddr *)&link->addresses[link->next_address++];
    struct conn *conn = calloc(1, sizeof *conn);
    must(conn != NULL);
    must(uv_tcp_init(link->loop, &conn->tcp) == 0);
    conn->tcp.data = conn->connect.data = conn;
    conn->link = link;
    link->conn = conn;
    link->state = LINK_CONNECTING;
    link->until = uv_now(link->loop) + LINK_CONNECT_MS;
    link->refusal = uv_tcp_connect(&conn->connect, &conn->tcp, address, on_connected);
    if (link->refusal == 0) return;
    drop_conn(link);
  }
  lose(link, uv_strerror(link->refusal));
}

static void release(struct link *link);

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *found) {
  struct lookup *lookup = request->data;
  struct link *link = lookup->link;
  if (lookup->wanted) {
    link->lookup = NULL;
    link->n_addresses = link->next_address = 0;
    for (struct addrinfo *at = status == 0 ? found : NULL; at && link->n_addresses < ADDRESSES_MAX; at = at->ai_next)
      memcpy(&link->addresses[link->n_addresses++], at->ai_addr, at->ai_addrlen);
    if (link->n_addresses)
      connect_next(link);
    else
      lose(link, status ? uv_strerror(status) : "the host has no address");
  }
  uv_freeaddrinfo(found);
  free(lookup);
  release(link);
}

static void forget_lookup(struct link *link) {
  if (!link->lookup) return;
  link->lookup->wanted = false;
  uv_cancel((uv_req_t *)&link->lookup->request);
  link->lookup = NULL;
}

static void resolve(struct link *link) {
  link->state = LINK_RESOLVING;
  uv_update_time(link->loop);
  link->until = uv_now(link->loop) + LINK_CONNECT_MS;
  struct lookup *lookup = calloc(1, sizeof *lookup);
  must(lookup != NULL);
  *lookup = (struct lookup){.link = link, .wanted = true};
  lookup->request.data = lookup;
  char port[16];
  snprintf(port, sizeof port, "%d", link->config.port);
  const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
  const int status = uv_getaddrinfo(link->loop, &lookup->request, on_resolved, link->host, port, &hints);
  if (status == 0) {
    link->lookup = lookup;
    link->holders++;
    return;
  }
  free(lookup);
  lose(link, uv_strerror(status));
}

/* --- writing --- */

/* Moves what may be written now from the waiting to `batch`, its bytes to link->out. */
static void gather(struct link *link, struct queue *batch) {
  bool writes = false;
  while (link->waiting.n && link->sent.n + batch->n < LINK_IN_FLIGHT_MAX && link->out_n < LINK_BATCH_BYTES) {
    struct entry *entry = queue_pop(&link->waiting);
    writes = writes || (entry->flags & LINK_WRITE);
    entry->written_at = uv_now(link->loop);
    entry->skip = entry->flags & LINK_TWO_REPLIES ? 1 : 0;
    out_add(link, entry->bytes, entry->n);
    queue_push(batch, entry);
  }
  if (!writes || link->config.wait_replicas == 0) return;
  char wait[64], replicas[16], ms[16];
  snprintf(replicas, sizeof replicas, "%d", link->config.wait_replicas);
  snprintf(ms, sizeof ms, "%d", LINK_WAIT_MS);
  const int n = snprintf(wait, sizeof wait, "*3\r\n$4\r\nWAIT\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n", strlen(replicas),
                         replicas, strlen(ms), ms);
  out_add(link, wait, (size_t)n);
  struct entry *entry = entry_new(ENTRY_WAIT);
  entry->written_at = uv_now(link->loop);
  queue_push(batch, entry);
}

static void put_back(struct link *link, struct queue *batch) {
  struct queue again = {0};
  for (struct entry *entry; (entry = queue_pop(batch));)
    if (entry->kind == ENTRY_WAIT)
      free(entry);
    else
      queue_push(&again, entry);
  queue_append(&again, &link->waiting);
  link->waiting = again;
}

static void on_check(uv_check_t *check) {
  struct link *link = check->data;
  if (link->state == LINK_READY && !link->conn->writing && link->waiting.n && link->sent.n < LINK_IN_FLIGHT_MAX) {
    struct queue batch = {0};
    gather(link, &batch);
    link->metrics.batches++;
    const enum written written = write_out(link);
    if (written == WROTE_NOTHING)
      put_back(link, &batch);
    else
      queue_append(&link->sent, &batch);
    if (written != WROTE_ALL) lose(link, "the connection broke");
    if (link->state == LINK_READY && link->waiting.n && !link->conn->writing) return; /* the next batch, next turn */
  }
  uv_check_stop(&link->check);
  uv_idle_stop(&link->idle);
}

static void on_idle(uv_idle_t *idle) {
  (void)idle;
}

static void on_tick(uv_timer_t *timer);

/* Something is to be written or to be watched. */
static void wake(struct link *link) {
  if (link->state == LINK_CLOSED) return;
  if (!uv_is_active((uv_handle_t *)&link->tick)) uv_timer_start(&link->tick, on_tick, TICK_MS, TICK_MS);
  if (link->state != LINK_READY || !link->waiting.n) return;
  uv_check_start(&link->check, on_check);
  uv_idle_start(&link->idle, on_idle);
}

/* --- time --- */

static void expire_waiting(struct link *link, uint64_t now) {
  struct queue over = {0}, stay = {0};
  for (struct entry *entry; (entry = queue_pop(&link->waiting));)
    queue_push(entry->deadline <= now ? &over : &stay, entry);
  link->waiting = stay;
  queue_finish(&over, LINK_AWAY);
}

/* Written ones leave their entry behind, since replies are told apart by their order only. */
static void expire_written(const struct link *link, const struct queue *queue, uint64_t now) {
  for (struct entry *entry = queue->first, *next; entry; entry = next) {
    link_done *done = entry->done;
    next = entry->next;
    if (!done || entry->deadline > now) continue;
    entry->done = NULL;
    done(entry->context, LINK_UNKNOWN, NULL);
    if (link->state == LINK_CLOSED) return; /* by whom it was told: the entries are gone */
  }
}

static void on_tick(uv_timer_t *timer) {
  struct link *link = timer->data;
  const uint64_t now = uv_now(link->loop);
  if (link->state == LINK_IDLE) {
    if (now >= link->until) resolve(link);
  } else if (link->state == LINK_CONNECTING && now >= link->until) {
    link->refusal = UV_ETIMEDOUT;
    drop_conn(link);
    connect_next(link);
  } else if (link->state != LINK_READY && now >= link->until) {
    forget_lookup(link);
    lose(link, "no answer in time");
  } else if (link->state == LINK_READY && link->sent.n && now - link->sent.first->written_at > LINK_STALL_MS) {
    lose(link, "no answer in time");
  }
  expire_waiting(link, now);
  expire_written(link, &link->sent, now);
  expire_written(link, &link->held, now);
  if (link->state == LINK_READY && !link->waiting.n && !link->sent.n && !link->held.n) uv_timer_stop(&link->tick);
}

/* --- public --- */

struct link *link_open(uv_loop_t *loop, const struct link_config *config) {
  struct link *link = calloc(1, sizeof *link);
  must(link != NULL && config->n_hello >= 1 && config->n_hello <= LINK_HELLO_MAX);
  link->loop = loop;
  link->config = *config;
  snprintf(link->host, sizeof link->host, "%s", config->host);
  snprintf(link->trouble, sizeof link->trouble, "not connected yet");
  link->in = malloc(READ_BYTES);
  must(link->in != NULL);
  link->backoff_ms = LINK_BACKOFF_MIN_MS;
  link->jitter = uv_hrtime() ^ (uint64_t)(uintptr_t)link;
  must(uv_timer_init(loop, &link->tick) == 0);
  must(uv_check_init(loop, &link->check) == 0);
  must(uv_idle_init(loop, &link->idle) == 0);
  link->tick.data = link->check.data = link->idle.data = link;
  link->holders = 3;
  resolve(link);
  wake(link);
  return link;
}

/* The last of the handles and lookups that hold the link frees it. */
static void release(struct link *link) {
  if (--link->holders > 0) return;
  void (*closed)(void *) = link->closed;
  void *context = link->closed_context;
  free(link->out);
  free(link->in);
  free(link);
  if (closed) closed(context);
}

static void on_handle_closed(uv_handle_t *handle) {
  release(handle->data);
}

void link_close(struct link *link, void (*closed)(void *context), void *context) {
  must(link->state != LINK_CLOSED);
  link->state = LINK_CLOSED;
  link->closed = closed;
  link->closed_context = context;
  forget_lookup(link);
  drop_conn(link);
  resp_close(&link->resp);
  queue_finish(&link->held, LINK_UNKNOWN);
  queue_finish(&link->sent, LINK_UNKNOWN);
  queue_finish(&link->waiting, LINK_AWAY);
  uv_close((uv_handle_t *)&link->tick, on_handle_closed);
  uv_close((uv_handle_t *)&link->check, on_handle_closed);
  uv_close((uv_handle_t *)&link->idle, on_handle_closed);
}

bool link_send(struct link *link, const char *bytes, size_t n, unsigned flags, uint64_t deadline, link_done *done,
               void *context) {
  if (link->state == LINK_CLOSED || link->waiting.n >= LINK_WAITING_MAX) return false;
  struct entry *entry = entry_new(ENTRY_COMMAND);
  entry->bytes = bytes;
  entry->n = n;
  entry->flags = (uint8_t)flags;
  entry->deadline = deadline;
  entry->done = done;
  entry->context = context;
  queue_push(&link->waiting, entry);
  wake(link);
  return true;
}

enum link_state link_state(const struct link *link) {
  return link->state;
}
const char *link_host(const struct link *link) {
  return link->host;
}
int link_port(const struct link *link) {
  return link->config.port;
}
int link_lane(const struct link *link) {
  return link->config.lane;
}
const char *link_trouble(const struct link *link) {
  return link->trouble;
}
struct link_metrics link_metrics(const struct link *link) {
  return link->metrics;
}
uint32_t link_waiting(const struct link *link) {
  return link->waiting.n;
}
uint32_t link_in_flight(const struct link *link) {
  return link->sent.n + link->held.n;
}
