/* key_file.h - CURVE keys in files, one line of 40 characters of Z85 each.
 *
 * A pair is its secret key: the public one follows from it. Made by `yz keys`. */
#ifndef YZ_BUS_KEY_FILE_H
#define YZ_BUS_KEY_FILE_H

#include "arena.h"
#include "bus.h"

/* Reads a key; NULL, or what is wrong (in the arena), without a part of the key in it. */
const char *key_file_load(struct arena *arena, const char *path, char key[BUS_KEY_TEXT]);
/* Reads the secret key of a pair and computes the public one; NULL or what is wrong, as above. */
const char *key_file_load_pair(struct arena *arena, const char *path, char secret[BUS_KEY_TEXT],
                               char public[BUS_KEY_TEXT]);

#endif
