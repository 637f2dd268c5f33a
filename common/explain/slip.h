/* slip.h - the printed slip for a terminal: who, where, when; the amounts as a waterfall with bars; each step with
 * formula, clause and source; what remains; cautions. 80 columns; a Chinese character is two columns wide. */
#ifndef YZ_EXPLAIN_SLIP_H
#define YZ_EXPLAIN_SLIP_H

#include "columns.h"
#include "explain.h"

#include <stdbool.h>

enum language { LANGUAGE_ZH, LANGUAGE_EN, LANGUAGE_BOTH };

/* Reads "zh", "en" or "both". */
bool language_read(const char *text, enum language *language);

void slip_print(const Yz__Settlement *settlement, const Yz__Explanation *explanation, const struct explain_packs *packs,
                enum language language, struct text *out);

#endif
