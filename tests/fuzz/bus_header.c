/* Header frames from strangers: whatever is read is complete, within limits, and survives being written and read. */
#include "bus_header.h"
#include "bus.h"
#include "must.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct arena arena;
  arena_init(&arena, BUS_HEADER_ARENA);
  const Yz__BusHeader *header = bus_header_read(&arena, data, size);
  if (header) {
    must(size <= BUS_HEADER_MAX && header->n_routes <= BUS_HEADER_MAX);
    must(!header->traceparent || strlen(header->traceparent) < BUS_TRACEPARENT_MAX);
    must(header->kind != YZ__BUS_HEADER__KIND__BEAT || header->n_routes <= BUS_ROUTES_MAX);
    struct arena again;
    arena_init(&again, BUS_HEADER_ARENA);
    uint8_t bytes[4 * BUS_HEADER_MAX]; /* routes may have been shorter in the packed form */
    must(yz__bus_header__get_packed_size(header) <= sizeof bytes);
    const size_t n = yz__bus_header__pack(header, bytes);
    const Yz__BusHeader *copy = bus_header_read(&again, bytes, n);
    must(copy || n > BUS_HEADER_MAX);
    must(!copy || (copy->kind == header->kind && copy->request == header->request && copy->worker == header->worker));
    arena_free(&again);
  }
  arena_free(&arena);
  return 0;
}
