#include "statements.h"

#include "date.h"
#include "must.h"
#include "words.h"

#include <string.h>

static const struct name everywhere = {"", ""};

struct name section_name(enum section section) {
  static const struct name names[SECTIONS] = {
      [SECTION_POLICY] = {"总则", "General"},
      [SECTION_PARAMETERS] = {"参数", "Parameters"},
      [SECTION_ENROLMENT] = {"参保缴费", "Enrolment"},
      [SECTION_PRODUCT] = {"产品", "Product"},
      [SECTION_BENEFITS] = {"待遇", "Benefits"},
      [SECTION_REMOTE] = {"异地就医", "Remote care"},
      [SECTION_LISTS] = {"项目清单", "Item lists"},
      [SECTION_DISEASES] = {"门诊慢特病病种", "Diseases"},
      [SECTION_PROCESS] = {"经办规则", "Process rules"},
  };
  must((int)section >= 0 && section < SECTIONS);
  return names[section];
}

void stating_subject(struct stating *s, const struct pack *pack, const char *id, struct name name) {
  s->pack = pack;
  s->subject_id = id;
  s->subject = name;
}

static bool taken(const struct statements *statements, const char *key) {
  for (size_t i = 0; i < statements->n; i++)
    if (strcmp(statements->at[i].key, key) == 0) return true;
  return false;
}

void state(struct stating *s, const char *slot, struct name part, struct name when, struct name value,
           struct citations citations) {
  struct statements *out = s->out;
  if (out->n == out->room) {
    struct statement *more = arena_alloc(s->arena, (out->room = 2 * out->room + 64) * sizeof *more);
    if (out->n) memcpy(more, out->at, out->n * sizeof *more);
    out->at = more;
  }
  const char *value_of = slot[0] ? slot : part.en;
  const char *key = arena_format(s->arena, "%d|%s|%s|%s", s->section, s->subject_id, value_of, when.en);
  for (int again = 2; taken(out, key); again++)
    key = arena_format(s->arena, "%d|%s|%s|%s|%d", s->section, s->subject_id, value_of, when.en, again);
  out->at[out->n++] = (struct statement){.section = s->section,
                                         .subject_id = s->subject_id,
                                         .subject = s->subject,
                                         .part = part,
                                         .when = when,
                                         .value = value,
                                         .key = key,
                                         .pack = s->pack,
                                         .citations = citations};
}

void state_amounts(struct stating *s, const char *slot, struct name part, size_t n, Yz__AmountRow *const *rows,
                   bool has_amount, int64_t amount, struct citations around) {
  if (has_amount) state(s, slot, part, everywhere, words_amount(amount, s->arena), around);
  for (size_t i = 0; i < n; i++)
    state(s, slot, part, words_when(s->policy, rows[i]->when, s->arena), words_amount_row(s->policy, rows[i], s->arena),
          citations_or(rows[i]->n_source, rows[i]->source, around));
}

void state_rates(struct stating *s, const char *slot, struct name part, size_t n, Yz__RateRow *const *rows,
                 bool has_rate, int32_t rate, struct citations around) {
  if (has_rate) state(s, slot, part, everywhere, words_ratio(rate, s->arena), around);
  for (size_t i = 0; i < n; i++)
    state(s, slot, part, words_when(s->policy, rows[i]->when, s->arena), words_rate_row(rows[i], s->arena),
          citations_or(rows[i]->n_source, rows[i]->source, around));
}

/* ---- sections ---- */

static void state_policy(struct stating *s) {
  struct words ladder = {0};
  s->section = SECTION_POLICY;
  for (size_t i = 0; i < s->policy->n_ladder; i++)
    words_add(&ladder, " → ", " -> ", name_of(&yz__tier__descriptor, (int)s->policy->ladder[i]));
  const struct pack *from = s->policy->ladder_pack ? s->policy->ladder_pack : s->policy->packs[0];
  stating_subject(s, from, "ladder", (struct name){"待遇梯次", "Ladder"});
  state(s, "", (struct name){"顺序", "order"}, everywhere, words_done(&ladder, s->arena), (struct citations){0});
  if (!s->policy->catalogue) return;
  const Yz__CatalogueUse *use = s->policy->catalogue;
  stating_subject(s, s->policy->catalogue_pack, "catalogue", (struct name){"医保目录", "Catalogue"});
  state(s, "", (struct name){"文件", "file"}, everywhere, words_same(use->file),
        (struct citations){use->source, use->n_source});
}

