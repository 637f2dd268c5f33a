#include "taking.h"

bool when_holds(const struct when *when, const struct facts *facts) {
  if (facts->bits & ~when->bits) return false;
  if (when->any_category && !(when->any_category & facts->categories)) return false;
  if (when->not_category & facts->categories) return false;
  if (facts->age < when->age_from || facts->age > when->age_to) return false;
  if (facts->stay < when->stay_from || facts->stay > when->stay_to) return false;
  if (!when->has_disease) return true;
  return facts->disease >= 0 && (when->disease[facts->disease / 64] >> (facts->disease % 64) & 1);
}

const struct row *row_find(struct taking *t, struct rows rows) {
  const struct row *row = &t->plan->rows[rows.first];
  for (uint16_t i = 0; i < rows.count; i++, row++)
    if (fits(&row->when, &t->facts)) return row;
  t->status = BENEFIT_NO_ROW;
  return NULL;
}

void row_note(struct taking *t, const struct row *row) {
  struct result *r = t->r;
  r->assumed |= row->assumed;
  if (t->trace && r->n_rows < sizeof r->rows / sizeof r->rows[0])
    r->rows[r->n_rows++] = (uint16_t)(row - t->plan->rows);
}

int64_t row_value(struct taking *t, struct rows rows) {
  const struct row *row = row_find(t, rows);
  if (!row) return 0;
  row_note(t, row);
  return row->value;
}
