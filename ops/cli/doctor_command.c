/* doctor_command.c - yz doctor: asks /ready and /metrics of running processes; says what is wrong and what to do. */
#include "commands.h"
#include "http_client.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: yz doctor URL...\n"
                            "URLs of the gateway and of admin ports, such as http://127.0.0.1:8080 "
                            "http://127.0.0.1:9110. Says what is wrong there\n"
                            "and what to do first; the exit code is 1 when something is.\n";

enum { CALL_MS = 3000, ARENA_BYTES = 16 << 20 };

/* A condition of /ready that does not hold; "" is any other: a service without workers. */
static const struct {
  const char *name, *remedy;
} conditions[] = {
    {"redis", "is Redis up, is its disk full, does the setting `redis` name it? Nothing is lost, clients try again"},
    {"bus", "is the gateway up, does the setting `gateways` name it? With CURVE: is our key on its allow-list?"},
    {"", "start a process of that service; with CURVE: is its key on the allow-list?"},
};

/* A sample above its limit is a finding. */
static const struct {
  const char *metric;
  double most;
  const char *wrong, *remedy;
} limits[] = {
    {"yz_store_refused_total", 0, "the store refused settlements as defects", "stop rolling out; yz trace, yz audit"},
    {"yz_journal_unreadable_total", 0, "journal entries that are no facts", "roll that service forward; keep them"},
    {"yz_journal_oldest_seconds", 60, "the oldest fact in hand is old", "more processes of that service; its log"},
    {"yz_store_away_total", 0, "Redis refuses or is away",
     "redis-cli info memory (maxmemory), info persistence (disk full), info replication (replicas)"},
    {"yz_store_replica_shortfalls_total", 0, "writes had no replica in time",
     "redis-cli role at the masters: is a replica away, does it keep up"},
    {"yz_store_errors_total", 0, "Redis answered commands with errors", "a defect: look in the log, report it"},
    {"yz_bus_beats_refused_total", 0, "a worker is not allowed to serve", "add its key to bus-allow, then SIGHUP"},
    {"yz_bus_overloaded_total", 0, "calls were turned away, the queue was full", "more processes of that service"},
    {"yz_http_overloaded_total", 0, "requests were turned away at the door", "yz top; more processes of what is busy"},
    {"yz_bus_unsent_total", 0, "messages were lost although credit was left", "a defect: look in the log, report it"},
};

struct examining {
  struct arena arena;
  const char *url;
  int wrong;
};

static void finding(struct examining *e, const char *what, const char *remedy) {
  printf("%s: %s\n    to do: %s\n", e->url, what, remedy);
  e->wrong++;
}

static bool ask(struct examining *e, const char *page, struct http_reply *reply) {
  const struct http_call call = {
      .method = "GET", .url = arena_format(&e->arena, "%s%s", e->url, page), .deadline_ms = CALL_MS};
  const char *failure = http_call(&e->arena, &call, reply);
  if (failure)
    finding(e, failure, "is the process up and the address right? Its log says why it ended; start it again");
  return !failure;
}

/* The conditions in the form that /ready prints them. */
static void examine_ready(struct examining *e, const struct http_reply *reply) {
  const int before = e->wrong;
  for (const char *at = strstr(reply->body, "{\"name\":\""); at; at = strstr(at + 1, "{\"name\":\"")) {
    char name[64], why[256];
    if (sscanf(at, "{\"name\":\"%63[^\"]\",\"holds\":false,\"why\":\"%255[^\"]\"", name, why) != 2) continue;
    size_t i = 0;
    while (conditions[i].name[0] && strcmp(conditions[i].name, name) != 0) i++;
    finding(e, arena_format(&e->arena, "not ready, %s: %s", name, why), conditions[i].remedy);
  }
  if (reply->status != 200 && e->wrong == before)
    finding(e, arena_format(&e->arena, "/ready answers %d", reply->status), "it is starting or stopping: ask again");
}

static void examine_sample(struct examining *e, const char *line, size_t n_name) {
  for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
    if (strlen(limits[i].metric) != n_name || strncmp(line, limits[i].metric, n_name) != 0) continue;
    const char *value = strrchr(line, ' ');
    if (value && strtod(value, NULL) > limits[i].most)
      finding(e, arena_format(&e->arena, "%s (%s)", limits[i].wrong, line), limits[i].remedy);
  }
}

static void examine(struct examining *e) {
  struct http_reply reply;
  if (!ask(e, "/ready", &reply)) return;
  examine_ready(e, &reply);
  if (!ask(e, "/metrics", &reply)) return;
  char *rest = arena_copy(&e->arena, reply.body);
  for (char *line; (line = strsep(&rest, "\n"));)
    if (line[0] != '#') examine_sample(e, line, strcspn(line, "{ "));
}

int doctor_command(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "--help") == 0) {
    fputs(usage, stdout);
    return 0;
  }
  if (argc < 2 || argv[1][0] == '-') {
    fputs(usage, stderr);
    return 2;
  }
  struct examining e = {0};
  arena_init(&e.arena, ARENA_BYTES);
  for (int i = 1; i < argc; i++) {
    const int before = e.wrong;
    e.url = argv[i];
    examine(&e);
    if (e.wrong == before) printf("%s: well\n", e.url);
    arena_reset(&e.arena);
  }
  arena_free(&e.arena);
  return e.wrong > 0;
}
