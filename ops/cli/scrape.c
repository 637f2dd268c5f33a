#include "scrape.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAUSE_US = 2000000, CALL_MS = 3000 };

const char *scrape_page(struct arena *arena, const char *url, const char *page, struct http_reply *reply) {
  size_t n = strlen(url);
  while (n > 0 && url[n - 1] == '/') n--;
  const struct http_call call = {
      .method = "GET", .url = arena_format(arena, "%.*s%s", (int)n, url, page), .deadline_ms = CALL_MS};
  return http_call(arena, &call, reply);
}

double scrape_pause(void) {
  usleep(PAUSE_US);
  return PAUSE_US / 1e6;
}

bool scrape_next(const char **at, struct sample *sample) {
  while (**at) {
    const char *line = *at;
    const size_t n = strcspn(line, "\n");
    *at = line + n + (line[n] == '\n');
    const char *space = memrchr(line, ' ', n);
    if (line[0] == '#' || !space) continue;
    *sample = (struct sample){.series = line,
                              .n_name = strcspn(line, "{ "),
                              .n_series = (size_t)(space - line),
                              .value = strtod(space, NULL)};
    return true;
  }
  return false;
}

bool scrape_is(const struct sample *sample, const char *metric) {
  return strlen(metric) == sample->n_name && strncmp(sample->series, metric, sample->n_name) == 0;
}
