/* pack.h - one policy pack as it was read: the message, its file and lines, its fingerprint. */
#ifndef YZ_POLICY_PACK_H
#define YZ_POLICY_PACK_H

#include "finding.h"
#include "id.h"
#include "policy.pb-c.h"
#include "yaml_text.h"

/* Immutable after pack_read. Lives in the arena that it was read into. */
struct pack {
  const Yz__PolicyPack *text;
  const char *file;
  const struct places *places;
  char sha256[SHA256_HEX]; /* of the canonical bytes: the message packed as protobuf */
};

/* Reads one pack from YAML; NULL and a finding when it is not even readable. Not checked yet. */
struct pack *pack_read(const char *file, const void *bytes, size_t n, struct arena *arena, struct findings *findings);

/* The same for a message that is a part of another text, such as the inline packs of golden cases; it is borrowed. */
struct pack *pack_new(const Yz__PolicyPack *text, const char *file, const struct places *places, struct arena *arena);

/* Adds a finding at a member of a message of this pack: at element `index` where the member is a list. */
void pack_refuse(const struct pack *pack, struct findings *findings, const void *message, const char *field,
                 size_t index, const char *format, ...) __attribute__((format(printf, 6, 7)));

#endif
