/* record.h - persons, institutions, contracts and encounters: read one, put one with its version checked.
 *
 * In Redis a record is "<version> <packed message without its version>" under {b}:person:<id>, {b}:inst:<id>,
 * {b}:contract:<id>, {b}:enc:<id>; the bucket is that of the id. */
#ifndef YZ_STORE_RECORD_H
#define YZ_STORE_RECORD_H

#include "person.pb-c.h"
#include "services.pb-c.h"
#include "store.h"

enum record_kind { RECORD_PERSON, RECORD_INSTITUTION, RECORD_CONTRACT, RECORD_ENCOUNTER };

struct record {
  enum store_result result;
  const char *text;          /* of STORE_ERROR */
  bool stale;                /* put: the stored version is another; nothing was written, `message` is what is stored */
  uint64_t version;          /* stored now; 0: there is none */
  ProtobufCMessage *message; /* in the arena, of the kind's type, its version member set; NULL: there is none */
};
typedef void record_done(void *context, const struct record *record);

/* Reads Yz__Person, Yz__Institution, Yz__Contract or Yz__Encounter by id. */
void record_get(struct store *store, struct arena *arena, enum record_kind kind, const char *id, int deadline_ms,
                record_done *done, void *context);
/* The same, when a write or an answer will rest on it: what is found is as durable as the store promises. */
void record_get_kept(struct store *store, struct arena *arena, enum record_kind kind, const char *id, int deadline_ms,
                     record_done *done, void *context);
/* Writes `message` (of the kind's type). With its version set, only over that very version (0: only when there is
 * none), and the same bytes put on it again are the same put. Without, only when there is none, and nothing is the same
 * put: `stale` then says over which version to put it. So nothing is ever overwritten that was not named, and a copy of
 * a put that comes late does nothing. The answer's message is a copy with the new version. Putting a contract first
 * notes it with each of its members ({b}:pcontracts:<person>). */
void record_put(struct store *store, struct arena *arena, enum record_kind kind, const ProtobufCMessage *message,
                int deadline_ms, record_done *done, void *context);

#endif
