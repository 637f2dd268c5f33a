/* input.h - what a request says, as the message that the bus wants: from the path, the query and the JSON body. Pure.
 *
 * A member that the path gives may stand in the body too, but must say the same. */
#ifndef YZ_GATEWAY_INPUT_H
#define YZ_GATEWAY_INPUT_H

#include "http.h"
#include "problem.h"
#include "routes.h"

/* The input of `type`; NULL and *problem set when it is refused. */
void *input_read(const ProtobufCMessageDescriptor *type, const struct route *route, const char *id,
                 const struct http_exchange *http, Yz__Problem **problem);

/* Reads a query parameter that is a date. False and *problem set when it is none; *on untouched when absent. */
bool input_day(const struct http_exchange *http, int32_t *on, Yz__Problem **problem);

#endif
