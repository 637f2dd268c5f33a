/* The bus over TCP on this machine: a broker here, workers as processes of their own (this program again, with
 * arguments), killed, stopped, drained and flooded. */
#include "bounds.h"
#include "broker.h"
#include "bus_header.h"
#include "date.h"
#include "must.h"
#include "problem.h"
#include "services.pb-c.h"
#include "test.h"
#include "worker.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the worker's process ---- */

struct later {
  uv_timer_t timer;
  struct bus_call *call;
  char id[64];
};

static void reply_encounter(struct bus_call *call, const char *id, char *person) {
  Yz__Encounter reply = YZ__ENCOUNTER__INIT;
  reply.id = (char *)id;
  reply.person = person;
  reply.institution = (char *)(bus_call_traceparent(call) ? bus_call_traceparent(call) : "none");
  reply.setting = YZ__SETTING__INPATIENT;
  bus_reply(call, &reply.base);
}

static void on_later_closed(uv_handle_t *handle) {
  free(handle->data);
}

static uv_loop_t *serving; /* of a worker in this process; NULL in a process of its own */

static void on_later(uv_timer_t *timer) {
  struct later *later = timer->data;
  reply_encounter(later->call, later->id, bus_call_user(later->call));
  uv_close((uv_handle_t *)timer, on_later_closed);
}

#define NOTES "YZ_TEST_NOTES" /* descriptor of a pipe */

/* The id says what to do: "slow:MS:..." answers later, "block:MS" keeps the loop, "note" leaves a byte in a pipe,
 * "refuse", "huge"; else at once. */
static void get_encounter(struct bus_call *call, const ProtobufCMessage *request) {
  const char *id = ((const Yz__Id *)(const void *)request)->id;
  if (strcmp(id, "refuse") == 0) {
    bus_refuse(call, problem_new(bus_call_arena(call), YZ__CODE__UNKNOWN_ENCOUNTER, "/id", "no encounter %s", id));
  } else if (strcmp(id, "huge") == 0) {
    char *text = arena_alloc(bus_call_arena(call), LIMIT_FRAME + 1);
    memset(text, 'x', LIMIT_FRAME);
    reply_encounter(call, text, "huge");
  } else if (strncmp(id, "slow:", 5) == 0) {
    struct later *later = calloc(1, sizeof *later);
    later->call = call;
    snprintf(later->id, sizeof later->id, "%s", id);
    uv_timer_init(serving ? serving : uv_default_loop(), &later->timer);
    later->timer.data = later;
    uv_timer_start(&later->timer, on_later, (uint64_t)atoi(id + 5), 0);
  } else if (strcmp(id, "deadline") == 0) {
    reply_encounter(call, id, arena_format(bus_call_arena(call), "%u", bus_call_deadline_ms(call)));
  } else if (strncmp(id, "block:", 6) == 0) {
    usleep(1000 * (useconds_t)atoi(id + 6));
    reply_encounter(call, id, bus_call_user(call));
  } else if (strcmp(id, "note") == 0) {
    must(write(atoi(getenv(NOTES)), "", 1) == 1);
    reply_encounter(call, id, bus_call_user(call));
  } else if (strcmp(id, "bytes") == 0) {
    bus_reply_bytes(call, "recorded", 8);
  } else {
    reply_encounter(call, id, bus_call_user(call));
  }
}

static const struct bus_handler handlers[] = {{&yz__adjudication__descriptor, "GetEncounter", get_encounter}};

static struct bus_worker *served;
static uv_signal_t terminate;

static void on_drained(void *ctx) {
  (void)ctx;
  bus_worker_close(served, NULL, NULL);
  uv_close((uv_handle_t *)&terminate, NULL);
}

static void on_sigterm(uv_signal_t *handle, int signum) {
  (void)handle;
  (void)signum;
  bus_worker_drain(served, on_drained, NULL);
}

/* worker GATEWAYS NAME CONCURRENCY */
static int worker_main(char **arguments) {
  uv_loop_t *loop = uv_default_loop();
  const struct bus_worker_config config = {.gateways = arguments[0],
                                           .service = "adjudication",
                                           .concurrency = (uint32_t)atoi(arguments[2]),
                                           .user = arguments[1]};
  served = bus_worker_open(loop, &config, handlers, COUNT(handlers));
  must(served != NULL);
  uv_signal_init(loop, &terminate);
  uv_signal_start(&terminate, on_sigterm, SIGTERM);
  uv_run(loop, UV_RUN_DEFAULT);
  bus_context_end();
  return uv_loop_close(loop) == 0 ? 0 : 3;
}

/* ---- the gateway's side ---- */

enum { ASKS = 5000, PORT_FIRST = 21000, PORT_LAST = 31000 };

static uv_loop_t loop;
static uv_timer_t alarm_timer;
static struct bus_broker *broker;
static int port;
static uint32_t route;

/* What became of an ask. */
struct fate {
  int calls; /* of its callback */
  enum bus_outcome outcome;
  bool begun;
  uint32_t retry_after_s;
  Yz__Code code; /* of a refusal */
  char id[64], person[64], institution[64];
  size_t n;
};
static struct fate fates[ASKS];
static int ended; /* callbacks in all */

