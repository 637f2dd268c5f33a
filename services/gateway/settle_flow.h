/* settle_flow.h - a settlement's way through the house, as a state machine without any I/O.
 *
 *               +-- Enrollment.Resolve -------+
 *   begin ---> LOOKUP                          +--> prior settlement? ----------------------------+
 *         ^     +-- Supplementary.Contracts --+          | none                                   |
 *         |                                              v                                        |
 *         |                                            SLIP: Adjudicate, Assist, Supplement,      |
 *         |                                              |   as the entitlement's slip says       |
 *         |                                              v                                        v
 *         +------- again (FLOW_TRIES times) --------- COMMIT ---------- settlement ----------> ANSWERED
 *                                                (Finish for an estimate)
 *   any state -- refusal --> REFUSED
 *
 * The two lookups answer each its own members of the draft, and concatenating protobuf merges it. Between services the
 * draft's bytes are forwarded as they are: decoded is only what steers. */
#ifndef YZ_GATEWAY_SETTLE_FLOW_H
#define YZ_GATEWAY_SETTLE_FLOW_H

#include "arena.h"
#include "calls.h"
#include "services.pb-c.h"
#include "settlement.pb-c.h"

#include <stdbool.h>
#include <stddef.h>

/* A conflict means that another settlement of the same account was applied in between, through another gateway or of
 * the same family contract: somebody always gets on. */
enum { FLOW_TRIES = 5, FLOW_SLIP_MAX = 8 };

enum flow_state { FLOW_LOOKUP, FLOW_SLIP, FLOW_COMMIT, FLOW_ANSWERED, FLOW_REFUSED };

struct flow {
  enum flow_state state;

  /* After begin and each event: the calls to make now, all with the same body, which is borrowed from the flow or from
   * the reply just given. */
  enum call asks[2];
  size_t n_asks;
  const void *body;
  size_t n_body;

  Yz__Settlement *settlement; /* ANSWERED; in the arena */
  bool replayed;              /* ANSWERED: it had been settled before */
  Yz__Problem *problem;       /* REFUSED; in the arena or as it was given */

  /* private */
  struct arena *arena;
  bool estimate;
  int tries;
  const uint8_t *request; /* the draft that begins: bill and estimate */
  size_t n_request;
  const uint8_t *entitled, *contracted; /* the two lookups' replies; NULL: still to come */
  size_t n_entitled, n_contracted;
  Yz__Problem *contracts_problem;
  enum call slip[FLOW_SLIP_MAX];
  size_t n_slip, at;
};

/* Begins with a bill; everything made is in the arena. */
void flow_begin(struct flow *flow, struct arena *arena, Yz__Bill *bill, bool estimate);
/* A call was answered with these bytes, which are read until this returns. (asks[] may lend them.) */
void flow_replied(struct flow *flow, enum call call, const void *bytes, size_t n);
/* A call was refused, or nobody answered it. */
void flow_refused(struct flow *flow, enum call call, Yz__Problem *problem);

#endif
