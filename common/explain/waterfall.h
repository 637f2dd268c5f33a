/* waterfall.h - who bears what of a bill, as aligned amounts with bars. For the files of this library. */
#ifndef YZ_EXPLAIN_WATERFALL_H
#define YZ_EXPLAIN_WATERFALL_H

#include "settlement.pb-c.h"
#include "text.h"

#include <stdbool.h>

/* Adds the lines: the total with its parts, each payer, what the person bears. */
void waterfall_print(const Yz__Settlement *settlement, bool english, size_t width, struct text *out);

#endif
