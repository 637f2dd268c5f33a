#include "cases.h"

#include "must.h"
#include "yaml_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = CASES_ROWS_MAX / 64, AXES_MAX = 16, CLASSES_MAX = 12, AGE_MAX = 199, STAY_MAX = 999 };

/* Values of one axis that all rows treat alike: the rows that hold for them, and what the values are called. */
struct point {
  uint64_t rows[WORDS];
  const char *member; /* "level", and `name` lists its values; NULL: `name` is one value, with its member */
  bool several;
  char name[128];
};
struct axis {
  struct point *points;
  size_t n, room;
};
struct examination {
  const struct policy *policy;
  const struct when *applies, *rows;
  size_t n_rows;
  struct axis axes[AXES_MAX];
  size_t n_axes, tried;
  const struct point *way[AXES_MAX]; /* the points chosen so far */
  struct cases *cases;
};

/* ---- making axes ---- */

static void point_merge(struct point *into, const struct point *point) {
  const size_t n = strlen(into->name);
  if (!into->member) return;
  into->several = true;
  snprintf(into->name + n, sizeof into->name - n, ", %s", point->name);
}

static void point_add(struct axis *axis, const struct point *point) {
  for (size_t i = 0; i < axis->n; i++)
    if (memcmp(axis->points[i].rows, point->rows, sizeof point->rows) == 0) {
      point_merge(&axis->points[i], point);
      return;
    }
  if (axis->n == axis->room) {
    axis->room = axis->room ? 2 * axis->room : 8;
    axis->points = realloc(axis->points, axis->room * sizeof *axis->points);
    must(axis->points);
  }
  axis->points[axis->n++] = *point;
}

static void hold(struct point *point, size_t row) {
  point->rows[row / 64] |= UINT64_C(1) << (row % 64);
}

static struct axis *axis_new(struct examination *x) {
  must(x->n_axes < AXES_MAX);
  return &x->axes[x->n_axes++];
}

/* Takes the facts (one value in one or two dimensions) into the axis when `applies` allows them. */
static void bits_try(struct examination *x, struct axis *axis, uint64_t facts, const char *member, const char *name) {
  if (facts & ~x->applies->bits) return;
  struct point point = {.member = member};
  snprintf(point.name, sizeof point.name, "%s", name);
  for (size_t i = 0; i < x->n_rows; i++)
    if (!(facts & ~x->rows[i].bits)) hold(&point, i);
  point_add(axis, &point);
}

static void enum_axis(struct examination *x, int at, const char *member, const ProtobufCEnumDescriptor *type) {
  struct axis *axis = axis_new(x);
  for (unsigned v = 0; v < type->n_values; v++) {
    char value[64];
    yaml_name(type, type->values[v].value, value);
    bits_try(x, axis, PLAN_BIT(at, type->values[v].value), member, value);
  }
}

static void bool_axis(struct examination *x, int at, const char *member) {
  struct axis *axis = axis_new(x);
  for (int b = 0; b <= 1; b++) bits_try(x, axis, PLAN_BOOL(at, b), member, b ? "true" : "false");
}

/* Two dimensions of which only some pairs exist, as one axis. */
struct pair {
  int a_at, b_at;
  const char *a, *b;
  const ProtobufCEnumDescriptor *a_type, *b_type;
  bool (*exists)(int a, int b); /* b 0: no value */
  bool b_may_lack;
};

static void pair_axis(struct examination *x, const struct pair *pair) {
  struct axis *axis = axis_new(x);
  for (unsigned i = 0; i < pair->a_type->n_values; i++)
    for (unsigned j = 0; j <= pair->b_type->n_values; j++) {
      const int a = pair->a_type->values[i].value, b = j == 0 ? 0 : pair->b_type->values[j - 1].value;
      if ((b == 0 && !pair->b_may_lack) || !pair->exists(a, b)) continue;
      char name[128], a_name[64], b_name[64];
      yaml_name(pair->a_type, a, a_name);
      if (b)
        snprintf(name, sizeof name, "%s: %s, %s: %s", pair->a, a_name, pair->b, yaml_name(pair->b_type, b, b_name));
      else
        snprintf(name, sizeof name, "%s: %s", pair->a, a_name);
      bits_try(x, axis, PLAN_BIT(pair->a_at, a) | (b ? PLAN_BIT(pair->b_at, b) : 0), NULL, name);
    }
}

static bool standing_exists(int scheme, int standing) {
  const bool resident = standing == YZ__STANDING__ADULT || standing == YZ__STANDING__STUDENT_CHILD;
  return (scheme == YZ__SCHEME__RESIDENT) == resident;
}
static bool remote_exists(int reach, int remote) {
  return (reach == YZ__REACH__SAME_CITY) == (remote == YZ__REMOTE__LOCAL);
}
static bool form_exists(int setting, int form) {
  return (setting == YZ__SETTING__LONG_TERM_CARE) == (form != 0);
}

