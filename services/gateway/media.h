/* media.h - what the client sends and wants: Content-Type and Accept (RFC 9110 sections 8.3 and 12.5.1). Pure. */
#ifndef YZ_GATEWAY_MEDIA_H
#define YZ_GATEWAY_MEDIA_H

#include <stdbool.h>

/* Whether a body of that Content-Type is read as JSON: "application/json" with any parameters, any "+json", or none
 * said (NULL). */
bool media_is_json(const char *content_type);

/* Whether a body of that Content-Type is read as NDJSON, JSON documents of one line each: "application/x-ndjson" with
 * any parameters, or none said (NULL). */
bool media_is_ndjson(const char *content_type);

/* How much the client wants `type` ("application/json"), in 1/1000; the most specific range of Accept that fits counts.
 * 1000 when nothing is said. What cannot be read in Accept is passed over. */
int media_quality(const char *accept, const char *type);

#endif
