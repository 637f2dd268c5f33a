#include "remote.h"

#include "bill.h"
#include "date.h"

#include <string.h>

/* Digits that name the city: four, or two for a municipality or a province as a whole. */
static size_t city_digits(const char *code) {
  const size_t n = strlen(code);
  const bool whole = n <= 2 || (n >= 4 && memcmp(code + 2, "00", 2) == 0);
  static const char *const municipalities[] = {"11", "12", "31",
                                               "50"}; /* GB/T 2260: Beijing, Tianjin, Shanghai, Chongqing */
  for (size_t i = 0; i < sizeof municipalities / sizeof municipalities[0]; i++)
    if (strncmp(code, municipalities[i], 2) == 0) return 2;
  return whole ? 2 : 4;
}

bool same_city(const char *a, const char *b) {
  const size_t n = city_digits(a);
  return n == city_digits(b) && strncmp(a, b, n) == 0;
}

const char *city_code(const char *code, char out[CITY_CODE_MAX]) {
  const size_t n = city_digits(code);
  memset(out, '0', CITY_CODE_MAX - 1);
  memcpy(out, code, strnlen(code, n));
  out[CITY_CODE_MAX - 1] = '\0';
  return out;
}

Yz__Reach reach_of(const char *insured_city, const char *care_city) {
  if (same_city(insured_city, care_city)) return YZ__REACH__SAME_CITY;
  return strncmp(insured_city, care_city, 2) == 0 ? YZ__REACH__SAME_PROVINCE : YZ__REACH__OTHER_PROVINCE;
}

/* A filing is for a whole city, or for a whole province. */
static bool filed_for(const Yz__Filing *filing, const char *care_city) {
  return strncmp(filing->city, care_city, city_digits(filing->city)) == 0;
}

static bool in_force(const Yz__Filing *filing, int32_t on) {
  return date_within(on, filing->from, filing->has_to, filing->to);
}

static bool has_filing(const Yz__Person *person, Yz__Remote kind, const char *care_city, int32_t first, int32_t last) {
  for (size_t i = 0; i < person->n_filings; i++) {
    const Yz__Filing *filing = person->filings[i];
    if (filing->kind == kind && filed_for(filing, care_city) && in_force(filing, first) && in_force(filing, last))
      return true;
  }
  return false;
}

Yz__Remote remote_of(const Yz__Bill *bill, const Yz__Person *person, const char *care_city, Yz__Reach reach,
                     const struct plan *plan) {
  const int32_t on = bill_day(bill);
  if (reach == YZ__REACH__SAME_CITY) return YZ__REMOTE__LOCAL;
  if (bill->has_rescue && bill->rescue && plan->emergency_counts_as_filed) return YZ__REMOTE__RESCUE;
  if (has_filing(person, YZ__REMOTE__LONG_TERM_FILED, care_city, bill->from, on)) return YZ__REMOTE__LONG_TERM_FILED;
  /* filed while still in hospital is filed in time: national rules on remote settlement of 2022, article 16 */
  if (has_filing(person, YZ__REMOTE__REFERRED, care_city, on, on)) return YZ__REMOTE__REFERRED;
  if (has_filing(person, YZ__REMOTE__TEMPORARY, care_city, on, on)) return YZ__REMOTE__TEMPORARY;
  /* So is a long-term filing, but it gives the home benefit only to stays that begin after it. */
  if (has_filing(person, YZ__REMOTE__LONG_TERM_FILED, care_city, on, on)) return YZ__REMOTE__TEMPORARY;
  return plan->filing_required >> (reach - 1) & 1 ? YZ__REMOTE__UNFILED : YZ__REMOTE__TEMPORARY;
}
