/* audit_links.c - what names something else: encounters and settlements, contracts and their members, and the order in
 * which a person's year was written. */
#include "audit.h"
#include "must.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void audit_encounter(struct audit *audit, const Yz__Encounter *encounter) {
  if (audit->n_encounters == audit->encounters_room) {
    audit->encounters_room = 2 * audit->encounters_room + 1024;
    audit->encounters = realloc(audit->encounters, audit->encounters_room * sizeof *audit->encounters);
    must(audit->encounters != NULL);
  }
  audit->encounters[audit->n_encounters++] = encounter;
  *string_map_at(&audit->encounter_of, encounter->id) = (void *)encounter;
}

/* An encounter is claimed before its settlement is applied, and the next try takes a claim up: one that stays is a stay
 * that nobody settles. */
static void check_encounters(struct audit *audit) {
  for (size_t i = 0; i < audit->n_encounters; i++) {
    const Yz__Encounter *encounter = audit->encounters[i];
    if (encounter->settled_as && !string_map_find(&audit->settlements, encounter->settled_as))
      audit_tell(audit, "encounter %s is claimed by settlement %s, which is not there", encounter->id,
                 encounter->settled_as);
  }
  for (size_t i = 0; i < audit->n_facts; i++) {
    const Yz__Settlement *s = audit->facts[i].settlement;
    if (!s || !s->bill->encounter || audit->facts[i].fact->kind != YZ__FACT__KIND__SETTLED) continue;
    const Yz__Encounter *encounter = string_map_find(&audit->encounter_of, s->bill->encounter);
    if (!encounter || !encounter->settled_as || strcmp(encounter->settled_as, s->id) != 0)
      audit_tell(audit, "settlement %s is of encounter %s, which %s", s->id, s->bill->encounter,
                 encounter ? "does not name it" : "is not there");
  }
}

/* "<person> <contract>". A person whom the contract does not name, and who names it, was a member once: that is no
 * finding. A member who does not name it would be settled for without it. */
static void check_contracts(struct audit *audit) {
  for (size_t i = 0; i < audit->members.n; i++) {
    const char *name = audit->members.list[i]->name;
    if (audit_find(&audit->references, name) == 0)
      audit_tell(audit, "contract %s has member %.*s, whose list of contracts does not name it", strchr(name, ' ') + 1,
                 (int)strcspn(name, " "), name);
  }
  for (size_t i = 0; i < audit->references.n; i++) {
    const char *name = audit->references.list[i]->name, *contract = strchr(name, ' ') + 1;
    if (!string_map_find(&audit->contracts, contract))
      audit_tell(audit, "%.*s names contract %s, which is not there", (int)strcspn(name, " "), name, contract);
  }
}

/* A settlement's sequence is the account's version that it made: each later one is higher. Facts of a person lie in one
 * journal, so their order is that of the entries. */
static void check_sequences(struct audit *audit) {
  struct audit_values last = {0};
  for (size_t i = 0; i < audit->n_facts; i++) {
    const Yz__Fact *fact = audit->facts[i].fact;
    const Yz__Settlement *s = audit->facts[i].settlement;
    if (!fact->has_sequence) continue; /* of the time before facts had one */
    if (s && s->sequence != fact->sequence)
      audit_tell(audit, "settlement %s has sequence %" PRIu64 ", its fact %" PRIu64, fact->settlement, s->sequence,
                 fact->sequence);
    if (fact->kind != YZ__FACT__KIND__SETTLED) continue;
    char account[256];
    snprintf(account, sizeof account, "%s:%u", fact->person, (unsigned)fact->year);
    const int64_t before = audit_find(&last, account), now = (int64_t)fact->sequence;
    if (now <= before)
      audit_tell(audit, "settlement %s, entry %s: sequence %" PRId64 " behind %" PRId64 " of %s", fact->settlement,
                 audit->facts[i].entry, now, before, account);
    audit_add(&last, &audit->arena, now - before, "%s", account);
  }
  audit_values_free(&last);
}

void audit_links(struct audit *audit) {
  check_encounters(audit);
  check_contracts(audit);
  check_sequences(audit);
}
