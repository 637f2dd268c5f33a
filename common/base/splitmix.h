/* splitmix.h - numbers that look like chance from a state that is only counted up (SplitMix64). Not secret: for ids
 * that have to be unlike each other, and for tests that are the same in every run. */
#ifndef YZ_BASE_SPLITMIX_H
#define YZ_BASE_SPLITMIX_H

#include <stdint.h>

/* The next one; any state will do to begin with. */
static inline uint64_t splitmix_next(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

#endif
