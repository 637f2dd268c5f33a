#include "batch.h"

#include "bounds.h"
#include "date.h"
#include "guard.h"
#include "http_lines.h"
#include "json.h"
#include "log.h"
#include "must.h"
#include "packed.h"

#include <stdlib.h>
#include <string.h>

enum { SPARE_MAX = 1024, ANSWER_KEPT = 16 * 1024, OUT_KEPT = 2 * BATCH_CHUNK };

/* One line; its arena is given back as soon as the answer is printed: the answer alone may have to wait for long. */
struct batch_line {
  struct settling settling; /* first: its callbacks' pointer is ours */
  struct exchange exchange;
  struct arena arena;
  struct batch *batch;
  uint64_t number;
  size_t n_bytes; /* its part of batch->bytes */
  bool done;
  struct text answer;
  int64_t again_ms; /* while it pauses: when that ends */
  uint32_t pause_ms;
  struct batch_line *next; /* paused, or spare */
};

struct batch {
  struct batches *all;
  struct batch *previous, *next;
  struct exchange *exchange;
  struct http_lines lines;
  bool ended;      /* no more of the body will come */
  const char *cut; /* and it was not whole */
  bool stopped;    /* no more lines are taken */
  struct batch_line **ring;
  uint64_t taken, answered;   /* lines; those between are in ring[number % n_ring] */
  uint32_t n_ring, under_way; /* under way: with a turn and without an answer */
  size_t bytes;
  int64_t busy_ms; /* when it last had something to do */
  struct text out;
  char lost[BATCH_LOST_MAX][LIMIT_ID + 1];
  uint32_t n_lost;
};

static void go_on(struct batch *batch);

/* --- all batches: they run in the loop's next turn, once for all that gathered --- */

static void unlink_batch(struct batch *batch) {
  struct batches *all = batch->all;
  *(batch->previous ? &batch->previous->next : &all->first) = batch->next;
  *(batch->next ? &batch->next->previous : &all->last) = batch->previous;
}

static void append_batch(struct batch *batch) {
  struct batches *all = batch->all;
  batch->previous = all->last;
  batch->next = NULL;
  *(all->last ? &all->last->next : &all->first) = batch;
  all->last = batch;
}

static void rotate(struct batches *batches) {
  struct batch *batch = batches->first;
  unlink_batch(batch);
  append_batch(batch);
}

static void on_soon(uv_idle_t *soon) {
  struct batches *batches = soon->data;
  uv_idle_stop(soon);
  for (uint32_t n = batches->n; n > 0 && batches->first; n--) {
    struct batch *batch = batches->first;
    rotate(batches);
    go_on(batch);
  }
  if (batches->first) rotate(batches); /* another one is the first to find room next time */
}

static void wake(struct batches *batches) {
  uv_idle_start(&batches->soon, on_soon);
}

/* --- lines --- */

static struct batch_line *line_new(struct batch *batch, const struct http_line *given) {
  struct batches *all = batch->all;
  struct batch_line *line = all->spare;
  if (line) {
    all->spare = line->next;
    all->n_spare--;
  } else {
    line = calloc(1, sizeof *line);
    must(line != NULL);
    arena_init(&line->arena, LIMIT_ARENA);
  }
  line->exchange = *batch->exchange; /* gateway, route and trace are the batch's */
  line->exchange.arena = &line->arena;
  line->exchange.hops = NULL;
  line->batch = batch;
  line->number = given->number;
  line->n_bytes = 0;
  line->done = false;
  line->pause_ms = BATCH_PAUSE_MS;
  return line;
}

static void line_end(struct batch_line *line) {
  struct batches *all = line->batch->all;
  if (line->answer.room > ANSWER_KEPT)
    text_free(&line->answer);
  else
    text_clear(&line->answer);
  if (all->n_spare < SPARE_MAX) {
    line->next = all->spare;
    all->spare = line;
    all->n_spare++;
  } else {
    text_free(&line->answer);
    arena_free(&line->arena);
    free(line);
  }
}

