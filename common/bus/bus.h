/* bus.h - what both sides of the bus share: route ids, the numbers they agree on, keys, the ZeroMQ context.
 *
 * Every gateway is its own broker: it binds one ROUTER (broker.h), every worker opens one DEALER to each gateway
 * (worker.h). The beat is the registration, so either side may restart at any time and nothing needs to be remembered:
 *
 *    worker                          gateway
 *      | ---- BEAT routes, credit ---> |   every BUS_BEAT_MS and after a change; the first one registers
 *      | <--- ECHO ------------------- |   none for BUS_SILENCE_MS: the worker opens a new socket,
 *      |                               |   as it does when it stood still so long itself: what waits in it is old
 *      | <--- REQUEST, remaining ms -- |   takes one credit
 *      | ---- REPLY | REFUSAL -------> |   gives it back; so do EXPIRED (too late to begin) and BOUNCE (draining)
 *
 * A message is [routing id, at the gateway only][BusHeader][body]. Everything runs on one loop thread. Workers in the
 * gateway's own process speak the same, over memory. */
#ifndef YZ_BUS_BUS_H
#define YZ_BUS_BUS_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  BUS_BEAT_MS = 500,
  BUS_SILENCE_MS = 4 * BUS_BEAT_MS, /* this long without a beat or an echo: the other side is gone */
  BUS_CREDIT_MIN = 2,               /* a gateway always may have that many requests at a worker */
  BUS_CREDIT_MAX = 256,             /* and never more: what Redis commits in one flush */
  BUS_ROUTES_MAX = 64,              /* methods of one worker, and routes of a gateway */
  BUS_GATEWAYS_MAX = 64,
  BUS_ADDRESS_MAX = 272,    /* "host:port" with the longest host name */
  BUS_KEY_TEXT = 41,        /* a CURVE key as Z85 text, with its end */
  BUS_TRACEPARENT_MAX = 64, /* W3C: 55 characters in version 00 */
};

/* Route of a call: FNV-1a of "Service.Method", such as "Adjudication.Cancel". Stops the process when the service has no
 * such method: a route is named in our own code, never from outside. */
uint32_t bus_route_id(const ProtobufCServiceDescriptor *service, const char *method);
/* The same of the text. */
uint32_t bus_route_hash(const char *service_dot_method);

/* Where workers of the gateway's own process find it: instead of a list of addresses, in worker.h; and its endpoint. No
 * sockets of the system and no I/O threads are between the two, and no keys. */
#define BUS_INSIDE "inside"
#define BUS_INSIDE_ENDPOINT "inproc://yz-bus"

struct bus_address {
  char host[256], port[6];
};
/* Reads n characters "host:port" or "[v6]:port" (host without brackets then); false when they are no such thing. */
bool bus_address_read(struct bus_address *address, const char *text, size_t n);

/* Copies a text that is known to fit: stops the process when it does not. */
void bus_copy(char *out, size_t size, const char *text);

/* True for a CURVE key as text: 40 characters of Z85. NULL is none. */
bool bus_key_readable(const char *text);

/* A process has one ZeroMQ context (several with CURVE crash libzmq 4.3.4); made when first asked for, so never before
 * a fork. */
void *bus_context(void);
/* Ends it: at the exit of a process, after every worker and broker is closed. Waits at most BUS_LINGER_MS for bytes
 * that are still to be sent. Safe when none was made. */
void bus_context_end(void);
enum { BUS_LINGER_MS = 200 };

#endif
