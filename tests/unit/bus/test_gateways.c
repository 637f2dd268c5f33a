/* A name that stands for more and then for other gateways, as a headless Service's does: workers find those that come,
 * keep those that they serve while names are silent, and forget those that are gone. */
#include "broker.h"
#include "date.h"
#include "must.h"
#include "services.pb-c.h"
#include "test.h"
#include "worker.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum { GATEWAYS = 3, PATIENCE_MS = 20000 };

/* What the name says: bit i is 127.0.0.(i+1). 0: it is not known. Read by libuv's threads. */
static atomic_uint said;

static void add(struct addrinfo **list, in_addr_t address, const char *service) {
  struct {
    struct addrinfo info;
    struct sockaddr_in address;
  } *found = calloc(1, sizeof *found);
  must(found != NULL);
  found->address = (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons((uint16_t)(service ? atoi(service) : 0)), .sin_addr.s_addr = address};
  found->info = (struct addrinfo){.ai_family = AF_INET,
                                  .ai_socktype = SOCK_STREAM,
                                  .ai_addrlen = sizeof found->address,
                                  .ai_addr = (struct sockaddr *)&found->address,
                                  .ai_next = *list};
  *list = &found->info;
}

/* In place of the C library's. ZeroMQ asks it too, about addresses. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **list) {
  (void)hints;
  *list = NULL;
  struct in_addr numeric;
  const unsigned now = strcmp(name, "gateway.test") == 0 ? atomic_load(&said) : 0;
  if (inet_pton(AF_INET, name, &numeric) == 1) add(list, numeric.s_addr, service);
  for (unsigned i = 0; i < GATEWAYS; i++)
    if (now >> i & 1) add(list, htonl(INADDR_LOOPBACK + i), service);
  return *list ? 0 : EAI_AGAIN;
}

void freeaddrinfo(struct addrinfo *list) {
  while (list) {
    struct addrinfo *next = list->ai_next;
    free(list);
    list = next;
  }
}

static void get_encounter(struct bus_call *call, const ProtobufCMessage *request) {
  (void)request;
  bus_reply_bytes(call, "recorded", 8);
}
static const struct bus_handler handlers[] = {{&yz__adjudication__descriptor, "GetEncounter", get_encounter}};

static uv_loop_t loop;
static struct bus_broker *brokers[GATEWAYS];
static struct bus_worker *worker;
static int port;

#define RUN_UNTIL(condition)                                                                                           \
  do {                                                                                                                 \
    const int64_t from = steady_ms();                                                                                  \
    while (!(condition)) {                                                                                             \
      if (steady_ms() - from > PATIENCE_MS) fail_msg("waited in vain for %s", #condition);                             \
      uv_run(&loop, UV_RUN_NOWAIT);                                                                                    \
      usleep(1000);                                                                                                    \
    }                                                                                                                  \
  } while (0)

static void set_true(void *ctx) {
  *(bool *)ctx = true;
}

static bool open_gateway(int i) {
  char bind[32];
  snprintf(bind, sizeof bind, "127.0.0.%d:%d", i + 1, port);
  brokers[i] = bus_broker_open(&loop, &(struct bus_broker_config){.bind = bind});
  return brokers[i] != NULL;
}

static void close_gateway(int i) {
  bool closed = false;
  bus_broker_close(brokers[i], set_true, &closed);
  RUN_UNTIL(closed);
  brokers[i] = NULL;
}

static struct bus_worker_metrics now(void) {
  struct bus_worker_metrics metrics;
  bus_worker_metrics(worker, &metrics);
  return metrics;
}

/* Whether a worker serves that gateway. */
static bool is_served(int i) {
  return bus_broker_route_ready(brokers[i], bus_route_id(&yz__adjudication__descriptor, "GetEncounter"));
}

static void a_name_is_asked_again_and_again(void **state) {
  (void)state;
  uv_loop_init(&loop);
  for (port = 21000 + (int)getpid() % 9000; !open_gateway(0); port++) continue;
  assert_true(open_gateway(1) && open_gateway(2));
  char gateways[32];
  snprintf(gateways, sizeof gateways, "gateway.test:%d", port);
  worker = bus_worker_open(&loop, &(struct bus_worker_config){.gateways = gateways, .service = "adjudication"},
                           handlers, COUNT(handlers));
  assert_non_null(worker);
  RUN_UNTIL(now().resolve_failed > 0); /* the name is not there yet */
  assert_int_equal(0, now().gateways);

  atomic_store(&said, 1); /* one gateway */
  RUN_UNTIL(is_served(0));
  atomic_store(&said, 7); /* two more of them */
  RUN_UNTIL(is_served(0) && is_served(1) && is_served(2));
  RUN_UNTIL(now().echoing == 3);

  atomic_store(&said, 0); /* a name server that is away takes nobody away */
  const uint64_t failed = now().resolve_failed;
  RUN_UNTIL(now().resolve_failed > failed + 1);
  assert_true(is_served(0) && is_served(1) && is_served(2));

  atomic_store(&said, 6); /* the first is gone, name and all */
  close_gateway(0);
  RUN_UNTIL(now().echoing == 2);
  RUN_UNTIL(now().gateways == 2);
  assert_true(is_served(1) && is_served(2));

  bool drained = false, closed = false;
  bus_worker_drain(worker, set_true, &drained);
  RUN_UNTIL(drained);
  bus_worker_close(worker, set_true, &closed);
  RUN_UNTIL(closed);
  close_gateway(1);
  close_gateway(2);
  bus_context_end();
  assert_int_equal(0, uv_loop_close(&loop));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_name_is_asked_again_and_again)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
