/* routes.h - what the gateway serves: one table, from which requests are matched and /openapi.json is made. Pure. */
#ifndef YZ_GATEWAY_ROUTES_H
#define YZ_GATEWAY_ROUTES_H

#include "arena.h"
#include "calls.h"
#include "text.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

/* What happens with a request. */
enum route_kind {
  ROUTE_CALL,        /* one call on the bus; its answer is ours */
  ROUTE_PUT,         /* the same for a record, which may come without a version */
  ROUTE_ESTIMATE,    /* the settlement's way, nothing written */
  ROUTE_SETTLE,      /* the settlement's way */
  ROUTE_BATCH,       /* the same for each line; body and answer are streams of NDJSON */
  ROUTE_EXPLANATION, /* JSON, or the printed slip */
  ROUTE_OVERVIEW,    /* all services at once */
  ROUTE_POLICIES,
  ROUTE_POLICY,
};

struct route {
  const char *method;
  const char *path;      /* "{id}" stands for one segment */
  const char *operation; /* OpenAPI's operationId, and the route's name in metrics */
  const char *summary;
  const char *query;                        /* names of optional parameters, separated by spaces, or NULL */
  const ProtobufCMessageDescriptor *body;   /* JSON in, or NULL; of a batch, a line of it */
  const ProtobufCMessageDescriptor *output; /* JSON out; of a batch, a line of it */
  bool slip;                                /* served as text/plain too */
  bool creates;                             /* answers 201 the first time */
  enum route_kind kind;
  enum call call;  /* of ROUTE_CALL and ROUTE_PUT, and the first of ROUTE_EXPLANATION */
  const char *key; /* member of the call's input (and of the body) that "{id}" gives, or NULL */
};

/* The table; *n its length. */
const struct route *routes(size_t *n);

struct route_match {
  const struct route *route; /* NULL: none */
  const char *id;            /* what stands for "{id}", decoded in the arena; NULL when the path has none */
  const char *allow;         /* route NULL: the methods that the path has, for 405; NULL: no such path, 404 */
};
/* HEAD matches GET. A segment whose percent signs are broken matches nothing. */
struct route_match route_match(const char *method, const char *path, struct arena *arena);

/* Whether the request is one whose body is read as a stream. `target` may have a query. */
bool route_streams(const char *method, const char *target);

/* Adds the OpenAPI document of the table. */
void routes_openapi(struct text *out);

#endif
