/* scrape.h - what a running process says on its pages, and the samples of its /metrics, for commands that read them
 * twice. */
#ifndef YZ_CLI_SCRAPE_H
#define YZ_CLI_SCRAPE_H

#include "http_client.h"

#include <stdbool.h>

/* Asked when no address is given: the gateway as it starts without settings. */
#define SCRAPE_LOCAL "http://127.0.0.1:8080"

/* GET of a page ("/metrics") of the process at `url`, "http://host:port" with or without a slash at its end. Returns
 * and owns as http_call() does. */
const char *scrape_page(struct arena *arena, const char *url, const char *page, struct http_reply *reply);

/* Waits for the time between two readings, in which a counter that grows has grown; says how many seconds it was. */
double scrape_pause(void);

/* A line of /metrics: name{labels} value. Points into the page. */
struct sample {
  const char *series; /* name and labels, not NUL-terminated */
  size_t n_name, n_series;
  double value;
};
/* Reads the next sample and moves *at behind it; false when there is none. */
bool scrape_next(const char **at, struct sample *sample);
bool scrape_is(const struct sample *sample, const char *metric);

#endif