static void on_answer(void *ctx, const struct bus_answer *answer) {
  struct fate *fate = ctx;
  fate->calls++;
  ended++;
  fate->outcome = answer->outcome;
  fate->begun = answer->begun;
  fate->retry_after_s = answer->retry_after_s;
  fate->n = answer->n;
  if (answer->outcome == BUS_REPLY && answer->n != 8) {
    Yz__Encounter *encounter = yz__encounter__unpack(NULL, answer->n, answer->body);
    assert_non_null(encounter);
    snprintf(fate->id, sizeof fate->id, "%s", encounter->id);
    snprintf(fate->person, sizeof fate->person, "%s", encounter->person);
    snprintf(fate->institution, sizeof fate->institution, "%s", encounter->institution);
    yz__encounter__free_unpacked(encounter, NULL);
  } else if (answer->outcome == BUS_REFUSAL) {
    Yz__Problem *problem = yz__problem__unpack(NULL, answer->n, answer->body);
    assert_non_null(problem);
    fate->code = problem->code;
    yz__problem__free_unpacked(problem, NULL);
  } else {
    assert_true((answer->body != NULL) == (answer->outcome == BUS_REPLY));
  }
}

static void ask(int i, const char *id, uint32_t deadline_ms, unsigned flags) {
  Yz__Id request = YZ__ID__INIT;
  uint8_t bytes[256];
  request.id = (char *)id;
  const size_t n = yz__id__pack(&request, bytes);
  bus_ask(broker, route, bytes, n, deadline_ms, flags, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          on_answer, &fates[i]);
}

static void on_alarm(uv_timer_t *timer) {
  (void)timer;
}

/* Runs the loop until `done` holds; the test fails after 20 s. */
static void run_until(bool (*done)(const void *), const void *ctx) {
  const int64_t end = steady_ms() + 20000;
  while (!done(ctx)) {
    assert_true(steady_ms() < end);
    uv_run(&loop, UV_RUN_ONCE);
  }
}

static bool time_is_over(const void *end) {
  return steady_ms() >= *(const int64_t *)end;
}
static void run_for(int ms) {
  const int64_t end = steady_ms() + ms;
  run_until(time_is_over, &end);
}

static struct bus_route_metrics counts(void) {
  struct bus_broker_metrics metrics;
  memset(&metrics, 0, sizeof metrics);
  bus_broker_metrics(broker, &metrics);
  return metrics.n_routes ? metrics.routes[0] : (struct bus_route_metrics){0};
}

static bool workers_are(const void *n) {
  return counts().workers == *(const uint32_t *)n;
}
static void wait_for_workers(uint32_t n) {
  run_until(workers_are, &n);
}

static bool ended_are(const void *n) {
  return ended >= *(const int *)n;
}
static void wait_for_ends(int n) {
  run_until(ended_are, &n);
  assert_int_equal(ended, n);
}

static bool is_true(const void *flag) {
  return *(const bool *)flag;
}
static void set_true(void *flag) {
  *(bool *)flag = true;
}

/* A broker on a port that nobody else uses. */
static struct bus_broker *open_broker(struct bus_broker_config config) {
  char bind[32];
  for (int tries = 0; tries < 50; tries++) {
    port = PORT_FIRST +
           (int)(((uint64_t)getpid() * 131 + (uint64_t)tries * 977 + (uint64_t)steady_us()) % (PORT_LAST - PORT_FIRST));
    snprintf(bind, sizeof bind, "127.0.0.1:%d", port);
    config.bind = bind;
    struct bus_broker *opened = bus_broker_open(&loop, &config);
    if (opened) return opened;
  }
  fail_msg("no free port");
  return NULL;
}

static pid_t start_worker(const char *name, int concurrency) {
  char gateways[32], width[16];
  snprintf(gateways, sizeof gateways, "127.0.0.1:%d", port);
  snprintf(width, sizeof width, "%d", concurrency);
  const pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails does not end it */
    execl("/proc/self/exe", "test_bus", "worker", gateways, name, width, (char *)NULL);
    _exit(127);
  }
  return pid;
}

static int reap(pid_t pid) {
  int status = 0;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void begin(struct bus_broker_config config) {
  memset(fates, 0, sizeof fates);
  ended = 0;
  assert_int_equal(uv_loop_init(&loop), 0);
  uv_timer_init(&loop, &alarm_timer);
  uv_timer_start(&alarm_timer, on_alarm, 5, 5); /* so that run_until looks at its clock */
  route = bus_route_id(&yz__adjudication__descriptor, "GetEncounter");
  broker = open_broker(config);
}

static void close_broker(void) {
  bool closed = false;
  bus_broker_close(broker, set_true, &closed);
  run_until(is_true, &closed);
}

static void finish(void) {
  close_broker();
  uv_close((uv_handle_t *)&alarm_timer, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&loop), 0); /* no handle is left */
}

/* ---- tests ---- */

/* Every tenth ask is slow, and all before a worker is killed: some of them are with him then. */
static const char *nth_id(int i, char id[32]) {
  const bool slow = i % 10 == 0 || (i <= ASKS / 2 && i > ASKS / 2 - 40);
  snprintf(id, 32, slow ? "slow:20:%d" : "ask-%d", i);
  return id;
}

