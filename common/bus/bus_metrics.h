/* bus_metrics.h - what the gateway's side of the bus counts. */
#ifndef YZ_BUS_METRICS_H
#define YZ_BUS_METRICS_H

#include "bus.h"

/* Levels as of now, then counters since the start. asked == answered + refused + away + expired + overloaded +
 * cancelled + those still waiting or under way. */
struct bus_route_metrics {
  uint32_t route;
  uint32_t workers;     /* that serve it and do not drain */
  uint32_t outstanding; /* sent and not answered; those that ended otherwise in the meantime too, as they hold credit */
  uint32_t queued;      /* waiting for credit */
  uint32_t credit;      /* how many more could be sent now */
  uint64_t asked;
  uint64_t answered;
  uint64_t refused; /* answered with a problem */
  uint64_t away;
  uint64_t expired;
  uint64_t overloaded;
  uint64_t cancelled;
  uint64_t retries; /* second askings: after a loss, or after silence */
  uint64_t bounces; /* sent back by draining workers and asked elsewhere */
  uint64_t late;    /* answers that came after the end, dropped */
};

struct bus_broker_metrics {
  struct bus_route_metrics routes[BUS_ROUTES_MAX];
  size_t n_routes;
  uint32_t workers;
  uint64_t beats, beats_missed;
  uint64_t workers_lost;       /* fell silent or lost their connection while not draining */
  uint64_t nobody;             /* asks of routes that no worker ever announced */
  uint64_t refused_beats;      /* of workers that are not on the allow-list, or too many */
  uint64_t refused_handshakes; /* with CURVE: no key, or none that the allow-list has */
  uint64_t malformed;          /* messages that were no messages of this bus */
  uint64_t unsent;             /* the socket took no more although credit was left: a defect of the flow control */
};

#endif