static void count_bytes(struct batch_line *line, size_t n) {
  struct batch *batch = line->batch;
  batch->bytes += n - line->n_bytes;
  batch->all->bytes += n - line->n_bytes;
  line->n_bytes = n;
}

/* Counts the memory that the line takes now: its bill is perhaps a kilobyte, the arena that has it a block at least. */
static void weigh(struct batch_line *line) {
  count_bytes(line, sizeof *line + arena_held(&line->arena) + line->answer.room);
}

static void log_answer(const struct batch_line *line, const Yz__BatchLine *answer, const char *settlement) {
  const bool defect = answer->problem && answer->problem->code == YZ__CODE__DEFECT;
  if (!defect && !log_shows(LOG_DEBUG)) return;
  char trace[TRACE_ID_TEXT], detail[600];
  trace_id(line->exchange.traceparent, trace);
  if (defect)
    log_line(LOG_ERROR, "defect", "\"trace\":\"%s\",\"line\":%llu,\"detail\":%s", trace,
             (unsigned long long)line->number,
             log_text(answer->problem->detail ? answer->problem->detail : "", detail, sizeof detail));
  else
    log_line(LOG_DEBUG, "answered",
             "\"trace\":\"%s\",\"operation\":\"%s\",\"status\":%u,\"line\":%llu,\"settlement\":%s", trace,
             line->exchange.route->operation, answer->status, (unsigned long long)line->number,
             log_text(settlement, detail, sizeof detail));
}

/* The line has its answer. */
static void answered(struct batch_line *line) {
  text_add_char(&line->answer, '\n');
  arena_free(&line->arena);
  weigh(line);
  line->done = true;
  wake(line->batch->all);
}

static void answer_problem(struct batch_line *line, Yz__Problem *problem) {
  Yz__BatchLine message = YZ__BATCH_LINE__INIT;
  message.line = line->number;
  message.status = (uint32_t)problem_kind(problem->code)->status;
  message.problem = problem;
  json_write(&message.base, &line->answer);
  log_answer(line, &message, "");
  answered(line);
}

static void answer_settlement(struct batch_line *line, uint32_t status, const struct flow *flow) {
  Yz__BatchLine message = YZ__BATCH_LINE__INIT;
  message.line = line->number;
  message.status = status;
  size_t n_head, n_body;
  const uint8_t *head = message_packed_beside(&message.base, &n_head);
  const uint8_t *body =
      message_packed_around(&yz__batch_line__descriptor, "settlement", flow->settlement, flow->n_settlement, &n_body);
  uint8_t *packed = arena_alloc(&line->arena, n_head + n_body);
  memcpy(mempcpy(packed, head, n_head), body, n_body);
  Yz__Problem *problem;
  if (!json_write_packed(&yz__batch_line__descriptor, packed, n_head + n_body, &line->arena, &line->answer, &problem)) {
    answer_problem(line, problem);
    return;
  }
  if (log_shows(LOG_DEBUG))
    log_answer(line, &message, packed_settlement_id(flow->settlement, flow->n_settlement, &line->arena));
  answered(line);
}

/* --- a line's settlement --- */

static bool is_lost(const struct batch *batch, const char *person) {
  for (uint32_t i = 0; i < batch->n_lost; i++)
    if (strcmp(batch->lost[i], person) == 0) return true;
  return false;
}

static void lose(struct batch *batch, const char *person) {
  if (is_lost(batch, person)) return;
  if (batch->n_lost == BATCH_LOST_MAX || strlen(person) > LIMIT_ID)
    batch->stopped = true;
  else
    memcpy(batch->lost[batch->n_lost++], person, strlen(person) + 1);
}

static void on_turned(struct settling *settling) {
  struct batch_line *line = (struct batch_line *)settling;
  if (is_lost(line->batch, settling->bill->person)) {
    Yz__Problem *problem = problem_new(&line->arena, YZ__CODE__SERVICE_AWAY, NULL,
                                       "an earlier line of this person was not settled, and to keep their order this "
                                       "one was not begun");
    problem->remedy = arena_copy(&line->arena, "send both again, in their order");
    settling_leave(settling);
    answer_problem(line, problem);
    return;
  }
  line->exchange.until_ms = steady_ms() + line->exchange.gateway->deadline_ms;
  line->batch->under_way++;
  line->batch->all->under_way++;
  settling_run(settling);
}

