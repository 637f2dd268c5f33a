#include "gateway.h"

#include "date.h"
#include "guard.h"
#include "json.h"
#include "log.h"
#include "media.h"
#include "money.h"
#include "problem_json.h"
#include "settlement.pb-c.h"

#include <string.h>

/* --- answering --- */

/* Server-Timing (W3C): one entry a hop, in the order asked, duration in milliseconds. */
static const char *server_timing(const struct exchange *exchange, struct text *text) {
  const struct hop *told[HOPS_TOLD];
  size_t n = 0;
  for (const struct hop *hop = exchange->hops; hop && n < HOPS_TOLD; hop = hop->next) told[n++] = hop;
  char ms[MONEY_TEXT_MAX];
  while (n-- > 0) {
    fixed_print(told[n]->pending ? steady_us() - told[n]->started_us : told[n]->took_us, 3, ms);
    text_add(text, call_info(told[n]->call)->name);
    text_add(text, ";dur=");
    text_add(text, ms);
    text_add(text, ", ");
  }
  fixed_print(steady_us() - (int64_t)exchange->http->started_us, 3, ms);
  text_add(text, "total;dur=");
  text_add(text, ms);
  return text->bytes;
}

static void forget_hops(struct exchange *exchange) {
  for (struct hop *hop = exchange->hops; hop; hop = hop->next)
    if (hop->pending) bus_cancel_asks(exchange->gateway->broker, hop);
}

/* Who was told that something of ours failed asks with the trace what it was. Refusals of overload come in crowds, are
 * counted, and say all that there is to say: they would only fill the disk. */
static enum log_level level_of(const struct exchange *exchange, int status) {
  const bool crowd = exchange->problem && exchange->problem->code == YZ__CODE__OVERLOADED;
  return status >= 500 && !crowd ? LOG_WARN : LOG_DEBUG;
}

static void log_answer(const struct exchange *exchange, int status) {
  const enum log_level level = level_of(exchange, status);
  if (!log_shows(level)) return;
  char trace[TRACE_ID_TEXT], settlement[200];
  trace_id(exchange->traceparent, trace);
  struct text code = {0};
  if (exchange->problem) problem_code(exchange->problem, &code);
  log_line(level, "answered",
           "\"trace\":\"%s\",\"operation\":\"%s\",\"status\":%d,\"code\":\"%s\",\"us\":%lld,\"settlement\":%s", trace,
           exchange->route ? exchange->route->operation : "none", status, text_string(&code),
           (long long)(steady_us() - (int64_t)exchange->http->started_us),
           log_text(exchange->settlement ? exchange->settlement : "", settlement, sizeof settlement));
  text_free(&code);
}

static void finish(struct exchange *exchange, int status, const char *content_type, const struct http_header *more,
                   const char *body, size_t n) {
  forget_hops(exchange);
  gateway_count(exchange, status);
  log_answer(exchange, status);
  struct text timing = {0};
  struct http_header extra[3] = {{"traceparent", exchange->traceparent},
                                 {"Server-Timing", server_timing(exchange, &timing)}};
  size_t n_extra = 2;
  if (more) extra[n_extra++] = *more;
  http_answer(exchange->http, status, content_type, extra, n_extra, body, n);
  text_free(&timing);
}

void exchange_text(struct exchange *exchange, int status, const char *content_type, const char *text, size_t n) {
  finish(exchange, status, content_type, NULL, text, n);
}

static void finish_json(struct exchange *exchange, int status, const struct http_header *more, struct text *json) {
  text_add_char(json, '\n');
  finish(exchange, status, "application/json", more, json->bytes, json->n);
  text_free(json);
}

void exchange_answer(struct exchange *exchange, int status, const ProtobufCMessage *message) {
  struct text json = {0};
  json_write(message, &json);
  finish_json(exchange, status, NULL, &json);
}

const char *packed_settlement_id(const void *bytes, size_t n, struct arena *arena) {
  size_t n_id;
  const uint8_t *id = message_part(&yz__settlement__descriptor, "id", bytes, n, &n_id);
  return id ? arena_copy_n(arena, (const char *)id, n_id) : "";
}

void exchange_answer_packed(struct exchange *exchange, int status, const ProtobufCMessageDescriptor *type,
                            const void *bytes, size_t n) {
  struct text json = {0};
  Yz__Problem *problem;
  if (!json_write_packed(type, bytes, n, exchange->arena, &json, &problem)) {
    text_free(&json);
    exchange_refuse(exchange, problem);
    return;
  }
  if (type == &yz__settlement__descriptor) exchange->settlement = packed_settlement_id(bytes, n, exchange->arena);
  struct http_header location = {"Location", ""};
  if (status == 201)
    location.value = arena_format(exchange->arena, "%s/%s", exchange->route->path, exchange->settlement);
  finish_json(exchange, status, status == 201 ? &location : NULL, &json);
}