static void state_parameters(struct stating *s) {
  s->section = SECTION_PARAMETERS;
  for (size_t i = 0; i < s->policy->parameters.n; i++) {
    const struct policy_part *part = &s->policy->parameters.at[i];
    const Yz__Parameter *p = part->parameter;
    stating_subject(s, part->pack, p->id, words_same(p->id));
    state(s, "", (struct name){"数值", "value"}, everywhere, words_amount(p->amount, s->arena),
          (struct citations){p->source, p->n_source});
  }
}

/* Insured years are told apart by their distance from the policy's year, so that what a later policy says of its year
 * is compared with what an earlier one said of its own. */
static const char *of_year(struct stating *s, const char *what, const struct pack *pack, uint32_t year) {
  return arena_format(s->arena, "%s %d", what, (int)year - date_civil(pack->text->from).year);
}

static void state_premiums(struct stating *s, const struct pack *pack, size_t n, Yz__Premium *const *premiums,
                           struct citations around) {
  for (size_t i = 0; i < n; i++) {
    const Yz__Premium *p = premiums[i];
    const char *id = of_year(s, "premium", pack, p->year);
    const struct name when = words_when(s->policy, p->when, s->arena);
    const struct citations cited = citations_or(p->n_source, p->source, around);
    stating_subject(
        s, pack, id,
        (struct name){arena_format(s->arena, "%u年度缴费", p->year), arena_format(s->arena, "Premium %u", p->year)});
    if (p->has_individual)
      state(s, "", (struct name){"个人缴费", "individual"}, when, words_amount(p->individual, s->arena), cited);
    if (p->has_subsidy)
      state(s, "", (struct name){"财政补助", "subsidy"}, when, words_amount(p->subsidy, s->arena), cited);
    if (p->has_per_month)
      state(s, "", (struct name){"每月缴费", "per month"}, when, words_amount(p->per_month, s->arena), cited);
  }
}

static void state_aid(struct stating *s, const Yz__PremiumAid *aid) {
  const struct name when = words_when(s->policy, aid->when, s->arena);
  const struct citations cited = {aid->source, aid->n_source};
  if (aid->has_share) {
    state(s, "", (struct name){"资助比例", "aid"}, when, words_ratio(aid->share, s->arena), cited);
  } else if (aid->has_pays_instead) {
    state(s, "", (struct name){"个人仅缴", "pays instead"}, when, words_amount(aid->pays_instead, s->arena), cited);
  } else {
    state(s, "", (struct name){"资助比例", "aid"}, when, (struct name){"部分（未公布）", "partial (not published)"},
          cited);
  }
  for (size_t i = 0; i < aid->n_borne_by; i++)
    state(s, aid->borne_by[i]->who_en,
          (struct name){arena_format(s->arena, "%s承担", aid->borne_by[i]->who_zh),
                        arena_format(s->arena, "borne by %s", aid->borne_by[i]->who_en)},
          when, words_ratio(aid->borne_by[i]->share, s->arena), cited);
}

static void state_window(struct stating *s, const struct pack *pack, const Yz__Window *w) {
  const struct citations cited = {w->source, w->n_source};
  stating_subject(s, pack, of_year(s, "window", pack, w->year),
                  (struct name){arena_format(s->arena, "%u年度集中缴费期", w->year),
                                arena_format(s->arena, "Enrolment window %u", w->year)});
  state(s, "", (struct name){"开始", "opens"}, everywhere, words_date(w->opens, s->arena), cited);
  state(s, "", (struct name){"结束", "closes"}, everywhere, words_date(w->closes, s->arena), cited);
  state(s, "", (struct name){"待遇起始", "benefits from"}, everywhere, words_date(w->benefits_from, s->arena), cited);
}

static void state_waiting(struct stating *s, const Yz__Waiting *w) {
  const struct name months = {arena_format(s->arena, "%u个月", w->months),
                              arena_format(s->arena, "%u months", w->months)};
  const struct name days = {arena_format(s->arena, "%u天", w->days), arena_format(s->arena, "%u days", w->days)};
  state(s, "", (struct name){"等待期", "waiting period"}, words_when(s->policy, w->when, s->arena),
        w->has_months ? months : days, (struct citations){w->source, w->n_source});
}

