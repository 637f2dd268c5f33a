/* audit_check.c - what must stand by the journal, and whether it does. */
#include "audit.h"
#include "date.h"
#include "family.h"
#include "ledger.h"
#include "outbox.h"
#include "remote.h"

#include <inttypes.h>
#include <string.h>

static void fold_counters(struct audit *audit, const Yz__Fact *fact) {
  for (size_t i = 0; i < fact->n_moves; i++) {
    const Yz__Move *move = fact->moves[i];
    const char *id = move->contract ? move->contract : fact->person;
    audit_add(&audit->due, &audit->arena, move->delta, "%s:%s:%u %s", move->contract ? "cacc" : "acc", id, fact->year,
              move->name);
  }
}

static void fold_part(struct audit *audit, const struct audit_fact *f, const char *contract, bool settled) {
  const Yz__Fact *fact = f->fact;
  char name[256];
  snprintf(name, sizeof name, "ctry:%s:%u %s", contract, fact->year, fact->settlement);
  const int64_t state = settled ? 'C' : 'X';
  audit_add(&audit->due, &audit->arena, state - audit_find(&audit->due, name), "%s", name);
}

/* The mark in the list of the year; in each contract the part, 'C' confirmed, 'X' cancelled, and the mark in its list.
 * A settlement of before `contracts` was kept is in no contract's list. */
static void fold_marks(struct audit *audit, const struct audit_fact *f) {
  const Yz__Fact *fact = f->fact;
  const Yz__Settlement *s = f->settlement;
  const bool settled = fact->kind == YZ__FACT__KIND__SETTLED;
  for (size_t i = 0; i < fact->n_moves; i++)
    if (fact->moves[i]->contract && fact->moves[i]->delta != 0) fold_part(audit, f, fact->moves[i]->contract, settled);
  for (size_t i = 0; i < s->n_contracts; i++) {
    fold_part(audit, f, s->contracts[i], settled);
    const int stands = family_moves(s, s->contracts[i]) ? '+' : ':';
    audit_add(&audit->due, &audit->arena, settled ? stands : '-' - stands, "clist:%s:%u %s", s->contracts[i],
              fact->year, fact->settlement);
  }
  const int stands = audit_mark(*ledger_mark(s));
  audit_add(&audit->due, &audit->arena, settled ? stands : '-' - stands, "plist:%s:%u %s", fact->person, fact->year,
            fact->settlement);
}

/* What a person pays at the counter, and what the hospital waives, is not owed between cities. */
static bool owed(Yz__Payer payer) {
  return payer != YZ__PAYER__CASH && payer != YZ__PAYER__HOSPITAL_WAIVER;
}

static void fold_clearing(struct audit *audit, const struct audit_fact *f) {
  const Yz__Entitlement *e = f->settlement->entitlement;
  if (same_city(e->insured_city, e->care_city)) return;
  char insured[CITY_CODE_MAX], care[CITY_CODE_MAX];
  city_code(e->insured_city, insured);
  city_code(e->care_city, care);
  const int sign = f->fact->kind == YZ__FACT__KIND__SETTLED ? 1 : -1;
  const struct civil day = date_civil(date_of_instant(f->fact->at));
  for (size_t i = 0; i < f->settlement->n_shares; i++) {
    const Yz__Share *share = f->settlement->shares[i];
    if (!owed(share->payer) || share->amount == 0) continue;
    audit_add(&audit->due, &audit->arena, sign * share->amount, "clearing:%d bucket %u %s %s %d fen",
              day.year * 100 + day.month, f->bucket, insured, care, (int)share->payer);
    audit_add(&audit->due, &audit->arena, sign, "clearing:%d bucket %u %s %s %d n", day.year * 100 + day.month,
              f->bucket, insured, care, (int)share->payer);
  }
}

_Static_assert(YZ__SETTLEMENT__STATUS__CANCELLED - YZ__SETTLEMENT__STATUS__SETTLED == 1, "as fold adds them");

void audit_fold(struct audit *audit) {
  for (size_t i = 0; i < audit->n_facts; i++) {
    const struct audit_fact *f = &audit->facts[i];
    fold_counters(audit, f->fact);
    if (f->settlement) fold_marks(audit, f);
    if (f->settlement) fold_clearing(audit, f);
    audit_add(&audit->due, &audit->arena, 1, "notices:%s %c%s", f->fact->person, notice_mark(f->fact->kind),
              f->fact->settlement);
    audit_add(&audit->due, &audit->arena,
              f->fact->kind == YZ__FACT__KIND__SETTLED ? YZ__SETTLEMENT__STATUS__SETTLED : 1, "settle:%s",
              f->fact->settlement);
  }
}

static void compare(struct audit *audit, const struct audit_value *value) {
  const int64_t stored = audit_find(&audit->stored, value->name), due = audit_find(&audit->due, value->name);
  if (stored != due) audit_tell(audit, "%s is %" PRId64 ", by the journal %" PRId64, value->name, stored, due);
}

static void check_payers(struct audit *audit, const Yz__Settlement *settlement) {
  int64_t paid = 0;
  for (size_t i = 0; i < settlement->n_shares; i++) paid += settlement->shares[i]->amount;
  if (paid != settlement->sums->total)
    audit_tell(audit, "settlement %s: payers give %" PRId64 " of %" PRId64 " fen", settlement->id, paid,
               settlement->sums->total);
}

void audit_compare(struct audit *audit) {
  for (size_t i = 0; i < audit->due.n; i++) compare(audit, audit->due.list[i]);
  for (size_t i = 0; i < audit->stored.n; i++)
    if (!string_map_find(&audit->due.map, audit->stored.list[i]->name)) compare(audit, audit->stored.list[i]);
  for (size_t i = 0; i < audit->n_facts; i++)
    if (audit->facts[i].settlement && audit->facts[i].fact->kind == YZ__FACT__KIND__SETTLED)
      check_payers(audit, audit->facts[i].settlement);
}