static void nothing_fails_when_a_worker_is_killed(void **state) {
  (void)state;
  begin((struct bus_broker_config){0});
  const pid_t one = start_worker("one", 32), two = start_worker("two", 32);
  wait_for_workers(2);
  assert_true(bus_broker_route_ready(broker, route));
  char id[32];
  for (int i = 0; i < ASKS; i++) {
    ask(i, nth_id(i, id), 8000, 0);
    if (i == ASKS / 2) {
      run_for(5); /* work is under way at both */
      kill(one, SIGKILL);
    }
    while (counts().queued > 60) uv_run(&loop, UV_RUN_ONCE);
  }
  wait_for_ends(ASKS);
  int by_one = 0, by_two = 0;
  for (int i = 0; i < ASKS; i++) {
    assert_int_equal(fates[i].calls, 1);
    assert_int_equal(fates[i].outcome, BUS_REPLY);
    assert_string_equal(fates[i].id, nth_id(i, id));
    by_one += strcmp(fates[i].person, "one") == 0;
    by_two += strcmp(fates[i].person, "two") == 0;
  }
  assert_int_equal(by_one + by_two, ASKS);
  assert_true(by_one > ASKS / 8 && by_two > ASKS / 2);
  assert_string_equal(fates[0].institution, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  assert_true(counts().retries > 0);
  assert_int_equal(counts().workers, 1);
  assert_int_equal(counts().outstanding, 0);
  assert_int_equal(reap(one), -SIGKILL);
  kill(two, SIGTERM);
  run_for(300);
  finish();
  assert_int_equal(reap(two), 0);
}

static void a_worker_drains_without_losing_an_ask(void **state) {
  (void)state;
  begin((struct bus_broker_config){0});
  const pid_t one = start_worker("one", 16), two = start_worker("two", 16);
  wait_for_workers(2);
  for (int i = 0; i < 1000; i++) {
    ask(i, i % 2 ? "slow:30" : "now", 8000, BUS_ASK_ONCE); /* not even a second asking is needed */
    if (i == 300) kill(one, SIGTERM);
    uv_run(&loop, i % 4 ? UV_RUN_NOWAIT : UV_RUN_ONCE);
    while (counts().queued > 60) uv_run(&loop, UV_RUN_ONCE);
  }
  wait_for_ends(1000);
  for (int i = 0; i < 1000; i++) assert_int_equal(fates[i].outcome, BUS_REPLY);
  assert_int_equal(counts().retries, 0);
  assert_int_equal(counts().workers, 1);
  assert_int_equal(reap(one), 0);
  kill(two, SIGTERM);
  wait_for_workers(0);
  assert_false(bus_broker_route_ready(broker, route));
  finish();
  assert_int_equal(reap(two), 0);
}

static void full_means_overloaded_and_the_rest_is_answered(void **state) {
  (void)state;
  begin((struct bus_broker_config){.queue_min = 4, .queue_max = 8});
  const pid_t one = start_worker("one", 2);
  wait_for_workers(1);
  for (int i = 0; i < 50; i++) ask(i, "slow:50", 5000, 0);
  assert_int_equal(ended, 0); /* never inside bus_ask */
  wait_for_ends(50);
  int overloaded = 0;
  for (int i = 0; i < 50; i++) {
    overloaded += fates[i].outcome == BUS_OVERLOADED && fates[i].retry_after_s == 1 && !fates[i].begun;
    assert_true(fates[i].outcome == BUS_OVERLOADED || fates[i].outcome == BUS_REPLY);
  }
  assert_int_equal(overloaded, 42); /* none was sent before all were asked: the queue holds 8 */
  kill(one, SIGKILL);
  reap(one);
  finish();
}

static void deadlines_end_asks_and_late_answers_are_dropped(void **state) {
  (void)state;
  begin((struct bus_broker_config){0});
  const pid_t one = start_worker("one", 2);
  wait_for_workers(1);
  for (int i = 0; i < 3; i++) ask(i, "slow:400", 150, 0);
  ask(3, "deadline", 900, 0);
  const int64_t start = steady_ms();
  wait_for_ends(3);
  assert_in_range(steady_ms() - start, 140, 300);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(fates[i].outcome, BUS_AWAY);
    assert_true(fates[i].begun);
  }
  assert_int_equal(fates[2].outcome, BUS_EXPIRED); /* two calls at once there: it never went out */
  assert_int_equal(counts().outstanding, 2);
  wait_for_ends(4);
  assert_string_equal(fates[3].id, "deadline"); /* waited for a credit, then knew what was left */
  assert_in_range(atoi(fates[3].person), 300, 600);
  run_for(100);
  assert_int_equal(counts().late, 2);
  assert_int_equal(counts().outstanding, 0);
  for (int i = 0; i < 4; i++) assert_int_equal(fates[i].calls, 1);
  kill(one, SIGKILL);
  reap(one);
  finish();
}

