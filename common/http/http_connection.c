#include "http_connection.h"

#include "date.h"
#include "must.h"
#include "problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  SPARE_MAX = 256,
  PAUSED_BYTES = 4096 /* that a paused connection reads ahead: a bill, so that nothing has to be done to the socket */
};

static struct http_work *work_new(struct http_connection *connection) {
  struct http_shared *shared = connection->shared;
  struct http_work *work = shared->spare;
  if (work) {
    shared->spare = work->next;
    shared->n_spare--;
  } else {
    work = calloc(1, sizeof *work);
    must(work != NULL);
    arena_init(&work->arena, shared->limits.arena_bytes_max);
  }
  work->exchange = (struct http_exchange){.arena = &work->arena};
  work->shared = shared;
  work->connection = connection;
  work->next = NULL;
  work->dispatched = work->answered = work->told = work->head_only = false;
  work->old = work->begun = work->held = work->full = false;
  return work;
}

static void work_end(struct http_work *work) {
  struct http_shared *shared = work->shared;
  http_bytes_free(&work->answer);
  shared->bodies_bytes -= work->body_bytes;
  work->body_bytes = 0;
  if (shared->n_spare < SPARE_MAX) {
    arena_reset(&work->arena);
    work->next = shared->spare;
    shared->spare = work;
    shared->n_spare++;
  } else {
    arena_free(&work->arena);
    free(work);
  }
}

void http_shared_free(struct http_shared *shared) {
  for (struct http_work *work = shared->spare, *next; work; work = next) {
    next = work->next;
    arena_free(&work->arena);
    free(work);
  }
  shared->spare = NULL;
  shared->n_spare = 0;
}

static const char *date_now(struct http_shared *shared) {
  const int64_t now = instant_now(), second = now / 1000;
  if (second != shared->date_second) http_date(now, shared->date);
  shared->date_second = second;
  return shared->date;
}

static void put_answer(struct http_connection *connection, struct http_bytes *answer) {
  if (answer->n > 0) http_bytes_put(&connection->out, answer->text + answer->at, answer->n);
  http_bytes_free(answer);
}

/* Output that has not left, and answers whose turn has not come. */
static size_t unsent(const struct http_connection *connection) {
  size_t n = connection->out.n + connection->unsent;
  for (const struct http_work *work = connection->first; work; work = work->next) n += work->answer.n;
  return n;
}

void http_unsent_count(struct http_connection *connection) {
  const size_t n = unsent(connection);
  connection->shared->unsent_bytes += n - connection->counted;
  connection->counted = n;
}

bool http_unsent_full(const struct http_connection *connection, size_t most) {
  const struct http_shared *shared = connection->shared;
  const size_t n = unsent(connection);
  return n >= most || (n > 0 && shared->unsent_bytes >= shared->limits.unsent_bytes_max);
}

/* Moves finished answers to the output as far as their turn has come, and what there is of the next. */
static void move_answers(struct http_connection *connection) {
  while (connection->first && connection->first->answered) {
    struct http_work *work = connection->first;
    connection->first = work->next;
    if (!connection->first) connection->last = NULL;
    connection->n_work--;
    put_answer(connection, &work->answer);
    work_end(work);
  }
  if (connection->first) put_answer(connection, &connection->first->answer);
}

static void settle_queue(struct http_connection *connection) {
  move_answers(connection);
  http_unsent_count(connection);
  if (connection->first) return;
  if (connection->continue_due) http_bytes_put(&connection->out, "HTTP/1.1 100 Continue\r\n\r\n", 25);
  connection->continue_due = false;
  if (connection->state == HTTP_LAST) connection->state = HTTP_DONE;
}

/* To the output when its work is at the head of the queue, else aside. */
void http_work_write(struct http_work *work, const struct http_response *given) {
  struct http_connection *connection = work->connection;
  struct http_response response = *given;
  response.date = date_now(work->shared);
  response.head_only = work->head_only;
  response.close = given->close || (connection->state != HTTP_OPEN && work == connection->last);
  http_response_write(work == connection->first ? &connection->out : &work->answer, &response);
  http_unsent_count(connection);
}

