/* columns.h - text in columns of a terminal, where a Chinese character takes two. */
#ifndef YZ_POLICY_COLUMNS_H
#define YZ_POLICY_COLUMNS_H

#include "text.h"

/* Columns of a terminal that UTF-8 text takes: Chinese characters and full-width signs take two. */
size_t text_columns(const char *utf8);
/* Adds `utf8` and blanks up to `columns`; right-aligned with blanks before. Longer text is added whole. */
void text_add_left(struct text *out, const char *utf8, size_t columns);
void text_add_right(struct text *out, const char *utf8, size_t columns);

#endif