static void a_stopped_worker_is_passed_over_and_its_late_answers_dropped(void **state) {
  (void)state;
  begin((struct bus_broker_config){0});
  const pid_t one = start_worker("one", 8), two = start_worker("two", 8);
  wait_for_workers(2);
  kill(one, SIGSTOP);
  for (int i = 0; i < 10; i++) ask(i, "now", 900, 0);
  const int64_t start = steady_ms();
  wait_for_ends(10);
  assert_in_range(steady_ms() - start, 280, 600); /* a third of the deadline */
  for (int i = 0; i < 10; i++) {
    assert_int_equal(fates[i].outcome, BUS_REPLY);
    assert_string_equal(fates[i].person, "two");
  }
  assert_int_equal(counts().retries, 5);
  kill(one, SIGCONT);
  run_for(200);
  assert_int_equal(counts().late, 5);
  assert_int_equal(counts().outstanding, 0);
  kill(one, SIGSTOP); /* for longer: it is dropped, and comes back by its beat alone */
  wait_for_workers(1);
  kill(one, SIGCONT);
  wait_for_workers(2);
  kill(one, SIGKILL);
  kill(two, SIGKILL);
  reap(one);
  reap(two);
  finish();
}

/* What was given to another meanwhile is not done once more by the one who stood still, with a deadline that began when
 * he went on. He stands still in a call: so what is sent to him meanwhile has come, and waits to be read. */
static void a_worker_that_was_lost_drops_what_it_did_not_read(void **state) {
  (void)state;
  int notes[2];
  char text[64];
  assert_int_equal(pipe(notes), 0);
  snprintf(text, sizeof text, "%d", notes[1]);
  assert_int_equal(setenv(NOTES, text, 1), 0);
  begin((struct bus_broker_config){0});
  const pid_t one = start_worker("one", 8), two = start_worker("two", 8);
  wait_for_workers(2);
  ask(0, "block:3000", 9000, BUS_ASK_ONCE);
  for (int i = 1; i <= 10; i++) ask(i, "note", 9000, 0);
  wait_for_ends(11);
  assert_int_equal(fates[0].outcome, BUS_AWAY);
  assert_true(counts().retries > 0);
  assert_int_equal(counts().workers, 1);
  wait_for_workers(2); /* it beats again, and has read what came before that */
  for (int i = 11; i <= 20; i++) ask(i, "note", 9000, 0);
  wait_for_ends(21);
  for (int i = 1; i <= 20; i++) assert_int_equal(fates[i].outcome, BUS_REPLY);
  assert_int_equal(read(notes[0], text, sizeof text), 20);
  kill(one, SIGKILL);
  kill(two, SIGKILL);
  reap(one);
  reap(two);
  close(notes[0]);
  close(notes[1]);
  finish();
}

static void unknown_routes_and_refusals(void **state) {
  (void)state;
  begin((struct bus_broker_config){0});
  const pid_t one = start_worker("one", 8);
  wait_for_workers(1);
  static uint8_t large[LIMIT_FRAME + 1];
  bus_ask(broker, bus_route_hash("Nobody.Knows"), "", 0, 1000, 0, NULL, on_answer, &fates[0]);
  ask(1, "refuse", 1000, 0);
  bus_ask(broker, route, "\xff\xff", 2, 1000, 0, NULL, on_answer, &fates[2]);
  bus_ask(broker, route, large, sizeof large, 1000, 0, NULL, on_answer, &fates[3]);
  ask(4, "huge", 2000, 0);
  ask(5, "bytes", 1000, 0);
  bus_ask(broker, route, large, LIMIT_FRAME, 3000, 0, NULL, on_answer, &fates[6]); /* the largest passes the wire */
  assert_int_equal(ended, 0);
  wait_for_ends(7);
  assert_int_equal(fates[0].outcome, BUS_AWAY);
  assert_false(fates[0].begun);
  const Yz__Code codes[] = {0, YZ__CODE__UNKNOWN_ENCOUNTER, YZ__CODE__MALFORMED, YZ__CODE__TOO_LARGE, YZ__CODE__DEFECT};
  for (int i = 1; i <= 4; i++) {
    assert_int_equal(fates[i].outcome, BUS_REFUSAL);
    assert_int_equal(fates[i].code, codes[i]);
  }
  assert_int_equal(fates[5].outcome, BUS_REPLY);
  assert_int_equal(fates[5].n, 8);
  assert_int_equal(fates[6].code, YZ__CODE__MALFORMED);
  assert_int_equal(counts().workers, 1); /* the connection lives */
  ask(7, "still here", 1000, 0);
  wait_for_ends(8);
  assert_string_equal(fates[7].person, "one");
  kill(one, SIGKILL);
  reap(one);
  finish();
}

static void a_gateway_that_restarts_finds_its_workers_again(void **state) {
  (void)state;
  begin((struct bus_broker_config){0});
  const pid_t one = start_worker("one", 8);
  wait_for_workers(1);
  ask(0, "before", 1000, 0);
  wait_for_ends(1);
  bool drained = false;
  ask(1, "slow:200", 1000, 0);
  bus_broker_drain(broker, set_true, &drained);
  ask(2, "too late", 1000, 0);
  run_until(is_true, &drained);
  assert_int_equal(fates[1].outcome, BUS_REPLY);
  assert_int_equal(fates[2].outcome, BUS_AWAY);
  close_broker();
  run_for(500);
  char bind[32];
  snprintf(bind, sizeof bind, "127.0.0.1:%d", port);
  broker = bus_broker_open(&loop, &(struct bus_broker_config){.bind = bind});
  assert_non_null(broker);
  wait_for_workers(1);
  ask(3, "after", 1000, 0);
  wait_for_ends(4);
  assert_string_equal(fates[3].id, "after");
  kill(one, SIGKILL);
  reap(one);
  finish();
}

