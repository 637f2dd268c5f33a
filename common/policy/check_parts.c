/* Everything of a pack that is not a benefit. */
#include "checking.h"

#include "cases.h"
#include "compile.h"
#include "yaml_names.h"

#include <ctype.h>
#include <string.h>

static const struct citations none = {0};

/* ---- ids given twice ---- */

static void check_twice(const struct checking *k, const char *member, const char *field, size_t n,
                        const char *(*id)(const void *), void *const *all) {
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < i; j++)
      if (strcmp(id(all[i]), id(all[j])) == 0) {
        refuse(k, all[i], field, 0, "`%s` has `%s` twice: drop one, or give it another id", member, id(all[i]));
        break;
      }
}

#define TWICE(type, member, field)                                                                                     \
  static const char *member##_id(const void *one) {                                                                    \
    return ((const type *)one)->field;                                                                                 \
  }                                                                                                                    \
  static void member##_twice(const struct checking *k) {                                                               \
    const Yz__PolicyPack *text = k->owner->text;                                                                       \
    check_twice(k, #member, #field, text->n_##member, member##_id, (void *const *)text->member);                       \
  }
TWICE(Yz__Source, sources, id)
TWICE(Yz__Parameter, parameters, id)
TWICE(Yz__Disease, diseases, code)
TWICE(Yz__ItemList, lists, id)
TWICE(Yz__Benefit, benefits, id)
TWICE(Yz__ProcessRule, process, id)

/* ---- identity ---- */

static bool division_code(const char *code) {
  size_t n = 0;
  while (isdigit((unsigned char)code[n])) n++;
  return n == 6 && code[n] == '\0';
}

static void check_identity(const struct checking *k) {
  const Yz__PolicyPack *text = k->owner->text;
  check_id(k, text, "pack", text->pack, PLAN_NAME_MAX - 1);
  check_id(k, text, "version", text->version, sizeof((struct plan_pack_ref *)0)->version - 1);
  check_dates(k, text, text->from, text->to);
  if (text->city && !division_code(text->city))
    refuse(k, text, "city", 0, "`city: %s` must be a division code of six digits, such as 370300", text->city);
  for (size_t i = 0; i < text->n_ladder; i++)
    for (size_t j = 0; j < i; j++)
      if (text->ladder[i] == text->ladder[j]) {
        char tier[64];
        refuse(k, text, "ladder", i, "the ladder has `%s` twice",
               yaml_name(&yz__tier__descriptor, (int)text->ladder[i], tier));
      }
}

/* ---- lists of named things ---- */

static void check_sources(const struct checking *k) {
  for (size_t i = 0; i < k->owner->text->n_sources; i++) {
    const Yz__Source *source = k->owner->text->sources[i];
    check_id(k, source, "id", source->id, PLAN_NAME_MAX - 1);
    if (!source->title[0]) refuse(k, source, "title", 0, "the source needs a title by which people find it");
  }
}

static void check_parameters(const struct checking *k) {
  for (size_t i = 0; i < k->owner->text->n_parameters; i++) {
    const Yz__Parameter *parameter = k->owner->text->parameters[i];
    check_id(k, parameter, "id", parameter->id, PLAN_NAME_MAX - 1);
    check_amount(k, parameter, "amount", true, parameter->amount);
    check_citations(k, parameter, parameter->n_source, parameter->source, none);
  }
}

static void check_diseases(const struct checking *k) {
  for (size_t i = 0; i < k->owner->text->n_diseases; i++) {
    const Yz__Disease *disease = k->owner->text->diseases[i];
    check_id(k, disease, "code", disease->code, sizeof((struct plan *)0)->diseases[0] - 1);
    check_citations(k, disease, disease->n_source, disease->source, none);
  }
}

