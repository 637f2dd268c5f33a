/* service_look.h - a call that looks at many settlements: each is read into memory of its own, looked at, and freed
 * before the next few are asked for. Together they might be far more than the memory of one call. */
#ifndef YZ_SERVICE_SERVICE_LOOK_H
#define YZ_SERVICE_SERVICE_LOOK_H

#include "service.h"
#include "settlement.pb-c.h"

/* The i-th settlement, NULL where none is recorded; it lives for this call only: copy what is kept. */
typedef void service_look_each(void *context, size_t i, const Yz__Settlement *settlement);
/* All were looked at, or NULL is not `problem`, which one of them met. Comes once, and answers the call. */
typedef void service_look_done(void *context, Yz__Problem *problem);

/* Looks at `n` settlements, in any order. `ids` must live as long as the call. */
void service_look(struct bus_call *call, size_t n, const char *const *ids, service_look_each *each,
                  service_look_done *done, void *context);

#endif
