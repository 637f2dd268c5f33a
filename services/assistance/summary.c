#include "assistance.h"

#include "account.h"
#include "date.h"
#include "id.h"
#include "services.pb-c.h"

#include <string.h>

struct summary {
  struct bus_call *call;
  const char *person;
  int32_t on;
};

/* Whether a stored counter ("name" or "name@qualifier") is moved by a rule of the assistance tiers. */
static bool of_assistance(const struct plan *plan, const char *name) {
  const size_t n = strcspn(name, "@");
  for (uint16_t i = 0; i < plan->n_rules; i++) {
    const struct rule *rule = &plan->rules[i];
    if (rule->service != YZ__SERVICE__ASSISTANCE) continue;
    const uint16_t counters[] = {rule->paid_counter, rule->deductible_counter, rule->base_counter};
    for (size_t k = 0; k < sizeof counters / sizeof counters[0]; k++) {
      if (counters[k] == NO_COUNTER) continue;
      const char *mine = plan->counters[counters[k]].name;
      if (strlen(mine) == n && memcmp(mine, name, n) == 0) return true;
    }
  }
  return false;
}

static const struct plan *plan_of(const struct summary *s, const Yz__Person *person) {
  struct shelf *shelf = service_of(s->call)->shelf;
  for (size_t i = 0; i < person->n_coverages; i++) {
    const Yz__Coverage *c = person->coverages[i];
    if (date_within(s->on, c->from, c->has_to, c->to)) return shelf_plan(shelf, c->pack, s->on, NULL, 0);
  }
  return NULL;
}

static void on_account(void *context, const struct account *account) {
  struct summary *s = context;
  struct arena *arena = bus_call_arena(s->call);
  if (account->result != STORE_OK) {
    bus_refuse(s->call, store_problem(arena, account->result, account->text));
    return;
  }
  if (!account->person) {
    service_refuse(s->call, YZ__CODE__UNKNOWN_PERSON, NULL, "no person has this id");
    return;
  }
  Yz__TierSummary answer = YZ__TIER_SUMMARY__INIT;
  answer.person = arena_copy(arena, s->person);
  answer.year = (uint32_t)date_civil(s->on).year;
  answer.rows = arena_alloc(arena, (account->n_counters + 1) * sizeof *answer.rows);
  const struct plan *plan = plan_of(s, account->person);
  for (size_t i = 0; plan && i < account->n_counters; i++) {
    if (!of_assistance(plan, account->counters[i]->name)) continue;
    Yz__TierSummary__Row *row = arena_alloc(arena, sizeof *row);
    yz__tier_summary__row__init(row);
    row->counter = account->counters[i]->name;
    row->value = account->counters[i]->value;
    answer.rows[answer.n_rows++] = row;
  }
  bus_reply(s->call, &answer.base);
}

void assistance_summary(struct bus_call *call, const ProtobufCMessage *request) {
  const Yz__PersonDay *query = (const Yz__PersonDay *)request;
  struct arena *arena = bus_call_arena(call);
  struct summary *s = arena_alloc(arena, sizeof *s);
  *s = (struct summary){
      .call = call, .person = query->person, .on = query->has_on ? query->on : date_of_instant(instant_now())};
  if (!id_valid(query->person))
    service_refuse(call, YZ__CODE__INVALID, NULL, "a person id is letters, digits, '-', '_', '.'");
  else
    account_read(service_of(call)->store, arena, query->person, (uint32_t)date_civil(s->on).year, NULL,
                 service_deadline(call), on_account, s);
}
