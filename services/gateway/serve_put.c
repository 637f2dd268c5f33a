/* A record is put. Who names no version means to overwrite whatever is there; but no asking may: a worker that stood
 * still, or a connection that was cut, can bring a copy of it when others have put since and were told so.
 *
 *   asked without a version --put--> there was none: done
 *            |
 *          stale, the version that is there --> asked for that one --put--> done
 *                              ^                      |
 *                              +---------stale--------+   somebody else was faster: PUT_TRIES times in all
 *
 * Each asking names what it overwrites, so that its copies are worth nothing once anything was put over that. Who sends
 * us the same again makes a new version of it, for the same reason: what was acknowledged must have moved the version.
 * When the client has left meanwhile, nothing more is begun: he may have gone elsewhere, and be answered there. */
#include "field.h"
#include "gateway.h"
#include "input.h"
#include "must.h"

#include <string.h>

enum { PUT_TRIES = 16 };

struct putting {
  ProtobufCMessage *record;
  const ProtobufCFieldDescriptor *version;
  bool named; /* by the client: his to decide what to do when it has moved */
  int tries;
};

static void on_reply(struct hop *hop, const struct bus_answer *answer);

static void ask(struct exchange *exchange) {
  struct putting *putting = exchange->data;
  putting->tries++;
  exchange_ask_message(exchange, exchange->route->call, putting->record, on_reply);
}

static void on_reply(struct hop *hop, const struct bus_answer *answer) {
  struct exchange *exchange = hop->exchange;
  struct putting *putting = exchange->data;
  const Yz__Problem *problem = hop_problem(hop, answer);
  const bool moved = problem && problem->code == YZ__CODE__STALE && problem->has_version && !putting->named;
  if (!problem) {
    exchange_answer_packed(exchange, 200, call_info(hop->call)->output, answer->body, answer->n);
  } else if (!moved || http_gone(exchange->http)) {
    exchange_refuse(exchange, problem);
  } else if (putting->tries == PUT_TRIES) {
    exchange_refuse_new(exchange, YZ__CODE__CONFLICT, NULL, "others put this record at the same time");
  } else {
    *(uint64_t *)field_add(putting->record, putting->version, exchange->arena) = problem->version;
    ask(exchange);
  }
}

void serve_put(struct exchange *exchange) {
  const struct route *route = exchange->route;
  Yz__Problem *problem;
  struct putting *putting = arena_alloc(exchange->arena, sizeof *putting);
  exchange->data = putting;
  ProtobufCMessage *record = input_read(route->body, route, exchange->id, exchange->http, &problem);
  if (!record) {
    exchange_refuse(exchange, problem);
    return;
  }
  const ProtobufCFieldDescriptor *version = field_find(route->body, "version", strlen("version"));
  must(version != NULL && version->type == PROTOBUF_C_TYPE_UINT64);
  *putting = (struct putting){.record = record, .version = version, .named = field_count(record, version) > 0};
  ask(exchange);
}
