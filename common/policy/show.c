#include "show.h"

#include "bounds.h"

#include "columns.h"
#include "date.h"
#include "grid.h"
#include "statements.h"

#include <string.h>

static void heading(struct text *out, const char *zh, const char *en) {
  text_addf(out, "\n%s  %s\n", zh, en);
  text_add_times(out, "=", text_columns(zh) + 2 + text_columns(en));
  text_add(out, "\n");
}

static void show_packs(const struct policy *policy, struct text *out) {
  struct grid grid = {0};
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  for (size_t i = 0; i < policy->n_packs; i++) {
    const struct pack *pack = policy->packs[i];
    const Yz__PolicyPack *text = pack->text;
    char from[DATE_TEXT_MAX], to[DATE_TEXT_MAX];
    const char *role = i == 0 ? "" : text->product ? "+" : "<";
    grid_row(
        &grid, 6,
        (const char *const[]){role, text->pack, text->version,
                              arena_format(&arena, "%s .. %s", date_print(text->from, from), date_print(text->to, to)),
                              text->name_zh, text->name_en});
  }
  grid_print(&grid, "", out);
  text_addf(out, "sha256 %s\n", policy->packs[0]->sha256);
  arena_free(&arena);
}

static void show_sources(const struct policy *policy, struct text *out) {
  struct grid grid = {0};
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  heading(out, "来源", "Sources");
  for (size_t i = 0; i < policy->n_packs; i++)
    for (size_t s = 0; s < policy->packs[i]->text->n_sources; s++) {
      const Yz__Source *source = policy->packs[i]->text->sources[s];
      const struct name grade = name_of(&yz__grade__descriptor, (int)source->grade);
      char day[DATE_TEXT_MAX];
      const char *on = source->has_issued    ? arena_copy(&arena, date_print(source->issued, day))
                       : source->has_checked ? arena_copy(&arena, date_print(source->checked, day))
                                             : "";
      grid_row(&grid, 6,
               (const char *const[]){source->id, grade.zh, grade.en, on, source->title,
                                     source->file ? source->file : source->address});
    }
  grid_print(&grid, "  ", out);
  arena_free(&arena);
}

static bool cited_before(struct citations citations, size_t i) {
  const size_t n = strcspn(citations.at[i], ":");
  for (size_t j = 0; j < i; j++)
    if (strcspn(citations.at[j], ":") == n && memcmp(citations.at[j], citations.at[i], n) == 0) return true;
  return false;
}

/* "press-2023, portal-2024", and a mark where one of them is not to be trusted. */
static const char *sources_of(const struct policy *policy, const struct statement *statement, struct arena *arena) {
  struct text out = {0};
  Yz__Grade worst = YZ__GRADE__SEED;
  for (size_t i = 0; i < statement->citations.n; i++) {
    const char *citation = statement->citations.at[i];
    const Yz__Source *source = policy_source(policy, statement->pack, citation);
    if (source && (source->grade == YZ__GRADE__ASSUMED || source->grade == YZ__GRADE__WEAK) && worst < source->grade)
      worst = source->grade;
    if (cited_before(statement->citations, i)) continue;
    if (out.n) text_add(&out, ", ");
    text_add_n(&out, citation, strcspn(citation, ":"));
  }
  const struct name grade = name_of(&yz__grade__descriptor, (int)worst);
  if (worst != YZ__GRADE__SEED) text_addf(&out, "  [! %s %s]", grade.zh, grade.en);
  const char *copy = text_copy(&out, arena);
  text_free(&out);
  return copy;
}

static bool same_subject(const struct statement *a, const struct statement *b) {
  return a->section == b->section && strcmp(a->subject_id, b->subject_id) == 0;
}

/* "340.00 元" says "340.00 yuan" as well. */
static bool same_value(struct name value) {
  const size_t n = strcspn(value.en, " ");
  return strcmp(value.zh, value.en) == 0 || (value.en[0] >= '0' && value.en[0] <= '9' &&
                                             strncmp(value.zh, value.en, n) == 0 && strcmp(value.en + n, " yuan") == 0);
}

