#include "explain.h"

#include <string.h>

static const Yz__PolicyPack *find_pack(const void *self, const char *pack, const char *version) {
  const struct shelf *shelf = self;
  size_t n;
  const struct pack *const *packs = shelf_list(shelf, &n);
  for (size_t i = 0; i < n; i++) {
    const Yz__PolicyPack *text = packs[i]->text;
    if (strcmp(text->pack, pack) == 0 && (!version || strcmp(text->version, version) == 0)) return text;
  }
  return NULL;
}

struct explain_packs shelf_explain_packs(const struct shelf *shelf) {
  return (struct explain_packs){.find = find_pack, .self = shelf};
}