void http_work_answered(struct http_work *work) {
  struct http_connection *connection = work->connection;
  struct http_shared *shared = work->shared;
  shared->stats.exchanges--;
  if (!connection) {
    work_end(work);
    shared->released(shared);
    return;
  }
  work->answered = true;
  settle_queue(connection);
  if (!connection->busy) shared->wake(connection->peer);
}

static void enqueue(struct http_connection *connection, struct http_work *work) {
  if (connection->last)
    connection->last->next = work;
  else
    connection->first = work;
  connection->last = work;
  connection->n_work++;
}

/* A refusal's body, in the words of the house's other problems. */
static int print_refusal(char *body, size_t size, int status, const char *reason) {
  static const struct {
    int status;
    Yz__Code code;
    const char *name;
  } codes[] = {{413, YZ__CODE__TOO_LARGE, "too_large"},
               {414, YZ__CODE__TOO_LARGE, "too_large"},
               {431, YZ__CODE__TOO_LARGE, "too_large"},
               {503, YZ__CODE__OVERLOADED, "overloaded"},
               {0, YZ__CODE__MALFORMED, "malformed"}};
  size_t i = 0;
  while (codes[i].status && codes[i].status != status) i++;
  const struct problem_kind *kind = problem_kind(codes[i].code);
  return snprintf(body, size,
                  "{\"type\":\"urn:yizhan:problem:%s\",\"title\":\"%s\",\"status\":%d,\"code\":\"%s\","
                  "\"detail\":\"%s\",\"remedy\":\"%s\"}\n",
                  codes[i].name, kind->title, status, codes[i].name, reason,
                  codes[i].status ? kind->remedy : "send HTTP/1.1 as RFC 9112 has it");
}

/* The request that is being read cannot be served: answer in its turn, then close. */
static void refuse(struct http_connection *connection, int status, const char *reason) {
  struct http_work *work = connection->next;
  connection->next = NULL;
  connection->state = HTTP_LAST;
  connection->continue_due = false;
  connection->shared->stats.refused_total++;
  enqueue(connection, work);
  char body[512];
  const int n = print_refusal(body, sizeof body, status, reason);
  must(n > 0 && n < (int)sizeof body);
  const struct http_header retry = {"Retry-After", "1"};
  http_work_write(work, &(struct http_response){.status = status,
                                                .content_type = "application/problem+json",
                                                .extra = &retry,
                                                .n_extra = status == 503,
                                                .body = body,
                                                .n_body = (size_t)n});
  work->answered = true;
  settle_queue(connection);
}

static void begin_request(struct http_connection *connection, uint64_t now_ms) {
  connection->next = work_new(connection);
  connection->since_ms = now_ms;
  http_request_begin(&connection->request, &connection->next->arena, connection->shared->limits.body_bytes_max);
  if (connection->shared->streams) http_request_stream(&connection->request, &connection->stream);
}

struct http_work *http_work_dispatch(struct http_connection *connection) {
  struct http_work *work = connection->next;
  connection->next = NULL;
  connection->continue_due = false;
  http_request_take(&connection->request, &work->exchange);
  work->exchange.started_us = (uint64_t)steady_us();
  work->head_only = strcmp(work->exchange.method, "HEAD") == 0;
  work->old = connection->request.old;
  work->dispatched = true;
  work->exchange.late = connection->late;
  connection->late = false;
  enqueue(connection, work);
  connection->shared->stats.requests_total++;
  connection->shared->stats.exchanges++;
  return work;
}

/* The work's body takes that much memory from now on. */
static void count_body(struct http_work *work, size_t n) {
  work->shared->bodies_bytes += n - work->body_bytes;
  work->body_bytes = n;
}

static void dispatch(struct http_connection *connection) {
  if (!connection->request.keep_alive || connection->draining) connection->state = HTTP_LAST;
  struct http_work *work = http_work_dispatch(connection);
  connection->shared->handler(&work->exchange, connection->shared->ctx);
  /* still in work: a body that was read is there once more, as what it says */
  if (connection->last == work && work->body_bytes > 0) count_body(work, arena_held(&work->arena));
}

