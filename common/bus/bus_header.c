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

static const Yz__BusHeader *header_read(struct arena *arena, const void *bytes, size_t n) {
  Yz__Problem *problem;
  if (n > BUS_HEADER_MAX) return NULL;
  const Yz__BusHeader *header = message_unpack(&yz__bus_header__descriptor, bytes, n, arena, &problem);
  if (!header || !complete(header)) return NULL;
  if (header->traceparent && strlen(header->traceparent) >= BUS_TRACEPARENT_MAX) return NULL;
  return header->service && strlen(header->service) > LIMIT_ID ? NULL : header;
}

bool bus_message_read(struct arena *arena, const void *bytes, size_t n, struct bus_message *message) {
  const uint8_t *at = bytes;
  if (n < BUS_LENGTH_BYTES) return false;
  const size_t n_header = (size_t)at[0] << 8 | at[1];
  if (n_header > n - BUS_LENGTH_BYTES) return false;
  message->header = header_read(arena, at + BUS_LENGTH_BYTES, n_header);
  message->body = at + BUS_LENGTH_BYTES + n_header;
  message->n = n - BUS_LENGTH_BYTES - n_header;
  return message->header != NULL;
}

void bus_message_frame(const Yz__BusHeader *header, const void *body, size_t n, zmq_msg_t *frame) {
  size_t n_header;
  const uint8_t *bytes = message_packed_beside(&header->base, &n_header);
  must(n_header <= BUS_HEADER_MAX && zmq_msg_init_size(frame, BUS_LENGTH_BYTES + n_header + n) == 0);
  uint8_t *at = zmq_msg_data(frame);
  *at++ = (uint8_t)(n_header >> 8);
  *at++ = (uint8_t)n_header;
  at = mempcpy(at, bytes, n_header);
  if (n) memcpy(at, body, n);
}
