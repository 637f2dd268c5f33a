/* The cluster router against scripted nodes: what each node is to say stands in the test, and what was asked of whom is
 * held to the letter. What every connection begins with, and the maps that are asked for meanwhile, are answered aside.
 */
#include "redis_route.h"
#include "store_fixture.h"

enum { NODES = 3, PEERS = 24, BYTES = 64 * 1024, SAYINGS = 64 };

/* Node `node` answers the next command that begins with `asked` with `answer`; `always`: each that comes. "hang up" and
 * "silence" (from now on, on that connection) are answers too. */
struct saying {
  int node;
  const char *asked, *answer;
  bool always, said;
};

static struct peer {
  int fd, node;
  bool asking, silent;
  size_t n;
  char in[BYTES];
} peers[PEERS];
static struct fake { int listener, port; } nodes[NODES];
static struct saying script[SAYINGS];
static int n_script, maps_asked;
static char map[512];        /* what CLUSTER SLOTS answers */
static char transcript[512]; /* "0 GET, 1 ASKING GET" */

static void listen_at(int node) {
  nodes[node].listener = local_socket(nodes[node].port, bind);
  assert_true(nodes[node].listener >= 0);
  assert_int_equal(0, listen(nodes[node].listener, 8));
  assert_int_equal(0, fcntl(nodes[node].listener, F_SETFL, O_NONBLOCK));
}

static void hang_up(struct peer *peer) {
  close(peer->fd);
  *peer = (struct peer){.fd = -1};
}

static void node_dies(int node) {
  close(nodes[node].listener);
  nodes[node].listener = -1;
  for (int i = 0; i < PEERS; i++)
    if (peers[i].fd >= 0 && peers[i].node == node) hang_up(&peers[i]);
}

static void reply(const struct peer *peer, const char *text) {
  assert_int_equal(strlen(text), write(peer->fd, text, strlen(text)));
}

static const char *said_by(int node, const char *command) {
  for (int i = 0; i < n_script; i++) {
    struct saying *saying = &script[i];
    if ((saying->said && !saying->always) || saying->node != node ||
        strncmp(command, saying->asked, strlen(saying->asked)) != 0)
      continue;
    saying->said = true;
    return saying->answer;
  }
  return NULL;
}

static bool is(const char *command, const char *begins) {
  return strncmp(command, begins, strlen(begins)) == 0;
}

static void obey(struct peer *peer, const char *command) {
  if (peer->silent) return;
  const char *said = said_by(peer->node, command);
  const bool aside = is(command, "CLIENT") || is(command, "CONFIG") || is(command, "CLUSTER") ||
                     is(command, "FUNCTION") || is(command, "WAIT");
  if (is(command, "ASKING")) {
    peer->asking = true;
    reply(peer, "+OK\r\n");
    return;
  }
  if (!aside) {
    const size_t n = strlen(transcript);
    snprintf(transcript + n, sizeof transcript - n, "%s%d %s%.*s", n ? ", " : "", peer->node,
             peer->asking ? "ASKING " : "", (int)strcspn(command, " "), command);
    peer->asking = false;
  }
  maps_asked += is(command, "CLUSTER");
  peer->silent = said && strcmp(said, "silence") == 0;
  if (said && strcmp(said, "hang up") == 0)
    hang_up(peer);
  else if (peer->silent)
    return;
  else if (said)
    reply(peer, said);
  else if (is(command, "CLUSTER"))
    reply(peer, map);
  else if (is(command, "CONFIG"))
    reply(peer, "*0\r\n");
  else
    reply(peer, is(command, "WAIT") ? ":1\r\n" : "+OK\r\n");
}

