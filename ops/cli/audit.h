/* audit.h - a store looked at as a whole: what stands in Redis beside what must stand there by its journal.
 *
 *   read     every key of every bucket, once: values into `stored`, facts, settlements and records into lists
 *   fold     the facts from empty accounts: what must stand, into `due`, under the same names
 *   compare  `stored` and `due` must be equal, an absent value being zero
 *   links    what names something else must be named by it, and a person's year must be in order
 *   replay   every settlement decided again, offline, in the journal's order: the same answer to the fen
 *
 * Everything is in memory, and the suite should be quiet: what is under way counts as wrong. */
#ifndef YZ_CLI_AUDIT_H
#define YZ_CLI_AUDIT_H

#include "arena.h"
#include "journal.h"
#include "offline.h"
#include "services.pb-c.h"
#include "string_map.h"

#include <stdbool.h>

/* A name is a Redis key without its tag, a space and a field: "acc:p1:2024 basic.p", "clearing:202405 ...". */
struct audit_values {
  struct string_map map;
  size_t n, room;
  struct audit_value {
    const char *name;
    int64_t number;
  } * *list; /* in the order of their making */
};
void audit_add(struct audit_values *values, struct arena *arena, int64_t number, const char *name, ...)
    __attribute__((format(printf, 4, 5)));
int64_t audit_find(const struct audit_values *values, const char *name);
void audit_values_free(struct audit_values *values);

/* The mark of a settlement in the list of its year (account.h), for comparing: before there was ':', '.' stood for
 * both. */
static inline int audit_mark(char mark) {
  return mark == '.' ? ':' : mark;
}

struct audit_fact {
  uint64_t ms, n; /* its entry in the journal */
  uint32_t bucket;
  char entry[JOURNAL_ID_MAX];
  const Yz__Fact *fact;
  const Yz__Settlement *settlement; /* as it stands now; NULL: there is none */
  bool replayed;
};

struct audit {
  struct arena arena;
  struct audit_values stored, due;
  size_t n_facts, facts_room;
  struct audit_fact *facts;      /* by the time of their entries */
  uint64_t moment_ms;            /* entries of different buckets within it have no order */
  struct string_map settlements; /* id -> Yz__Settlement */
  size_t n_settlements;
  struct audit_values references, members; /* "<person> <contract>": by the person's list, by the contract */
  struct string_map contracts;             /* id -> Yz__Contract */
  size_t n_encounters, encounters_room;
  const Yz__Encounter **encounters;
  struct string_map encounter_of; /* id -> Yz__Encounter */
  struct offline *offline;        /* people, institutions, contracts */
  unsigned found;
};

/* Reads everything, of all nodes when the one named is of a cluster; tells each key that stands where nobody looks for
 * it. False, and the reason on standard error, when something cannot be read, or not all of it. */
bool audit_read(struct audit *audit, const char *url);
void audit_encounter(struct audit *audit, const Yz__Encounter *encounter);
/* What must stand, by the facts. */
void audit_fold(struct audit *audit);
/* Tells each difference; each payer's share must also add up to its bill. */
void audit_compare(struct audit *audit);
/* Tells encounters without their settlement and the reverse, contracts that their members do not find, and settlements
 * out of order. */
void audit_links(struct audit *audit);
/* Tells each settlement that the rules decide otherwise now. A record changed since, or a pack, is a difference. */
void audit_replay(struct audit *audit);

/* One finding: a line on standard output. */
void audit_tell(struct audit *audit, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
