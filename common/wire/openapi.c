#include "openapi.h"

#include "base.pb-c.h"
#include "bounds.h"
#include "must.h"
#include "scalar.h"

#include <stdbool.h>
#include <string.h>

enum { SCHEMAS_MAX = 128 };

/* Messages that the routes reach, in the order met. */
struct schemas {
  size_t n;
  const ProtobufCMessageDescriptor *types[SCHEMAS_MAX];
};

/* Name of a schema: the message's without the package. */
static const char *schema_name(const ProtobufCMessageDescriptor *type) {
  return type->name + strlen(type->package_name) + 1;
}

static void reach(struct schemas *schemas, const ProtobufCMessageDescriptor *type) {
  for (size_t i = 0; i < schemas->n; i++)
    if (schemas->types[i] == type) return;
  must(schemas->n < SCHEMAS_MAX);
  schemas->types[schemas->n++] = type;
  for (unsigned i = 0; i < type->n_fields; i++)
    if (scalar_form(&type->fields[i]) == FORM_OBJECT) reach(schemas, type->fields[i].descriptor);
}

static void reference(struct text *out, const ProtobufCMessageDescriptor *type) {
  text_addf(out, "{\"$ref\":\"#/components/schemas/%s\"}", schema_name(type));
}

static void enum_schema(struct text *out, const ProtobufCEnumDescriptor *type) {
  text_add(out, "{\"type\":\"string\",\"enum\":[");
  for (unsigned i = 0; i < type->n_values; i++) {
    text_add(out, i ? ",\"" : "\"");
    scalar_enum_name(type->values[i].name, out);
    text_add_char(out, '"');
  }
  text_add(out, "]}");
}

/* Schemas by unit; patterns say what common/wire/scalar.c accepts. */
static const char *const unit_schemas[] = {
    [PROTOBUF_C_TYPE_SINT64] =
        "{\"type\":\"string\",\"pattern\":\"^-?(0|[1-9][0-9]*)(\\\\.[0-9]{1,2})?$\",\"examples\":[\"1234.50\"]}",
    [PROTOBUF_C_TYPE_SINT32] =
        "{\"type\":\"string\",\"pattern\":\"^-?(0|[1-9][0-9]*)(\\\\.[0-9]{1,2})?%$\",\"examples\":[\"85%\"]}",
    [PROTOBUF_C_TYPE_SFIXED32] = "{\"type\":\"string\",\"format\":\"date\"}",
    [PROTOBUF_C_TYPE_SFIXED64] = "{\"type\":\"string\",\"format\":\"date-time\"}",
    [PROTOBUF_C_TYPE_FIXED64] =
        "{\"type\":\"string\",\"pattern\":\"^(0|[1-9][0-9]*)(\\\\.[0-9]{1,4})?$\",\"examples\":[\"1.5\"]}",
    [PROTOBUF_C_TYPE_INT32] = "{\"type\":\"integer\",\"format\":\"int32\"}",
    [PROTOBUF_C_TYPE_UINT32] = "{\"type\":\"integer\",\"minimum\":0,\"maximum\":4294967295}",
    [PROTOBUF_C_TYPE_INT64] = "{\"type\":\"integer\",\"minimum\":-9007199254740992,\"maximum\":9007199254740992}",
    [PROTOBUF_C_TYPE_UINT64] = "{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740992}",
    [PROTOBUF_C_TYPE_BOOL] = "{\"type\":\"boolean\"}",
    [PROTOBUF_C_TYPE_MESSAGE] = /* the only message that is not an object: Range */
    "{\"type\":\"string\",\"pattern\":\"^([0-9]+[+]?|[0-9]+-[0-9]+|-[0-9]+)$\",\"examples\":[\"60-69\"]}",
};

static void value_schema(struct text *out, const ProtobufCFieldDescriptor *field) {
  if (scalar_form(field) == FORM_OBJECT)
    reference(out, field->descriptor);
  else if (field->type == PROTOBUF_C_TYPE_ENUM)
    enum_schema(out, field->descriptor);
  else if (field->type == PROTOBUF_C_TYPE_STRING)
    text_addf(out, "{\"type\":\"string\",\"maxLength\":%d}", LIMIT_TEXT);
  else
    text_add(out, unit_schemas[field->type]);
}

static void required_names(struct text *out, const ProtobufCMessageDescriptor *type) {
  bool first = true;
  for (unsigned i = 0; i < type->n_fields; i++) {
    if (type->fields[i].label != PROTOBUF_C_LABEL_REQUIRED) continue;
    text_addf(out, "%s\"%s\"", first ? ",\"required\":[" : ",", type->fields[i].name);
    first = false;
  }
  if (!first) text_add_char(out, ']');
}

/* What RFC 9457 and the gateway put beside the members of Problem. */
static const char problem_members[] = "\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
                                      "\"status\":{\"type\":\"integer\"},\"trace\":{\"type\":\"string\"},";