static void cancelled_asks_are_not_called_back(void **state) {
  (void)state;
  begin((struct bus_broker_config){0});
  const pid_t one = start_worker("one", 2);
  wait_for_workers(1);
  for (int i = 0; i < 6; i++) ask(i / 3, "slow:150", 2000, 0); /* three of each client, two under way */
  bus_ask(broker, 1, "", 0, 1000, 0, NULL, on_answer, &fates[0]);
  uv_run(&loop, UV_RUN_NOWAIT);
  bus_cancel_asks(broker, &fates[0]);
  bus_cancel_asks(broker, &fates[2]);
  run_until(ended_are, &(int){3});
  run_for(300);
  assert_int_equal(fates[1].calls, 3);
  assert_true(fates[0].calls <= 1); /* the unknown route may have been told before */
  assert_int_equal(counts().cancelled, 3);
  assert_int_equal(counts().outstanding, 0);
  ask(3, "slow:5000", 9000, 0);
  run_for(50);
  close_broker(); /* ends what is left */
  assert_int_equal(fates[3].calls, 1);
  assert_int_equal(fates[3].outcome, BUS_AWAY);
  assert_true(fates[3].begun);
  broker = open_broker((struct bus_broker_config){0});
  kill(one, SIGKILL);
  reap(one);
  finish();
}

static struct bus_broker_metrics broker_counts(void) {
  struct bus_broker_metrics metrics;
  bus_broker_metrics(broker, &metrics);
  return metrics;
}

static void *dealer(const char *keys[3]) {
  static const int options[] = {ZMQ_CURVE_SERVERKEY, ZMQ_CURVE_PUBLICKEY, ZMQ_CURVE_SECRETKEY};
  void *socket = zmq_socket(bus_context(), ZMQ_DEALER);
  const int linger = 0;
  zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
  for (int i = 0; i < 3 && keys; i++) zmq_setsockopt(socket, options[i], keys[i], BUS_KEY_TEXT);
  char endpoint[64];
  snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%d", port);
  assert_int_equal(zmq_connect(socket, endpoint), 0);
  return socket;
}

static void beat_from(void *socket, uint64_t number, uint32_t *routes, size_t n) {
  Yz__BusHeader header = YZ__BUS_HEADER__INIT;
  header.kind = YZ__BUS_HEADER__KIND__BEAT;
  header.has_worker = header.has_credit = header.has_in_flight = header.has_draining = true;
  header.worker = number;
  header.routes = routes;
  header.n_routes = n;
  header.credit = 1;
  zmq_msg_t frame;
  bus_message_frame(&header, NULL, 0, &frame);
  assert_true(zmq_msg_send(&frame, socket, 0) >= 0);
}

static bool beats_refused_are(const void *n) {
  return broker_counts().refused_beats >= *(const uint64_t *)n;
}

/* Without keys anybody may beat: what he makes up takes no place from what there is. */
static void made_up_routes_take_no_place(void **state) {
  (void)state;
  begin((struct bus_broker_config){0});
  void *stranger = dealer(NULL);
  uint32_t routes[BUS_ROUTES_MAX];
  for (uint32_t i = 0; i < COUNT(routes); i++) routes[i] = 1000 + i;
  beat_from(stranger, 1, routes, COUNT(routes));
  run_until(beats_refused_are, &(uint64_t){1});
  assert_int_equal(broker_counts().n_routes, 0);
  for (uint32_t i = 0; i < COUNT(routes); i += 2) routes[i] = route;
  beat_from(stranger, 2, routes, 2); /* a newer worker, which serves something more */
  wait_for_workers(1);
  assert_int_equal(broker_counts().n_routes, 1);
  zmq_close(stranger);
  finish();
}

/* A key of one service, in many hands, leaves the other services their places. */
static void a_key_has_a_quarter_of_the_places(void **state) {
  (void)state;
  enum { GATEWAY, GREEDY, MODEST, KEYS, PLACES = 8 };
  char public_keys[KEYS][BUS_KEY_TEXT], secret_keys[KEYS][BUS_KEY_TEXT];
  for (int i = 0; i < KEYS; i++) assert_int_equal(zmq_curve_keypair(public_keys[i], secret_keys[i]), 0);
  const struct bus_allowed allowed[] = {{public_keys[GREEDY], &yz__adjudication__descriptor},
                                        {public_keys[MODEST], &yz__adjudication__descriptor}};
  begin((struct bus_broker_config){
      .workers_max = PLACES, .secret_key = secret_keys[GATEWAY], .allowed = allowed, .n_allowed = COUNT(allowed)});
  void *greedy[PLACES];
  for (uint64_t i = 0; i < PLACES; i++) {
    greedy[i] = dealer((const char *[]){public_keys[GATEWAY], public_keys[GREEDY], secret_keys[GREEDY]});
    beat_from(greedy[i], i + 1, &route, 1);
  }
  run_until(beats_refused_are, &(uint64_t){PLACES - PLACES / 4});
  assert_int_equal(counts().workers, PLACES / 4);
  void *modest = dealer((const char *[]){public_keys[GATEWAY], public_keys[MODEST], secret_keys[MODEST]});
  beat_from(modest, PLACES + 1, &route, 1);
  wait_for_workers(PLACES / 4 + 1);
  for (int i = 0; i < PLACES; i++) zmq_close(greedy[i]);
  zmq_close(modest);
  finish();
}