static void state_newborn(struct stating *s, const Yz__Newborn *n) {
  const Yz__Range *r = n->months_after_birth;
  struct arena *a = s->arena;
  const struct name when = r->has_to
                               ? (struct name){arena_format(a, "出生后%d至%d个月内参保", r->from, r->to),
                                               arena_format(a, "enrolled %d to %d months after birth", r->from, r->to)}
                               : (struct name){arena_format(a, "出生%d个月后参保", r->from),
                                               arena_format(a, "enrolled %d months after birth or later", r->from)};
  state(s, "", (struct name){"待遇享受", "benefits"}, when,
        name_of(&yz__newborn__benefits__descriptor, (int)n->benefits), (struct citations){n->source, n->n_source});
}

static void state_enrolment(struct stating *s) {
  const Yz__Enrolment *e = s->policy->enrolment;
  const struct pack *pack = s->policy->enrolment_pack;
  s->section = SECTION_ENROLMENT;
  if (!e) return;
  state_premiums(s, pack, e->n_premiums, e->premiums, (struct citations){0});
  stating_subject(s, pack, "aid", (struct name){"参保资助", "Premium aid"});
  for (size_t i = 0; i < e->n_aids; i++) state_aid(s, e->aids[i]);
  for (size_t i = 0; i < e->n_windows; i++) state_window(s, pack, e->windows[i]);
  stating_subject(s, pack, "waiting", (struct name){"待遇等待", "Waiting"});
  for (size_t i = 0; i < e->n_waiting; i++) state_waiting(s, e->waiting[i]);
  stating_subject(s, pack, "newborns", (struct name){"新生儿", "Newborns"});
  for (size_t i = 0; i < e->n_newborns; i++) state_newborn(s, e->newborns[i]);
  stating_subject(s, pack, "care", (struct name){"长期护理待遇条件", "Who may have long-term care"});
  for (size_t i = 0; i < e->n_care; i++)
    state(s, "", (struct name){"失能等级不低于", "disability grade of at least"},
          words_when(s->policy, e->care[i]->when, s->arena),
          words_same(arena_format(s->arena, "%u", e->care[i]->grade)),
          (struct citations){e->care[i]->source, e->care[i]->n_source});
  stating_subject(s, pack, "admissions", (struct name){"参保范围", "Who may enrol"});
  for (size_t i = 0; i < e->n_admissions; i++) {
    const Yz__Admission *a = e->admissions[i];
    state(s, "", (struct name){arena_format(s->arena, "事项 %s", a->id), arena_format(s->arena, "item %s", a->id)},
          everywhere, (struct name){a->zh, a->en}, (struct citations){a->source, a->n_source});
  }
}

static void state_processes(struct stating *s, const struct pack *pack, size_t n, Yz__ProcessRule *const *rules,
                            struct citations around) {
  for (size_t i = 0; i < n; i++) {
    const Yz__ProcessRule *r = rules[i];
    stating_subject(s, pack, r->id, words_same(r->id));
    const struct citations cited = citations_or(r->n_source, r->source, around);
    state(s, "", (struct name){"规则", "rule"}, everywhere, (struct name){r->zh, r->en}, cited);
    if (r->value) state(s, "", (struct name){"数值", "value"}, everywhere, words_same(r->value), cited);
  }
}

static void state_product(struct stating *s, const struct pack *pack) {
  const Yz__Product *p = pack->text->product;
  s->section = SECTION_PRODUCT;
  if (!p) return;
  const struct citations cited = {p->source, p->n_source};
  const Yz__PolicyPack *text = pack->text;
  stating_subject(s, pack, p->id, (struct name){text->name_zh, text->name_en});
  state(s, "", (struct name){"期次", "issue"}, everywhere, words_same(arena_format(s->arena, "%u", p->issue)), cited);
  state(s, "", (struct name){"保障开始", "covers from"}, everywhere, words_date(p->covers_from, s->arena), cited);
  state(s, "", (struct name){"保障结束", "covers until"}, everywhere, words_date(p->covers_to, s->arena), cited);
  if (p->has_total_cover)
    state(s, "", (struct name){"总保额", "total cover"}, everywhere, words_amount(p->total_cover, s->arena), cited);
  if (p->has_family_max)
    state(s, "", (struct name){"家庭人数上限", "most persons of a family"}, everywhere,
          words_same(arena_format(s->arena, "%u", p->family_max)), cited);
  state_premiums(s, pack, p->n_premiums, p->premiums, cited);
  state_processes(s, pack, p->n_terms, p->terms, cited);
}

