/* saying.h - one sentence under construction, in Chinese and English at once. */
#ifndef YZ_EXPLAIN_SAYING_H
#define YZ_EXPLAIN_SAYING_H

#include "arena.h"
#include "date.h"
#include "money.h"
#include "names.h"
#include "settlement.pb-c.h"
#include "text.h"

#include <stdbool.h>

/* `struct saying s = {0}` is empty; give it to saying_sentence() or saying_drop(). */
struct saying {
  struct text zh, en;
};

/* Adds to both; the two formats take the same arguments in the same order. */
void say(struct saying *saying, const char *zh, const char *en, ...)
    __attribute__((format(printf, 2, 4), format(printf, 3, 4)));
/* Adds a name to each. */
void say_name(struct saying *saying, struct name name);
bool saying_empty(const struct saying *saying);
/* The sentence in the arena; the saying is empty and freed afterwards. */
Yz__Sentence *saying_sentence(struct saying *saying, struct arena *arena);
/* Adds one saying to another and frees it. */
void saying_append(struct saying *saying, struct saying *more);
void saying_drop(struct saying *saying);

/* Values as people read them, for use as arguments: yuan(x).text is "1,234.50". */
struct printed {
  char text[MONEY_TEXT_MAX];
};
struct printed yuan(int64_t fen);
struct printed percent(int32_t ratio);
struct printed day(int32_t days);

#endif