/* The first command in the buffer as words with spaces between, taken out of it; false when it is not whole. */
static bool next_command(struct peer *peer, char *command, size_t room) {
  size_t at = 0;
  long words = -1;
  command[0] = '\0';
  for (long left = 1; left > 0; left--) {
    const char *end = memmem(peer->in + at, peer->n - at, "\r\n", 2);
    if (!end) return false;
    const long number = strtol(peer->in + at + 1, NULL, 10);
    const bool first = words < 0;
    assert_int_equal(first ? '*' : '$', peer->in[at]);
    at = (size_t)(end + 2 - peer->in);
    if (first) {
      words = number;
      left += words;
      continue;
    }
    if (peer->n < at + (size_t)number + 2) return false;
    const size_t n = strlen(command);
    snprintf(command + n, room - n, "%s%.*s", n ? " " : "", (int)number, peer->in + at);
    at += (size_t)number + 2;
  }
  memmove(peer->in, peer->in + at, peer->n - at);
  peer->n -= at;
  return true;
}

static void attend(struct peer *peer) {
  static char command[BYTES];
  const ssize_t n = read(peer->fd, peer->in + peer->n, BYTES - peer->n);
  if (n == 0) hang_up(peer);
  if (n > 0) peer->n += (size_t)n;
  while (peer->fd >= 0 && peer->n > 0 && next_command(peer, command, sizeof command)) obey(peer, command);
}

