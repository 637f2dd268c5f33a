/* Any bytes as a frame of the bus: refused with a problem, or unpacked; what was unpacked can be printed and packed,
 * and printing it without unpacking gives the same. */
#include "bounds.h"
#include "bus.pb-c.h"
#include "compare.h"
#include "guard.h"
#include "json.h"
#include "must.h"
#include "settlement.pb-c.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void round_trip(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t n) {
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  Yz__Problem *problem = NULL;
  const ProtobufCMessage *message = message_unpack(type, bytes, n, &arena, &problem);
  must(!message == !!problem);
  struct text straight = {0};
  Yz__Problem *other = NULL;
  must(!message == !json_write_packed(type, bytes, n, &arena, &straight, &other));
  if (message) {
    ProtobufCMessage *library = protobuf_c_message_unpack(type, NULL, n, bytes);
    must(library && !message_differs(message, library, NULL));
    protobuf_c_message_free_unpacked(library, NULL);
    struct text json = {0};
    json_write(message, &json);
    must(json.n == straight.n && memcmp(json.bytes, straight.bytes, json.n) == 0);
    text_free(&json);
    size_t size;
    const uint8_t *packed = message_pack(message, &arena, &size);
    const ProtobufCMessage *back = message_unpack(type, packed, size, &arena, &problem);
    must(back && !message_differs(message, back, NULL));
  }
  text_free(&straight);
  arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  round_trip(&yz__bus_header__descriptor, bytes, n);
  round_trip(&yz__settlement_draft__descriptor, bytes, n);
  return 0;
}