/* Reads at most one request; returns how many bytes that took. */
static size_t read_some(struct http_connection *connection, const char *bytes, size_t n, uint64_t now_ms) {
  struct http_request *request = &connection->request;
  if (connection->streaming) {
    connection->since_ms = now_ms;
    return http_stream_read(connection, bytes, n);
  }
  if (!connection->next) begin_request(connection, now_ms);
  const enum http_phase before = request->phase;
  const bool began = request->begun;
  size_t used;
  const enum http_phase phase = http_request_feed(request, bytes, n, &used);
  if (!began || phase != before) connection->since_ms = now_ms;
  count_body(connection->next, http_request_taken(request));
  const bool room = connection->next->body_bytes == 0 ||
                    connection->shared->bodies_bytes <= connection->shared->limits.bodies_bytes_max;
  if (phase == HTTP_REFUSED)
    refuse(connection, request->status, request->reason);
  else if (!room)
    refuse(connection, 503, "too many bodies are being received");
  else if (request->streamed)
    http_stream_open(connection);
  else if (phase == HTTP_WHOLE)
    dispatch(connection);
  else if (phase == HTTP_IN_BODY && before == HTTP_IN_HEAD && request->wants_continue && used == n &&
           !request->wire_bytes) {
    connection->continue_due = true;
    settle_queue(connection);
  }
  return used;
}

/* Whether a request may be taken up. */
static bool takes(const struct http_connection *connection) {
  const struct http_limits *limits = &connection->shared->limits;
  const struct http_work *streaming = connection->streaming;
  const bool room = streaming ? !streaming->held : connection->n_work < limits->pipeline_max;
  const size_t most = streaming ? limits->write_bytes_max : limits->answers_bytes_max;
  return connection->state == HTTP_OPEN && !connection->shared->over && !connection->paused && room &&
         !http_unsent_full(connection, most);
}

bool http_connection_reads(const struct http_connection *connection) {
  const bool kept = connection->state == HTTP_OPEN && connection->paused && connection->rest.n < PAUSED_BYTES;
  return kept || takes(connection);
}

void http_connection_input(struct http_connection *connection, const char *bytes, size_t n, uint64_t now_ms) {
  if (connection->state != HTTP_OPEN) return; /* whatever comes after the last request is not looked at */
  must(!connection->busy);
  connection->busy = true;
  http_pause_end(connection, now_ms);
  if (connection->rest.n > 0) {
    http_bytes_put(&connection->rest, bytes, n);
    while (connection->rest.n > 0 && takes(connection))
      http_bytes_drop(&connection->rest,
                      read_some(connection, connection->rest.text + connection->rest.at, connection->rest.n, now_ms));
  } else {
    while (n > 0 && takes(connection)) {
      const size_t used = read_some(connection, bytes, n, now_ms);
      bytes += used;
      n -= used;
    }
    if (connection->state == HTTP_OPEN) http_bytes_put(&connection->rest, bytes, n);
  }
  if (connection->paused && connection->rest.n > 0 && connection->state == HTTP_OPEN)
    http_pause_wait(connection, now_ms);
  if (connection->state != HTTP_OPEN) http_bytes_free(&connection->rest);
  if (connection->left && connection->rest.n == 0) http_connection_eof(connection);
  connection->busy = false;
}

static void tell_gone(struct http_work *work) {
  void (*const gone)(struct http_exchange *) = work->exchange.gone;
  work->exchange.gone = NULL;
  work->told = true;
  work->shared->stats.gone_total++;
  if (gone) gone(&work->exchange);
}

/* The first exchange in work that has not been told. */
static struct http_work *untold(const struct http_connection *connection) {
  struct http_work *work = connection->first;
  while (work && (work->told || work->answered)) work = work->next;
  return work;
}

void http_connection_eof(struct http_connection *connection) {
  connection->left = true;
  if (connection->rest.n > 0 && connection->state == HTTP_OPEN) return; /* requests that still wait for their turn */
  if (connection->state == HTTP_OPEN) connection->state = HTTP_LAST;
  const bool busy = connection->busy;
  connection->busy = true;
  if (connection->streaming) http_stream_cut(connection, "the client left before the end of the body");
  /* from the start each time: who is told may answer, and answering takes works off the queue */
  for (struct http_work *work; (work = untold(connection)) != NULL;) tell_gone(work);
  connection->busy = busy;
  settle_queue(connection);
}