/* Sentences do not fit into columns. */
static bool is_sentence(const struct statement *s) {
  return s->when.en[0] == '\0' &&
         (text_columns(s->value.zh) > GRID_WIDTH_MAX || text_columns(s->value.en) > GRID_WIDTH_MAX);
}

static void show_sentences(const struct policy *policy, const struct statements *all, size_t from, size_t to,
                           struct arena *arena, struct text *out) {
  for (size_t i = from; i < to; i++) {
    const struct statement *s = &all->at[i];
    if (!is_sentence(s)) continue;
    const char *sources = sources_of(policy, s, arena);
    text_addf(out, "  %s  %s%s%s\n      %s\n", s->part.zh, s->part.en, *sources ? "  " : "", sources, s->value.zh);
    if (!same_value(s->value)) text_addf(out, "      %s\n", s->value.en);
  }
}

static void show_subject(const struct policy *policy, const struct statements *all, size_t from, size_t to,
                         struct arena *arena, struct text *out) {
  const struct statement *first = &all->at[from];
  struct grid grid = {0};
  text_addf(out, "\n%s  %s", first->subject.zh, first->subject.en);
  if (first->section == SECTION_BENEFITS || first->section == SECTION_LISTS)
    text_addf(out, "  (%s)", first->subject_id);
  if (first->pack != policy->packs[0]) text_addf(out, "  [%s %s]", first->pack->text->pack, first->pack->text->version);
  text_add(out, "\n");
  const char *part = "";
  for (size_t i = from; i < to; i++) {
    const struct statement *s = &all->at[i];
    if (is_sentence(s)) continue;
    const bool repeated = strcmp(s->part.en, part) == 0;
    part = s->part.en;
    grid_row(&grid, 7,
             (const char *const[]){repeated ? "" : s->part.zh, repeated ? "" : s->part.en, s->when.zh, s->when.en,
                                   s->value.zh, same_value(s->value) ? "" : s->value.en, sources_of(policy, s, arena)});
  }
  grid_print(&grid, "  ", out);
  show_sentences(policy, all, from, to, arena, out);
}

/* One line each: diseases and parameters have a single value. */
static void show_lines(const struct policy *policy, const struct statements *all, size_t from, size_t to,
                       struct arena *arena, struct text *out) {
  struct grid grid = {0};
  for (size_t i = from; i < to; i++) {
    const struct statement *s = &all->at[i];
    grid_row(&grid, 4, (const char *const[]){s->value.zh, s->subject.zh, s->subject.en, sources_of(policy, s, arena)});
  }
  grid_print(&grid, "  ", out);
}

static size_t end_of(const struct statements *all, size_t from, bool of_section) {
  size_t to = from;
  while (to < all->n &&
         (of_section ? all->at[to].section == all->at[from].section : same_subject(&all->at[to], &all->at[from])))
    to++;
  return to;
}

void policy_show(const struct policy *policy, struct text *out) {
  struct arena arena;
  struct statements all;
  arena_init(&arena, 2 * (size_t)LIMIT_ARENA);
  statements_make(policy, &arena, &all);
  show_packs(policy, out);
  for (size_t from = 0, to; from < all.n; from = to) {
    const enum section section = all.at[from].section;
    heading(out, section_name(section).zh, section_name(section).en);
    to = end_of(&all, from, true);
    if (section == SECTION_DISEASES || section == SECTION_PARAMETERS) {
      show_lines(policy, &all, from, to, &arena, out);
      continue;
    }
    for (size_t i = from, next; i < to; i = next) {
      next = end_of(&all, i, false);
      show_subject(policy, &all, i, next < to ? next : to, &arena, out);
    }
  }
  show_sources(policy, out);
  arena_free(&arena);
}