static void check_lists(const struct checking *k) {
  for (size_t i = 0; i < k->owner->text->n_lists; i++) {
    const Yz__ItemList *list = k->owner->text->lists[i];
    check_id(k, list, "id", list->id, PLAN_NAME_MAX - 1);
    check_citations(k, list, list->n_source, list->source, none);
    for (size_t j = 0; j < list->n_items; j++)
      if (!id_valid(list->items[j]))
        refuse(k, list, "items", j, "the item code `%s` is not 1 to 64 letters, digits, '-', '_' and '.'",
               list->items[j]);
    if (list->has_published_size && list->n_items > list->published_size)
      refuse(k, list, "items", list->published_size, "%zu items, but the source names %u: correct one of the two",
             list->n_items, list->published_size);
  }
}

static void check_process(const struct checking *k, size_t n, Yz__ProcessRule *const *rules, struct citations around) {
  for (size_t i = 0; i < n; i++) {
    check_id(k, rules[i], "id", rules[i]->id, PLAN_NAME_MAX - 1);
    check_citations(k, rules[i], rules[i]->n_source, rules[i]->source, around);
  }
}

/* ---- remote care ---- */

static void check_remote(const struct checking *k, const Yz__RemoteRules *remote) {
  if (!remote) return;
  const struct citations around = {.at = remote->source, .n = remote->n_source};
  check_citations(k, remote, remote->n_source, remote->source, none);
  if (remote->n_first_pay > PLAN_REMOTE_MAX) {
    refuse(k, remote, "first_pay", PLAN_REMOTE_MAX, "%zu rows of first-pay: %d is the most", remote->n_first_pay,
           PLAN_REMOTE_MAX);
    return;
  }
  struct when rows[PLAN_REMOTE_MAX], always;
  when_compile(k->policy, NULL, &always);
  for (size_t i = 0; i < remote->n_first_pay; i++) {
    const Yz__FirstPayRow *row = remote->first_pay[i];
    check_when(k, row->when);
    check_share(k, row, "share", true, row->share, 0, RATIO_ONE);
    check_citations(k, row, row->n_source, row->source, around);
    when_compile(k->policy, row->when, &rows[i]);
  }
  struct cases cases;
  cases_examine(k->policy, &always, rows, remote->n_first_pay, &cases);
  for (size_t i = 0; i < remote->n_first_pay && !cases.too_many; i++)
    if (!cases_first(&cases, i))
      refuse(
          k, remote->first_pay[i], NULL, 0,
          "this row of first-pay never counts, the rows before it take all its cases: move it before them, or drop it");
  cases_free(&cases);
}

/* ---- enrolment ---- */

static void check_year(const struct checking *k, const void *message, uint32_t year) {
  if (year < 2000 || year > 2100) refuse(k, message, "year", 0, "`year: %u` is no insured year", year);
}

static void check_premiums(const struct checking *k, size_t n, Yz__Premium *const *premiums, struct citations around) {
  for (size_t i = 0; i < n; i++) {
    const Yz__Premium *premium = premiums[i];
    check_when(k, premium->when);
    check_year(k, premium, premium->year);
    check_amount(k, premium, "individual", premium->has_individual, premium->individual);
    check_amount(k, premium, "subsidy", premium->has_subsidy, premium->subsidy);
    check_amount(k, premium, "per_month", premium->has_per_month, premium->per_month);
    if (!premium->has_individual && !premium->has_subsidy && !premium->has_per_month)
      refuse(k, premium, NULL, 0, "a premium needs `individual`, `subsidy` or `per_month`");
    check_citations(k, premium, premium->n_source, premium->source, around);
  }
}

static void check_aid(const struct checking *k, const Yz__PremiumAid *aid) {
  int64_t borne = 0;
  check_when(k, aid->when);
  check_share(k, aid, "share", aid->has_share, aid->share, 0, RATIO_ONE);
  check_amount(k, aid, "pays_instead", aid->has_pays_instead, aid->pays_instead);
  if (aid->has_share && aid->has_pays_instead)
    refuse(k, aid, "pays_instead", 0, "state either `share` or `pays_instead`");
  for (size_t i = 0; i < aid->n_borne_by; i++) {
    check_share(k, aid->borne_by[i], "share", true, aid->borne_by[i]->share, 0, RATIO_ONE);
    borne += aid->borne_by[i]->share;
  }
  if (borne > RATIO_ONE) refuse(k, aid, "borne_by", 0, "the shares of those who bear the aid exceed 100%%");
  check_citations(k, aid, aid->n_source, aid->source, none);
}

