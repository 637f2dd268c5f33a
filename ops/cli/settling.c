#include "settling.h"

#include "csv.h"
#include "json.h"
#include "money.h"
#include "records.h"

#include <string.h>

static const char *const sums_columns[] = {"total", "own_expense", "over_limit", "first_pay", "in_policy"};
enum { SUMS_COLUMNS = sizeof sums_columns / sizeof *sums_columns };

static void put_fen(struct text *line, int64_t fen) {
  char text[MONEY_TEXT_MAX];
  text_add_char(line, ',');
  text_add(line, fen_print(fen, text));
}

/* Ids have no character that needs quotes; a refused bill may hold anything. */
static void print_cells(FILE *out, const char *const *cells, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (i > 0) putc(',', out);
    csv_put(out, cells[i]);
  }
}

void settling_begin(struct settling *s) {
  if (s->output != OUTPUT_TABLE) return;
  fputs("request_id,person,institution,settlement", s->out);
  for (size_t i = 0; i < SUMS_COLUMNS; i++) fprintf(s->out, ",%s", sums_columns[i]);
  fputs(",remote_first_pay", s->out);
  for (unsigned i = 0; i < yz__payer__descriptor.n_values; i++) {
    putc(',', s->out);
    for (const char *p = yz__payer__descriptor.values[i].name; *p; p++)
      putc(*p >= 'A' && *p <= 'Z' ? *p + ('a' - 'A') : *p, s->out);
  }
  fputs(",funds,personal,in_policy_burden,outside_bill,problem,pointer,detail\n", s->out);
}

static void print_row(struct settling *s, const Yz__Settlement *settlement) {
  const Yz__Sums *sums = settlement->sums;
  const Yz__Bill *bill = settlement->bill;
  struct text *line = &s->line;
  text_clear(line);
  const char *const keys[] = {bill->request_id, bill->person, bill->institution, settlement->id};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    if (i > 0) text_add_char(line, ',');
    text_add(line, keys[i]);
  }
  const int64_t parts[] = {sums->total,     sums->own_expense, sums->over_limit,
                           sums->first_pay, sums->in_policy,   settlement->remote_first_pay};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) put_fen(line, parts[i]);
  for (unsigned i = 0; i < yz__payer__descriptor.n_values; i++) {
    int64_t amount = 0;
    for (size_t k = 0; k < settlement->n_shares; k++)
      if ((int)settlement->shares[k]->payer == yz__payer__descriptor.values[i].value)
        amount += settlement->shares[k]->amount;
    put_fen(line, amount);
  }
  put_fen(line, settlement->funds);
  put_fen(line, settlement->personal);
  put_fen(line, settlement->in_policy_burden);
  put_fen(line, settlement->outside_bill);
  text_add(line, ",,,\n");
  fwrite(line->bytes, 1, line->n, s->out);
}

/* A refused bill keeps its line in the table: the money columns stay empty. */
static void print_refused_row(struct settling *s, const Yz__Bill *bill, const Yz__Problem *problem) {
  const char *const keys[] = {bill->request_id, bill->person, bill->institution};
  print_cells(s->out, keys, sizeof keys / sizeof *keys);
  const unsigned empty = 1 + SUMS_COLUMNS + 1 + yz__payer__descriptor.n_values + 4;
  for (unsigned i = 0; i < empty; i++) putc(',', s->out);
  putc(',', s->out);
  const ProtobufCEnumValue *code = protobuf_c_enum_descriptor_get_value(&yz__code__descriptor, (int)problem->code);
  const char *const told[] = {code ? code->name : "", problem->pointer, problem->detail};
  print_cells(s->out, told, sizeof told / sizeof *told);
  putc('\n', s->out);
}

static void print_settlement(struct settling *s, const Yz__Settlement *settlement, struct arena *arena) {
  struct text out = {0};
  if (s->output == OUTPUT_SLIPS) {
    struct explain_packs packs = shelf_explain_packs(s->shelf);
    slip_print(settlement, explain(settlement, &packs, arena), &packs, s->language, &out);
  } else {
    json_write(&settlement->base, &out);
  }
  fprintf(s->out, "%s\n", text_string(&out));
  text_free(&out);
}

void settling_refuse(struct settling *s, const Yz__Problem *problem, unsigned line) {
  if (!problem) return;
  s->failed = true;
  print_problem(s->err, s->path, line, problem);
}

void settling_bill(struct settling *s, Yz__Bill *bill, unsigned line, struct arena *arena) {
  Yz__Settlement *settlement = NULL;
  Yz__Problem *problem = offline_settle(s->offline, bill, arena, &settlement);
  settling_refuse(s, problem, line);
  if (problem && s->output == OUTPUT_TABLE)
    print_refused_row(s, bill, problem);
  else if (problem && s->output == OUTPUT_TOTALS)
    totals_add_refused(&s->totals, bill);
  else if (problem)
    return;
  else if (s->output == OUTPUT_TABLE)
    print_row(s, settlement);
  else if (s->output == OUTPUT_TOTALS)
    totals_add(&s->totals, settlement);
  else
    print_settlement(s, settlement, arena);
}

void settling_end(struct settling *s) {
  if (s->output == OUTPUT_TOTALS) totals_print(&s->totals, s->out);
  text_free(&s->line);
}
