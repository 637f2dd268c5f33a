/* replay.h - a bill that meets a settlement of its own key: the same again, or another one under a used id? */
#ifndef YZ_SETTLEMENT_REPLAY_H
#define YZ_SETTLEMENT_REPLAY_H

#include "arena.h"
#include "problem.h"
#include "settlement.pb-c.h"

/* NULL when `prior` was made of this very bill and is its answer; else REQUEST_ID_REUSED with the pointer of the first
 * member that differs. A settled encounter's lines stand in the recorded bill but are not sent with it. */
Yz__Problem *replay_check(const Yz__Bill *bill, const Yz__Settlement *prior, struct arena *arena);

#endif
