/* openapi.h - the OpenAPI 3.1 description of a table of routes, made from the messages' descriptors. */
#ifndef YZ_WIRE_OPENAPI_H
#define YZ_WIRE_OPENAPI_H

#include "text.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

/* One call. Members in braces of `path` become path parameters: "/v1/persons/{id}". */
struct api_route {
  const char *method; /* "GET", "POST", ... */
  const char *path;
  const char *operation;                    /* operationId, unique */
  const char *summary;                      /* a phrase */
  const char *query;                        /* names of optional query parameters, separated by spaces; or NULL */
  bool text_too;                            /* also served as text/plain */
  bool lines;                               /* body and answer are NDJSON: of each line the schema */
  bool creates;                             /* 201 the first time, 200 when sent again */
  const ProtobufCMessageDescriptor *input;  /* JSON body, or NULL */
  const ProtobufCMessageDescriptor *output; /* JSON answer, or NULL: text */
};

/* Adds the document: paths, schemas of every message that a route reaches, enumerations, the Problem of refusals. */
void openapi_write(struct text *out, const char *title, const char *version, const struct api_route *routes,
                   size_t n_routes);

#endif