void exchange_stream_begin(struct exchange *exchange, const char *content_type) {
  const struct http_header extra = {"traceparent", exchange->traceparent};
  http_stream_begin(exchange->http, 200, content_type, &extra, 1);
}

void exchange_stream_end(struct exchange *exchange) {
  gateway_count(exchange, 200);
  log_answer(exchange, 200);
  http_stream_end(exchange->http);
}

/* `status` stands here because 405 and 415 have no code of their own. */
static void refuse(struct exchange *exchange, int status, const Yz__Problem *problem, const struct http_header *more) {
  char trace[TRACE_ID_TEXT];
  trace_id(exchange->traceparent, trace);
  exchange->problem = problem;
  struct text json = {0};
  problem_json(problem, status, trace, &json);
  if (problem->code == YZ__CODE__DEFECT) {
    char detail[600];
    log_line(LOG_ERROR, "defect", "\"trace\":\"%s\",\"detail\":%s", trace,
             log_text(problem->detail ? problem->detail : "", detail, sizeof detail));
  }
  const struct http_header retry = {"Retry-After", "1"};
  finish(exchange, status, "application/problem+json", status == 503 ? &retry : more, json.bytes, json.n);
  text_free(&json);
}

void exchange_refuse(struct exchange *exchange, const Yz__Problem *problem) {
  refuse(exchange, problem_kind(problem->code)->status, problem, NULL);
}

/* --- asking --- */

static void on_answered(void *ctx, const struct bus_answer *answer) {
  struct hop *hop = ctx;
  hop->pending = false;
  hop->took_us = steady_us() - hop->started_us;
  hop->answered(hop, answer);
}

void exchange_ask(struct exchange *exchange, enum call call, const void *bytes, size_t n, hop_answered *answered) {
  const struct call_info *info = call_info(call);
  struct hop *hop = arena_alloc(exchange->arena, sizeof *hop);
  const int64_t left_ms = exchange->until_ms - steady_ms();
  *hop = (struct hop){.exchange = exchange,
                      .call = call,
                      .answered = answered,
                      .next = exchange->hops,
                      .started_us = steady_us(),
                      .pending = true};
  exchange->hops = hop;
  /* flags 0: a second worker may be asked. Settlements carry their key, records the version they are put over */
  bus_ask(exchange->gateway->broker, info->route, bytes, n, left_ms > 0 ? (uint32_t)left_ms : 0, 0,
          exchange->traceparent, on_answered, hop);
}

void exchange_ask_message(struct exchange *exchange, enum call call, const ProtobufCMessage *message,
                          hop_answered *answered) {
  size_t n;
  const uint8_t *bytes = message_pack(message, exchange->arena, &n);
  exchange_ask(exchange, call, bytes, n, answered);
}

Yz__Problem *hop_problem(struct hop *hop, const struct bus_answer *answer) {
  struct arena *arena = hop->exchange->arena;
  const struct call_info *info = call_info(hop->call);
  Yz__Problem *problem = NULL;
  switch (answer->outcome) {
  case BUS_REPLY: return NULL;
  case BUS_REFUSAL: {
    Yz__Problem *refusal = message_unpack(&yz__problem__descriptor, answer->body, answer->n, arena, &problem);
    return refusal ? refusal : problem;
  }
  case BUS_OVERLOADED:
    return problem_new(arena, YZ__CODE__OVERLOADED, NULL, "all workers of %s are busy", info->service_name);
  case BUS_EXPIRED:
  case BUS_AWAY: break;
  }
  return problem_new(arena, YZ__CODE__SERVICE_AWAY, NULL, "%s did not answer in time%s", info->service_name,
                     answer->begun ? "; it may have done what was asked" : "");
}

void *hop_message(struct hop *hop, const struct bus_answer *answer, Yz__Problem **problem) {
  *problem = hop_problem(hop, answer);
  if (*problem) return NULL;
  return message_unpack(call_info(hop->call)->output, answer->body, answer->n, hop->exchange->arena, problem);
}

/* --- beginning --- */

static void on_gone(struct http_exchange *http) {
  struct exchange *exchange = http->data;
  const bool reads = strcmp(http->method, "GET") == 0 || strcmp(http->method, "HEAD") == 0;
  if (!reads && !exchange->dropped) return; /* what was begun is finished */
  if (exchange->dropped) exchange->dropped(exchange);
  forget_hops(exchange);
  gateway_count(exchange, 0);
  http_answer(http, 408, NULL, NULL, 0, NULL, 0);
}

static void refuse_no_route(struct exchange *exchange, const char *allow) {
  const struct http_header header = {"Allow", allow};
  if (allow)
    refuse(exchange, 405,
           problem_new(exchange->arena, YZ__CODE__METHOD_NOT_ALLOWED, NULL, "%s is not for this path; %s is",
                       exchange->http->method, allow),
           &header);
  else
    exchange_refuse_new(exchange, YZ__CODE__NOT_FOUND, NULL, "nothing is served at this path");
}

