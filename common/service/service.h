/* service.h - what the worker services share: the bus to answer on, the store, the policies, health and metrics of
 * them.
 *
 *   static const struct bus_handler handlers[] = {{&yz__enrollment__descriptor, "GetPerson", get_person}};
 *   const struct service_program enrollment_program = {
 *       .name = "enrollment", .handlers = handlers, .n_handlers = COUNT(handlers)};
 *   int main(int argc, char **argv) { return service_main(argc, argv, &enrollment_program); }
 *
 * A handler finds its service with service_of(call). Several services may run in the gateway's process (yz-all): they
 * share store and policies, and each has a worker of its own on the bus inside the process. */
#ifndef YZ_SERVICE_SERVICE_H
#define YZ_SERVICE_SERVICE_H

#include "journal.h"
#include "runtime.h"
#include "shelf.h"
#include "store.h"
#include "worker.h"

enum { SERVICES_MAX = 8 }; /* in one process */

struct service {
  struct runtime *runtime;
  struct store *store;
  struct bus_worker *worker;
  struct shelf *shelf; /* NULL when the program asks for no policies. A reload frees it: look at it anew after waiting,
                          and copy what has to outlive that */
  struct journal *journal; /* NULL when the program consumes no facts, or no more */
  const struct service_program *program;
};

struct service_program {
  const char *name;       /* "enrollment": the program is yz-enrollment */
  const char *summary;    /* one sentence */
  const char *admin_port; /* default */
  const struct bus_handler *handlers;
  size_t n_handlers;
  bool policies; /* open the shelf of policy packs */
  /* Consumes the journal when set: take care of the entry, then service_ack. At least once. */
  void (*take)(struct service *service, const struct journal_entry *entry);
  /* Called every `every_ms` when set. */
  void (*tick)(struct service *service);
  int every_ms;
};

int service_main(int argc, char **argv, const struct service_program *program);

/* The services as a part of the gateway's process, for runtime_main(); `programs` is borrowed. Once per process. */
const struct program *services_beside_gateway(const struct service_program *const programs[], size_t n);

/* The entry is taken care of. After the journal has closed it comes again, to another. */
static inline void service_ack(struct service *service, uint32_t bucket, const char id[JOURNAL_ID_MAX]) {
  if (service->journal) journal_ack(service->journal, bucket, id);
}

static inline struct service *service_of(struct bus_call *call) {
  return bus_call_user(call);
}
/* The deadline of a call as the store wants it: a tenth earlier than the gateway's, so that "the store is away" is
 * still said. */
static inline int service_deadline(struct bus_call *call) {
  const int left = (int)bus_call_deadline_ms(call);
  return left - left / 10;
}

/* Refuses the call with a problem made on the spot. */
#define service_refuse(call, code, pointer, ...)                                                                       \
  bus_refuse(call, problem_new(bus_call_arena(call), code, pointer, __VA_ARGS__))

#endif
