/* golden_compare.c - figures are compared by the names that ExpectedBenefit shares with BenefitResult, and Expected
 * with Settlement; so a figure added to both protos is compared without code here. */
#include "golden_compare.h"

#include "field.h"
#include "money.h"
#include "scalar.h"

#include <stdio.h>
#include <string.h>

struct comparing {
  bool agreements; /* report what is met instead of what is not */
  struct text *out;
  size_t n;
};

static void report(struct comparing *c, bool met, const char *name, const char *figure, const char *expected,
                   const char *got) {
  if (met != c->agreements) return;
  c->n++;
  const char *blank = figure[0] ? " " : "";
  if (c->agreements)
    text_addf(c->out, "    %s%s%s: printed %s, and got it\n", name, blank, figure, expected);
  else
    text_addf(c->out, "    %s%s%s: expected %s, got %s\n", name, blank, figure, expected, got);
}

static void report_fen(struct comparing *c, const char *name, const char *figure, int64_t expected, int64_t got) {
  char a[MONEY_TEXT_MAX], b[MONEY_TEXT_MAX];
  report(c, expected == got, name, figure, fen_print(expected, a), fen_print(got, b));
}

/* Compares every money and count of `expected` with the member of that name of `got`, absent ones as zero. */
static void compare_figures(struct comparing *c, const char *name, const ProtobufCMessage *expected,
                            const ProtobufCMessage *got) {
  for (unsigned i = 0; i < expected->descriptor->n_fields; i++) {
    const ProtobufCFieldDescriptor *field = &expected->descriptor->fields[i];
    bool money = field->type == PROTOBUF_C_TYPE_SINT64, count = field->type == PROTOBUF_C_TYPE_UINT32;
    if ((!money && !count) || field_count(expected, field) == 0) continue;
    const ProtobufCFieldDescriptor *same =
        got ? protobuf_c_message_descriptor_get_field_by_name(got->descriptor, field->name) : NULL;
    bool there = same && field_count(got, same) > 0;
    if (money) {
      report_fen(c, name, field->name, *(const int64_t *)field_value(expected, field, 0),
                 there ? *(const int64_t *)field_value(got, same, 0) : 0);
      continue;
    }
    char a[16], b[16];
    uint32_t x = *(const uint32_t *)field_value(expected, field, 0);
    uint32_t y = there ? *(const uint32_t *)field_value(got, same, 0) : 0;
    snprintf(a, sizeof a, "%u", x);
    snprintf(b, sizeof b, "%u", y);
    report(c, x == y, name, field->name, a, b);
  }
}

/* ---- benefits */

static const Yz__BenefitResult *result_of(const Yz__Settlement *settlement, const char *benefit) {
  for (size_t i = 0; i < settlement->n_results; i++)
    if (strcmp(settlement->results[i]->benefit, benefit) == 0) return settlement->results[i];
  return NULL;
}

static void compare_benefits(struct comparing *c, const Yz__Expected *expected, const Yz__Settlement *settlement) {
  for (size_t i = 0; i < expected->n_benefits; i++) {
    const Yz__ExpectedBenefit *benefit = expected->benefits[i];
    const Yz__BenefitResult *result = result_of(settlement, benefit->benefit);
    compare_figures(c, benefit->benefit, &benefit->base, result ? &result->base : NULL);
  }
}

static bool is_named(const Yz__Expected *expected, const char *benefit) {
  for (size_t i = 0; i < expected->n_benefits; i++)
    if (strcmp(expected->benefits[i]->benefit, benefit) == 0) return true;
  return false;
}

static void find_unnamed_benefits(struct comparing *c, const Yz__Expected *expected, const Yz__Settlement *settlement) {
  for (size_t i = 0; i < settlement->n_results; i++) {
    const Yz__BenefitResult *result = settlement->results[i];
    if (is_named(expected, result->benefit)) continue;
    if (result->paid != 0) report_fen(c, result->benefit, "paid", 0, result->paid);
    if (result->outside_bill != 0) report_fen(c, result->benefit, "outside_bill", 0, result->outside_bill);
  }
}

/* ---- shares */

static int64_t share_of(size_t n, Yz__Share *const *shares, Yz__Payer payer) {
  for (size_t i = 0; i < n; i++)
    if (shares[i]->payer == payer) return shares[i]->amount;
  return 0;
}

static bool has_share(size_t n, Yz__Share *const *shares, Yz__Payer payer) {
  for (size_t i = 0; i < n; i++)
    if (shares[i]->payer == payer) return true;
  return false;
}

static const char *payer_name(Yz__Payer payer) {
  const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(&yz__payer__descriptor, (int)payer);
  return value ? value->name : "?";
}

static void compare_shares(struct comparing *c, const Yz__Expected *expected, const Yz__Settlement *settlement) {
  for (size_t i = 0; i < expected->n_shares; i++) {
    const Yz__Share *share = expected->shares[i];
    report_fen(c, payer_name(share->payer), "share", share->amount,
               share_of(settlement->n_shares, settlement->shares, share->payer));
  }
  if (expected->n_shares == 0 || c->agreements) return;
  for (size_t i = 0; i < settlement->n_shares; i++) {
    const Yz__Share *share = settlement->shares[i];
    if (share->payer == YZ__PAYER__CASH || has_share(expected->n_shares, expected->shares, share->payer)) continue;
    report_fen(c, payer_name(share->payer), "share", 0, share->amount);
  }
}

static void compare_fund_share(struct comparing *c, const Yz__Expected *expected, const Yz__Settlement *settlement) {
  if (!expected->has_fund_share) return;
  int64_t total = settlement->sums->total;
  int32_t got = total > 0 ? (int32_t)divide_half_up((__int128)settlement->funds * 10000, total) : 0;
  char a[MONEY_TEXT_MAX], b[MONEY_TEXT_MAX];
  report(c, expected->fund_share == got, "fund_share", "", ratio_print(expected->fund_share, a), ratio_print(got, b));
}

static void compare_all(struct comparing *c, const Yz__Expected *expected, const Yz__Settlement *settlement) {
  compare_benefits(c, expected, settlement);
  compare_shares(c, expected, settlement);
  compare_fund_share(c, expected, settlement);
  compare_figures(c, "", &expected->base, &settlement->base);
  if (expected->sums) compare_figures(c, "sums", &expected->sums->base, &settlement->sums->base);
}

size_t golden_differences(const Yz__Expected *expected, const Yz__Settlement *settlement, struct text *out) {
  struct comparing c = {.out = out};
  compare_all(&c, expected, settlement);
  find_unnamed_benefits(&c, expected, settlement);
  return c.n;
}

size_t golden_agreements(const Yz__Expected *printed, const Yz__Settlement *settlement, struct text *out) {
  struct comparing c = {.agreements = true, .out = out};
  compare_all(&c, printed, settlement);
  return c.n;
}