static void strangers_messages_are_counted_and_harmless(void **state) {
  (void)state;
  begin((struct bus_broker_config){0});
  const pid_t one = start_worker("one", 8);
  wait_for_workers(1);
  void *stranger = dealer(NULL);
  assert_int_equal(zmq_send(stranger, "\xff\xff\xff", 3, 0), 3); /* no header */
  assert_int_equal(zmq_send(stranger, "", 0, 0), 0);
  assert_int_equal(zmq_send(stranger, "\0\3\x08\4", 4, 0), 4);                     /* a header longer than the frame */
  for (int i = 0; i < 6; i++) zmq_send(stranger, "x", 1, i < 5 ? ZMQ_SNDMORE : 0); /* too many frames */
  Yz__BusHeader forged = YZ__BUS_HEADER__INIT;
  forged.kind = YZ__BUS_HEADER__KIND__REPLY;
  forged.has_request = forged.has_worker = forged.has_in_flight = true;
  zmq_msg_t frame;
  bus_message_frame(&forged, "forged", 6, &frame);
  ask(0, "slow:200", 2000, 0);
  zmq_msg_send(&frame, stranger, 0);
  wait_for_ends(1);
  assert_string_equal(fates[0].person, "one");
  struct bus_broker_metrics metrics;
  bus_broker_metrics(broker, &metrics);
  assert_int_equal(metrics.malformed, 4);
  assert_int_equal(metrics.workers, 1);
  zmq_close(stranger);
  kill(one, SIGKILL);
  reap(one);
  finish();
}

static void one_worker_serves_two_gateways_and_shares_its_credit(void **state) {
  (void)state;
  begin((struct bus_broker_config){0});
  struct bus_broker *first = broker;
  const int first_port = port;
  broker = open_broker((struct bus_broker_config){0});
  char gateways[64];
  snprintf(gateways, sizeof gateways, " 127.0.0.1:%d, localhost:%d ", first_port, port);
  const struct bus_worker_config config = {
      .gateways = gateways, .service = "adjudication", .concurrency = 10, .user = "in"};
  struct bus_worker *worker = bus_worker_open(&loop, &config, handlers, COUNT(handlers));
  assert_non_null(worker);
  assert_false(bus_worker_ready(worker));
  wait_for_workers(1);
  run_for(1200); /* a beat after both have echoed */
  assert_true(bus_worker_ready(worker));
  assert_int_equal(counts().credit, 5);
  ask(0, "second", 1000, 0);
  struct bus_broker *second = broker;
  broker = first;
  assert_int_equal(counts().credit, 5);
  ask(1, "first", 1000, 0);
  wait_for_ends(2);
  assert_string_equal(fates[0].id, "second");
  assert_string_equal(fates[1].id, "first");
  close_broker();
  broker = second;
  run_for(3500); /* silence of the one gives its share to the other */
  assert_int_equal(counts().credit, 10);
  struct bus_worker_metrics metrics;
  bus_worker_metrics(worker, &metrics);
  assert_int_equal(metrics.calls, 2);
  assert_int_equal(metrics.replies, 2);
  assert_int_equal(metrics.gateways, 2);
  assert_int_equal(metrics.echoing, 1);
  bool drained = false, closed = false;
  bus_worker_drain(worker, set_true, &drained);
  run_until(is_true, &drained);
  bus_worker_close(worker, set_true, &closed);
  run_until(is_true, &closed);
  finish();
}

static struct bus_worker *open_curve_worker(const char *gateway_key, const char *public_key, const char *secret_key) {
  char gateways[32];
  snprintf(gateways, sizeof gateways, "127.0.0.1:%d", port);
  const struct bus_worker_config config = {.gateways = gateways,
                                           .service = "adjudication",
                                           .user = "curve",
                                           .gateway_key = gateway_key,
                                           .public_key = public_key,
                                           .secret_key = secret_key};
  struct bus_worker *worker = bus_worker_open(&loop, &config, handlers, COUNT(handlers));
  assert_non_null(worker);
  return worker;
}

static void close_worker(struct bus_worker *worker) {
  bool closed = false;
  bus_worker_close(worker, set_true, &closed);
  run_until(is_true, &closed);
}

static bool handshakes_refused_are(const void *n) {
  return broker_counts().refused_handshakes >= *(const uint64_t *)n;
}

