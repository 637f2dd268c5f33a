#include "commit.h"

#include "account.h"
#include "bounds.h"
#include "date.h"
#include "family.h"
#include "log.h"
#include "must.h"
#include "store_inner.h"

#include <string.h>

/* A settlement's way:
 *
 *   LOOKING --missing--> TRYING --all tried--> APPLYING --applied, seen--> CONFIRMING --> answer
 *      |                     |  +-----conflict------> TAKING BACK -> answer
 *      +--some refused-------+--refused, away--> FENCING --+--fenced--> TAKING BACK --> answer
 *                                                          +--seen----> CONFIRMING ---> answer
 *
 * Two attempts of one settlement on the same basis share their tries, so a try is taken back only when no attempt on
 * that basis can be applied any more: the account's version moved, found by the conflict or brought about by the fence.
 * What ends unknown is left to family_sweep(). Without contracts only APPLYING remains.
 *
 * A cancel's way:
 *
 *   READING --version--> REOPENING --all open--> CANCELLING --applied, seen--> TAKING BACK --> answer
 *                           +--some refused, away----+--refused, away--> FENCING --stands--> KEEPING --> answer
 *                                                                           +--cancelled--> TAKING BACK --> answer
 *
 * Two attempts of one cancel share what they reopen. So before a part is closed again the account is fenced: the other
 * attempt's cancel expects the version that was read before it reopened, and meets a conflict. */
struct commit {
  struct store *store;
  struct arena *arena;
  const Yz__Settlement *settlement;
  size_t n_parts, left;
  struct family_part common, parts[LIMIT_CONTRACTS];
  size_t n_contracts; /* of an apply: what it was decided on */
  Yz__ContractState *const *contracts;
  bool tried;            /* some part is, perhaps by another attempt */
  const uint8_t *before; /* of a cancel: the settlement as it is recorded */
  size_t n_before;
  uint64_t expected; /* of a cancel: the account's version, or LEDGER_ANY where no contract takes part */
  int64_t until;
  struct ledger_reply reply; /* what will be answered */
  ledger_done *done;
  void *context;
};

static int left_ms(const struct commit *commit) {
  const int64_t left = commit->until - steady_ms();
  return left > 0 ? (int)left : 0;
}

static void add_part(struct family_part parts[LIMIT_CONTRACTS], size_t *n, const struct family_part *common,
                     const char *contract) {
  for (size_t k = 0; k < *n; k++) {
    must(parts[k].contract);
    if (strcmp(parts[k].contract, contract) == 0) return;
  }
  must(*n < LIMIT_CONTRACTS);
  parts[*n] = *common;
  parts[(*n)++].contract = contract;
}

/* The contracts that it was decided on, and those that the moves name (records of before `contracts` was kept name no
 * others), each once. */
static size_t find_parts(struct family_part parts[LIMIT_CONTRACTS], const struct family_part *common,
                         const Yz__Settlement *s) {
  size_t n = 0;
  for (size_t i = 0; i < s->n_contracts; i++) add_part(parts, &n, common, s->contracts[i]);
  for (size_t i = 0; i < s->n_moves; i++)
    if (s->moves[i]->contract && s->moves[i]->delta != 0) add_part(parts, &n, common, s->moves[i]->contract);
  return n;
}

static struct commit *commit_new(struct store *store, struct arena *arena, const Yz__Settlement *settlement,
                                 int deadline_ms, ledger_done *done, void *context) {
  struct commit *commit = arena_alloc(arena, sizeof *commit);
  *commit = (struct commit){.store = store,
                            .arena = arena,
                            .settlement = settlement,
                            .until = steady_ms() + deadline_ms,
                            .reply = {.result = STORE_OK, .outcome = LEDGER_APPLIED, .text = ""},
                            .done = done,
                            .context = context};
  commit->common = (struct family_part){.settlement = settlement->id,
                                        .person = settlement->bill->person,
                                        .year = settlement->entitlement->year,
                                        .basis = settlement->sequence - 1};
  commit->n_parts = find_parts(commit->parts, &commit->common, settlement);
  return commit;
}

/* --- ending the parts --- */

/* With the answer goes the arena, and `commit` in it. */
static void answer(const struct commit *commit) {
  commit->done(commit->context, &commit->reply);
}

static void on_part_ended(void *context, enum store_result result, enum family_outcome outcome, const char *text) {
  struct commit *commit = context;
  if (result == STORE_OK && outcome == FAMILY_DEFECT)
    log_line(LOG_ERROR, "family counters would not go back", "\"counter\":%s",
             log_text(text, (char[STORE_TEXT]){0}, STORE_TEXT));
  if (--commit->left == 0) answer(commit); /* what did not succeed is left to the sweep */
}

static void end_part(struct commit *commit, const struct family_part *part, family_end *end) {
  end(commit->store, part, left_ms(commit), on_part_ended, commit);
}

