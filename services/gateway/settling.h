/* settling.h - a bill on its way: waits for its person's turn, makes the calls of settle_flow.h, and has an answer.
 *
 *   settling_begin --turn is free--> turned --settling_run--> calls ... --> over --settling_leave--> next one's turn
 *        \--another settles that person: waits--^                 ^------- settling_run ----/
 *                                        |  \--its client leaves, or settling_give_up--> gone
 *                                        \--deadline of its exchange, when it has one--> over, refused
 *
 * Whoever begins one keeps it, with its exchange, until it is over. Estimates write nothing and need no turn. */
#ifndef YZ_GATEWAY_SETTLING_H
#define YZ_GATEWAY_SETTLING_H

#include "gateway.h"
#include "settle_flow.h"

struct settling {
  struct turn turn; /* first: turn_give gives it back */
  struct exchange *exchange;
  Yz__Bill *bill;
  bool estimate;
  bool hurried; /* it waits for its turn until its exchange's deadline, and for its client; else as long as it takes */
  /* Its turn has come, perhaps inside settling_begin: run it, or leave. */
  void (*turned)(struct settling *settling);
  /* The flow is over, and its turn, if it came, still had: run it again, or leave and answer. */
  void (*over)(struct settling *settling);

  struct flow flow;
  bool has_turn, waits; /* for the turn */
  struct wait wait;
};

/* Takes the turn. The members in front of `flow` are set. */
void settling_begin(struct settling *settling);
/* Runs the flow from its start. */
void settling_run(struct settling *settling);
/* Gives the turn to who waits for it, who perhaps runs inside. */
void settling_leave(struct settling *settling);
/* It does not want its turn any more, for which it waits. */
void settling_give_up(struct settling *settling);

#endif