/* An axis of whole numbers: intervals between the bounds that rows name. */
struct numbers {
  const char *member;
  int least, most;
  size_t from, to; /* offsets of the int16_t in struct when */
};

static int bound(const struct when *when, size_t offset) {
  return *(const int16_t *)((const char *)when + offset);
}

static int next_start(const struct examination *x, const struct numbers *numbers, int after, int last) {
  int next = last + 1;
  for (size_t i = 0; i < x->n_rows; i++) {
    const int starts[] = {bound(&x->rows[i], numbers->from), bound(&x->rows[i], numbers->to) + 1};
    for (int k = 0; k < 2; k++)
      if (starts[k] > after && starts[k] < next) next = starts[k];
  }
  return next;
}

static void number_axis(struct examination *x, const struct numbers *numbers) {
  struct axis *axis = axis_new(x);
  const int from = bound(x->applies, numbers->from), to = bound(x->applies, numbers->to);
  const int first = from > numbers->least ? from : numbers->least, last = to < numbers->most ? to : numbers->most;
  for (int start = first, next; start <= last; start = next) {
    next = next_start(x, numbers, start, last);
    struct point point = {0};
    for (size_t i = 0; i < x->n_rows; i++)
      if (bound(&x->rows[i], numbers->from) <= start && start <= bound(&x->rows[i], numbers->to)) hold(&point, i);
    if (next - 1 == start)
      snprintf(point.name, sizeof point.name, "%s: %d", numbers->member, start);
    else if (next > numbers->most)
      snprintf(point.name, sizeof point.name, "%s: %d+", numbers->member, start);
    else
      snprintf(point.name, sizeof point.name, "%s: %d-%d", numbers->member, start, next - 1);
    point_add(axis, &point);
  }
}

static bool has_disease(const struct when *when, size_t disease) {
  return !when->has_disease || (when->disease[disease / 64] >> (disease % 64) & 1);
}

static void disease_axis(struct examination *x) {
  struct axis *axis = axis_new(x);
  struct point point = {.name = "no disease, or one that no row names"};
  if (!x->applies->has_disease) {
    for (size_t i = 0; i < x->n_rows; i++)
      if (!x->rows[i].has_disease) hold(&point, i);
    point_add(axis, &point);
  }
  for (size_t d = 0; d < x->policy->diseases.n && d < PLAN_DISEASES_MAX; d++) {
    if (!has_disease(x->applies, d)) continue;
    point = (struct point){0};
    snprintf(point.name, sizeof point.name, "disease: %s", x->policy->diseases.at[d].disease->code);
    for (size_t i = 0; i < x->n_rows; i++)
      if (has_disease(&x->rows[i], d)) hold(&point, i);
    point_add(axis, &point);
  }
}

/* ---- categories: sets of them, by classes that all conditions treat alike ---- */

static bool alike(const struct when *when, uint64_t both) {
  const uint64_t any = when->any_category & both, none_of = when->not_category & both;
  return (!any || any == both) && (!none_of || none_of == both);
}

static bool same_class(const struct examination *x, int a, int b) {
  const uint64_t both = PLAN_BIT(0, a) | PLAN_BIT(0, b);
  bool same = alike(x->applies, both);
  for (size_t i = 0; i < x->n_rows && same; i++) same = alike(&x->rows[i], both);
  return same;
}

static bool named(const struct examination *x, int category) {
  uint64_t all = x->applies->any_category | x->applies->not_category;
  for (size_t i = 0; i < x->n_rows; i++) all |= x->rows[i].any_category | x->rows[i].not_category;
  return all & PLAN_BIT(0, category);
}

/* One category of each class; their number, or more than CLASSES_MAX. */
static size_t classes_of(const struct examination *x, int classes[CLASSES_MAX]) {
  size_t n = 0;
  for (unsigned v = 0; v < yz__category__descriptor.n_values; v++) {
    const int category = yz__category__descriptor.values[v].value;
    bool new_class = named(x, category);
    for (size_t i = 0; i < n && new_class; i++) new_class = !same_class(x, classes[i], category);
    if (!new_class) continue;
    if (n == CLASSES_MAX) return CLASSES_MAX + 1;
    classes[n++] = category;
  }
  return n;
}

static bool categories_fit(const struct when *when, uint64_t set) {
  return (!when->any_category || (when->any_category & set)) && !(when->not_category & set);
}

static void categories_name(char *name, size_t room, uint64_t set) {
  size_t used = (size_t)snprintf(name, room, "%s", set ? "category: [" : "no category that a row names");
  const char *separator = "";
  for (unsigned v = 0; v < yz__category__descriptor.n_values && used < room; v++) {
    const int category = yz__category__descriptor.values[v].value;
    if (!(set & PLAN_BIT(0, category))) continue;
    char value[64];
    used += (size_t)snprintf(name + used, room - used, "%s%s", separator,
                             yaml_name(&yz__category__descriptor, category, value));
    separator = ", ";
  }
  if (set && used < room) snprintf(name + used, room - used, "]");
}