/* Whether the same line may well be settled a moment later. */
static bool temporary(const struct flow *flow) {
  return flow->state == FLOW_REFUSED &&
         (problem_kind(flow->problem->code)->status == 503 || flow->problem->code == YZ__CODE__CONFLICT);
}

/* The line has its answer in its flow. */
static void conclude(struct batch_line *line) {
  struct settling *settling = &line->settling;
  const struct flow *flow = &settling->flow;
  line->batch->under_way--;
  line->batch->all->under_way--;
  if (temporary(flow)) lose(line->batch, settling->bill->person);
  settling_leave(settling);
  if (flow->state == FLOW_REFUSED) {
    gateway_count_settlement(SETTLED_REFUSED, flow->tries);
    answer_problem(line, flow->problem);
  } else {
    gateway_count_settlement(flow->replayed ? SETTLED_BEFORE : SETTLED_NOW, flow->tries);
    answer_settlement(line, flow->replayed ? 200 : 201, flow);
  }
}

static void on_over(struct settling *settling) {
  struct batch_line *line = (struct batch_line *)settling;
  struct batches *all = line->batch->all;
  const int64_t again_ms = steady_ms() + line->pause_ms;
  if (!temporary(&settling->flow) || all->halted || again_ms >= line->exchange.until_ms) {
    conclude(line);
    return;
  }
  line->again_ms = again_ms;
  line->pause_ms = line->pause_ms * 2 < BATCH_PAUSE_MAX_MS ? line->pause_ms * 2 : BATCH_PAUSE_MAX_MS;
  all->pauses_total++;
  line->next = all->paused;
  all->paused = line;
}

/* Runs the line again, in an arena of which the bill alone is kept: many tries of a long bill would overflow it. */
static void run_again(struct batch_line *line) {
  struct settling *settling = &line->settling;
  Yz__Problem *problem = NULL;
  size_t n;
  const uint8_t *packed = message_packed(&settling->bill->base, &n);
  arena_reset(&line->arena);
  line->exchange.hops = NULL;
  settling->bill = message_unpack(&yz__bill__descriptor, packed, n, &line->arena, &problem);
  must(settling->bill != NULL);
  settling->turn.person = settling->bill->person;
  settling_run(settling);
}

/* Ends the pauses that are over by then: the lines run again, or when nothing is tried again, have their answer. */
static void end_pauses(struct batches *batches, int64_t now_ms) {
  struct batch_line *line = batches->paused;
  batches->paused = NULL;
  for (struct batch_line *next; line; line = next) {
    next = line->next;
    if (!batches->halted && line->again_ms > now_ms) {
      line->next = batches->paused;
      batches->paused = line;
      continue;
    }
    if (batches->halted)
      conclude(line);
    else
      run_again(line);
  }
}

/* --- a batch --- */

static void take(struct batch *batch, const struct http_line *given) {
  struct batch_line *line = line_new(batch, given);
  batch->ring[batch->taken++ % batch->n_ring] = line;
  batch->all->lines_total++;
  Yz__Problem *problem = NULL;
  if (given->too_long) {
    answer_problem(
        line, problem_new(&line->arena, YZ__CODE__TOO_LARGE, NULL, "the line is longer than %d bytes", LIMIT_BODY));
    return;
  }
  Yz__Bill *bill = json_read(&yz__bill__descriptor, given->bytes, given->n, &line->arena, &problem);
  if (!bill) {
    answer_problem(line, problem);
    return;
  }
  line->settling = (struct settling){.exchange = &line->exchange, .bill = bill, .turned = on_turned, .over = on_over};
  settling_begin(&line->settling);
  weigh(line);
}

static bool room_for_all(const struct batches *all) {
  const uint64_t capacity = bus_broker_capacity(all->gateway->broker), most = capacity * all->share_percent / 100;
  return all->under_way < most || all->under_way == 0;
}

