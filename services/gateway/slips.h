/* slips.h - answers as printed slips instead of JSON: for clients whose Accept prefers text/plain. */
#ifndef YZ_GATEWAY_SLIPS_H
#define YZ_GATEWAY_SLIPS_H

#include "gateway.h"
#include "slip.h"

/* Whether the route serves slips and this client prefers one to JSON. */
bool slip_wanted(const struct exchange *exchange);
/* The language that the query says, Chinese when none; false, and the exchange refused, when it is no language. */
bool slip_language(struct exchange *exchange, enum language *language);
/* Answers 200 with the slip. Without an explanation it is made here, of the gateway's own packs. */
void slip_answer(struct exchange *exchange, const Yz__Settlement *settlement, const Yz__Explanation *explanation,
                 enum language language);

#endif