/* A turn of all nodes; true, to stand in a condition. */
static bool served(void) {
  for (int node = 0; node < NODES; node++) {
    const int fd =
        nodes[node].listener < 0 ? -1 : accept4(nodes[node].listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct peer *peer = peers;
    while (fd >= 0 && peer->fd >= 0) peer++;
    if (fd >= 0) *peer = (struct peer){.fd = fd, .node = node};
  }
  for (int i = 0; i < PEERS; i++)
    if (peers[i].fd >= 0) attend(&peers[i]);
  return true;
}
#define SERVE_UNTIL(condition) RUN_UNTIL(served() && (condition))

static void serve_for(int ms) {
  const int64_t from = steady_ms();
  SERVE_UNTIL(steady_ms() - from > ms);
}

/* Two halves, a node each; the same node twice: it holds all. */
static void map_says(int low, int high) {
  if (low == high)
    snprintf(map, sizeof map, "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n", nodes[low].port);
  else
    snprintf(map, sizeof map,
             "*2\r\n*3\r\n:0\r\n:8191\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n*3\r\n:8192\r\n:16383\r\n*2\r\n$9\r\n127.0.0."
             "1\r\n:%d\r\n",
             nodes[low].port, nodes[high].port);
}

static void say_next(int node, const char *asked, const char *format, ...) {
  va_list args;
  va_start(args, format);
  char *answer = arena_alloc(&arena, 128);
  vsnprintf(answer, 128, format, args);
  va_end(args);
  script[n_script++] = (struct saying){node, asked, answer, false, false};
}

/* The saying before holds from now on. */
static void always(void) {
  script[n_script - 1].always = true;
}

static int set_up(void **state) {
  (void)state;
  log_open("test", LOG_ERROR + 1);
  assert_int_equal(0, uv_loop_init(&loop));
  arena_init(&arena, 1024 * 1024);
  n_script = maps_asked = 0;
  transcript[0] = '\0';
  for (int i = 0; i < PEERS; i++) peers[i].fd = -1;
  for (int i = 0; i < NODES; i++) {
    nodes[i].port = free_port();
    listen_at(i);
  }
  map_says(0, 1);
  char url[64], error[STORE_TEXT];
  snprintf(url, sizeof url, "redis://127.0.0.1:%d,127.0.0.1:%d", nodes[0].port, nodes[1].port);
  store = store_open(&loop, &(struct store_config){.url = url, .name = "test", .durability = STORE_CLUSTER, .lanes = 1},
                     error);
  assert_non_null(store);
  SERVE_UNTIL(store_ready(store));
  transcript[0] = '\0';
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  store_stop();
  for (int i = 0; i < NODES; i++) node_dies(i);
  assert_int_equal(0, uv_loop_close(&loop));
  arena_free(&arena);
  for (int i = 0; i < n_script; i++)
    if (!script[i].said) fail_msg("nobody asked %s of node %d", script[i].asked, script[i].node);
  return 0;
}

/* A bucket whose slot is in the half of that node. */
static uint32_t bucket_of(int node) {
  uint32_t bucket = 0;
  while (route_slot_of_bucket(bucket) / 8192 != node) bucket++;
  return bucket;
}
static const int LOW = 0;
static int slot(void) {
  return route_slot_of_bucket(bucket_of(LOW));
}

/* Asks a command of a bucket of node 0. */
static void ask(struct answer *answer, const char *verb, unsigned flags, int deadline_ms) {
  *answer = (struct answer){0};
  store_command(store, bucket_of(LOW), flags, 2, (const char *[]){verb, "key"}, NULL, deadline_ms, answer_take, answer);
}

static void expect(const struct answer *answer, enum store_result result, const char *text, const char *asked) {
  SERVE_UNTIL(answer->calls);
  assert_int_equal(1, answer->calls);
  assert_int_equal(result, answer->result);
  if (text) assert_non_null(strstr(answer->text, text));
  assert_string_equal(asked, transcript);
  transcript[0] = '\0';
}

/* As above, asked and answered. */
static void asked(const char *verb, unsigned flags, enum store_result result, const char *text, const char *said) {
  struct answer answer;
  ask(&answer, verb, flags, DEADLINE_MS);
  expect(&answer, result, text, said);
}

enum { PUT = STORE_WRITE | STORE_IDEMPOTENT };

static void moved_is_followed_and_remembered(void **state) {
  (void)state;
  const int maps = maps_asked;
  say_next(0, "GET", "-MOVED %d 127.0.0.1:%d\r\n", slot(), nodes[1].port);
  say_next(1, "GET", "+there\r\n");
  asked("GET", STORE_READ, STORE_OK, "there", "0 GET, 1 GET");
  map_says(1, 1);
  asked("GET", STORE_READ, STORE_OK, "OK", "1 GET");
  SERVE_UNTIL(maps_asked > maps); /* the rest of what has changed */
  assert_int_equal(1, store_metrics(store).redirected);
}

static void moved_to_a_node_that_nobody_knew(void **state) {
  (void)state;
  say_next(0, "GET", "-MOVED %d 127.0.0.1:%d\r\n", slot(), nodes[2].port);
  map_says(2, 1);
  asked("GET", STORE_READ, STORE_OK, "OK", "0 GET, 2 GET");
  SERVE_UNTIL(store_ready(store));
  serve_for(1200); /* the map is asked for once a second at most */
  asked("GET", STORE_READ, STORE_OK, "OK", "2 GET");
}

static void moved_names_no_host_or_a_name(void **state) {
  (void)state;
  say_next(0, "GET", "-MOVED %d :%d\r\n", slot(), nodes[1].port); /* the one that was asked */
  asked("GET", STORE_READ, STORE_OK, "OK", "0 GET, 1 GET");
  say_next(1, "GET", "-MOVED %d localhost:%d\r\n", slot(), nodes[2].port);
  asked("GET", STORE_READ, STORE_OK, "OK", "1 GET, 2 GET");
}

static void two_nodes_that_send_to_each_other_are_not_run_between(void **state) {
  (void)state;
  say_next(0, "GET", "-MOVED %d 127.0.0.1:%d\r\n", slot(), nodes[1].port);
  always();
  say_next(1, "GET", "-MOVED %d 127.0.0.1:%d\r\n", slot(), nodes[0].port);
  always();
  struct answer answer;
  ask(&answer, "GET", STORE_READ, 400);
  SERVE_UNTIL(answer.calls);
  assert_int_equal(STORE_AWAY, answer.result);
  assert_in_range(store_metrics(store).redirected, 5, 60); /* not as often as the wire allows */
}

static void a_read_asked_twice_before_it_is_sent_is_one(void **state) {
  (void)state;
  enum { SHARED = STORE_READ | STORE_SHARED };
  struct answer one, two, three, write, after;
  ask(&one, "GET", SHARED, DEADLINE_MS);
  ask(&two, "GET", SHARED, DEADLINE_MS + 100);
  ask(&three, "GET", SHARED, DEADLINE_MS - 2000); /* would have to wait longer than it wants */
  say_next(0, "GET", "+one\r\n");
  say_next(0, "GET", "+three\r\n");
  SERVE_UNTIL(one.calls && two.calls);
  assert_int_equal(1, two.calls);
  expect(&one, STORE_OK, "one", "0 GET, 0 GET");
  expect(&two, STORE_OK, "one", "");
  expect(&three, STORE_OK, "three", "");
  ask(&one, "GET", SHARED, DEADLINE_MS);
  ask(&two, "MGET", SHARED, DEADLINE_MS); /* not the same */
  ask(&write, "SET", PUT, DEADLINE_MS);
  ask(&after, "GET", SHARED, DEADLINE_MS); /* has to see it */
  SERVE_UNTIL(after.calls);
  expect(&after, STORE_OK, "OK", "0 GET, 0 MGET, 0 SET, 0 GET");
  ask(&one, "GET", SHARED, DEADLINE_MS);
  SERVE_UNTIL(transcript[0]); /* it is on its way */
  ask(&two, "GET", SHARED, DEADLINE_MS);
  SERVE_UNTIL(two.calls);
  expect(&two, STORE_OK, "OK", "0 GET, 0 GET");
}

static void joined_reads_follow_and_end_together(void **state) {
  (void)state;
  enum { SHARED = STORE_READ | STORE_SHARED };
  struct answer one, two;
  say_next(0, "GET", "-MOVED %d 127.0.0.1:%d\r\n", slot(), nodes[1].port);
  ask(&one, "GET", SHARED, DEADLINE_MS);
  ask(&two, "GET", SHARED, DEADLINE_MS);
  SERVE_UNTIL(one.calls && two.calls);
  expect(&two, STORE_OK, "OK", "0 GET, 1 GET");
  say_next(1, "GET", "-CLUSTERDOWN The cluster is down\r\n");
  always();
  ask(&one, "GET", SHARED, 300);
  ask(&two, "GET", SHARED, 400);
  SERVE_UNTIL(one.calls && two.calls);
  assert_int_equal(STORE_AWAY, one.result);
  assert_int_equal(STORE_AWAY, two.result);
  transcript[0] = '\0';
}

static void ask_is_followed_once(void **state) {
  (void)state;
  const int maps = maps_asked;
  say_next(0, "SET", "-ASK %d 127.0.0.1:%d\r\n", slot(), nodes[1].port);
  asked("SET", PUT, STORE_OK, "OK", "0 SET, 1 ASKING SET");
  asked("SET", PUT, STORE_OK, "OK", "0 SET"); /* the slot is still there */
  assert_int_equal(maps, maps_asked);
}

static void ask_at_a_node_that_breaks_begins_anew(void **state) {
  (void)state;
  say_next(0, "SET", "-ASK %d 127.0.0.1:%d\r\n", slot(), nodes[1].port);
  say_next(1, "SET", "hang up");
  asked("SET", PUT, STORE_OK, "OK", "0 SET, 1 ASKING SET, 0 SET");
  say_next(0, "INCR", "-ASK %d 127.0.0.1:%d\r\n", slot(), nodes[1].port);
  say_next(1, "INCR", "hang up");
  asked("INCR", STORE_WRITE, STORE_UNKNOWN, "", "0 INCR, 1 ASKING INCR"); /* it may have been done */
}

static void keys_under_way_are_waited_for(void **state) {
  (void)state;
  for (int i = 0; i < 3; i++) {
    say_next(0, "SET", "-ASK %d 127.0.0.1:%d\r\n", slot(), nodes[1].port);
    say_next(1, "SET", "-TRYAGAIN Multiple keys request during rehashing of slot\r\n");
  }
  say_next(0, "SET", "-MOVED %d 127.0.0.1:%d\r\n", slot(), nodes[1].port);
  const int64_t from = steady_ms();
  asked("SET", PUT, STORE_OK, "OK", "0 SET, 1 ASKING SET, 0 SET, 1 ASKING SET, 0 SET, 1 ASKING SET, 0 SET, 1 SET");
  assert_true(steady_ms() - from >= 5 + 10 + 20); /* half of each back-off at least */
}

static void a_cluster_that_is_down_is_waited_for(void **state) {
  (void)state;
  say_next(0, "SET", "-CLUSTERDOWN The cluster is down\r\n");
  say_next(0, "SET", "-CLUSTERDOWN Hash slot not served\r\n");
  asked("SET", PUT, STORE_OK, "OK", "0 SET, 0 SET, 0 SET");
  say_next(0, "SET", "-CLUSTERDOWN The cluster is down\r\n");
  always();
  struct answer answer;
  int tries = 0;
  do { /* a deadline that falls between the write's last repetition and its refusal leaves it in the dark */
    ask(&answer, "SET", PUT, 100);
    SERVE_UNTIL(answer.calls);
  } while (answer.result == STORE_UNKNOWN && ++tries < 5);
  assert_int_equal(STORE_AWAY, answer.result); /* certainly not done */
}

static void a_node_that_became_a_replica_sends_elsewhere(void **state) {
  (void)state;
  say_next(0, "SET", "-READONLY You can't write against a read only replica.\r\n");
  always();
  map_says(1, 1);
  struct answer answer;
  ask(&answer, "SET", PUT, DEADLINE_MS);
  SERVE_UNTIL(answer.calls);
  assert_int_equal(STORE_OK, answer.result);
  assert_string_equal(", 1 SET", transcript + strlen(transcript) - strlen(", 1 SET"));
}

static void a_failover_ends_at_the_new_master(void **state) {
  (void)state;
  struct answer written, kept;
  say_next(0, "SET", "silence");
  ask(&written, "SET", PUT, DEADLINE_MS);
  ask(&kept, "INCR", STORE_WRITE, DEADLINE_MS);
  SERVE_UNTIL(script[0].said);
  node_dies(0);
  serve_for(50);
  map_says(1, 1);
  SERVE_UNTIL(written.calls && kept.calls);
  assert_int_equal(STORE_OK, written.result);
  assert_int_equal(STORE_UNKNOWN, kept.result); /* not ours to do again */
  assert_string_equal("0 SET, 1 SET", transcript);
  transcript[0] = '\0';
  asked("SET", PUT, STORE_OK, "OK", "1 SET");
  assert_true(store_ready(store)); /* the dead one is no part of it any more */
}

static void a_node_that_is_taken_away_is_forgotten(void **state) {
  (void)state;
  map_says(0, 0);
  say_next(0, "GET", "-CLUSTERDOWN\r\n"); /* makes it look at the map */
  asked("GET", STORE_READ, STORE_OK, "OK", "0 GET, 0 GET");
  serve_for(1200);
  for (int i = 0; i < PEERS; i++) assert_false(peers[i].fd >= 0 && peers[i].node == 1);
  struct answer answer = {0};
  store_command(store, bucket_of(1), STORE_READ, 2, (const char *[]){"GET", "key"}, NULL, DEADLINE_MS, answer_take,
                &answer);
  expect(&answer, STORE_OK, "OK", "0 GET");
}

static void a_slot_that_nobody_serves_is_waited_for(void **state) {
  (void)state;
  snprintf(map, sizeof map, "*1\r\n*3\r\n:8192\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n", nodes[1].port);
  say_next(0, "GET", "-CLUSTERDOWN Hash slot not served\r\n");
  always();
  struct answer answer;
  ask(&answer, "GET", STORE_READ, DEADLINE_MS);
  SERVE_UNTIL(!store_ready(store));
  serve_for(100);
  assert_int_equal(0, answer.calls);
  map_says(2, 1);
  SERVE_UNTIL(answer.calls);
  assert_int_equal(STORE_OK, answer.result);
}

static void a_slot_moves_during_load(void **state) {
  (void)state;
  enum { MANY = 20 };
  static struct answer answers[MANY];
  for (int i = 0; i < MANY; i++) {
    ask(&answers[i], "SET", PUT, DEADLINE_MS);
    if (i % 2) say_next(0, "SET", "-ASK %d 127.0.0.1:%d\r\n", slot(), nodes[1].port);
    if (i % 2 == 0) say_next(0, "SET", "-TRYAGAIN\r\n");
  }
  for (int i = 0; i < MANY / 2; i++) say_next(0, "SET", "-MOVED %d 127.0.0.1:%d\r\n", slot(), nodes[1].port);
  int done = 0;
  while (done < MANY) {
    SERVE_UNTIL(answers[done].calls);
    assert_int_equal(STORE_OK, answers[done].result);
    done++;
  }
  for (int i = 0; i < MANY; i++) assert_int_equal(1, answers[i].calls);
  for (int i = 0; i < n_script; i++) script[i].said = true; /* those behind the first MOVED went there at once */
}

static void a_master_without_its_replica_says_so(void **state) {
  (void)state;
  say_next(0, "SET", "-NOREPLICAS Not enough good replicas to write.\r\n");
  say_next(0, "WAIT", ":0\r\n"); /* of a batch in which nothing was written */
  asked("SET", PUT, STORE_AWAY, "NOREPLICAS", "0 SET");
}

static void a_master_without_its_replica_can_be_read(void **state) {
  (void)state;
  for (int i = 0; i < PEERS; i++)
    if (peers[i].fd >= 0 && peers[i].node == 0) hang_up(&peers[i]);
  say_next(0, "FUNCTION", "-NOREPLICAS Not enough good replicas to write.\r\n");
  always();
  asked("GET", STORE_READ, STORE_OK, "OK", "0 GET");
}

static void a_write_that_reached_no_replica_is_asked_again_and_counted(void **state) {
  (void)state;
  say_next(0, "WAIT", ":0\r\n");
  say_next(0, "WAIT", ":0\r\n");
  asked("SET", PUT, STORE_OK, "OK", "0 SET, 0 SET, 0 SET");
  assert_int_equal(2, store_metrics(store).replica_shortfalls);
  asked("INCR", STORE_WRITE, STORE_OK, "OK", "0 INCR");
  say_next(0, "WAIT", ":0\r\n");
  asked("INCR", STORE_WRITE, STORE_UNKNOWN, "no replica has it yet", "0 INCR"); /* not ours to do again */
  say_next(0, "WAIT", ":0\r\n");
  always();
  struct answer answer;
  ask(&answer, "SET", PUT, 100);
  SERVE_UNTIL(answer.calls);
  assert_int_equal(STORE_UNKNOWN, answer.result); /* done, and perhaps not to stay */
  assert_non_null(strstr(answer.text, "no replica has it yet"));
  assert_non_null(strstr(store_problem(&arena, answer.result, answer.text)->detail, "no replica has it yet"));
}

static void a_new_master_learns_our_functions(void **state) {
  (void)state;
  say_next(0, "FCALL", "-ERR Function not found\r\n");
  asked("FCALL", PUT, STORE_OK, "OK", "0 FCALL, 0 FCALL");
  say_next(0, "FCALL", "-ERR Function not found\r\n");
  say_next(0, "FCALL", "-ERR Function not found\r\n"); /* loading does not help: no end of it */
  asked("FCALL", PUT, STORE_ERROR, "Function not found", "0 FCALL, 0 FCALL");
}

static void a_node_that_takes_no_functions_is_away(void **state) {
  (void)state;
  say_next(0, "FCALL", "-ERR Function not found\r\n");
  say_next(0, "FUNCTION", "-NOREPLICAS Not enough good replicas to write.\r\n");
  say_next(0, "FCALL", "-ERR Function not found\r\n");
  asked("FCALL", PUT, STORE_AWAY, "NOREPLICAS", "0 FCALL, 0 FCALL");
}

static void what_was_perhaps_done_before_an_error_is_unknown(void **state) {
  (void)state;
  say_next(0, "SET", "hang up");
  say_next(0, "SET", "-ERR something else\r\n");
  asked("SET", PUT, STORE_UNKNOWN, "something else", "0 SET, 0 SET");
  say_next(0, "GET", "hang up");
  say_next(0, "GET", "-ERR something else\r\n");
  asked("GET", STORE_READ, STORE_ERROR, "something else", "0 GET, 0 GET");
}

static void a_read_to_be_relied_on_waits_for_a_replica(void **state) {
  (void)state;
  say_next(0, "WAIT", ":0\r\n");
  asked("GET", STORE_READ | STORE_KEPT, STORE_OK, "OK", "0 GET, 0 GET");
  assert_int_equal(1, store_metrics(store).replica_shortfalls);
  asked("GET", STORE_READ, STORE_OK, "OK", "0 GET");
  say_next(0, "WAIT", ":0\r\n");
  always();
  struct answer answer;
  ask(&answer, "GET", STORE_READ | STORE_KEPT, 100);
  SERVE_UNTIL(answer.calls);
  assert_int_equal(STORE_AWAY, answer.result); /* nothing was to be written */
  assert_non_null(strstr(answer.text, "no replica has it yet"));
}

static void a_silent_node_costs_the_deadline_only(void **state) {
  (void)state;
  struct answer read, written, next;
  say_next(0, "GET", "silence");
  ask(&read, "GET", STORE_READ, 80);
  ask(&written, "INCR", STORE_WRITE, 80);
  SERVE_UNTIL(read.calls && written.calls);
  assert_int_equal(STORE_AWAY, read.result);
  assert_int_equal(STORE_UNKNOWN, written.result);
  transcript[0] = '\0';
  struct answer other = {0};
  store_command(store, bucket_of(1), STORE_READ, 2, (const char *[]){"GET", "key"}, NULL, DEADLINE_MS, answer_take,
                &other);
  expect(&other, STORE_OK, "OK", "1 GET"); /* the others are not kept waiting */
  ask(&next, "GET", STORE_READ, 2 * DEADLINE_MS);
  node_dies(0);
  listen_at(0);
  SERVE_UNTIL(next.calls);
  assert_int_equal(STORE_OK, next.result);
}

/* What the log says while the store connects anew, with everything that is in the script. */
static const char *log_of_connecting(void) {
  char path[] = "/tmp/yz-log-XXXXXX", url[64], error[STORE_TEXT], *text = arena_alloc(&arena, 4096);
  const int file = mkstemp(path), before = dup(STDERR_FILENO);
  assert_true(file >= 0 && before >= 0 && unlink(path) == 0);
  store_stop();
  assert_true(dup2(file, STDERR_FILENO) >= 0);
  log_open("test", LOG_WARN);
  snprintf(url, sizeof url, "redis://127.0.0.1:%d,127.0.0.1:%d", nodes[0].port, nodes[1].port);
  store = store_open(&loop, &(struct store_config){.url = url, .name = "test", .durability = STORE_CLUSTER, .lanes = 2},
                     error);
  SERVE_UNTIL(store_ready(store));
  log_open("test", LOG_ERROR + 1);
  assert_true(dup2(before, STDERR_FILENO) >= 0);
  assert_true(pread(file, text, 4095, 0) >= 0);
  close(file);
  close(before);
  return text;
}

static int times(const char *text, const char *part) {
  int n = 0;
  while ((text = strstr(text, part))) n++, text++;
  return n;
}

static void a_node_that_is_less_durable_is_named(void **state) {
  (void)state;
  say_next(0, "CONFIG GET appendonly appendfsync maxmemory-policy min-replicas-to-write",
           "*4\r\n$11\r\nappendfsync\r\n$6\r\nalways\r\n$21\r\nmin-replicas-to-write\r\n$1\r\n0\r\n");
  always();
  say_next(1, "CONFIG", "*4\r\n$11\r\nappendfsync\r\n$8\r\neverysec\r\n$21\r\nmin-replicas-to-write\r\n$1\r\n1\r\n");
  always();
  const char *said = log_of_connecting();
  assert_int_equal(2, times(said, "may lose")); /* once for each node, whatever the number of connections */
  assert_int_equal(1, times(said, arena_format(&arena,
                                               "\"host\":\"127.0.0.1\",\"port\":%d,\"setting\":\"min-replicas-to-"
                                               "write\",\"is\":\"0\",\"wanted\":\"1 or more\"",
                                               nodes[0].port)));
  assert_int_equal(1, times(said, arena_format(&arena,
                                               "\"host\":\"127.0.0.1\",\"port\":%d,\"setting\":\"appendfsync\","
                                               "\"is\":\"everysec\",\"wanted\":\"always\"",
                                               nodes[1].port)));
}

static void a_node_that_hides_its_configuration_serves(void **state) {
  (void)state;
  say_next(0, "CONFIG", "-ERR unknown command 'CONFIG'\r\n");
  always();
  const char *said = log_of_connecting();
  assert_int_equal(1, times(said, "does not show its configuration"));
  assert_int_equal(0, times(said, "may lose"));
}

int main(void) {
#define TRANSCRIPT(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TRANSCRIPT(moved_is_followed_and_remembered),
      TRANSCRIPT(moved_to_a_node_that_nobody_knew),
      TRANSCRIPT(moved_names_no_host_or_a_name),
      TRANSCRIPT(two_nodes_that_send_to_each_other_are_not_run_between),
      TRANSCRIPT(a_read_asked_twice_before_it_is_sent_is_one),
      TRANSCRIPT(joined_reads_follow_and_end_together),
      TRANSCRIPT(ask_is_followed_once),
      TRANSCRIPT(ask_at_a_node_that_breaks_begins_anew),
      TRANSCRIPT(keys_under_way_are_waited_for),
      TRANSCRIPT(a_cluster_that_is_down_is_waited_for),
      TRANSCRIPT(a_node_that_became_a_replica_sends_elsewhere),
      TRANSCRIPT(a_failover_ends_at_the_new_master),
      TRANSCRIPT(a_node_that_is_taken_away_is_forgotten),
      TRANSCRIPT(a_slot_that_nobody_serves_is_waited_for),
      TRANSCRIPT(a_slot_moves_during_load),
      TRANSCRIPT(a_master_without_its_replica_says_so),
      TRANSCRIPT(a_master_without_its_replica_can_be_read),
      TRANSCRIPT(a_write_that_reached_no_replica_is_asked_again_and_counted),
      TRANSCRIPT(a_new_master_learns_our_functions),
      TRANSCRIPT(a_node_that_takes_no_functions_is_away),
      TRANSCRIPT(what_was_perhaps_done_before_an_error_is_unknown),
      TRANSCRIPT(a_read_to_be_relied_on_waits_for_a_replica),
      TRANSCRIPT(a_silent_node_costs_the_deadline_only),
      TRANSCRIPT(a_node_that_is_less_durable_is_named),
      TRANSCRIPT(a_node_that_hides_its_configuration_serves),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
