/* guard_page.h - bytes whose last one touches a page that may not be read: reading too far is a crash. */
#ifndef YZ_TEST_GUARD_PAGE_H
#define YZ_TEST_GUARD_PAGE_H

#include "must.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct guarded {
  char *map;
  size_t size; /* before the page that may not be read */
};

static inline struct guarded guarded_new(size_t n) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), size = (n / page + 1) * page;
  char *map = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  must(map != MAP_FAILED && mprotect(map + size, page, PROT_NONE) == 0);
  return (struct guarded){.map = map, .size = size};
}
static inline const char *guarded_put(const struct guarded *guarded, const void *bytes, size_t n) {
  return memcpy(guarded->map + guarded->size - n, bytes, n);
}
static inline void guarded_free(const struct guarded *guarded) {
  munmap(guarded->map, guarded->size + (size_t)sysconf(_SC_PAGESIZE));
}

#endif
