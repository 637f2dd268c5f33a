/* id.h - identifiers: the alphabet, buckets, and settlement ids that name their bucket and derive from the request's
 * key. */
#ifndef YZ_BASE_ID_H
#define YZ_BASE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 1024 buckets for ever: every Redis key of a person carries its bucket as hash tag (engineering: 1024 tags of the form
 * {b01f3} fall on 1024 distinct cluster slots and spread evenly). */
enum { BUCKETS = 1024, SETTLEMENT_ID_MAX = 40, SHA256_HEX = 65 };

/* 1..64 of letters, digits, '-', '_', '.'. */
bool id_valid(const char *id);
/* FNV-1a; never changes. */
uint32_t text_hash(const char *text);
/* Bucket of a person's (or contract's, or institution's) id: text_hash folded; never changes. */
uint32_t id_bucket(const char *id);
/* Settlement id of a key: "S" + bucket of the person as 4 hex digits + 26 characters of SHA-256(caller, request id,
 * person). The same key always gives the same id, which is what makes a settlement idempotent. */
void settlement_id_make(char id[SETTLEMENT_ID_MAX], const char *caller, const char *request_id, const char *person);
/* Bucket named in a settlement id; false when it is not one. */
bool settlement_id_bucket(const char *id, uint32_t *bucket);

void sha256_hex(const void *bytes, size_t n, char hex[SHA256_HEX]);

#endif
