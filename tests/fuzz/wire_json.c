/* Any bytes as JSON: refused with a problem, or read; what was read prints to JSON that reads back the same. jansson is
 * a second opinion on what JSON is. */
#include "bounds.h"
#include "compare.h"
#include "json.h"
#include "must.h"
#include "policy.pb-c.h"
#include "settlement.pb-c.h"

#include <jansson.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* What we read jansson reads too, and what we call not JSON it does not, but for NUL, which it may pass over. */
static void ask_another(const uint8_t *bytes, size_t n, bool ours, const Yz__Problem *problem) {
  if (n == 0 || memchr(bytes, 0, n)) return;
  json_t *theirs = json_loadb((const char *)bytes, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
  must(!ours || theirs);
  must(!theirs || ours || strncmp(problem->detail, "not JSON", 8) != 0);
  json_decref(theirs);
}

static void round_trip(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t n) {
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  Yz__Problem *problem = NULL;
  const ProtobufCMessage *message = json_read(type, bytes, n, &arena, &problem);
  must(!message == !!problem);
  ask_another(bytes, n, message != NULL, problem);
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
