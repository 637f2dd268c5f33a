/* whole_file.h - a file's bytes at once. */
#ifndef YZ_POLICY_WHOLE_FILE_H
#define YZ_POLICY_WHOLE_FILE_H

#include <stddef.h>

/* Reads at most `most` bytes; the caller frees. NULL with errno when it cannot be read, EFBIG when it is larger. A NUL
 * follows the bytes. */
char *whole_file(const char *path, size_t most, size_t *n);

#endif
