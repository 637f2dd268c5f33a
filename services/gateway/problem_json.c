#include "problem_json.h"

#include "must.h"
#include "scalar.h"

#include <inttypes.h>

static void member(struct text *out, const char *name, const char *value) {
  if (!value) return;
  text_add_member(out, name, false);
  text_add_json(out, value);
}

void problem_code(const Yz__Problem *problem, struct text *out) {
  const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(&yz__code__descriptor, (int)problem->code);
  must(value != NULL);
  scalar_enum_name(value->name, out);
}

void problem_json(const Yz__Problem *problem, int status, const char *trace, struct text *out) {
  struct text code = {0};
  problem_code(problem, &code);
  text_addf(out, "{\"type\":\"urn:yizhan:problem:%s\"", text_string(&code));
  member(out, "title", problem_kind(problem->code)->title);
  text_addf(out, ",\"status\":%d", status);
  member(out, "code", text_string(&code));
  member(out, "pointer", problem->pointer);
  member(out, "detail", problem->detail);
  member(out, "remedy", problem->remedy);
  if (problem->has_version) text_addf(out, ",\"version\":%" PRIu64, problem->version);
  member(out, "trace", trace);
  text_add(out, "}\n");
  text_free(&code);
}