static void check_window(const struct checking *k, const Yz__Window *window) {
  check_year(k, window, window->year);
  if (window->opens > window->closes) refuse(k, window, "closes", 0, "the window closes before it opens");
  if (window->benefits_from < window->opens)
    refuse(k, window, "benefits_from", 0, "benefits begin before the window opens");
  check_citations(k, window, window->n_source, window->source, none);
}

static void check_enrolment(const struct checking *k, const Yz__Enrolment *enrolment) {
  if (!enrolment) return;
  check_premiums(k, enrolment->n_premiums, enrolment->premiums, none);
  for (size_t i = 0; i < enrolment->n_aids; i++) check_aid(k, enrolment->aids[i]);
  for (size_t i = 0; i < enrolment->n_windows; i++) check_window(k, enrolment->windows[i]);
  for (size_t i = 0; i < enrolment->n_waiting; i++) {
    const Yz__Waiting *waiting = enrolment->waiting[i];
    check_when(k, waiting->when);
    if (!waiting->has_months && !waiting->has_days) refuse(k, waiting, NULL, 0, "waiting needs `months` or `days`");
    if (waiting->months > 24 || waiting->days > 731) refuse(k, waiting, NULL, 0, "waiting is longer than two years");
    check_citations(k, waiting, waiting->n_source, waiting->source, none);
  }
  for (size_t i = 0; i < enrolment->n_newborns; i++) {
    const Yz__Newborn *newborn = enrolment->newborns[i];
    check_range(k, newborn, "months_after_birth", newborn->months_after_birth, 0, 36);
    check_citations(k, newborn, newborn->n_source, newborn->source, none);
  }
  for (size_t i = 0; i < enrolment->n_care; i++) {
    const Yz__CareAdmission *care = enrolment->care[i];
    check_when(k, care->when);
    if (care->grade < 1 || care->grade > 5) refuse(k, care, "grade", 0, "`grade` is from 1 to 5");
    check_citations(k, care, care->n_source, care->source, none);
  }
  for (size_t i = 0; i < enrolment->n_admissions; i++) {
    const Yz__Admission *admission = enrolment->admissions[i];
    check_id(k, admission, "id", admission->id, PLAN_NAME_MAX - 1);
    check_citations(k, admission, admission->n_source, admission->source, none);
  }
}

/* ---- products ---- */

static void check_product(const struct checking *k, const Yz__Product *product) {
  if (!product) return;
  const struct citations around = {.at = product->source, .n = product->n_source};
  check_id(k, product, "id", product->id, PLAN_NAME_MAX - 1);
  if (product->covers_from > product->covers_to)
    refuse(k, product, "covers_to", 0, "the product's cover ends before it begins");
  check_amount(k, product, "total_cover", product->has_total_cover, product->total_cover);
  if (product->n_source) check_citations(k, product, product->n_source, product->source, none);
  check_premiums(k, product->n_premiums, product->premiums, around);
  check_process(k, product->n_terms, product->terms, around);
}

void check_parts(struct checking *k) {
  const Yz__PolicyPack *text = k->owner->text;
  check_identity(k);
  sources_twice(k);
  parameters_twice(k);
  diseases_twice(k);
  lists_twice(k);
  benefits_twice(k);
  process_twice(k);
  check_sources(k);
  check_parameters(k);
  check_diseases(k);
  check_lists(k);
  check_remote(k, text->remote);
  check_enrolment(k, text->enrolment);
  check_product(k, text->product);
  check_process(k, text->n_process, text->process, none);
  if (text->catalogue) check_citations(k, text->catalogue, text->catalogue->n_source, text->catalogue->source, none);
}
