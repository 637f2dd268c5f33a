#include "adjudication.h"

#include "bill.h"
#include "draft.h"
#include "record.h"
#include "service_tier.h"
#include "services.pb-c.h"
#include "split.h"

#include <string.h>

/* Splits and decides. `lines` are the bill's own or its encounter's. */
static void decide(struct bus_call *call, Yz__SettlementDraft *draft) {
  struct arena *arena = bus_call_arena(call);
  struct shelf *shelf = service_of(call)->shelf;
  const struct plan *plan = NULL;
  Yz__Problem *problem = draft_plan(draft, shelf, arena, &plan);
  if (!problem) problem = split_draft(draft, draft->bill->lines, draft->bill->n_lines, plan, shelf, arena);
  if (!problem) problem = draft_run(draft, plan, YZ__SERVICE__ADJUDICATION, true, arena);
  if (problem)
    bus_refuse(call, problem);
  else
    service_send_on(call, draft);
}

struct with_encounter {
  struct bus_call *call;
  Yz__SettlementDraft *draft;
};

/* An encounter belongs to one person at one institution; the bill must speak of the same. */
static Yz__Problem *encounter_check(const Yz__Encounter *encounter, const Yz__SettlementDraft *draft,
                                    struct arena *arena) {
  const Yz__Bill *bill = draft->bill;
  if (!encounter)
    return problem_new(arena, YZ__CODE__UNKNOWN_ENCOUNTER, "/encounter", "no encounter has the id %s", bill->encounter);
  if (strcmp(encounter->person, bill->person) != 0)
    return problem_new(arena, YZ__CODE__INVALID, "/person", "the encounter is of another person");
  if (strcmp(encounter->institution, bill->institution) != 0)
    return problem_new(arena, YZ__CODE__INVALID, "/institution", "the encounter is of institution %s",
                       encounter->institution);
  if (encounter->setting != bill->setting)
    return problem_new(arena, YZ__CODE__INVALID, "/setting", "the encounter was opened for another setting");
  if (encounter->from != bill->from)
    return problem_new(arena, YZ__CODE__INVALID, "/from", "the encounter was opened for another day");
  if (encounter->n_lines == 0)
    return problem_new(arena, YZ__CODE__INVALID, "/encounter", "the encounter has no fee lines yet");
  if (encounter->settled_as && draft->id && strcmp(encounter->settled_as, draft->id) != 0)
    return problem_new(arena, YZ__CODE__REQUEST_ID_REUSED, "/encounter", "settled before as %s", encounter->settled_as);
  return NULL;
}

static void on_encounter(void *context, const struct record *record) {
  struct with_encounter *w = context;
  struct arena *arena = bus_call_arena(w->call);
  if (record->result != STORE_OK) {
    bus_refuse(w->call, store_problem(arena, record->result, record->text));
    return;
  }
  const Yz__Encounter *encounter = (const Yz__Encounter *)record->message;
  Yz__Bill *bill = w->draft->bill;
  Yz__Problem *problem = encounter_check(encounter, w->draft, arena);
  if (!problem) {
    bill->n_lines = encounter->n_lines;
    bill->lines = arena_alloc(arena, encounter->n_lines * sizeof *bill->lines);
    for (size_t i = 0; i < encounter->n_lines; i++) bill->lines[i] = encounter->lines[i]->line;
    problem = lines_check(bill->lines, bill->n_lines, bill->from, bill_day(bill), "/encounter/lines", arena);
  }
  if (problem)
    bus_refuse(w->call, problem);
  else
    decide(w->call, w->draft);
}

void adjudication_adjudicate(struct bus_call *call, const ProtobufCMessage *request) {
  struct arena *arena = bus_call_arena(call);
  /* The request lives in this call's arena and is nobody else's, so it is worked on in place. */
  Yz__SettlementDraft *draft = (Yz__SettlementDraft *)request;
  if (!draft->bill || !draft->entitlement) {
    service_refuse(call, YZ__CODE__MALFORMED, "", "a draft without bill or entitlement");
  } else if (draft->bill->encounter) {
    struct with_encounter *w = arena_alloc(arena, sizeof *w);
    *w = (struct with_encounter){.call = call, .draft = draft};
    record_get(service_of(call)->store, arena, RECORD_ENCOUNTER, draft->bill->encounter, service_deadline(call),
               on_encounter, w);
  } else {
    decide(call, draft);
  }
}
