#include "settle_totals.h"

#include "money.h"
#include "must.h"

#include <stdlib.h>
#include <string.h>

static const char *const sum_names[TOTALS_SUMS] = {"total",     "own_expense", "over_limit",
                                                   "first_pay", "in_policy",   "remote_first_pay",
                                                   "funds",     "personal",    "in_policy_burden"};

static void add(struct total *total, int64_t amount) {
  total->times += amount > 0;
  total->amount += amount;
}

static void join(struct total *total, const struct total *more) {
  total->times += more->times;
  total->amount += more->amount;
}

static struct total *benefit_at(struct setting_totals *t, const char *id) {
  for (unsigned i = 0; i < t->n_benefits; i++)
    if (strcmp(t->benefits[i].id, id) == 0) return &t->benefits[i].total;
  const size_t n = strlen(id);
  must(t->n_benefits < TOTALS_BENEFITS && n < TOTALS_NAME);
  memcpy(t->benefits[t->n_benefits].id, id, n + 1);
  return &t->benefits[t->n_benefits++].total;
}

static struct setting_totals *setting_at(struct totals *totals, const Yz__Bill *bill) {
  must(bill->setting >= 1 && (unsigned)bill->setting <= TOTALS_SETTINGS);
  return &totals->settings[bill->setting - 1];
}

void totals_add(struct totals *totals, const Yz__Settlement *s) {
  struct setting_totals *t = setting_at(totals, s->bill);
  const int64_t sums[TOTALS_SUMS] = {s->sums->total,     s->sums->own_expense, s->sums->over_limit,
                                     s->sums->first_pay, s->sums->in_policy,   s->remote_first_pay,
                                     s->funds,           s->personal,          s->in_policy_burden};
  int64_t tiers[TOTALS_TIERS] = {0};
  t->settled++;
  for (int i = 0; i < TOTALS_SUMS; i++) add(&t->sums[i], sums[i]);
  for (size_t i = 0; i < s->n_results; i++) {
    const Yz__BenefitResult *r = s->results[i];
    must(r->tier >= 1 && (unsigned)r->tier <= TOTALS_TIERS);
    tiers[r->tier - 1] += r->paid;
    add(benefit_at(t, r->benefit), r->paid);
  }
  for (int i = 0; i < TOTALS_TIERS; i++) add(&t->tiers[i], tiers[i]);
  for (size_t i = 0; i < s->n_shares; i++) {
    must(s->shares[i]->payer >= 1 && (unsigned)s->shares[i]->payer <= TOTALS_PAYERS);
    add(&t->payers[s->shares[i]->payer - 1], s->shares[i]->amount);
  }
}

void totals_add_refused(struct totals *totals, const Yz__Bill *bill) {
  setting_at(totals, bill)->refused++;
}

void totals_join(struct totals *totals, const struct totals *more) {
  for (int i = 0; i < TOTALS_SETTINGS; i++) {
    struct setting_totals *t = &totals->settings[i];
    const struct setting_totals *m = &more->settings[i];
    for (int k = 0; k < TOTALS_SUMS; k++) join(&t->sums[k], &m->sums[k]);
    for (int k = 0; k < TOTALS_TIERS; k++) join(&t->tiers[k], &m->tiers[k]);
    for (int k = 0; k < TOTALS_PAYERS; k++) join(&t->payers[k], &m->payers[k]);
    for (unsigned k = 0; k < m->n_benefits; k++) join(benefit_at(t, m->benefits[k].id), &m->benefits[k].total);
    t->settled += m->settled;
    t->refused += m->refused;
  }
}

/* ---- printing */

static void print_lower(FILE *out, const char *name) {
  for (; *name; name++) putc(*name >= 'A' && *name <= 'Z' ? *name + ('a' - 'A') : *name, out);
}

static void print_name(FILE *out, const ProtobufCEnumDescriptor *type, int value) {
  const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);
  must(found != NULL);
  print_lower(out, found->name);
}

static void print_total(FILE *out, const struct total *total) {
  char amount[MONEY_TEXT_MAX];
  fprintf(out, ",%lld,%s\n", (long long)total->times, fen_print(total->amount, amount));
}

static void print_enums(FILE *out, int setting, const char *kind, const ProtobufCEnumDescriptor *type,
                        const struct total *totals, int n) {
  for (int i = 0; i < n; i++) {
    if (totals[i].times == 0) continue;
    print_name(out, &yz__setting__descriptor, setting);
    fprintf(out, ",%s,", kind);
    print_name(out, type, i + 1);
    print_total(out, &totals[i]);
  }
}

static int by_id(const void *a, const void *b) {
  return strcmp(a, b); /* the id is a benefit's first member */
}

static void print_setting(const struct setting_totals *t, int setting, FILE *out) {
  const struct {
    const char *name;
    int64_t times;
  } counts[] = {{"settled", t->settled}, {"refused", t->refused}};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    if (counts[i].times == 0) continue;
    print_name(out, &yz__setting__descriptor, setting);
    fprintf(out, ",bills,%s,%lld,\n", counts[i].name, (long long)counts[i].times);
  }
  for (int i = 0; i < TOTALS_SUMS; i++) {
    if (t->sums[i].times == 0) continue;
    print_name(out, &yz__setting__descriptor, setting);
    fprintf(out, ",sum,%s", sum_names[i]);
    print_total(out, &t->sums[i]);
  }
  print_enums(out, setting, "tier", &yz__tier__descriptor, t->tiers, TOTALS_TIERS);
  struct setting_totals sorted = *t;
  qsort(sorted.benefits, sorted.n_benefits, sizeof *sorted.benefits, by_id);
  for (unsigned i = 0; i < sorted.n_benefits; i++) {
    if (sorted.benefits[i].total.times == 0) continue;
    print_name(out, &yz__setting__descriptor, setting);
    fprintf(out, ",benefit,%s", sorted.benefits[i].id);
    print_total(out, &sorted.benefits[i].total);
  }
  print_enums(out, setting, "payer", &yz__payer__descriptor, t->payers, TOTALS_PAYERS);
}

void totals_print(const struct totals *totals, FILE *out) {
  fputs("setting,kind,name,times,amount\n", out);
  for (int i = 0; i < TOTALS_SETTINGS; i++) print_setting(&totals->settings[i], i + 1, out);
}