static void state_remote(struct stating *s) {
  const Yz__RemoteRules *r = s->policy->remote;
  s->section = SECTION_REMOTE;
  if (!r) return;
  const struct citations around = {r->source, r->n_source};
  const struct name yes = {"是", "yes"}, no = {"否", "no"};
  struct words filing = {0};
  stating_subject(s, s->policy->remote_pack, "remote", (struct name){"异地就医", "Remote care"});
  for (size_t i = 0; i < r->n_filing_required; i++)
    words_add(&filing, "、", ", ", name_of(&yz__reach__descriptor, (int)r->filing_required[i]));
  const struct name places = words_done(&filing, s->arena);
  state(s, "", (struct name){"须备案", "filing required"}, everywhere,
        r->n_filing_required ? places : (struct name){"无须备案", "nowhere"}, around);
  if (r->has_emergency_counts_as_filed)
    state(s, "", (struct name){"急诊抢救视同备案", "emergency counts as filed"}, everywhere,
          r->emergency_counts_as_filed ? yes : no, around);
  if (r->has_home_benefit_when_filed)
    state(s, "", (struct name){"长期备案后回参保地同待遇", "home benefit when filed elsewhere"}, everywhere,
          r->home_benefit_when_filed ? yes : no, around);
  for (size_t i = 0; i < r->n_first_pay; i++) {
    const Yz__FirstPayRow *row = r->first_pay[i];
    state(s, "", (struct name){"先行自付比例", "first-pay"}, words_when(s->policy, row->when, s->arena),
          words_ratio(row->share, s->arena), citations_or(row->n_source, row->source, around));
  }
}

static void state_lists(struct stating *s) {
  s->section = SECTION_LISTS;
  for (size_t i = 0; i < s->policy->lists.n; i++) {
    const struct policy_part *part = &s->policy->lists.at[i];
    const Yz__ItemList *l = part->list;
    const struct citations cited = {l->source, l->n_source};
    stating_subject(s, part->pack, l->id, (struct name){l->name_zh, l->name_en});
    if (l->has_published_size)
      state(s, "", (struct name){"公布数量", "published size"}, everywhere,
            words_same(arena_format(s->arena, "%u", l->published_size)), cited);
    struct words items = {0};
    for (size_t j = 0; j < l->n_items; j++) words_add(&items, " ", " ", words_same(l->items[j]));
    const struct name codes = words_done(&items, s->arena);
    state(s, "", (struct name){"项目", "items"}, everywhere,
          l->n_items ? codes : (struct name){"未公布", "not published"}, cited);
  }
}

static void state_diseases(struct stating *s) {
  s->section = SECTION_DISEASES;
  for (size_t i = 0; i < s->policy->diseases.n; i++) {
    const struct policy_part *part = &s->policy->diseases.at[i];
    const Yz__Disease *d = part->disease;
    stating_subject(s, part->pack, d->code, (struct name){d->name_zh, d->name_en});
    state(s, "", (struct name){"编码", "code"}, everywhere, words_same(d->code),
          (struct citations){d->source, d->n_source});
  }
}

void statements_make(const struct policy *policy, struct arena *arena, struct statements *statements) {
  *statements = (struct statements){0};
  struct stating s = {.policy = policy, .arena = arena, .out = statements};
  state_policy(&s);
  state_parameters(&s);
  state_enrolment(&s);
  for (size_t i = 0; i < policy->n_packs; i++) state_product(&s, policy->packs[i]);
  s.section = SECTION_BENEFITS;
  for (size_t rung = 0; rung < policy->n_ladder; rung++)
    for (size_t i = 0; i < policy->benefits.n; i++)
      if (policy->benefits.at[i].benefit->tier == policy->ladder[rung]) state_benefit(&s, &policy->benefits.at[i]);
  state_remote(&s);
  state_lists(&s);
  state_diseases(&s);
  s.section = SECTION_PROCESS;
  for (size_t i = 0; i < policy->process.n; i++) {
    const struct policy_part *part = &policy->process.at[i];
    Yz__ProcessRule *rule = (Yz__ProcessRule *)part->process;
    state_processes(&s, part->pack, 1, &rule, (struct citations){0});
  }
}