static bool category_axis(struct examination *x) {
  int classes[CLASSES_MAX];
  const size_t n = classes_of(x, classes);
  if (n > CLASSES_MAX) return false;
  struct axis *axis = axis_new(x);
  for (unsigned choice = 0; choice < 1u << n; choice++) {
    uint64_t set = 0;
    for (size_t i = 0; i < n; i++)
      if (choice >> i & 1) set |= PLAN_BIT(0, classes[i]);
    if (!categories_fit(x->applies, set)) continue;
    struct point point = {0};
    for (size_t i = 0; i < x->n_rows; i++)
      if (categories_fit(&x->rows[i], set)) hold(&point, i);
    categories_name(point.name, sizeof point.name, set);
    point_add(axis, &point);
  }
  return true;
}

static bool axes_make(struct examination *x) {
  static const struct pair pairs[] = {
      {BITS_SCHEME, BITS_STANDING, "scheme", "standing", &yz__scheme__descriptor, &yz__standing__descriptor,
       standing_exists, false},
      {BITS_REACH, BITS_REMOTE, "reach", "remote", &yz__reach__descriptor, &yz__remote__descriptor, remote_exists,
       false},
      {BITS_SETTING, BITS_FORM, "setting", "form", &yz__setting__descriptor, &yz__care_form__descriptor, form_exists,
       true},
  };
  static const struct numbers ages = {"age", 0, AGE_MAX, offsetof(struct when, age_from),
                                      offsetof(struct when, age_to)};
  static const struct numbers stays = {"stay", 1, STAY_MAX, offsetof(struct when, stay_from),
                                       offsetof(struct when, stay_to)};
  enum_axis(x, BITS_LEVEL, "level", &yz__level__descriptor);
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) pair_axis(x, &pairs[i]);
  number_axis(x, &stays);
  number_axis(x, &ages);
  enum_axis(x, BITS_RISK, "risk", &yz__risk__descriptor);
  disease_axis(x);
  bool_axis(x, BITS_BASIC_SETTLED, "basic_settled");
  bool_axis(x, BITS_TWO_OR_INSULIN, "two_or_insulin");
  bool_axis(x, BITS_PREFERENTIAL, "preferential");
  return category_axis(x);
}

/* ---- walking through the cases ---- */

static void missing(struct examination *x, size_t depth) {
  if (x->cases->missing++) return;
  struct text *out = &x->cases->example;
  const char *separator = "{";
  for (size_t i = 0; i < depth; i++) {
    if (x->axes[i].n == 1) continue; /* says nothing that `applies` does not say */
    const struct point *point = x->way[i];
    text_addf(out, "%s%s%s%s%s%s", separator, point->member ? point->member : "", point->member ? ": " : "",
              point->several ? "[" : "", point->name, point->several ? "]" : "");
    separator = ", ";
  }
  text_add(out, *separator == '{' ? "{any case}" : "}");
}

static bool empty(const uint64_t rows[WORDS]) {
  for (size_t w = 0; w < WORDS; w++)
    if (rows[w]) return false;
  return true;
}

static void walk(struct examination *x, size_t depth, const uint64_t left[WORDS]) {
  if (++x->tried > CASES_MAX) x->cases->too_many = true;
  if (x->cases->too_many) return;
  if (empty(left)) {
    missing(x, depth);
    return;
  }
  if (depth == x->n_axes) {
    size_t w = 0;
    while (!left[w]) w++;
    x->cases->first[w] |= left[w] & (~left[w] + 1);
    return;
  }
  for (size_t i = 0; i < x->axes[depth].n; i++) {
    x->way[depth] = &x->axes[depth].points[i];
    uint64_t rest[WORDS];
    for (size_t w = 0; w < WORDS; w++) rest[w] = left[w] & x->way[depth]->rows[w];
    walk(x, depth + 1, rest);
  }
}

void cases_examine(const struct policy *policy, const struct when *applies, const struct when *rows, size_t n,
                   struct cases *cases) {
  *cases = (struct cases){0};
  struct examination x = {.policy = policy, .applies = applies, .rows = rows, .n_rows = n, .cases = cases};
  cases->too_many = n > CASES_ROWS_MAX || !axes_make(&x);
  uint64_t all[WORDS] = {0};
  for (size_t i = 0; i < n && !cases->too_many; i++) all[i / 64] |= UINT64_C(1) << (i % 64);
  if (!cases->too_many) walk(&x, 0, all);
  for (size_t i = 0; i < x.n_axes; i++) free(x.axes[i].points);
}

void cases_free(struct cases *cases) {
  text_free(&cases->example);
}

bool cases_first(const struct cases *cases, size_t row) {
  return cases->first[row / 64] >> (row % 64) & 1;
}

bool cases_meet(const struct policy *policy, const struct when *a, const struct when *b) {
  struct cases cases;
  cases_examine(policy, a, b, 1, &cases);
  const bool meet = cases_first(&cases, 0);
  cases_free(&cases);
  return meet;
}