static void refuse_media(struct exchange *exchange, int status, const char *detail, const char *remedy) {
  Yz__Problem *problem = problem_new(exchange->arena, YZ__CODE__MALFORMED, NULL, "%s", detail);
  problem->remedy = arena_copy(exchange->arena, remedy);
  refuse(exchange, status, problem, NULL);
}

/* Refuses what would only wait, before its body is even read, and says true. */
static bool crowded(struct exchange *exchange) {
  const struct gateway *gateway = exchange->gateway;
  const struct http_stats *stats = http_server_stats(gateway->http);
  const bool late = exchange->http->late && stats->waiting > 0;
  if (!late && stats->exchanges <= bus_broker_capacity(gateway->broker)) return false;
  gateway_count_crowded();
  http_pause(exchange->http, BUS_RETRY_AFTER_S * 1000);
  exchange_refuse_new(exchange, YZ__CODE__OVERLOADED, NULL, "as many requests are in work as can be");
  return true;
}

/* Whether every parameter can be read; refuses and says false when not: taken as absent, another day would be told. */
static bool check_query(struct exchange *exchange) {
  const char *broken = http_query_broken(exchange->http);
  if (broken)
    exchange_refuse_new(exchange, YZ__CODE__MALFORMED, NULL,
                        "parameter %s: behind a percent sign there have to be two hex digits, not 00", broken);
  return !broken;
}

/* Whether a batch and its answer are in the form that we speak; refuses and says false when not. */
static bool check_batch_media(struct exchange *exchange) {
  const struct http_exchange *http = exchange->http;
  const bool readable = media_is_ndjson(http_header(http, "content-type"));
  const bool wanted = media_quality(http_header(http, "accept"), "application/x-ndjson") > 0;
  if (!readable)
    refuse_media(exchange, 415, "the body is not application/x-ndjson",
                 "send one JSON document a line, with Content-Type: application/x-ndjson");
  else if (!wanted)
    refuse_media(exchange, 406, "Accept leaves out every form that this is served in", "accept application/x-ndjson");
  return readable && wanted;
}

/* Whether body and wishes are in a form that we speak; refuses and says false when not. */
static bool check_media(struct exchange *exchange) {
  if (exchange->route->kind == ROUTE_BATCH) return check_batch_media(exchange);
  const struct http_exchange *http = exchange->http;
  const char *accept = http_header(http, "accept");
  const bool text_too = exchange->route->slip;
  const bool readable = !exchange->route->body || media_is_json(http_header(http, "content-type"));
  const bool wanted =
      media_quality(accept, "application/json") > 0 || (text_too && media_quality(accept, "text/plain") > 0);
  if (!readable)
    refuse_media(exchange, 415, "the body is not application/json", "send JSON, with Content-Type: application/json");
  else if (!wanted)
    refuse_media(exchange, 406, "Accept leaves out every form that this is served in",
                 text_too ? "accept application/json or text/plain" : "accept application/json");
  return readable && wanted;
}

static void serve(struct exchange *exchange) {
  static void (*const handlers[])(struct exchange *) = {
      [ROUTE_CALL] = serve_call,         [ROUTE_ESTIMATE] = serve_settlement,
      [ROUTE_SETTLE] = serve_settlement, [ROUTE_EXPLANATION] = serve_explanation,
      [ROUTE_OVERVIEW] = serve_overview, [ROUTE_POLICIES] = serve_policies,
      [ROUTE_POLICY] = serve_policy,     [ROUTE_BATCH] = serve_batch,
      [ROUTE_PUT] = serve_put,
  };
  if (check_media(exchange)) handlers[exchange->route->kind](exchange);
}

static bool serve_openapi(struct gateway *gateway, struct http_exchange *http) {
  if (strcmp(http->path, "/openapi.json") != 0 || strcmp(http->method, "GET") != 0) return false;
  http_answer(http, 200, "application/json", NULL, 0, gateway->openapi, gateway->n_openapi);
  return true;
}

void gateway_on_request(struct http_exchange *http, void *ctx) {
  struct gateway *gateway = ctx;
  if (runtime_admin(gateway->runtime, http) || serve_openapi(gateway, http)) return;
  struct exchange *exchange = arena_alloc(http->arena, sizeof *exchange);
  *exchange = (struct exchange){.gateway = gateway, .http = http, .arena = http->arena};
  trace_make(http_header(http, "traceparent"), exchange->traceparent);
  exchange->until_ms = steady_ms() + gateway->deadline_ms;
  http->data = exchange;
  http->gone = on_gone;
  const struct route_match match = route_match(http->method, http->path, http->arena);
  exchange->route = match.route;
  exchange->id = match.id;
  if (!match.route)
    refuse_no_route(exchange, match.allow);
  else if (!crowded(exchange) && check_query(exchange))
    serve(exchange);
}
