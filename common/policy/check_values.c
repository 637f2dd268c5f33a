#include "checking.h"

#include "citation.h"
#include "date.h"
#include "money.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void refuse(const struct checking *k, const void *message, const char *field, size_t index, const char *format, ...) {
  char reason[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(reason, sizeof reason, format, args);
  va_end(args);
  pack_refuse(k->owner, k->findings, message, field, index, "%s%s%s", k->who ? k->who : "", k->who ? ": " : "", reason);
}

void check_id(const struct checking *k, const void *message, const char *field, const char *id, size_t most) {
  if (!id_valid(id))
    refuse(k, message, field, 0, "`%s: %s`: use 1 to 64 letters, digits, '-', '_' and '.'", field, id);
  else if (strlen(id) > most)
    refuse(k, message, field, 0, "`%s: %s` has %zu characters: %zu is the most here", field, id, strlen(id), most);
}

void check_citations(const struct checking *k, const void *message, size_t n, char *const *own,
                     struct citations around) {
  enum { CITATIONS_MOST = 16 };
  if (n == 0 && around.n == 0)
    refuse(k, message, NULL, 0, "has no `source`: name where the value comes from, as \"<source id>: place\"");
  if (n > CITATIONS_MOST)
    refuse(k, message, "source", 0, "%zu sources for one value: name the %d that matter", n, CITATIONS_MOST);
  for (size_t i = 0; i < n; i++)
    if (!policy_source(k->policy, k->owner, own[i]))
      refuse(k, message, "source", i,
             "the source `%.*s` is not in `sources` of this pack or its ancestors: add it there, or correct the name",
             (int)citation_id(own[i]), own[i]);
}

void check_range(const struct checking *k, const void *message, const char *field, const Yz__Range *range, int least,
                 int most) {
  if (!range) return;
  if ((range->has_from && (range->from < least || range->from > most)) ||
      (range->has_to && (range->to < least || range->to > most)))
    refuse(k, message, field, 0, "`%s` must lie within %d to %d", field, least, most);
}

void check_share(const struct checking *k, const void *message, const char *field, bool given, int32_t share,
                 int32_t least, int32_t most) {
  if (!given || (share >= least && share <= most)) return;
  char is[MONEY_TEXT_MAX], from[MONEY_TEXT_MAX], to[MONEY_TEXT_MAX];
  refuse(k, message, field, 0, "`%s: %s` must lie within %s to %s", field, ratio_print(share, is),
         ratio_print(least, from), ratio_print(most, to));
}

void check_amount(const struct checking *k, const void *message, const char *field, bool given, int64_t amount) {
  char is[MONEY_TEXT_MAX];
  if (given && amount < 0) refuse(k, message, field, 0, "`%s: %s` must not be negative", field, fen_print(amount, is));
}

void check_dates(const struct checking *k, const void *message, int32_t from, int32_t to) {
  char first[DATE_TEXT_MAX], last[DATE_TEXT_MAX];
  if (from > to)
    refuse(k, message, "from", 0, "dates are reversed: from %s to %s", date_print(from, first), date_print(to, last));
}

void check_when(const struct checking *k, const Yz__When *when) {
  if (!when) return;
  check_range(k, when, "age", when->age, 0, AGE_MOST);
  check_range(k, when, "stay", when->stay, 1, STAY_MOST);
  for (size_t i = 0; i < when->n_disease; i++)
    if (!policy_disease(k->policy, when->disease[i]))
      refuse(k, when, "disease", i, "the disease `%s` is not in `diseases`: add it there, or correct the code",
             when->disease[i]);
}

void check_one_of(const struct checking *k, const void *message, const char *const *names, const bool *given,
                  size_t n) {
  char list[256] = "";
  size_t found = 0, used = 0;
  for (size_t i = 0; i < n; i++) {
    found += given[i];
    used += (size_t)snprintf(list + used, sizeof list - used, "%s`%s`",
                             i == 0      ? ""
                             : i + 1 < n ? ", "
                                         : " and ",
                             names[i]);
  }
  if (found == 0) refuse(k, message, NULL, 0, "exactly one of %s is needed: there is none", list);
  if (found > 1) refuse(k, message, NULL, 0, "exactly one of %s is needed: there are %zu", list, found);
}
