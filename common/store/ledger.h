/* ledger.h - commits a settlement, or its cancellation, at once: counters, record, list of the year, journal.
 *
 * One Redis function call each. The settlement's id is derived from (caller, request id, person): that {b}:settle:<id>
 * exists means the request was seen, and what stands there is its answer. Repeating a call is safe, and the calls here
 * repeat themselves while the outcome is unknown and the deadline allows. Moves of contracts (Move.contract set) are
 * not taken here, but by family.h; commit.h does both in the right order. */
#ifndef YZ_STORE_LEDGER_H
#define YZ_STORE_LEDGER_H

#include "settlement.pb-c.h"
#include "store.h"

enum ledger_outcome {
  LEDGER_APPLIED,  /* done now; `version` is the account's new version */
  LEDGER_SEEN,     /* done before, perhaps by an attempt of this very call: `recorded` is the answer to give */
  LEDGER_CONFLICT, /* the account moved since it was read (or was fenced): `version` and `counters` are fresh; decide
                      again */
  LEDGER_LATER,    /* cancel: settlement `text` of the year stands on this one */
  LEDGER_MISSING,  /* no such settlement */
  LEDGER_DEFECT    /* refused, nothing written: a counter would leave 0 .. 2^53; `text` names it */
};

struct ledger_reply {
  enum store_result result; /* what follows holds for STORE_OK only */
  const char *text;
  enum ledger_outcome outcome;
  uint64_t version;
  size_t n_counters;
  Yz__Counter **counters;
  Yz__Settlement *recorded; /* in the arena */
  const uint8_t *bytes;     /* the packed `recorded`, or what was applied; in the arena. ledger_cancel wants it */
  size_t n_bytes;
};
#define LEDGER_ANY UINT64_MAX /* a version of no account */
typedef void ledger_done(void *context, const struct ledger_reply *reply);

/* Settlement by id: SEEN or MISSING. STORE_ERROR also when the arena has no room for it, as `text` says. */
void ledger_read(struct store *store, struct arena *arena, const char *id, int deadline_ms, ledger_done *done,
                 void *context);

/* The same, when a write or an answer will rest on it: what is found is as durable as the store promises. The attempt
 * that wrote it may have met no replica, and have said so. */
void ledger_read_kept(struct store *store, struct arena *arena, const char *id, int deadline_ms, ledger_done *done,
                      void *context);
/* The same in memory of its own, which lives for the callback only: for who looks at many and keeps little of each. */
void ledger_look(struct store *store, const char *id, int deadline_ms, ledger_done *done, void *context);

/* Commits `settlement` (status SETTLED): moves without a contract are added to the counters of bill.person in
 * entitlement.year. Its `sequence` must be the account's version as read plus one. APPLIED, SEEN, CONFLICT or DEFECT.
 */
void ledger_apply(struct store *store, struct arena *arena, const Yz__Settlement *settlement, int deadline_ms,
                  ledger_done *done, void *context);

/* The mark of a settlement that stands, in the list of its year (account.h). */
const char *ledger_mark(const Yz__Settlement *settlement);

/* Cancels: `before` is the recorded settlement as packed bytes (ledger_read), `cancelled` the same settlement with
 * status CANCELLED and its Cancellation. `expected` is the account's version that must still hold, or LEDGER_ANY. Posts
 * the opposite of the moves without a contract, so that every counter is as it was (a counter that returns to zero is
 * gone), and replaces the record. APPLIED (recorded is `cancelled`), SEEN (the record is not `before`: recorded tells
 * what is; same Cancellation.request_id means it was this request), CONFLICT, LATER, MISSING or DEFECT. */
void ledger_cancel(struct store *store, struct arena *arena, const uint8_t *before, size_t n_before, uint64_t expected,
                   const Yz__Settlement *cancelled, int deadline_ms, ledger_done *done, void *context);

/* Makes sure that neither the settlement nor its cancel will come from a decision already made: SEEN when it is there,
 * else APPLIED. The account's version has moved, so that an apply still under way, or a cancel with an expected
 * version, meets a conflict. */
void ledger_fence(struct store *store, struct arena *arena, const char *id, const char *person, uint32_t year,
                  int deadline_ms, ledger_done *done, void *context);

#endif
