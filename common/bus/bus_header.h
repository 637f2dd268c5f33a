/* bus_header.h - a message on the bus, one frame: header and body (proto/bus.proto). */
#ifndef YZ_BUS_HEADER_H
#define YZ_BUS_HEADER_H

#include "arena.h"
#include "bus.pb-c.h"

#include <stdbool.h>
#include <zmq.h>

enum {
  BUS_HEADER_MAX = 1024, /* 64 routes of 6 bytes, trace, service, numbers: below 700 */
  BUS_LENGTH_BYTES = 2,
  BUS_HEADER_ARENA = 16 * 1024, /* memory of one, read */
};

struct bus_message {
  const Yz__BusHeader *header; /* in the arena */
  const uint8_t *body;         /* within the frame */
  size_t n;
};

/* False when it is none, or its header is too long or lacks what its kind needs. */
bool bus_message_read(struct arena *arena, const void *bytes, size_t n, struct bus_message *message);

/* Makes the frame. The body may be what message_packed() gave. */
void bus_message_frame(const Yz__BusHeader *header, const void *body, size_t n, zmq_msg_t *frame);

#endif