/* One line at a time goes on, whatever the others have. */
static bool room_beside_others(const struct batch *batch) {
  return batch->all->bytes < BATCHES_BYTES_MAX || batch->taken == batch->answered;
}

static bool may_take(const struct batch *batch) {
  return !batch->stopped && batch->taken - batch->answered < batch->n_ring && batch->under_way < batch->all->window &&
         batch->bytes < BATCH_BYTES_MAX && room_beside_others(batch) && room_for_all(batch->all);
}

/* Nobody will see the answers: lines whose turn has not come are not begun. */
static void drop_waiting(struct batch *batch) {
  for (uint64_t i = batch->answered; i < batch->taken; i++) {
    struct batch_line *line = batch->ring[i % batch->n_ring];
    if (line->done || !line->settling.waits) continue;
    settling_give_up(&line->settling);
    answer_problem(line, problem_new(&line->arena, YZ__CODE__SERVICE_AWAY, NULL, "the client has left"));
  }
}

static void flush(struct batch *batch) {
  http_stream_write(batch->exchange->http, batch->out.bytes, batch->out.n);
  if (batch->out.room > OUT_KEPT)
    text_free(&batch->out);
  else
    text_clear(&batch->out);
}

/* Gathers the answers whose turn has come. */
static void gather(struct batch *batch) {
  while (batch->answered < batch->taken) {
    struct batch_line *line = batch->ring[batch->answered % batch->n_ring];
    if (!line->done) return;
    text_add_n(&batch->out, line->answer.bytes, line->answer.n);
    count_bytes(line, 0);
    batch->answered++;
    line_end(line);
    if (batch->out.n >= BATCH_CHUNK) flush(batch);
  }
}

/* What to say in the last line of a batch that was not taken to its end. */
static void add_rest(struct batch *batch) {
  struct arena *arena = batch->exchange->arena;
  Yz__BatchLine message = YZ__BATCH_LINE__INIT;
  message.line = batch->lines.number + 1;
  message.has_rest = message.rest = true;
  if (batch->cut)
    message.problem = problem_new(arena, YZ__CODE__MALFORMED, NULL, "%s", batch->cut);
  else if (batch->all->draining)
    message.problem = problem_new(arena, YZ__CODE__OVERLOADED, NULL, "this gateway is being stopped");
  else
    message.problem = problem_new(arena, YZ__CODE__SERVICE_AWAY, NULL, "too many lines could not be settled in time");
  message.problem->remedy = arena_copy(arena, "this line and those behind it were not taken: send them again");
  message.status = (uint32_t)problem_kind(message.problem->code)->status;
  json_write(&message.base, &batch->out);
  text_add_char(&batch->out, '\n');
}

static void end(struct batch *batch) {
  struct batches *all = batch->all;
  const bool rest = batch->cut || (batch->stopped && (!batch->ended || http_lines_waiting(&batch->lines) > 0));
  if (rest) add_rest(batch);
  flush(batch);
  unlink_batch(batch);
  if (--all->n == 0) uv_timer_stop(&all->tick);
  http_lines_free(&batch->lines);
  text_free(&batch->out);
  exchange_stream_end(batch->exchange); /* and with it goes its arena, where the batch is */
}

/* Cuts it when the client has long not sent a line, though it could: there are places for few batches. */
static void look_idle(struct batch *batch, bool busy) {
  const int64_t now_ms = steady_ms();
  if (busy || batch->ended || batch->answered < batch->taken) batch->busy_ms = now_ms;
  if (now_ms - batch->busy_ms <= batch->all->idle_ms) return;
  batch->cut = "the next line did not come in time";
  batch->stopped = true;
}

