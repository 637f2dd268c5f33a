/* cancel.c - takes a settlement back: every counter is as it was, the record says so, the journal has the opposite
 * moves. */
#include "adjudication.h"

#include "bounds.h"
#include "commit.h"
#include "date.h"
#include "draft.h"
#include "services.pb-c.h"

#include <string.h>

enum { TRIES = 8 }; /* each meets another settlement, of the person or the family, that was under way */

struct cancel {
  struct bus_call *call;
  const Yz__CancelRequest *request;
  int tries;
  struct arena arena; /* of this try: eight readings of a large settlement have no room in one call's */
};

static void look(struct cancel *c);

/* Answers for a settlement that is cancelled already: to the sender of that very cancel its answer, to others a
 * refusal. */
static void answer_cancelled(const struct cancel *c, const Yz__Settlement *settlement) {
  const Yz__Cancellation *before = settlement->cancellation;
  const char *reason = c->request->reason ? c->request->reason : "",
             *given = before && before->reason ? before->reason : "";
  if (!before || strcmp(before->request_id, c->request->request_id) != 0)
    service_refuse(c->call, YZ__CODE__ALREADY_CANCELLED, NULL, "cancelled by request %s",
                   before ? before->request_id : "?");
  else if (strcmp(reason, given) != 0)
    service_refuse(c->call, YZ__CODE__REQUEST_ID_REUSED, "/reason",
                   "the cancel with this request_id gave another reason");
  else
    bus_reply(c->call, &settlement->base);
}

static void answer(const struct cancel *c, const struct ledger_reply *ledger) {
  if (ledger->result != STORE_OK) {
    bus_refuse(c->call, store_problem(bus_call_arena(c->call), ledger->result, ledger->text));
    return;
  }
  switch (ledger->outcome) {
  case LEDGER_APPLIED:
  case LEDGER_SEEN: answer_cancelled(c, ledger->recorded); break;
  case LEDGER_LATER:
    service_refuse(c->call, YZ__CODE__LATER_SETTLEMENT, "/id", "settlement %s of the same year stands on this one",
                   ledger->text);
    break;
  case LEDGER_CONFLICT:
    service_refuse(c->call, YZ__CODE__CONFLICT, NULL,
                   "the family's counters or the person's account moved %d times meanwhile", TRIES);
    break;
  case LEDGER_MISSING: service_refuse(c->call, YZ__CODE__UNKNOWN_SETTLEMENT, "/id", "no settlement has this id"); break;
  default: service_refuse(c->call, YZ__CODE__DEFECT, NULL, "the store refused the cancel: %s", ledger->text);
  }
}

static void on_cancelled(void *context, const struct ledger_reply *ledger) {
  struct cancel *c = context;
  struct arena used = c->arena; /* the answer takes `c` along, and is made of what is here */
  if (ledger->result == STORE_OK && ledger->outcome == LEDGER_CONFLICT && ++c->tries < TRIES)
    look(c);
  else
    answer(c, ledger);
  arena_free(&used);
}

static void refuse(const struct cancel *c, const Yz__Problem *problem) {
  struct arena used = c->arena; /* the answer takes `c` along */
  bus_refuse(c->call, problem);
  arena_free(&used);
}

static void on_read(void *context, const struct ledger_reply *ledger) {
  struct cancel *c = context;
  struct arena *arena = bus_call_arena(c->call);
  struct store *store = service_of(c->call)->store;
  if (ledger->result != STORE_OK) {
    refuse(c, store_problem(arena, ledger->result, ledger->text));
  } else if (!ledger->recorded) {
    refuse(c, problem_new(arena, YZ__CODE__UNKNOWN_SETTLEMENT, "/id", "no settlement has this id"));
  } else if (ledger->recorded->status == YZ__SETTLEMENT__STATUS__CANCELLED) {
    commit_cancelled(store, &c->arena, ledger->recorded, service_deadline(c->call), on_cancelled, c);
  } else {
    Yz__Settlement *cancelled = NULL;
    Yz__Move **moves = NULL;
    size_t n_moves = 0;
    Yz__Problem *problem = settlement_cancel(ledger->recorded, c->request->request_id, c->request->reason,
                                             instant_now(), &c->arena, &cancelled, &moves, &n_moves);
    if (problem)
      refuse(c, problem);
    else
      commit_cancel(store, &c->arena, ledger->bytes, ledger->n_bytes, cancelled, service_deadline(c->call),
                    on_cancelled, c);
  }
}

static void look(struct cancel *c) {
  arena_init(&c->arena, LIMIT_ARENA);
  ledger_read_kept(service_of(c->call)->store, &c->arena, c->request->id, service_deadline(c->call), on_read, c);
}

void adjudication_cancel(struct bus_call *call, const ProtobufCMessage *request) {
  struct arena *arena = bus_call_arena(call);
  struct cancel *c = arena_alloc(arena, sizeof *c);
  uint32_t bucket;
  *c = (struct cancel){.call = call, .request = (const Yz__CancelRequest *)request};
  if (!settlement_id_bucket(c->request->id, &bucket))
    service_refuse(call, YZ__CODE__UNKNOWN_SETTLEMENT, "/id",
                   "not a settlement id: S, four hex digits and 26 characters");
  else if (!id_valid(c->request->request_id))
    service_refuse(call, YZ__CODE__INVALID, "/request_id", "a request id is 1 to 64 letters, digits, '-', '_', '.'");
  else
    look(c);
}