/* `stands`: the settlement whose contracts' parts are to be confirmed; NULL: none. It may be another attempt's, decided
 * on the same basis but on another state of the contracts: what it does not move is taken back. */
static void end_parts(struct commit *commit, const Yz__Settlement *stands) {
  const size_t n = commit->left = commit->n_parts;
  if (n == 0) answer(commit);
  for (size_t i = 0; i < n; i++) {
    struct family_part *part = &commit->parts[i];
    part->moved = stands && family_moves(stands, part->contract);
    end_part(commit, part, stands ? family_confirm : family_cancel);
  }
}

static bool is_ours(const struct commit *commit, const struct ledger_reply *reply) {
  return reply->outcome == LEDGER_SEEN && reply->recorded->sequence == commit->settlement->sequence &&
         reply->recorded->status == YZ__SETTLEMENT__STATUS__SETTLED;
}

static void on_fenced(void *context, const struct ledger_reply *reply) {
  struct commit *commit = context;
  if (reply->result == STORE_OK && reply->outcome == LEDGER_SEEN) commit->reply = *reply;
  if (reply->result == STORE_OK)
    end_parts(commit, is_ours(commit, reply) ? reply->recorded : NULL);
  else
    answer(commit);
}

static void fence(struct commit *commit, ledger_done *fenced) {
  ledger_fence(commit->store, commit->arena, commit->settlement->id, commit->settlement->bill->person,
               commit->settlement->entitlement->year, left_ms(commit), fenced, commit);
}

/* --- applying --- */

static void on_applied(void *context, const struct ledger_reply *reply) {
  struct commit *commit = context;
  commit->reply = *reply;
  commit->reply.text = arena_copy(commit->arena, reply->text);
  if (reply->result == STORE_UNKNOWN)
    answer(commit);
  else if (reply->result != STORE_OK || reply->outcome == LEDGER_DEFECT)
    fence(commit, on_fenced);
  else if (reply->outcome == LEDGER_APPLIED)
    end_parts(commit, commit->settlement);
  else
    end_parts(commit, is_ours(commit, reply) ? reply->recorded : NULL);
}

static void on_tried(void *context, enum store_result result, enum family_outcome outcome, const char *text) {
  struct commit *commit = context;
  struct ledger_reply *reply = &commit->reply;
  /* closed: this settlement was there before, the ledger will say so. busy: another attempt is to be fenced off. */
  commit->tried = commit->tried || result == STORE_UNKNOWN || outcome == FAMILY_DONE || outcome == FAMILY_BUSY;
  if (result != STORE_OK) {
    reply->result = result == STORE_UNKNOWN ? STORE_AWAY : result; /* the settlement itself was not asked for */
    reply->text = arena_copy(commit->arena, text);
  } else if (outcome == FAMILY_CONFLICT || outcome == FAMILY_BUSY) {
    reply->outcome = LEDGER_CONFLICT;
  } else if (outcome == FAMILY_DEFECT) {
    reply->outcome = LEDGER_DEFECT;
    reply->text = arena_copy(commit->arena, text);
  }
  if (--commit->left > 0) return;
  if (reply->result == STORE_OK && reply->outcome == LEDGER_APPLIED)
    ledger_apply(commit->store, commit->arena, commit->settlement, left_ms(commit), on_applied, commit);
  else if (commit->tried)
    fence(commit, on_fenced);
  else
    answer(commit);
}

/* Version of the contract as read: a settlement moves only contracts whose state it was decided on. */
static uint64_t version_read(const char *contract, size_t n, Yz__ContractState *const *contracts) {
  size_t i = 0;
  must(contract);
  while (i < n && strcmp(contracts[i]->contract->id, contract) != 0) i++;
  must(i < n);
  return contracts[i]->version;
}

/* A try on a newer basis replaces an older one, so it must not be made for a settlement that was committed on the older
 * one and is not yet confirmed. This looks after the account's version was read: whatever is committed from now on
 * meets a conflict with this attempt, or it with that. */
static void on_looked(void *context, const struct ledger_reply *reply) {
  struct commit *commit = context;
  if (reply->result != STORE_OK) {
    commit->reply = *reply;
    answer(commit);
  } else if (reply->outcome == LEDGER_SEEN) {
    on_applied(commit, reply);
  } else {
    for (size_t i = 0, n = commit->left = commit->n_parts; i < n; i++)
      family_try(commit->store, &commit->parts[i],
                 version_read(commit->parts[i].contract, commit->n_contracts, commit->contracts),
                 commit->settlement->n_moves, commit->settlement->moves, left_ms(commit), on_tried, commit);
  }
}

void commit_apply(struct store *store, struct arena *arena, const Yz__Settlement *settlement, size_t n_contracts,
                  Yz__ContractState *const *contracts, int deadline_ms, ledger_done *done, void *context) {
  struct commit *commit = commit_new(store, arena, settlement, deadline_ms, done, context);
  commit->n_contracts = n_contracts;
  commit->contracts = contracts;
  if (commit->n_parts == 0)
    ledger_apply(store, arena, settlement, deadline_ms, done, context);
  else
    ledger_read_kept(store, arena, settlement->id, deadline_ms, on_looked, commit);
}

