/* encounters.c - a stay whose fee lines are collected day by day before it is settled.
 *
 *     opened --lines added, each number once--> claimed by its settlement (settled_as): closed for ever
 *
 * Writes are guarded by the record's version: two systems that add lines at the same time both get theirs in. */
#include "adjudication.h"

#include "bill.h"
#include "bounds.h"
#include "compare.h"
#include "record.h"
#include "service_record.h"
#include "services.pb-c.h"

void adjudication_open_encounter(struct bus_call *call, const ProtobufCMessage *request) {
  struct arena *arena = bus_call_arena(call);
  Yz__Encounter *encounter = (Yz__Encounter *)request;
  Yz__Problem *problem = NULL;
  if (!id_valid(encounter->id))
    problem = problem_new(arena, YZ__CODE__INVALID, "/id", "an id is letters, digits, '-', '_', '.'");
  else if (!id_valid(encounter->person) || !id_valid(encounter->institution))
    problem = problem_new(arena, YZ__CODE__INVALID, "/person", "person and institution are ids");
  else if (encounter->n_lines > 0)
    problem = problem_new(arena, YZ__CODE__INVALID, "/lines", "open the encounter first, then add its lines");
  else if (encounter->settled_as)
    problem = problem_new(arena, YZ__CODE__INVALID, "/settled_as", "set by settling only");
  encounter->has_version = true; /* only when there is none; the very same opening again is the same opening */
  encounter->version = 0;
  service_keep_record(call, RECORD_ENCOUNTER, request, problem);
}

void adjudication_get_encounter(struct bus_call *call, const ProtobufCMessage *request) {
  service_answer_record(call, RECORD_ENCOUNTER, ((const Yz__Id *)request)->id, YZ__CODE__UNKNOWN_ENCOUNTER);
}

struct adding {
  struct bus_call *call;
  const Yz__EncounterLines *more;
  int tries;
};

static void on_kept(void *context, const struct record *record);

static const Yz__NumberedLine *line_of(const Yz__Encounter *encounter, uint32_t number) {
  for (size_t i = 0; i < encounter->n_lines; i++)
    if (encounter->lines[i]->number == number) return encounter->lines[i];
  return NULL;
}

/* Adds what is new. A number that is there must have the same content. *added tells whether there was anything new. */
static Yz__Problem *merge(Yz__Encounter *encounter, const Yz__EncounterLines *more, struct arena *arena, bool *added) {
  Yz__NumberedLine **lines = arena_alloc(arena, (encounter->n_lines + more->n_lines + 1) * sizeof *lines);
  for (size_t i = 0; i < encounter->n_lines; i++) lines[i] = encounter->lines[i];
  encounter->lines = lines;
  *added = false;
  for (size_t i = 0; i < more->n_lines; i++) {
    Yz__NumberedLine *line = more->lines[i];
    const Yz__NumberedLine *there = line_of(encounter, line->number);
    if (there && message_differs(&there->base, &line->base, NULL))
      return problem_new(arena, YZ__CODE__REQUEST_ID_REUSED, arena_format(arena, "/lines/%zu", i),
                         "line %u was sent before with other content", line->number);
    if (there) continue;
    encounter->lines[encounter->n_lines++] = line;
    *added = true;
  }
  if (encounter->n_lines > LIMIT_LINES)
    return problem_new(arena, YZ__CODE__TOO_LARGE, "/lines", "an encounter has at most %d lines", LIMIT_LINES);
  return NULL;
}

/* New lines are checked by themselves; whether their days lie within the stay is known when the bill says its end. */
static Yz__Problem *more_check(const Yz__EncounterLines *more, const Yz__Encounter *encounter, struct arena *arena) {
  Yz__FeeLine **lines = arena_alloc(arena, (more->n_lines + 1) * sizeof *lines);
  for (size_t i = 0; i < more->n_lines; i++) lines[i] = more->lines[i]->line;
  return lines_check(lines, more->n_lines, encounter->from, encounter->from + BILL_DAYS_MAX, "/lines", arena);
}

static void on_read(void *context, const struct record *record) {
  struct adding *a = context;
  struct arena *arena = bus_call_arena(a->call);
  Yz__Encounter *encounter = (Yz__Encounter *)record->message;
  if (record->result != STORE_OK) {
    bus_refuse(a->call, store_problem(arena, record->result, record->text));
    return;
  }
  if (!encounter) {
    service_refuse(a->call, YZ__CODE__UNKNOWN_ENCOUNTER, NULL, "no encounter has the id %s", a->more->id);
    return;
  }
  bool added = false;
  Yz__Problem *problem = more_check(a->more, encounter, arena);
  if (!problem) problem = merge(encounter, a->more, arena, &added);
  if (!problem && added && encounter->settled_as)
    problem = problem_new(arena, YZ__CODE__INVALID, "/id", "the encounter was settled as %s and takes no more lines",
                          encounter->settled_as);
  if (problem)
    bus_refuse(a->call, problem);
  else if (!added)
    bus_reply(a->call, &encounter->base);
  else
    record_put(service_of(a->call)->store, arena, RECORD_ENCOUNTER, &encounter->base, service_deadline(a->call),
               on_kept, a);
}

static void read_again(struct adding *a) {
  record_get_kept(service_of(a->call)->store, bus_call_arena(a->call), RECORD_ENCOUNTER, a->more->id,
                  service_deadline(a->call), on_read, a);
}

static void on_kept(void *context, const struct record *record) {
  enum { TRIES = 5 };
  struct adding *a = context;
  if (record->result != STORE_OK)
    bus_refuse(a->call, store_problem(bus_call_arena(a->call), record->result, record->text));
  else if (!record->stale)
    bus_reply(a->call, record->message);
  else if (++a->tries < TRIES)
    read_again(a);
  else
    service_refuse(a->call, YZ__CODE__CONFLICT, NULL, "others add lines to this encounter at the same time");
}

void adjudication_add_lines(struct bus_call *call, const ProtobufCMessage *request) {
  struct adding *a = arena_alloc(bus_call_arena(call), sizeof *a);
  *a = (struct adding){.call = call, .more = (const Yz__EncounterLines *)request};
  if (!id_valid(a->more->id))
    service_refuse(call, YZ__CODE__INVALID, NULL, "an encounter id is letters, digits, '-', '_', '.'");
  else
    read_again(a);
}
