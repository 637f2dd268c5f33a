/* golden_compare.h - expected figures against a settlement. */
#ifndef YZ_CLI_GOLDEN_COMPARE_H
#define YZ_CLI_GOLDEN_COMPARE_H

#include "golden.pb-c.h"
#include "settlement.pb-c.h"
#include "text.h"

/* Adds a line for each figure that is not met, and for each benefit that paid and each payer with a share (but cash)
 * that a list which is there leaves out. Returns their number. */
size_t golden_differences(const Yz__Expected *expected, const Yz__Settlement *settlement, struct text *out);

/* Adds a line for each figure of a wrong page that the settlement meets all the same. Returns their number. */
size_t golden_agreements(const Yz__Expected *printed, const Yz__Settlement *settlement, struct text *out);

#endif
