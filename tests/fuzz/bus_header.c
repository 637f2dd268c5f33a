/* Messages from strangers: whatever is read is complete, within limits, and survives being written and read. */
#include "bus_header.h"
#include "bus.h"
#include "must.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct arena arena;
  arena_init(&arena, BUS_HEADER_ARENA);
  struct bus_message message;
  if (bus_message_read(&arena, data, size, &message)) {
    const Yz__BusHeader *header = message.header;
    must(header->n_routes <= BUS_HEADER_MAX && message.body + message.n == data + size);
    must(!header->traceparent || strlen(header->traceparent) < BUS_TRACEPARENT_MAX);
    must(header->kind != YZ__BUS_HEADER__KIND__BEAT || header->n_routes <= BUS_ROUTES_MAX);
    if (yz__bus_header__get_packed_size(header) <=
        BUS_HEADER_MAX) { /* routes may have been shorter in the packed form */
      struct arena again;
      arena_init(&again, BUS_HEADER_ARENA);
      zmq_msg_t frame;
      bus_message_frame(header, message.body, message.n, &frame);
      struct bus_message copy;
      must(bus_message_read(&again, zmq_msg_data(&frame), zmq_msg_size(&frame), &copy));
      must(copy.header->kind == header->kind && copy.header->request == header->request);
      must(copy.header->worker == header->worker && copy.n == message.n &&
           memcmp(copy.body, message.body, copy.n) == 0);
      zmq_msg_close(&frame);
      arena_free(&again);
    }
  }
  arena_free(&arena);
  return 0;
}
