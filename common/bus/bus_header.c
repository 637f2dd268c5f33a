#include "bus_header.h"

#include "bounds.h"
#include "bus.h"
#include "guard.h"
#include "must.h"
#include "packed.h"

#include <stdbool.h>
#include <string.h>

static bool complete(const Yz__BusHeader *header) {
  switch (header->kind) {
  case YZ__BUS_HEADER__KIND__BEAT:
    return header->has_worker && header->has_credit && header->has_in_flight && header->n_routes <= BUS_ROUTES_MAX;
  case YZ__BUS_HEADER__KIND__ECHO: return header->has_gateway;
  case YZ__BUS_HEADER__KIND__REQUEST: return header->has_request && header->has_route && header->has_deadline_ms;
  case YZ__BUS_HEADER__KIND__REPLY:
  case YZ__BUS_HEADER__KIND__REFUSAL:
  case YZ__BUS_HEADER__KIND__EXPIRED:
  case YZ__BUS_HEADER__KIND__BOUNCE: return header->has_request && header->has_worker && header->has_in_flight;
  default: return false;
  }
}

Yz__BusHeader *bus_header_read(struct arena *arena, const void *bytes, size_t n) {
  Yz__Problem *problem;
  if (n > BUS_HEADER_MAX) return NULL;
  Yz__BusHeader *header = message_unpack(&yz__bus_header__descriptor, bytes, n, arena, &problem);
  if (!header || !complete(header)) return NULL;
  if (header->traceparent && strlen(header->traceparent) >= BUS_TRACEPARENT_MAX) return NULL;
  return header->service && strlen(header->service) > LIMIT_ID ? NULL : header;
}

void bus_header_frame(const Yz__BusHeader *header, zmq_msg_t *frame) {
  size_t n;
  const uint8_t *bytes = message_packed(&header->base, &n);
  must(n <= BUS_HEADER_MAX && zmq_msg_init_size(frame, n) == 0);
  memcpy(zmq_msg_data(frame), bytes, n);
}
