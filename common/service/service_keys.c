#include "service_keys.h"

#include "bounds.h"
#include "key_file.h"
#include "log.h"

static bool complain(const char *setting, const char *why) {
  char quoted[600];
  log_line(LOG_ERROR, "bus setting refused", "\"setting\":\"%s\",\"why\":%s", setting,
           log_text(why, quoted, sizeof quoted));
  return false;
}

static bool read_files(struct service_keys *keys, struct arena *arena, const char *gateway, const char *own) {
  const char *why = key_file_load(arena, gateway, keys->gateway);
  if (why) return complain("bus-gateway-key", why);
  why = own[0] ? key_file_load_pair(arena, own, keys->secret, keys->public)
               : "has to name a file when bus-gateway-key does";
  return why ? complain("bus-key", why) : true;
}

bool service_keys_read(struct service_keys *keys, const struct settings *settings) {
  const char *gateway = settings_text(settings, "bus-gateway-key"), *own = settings_text(settings, "bus-key");
  *keys = (struct service_keys){.curve = gateway[0] != '\0'};
  if (!keys->curve) return own[0] ? complain("bus-gateway-key", "has to name a file when bus-key does") : true;
  struct arena arena;
  arena_init(&arena, LIMIT_BODY);
  const bool read = read_files(keys, &arena, gateway, own);
  arena_free(&arena);
  return read;
}
