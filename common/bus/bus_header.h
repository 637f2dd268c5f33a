/* bus_header.h - the header frame of a message: bytes to struct and back. */
#ifndef YZ_BUS_HEADER_H
#define YZ_BUS_HEADER_H

#include "arena.h"
#include "bus.pb-c.h"

#include <zmq.h>

enum {
  BUS_HEADER_MAX = 1024,        /* 64 routes of 6 bytes, trace, service, numbers: below 700 */
  BUS_HEADER_ARENA = 16 * 1024, /* memory of one, read */
};

/* Reads a header into the arena; NULL when it is none, is too long, or lacks what its kind needs. */
Yz__BusHeader *bus_header_read(struct arena *arena, const void *bytes, size_t n);

/* Makes the frame of a header. */
void bus_header_frame(const Yz__BusHeader *header, zmq_msg_t *frame);

#endif
