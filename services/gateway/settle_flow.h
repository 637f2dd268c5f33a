/* settle_flow.h - a settlement's way through the house, as a state machine without any I/O.
 *
 *   begin --> RESOLVE Enrollment.Resolve -- prior ------------------------------------------> ANSWERED
 *          ^     |  \                                                                            ^
 *          |     |   a contract names the person --> CONTRACTS Supplementary.Contracts           |
 *          |     |                                      |                                        |
 *          |     +--> SLIP Adjudicate, Assist, <--------+                                        |
 *          |            Supplement, as the entitlement's slip says; the last settles             |
 *          |                    |                                                                |
 *          +-- again (FLOW_TRIES times) ------------------------- settlement, or prior ----------+
 *   any state -- refusal --> REFUSED
 *
 * Enrollment and Contracts answer each its own members of the draft, and concatenating protobuf merges it. Between
 * services the draft's bytes are forwarded as they are: decoded is only what steers. */
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

enum flow_state { FLOW_RESOLVE, FLOW_CONTRACTS, FLOW_SLIP, FLOW_ANSWERED, FLOW_REFUSED };

struct flow {
  enum flow_state state;

  /* Unless it is over (flow_over), after begin and each event: the call to make now. The body is borrowed from the flow
   * or from the reply just given. */
  enum call call;
  const void *body;
  size_t n_body;

  const uint8_t *settlement; /* ANSWERED; packed, as the service gave it; in the arena */
  size_t n_settlement;
  bool replayed;        /* ANSWERED: it had been settled before */
  const char *id;       /* of the settlement, once enrollment has said it; in the arena, or NULL */
  Yz__Problem *problem; /* REFUSED; in the arena or as it was given */

  /* private */
  struct arena *arena;
  bool estimate;
  int tries;
  const uint8_t *request; /* the draft that begins: bill and estimate */
  size_t n_request;
  const uint8_t *draft; /* that and what enrollment said */
  size_t n_draft;
  const Yz__Entitlement *entitlement;
  enum call slip[FLOW_SLIP_MAX];
  size_t n_slip, at;
};

/* Begins with a bill; everything made is in the arena. */
void flow_begin(struct flow *flow, struct arena *arena, Yz__Bill *bill, bool estimate);
/* The call was answered with these bytes, which are read until this returns. (`body` may lend them.) */
void flow_replied(struct flow *flow, const void *bytes, size_t n);
/* The call was refused, or nobody answered it. */
void flow_refused(struct flow *flow, Yz__Problem *problem);

static inline bool flow_over(const struct flow *flow) {
  return flow->state == FLOW_ANSWERED || flow->state == FLOW_REFUSED;
}

#endif
