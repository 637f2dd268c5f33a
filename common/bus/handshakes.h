/* handshakes.h - who was not let in under CURVE: counted, and told at most once a minute.
 *
 * Who has no key, or none that fits, never gets as far as the allow-list, and who is not on it never as far as a beat:
 * libzmq ends the connection without a word. A monitor of the socket sees the first, the allow-list says the second. */
#ifndef YZ_BUS_HANDSHAKES_H
#define YZ_BUS_HANDSHAKES_H

#include <stdint.h>
#include <uv.h>

struct handshakes;

/* Watches a socket that must stay open until handshakes_close. Never NULL. */
struct handshakes *handshakes_watch(uv_loop_t *loop, void *socket);

/* Counts one more. `address` is the peer's, NULL when it is not known; `why` a fixed phrase. Never a key: it would name
 * in the log who may be let in tomorrow. */
void handshakes_refused(struct handshakes *handshakes, const char *address, const char *why);

uint64_t handshakes_count(const struct handshakes *handshakes);

/* Nulls the caller's pointer; `closed` is called once, from the loop. */
void handshakes_close(struct handshakes **handshakes, void (*closed)(void *ctx), void *ctx);

#endif
