/* bus_services.h - the services of the contract (services.proto), by the names that settings and lists of keys use. */
#ifndef YZ_BUS_BUS_SERVICES_H
#define YZ_BUS_BUS_SERVICES_H

#include "services.pb-c.h"

struct bus_service {
  const char *name; /* "enrollment" */
  const ProtobufCServiceDescriptor *descriptor;
};

enum { BUS_SERVICES = 6 };
extern const struct bus_service bus_services[BUS_SERVICES];

#endif
