#include "bus.h"

#include "must.h"

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
  must(strlen(service->short_name) + strlen(method) + 2 <= sizeof name);
  strcpy(name, service->short_name);
  strcat(name, ".");
  strcat(name, method);
  return bus_route_hash(name);
}
