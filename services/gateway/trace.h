/* trace.h - W3C trace context: the traceparent that comes in, or a new one. Pure but for the random numbers. */
#ifndef YZ_GATEWAY_TRACE_H
#define YZ_GATEWAY_TRACE_H

#include <stdbool.h>

enum { TRACE_TEXT = 56 /* "00-<32 hex>-<16 hex>-<2 hex>" */, TRACE_ID_TEXT = 33 };

/* Reads a traceparent (a later version too, of which the first four parts are kept); false when it is none. */
bool trace_read(const char *text, char traceparent[TRACE_TEXT]);
/* Our own: the trace of `given` when that is a traceparent, else a new trace; in both cases a new span. */
void trace_make(const char *given, char traceparent[TRACE_TEXT]);
/* The trace id, for problems and logs. */
void trace_id(const char traceparent[TRACE_TEXT], char id[TRACE_ID_TEXT]);

#endif
