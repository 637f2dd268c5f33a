#include "id.h"

#include "bounds.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <threads.h>

#include "must.h"

static bool id_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

bool id_valid(const char *id) {
  size_t n = 0;
  for (; id[n]; n++)
    if (n == LIMIT_ID || !id_char(id[n])) return false;
  return n > 0;
}

uint32_t text_hash(const char *text) {
  uint32_t hash = 2166136261u;
  for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 16777619u;
  return hash;
}

uint32_t id_bucket(const char *id) {
  const uint32_t hash = text_hash(id);
  return (hash ^ (hash >> 10) ^ (hash >> 20)) & (BUCKETS - 1);
}

/* Fetched once: OpenSSL 3 looks EVP_sha256() up by name in every use. */
static const EVP_MD *sha256_method;
static once_flag sha256_once = ONCE_FLAG_INIT;

static void sha256_fetch(void) {
  sha256_method = EVP_MD_fetch(NULL, "SHA256", NULL);
  must(sha256_method != NULL);
}

static void sha256(const void *bytes, size_t n, unsigned char digest[32]) {
  unsigned int size = 0;
  call_once(&sha256_once, sha256_fetch);
  must(EVP_Digest(bytes, n, digest, &size, sha256_method, NULL) == 1 && size == 32);
}

void sha256_hex(const void *bytes, size_t n, char hex[SHA256_HEX]) {
  unsigned char digest[32];
  sha256(bytes, n, digest);
  for (size_t i = 0; i < sizeof digest; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

void settlement_id_make(char id[SETTLEMENT_ID_MAX], const char *caller, const char *request_id, const char *person) {
  static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz"; /* Crockford: no i, l, o, u */
  char key[3 * (LIMIT_ID + 1)];
  const int n = snprintf(key, sizeof key, "%s%c%s%c%s", caller, 0, request_id, 0, person);
  must(n > 0 && (size_t)n < sizeof key);
  unsigned char digest[32];
  sha256(key, (size_t)n, digest);
  snprintf(id, SETTLEMENT_ID_MAX, "S%04x", id_bucket(person));
  uint32_t bits = 0;
  int have = 0, at = 0;
  for (int i = 0; i < 26; i++) {
    if (have < 5) {
      bits = (bits << 8) | digest[at++];
      have += 8;
    }
    have -= 5;
    id[5 + i] = alphabet[(bits >> have) & 31];
  }
  id[31] = '\0';
}

bool settlement_id_bucket(const char *id, uint32_t *bucket) {
  if (strlen(id) != 31 || id[0] != 'S' || !id_valid(id)) return false;
  *bucket = 0;
  for (int i = 1; i < 5; i++) {
    const char c = id[i];
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
    *bucket = *bucket * 16 + (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  return *bucket < BUCKETS;
}
