/* wrap.h - a paragraph in a column of a terminal: broken between Chinese characters and at blanks, never before a
 * closing mark. For the files of this library. */
#ifndef YZ_EXPLAIN_WRAP_H
#define YZ_EXPLAIN_WRAP_H

#include "text.h"

/* Adds `utf8` in lines of at most `width` columns (a word longer than a line stands alone). The first line begins with
 * `first`, the others with blanks of the same width. */
void text_wrap(struct text *out, const char *first, const char *utf8, size_t width);

#endif
