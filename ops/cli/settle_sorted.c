#include "settle_sorted.h"

#include "bounds.h"
#include "records.h"
#include "table_stream.h"

#include <stdio.h>
#include <string.h>

/* A chunk ends with the group that reaches one of these; its output is held in memory until its turn. */
enum { CHUNK_ROWS = 4096 };

enum { MEMBERS_MAX = 100 }; /* columns of a table's list */

/* How ids follow each other in a table. */
enum order { ORDER_RISING, ORDER_NOT_FALLING, ORDER_IN_GROUPS };
static const char *const disorder[] = {
    "the id is not greater than that of the row before",
    "its first member stands before that of the row before, or in a group that is done",
    "the person stands in a group that is done"};

/* One table, with its next row at hand. */
struct side {
  const char *path;
  const ProtobufCMessageDescriptor *type;
  struct table_stream *stream; /* NULL: no such table */
  bool there;                  /* a row is at hand */
  int columns[MEMBERS_MAX];    /* those that name persons */
  int n_columns;
  struct text least, greatest; /* person ids of the row at hand */
  struct text before;          /* least of the row before */
  enum order order;
};

struct sorted {
  struct settling *s;
  unsigned job, jobs;
  uint64_t chunk, rows; /* number of the chunk in hand, and rows read in it */
  struct side persons, contracts, bills;
  struct text end;    /* greatest id of the group in hand */
  struct text behind; /* of the group before; "" before the first */
  struct arena arena; /* of one row */
};

static bool is_mine(const struct sorted *o) {
  return o->chunk % o->jobs == o->job;
}

static void text_set(struct text *text, const char *value) {
  text_clear(text);
  text_add(text, value);
}

static int compare(const struct text *a, const struct text *b) {
  return strcmp(text_string(a), text_string(b));
}

/* ---- rows */

static void refuse(struct sorted *o, const struct side *side, const Yz__Problem *problem) {
  o->s->path = side->path;
  if (is_mine(o)) settling_refuse(o->s, problem, table_stream_line(side->stream));
  arena_reset(&o->arena);
}

/* Reads the ids of the row: false when it names nobody. */
static bool take_ids(struct side *side) {
  const char *least = NULL, *greatest = NULL;
  for (int i = 0; i < side->n_columns; i++) {
    const char *id = table_stream_cell(side->stream, side->columns[i]);
    if (!id[0]) continue;
    if (!least || strcmp(id, least) < 0) least = id;
    if (!greatest || strcmp(id, greatest) > 0) greatest = id;
  }
  if (!least) return false;
  text_set(&side->least, least);
  text_set(&side->greatest, greatest);
  return true;
}

/* Refuses a row that no group can take: unreadable, without an id, or out of order. */
static void refuse_row(struct sorted *o, const struct side *side, bool named) {
  Yz__Problem *problem = NULL;
  if (!named) table_stream_message(side->stream, &o->arena, &problem);
  if (!problem)
    problem = problem_new(&o->arena, YZ__CODE__INVALID, NULL, "%s",
                          named ? disorder[side->order] : "the row names no person");
  refuse(o, side, problem);
}

/* Whether the row comes too late for its group. */
static bool is_late(const struct sorted *o, const struct side *side) {
  if (compare(&side->least, &o->behind) <= 0) return true;
  const int step = compare(&side->least, &side->before);
  return side->order == ORDER_RISING ? step <= 0 : side->order == ORDER_NOT_FALLING && step < 0;
}

/* Puts the next row that has its place at hand. */
static void advance(struct sorted *o, struct side *side) {
  enum stream_row row;
  if (side->there) text_set(&side->before, text_string(&side->least));
  side->there = false;
  while ((row = table_stream_next(side->stream)) != ROW_END) {
    o->rows++;
    const bool named = row == ROW_THERE && take_ids(side);
    side->there = named && !is_late(o, side);
    if (side->there) return;
    refuse_row(o, side, named);
  }
}

/* The row at hand as a message; NULL when it was refused. */
static void *message_of(struct sorted *o, const struct side *side) {
  Yz__Problem *problem = NULL;
  void *message = table_stream_message(side->stream, &o->arena, &problem);
  o->s->path = side->path;
  if (!message) refuse(o, side, problem);
  return message;
}

/* ---- groups */