static void message_schema(struct text *out, const ProtobufCMessageDescriptor *type) {
  text_addf(out, "\"%s\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{", schema_name(type));
  if (type == &yz__problem__descriptor) text_add(out, problem_members);
  for (unsigned i = 0; i < type->n_fields; i++) {
    const ProtobufCFieldDescriptor *field = &type->fields[i];
    const bool list = field->label == PROTOBUF_C_LABEL_REPEATED;
    text_addf(out, "%s\"%s\":", i ? "," : "", field->name);
    if (list) text_addf(out, "{\"type\":\"array\",\"maxItems\":%d,\"items\":", LIMIT_LINES);
    value_schema(out, field);
    if (list) text_add_char(out, '}');
  }
  text_add_char(out, '}');
  required_names(out, type);
  text_add_char(out, '}');
}

static void parameter(struct text *out, const char *name, size_t n, const char *in, bool *first) {
  text_addf(out, "%s{\"name\":\"%.*s\",\"in\":\"%s\",\"required\":%s,\"schema\":{\"type\":\"string\"}}",
            *first ? "" : ",", (int)n, name, in, strcmp(in, "path") == 0 ? "true" : "false");
  *first = false;
}

static void parameters(struct text *out, const struct api_route *route) {
  bool first = true;
  text_add(out, "\"parameters\":[");
  for (const char *open = strchr(route->path, '{'); open; open = strchr(open + 1, '{'))
    parameter(out, open + 1, strcspn(open + 1, "}"), "path", &first);
  for (const char *name = route->query; name && *name;) {
    const size_t n = strcspn(name, " ");
    parameter(out, name, n, "query", &first);
    name += n + strspn(name + n, " ");
  }
  text_add(out, "],");
}

static const char *json_type(const struct api_route *route) {
  return route->lines ? "application/x-ndjson" : "application/json";
}

/* One entry of "responses". */
static void answer(struct text *out, const char *status, const char *description, const struct api_route *route) {
  text_addf(out, "\"%s\":{\"description\":\"%s\",\"content\":{", status, description);
  if (route->output) {
    text_addf(out, "\"%s\":{\"schema\":", json_type(route));
    reference(out, route->output);
    text_add_char(out, '}');
  }
  if (route->text_too || !route->output)
    text_addf(out, "%s\"text/plain\":{\"schema\":{\"type\":\"string\"}}", route->output ? "," : "");
  text_add(out, "}}");
}

static void operation(struct text *out, const struct api_route *route) {
  text_add_char(out, '"');
  for (const char *c = route->method; *c; c++) text_add_char(out, (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c));
  text_addf(out, "\":{\"operationId\":\"%s\",\"summary\":", route->operation);
  text_add_json(out, route->summary);
  text_add_char(out, ',');
  parameters(out, route);
  if (route->input) {
    text_addf(out, "\"requestBody\":{\"required\":true,\"content\":{\"%s\":{\"schema\":", json_type(route));
    reference(out, route->input);
    text_add(out, "}}},");
  }
  text_add(out, "\"responses\":{");
  if (route->creates) {
    answer(out, "201", "done now", route);
    text_add_char(out, ',');
  }
  answer(out, "200", route->creates ? "done before: the same bytes again" : "done", route);
  text_add(out, ",\"default\":{\"$ref\":\"#/components/responses/refused\"}}}");
}

/* Whether an earlier row has the same path: its object then holds this method too. */
static bool path_seen(const struct api_route *routes, size_t row) {
  for (size_t i = 0; i < row; i++)
    if (strcmp(routes[i].path, routes[row].path) == 0) return true;
  return false;
}

static void paths(struct text *out, const struct api_route *routes, size_t n) {
  text_add(out, "\"paths\":{");
  for (size_t i = 0, written = 0; i < n; i++) {
    if (path_seen(routes, i)) continue;
    text_addf(out, "%s\"%s\":{", written++ ? "," : "", routes[i].path);
    operation(out, &routes[i]);
    for (size_t j = i + 1; j < n; j++) {
      if (strcmp(routes[i].path, routes[j].path) != 0) continue;
      text_add_char(out, ',');
      operation(out, &routes[j]);
    }
    text_add_char(out, '}');
  }
  text_add(out, "},");
}

void openapi_write(struct text *out, const char *title, const char *version, const struct api_route *routes,
                   size_t n_routes) {
  struct schemas schemas = {0};
  reach(&schemas, &yz__problem__descriptor);
  for (size_t i = 0; i < n_routes; i++) {
    if (routes[i].input) reach(&schemas, routes[i].input);
    if (routes[i].output) reach(&schemas, routes[i].output);
  }
  text_add(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":");
  text_add_json(out, title);
  text_add(out, ",\"version\":");
  text_add_json(out, version);
  text_addf(out, ",\"x-limits\":{\"body_bytes\":%d,\"lines\":%d,\"text_bytes\":%d,\"id_bytes\":%d}},", LIMIT_BODY,
            LIMIT_LINES, LIMIT_TEXT, LIMIT_ID);
  paths(out, routes, n_routes);
  text_add(out,
           "\"components\":{\"responses\":{\"refused\":{\"description\":\"refused; the problem says why and what to "
           "do\",\"content\":{\"application/problem+json\":{\"schema\":");
  reference(out, &yz__problem__descriptor);
  text_add(out, "}}}},\"schemas\":{");
  for (size_t i = 0; i < schemas.n; i++) {
    if (i > 0) text_add_char(out, ',');
    message_schema(out, schemas.types[i]);
  }
  text_add(out, "}}}");
}