static void curve_lets_in_whom_the_list_names_for_what_it_names(void **state) {
  (void)state;
  enum { GATEWAY, LISTED, OTHER_SERVICE, STRANGER, KEYS };
  char public_keys[KEYS][BUS_KEY_TEXT], secret_keys[KEYS][BUS_KEY_TEXT];
  for (int i = 0; i < KEYS; i++) assert_int_equal(zmq_curve_keypair(public_keys[i], secret_keys[i]), 0);
  const struct bus_allowed allowed[] = {{public_keys[LISTED], &yz__enrollment__descriptor},
                                        {public_keys[LISTED], &yz__adjudication__descriptor},
                                        {public_keys[OTHER_SERVICE], &yz__enrollment__descriptor}};
  begin(
      (struct bus_broker_config){.secret_key = secret_keys[GATEWAY], .allowed = allowed, .n_allowed = COUNT(allowed)});
  struct bus_worker *other =
      open_curve_worker(public_keys[GATEWAY], public_keys[OTHER_SERVICE], secret_keys[OTHER_SERVICE]);
  run_for(800);
  assert_true(broker_counts().refused_beats > 0);
  assert_int_equal(broker_counts().refused_handshakes, 0);        /* let in, for something else */
  struct bus_worker *plain = open_curve_worker(NULL, NULL, NULL); /* this and the others never come as far as a beat */
  run_until(handshakes_refused_are, &(uint64_t){1});
  close_worker(plain);
  struct bus_worker *misled = open_curve_worker(public_keys[OTHER_SERVICE], public_keys[LISTED], secret_keys[LISTED]);
  run_until(handshakes_refused_are, &(uint64_t){broker_counts().refused_handshakes + 2});
  close_worker(misled);
  struct bus_worker *stranger = open_curve_worker(public_keys[GATEWAY], public_keys[STRANGER], secret_keys[STRANGER]);
  run_until(handshakes_refused_are, &(uint64_t){broker_counts().refused_handshakes + 2});
  assert_int_equal(counts().workers, 0);
  assert_false(bus_worker_ready(stranger) || bus_worker_ready(other));
  struct bus_worker *listed = open_curve_worker(public_keys[GATEWAY], public_keys[LISTED], secret_keys[LISTED]);
  wait_for_workers(1);
  ask(0, "secret", 2000, 0);
  wait_for_ends(1);
  assert_string_equal(fates[0].id, "secret");
  assert_false(bus_broker_allow(broker, &(struct bus_allowed){"short", &yz__adjudication__descriptor}, 1));
  assert_true(bus_broker_allow(broker, allowed + 2, 1));
  wait_for_workers(0);
  close_worker(stranger);
  close_worker(other);
  close_worker(listed);
  finish();
}

/* The worker changes to a key that is not on the list yet: it is served with the old one until the new one is. */
static void new_keys_lose_no_ask(void **state) {
  (void)state;
  enum { GATEWAY, OLD, NEW, KEYS };
  char public_keys[KEYS][BUS_KEY_TEXT], secret_keys[KEYS][BUS_KEY_TEXT];
  for (int i = 0; i < KEYS; i++) assert_int_equal(zmq_curve_keypair(public_keys[i], secret_keys[i]), 0);
  const struct bus_allowed allowed[] = {{public_keys[OLD], &yz__adjudication__descriptor},
                                        {public_keys[NEW], &yz__adjudication__descriptor}};
  begin((struct bus_broker_config){.secret_key = secret_keys[GATEWAY], .allowed = allowed, .n_allowed = 1});
  serving = &loop;
  struct bus_worker *worker = open_curve_worker(public_keys[GATEWAY], public_keys[OLD], secret_keys[OLD]);
  wait_for_workers(1);
  assert_false(bus_worker_rekey(worker, public_keys[GATEWAY], "short", secret_keys[NEW]));
  assert_true(bus_worker_rekey(worker, public_keys[GATEWAY], public_keys[NEW], secret_keys[NEW]));
  ask(0, "slow:700:old", 5000, BUS_ASK_ONCE);
  run_for(500);
  assert_int_equal(counts().workers, 1); /* the new key is a stranger's */
  assert_true(bus_broker_allow(broker, allowed, 2));
  ask(1, "slow:3000:between", 8000, BUS_ASK_ONCE);
  wait_for_ends(1);
  run_for(3000); /* the link with the new key is tried again; the old one retires with an answer under way */
  ask(2, "new", 5000, BUS_ASK_ONCE);
  wait_for_ends(3);
  assert_true(bus_broker_allow(broker, allowed + 1, 1));
  run_for(1200);
  ask(3, "alone", 5000, BUS_ASK_ONCE);
  wait_for_ends(4);
  static const char *const ids[] = {"slow:700:old", "slow:3000:between", "new", "alone"};
  for (size_t i = 0; i < COUNT(ids); i++) assert_string_equal(fates[i].id, ids[i]);
  struct bus_worker_metrics metrics;
  bus_worker_metrics(worker, &metrics);
  assert_int_equal(metrics.gateways, 1);
  assert_int_equal(metrics.echoing, 1);
  serving = NULL;
  close_worker(worker);
  finish();
}

/* A worker of the gateway's own process: served as any other, also beside keys that it does not have; what it has in
 * hand is finished when it drains. */
