#include "slip.h"

#include "bounds.h"

#include "clauses.h"
#include "saying.h"
#include "waterfall.h"
#include "wrap.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 80 };
static const int64_t MINUTE_MS = 60000;

/* One slip in one language. */
struct slip {
  const Yz__Settlement *settlement;
  const Yz__Explanation *explanation;
  struct clauses clauses;
  struct arena arena; /* halves of titles */
  struct text *out;
  bool english;
};

bool language_read(const char *text, enum language *language) {
  static const char *const names[] = {[LANGUAGE_ZH] = "zh", [LANGUAGE_EN] = "en", [LANGUAGE_BOTH] = "both"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strcmp(text, names[i]) != 0) continue;
    *language = (enum language)i;
    return true;
  }
  return false;
}

static const char *pick(const struct slip *slip, struct name name) {
  return slip->english ? name.en : name.zh;
}

static const char *sentence(const struct slip *slip, const Yz__Sentence *s) {
  return slip->english ? s->en : s->zh;
}

static void rule_print(const struct slip *slip, const char *dash) {
  text_add_times(slip->out, dash, WIDTH);
  text_add_char(slip->out, '\n');
}

static void heading_print(const struct slip *slip, struct name name) {
  text_addf(slip->out, "\n%s\n", pick(slip, name));
}

/* A labelled paragraph, indented by `indent`; frees the saying. */
static void field_print(const struct slip *slip, size_t indent, struct name label, struct saying *value) {
  struct text first = {0};
  text_add_times(&first, " ", indent);
  text_add_left(&first, pick(slip, label), slip->english ? 10 : 6);
  text_wrap(slip->out, text_string(&first), text_string(slip->english ? &value->en : &value->zh), WIDTH);
  text_free(&first);
  saying_drop(value);
}

/* "2023-10-17 10:03", Asia/Shanghai. */
static void say_instant(struct saying *s, int64_t utc_ms) {
  const int64_t minutes = utc_ms / MINUTE_MS + INT64_C(8) * 60;
  say(s, " %s %02d:%02d", " %s %02d:%02d", day(date_of_instant(utc_ms)).text, (int)(minutes / 60 % 24),
      (int)(minutes % 60));
}

static struct saying number_of(const Yz__Settlement *settlement) {
  struct saying s = {0};
  say(&s, "%s，", "%s, ", settlement->id);
  say_name(&s, name_of(&yz__settlement__status__descriptor, (int)settlement->status));
  if (settlement->status == YZ__SETTLEMENT__STATUS__CANCELLED) {
    const Yz__Cancellation *cancellation = settlement->cancellation;
    if (cancellation && cancellation->has_cancelled) say_instant(&s, cancellation->cancelled);
    if (cancellation && cancellation->reason) say(&s, "（%s）", " (%s)", cancellation->reason);
  } else if (settlement->has_settled) {
    say_instant(&s, settlement->settled);
  }
  return s;
}

static struct saying person_of(const Yz__Entitlement *who) {
  struct saying s = {0};
  say(&s, "%s，%u 岁，", "%s, %u years, ", who->name ? who->name : who->person, who->age);
  say_name(&s, name_of(&yz__scheme__descriptor, (int)who->scheme));
  say(&s, "医保，", " insurance, ");
  say_name(&s, name_of(&yz__standing__descriptor, (int)who->standing));
  for (size_t i = 0; i < who->n_categories; i++) {
    say(&s, "，", ", ");
    say_name(&s, name_of(&yz__category__descriptor, (int)who->categories[i]));
  }
  return s;
}

static struct saying place_of(const Yz__Settlement *settlement) {
  const Yz__Entitlement *who = settlement->entitlement;
  struct saying s = {0};
  say(&s, "%s（", "%s (", who->institution_name ? who->institution_name : who->institution);
  say_name(&s, name_of(&yz__level__descriptor, (int)who->level));
  say(&s, "），", "), ");
  say_name(&s, name_of(&yz__setting__descriptor, (int)settlement->bill->setting));
  return s;
}

static struct saying visit_of(const Yz__Settlement *settlement) {
  const Yz__Bill *bill = settlement->bill;
  const Yz__Entitlement *who = settlement->entitlement;
  struct saying s = {0};
  say(&s, "%s", "%s", day(bill->from).text);
  if (bill->has_to && bill->to != bill->from) say(&s, " 至 %s", " to %s", day(bill->to).text);
  if (who->remote == YZ__REMOTE__LOCAL) return s;
  say(&s, "，", ", ");
  say_name(&s, name_of(&yz__reach__descriptor, (int)who->reach));
  say(&s, "，", ", ");
  say_name(&s, name_of(&yz__remote__descriptor, (int)who->remote));
  return s;
}

static struct saying policy_of(const struct slip *slip) {
  const Yz__PackRef *ref = slip->settlement->entitlement->pack;
  struct saying s = {0};
  for (size_t i = 0; i < slip->clauses.n; i++)
    if (strcmp(slip->clauses.packs[i]->pack, ref->pack) == 0)
      say_name(&s, (struct name){slip->clauses.packs[i]->name_zh, slip->clauses.packs[i]->name_en});
  say(&s, "（%s %s）", " (%s %s)", ref->pack, ref->version);
  return s;
}