/* Whether the row at hand belongs to the group. */
static bool belongs(const struct sorted *o, const struct side *side) {
  return side->there && compare(&side->least, &o->end) <= 0;
}

static void take_contracts(struct sorted *o) {
  for (struct side *side = &o->contracts; belongs(o, side); advance(o, side)) {
    if (compare(&side->greatest, &o->end) > 0) text_set(&o->end, text_string(&side->greatest));
    Yz__Contract *contract = is_mine(o) ? message_of(o, side) : NULL;
    if (contract) refuse(o, side, offline_contract(o->s->offline, contract, &o->arena));
  }
}

static void take_persons(struct sorted *o) {
  for (struct side *side = &o->persons; belongs(o, side); advance(o, side)) {
    Yz__Person *person = is_mine(o) ? message_of(o, side) : NULL;
    if (person) refuse(o, side, offline_person(o->s->offline, person, &o->arena));
  }
}

static void take_bills(struct sorted *o) {
  for (struct side *side = &o->bills; belongs(o, side); advance(o, side)) {
    Yz__Bill *bill = is_mine(o) ? message_of(o, side) : NULL;
    if (bill) settling_bill(o->s, bill, table_stream_line(side->stream), &o->arena);
    arena_reset(&o->arena);
  }
}

/* Begins the group of the least id at hand; false at the end of all tables. */
static bool group_begin(struct sorted *o) {
  const struct side *sides[] = {&o->persons, &o->contracts, &o->bills};
  const struct text *least = NULL;
  for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
    if (sides[i]->there && (!least || compare(&sides[i]->least, least) < 0)) least = &sides[i]->least;
  if (least) text_set(&o->end, text_string(least));
  return least != NULL;
}

static void groups_take(struct sorted *o, void (*chunk_done)(void *context), void *context) {
  while (group_begin(o)) {
    take_contracts(o);
    take_persons(o);
    take_bills(o);
    text_set(&o->behind, text_string(&o->end));
    if (is_mine(o)) offline_forget(o->s->offline);
    if (o->rows < CHUNK_ROWS) continue;
    if (is_mine(o) && chunk_done) chunk_done(context);
    o->chunk++;
    o->rows = 0;
  }
  if (is_mine(o) && chunk_done) chunk_done(context);
}

/* ---- tables */

/* Finds the columns with ids: `name`, or of a list "members/0/person" and on. */
static void columns_find(struct side *side, const char *name, bool list) {
  for (int i = 0; i < (list ? MEMBERS_MAX : 1); i++) {
    char column[LIMIT_ID];
    snprintf(column, sizeof column, "members/%d/%s", i, name);
    const int at = table_stream_column(side->stream, list ? column : name);
    if (at >= 0) side->columns[side->n_columns++] = at;
  }
}

/* Opens a table and puts its first row at hand; false when it cannot be read. No table is an empty one. */
static bool side_open(struct sorted *o, struct side *side, const char *name, bool list) {
  if (!side->path) return true;
  side->stream = table_stream_open(side->path, side->type);
  if (!side->stream) return false;
  columns_find(side, name, list);
  advance(o, side);
  return true;
}

static bool side_close(struct side *side) {
  text_free(&side->least);
  text_free(&side->greatest);
  text_free(&side->before);
  return table_stream_close(&side->stream);
}

bool sorted_settle_share(struct settling *s, const struct sorted_tables *tables, unsigned job, unsigned jobs,
                         void (*chunk_done)(void *context), void *context) {
  struct sorted o = {
      .s = s,
      .job = job,
      .jobs = jobs,
      .persons = {.path = tables->persons, .type = &yz__person__descriptor, .order = ORDER_RISING},
      .contracts = {.path = tables->contracts, .type = &yz__contract__descriptor, .order = ORDER_NOT_FALLING},
      .bills = {.path = tables->bills, .type = &yz__bill__descriptor, .order = ORDER_IN_GROUPS},
  };
  arena_init(&o.arena, LIMIT_ARENA);
  bool sound = side_open(&o, &o.persons, "id", false) && side_open(&o, &o.contracts, "person", true) &&
               side_open(&o, &o.bills, "person", false);
  if (sound) groups_take(&o, chunk_done, context);
  struct side *sides[] = {&o.persons, &o.contracts, &o.bills};
  for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) sound = side_close(sides[i]) && sound;
  text_free(&o.end);
  text_free(&o.behind);
  arena_free(&o.arena);
  return sound;
}
