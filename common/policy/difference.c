#include "difference.h"

#include "bounds.h"
#include "statements.h"

#include <string.h>

struct comparison {
  const struct statements *a, *b;
  struct text *out;
  size_t n;
};

static const struct statement *find(const struct statements *all, const char *key) {
  for (size_t i = 0; i < all->n; i++)
    if (strcmp(all->at[i].key, key) == 0) return &all->at[i];
  return NULL;
}

static bool has_subject(const struct statements *all, const struct statement *like) {
  for (size_t i = 0; i < all->n; i++)
    if (all->at[i].section == like->section && strcmp(all->at[i].subject_id, like->subject_id) == 0) return true;
  return false;
}

/* "居民住院 三级：" / "Resident inpatient, level 3: " */
static void begin(struct comparison *c, const struct statement *s, bool zh) {
  if (zh)
    text_addf(c->out, "%s%s%s：", s->subject.zh, s->when.zh[0] ? " " : "", s->when.zh);
  else
    text_addf(c->out, "%s%s%s: ", s->subject.en, s->when.en[0] ? ", " : "", s->when.en);
}

static void changed(struct comparison *c, const struct statement *was, const struct statement *is) {
  c->n++;
  begin(c, is, true);
  text_addf(c->out, "%s由 %s 调整为 %s\n", is->part.zh, was->value.zh, is->value.zh);
  begin(c, is, false);
  text_addf(c->out, "%s changed from %s to %s\n", is->part.en, was->value.en, is->value.en);
}

static void added(struct comparison *c, const struct statement *is) {
  c->n++;
  begin(c, is, true);
  text_addf(c->out, "新增%s %s\n", is->part.zh, is->value.zh);
  begin(c, is, false);
  text_addf(c->out, "%s added: %s\n", is->part.en, is->value.en);
}

static void dropped(struct comparison *c, const struct statement *was) {
  c->n++;
  begin(c, was, true);
  text_addf(c->out, "不再载明%s（原为 %s）\n", was->part.zh, was->value.zh);
  begin(c, was, false);
  text_addf(c->out, "%s no longer stated (was %s)\n", was->part.en, was->value.en);
}

/* A whole benefit, disease or premium that is new or gone: one sentence, not one for each of its values. */
static void whole(struct comparison *c, const struct statement *s, bool is_new) {
  const struct name section = section_name(s->section);
  c->n++;
  text_addf(c->out, "%s%s：%s（%s）\n", is_new ? "新增" : "取消", section.zh, s->subject.zh, s->subject_id);
  text_addf(c->out, "%s %s: %s (%s)\n", section.en, is_new ? "added" : "dropped", s->subject.en, s->subject_id);
}

static bool first_of_subject(const struct statements *all, size_t i) {
  return i == 0 || all->at[i].section != all->at[i - 1].section ||
         strcmp(all->at[i].subject_id, all->at[i - 1].subject_id) != 0;
}

/* Premiums and the like say more by their values than by their names. */
static bool told_whole(const struct statement *s) {
  return s->section == SECTION_BENEFITS || s->section == SECTION_DISEASES || s->section == SECTION_LISTS ||
         s->section == SECTION_PROCESS;
}

static void compare_gone(struct comparison *c) {
  for (size_t i = 0; i < c->a->n; i++) {
    const struct statement *was = &c->a->at[i];
    if (find(c->b, was->key)) continue;
    if (!told_whole(was) || has_subject(c->b, was))
      dropped(c, was);
    else if (first_of_subject(c->a, i))
      whole(c, was, false);
  }
}

static void compare_there(struct comparison *c) {
  for (size_t i = 0; i < c->b->n; i++) {
    const struct statement *is = &c->b->at[i], *was = find(c->a, is->key);
    if (was && (strcmp(was->value.en, is->value.en) != 0 || strcmp(was->value.zh, is->value.zh) != 0))
      changed(c, was, is);
    else if (!was && (!told_whole(is) || has_subject(c->a, is)))
      added(c, is);
    else if (!was && first_of_subject(c->b, i))
      whole(c, is, true);
  }
}

size_t policy_difference(const struct policy *a, const struct policy *b, struct text *out) {
  struct arena arena;
  struct statements first, second;
  arena_init(&arena, 4 * (size_t)LIMIT_ARENA);
  statements_make(a, &arena, &first);
  statements_make(b, &arena, &second);
  struct comparison c = {.a = &first, .b = &second, .out = out};
  compare_there(&c);
  compare_gone(&c);
  arena_free(&arena);
  return c.n;
}