static void a_worker_inside_needs_no_keys(void **state) {
  (void)state;
  char public_key[BUS_KEY_TEXT], secret_key[BUS_KEY_TEXT];
  assert_int_equal(zmq_curve_keypair(public_key, secret_key), 0);
  begin((struct bus_broker_config){.inside = true, .secret_key = secret_key});
  serving = &loop;
  const struct bus_worker_config config = {
      .gateways = BUS_INSIDE, .service = "adjudication", .concurrency = 64, .user = (void *)"inside"};
  struct bus_worker *worker = bus_worker_open(&loop, &config, handlers, COUNT(handlers));
  assert_non_null(worker);
  wait_for_workers(1);
  enum { MANY = 2000 };
  char id[32];
  for (int i = 0; i < MANY; i++) {
    ask(i, nth_id(i, id), 8000, BUS_ASK_ONCE);
    while (counts().queued > 60) uv_run(&loop, UV_RUN_ONCE);
  }
  wait_for_ends(MANY);
  for (int i = 0; i < MANY; i++) {
    assert_int_equal(fates[i].calls, 1);
    assert_string_equal(fates[i].id, nth_id(i, id));
    assert_string_equal(fates[i].person, "inside");
  }
  run_for(BUS_SILENCE_MS + 2 * BUS_BEAT_MS); /* the address is no name that is resolved: it is found again and again */
  assert_true(bus_worker_ready(worker));
  ask(MANY, "slow:300:last", 8000, BUS_ASK_ONCE);
  run_for(100);
  bool drained = false;
  bus_worker_drain(worker, set_true, &drained);
  run_until(is_true, &drained);
  assert_string_equal(fates[MANY].id, "slow:300:last");
  assert_int_equal(counts().retries, 0);
  serving = NULL;
  close_worker(worker);
  finish();
}

static void unreadable_configurations_are_refused(void **state) {
  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  const char *texts[] = {"",           "host",    "host:", ":7000", "host:0",   "host:65536",
                         "host:70000", "host:7x", "a b:1", "a:1,",  "::1:7000", "a:1,,b:2"};
  for (size_t i = 0; i < COUNT(texts); i++) {
    const struct bus_worker_config config = {.gateways = texts[i], .service = "s"};
    assert_null(bus_worker_open(&loop, &config, handlers, COUNT(handlers)));
  }
  const struct bus_worker_config keyless = {.gateways = "a:1", .service = "s", .gateway_key = "short"};
  assert_null(bus_worker_open(&loop, &keyless, handlers, COUNT(handlers)));
  assert_null(bus_broker_open(&loop, &(struct bus_broker_config){.bind = "nonsense"}));
  assert_null(bus_broker_open(&loop, &(struct bus_broker_config){.bind = "127.0.0.1:31998", .secret_key = "short"}));
  assert_null(bus_broker_open(&loop, &(struct bus_broker_config){.bind = "127.0.0.1:99999"}));
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void routes_of_the_contract_are_distinct(void **state) {
  (void)state;
  const ProtobufCServiceDescriptor *services[] = {&yz__enrollment__descriptor,   &yz__adjudication__descriptor,
                                                  &yz__assistance__descriptor,   &yz__supplementary__descriptor,
                                                  &yz__notification__descriptor, &yz__clearing__descriptor};
  uint32_t seen[BUS_ROUTES_MAX];
  size_t n = 0;
  for (size_t s = 0; s < COUNT(services); s++)
    for (unsigned m = 0; m < services[s]->n_methods; m++) {
      const uint32_t id = bus_route_id(services[s], services[s]->methods[m].name);
      for (size_t i = 0; i < n; i++) assert_int_not_equal(seen[i], id);
      assert_true(n < BUS_ROUTES_MAX);
      seen[n++] = id;
    }
  assert_int_equal(bus_route_id(&yz__adjudication__descriptor, "Cancel"), bus_route_hash("Adjudication.Cancel"));
}

int main(int argc, char **argv) {
  if (argc == 5 && strcmp(argv[1], "worker") == 0) return worker_main(argv + 2);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_fails_when_a_worker_is_killed),
      cmocka_unit_test(a_worker_drains_without_losing_an_ask),
      cmocka_unit_test(full_means_overloaded_and_the_rest_is_answered),
      cmocka_unit_test(deadlines_end_asks_and_late_answers_are_dropped),
      cmocka_unit_test(a_stopped_worker_is_passed_over_and_its_late_answers_dropped),
      cmocka_unit_test(a_worker_that_was_lost_drops_what_it_did_not_read),
      cmocka_unit_test(unknown_routes_and_refusals),
      cmocka_unit_test(a_gateway_that_restarts_finds_its_workers_again),
      cmocka_unit_test(cancelled_asks_are_not_called_back),
      cmocka_unit_test(made_up_routes_take_no_place),
      cmocka_unit_test(a_key_has_a_quarter_of_the_places),
      cmocka_unit_test(strangers_messages_are_counted_and_harmless),
      cmocka_unit_test(one_worker_serves_two_gateways_and_shares_its_credit),
      cmocka_unit_test(curve_lets_in_whom_the_list_names_for_what_it_names),
      cmocka_unit_test(new_keys_lose_no_ask),
      cmocka_unit_test(a_worker_inside_needs_no_keys),
      cmocka_unit_test(unreadable_configurations_are_refused),
      cmocka_unit_test(routes_of_the_contract_are_distinct),
  };
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  if (failed) _exit(failed); /* a test that failed has left its sockets open, which the context would wait for */
  bus_context_end();
  return 0;
}
