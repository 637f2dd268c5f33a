/* Opening the gateway's side of the bus: where to bind, and with CURVE, who may connect. */
#include "allow_list.h"
#include "bounds.h"
#include "gateway.h"
#include "key_file.h"
#include "log.h"

#include <string.h>

static const char *text_setting(const struct gateway *gateway, const char *name) {
  return settings_text(runtime_settings(gateway->runtime), name);
}

static bool complain(const char *setting, const char *why) {
  char quoted[600];
  log_line(LOG_ERROR, "bus setting refused", "\"setting\":\"%s\",\"why\":%s", setting,
           log_text(why, quoted, sizeof quoted));
  return false;
}

/* The allow-list of the setting, in the arena. */
static bool read_allowed(const struct gateway *gateway, struct arena *arena, struct bus_allowed **rows, size_t *n) {
  const char *path = text_setting(gateway, "bus-allow"), *why = "has to name a file when bus-key does";
  char *text = path[0] ? key_file_read(arena, path, &why) : NULL;
  if (text) why = allow_list_read(arena, text, rows, n);
  return why ? complain("bus-allow", why) : true;
}

static bool configure(const struct gateway *gateway, struct arena *arena, struct bus_broker_config *config) {
  static const char scheme[] = "tcp://";
  config->bind = text_setting(gateway, "bus-bind");
  config->inside = runtime_has_parts(gateway->runtime);
  if (strncmp(config->bind, scheme, sizeof scheme - 1) == 0) config->bind += sizeof scheme - 1;
  const char *path = text_setting(gateway, "bus-key"), *why;
  if (!path[0]) return true;
  char *key = arena_alloc(arena, BUS_KEY_TEXT);
  why = key_file_load(arena, path, key);
  if (why) return complain("bus-key", why);
  config->secret_key = key;
  struct bus_allowed *rows = NULL;
  if (!read_allowed(gateway, arena, &rows, &config->n_allowed)) return false;
  config->allowed = rows;
  return true;
}

bool gateway_bus_open(struct gateway *gateway) {
  struct arena arena;
  struct bus_broker_config config = {0};
  arena_init(&arena, LIMIT_BODY);
  if (configure(gateway, &arena, &config)) gateway->broker = bus_broker_open(runtime_loop(gateway->runtime), &config);
  arena_free(&arena);
  return gateway->broker != NULL;
}

void gateway_bus_reload(struct gateway *gateway) {
  if (!text_setting(gateway, "bus-key")[0]) return;
  struct arena arena;
  struct bus_allowed *rows = NULL;
  size_t n = 0;
  arena_init(&arena, LIMIT_BODY);
  if (read_allowed(gateway, &arena, &rows, &n) && bus_broker_allow(gateway->broker, rows, n))
    log_line(LOG_INFO, "allow-list read again", "\"rows\":%zu", n);
  arena_free(&arena);
}
