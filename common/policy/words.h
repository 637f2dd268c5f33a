/* words.h - conditions and values of a pack in words, Chinese and English. Made in the arena. */
#ifndef YZ_POLICY_WORDS_H
#define YZ_POLICY_WORDS_H

#include "names.h"
#include "policy.h"
#include "text.h"

/* A condition: {"三级、二级，退休", "level 3 or level 2, retired"}; {"", ""} when nothing is restricted. */
struct name words_when(const struct policy *policy, const Yz__When *when, struct arena *arena);
/* "1,234.50 元" / "1,234.50 yuan". */
struct name words_amount(int64_t fen, struct arena *arena);
struct name words_ratio(int32_t ratio, struct arena *arena);
struct name words_date(int32_t day, struct arena *arena);
/* The same text in both languages. */
struct name words_same(const char *text);
/* An amount, or a share of a parameter with what it comes to. */
struct name words_amount_row(const struct policy *policy, const Yz__AmountRow *row, struct arena *arena);
struct name words_rate_row(const Yz__RateRow *row, struct arena *arena);
/* Everything that a tilt changes. */
struct name words_tilt(const Yz__Tilt *tilt, struct arena *arena);

/* Words that are joined: start with a zeroed one, read and free with words_done. */
struct words {
  struct text zh, en;
};
/* Adds a pair, behind a separator unless it is the first. */
void words_add(struct words *words, const char *separator_zh, const char *separator_en, struct name pair);
struct name words_done(struct words *words, struct arena *arena);

#endif
