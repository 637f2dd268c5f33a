#include "whole_file.h"

#include "must.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

char *whole_file(const char *path, size_t most, size_t *n) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  size_t room = (size_t)64 * 1024;
  char *bytes = NULL;
  *n = 0;
  int error = 0;
  struct stat status;
  if (fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode)) error = EISDIR;
  while (!error) {
    room *= 2;
    bytes = realloc(bytes, room + 1);
    must(bytes);
    *n += fread(bytes + *n, 1, room - *n, file);
    if (ferror(file)) error = EIO;
    if (*n > most) error = EFBIG;
    if (*n < room) break;
  }
  fclose(file);
  if (error) {
    free(bytes);
    errno = error;
    return NULL;
  }
  bytes[*n] = '\0';
  return bytes;
}
