#include "bus.h"

#include "must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

static void *context;

void *bus_context(void) {
  if (!context) context = zmq_ctx_new();
  must(context != NULL);
  return context;
}

void bus_context_end(void) {
  if (!context) return;
  zmq_ctx_term(context);
  context = NULL;
}

uint32_t bus_route_hash(const char *service_dot_method) {
  uint32_t hash = 2166136261u;
  for (const char *c = service_dot_method; *c; c++) hash = (hash ^ (unsigned char)*c) * 16777619u;
  return hash;
}

uint32_t bus_route_id(const ProtobufCServiceDescriptor *service, const char *method) {
  must(protobuf_c_service_descriptor_get_method_by_name(service, method) != NULL);
  char name[128];
  const int n = snprintf(name, sizeof name, "%s.%s", service->short_name, method);
  must(n > 0 && n < (int)sizeof name);
  return bus_route_hash(name);
}

bool bus_address_read(struct bus_address *address, const char *text, size_t n) {
  *address = (struct bus_address){0};
  const char *colon = memrchr(text, ':', n);
  if (!colon) return false;
  const char *host = text;
  size_t host_n = (size_t)(colon - text);
  const size_t port_n = n - host_n - 1;
  if (host_n >= 2 && host[0] == '[' && host[host_n - 1] == ']') {
    host++;
    host_n -= 2;
  } else if (memchr(host, ':', host_n)) {
    return false;
  }
  if (host_n == 0 || host_n >= sizeof address->host || port_n == 0 || port_n >= sizeof address->port) return false;
  if (memchr(host, ' ', host_n)) return false;
  memcpy(address->host, host, host_n);
  memcpy(address->port, colon + 1, port_n);
  if (strspn(address->port, "0123456789") != port_n) return false;
  const long port = strtol(address->port, NULL, 10);
  return port >= 1 && port <= 65535;
}

bool bus_key_readable(const char *text) {
  uint8_t raw[32];
  return text && strlen(text) == BUS_KEY_TEXT - 1 && zmq_z85_decode(raw, text);
}

void bus_copy(char *out, size_t size, const char *text) {
  const size_t n = strlen(text) + 1;
  must(n <= size);
  memcpy(out, text, n);
}
