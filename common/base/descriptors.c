#include "descriptors.h"

#include "must.h"

#include <sys/resource.h>

void descriptors_raise(void) {
  struct rlimit limit;
  must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit); /* refused where the kernel allows less than the hard limit: it stays */
}

uint64_t descriptors_most(void) {
  struct rlimit limit;
  must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  return limit.rlim_cur;
}
