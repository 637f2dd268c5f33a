#include "waterfall.h"

#include "columns.h"
#include "saying.h"

enum { INDENT = 2, AMOUNT_COLUMNS = 16, LABEL_ZH = 26, LABEL_EN = 40 };

struct waterfall {
  struct text *out;
  bool english;
  size_t label, bar; /* columns */
  int64_t total, left;
};

static const char *pick(const struct waterfall *w, struct name name) {
  return w->english ? name.en : name.zh;
}

/* Cells of `fen` of the total, rounded. */
static size_t cells(const struct waterfall *w, int64_t fen) {
  return w->total > 0 ? (size_t)divide_half_up((__int128)fen * (int64_t)w->bar, w->total) : 0;
}

static void amount_print(const struct waterfall *w, const char *mark, struct name label, int64_t fen) {
  text_add_times(w->out, " ", INDENT);
  struct text text = {0};
  text_add(&text, mark);
  text_add(&text, pick(w, label));
  text_add_left(w->out, text_string(&text), w->label);
  text_add_right(w->out, yuan(fen).text, AMOUNT_COLUMNS);
  text_free(&text);
}

/* A line with a bar over the part of the total from..to; what is there has one cell at least. */
static void bar_print(const struct waterfall *w, const char *mark, struct name label, int64_t from, int64_t to,
                      const char *cell) {
  amount_print(w, mark, label, to - from);
  size_t first = cells(w, from), end = cells(w, to);
  if (to > from && end == first) {
    if (first > 0)
      first--;
    else
      end++;
  }
  if (end > first) {
    text_add_times(w->out, " ", 2 + first);
    text_add_times(w->out, cell, end - first);
  }
  text_add_char(w->out, '\n');
}

/* A line of what something is made of; left out when zero. */
static void part_print(const struct waterfall *w, struct name label, int64_t fen) {
  if (fen == 0) return;
  amount_print(w, "    ", label, fen);
  text_add_char(w->out, '\n');
}

static struct name kind_name(Yz__BasePart__Kind kind) {
  return name_of(&yz__base_part__kind__descriptor, (int)kind);
}

static void total_print(const struct waterfall *w, const Yz__Settlement *settlement) {
  const Yz__Sums *sums = settlement->sums;
  bar_print(w, "  ", (struct name){"总费用", "Total"}, 0, w->total, "█");
  part_print(w, kind_name(YZ__BASE_PART__KIND__OWN_EXPENSE), sums->own_expense);
  part_print(w, kind_name(YZ__BASE_PART__KIND__OVER_LIMIT), sums->over_limit);
  part_print(w, kind_name(YZ__BASE_PART__KIND__FIRST_PAY), sums->first_pay);
  part_print(w, kind_name(YZ__BASE_PART__KIND__REMOTE_FIRST_PAY), settlement->remote_first_pay);
  part_print(w, kind_name(YZ__BASE_PART__KIND__IN_POLICY), sums->in_policy - settlement->remote_first_pay);
}

static bool is_personal(Yz__Payer payer) {
  return payer == YZ__PAYER__PERSONAL_ACCOUNT || payer == YZ__PAYER__FAMILY_ACCOUNT || payer == YZ__PAYER__CASH;
}

static void payers_print(struct waterfall *w, const Yz__Settlement *settlement) {
  for (size_t i = 0; i < settlement->n_shares; i++) {
    const Yz__Share *share = settlement->shares[i];
    if (is_personal(share->payer) || share->amount == 0) continue;
    const struct name name = name_of(&yz__payer__descriptor, (int)share->payer);
    bar_print(w, "- ", name, w->left - share->amount, w->left, "▒");
    w->left -= share->amount;
  }
}

static void personal_print(const struct waterfall *w, const Yz__Settlement *settlement) {
  bar_print(w, "= ", (struct name){"您个人负担", "You pay"}, 0, settlement->personal, "█");
  for (size_t i = 0; i < settlement->n_shares; i++) {
    const Yz__Share *share = settlement->shares[i];
    if (is_personal(share->payer)) part_print(w, name_of(&yz__payer__descriptor, (int)share->payer), share->amount);
  }
}

void waterfall_print(const Yz__Settlement *settlement, bool english, size_t width, struct text *out) {
  struct waterfall w = {.out = out, .english = english, .label = english ? LABEL_EN : LABEL_ZH};
  w.bar = width - INDENT - w.label - AMOUNT_COLUMNS - 2;
  w.total = w.left = settlement->sums->total;
  total_print(&w, settlement);
  payers_print(&w, settlement);
  personal_print(&w, settlement);
}
