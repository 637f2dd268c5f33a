/* descriptors.h - how many files and sockets this process may have open at once. */
#ifndef YZ_BASE_DESCRIPTORS_H
#define YZ_BASE_DESCRIPTORS_H

#include <stdint.h>

/* Raises the limit to what the process may have without more rights. The lower one that it starts with is there for
 * programs that use select(), which knows 1024 only; none of ours does. */
void descriptors_raise(void);
/* The limit now. */
uint64_t descriptors_most(void);

#endif
