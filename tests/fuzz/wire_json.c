/* Any bytes as JSON: refused with a problem, or read; what was read prints to JSON that reads back the same. */
#include "bounds.h"
#include "compare.h"
#include "json.h"
#include "must.h"
#include "policy.pb-c.h"
#include "settlement.pb-c.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void round_trip(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t n) {
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  Yz__Problem *problem = NULL;
  const ProtobufCMessage *message = json_read(type, bytes, n, &arena, &problem);
  must(!message == !!problem);
  if (message) {
    struct text json = {0};
    json_write(message, &json);
    const ProtobufCMessage *back = json_read(type, json.bytes, json.n, &arena, &problem);
    must(back && !message_differs(message, back, NULL));
    text_free(&json);
  }
  arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  round_trip(&yz__bill__descriptor, bytes, n);
  round_trip(&yz__settlement__descriptor, bytes, n);
  round_trip(&yz__benefit__descriptor, bytes, n);
  return 0;
}
