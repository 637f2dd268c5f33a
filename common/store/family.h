/* family.h - counters of supplementary contracts, which a family may share: they live in the contract's bucket, so
 * moving them together with a person's counters is try / confirm / cancel, with the settlement id as key.
 *
 *   {b}:pcontracts:<person>       set of contract ids (in the person's bucket)
 *   {b}:cacc:<contract>:<year>    hash: counters and "v", tried moves included
 *   {b}:ctry:<contract>:<year>    hash: settlement id -> state, basis, moves
 *   {b}:tries                     sorted set of what is open: tried and not yet confirmed, or reopened; by time
 *   {b}:clist:<contract>:<year>   list of the settlements decided on these counters, in order, each with a mark: '+'
 *                                 stands and moves them, ':' stands and has only read them, '-' cancelled
 *
 *                                             +-----keep------+
 *                                             v               |
 *       none --try--> TRIED --confirm--> CONFIRMED --reopen--> REOPENED --cancel--> CANCELLED (for ever)
 *        ^              |
 *        +---cancel-----+
 *
 * One settlement's part of a contract's year is open at a time, and the other ones wait: what stands in the counters
 * then may be taken back. So a family's settlements and cancels have one order, which is also the journal's: between
 * the opening and the end lies the one entry in the journal. A settlement that reads a contract and moves nothing there
 * takes part with a try without moves. What moved the counters is not cancelled while a later one stands on them.
 *
 * `basis` is the version of the person's account that the decision was made on (Settlement.sequence - 1). A try on a
 * newer basis replaces one on an older basis, for the older can no longer be committed; a cancel touches only the try
 * of its own basis. So attempts of the same settlement that run side by side cannot undo each other. */
#ifndef YZ_STORE_FAMILY_H
#define YZ_STORE_FAMILY_H

#include "settlement.pb-c.h"
#include "store.h"

struct family {
  enum store_result result;
  const char *text;
  size_t n;
  Yz__ContractState **contracts; /* contract, counters and version set; pack left to the caller */
};
typedef void family_read_done(void *context, const struct family *family);

/* Contracts that name the person, of any date, in the order of their ids, with the year's counters. `settlement`: what
 * will be decided on this and committed (account_read); what it has tried itself is taken off the counters. NULL:
 * nothing, they are only looked at. */
void family_read(struct store *store, struct arena *arena, const char *person, uint32_t year, const char *settlement,
                 int deadline_ms, family_read_done *done, void *context);

/* One settlement's part in one contract's year. The strings must live until the call returns. */
struct family_part {
  const char *settlement, *person, *contract;
  uint32_t year;
  uint64_t basis;
  bool moved;         /* for family_confirm and family_keep: the settlement that stands moves the contract's counters */
  const char *opened; /* when, as family_reopen told or the sweep found: family_keep and family_cancel leave a part
                         alone that was opened again since. NULL: as it is */
};

enum family_outcome {
  FAMILY_DONE,     /* it is so, now or before */
  FAMILY_CONFLICT, /* try, reopen: another settlement's part is open (reopen: or this one, by another); try: the
                      counters moved since they were read, or the basis is old: decide again */
  FAMILY_BUSY,     /* try: another attempt on the same basis tried other moves; ledger_fence, then decide again */
  FAMILY_LATER,    /* reopen: settlement `text` of the contract stands on this one */
  FAMILY_CLOSED,   /* try: this settlement's part was confirmed or cancelled before */
  FAMILY_NONE,     /* all but try: nothing of that basis is tried or confirmed */
  FAMILY_DEFECT    /* a counter would leave 0 .. 2^53; nothing was written */
};
typedef void family_done(void *context, enum store_result result, enum family_outcome outcome, const char *text);

/* Moves the contract's counters by those `moves` whose contract is part->contract, if they still have version
 * `expected`. All calls are idempotent and repeat themselves while unknown. */
void family_try(struct store *store, const struct family_part *part, uint64_t expected, size_t n_moves,
                Yz__Move *const *moves, int deadline_ms, family_done *done, void *context);
/* The settlement stands. What was tried is confirmed if it stands so, moving the contract's counters or not; else, as
 * another attempt on the same basis has tried it, it is taken back. */
void family_confirm(struct store *store, const struct family_part *part, int deadline_ms, family_done *done,
                    void *context);
/* Before the settlement is cancelled: what was tried or confirmed may be taken back from now on. `by` names who
 * cancels; the same may reopen again. A part in the middle of this is not changed by family_confirm. DONE's `text`
 * tells when it was opened. */
void family_reopen(struct store *store, const struct family_part *part, const char *by, int deadline_ms,
                   family_done *done, void *context);
/* The settlement stands after all: what was reopened is confirmed, and what was tried as by family_confirm. */
void family_keep(struct store *store, const struct family_part *part, int deadline_ms, family_done *done,
                 void *context);
/* Moves the counters back, of a try or (when the settlement is cancelled) of what was confirmed or reopened. */
void family_cancel(struct store *store, const struct family_part *part, int deadline_ms, family_done *done,
                   void *context);

/* family_confirm, family_keep or family_cancel. */
typedef void family_end(struct store *store, const struct family_part *part, int deadline_ms, family_done *done,
                        void *context);

/* True when the settlement moves counters of the contract. */
bool family_moves(const Yz__Settlement *settlement, const char *contract);

/* Goes through `n` buckets from `first` on and settles what was left open. A part open for more than `look_ms`: whose
 * settlement stands is confirmed, whose settlement is cancelled is moved back, as the process that died would have
 * done. One open for more than `fence_ms` and not to be settled so: fences the person's account, so that neither the
 * settlement nor its cancel can still come from a decision made before, and keeps the part when the settlement stands,
 * else cancels it. Right with any ages; with a `fence_ms` below the longest deadline what still runs meets conflicts.
 * `done` tells how many were settled. To be called now and then by one or more services; two at once do no harm. */
typedef void family_sweep_done(void *context, enum store_result result, unsigned settled);
void family_sweep(struct store *store, uint32_t first, uint32_t n, int64_t look_ms, int64_t fence_ms, int deadline_ms,
                  family_sweep_done *done, void *context);

#endif
