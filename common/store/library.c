#include "library.h"

#include "id.h"
#include "must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One after another, the counters' helpers first: together they are one chunk of Lua. */
__asm__(".section .rodata\n"
        "functions_first:\n"
        ".incbin \"" YZ_FUNCTIONS "/counters.lua\"\n"
        ".incbin \"" YZ_FUNCTIONS "/family.lua\"\n"
        ".incbin \"" YZ_FUNCTIONS "/journal.lua\"\n"
        ".incbin \"" YZ_FUNCTIONS "/ledger.lua\"\n"
        ".incbin \"" YZ_FUNCTIONS "/record.lua\"\n"
        "functions_end:\n"
        ".byte 0\n"
        ".text\n");
extern const char functions_first[], functions_end[];

const struct library *library_of_functions(void) {
  static struct library library;
  if (library.text) return &library;
  const size_t body = (size_t)(functions_end - functions_first);
  char hash[SHA256_HEX];
  sha256_hex(functions_first, body, hash);
  snprintf(library.name, sizeof library.name, "yz_%.12s", hash);
  snprintf(library.prefix, sizeof library.prefix, "%s_", library.name);
  const size_t room = body + 128;
  library.text = malloc(room);
  must(library.text != NULL);
  const int head = snprintf(library.text, room, "#!lua name=%s\nlocal release = '%s'\n", library.name, library.prefix);
  must(head > 0 && (size_t)head + body < room);
  memcpy(library.text + head, functions_first, body);
  library.n = (size_t)head + body;
  return &library;
}
