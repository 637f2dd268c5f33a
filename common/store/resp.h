/* resp.h - Redis' protocol: bytes in, replies out, by hiredis' reader with ceilings on what one reply may take; and
 * words in, a command out. */
#ifndef YZ_STORE_RESP_H
#define YZ_STORE_RESP_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>

enum {
  RESP_REPLY_MAX = 16 * 1024 * 1024,  /* bytes: 64 journal entries of a long bill each, with room */
  RESP_ELEMENTS_MAX = 256 * 1024,     /* of one array: they are allocated before they come */
  RESP_MEMORY_MAX = 64 * 1024 * 1024, /* bytes of one reply, as it is taken apart */
  RESP_KEPT = 256 * 1024              /* an empty buffer up to this size is kept for the next reply */
};

struct resp {
  redisReader *reader;
  size_t unfinished; /* bytes fed since the last complete reply */
};

enum resp_state { RESP_MORE, RESP_REPLY, RESP_BROKEN };

/* False when out of memory. */
bool resp_open(struct resp *resp);
void resp_close(struct resp *resp);
/* Takes bytes as they come from the wire, cut anywhere. False when out of memory: give the connection up. */
bool resp_feed(struct resp *resp, const char *bytes, size_t n);
/* The next complete reply, to be freed with resp_free; or MORE; or BROKEN for ever: what comes is not RESP, or too
 * large. */
enum resp_state resp_next(struct resp *resp, redisReply **reply);
/* Frees a whole reply, never a part of one. Does nothing with NULL. */
void resp_free(redisReply *reply);

/* Bytes of a command of `n` words, strings where `lengths` is NULL; then the command itself, `size` bytes of it.
 * (hiredis prints each length with sprintf into memory that would be copied again.) */
size_t resp_command_size(int n, const char *const *words, const size_t *lengths);
void resp_command_write(char *bytes, size_t size, int n, const char *const *words, const size_t *lengths);

#endif
