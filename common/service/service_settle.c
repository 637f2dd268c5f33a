/* What stands at the end of a settlement's way.
 *
 *     finish --> estimate: answer
 *            \-> [claim the encounter] --> commit --> applied | seen: answer; conflict: again; defect: refuse
 *
 * An encounter is claimed before the settlement is applied: from then on no fee line can be added to it, so that what
 * was settled is what was collected. A claim whose settlement never came is taken up by the next try, which has the
 * same settlement id. */
#include "service_settle.h"

#include "commit.h"
#include "compare.h"
#include "date.h"
#include "draft.h"
#include "log.h"
#include "packed.h"
#include "record.h"
#include "replay.h"
#include "services.pb-c.h"

#include <string.h>

struct commit {
  struct bus_call *call;
  const Yz__SettlementDraft *draft;
  Yz__Settlement *settlement;
};

static void refuse_defect(struct bus_call *call, const char *id, Yz__Problem *problem) {
  char quoted[1024];
  if (problem->code == YZ__CODE__DEFECT)
    log_line(LOG_ERROR, "defect: settlement refused", "\"settlement\":\"%s\",\"why\":%s", id ? id : "",
             log_text(problem->detail ? problem->detail : "", quoted, sizeof quoted));
  bus_refuse(call, problem);
}

static void answer_again(struct bus_call *call) {
  Yz__SettlementDraft out = YZ__SETTLEMENT_DRAFT__INIT;
  out.has_again = true;
  out.again = true;
  bus_reply(call, &out.base);
}

/* Answers with the very bytes that are recorded. */
static void answer_recorded(struct bus_call *call, const char *member, const struct ledger_reply *ledger) {
  size_t n;
  const uint8_t *bytes =
      message_packed_around(&yz__settlement_draft__descriptor, member, ledger->bytes, ledger->n_bytes, &n);
  bus_reply_bytes(call, bytes, n);
}

static void on_committed(void *context, const struct ledger_reply *ledger) {
  struct commit *c = context;
  struct arena *arena = bus_call_arena(c->call);
  if (ledger->result != STORE_OK) {
    bus_refuse(c->call, store_problem(arena, ledger->result, ledger->text));
    return;
  }
  Yz__Problem *problem = NULL;
  switch (ledger->outcome) {
  case LEDGER_APPLIED: answer_recorded(c->call, "settlement", ledger); return;
  case LEDGER_CONFLICT: answer_again(c->call); return;
  case LEDGER_SEEN: problem = replay_check(c->draft->bill, ledger->recorded, arena); break;
  default: problem = problem_new(arena, YZ__CODE__DEFECT, NULL, "the store refused it: %s", ledger->text);
  }
  if (problem)
    refuse_defect(c->call, c->draft->id, problem);
  else
    answer_recorded(c->call, "prior", ledger);
}

static void apply(struct commit *c) {
  commit_apply(service_of(c->call)->store, bus_call_arena(c->call), c->settlement, c->draft->n_contracts,
               c->draft->contracts, service_deadline(c->call), on_committed, c);
}

static void on_claimed(void *context, const struct record *record) {
  struct commit *c = context;
  if (record->result != STORE_OK)
    bus_refuse(c->call, store_problem(bus_call_arena(c->call), record->result, record->text));
  else if (record->stale)
    answer_again(c->call);
  else
    apply(c);
}

/* Whether the encounter still holds exactly the lines that were decided on. */
static bool same_lines(const Yz__Encounter *encounter, const Yz__Bill *bill, struct arena *arena) {
  if (encounter->n_lines != bill->n_lines) return false;
  Yz__Bill now = YZ__BILL__INIT, then = YZ__BILL__INIT;
  now.request_id = now.person = now.institution = then.request_id = then.person = then.institution = (char *)"";
  now.n_lines = then.n_lines = bill->n_lines;
  then.lines = bill->lines;
  now.lines = arena_alloc(arena, bill->n_lines * sizeof *now.lines);
  for (size_t i = 0; i < bill->n_lines; i++) now.lines[i] = encounter->lines[i]->line;
  return !message_differs(&now.base, &then.base, NULL);
}

static void on_encounter(void *context, const struct record *record) {
  struct commit *c = context;
  struct arena *arena = bus_call_arena(c->call);
  Yz__Encounter *encounter = (Yz__Encounter *)record->message;
  if (record->result != STORE_OK) {
    bus_refuse(c->call, store_problem(arena, record->result, record->text));
  } else if (!encounter || !same_lines(encounter, c->draft->bill, arena)) {
    answer_again(c->call);
  } else if (encounter->settled_as) {
    apply(c); /* claimed by this very settlement: the id comes from the encounter */
  } else {
    encounter->settled_as = c->settlement->id;
    record_put(service_of(c->call)->store, arena, RECORD_ENCOUNTER, &encounter->base, service_deadline(c->call),
               on_claimed, c);
  }
}

static void commit(struct bus_call *call, const Yz__SettlementDraft *draft, Yz__Settlement *settlement) {
  struct arena *arena = bus_call_arena(call);
  struct commit *c = arena_alloc(arena, sizeof *c);
  *c = (struct commit){.call = call, .draft = draft, .settlement = settlement};
  settlement->has_sequence = true;
  settlement->sequence = draft->version + 1;
  if (draft->bill->encounter)
    record_get_kept(service_of(call)->store, arena, RECORD_ENCOUNTER, draft->bill->encounter, service_deadline(call),
                    on_encounter, c);
  else
    apply(c);
}

void service_settle(struct bus_call *call, const Yz__SettlementDraft *draft) {
  Yz__Settlement *settlement = NULL;
  Yz__Problem *problem = draft_finish(draft, instant_now(), bus_call_arena(call), &settlement);
  if (problem) {
    refuse_defect(call, draft->id, problem);
  } else if (draft->estimate) {
    Yz__SettlementDraft out = YZ__SETTLEMENT_DRAFT__INIT;
    out.settlement = settlement;
    bus_reply(call, &out.base);
  } else {
    commit(call, draft, settlement);
  }
}