/* Does whatever can be done; the batch may be gone afterwards. */
static void go_on(struct batch *batch) {
  struct http_exchange *http = batch->exchange->http;
  struct http_line line;
  bool hungry = false; /* for more of the body: no whole line is left */
  const uint64_t taken_before = batch->taken;
  const bool left = batch->cut && http_gone(http);
  if (left) drop_waiting(batch);
  if (batch->all->draining || left) batch->stopped = true;
  gather(batch);
  while (!hungry && !http_stream_full(http) && may_take(batch)) {
    hungry = !http_lines_next(&batch->lines, &line);
    if (!hungry) take(batch, &line);
    gather(batch);
  }
  look_idle(batch, !hungry || batch->taken > taken_before);
  const size_t waiting = http_lines_waiting(&batch->lines);
  if (batch->answered == batch->taken && (batch->stopped || (batch->ended && waiting == 0))) {
    end(batch);
    return;
  }
  if (batch->out.n > 0) flush(batch);
  if (!batch->ended) http_stream_hold(http, batch->stopped || (!hungry && waiting >= BATCH_READ_AHEAD));
}

/* --- what happens to it --- */

static void on_piece(struct http_exchange *http, const char *bytes, size_t n) {
  struct batch *batch = ((struct exchange *)http->data)->data;
  http_lines_put(&batch->lines, bytes, n);
  if (http_lines_waiting(&batch->lines) >= BATCH_READ_AHEAD) http_stream_hold(http, true);
  wake(batch->all);
}

static void on_body_end(struct http_exchange *http, const char *why) {
  struct batch *batch = ((struct exchange *)http->data)->data;
  batch->ended = true;
  batch->cut = why;
  http_lines_end(&batch->lines, why == NULL);
  wake(batch->all);
}

static void on_change(struct http_exchange *http) {
  struct batch *batch = ((struct exchange *)http->data)->data;
  wake(batch->all);
}

static void on_tick(uv_timer_t *tick) {
  struct batches *batches = tick->data;
  end_pauses(batches, steady_ms());
  wake(batches); /* the gateway's capacity may have grown */
}

void serve_batch(struct exchange *exchange) {
  struct batches *all = exchange->gateway->batches;
  if (all->n == BATCHES_MAX || all->draining) {
    exchange_refuse_new(exchange, YZ__CODE__OVERLOADED, NULL, "%u batches are in work", all->n);
    return;
  }
  struct batch *batch = arena_alloc(exchange->arena, sizeof *batch);
  *batch =
      (struct batch){.all = all, .exchange = exchange, .n_ring = BATCH_AHEAD * all->window, .busy_ms = steady_ms()};
  batch->ring = arena_alloc(exchange->arena, batch->n_ring * sizeof(struct batch_line *));
  http_lines_init(&batch->lines, LIMIT_BODY);
  append_batch(batch);
  if (all->n++ == 0) uv_timer_start(&all->tick, on_tick, BATCH_TICK_MS, BATCH_TICK_MS);
  exchange->data = batch;
  exchange->http->body_piece = on_piece;
  exchange->http->body_end = on_body_end;
  exchange->http->gone = exchange->http->roomy = on_change;
  exchange_stream_begin(exchange, "application/x-ndjson");
}

/* --- for main.c --- */

void batches_open(struct batches *batches, struct gateway *gateway, uv_loop_t *loop, uint32_t window,
                  uint32_t share_percent) {
  *batches =
      (struct batches){.gateway = gateway, .window = window, .share_percent = share_percent, .idle_ms = BATCH_IDLE_MS};
  must(uv_idle_init(loop, &batches->soon) == 0 && uv_timer_init(loop, &batches->tick) == 0);
  batches->soon.data = batches->tick.data = batches;
  gateway->batches = batches;
}

void batches_drain(struct batches *batches) {
  batches->draining = true;
  wake(batches);
}

void batches_halt(struct batches *batches) {
  batches->draining = batches->halted = true;
  end_pauses(batches, steady_ms());
}

void batches_close(struct batches *batches) {
  for (struct batch *batch; (batch = batches->first) != NULL;) {
    go_on(batch);
    must(batches->first != batch);
  }
  must(batches->under_way == 0 && batches->bytes == 0 && !batches->paused);
  for (struct batch_line *line = batches->spare, *next; line; line = next) {
    next = line->next;
    text_free(&line->answer);
    arena_free(&line->arena);
    free(line);
  }
  batches->spare = NULL;
  uv_close((uv_handle_t *)&batches->soon, NULL);
  uv_close((uv_handle_t *)&batches->tick, NULL);
}
