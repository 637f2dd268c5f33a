/* problem.h - the closed set of errors: code (base.proto), HTTP status, title, default remedy.
 *
 * A problem is made where it is found, with the JSON pointer of the place and a remedy, and travels unchanged to the
 * client. */
#ifndef YZ_BASE_PROBLEM_H
#define YZ_BASE_PROBLEM_H

#include "arena.h"
#include "base.pb-c.h"

struct problem_kind {
  const char *title;  /* short, English */
  const char *remedy; /* what to do when the place of the error has nothing better to say */
  int status;         /* HTTP */
};

/* Properties of a code; never NULL. */
const struct problem_kind *problem_kind(Yz__Code code);

/* Makes a problem in the arena, also in an exhausted one. `pointer` may be NULL; `detail` is printf-formatted and cut
 * to 511 bytes of whole characters. The remedy is the code's default. */
Yz__Problem *problem_new(struct arena *arena, Yz__Code code, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 4, 5), returns_nonnull));

#endif
