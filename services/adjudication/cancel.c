/* cancel.c - takes a settlement back: every counter is as it was, the record says so, the journal has the opposite
 * moves. */
#include "adjudication.h"

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
};

static void look(struct cancel *c);

/* Answers for a settlement that is cancelled already: to the sender of that very cancel its answer, to others a
 * refusal. */
static void answer_cancelled(struct cancel *c, const Yz__Settlement *settlement) {
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

static void on_cancelled(void *context, const struct ledger_reply *ledger) {
  struct cancel *c = context;
  struct arena *arena = bus_call_arena(c->call);
  if (ledger->result != STORE_OK) {
    bus_refuse(c->call, store_problem(arena, ledger->result, ledger->text));
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
    if (++c->tries < TRIES)
      look(c);
    else
      service_refuse(c->call, YZ__CODE__CONFLICT, NULL,
                     "the family's counters or the person's account moved %d times meanwhile", TRIES);
    break;
  case LEDGER_MISSING: service_refuse(c->call, YZ__CODE__UNKNOWN_SETTLEMENT, "/id", "no settlement has this id"); break;
  default: service_refuse(c->call, YZ__CODE__DEFECT, NULL, "the store refused the cancel: %s", ledger->text);
  }
}

static void on_read(void *context, const struct ledger_reply *ledger) {
  struct cancel *c = context;
  struct arena *arena = bus_call_arena(c->call);
  if (ledger->result != STORE_OK) {
    bus_refuse(c->call, store_problem(arena, ledger->result, ledger->text));
  } else if (!ledger->recorded) {
    service_refuse(c->call, YZ__CODE__UNKNOWN_SETTLEMENT, "/id", "no settlement has this id");
  } else if (ledger->recorded->status == YZ__SETTLEMENT__STATUS__CANCELLED) {
    commit_cancelled(service_of(c->call)->store, arena, ledger->recorded, service_deadline(c->call), on_cancelled, c);
  } else {
    Yz__Settlement *cancelled = NULL;
    Yz__Move **moves = NULL;
    size_t n_moves = 0;
    Yz__Problem *problem = settlement_cancel(ledger->recorded, c->request->request_id, c->request->reason,
                                             instant_now(), arena, &cancelled, &moves, &n_moves);
    if (problem)
      bus_refuse(c->call, problem);
    else
      commit_cancel(service_of(c->call)->store, arena, ledger->bytes, ledger->n_bytes, cancelled,
                    service_deadline(c->call), on_cancelled, c);
  }
}

static void look(struct cancel *c) {
  ledger_read_kept(service_of(c->call)->store, bus_call_arena(c->call), c->request->id, service_deadline(c->call),
                   on_read, c);
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
