/* bounds.h - what bounds a request. Each limit is named here, with its reason; everything beyond one is refused with a
 * clear error. */
#ifndef YZ_BASE_BOUNDS_H
#define YZ_BASE_BOUNDS_H

enum {
  LIMIT_ID = 64,                  /* person, institution, settlement, contract, encounter, request ids */
  LIMIT_TEXT = 512,               /* names, reasons */
  LIMIT_LINES = 2000,             /* fee lines of one bill: a month of intensive care has about 1 500 */
  LIMIT_BODY = 1024 * 1024,       /* HTTP body: 2 000 lines of 300 bytes, with room */
  LIMIT_FRAME = 2 * LIMIT_BODY,   /* a message on the bus: the draft carries bill and answer */
  LIMIT_ARENA = 32 * 1024 * 1024, /* memory of one request, decoded */
  LIMIT_COUNTERS = 512,           /* counters of one person-year */
  LIMIT_CONTRACTS = 8,            /* contracts of one person on one day */
};

#endif