void http_connection_drain(struct http_connection *connection) {
  connection->draining = true;
  const bool reading = connection->streaming || (connection->next && connection->request.begun);
  if (connection->state != HTTP_OPEN || reading || connection->rest.n > 0) return;
  connection->state = HTTP_LAST;
  settle_queue(connection);
}

bool http_connection_tick(struct http_connection *connection, uint64_t now_ms) {
  const struct http_limits *limits = &connection->shared->limits;
  http_pause_end(connection, now_ms);
  if (connection->out.n + connection->unsent == 0) connection->sent_ms = now_ms;
  if (now_ms - connection->sent_ms > limits->write_ms) return false;
  const bool reads = takes(connection);
  if (connection->streaming && !reads) connection->since_ms = now_ms; /* it is we who make the client wait */
  if (connection->state != HTTP_OPEN || !reads) return true;
  const uint64_t waited_ms = now_ms - connection->since_ms;
  if (connection->streaming) {
    if (waited_ms > limits->idle_ms) http_stream_cut(connection, "the body's next piece did not come in time");
  } else if (connection->next && connection->request.begun) {
    const bool body = connection->request.phase == HTTP_IN_BODY;
    if (waited_ms > (body ? limits->body_ms : limits->head_ms))
      refuse(connection, 408, body ? "the body did not come in time" : "the headers did not come in time");
  } else if (connection->first || connection->out.n + connection->unsent > 0) {
    connection->since_ms = now_ms; /* idle is what comes after the last answer */
  } else if (waited_ms > limits->idle_ms) {
    connection->state = HTTP_DONE;
  }
  return true;
}

static bool stream_wanted(void *ctx, const char *method, const char *target) {
  const struct http_connection *connection = ctx;
  return connection->shared->streams(method, target, connection->shared->ctx);
}

struct http_connection *http_connection_new(struct http_shared *shared, void *peer, uint64_t now_ms) {
  struct http_connection *connection = malloc(sizeof *connection);
  must(connection != NULL);
  /* not all of it: the head's room is touched only as far as it is used */
  memset(connection, 0, offsetof(struct http_connection, request));
  connection->shared = shared;
  connection->peer = peer;
  connection->since_ms = connection->sent_ms = now_ms;
  connection->stream = (struct http_request_stream){stream_wanted, http_stream_piece, connection};
  return connection;
}

void http_connection_free(struct http_connection *connection) {
  connection->busy = true; /* answers made by those who are told do not wake */
  http_pause_forget(connection);
  connection->left = true;
  if (connection->next) work_end(connection->next);
  if (connection->streaming) http_stream_cut(connection, "the connection broke before the end of the body");
  for (struct http_work *work; (work = untold(connection)) != NULL;) tell_gone(work);
  for (struct http_work *work = connection->first, *next; work; work = next) {
    next = work->next;
    work->connection = NULL;
    if (work->answered) work_end(work); /* the others end when they are answered */
  }
  connection->shared->unsent_bytes -= connection->counted;
  http_bytes_free(&connection->out);
  http_bytes_free(&connection->rest);
  free(connection);
}

void http_answer(struct http_exchange *exchange, int status, const char *content_type, const struct http_header *extra,
                 size_t n_extra, const void *body, size_t n_body) {
  struct http_work *work = (struct http_work *)exchange;
  must(work->dispatched && !work->answered && !work->begun);
  struct http_connection *connection = work->connection;
  if (connection && connection->streaming == work) http_stream_cut(connection, NULL);
  if (connection)
    http_work_write(work, &(struct http_response){.status = status,
                                                  .content_type = content_type,
                                                  .extra = extra,
                                                  .n_extra = n_extra,
                                                  .body = body,
                                                  .n_body = n_body});
  http_work_answered(work);
}

bool http_gone(const struct http_exchange *exchange) {
  const struct http_work *work = (const struct http_work *)exchange;
  return !work->connection || work->connection->left;
}
