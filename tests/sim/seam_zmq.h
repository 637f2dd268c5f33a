/* seam_zmq.h - the bus of the simulated world, in place of ZeroMQ over TCP.
 *
 * A connection keeps the order of its messages and either delivers them or breaks, as TCP does; a broken one is made
 * anew by the worker's side, with a new routing id. Between connections there is no order. A cut either holds what is
 * sent until it heals, or breaks the connection. */
#ifndef YZ_SIM_SEAM_ZMQ_H
#define YZ_SIM_SEAM_ZMQ_H

#include "sim_world.h"

enum { GATEWAYS_OF_THE_WORLD = 3, GATEWAY_PORT = 7001 };

/* Before each world. */
void seam_zmq_begin(void);
/* Gateways' places: nodes 0 .. n - 1 listen at 10.0.0.1:GATEWAY_PORT + i. */
const char *seam_gateways_text(int n);
/* The process is gone: its sockets with it, and perhaps what is on its way. */
void seam_zmq_crash(struct process *process);

#endif
