#include "clearing.h"

#include "balance.h"
#include "date.h"
#include "remote.h"
#include "service_fact.h"

static void on_posted(void *context, enum store_result result) {
  fact_done(context, result);
}

/* What the person pays at the counter is not owed between cities; a personal account is the insured city's money and
 * is. */
static bool owed(Yz__Payer payer) {
  return payer != YZ__PAYER__CASH && payer != YZ__PAYER__HOSPITAL_WAIVER;
}

static bool local(const char *insured_city, const char *care_city) {
  return insured_city && care_city && same_city(insured_city, care_city);
}

static void post(struct fact_work *work) {
  const Yz__Settlement *s = work->settlement;
  const Yz__Entitlement *e = s->entitlement;
  if (local(e->insured_city, e->care_city)) { /* of a fact that does not name the cities */
    fact_done(work, STORE_OK);
    return;
  }
  char insured[CITY_CODE_MAX], care[CITY_CODE_MAX];
  city_code(e->insured_city, insured);
  city_code(e->care_city, care);
  const int sign = work->kind == YZ__FACT__KIND__CANCELLED ? -1 : 1;
  struct balance_row *rows = arena_alloc(&work->arena, (s->n_shares + 1) * sizeof *rows);
  size_t n = 0;
  for (size_t i = 0; i < s->n_shares; i++) {
    if (!owed(s->shares[i]->payer) || s->shares[i]->amount == 0) continue;
    rows[n++] = (struct balance_row){.insured_city = insured,
                                     .care_city = care,
                                     .payer = s->shares[i]->payer,
                                     .amount = sign * s->shares[i]->amount,
                                     .settlements = sign};
  }
  const struct civil day = date_civil(date_of_instant(work->at));
  balance_post(work->service->store, work->bucket, work->id, (uint32_t)(day.year * 100 + day.month), n, rows,
               FACT_DEADLINE_MS, on_posted, work);
}

void clearing_take(struct service *service, const struct journal_entry *entry) {
  if (local(entry->fact->insured_city, entry->fact->care_city))
    service_ack(service, entry->bucket, entry->id);
  else
    fact_begin(service, entry, post);
}
