/* account.h - a person's year: who it is, the counters, and whether this request was settled before, in one round trip.
 *
 *   {b}:acc:<person>:<year>    hash: counter -> value (never zero), "v" -> version, moved by every change
 *   {b}:plist:<person>:<year>  list of settlement ids in order, each with a mark: '+' stands and moves counters, ':'
 *                              stands and was decided on counters that it leaves as they are (a cap that was used up),
 *                              '.' stands and asked for none, '-' cancelled. What moved counters ('+') is not cancelled
 *                              while a later '+' or ':' stands on them */
#ifndef YZ_STORE_ACCOUNT_H
#define YZ_STORE_ACCOUNT_H

#include "person.pb-c.h"
#include "settlement.pb-c.h"
#include "store.h"

struct account {
  enum store_result result;
  const char *text;
  Yz__Person *person; /* NULL: unknown */
  uint64_t version;   /* 0: nothing was ever settled */
  size_t n_counters;
  Yz__Counter **counters; /* in the arena, in no order */
  bool contracted;        /* named in a contract: family.h knows it and the others of the family */
  Yz__Settlement *prior;  /* settled before under this id, and durable; NULL: not, or not asked for */
};
typedef void account_done(void *context, const struct account *account);

/* `settlement`: what will be decided on this and committed; NULL: nothing, it is only looked at. What is read is not of
 * one moment: whatever is decided on it is committed on the account's version, and the commit looks for the settlement
 * once more. What is to be committed on is read as durably as it will be written: a version that a failover took back
 * would be given once more, to another state. */
void account_read(struct store *store, struct arena *arena, const char *person, uint32_t year, const char *settlement,
                  int deadline_ms, account_done *done, void *context);

struct account_list {
  enum store_result result;
  const char *text;
  size_t n;
  const char **ids; /* newest first, the cancelled ones too; in the arena */
};
typedef void account_list_done(void *context, const struct account_list *list);
/* Which are the last `most` settlements of a person's year. */
void account_settlements(struct store *store, struct arena *arena, const char *person, uint32_t year, unsigned most,
                         int deadline_ms, account_list_done *done, void *context);

#endif
