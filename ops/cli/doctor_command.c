/* doctor_command.c - yz doctor: asks /ready and /metrics of running processes; says what is wrong and what to do. */
#include "commands.h"
#include "must.h"
#include "scrape.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: yz doctor [URL]...\n"
                            "URLs of the gateway (default " SCRAPE_LOCAL
                            ") and of admin ports, such as http://127.0.0.1:9110. Says what is wrong\n"
                            "there and what to do first; the exit code is 1 when something is. It reads twice, 2 s "
                            "apart: what was counted before\n"
                            "is past, unless it was a defect.\n";

enum { ARENA_BYTES = 16 << 20 };

/* A condition of /ready that does not hold; "" is any other: a service without workers. */
static const struct {
  const char *name, *remedy;
} conditions[] = {
    {"redis", "is Redis up, is its disk full, does the setting `redis` name it? Nothing is lost, clients try again"},
    {"bus", "is the gateway up, does the setting `gateways` name it? With CURVE: is our key on its allow-list?"},
    {"", "start a process of that service; with CURVE: is its key on the allow-list?"},
};

/* When a sample is a finding. A defect is one for as long as the process remembers it. */
enum judged { EVER_COUNTED, COUNTED_NOW, OVER_A_MINUTE };

static const struct {
  const char *metric;
  enum judged judged;
  const char *wrong, *remedy;
} limits[] = {
    {"yz_store_refused_total", EVER_COUNTED, "the store refused settlements as defects",
     "stop rolling out; yz trace, yz audit"},
    {"yz_journal_unreadable_total", EVER_COUNTED, "journal entries that are no facts",
     "roll that service forward; keep them"},
    {"yz_journal_oldest_seconds", OVER_A_MINUTE, "the oldest fact in hand is old",
     "more processes of that service; its log"},
    {"yz_store_away_total", COUNTED_NOW, "Redis refuses or is away",
     "redis-cli info memory (maxmemory), info persistence (disk full), info replication (replicas)"},
    {"yz_store_replica_shortfalls_total", COUNTED_NOW, "writes had no replica in time",
     "redis-cli role at the masters: is a replica away, does it keep up"},
    {"yz_store_errors_total", EVER_COUNTED, "Redis answered commands with errors",
     "a defect: look in the log, report it"},
    {"yz_bus_beats_refused_total", COUNTED_NOW, "a worker is not allowed to serve",
     "add its key to bus-allow, then SIGHUP"},
    {"yz_bus_handshakes_refused_total", COUNTED_NOW, "a worker is not let in", "add its key to bus-allow, then SIGHUP"},
    {"yz_bus_overloaded_total", COUNTED_NOW, "calls were turned away, the queue was full",
     "more processes of that service"},
    {"yz_http_overloaded_total", COUNTED_NOW, "requests were turned away at the door",
     "yz top; more processes of what is busy"},
    {"yz_bus_unsent_total", EVER_COUNTED, "messages were lost although credit was left",
     "a defect: look in the log, report it"},
};

/* One process that is looked at. */
struct examining {
  struct arena arena;
  const char *url;
  const char *before; /* its /metrics at first; NULL: there is nothing to look at again */
  int wrong;
};

static void finding(struct examining *e, const char *what, const char *remedy) {
  printf("%s: %s\n    to do: %s\n", e->url, what, remedy);
  e->wrong++;
}

static bool ask(struct examining *e, const char *page, struct http_reply *reply) {
  const char *failure = scrape_page(&e->arena, e->url, page, reply);
  if (failure)
    finding(e, failure, "is the process up and the address right? Its log says why it ended; start it again");
  return !failure;
}

