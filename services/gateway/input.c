#include "input.h"

#include "bounds.h"
#include "date.h"
#include "field.h"
#include "id.h"
#include "json.h"
#include "must.h"
#include "scalar.h"

#include <stdbool.h>
#include <string.h>

/* Puts text into a member of the message. */
static Yz__Problem *put_text(ProtobufCMessage *message, const char *name, const char *text, struct arena *arena) {
  const ProtobufCFieldDescriptor *field = field_find(message->descriptor, name, strlen(name));
  must(field != NULL);
  void *value = field_add(message, field, arena);
  if (value && scalar_read(field, text, strlen(text), LIMIT_TEXT, arena, value) == SCALAR_OK) return NULL;
  struct text reason = {0};
  scalar_expect(field, &reason);
  Yz__Problem *problem =
      problem_new(arena, YZ__CODE__MALFORMED, NULL, "parameter %s: expected %s", name, text_string(&reason));
  text_free(&reason);
  return problem;
}

static Yz__Problem *put_query(ProtobufCMessage *message, const char *names, const struct http_exchange *http) {
  for (const char *at = names; at && *at;) {
    const size_t n = strcspn(at, " ");
    const char *name = arena_copy_n(http->arena, at, n), *text = http_query(http, name);
    Yz__Problem *problem = text ? put_text(message, name, text, http->arena) : NULL;
    if (problem) return problem;
    at += n + strspn(at + n, " ");
  }
  return NULL;
}

/* A required member that neither path nor query gave. */
static Yz__Problem *check_required(const ProtobufCMessage *message, const char *key, const struct http_exchange *http) {
  const ProtobufCMessageDescriptor *type = message->descriptor;
  for (unsigned i = 0; i < type->n_fields; i++) {
    const char *name = type->fields[i].name;
    if (type->fields[i].label != PROTOBUF_C_LABEL_REQUIRED || (key && strcmp(name, key) == 0)) continue;
    if (!http_query(http, name))
      return problem_new(http->arena, YZ__CODE__MALFORMED, NULL, "the query parameter %s is missing", name);
  }
  return NULL;
}

/* The body with the path's member written into it, for bodies that leave it out. NULL when it is no JSON object. */
static const char *body_with(const char *key, const char *id, const struct http_exchange *http, size_t *n) {
  const size_t front = strspn(http->body, " \t\r\n") + 1;
  if (front > http->n_body || http->body[front - 1] != '{') return NULL;
  const char *rest = http->body + front + strspn(http->body + front, " \t\r\n");
  const char *member = arena_format(http->arena, "{\"%s\":\"%s\"%s", key, id, *rest == '}' ? "" : ",");
  const size_t n_member = strlen(member), n_rest = http->n_body - front;
  char *body = arena_try(http->arena, n_member + n_rest + 1);
  if (!body) return NULL;
  memcpy(mempcpy(body, member, n_member), http->body + front, n_rest);
  *n = n_member + n_rest;
  return body;
}

/* Reads the body as it is, else with the path's member in it. */
static void *read_body(const ProtobufCMessageDescriptor *type, const char *key, const char *id,
                       const struct http_exchange *http, Yz__Problem **problem) {
  ProtobufCMessage *message = json_read(type, http->body, http->n_body, http->arena, problem);
  if (!key) return message;
  const ProtobufCFieldDescriptor *field = field_find(type, key, strlen(key));
  must(field != NULL && field->type == PROTOBUF_C_TYPE_STRING);
  if (message) {
    const char *said = *(char *const *)field_value(message, field, 0);
    if (strcmp(said, id) == 0) return message;
    const char *pointer = arena_format(http->arena, "/%s", key);
    *problem = problem_new(http->arena, YZ__CODE__MALFORMED, pointer, "the path says \"%s\", the body another", id);
    return NULL;
  }
  /* only the member that the path gives was wanting? Required members are looked for last, and it is the first */
  Yz__Problem *first = *problem;
  const char *pointer = arena_format(http->arena, "/%s", key);
  if (!first->pointer || strcmp(first->pointer, pointer) != 0) return NULL;
  size_t n;
  const char *body = body_with(key, id, http, &n);
  if (body) message = json_read(type, body, n, http->arena, problem);
  const bool twice = !message && (!(*problem)->pointer || strcmp((*problem)->pointer, pointer) == 0);
  if (twice) *problem = first; /* it was there, and wrong */
  return message;
}

void *input_read(const ProtobufCMessageDescriptor *type, const struct route *route, const char *id,
                 const struct http_exchange *http, Yz__Problem **problem) {
  *problem = NULL;
  if (id && !id_valid(id)) {
    *problem = problem_new(http->arena, YZ__CODE__INVALID, NULL,
                           "the id in the path must be 1 to %d letters, digits, '-', '_' or '.'", LIMIT_ID);
    return NULL;
  }
  must(!route->key == !id);
  if (route->body) return read_body(type, route->key, id, http, problem);
  ProtobufCMessage *message = message_new(type, http->arena);
  must(message != NULL);
  if (route->key) *problem = put_text(message, route->key, id, http->arena);
  if (!*problem && route->kind != ROUTE_EXPLANATION) *problem = put_query(message, route->query, http);
  if (!*problem) *problem = check_required(message, route->key, http);
  return *problem ? NULL : message;
}

bool input_day(const struct http_exchange *http, int32_t *on, Yz__Problem **problem) {
  const char *text = http_query(http, "on");
  if (!text || date_read(text, strlen(text), on)) return true;
  *problem = problem_new(http->arena, YZ__CODE__MALFORMED, NULL, "parameter on: expected a date, such as 2024-05-01");
  return false;
}