static void header_print(const struct slip *slip) {
  const struct name title = {"医保一站式结算单", "One-stop settlement of medical insurance"};
  rule_print(slip, "=");
  text_add_times(slip->out, " ", (WIDTH - text_columns(pick(slip, title))) / 2);
  text_addf(slip->out, "%s\n", pick(slip, title));
  rule_print(slip, "=");
  struct saying values[] = {number_of(slip->settlement), person_of(slip->settlement->entitlement),
                            place_of(slip->settlement), visit_of(slip->settlement), policy_of(slip)};
  static const struct name labels[] = {
      {"结算", "Number"}, {"本人", "Person"}, {"就医", "Care"}, {"日期", "Dates"}, {"政策", "Policy"}};
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) field_print(slip, 0, labels[i], &values[i]);
}

/* The title of a source up to its first remark; the citation itself when the source is not at hand. */
static void say_source(struct slip *slip, struct saying *s, const Yz__Source *source, const char *citation) {
  if (!source) {
    say(s, "%s", "%s", citation);
    return;
  }
  const struct name title = title_halves(source->title, &slip->arena);
  const char *zh_end = strstr(title.zh, "；"), *en_end = strstr(title.en, "; ");
  text_add_n(&s->zh, title.zh, zh_end ? (size_t)(zh_end - title.zh) : strlen(title.zh));
  text_add_n(&s->en, title.en, en_end ? (size_t)(en_end - title.en) : strlen(title.en));
}

/* Each source of a step once. */
static struct saying sources_of(struct slip *slip, const Yz__Step *step, const char *pack) {
  struct saying s = {0};
  for (size_t i = 0; i < step->n_source; i++) {
    const Yz__Source *source = clauses_source(&slip->clauses, pack, step->source[i]);
    bool again = false;
    for (size_t j = 0; j < i && !again; j++) {
      const Yz__Source *other = clauses_source(&slip->clauses, pack, step->source[j]);
      again = source ? other == source : strcmp(step->source[i], step->source[j]) == 0;
    }
    if (again) continue;
    if (!saying_empty(&s)) say(&s, "；", "; ");
    say_source(slip, &s, source, step->source[i]);
  }
  return s;
}

/* Pack that holds the benefit of a step. */
static const char *pack_of(const struct slip *slip, const Yz__Step *step) {
  for (size_t i = 0; step->benefit && i < slip->settlement->n_results; i++)
    if (strcmp(slip->settlement->results[i]->benefit, step->benefit) == 0) return slip->settlement->results[i]->pack;
  return slip->settlement->entitlement->pack->pack;
}

static void step_print(struct slip *slip, size_t number) {
  const Yz__Step *step = slip->explanation->steps[number];
  char first[24];
  snprintf(first, sizeof first, "%2zu. ", number + 1);
  text_wrap(slip->out, first, sentence(slip, step->title), WIDTH);
  struct saying s = {0};
  if (step->formula) {
    say(&s, "%s", "%s", sentence(slip, step->formula));
    field_print(slip, 4, (struct name){"算式", "Formula"}, &s);
  }
  if (step->clause) {
    say(&s, "%s", "%s", sentence(slip, step->clause));
    field_print(slip, 4, (struct name){"规定", "Rule"}, &s);
  }
  if (step->n_source > 0) {
    s = sources_of(slip, step, pack_of(slip, step));
    field_print(slip, 4, (struct name){"出处", "Source"}, &s);
  }
  if (number == 0) return;
  say(&s, "此后由您负担 %s 元", "%s yuan are left to you", yuan(step->left).text);
  field_print(slip, 4, (struct name){"剩余", "Left"}, &s);
}

static void list_print(const struct slip *slip, struct name heading, Yz__Sentence *const *list, size_t n) {
  if (n == 0) return;
  heading_print(slip, heading);
  for (size_t i = 0; i < n; i++) text_wrap(slip->out, "  - ", sentence(slip, list[i]), WIDTH);
}

static void print_one(struct slip *slip) {
  const Yz__Explanation *e = slip->explanation;
  header_print(slip);
  rule_print(slip, "-");
  text_wrap(slip->out, "", sentence(slip, e->summary), WIDTH);
  heading_print(slip, (struct name){"费用由谁负担（元）", "Who bears the cost (yuan)"});
  waterfall_print(slip->settlement, slip->english, WIDTH, slip->out);
  heading_print(slip, (struct name){"怎样算出来的", "How it was computed"});
  for (size_t i = 0; i < e->n_steps; i++) step_print(slip, i);
  list_print(slip, (struct name){"今年还剩多少", "What is left this year"}, e->remaining, e->n_remaining);
  list_print(slip, (struct name){"请注意", "Please note"}, e->cautions, e->n_cautions);
  rule_print(slip, "=");
}

void slip_print(const Yz__Settlement *settlement, const Yz__Explanation *explanation, const struct explain_packs *packs,
                enum language language, struct text *out) {
  struct slip slip = {.settlement = settlement, .explanation = explanation, .out = out};
  arena_init(&slip.arena, LIMIT_ARENA);
  clauses_find(&slip.clauses, settlement, packs);
  for (int english = 0; english <= 1; english++) {
    if (language != LANGUAGE_BOTH && language != (english ? LANGUAGE_EN : LANGUAGE_ZH)) continue;
    if (english && language == LANGUAGE_BOTH) text_add_char(out, '\n');
    slip.english = english;
    print_one(&slip);
  }
  arena_free(&slip.arena);
}