/* The conditions in the form that /ready prints them. */
static void examine_ready(struct examining *e, const struct http_reply *reply) {
  for (const char *at = strstr(reply->body, "{\"name\":\""); at; at = strstr(at + 1, "{\"name\":\"")) {
    char name[64], why[256];
    if (sscanf(at, "{\"name\":\"%63[^\"]\",\"holds\":false,\"why\":\"%255[^\"]\"", name, why) != 2) continue;
    size_t i = 0;
    while (conditions[i].name[0] && strcmp(conditions[i].name, name) != 0) i++;
    finding(e, arena_format(&e->arena, "%s%s: %s", reply->status == 200 ? "" : "not ready, ", name, why),
            conditions[i].remedy);
  }
  if (reply->status != 200 && e->wrong == 0)
    finding(e, arena_format(&e->arena, "/ready answers %d", reply->status), "it is starting or stopping: ask again");
}

static void look(struct examining *e) {
  struct http_reply reply;
  if (!ask(e, "/ready", &reply)) return;
  if (strncmp(reply.body, "{\"ready\":", 9) != 0) {
    finding(e, arena_format(&e->arena, "not an address of yizhan: /ready answers %d", reply.status),
            "the gateway's is http://host:8080, a service's the one of its admin port");
    return;
  }
  examine_ready(e, &reply);
  if (ask(e, "/metrics", &reply)) e->before = reply.body;
}

/* What that series was; one that nothing has touched is not shown yet. */
static double value_before(const struct examining *e, const struct sample *sample) {
  struct sample other;
  for (const char *at = e->before; scrape_next(&at, &other);)
    if (other.n_series == sample->n_series && strncmp(other.series, sample->series, other.n_series) == 0)
      return other.value;
  return 0;
}

static void examine_sample(struct examining *e, const struct sample *sample, double seconds) {
  size_t i = 0;
  while (i < sizeof limits / sizeof limits[0] && !scrape_is(sample, limits[i].metric)) i++;
  if (i == sizeof limits / sizeof limits[0]) return;
  const double before = value_before(e, sample);
  const double grown = sample->value < before ? sample->value /* it was started again */ : sample->value - before;
  const char *counted = NULL;
  switch (limits[i].judged) {
  case EVER_COUNTED:
    if (sample->value > 0) counted = arena_format(&e->arena, "%.0f since its start", sample->value);
    break;
  case COUNTED_NOW:
    if (grown > 0) counted = arena_format(&e->arena, "%.0f in %.0f s", grown, seconds);
    break;
  case OVER_A_MINUTE:
    if (sample->value > 60) counted = arena_format(&e->arena, "%.0f s", sample->value);
    break;
  }
  if (!counted) return;
  const char *what =
      arena_format(&e->arena, "%s (%.*s: %s)", limits[i].wrong, (int)sample->n_series, sample->series, counted);
  finding(e, what, limits[i].remedy);
}

static void look_again(struct examining *e, double seconds) {
  struct http_reply reply;
  if (!e->before || !ask(e, "/metrics", &reply)) return;
  struct sample sample;
  for (const char *at = reply.body; scrape_next(&at, &sample);) examine_sample(e, &sample, seconds);
}

int doctor_command(int argc, char **argv) {
  static char *const local[] = {SCRAPE_LOCAL};
  if (argc == 2 && strcmp(argv[1], "--help") == 0) {
    fputs(usage, stdout);
    return 0;
  }
  if (argc > 1 && argv[1][0] == '-') {
    fputs(usage, stderr);
    return 2;
  }
  char *const *urls = argc > 1 ? argv + 1 : local;
  const size_t n = argc > 1 ? (size_t)argc - 1 : 1;
  struct examining *all = calloc(n, sizeof *all);
  must(all != NULL);
  bool some = false, wrong = false;
  for (size_t i = 0; i < n; i++) {
    all[i].url = urls[i];
    arena_init(&all[i].arena, ARENA_BYTES);
    look(&all[i]);
    some = some || all[i].before;
  }
  const double seconds = some ? scrape_pause() : 0;
  for (size_t i = 0; i < n; i++) {
    look_again(&all[i], seconds);
    if (all[i].wrong == 0) printf("%s: well\n", all[i].url);
    wrong = wrong || all[i].wrong > 0;
    arena_free(&all[i].arena);
  }
  free(all);
  return wrong;
}
