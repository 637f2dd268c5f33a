/* library.h - our Redis functions (the Lua files in functions/), embedded in the program.
 *
 * The library's name carries the hash of its text, and so does every function in it: two releases can run side by side,
 * and a library that is already there needs no loading. */
#ifndef YZ_STORE_LIBRARY_H
#define YZ_STORE_LIBRARY_H

#include <stddef.h>

struct library {
  char name[16];   /* "yz_" + 12 hex digits */
  char prefix[20]; /* of its functions: name + "_" */
  char *text;      /* for FUNCTION LOAD */
  size_t n;
};

/* Made once, never freed. */
const struct library *library_of_functions(void);

#endif
