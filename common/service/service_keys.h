/* service_keys.h - the keys of a service's side of the bus: CURVE, from the files that its settings name. */
#ifndef YZ_SERVICE_SERVICE_KEYS_H
#define YZ_SERVICE_SERVICE_KEYS_H

#include "bus.h"
#include "settings.h"

struct service_keys {
  bool curve; /* false: the setting bus-gateway-key names no file, the bus is open */
  char gateway[BUS_KEY_TEXT], public[BUS_KEY_TEXT], secret[BUS_KEY_TEXT];
};

/* Reads the files of the settings bus-gateway-key and bus-key; false, and a line in the log, when that fails. */
bool service_keys_read(struct service_keys *keys, const struct settings *settings);

#endif