/* --- cancelling --- */

/* Those that this attempt has reopened. */
static void keep_parts(struct commit *commit) {
  commit->left = 1;
  for (size_t i = 0, n = commit->n_parts; i < n; i++) {
    if (!commit->parts[i].opened) continue;
    commit->left++;
    commit->parts[i].moved = family_moves(commit->settlement, commit->parts[i].contract);
    end_part(commit, &commit->parts[i], family_keep);
  }
  if (--commit->left == 0) answer(commit);
}

static void on_cancel_fenced(void *context, const struct ledger_reply *reply) {
  struct commit *commit = context;
  if (reply->result != STORE_OK) {
    answer(commit);
  } else if (is_ours(commit, reply)) {
    keep_parts(commit);
  } else { /* another attempt has cancelled it, or it is gone with a master */
    commit->reply = *reply;
    if (reply->outcome != LEDGER_SEEN) commit->reply.outcome = LEDGER_MISSING;
    end_parts(commit, NULL);
  }
}

static void give_up(struct commit *commit) {
  bool open = false;
  for (size_t i = 0; i < commit->n_parts; i++) open = open || commit->parts[i].opened;
  if (open)
    fence(commit, on_cancel_fenced);
  else
    answer(commit);
}

static void on_cancelled(void *context, const struct ledger_reply *reply) {
  struct commit *commit = context;
  commit->reply = *reply;
  commit->reply.text = arena_copy(commit->arena, reply->text);
  const bool over = reply->result == STORE_OK &&
                    (reply->outcome == LEDGER_APPLIED || (reply->outcome == LEDGER_SEEN && !is_ours(commit, reply)));
  if (over)
    end_parts(commit, NULL);
  else if (reply->result == STORE_UNKNOWN)
    answer(commit);
  else
    give_up(commit);
}

static void cancel(struct commit *commit) {
  ledger_cancel(commit->store, commit->arena, commit->before, commit->n_before, commit->expected, commit->settlement,
                left_ms(commit), on_cancelled, commit);
}

struct reopening {
  struct commit *commit;
  struct family_part *part;
};

static void on_reopened(void *context, enum store_result result, enum family_outcome outcome, const char *text) {
  const struct reopening *reopening = context;
  struct commit *commit = reopening->commit;
  struct ledger_reply *reply = &commit->reply;
  if (result != STORE_OK) {
    reply->result = result == STORE_UNKNOWN ? STORE_AWAY : result; /* the cancel itself was not asked for */
    reply->text = arena_copy(commit->arena, text);
  } else if (outcome == FAMILY_CONFLICT) {
    reply->outcome = LEDGER_CONFLICT;
  } else if (outcome == FAMILY_LATER) {
    reply->outcome = LEDGER_LATER;
    reply->text = arena_copy(commit->arena, text);
  } else if (outcome == FAMILY_DONE) {
    reopening->part->opened = arena_copy(commit->arena, text);
  } /* none: it was cancelled before, the ledger will say so */
  if (--commit->left > 0) return;
  if (reply->result == STORE_OK && reply->outcome == LEDGER_APPLIED)
    cancel(commit);
  else
    give_up(commit);
}

static void on_version(void *context, const struct account *account) {
  struct commit *commit = context;
  if (account->result != STORE_OK) {
    commit->reply.result = account->result;
    commit->reply.text = account->text;
    answer(commit);
    return;
  }
  commit->expected = account->version;
  for (size_t i = 0, n = commit->left = commit->n_parts; i < n; i++) {
    struct reopening *reopening = arena_alloc(commit->arena, sizeof *reopening);
    *reopening = (struct reopening){.commit = commit, .part = &commit->parts[i]};
    family_reopen(commit->store, reopening->part, commit->settlement->cancellation->request_id, left_ms(commit),
                  on_reopened, reopening);
  }
}

void commit_cancel(struct store *store, struct arena *arena, const uint8_t *before, size_t n_before,
                   const Yz__Settlement *cancelled, int deadline_ms, ledger_done *done, void *context) {
  struct commit *commit = commit_new(store, arena, cancelled, deadline_ms, done, context);
  commit->before = before;
  commit->n_before = n_before;
  commit->expected = LEDGER_ANY;
  if (commit->n_parts == 0)
    cancel(commit);
  else
    account_read(store, arena, cancelled->bill->person, cancelled->entitlement->year, cancelled->id, deadline_ms,
                 on_version, commit);
}

void commit_cancelled(struct store *store, struct arena *arena, Yz__Settlement *cancelled, int deadline_ms,
                      ledger_done *done, void *context) {
  struct commit *commit = commit_new(store, arena, cancelled, deadline_ms, done, context);
  commit->reply.outcome = LEDGER_SEEN;
  commit->reply.recorded = cancelled;
  end_parts(commit, NULL);
}
