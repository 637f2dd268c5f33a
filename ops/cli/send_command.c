/* send_command.c - yz send: people, institutions, contracts and bills to a running suite, through the API that
 * hospitals use. */
#include "bounds.h"
#include "cli_files.h"
#include "commands.h"
#include "http_client.h"
#include "id.h"
#include "json.h"
#include "records.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: yz send [OPTION]... [FILE]...\n"
    "Puts people, institutions and contracts, then settles the bills of each file, in order. A bill that was settled\n"
    "before is answered with its settlement, so the same command may be given again.\n"
    "FILE is a book of people and bills (.json, .yaml), a table of bills (.csv) or bills as JSON Lines.\n"
    "  --to URL             the gateway (default http://127.0.0.1:8080)\n"
    "  --persons FILE       people, as a table or JSON Lines; may be given several times, as the next two\n"
    "  --institutions FILE  hospitals and pharmacies\n"
    "  --contracts FILE     contracts of supplementary products\n"
    "  --slips zh|en|both   print the slip of each settlement instead of its id\n"
    "What is refused is named on standard error with file, line and what to do; the others go on, and the exit code "
    "is\n"
    "1.\n";

enum { CALL_MS = 15000 };

struct sending {
  const char *to, *slips;
  const char *path;   /* of the file in hand */
  unsigned line;      /* of its record in hand, 0 in a book */
  struct arena arena; /* of one call */
  unsigned refused;
};

/* The code of a name as JSON has it: "unknown_person". */
static bool code_read(const char *name, Yz__Code *code) {
  char upper[LIMIT_ID] = "";
  for (size_t i = 0; name[i] && i + 1 < sizeof upper; i++) upper[i] = (char)toupper((unsigned char)name[i]);
  const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value_by_name(&yz__code__descriptor, upper);
  if (value) *code = (Yz__Code)value->value;
  return value != NULL;
}

static void print_refusal(struct sending *s, const Yz__Problem *problem) {
  print_problem(stderr, s->path, s->line, problem);
  s->refused++;
}

/* The problem that the gateway told; members that only HTTP has are left. */
static const Yz__Problem *problem_of(struct sending *s, const struct http_reply *reply) {
  json_t *told = json_loadb(reply->body, reply->n_body, 0, NULL);
  const char *name = json_string_value(json_object_get(told, "code"));
  const char *detail = json_string_value(json_object_get(told, "detail"));
  const char *remedy = json_string_value(json_object_get(told, "remedy"));
  Yz__Code code;
  if (!name || !code_read(name, &code)) code = YZ__CODE__DEFECT;
  Yz__Problem *problem = problem_new(&s->arena, code, json_string_value(json_object_get(told, "pointer")), "%s",
                                     detail ? detail : arena_format(&s->arena, "answered %d", reply->status));
  if (remedy) problem->remedy = arena_copy(&s->arena, remedy);
  json_decref(told);
  return problem;
}

/* One call; false, and the reason printed, when it was not answered with success. The reply lives until the arena is
 * reset. */
static bool call(struct sending *s, const char *method, const char *target, const ProtobufCMessage *message,
                 const char *accept, struct http_reply *reply) {
  struct text body;
  text_init(&body);
  if (message) json_write(message, &body);
  const struct http_call http = {.method = method,
                                 .url = arena_format(&s->arena, "%s%s", s->to, target),
                                 .accept = accept,
                                 .content_type = message ? "application/json" : NULL,
                                 .body = text_string(&body),
                                 .n_body = message ? body.n : 0,
                                 .deadline_ms = CALL_MS};
  const char *failure = http_call(&s->arena, &http, reply);
  const bool fine = !failure && reply->status >= 200 && reply->status < 300;
  if (failure)
    print_refusal(s, problem_new(&s->arena, YZ__CODE__SERVICE_AWAY, NULL, "%s %s: %s", method, target, failure));
  else if (!fine)
    print_refusal(s, problem_of(s, reply));
  text_free(&body);
  return fine;
}

static void put(struct sending *s, const char *collection, const char *id, const ProtobufCMessage *message) {
  struct http_reply reply;
  if (!id_valid(id))
    print_refusal(s, problem_new(&s->arena, YZ__CODE__INVALID, "/id",
                                 "an id has 1 to %d letters, digits, '-', '_' or '.'", LIMIT_ID));
  else
    call(s, "PUT", arena_format(&s->arena, "/v1/%s/%s", collection, id), message, NULL, &reply);
  arena_reset(&s->arena);
}

static void settle(struct sending *s, const Yz__Bill *bill) {
  struct http_reply reply;
  Yz__Problem *problem = NULL;
  if (call(s, "POST", "/v1/settlements", &bill->base, NULL, &reply)) {
    const Yz__Settlement *settlement =
        json_read(&yz__settlement__descriptor, reply.body, reply.n_body, &s->arena, &problem);
    if (!settlement) {
      print_refusal(s, problem);
    } else if (!s->slips) {
      printf("%s %s\n", bill->request_id, settlement->id);
    } else {
      const char *target = arena_format(&s->arena, "/v1/settlements/%s/explanation?lang=%s", settlement->id, s->slips);
      if (call(s, "GET", target, NULL, "text/plain", &reply)) printf("%s\n", reply.body);
    }
  }
  arena_reset(&s->arena);
}

static void send_book(struct sending *s, const char *path) {
  struct arena arena;
  arena_init(&arena, CLI_FILE_ARENA);
  s->path = path;
  s->line = 0;
  const Yz__Book *book = book_read(path, &arena);
  if (!book) s->refused++;
  for (size_t i = 0; book && i < book->n_institutions; i++)
    put(s, "institutions", book->institutions[i]->id, &book->institutions[i]->base);
  for (size_t i = 0; book && i < book->n_persons; i++) put(s, "persons", book->persons[i]->id, &book->persons[i]->base);
  for (size_t i = 0; book && i < book->n_contracts; i++)
    put(s, "contracts", book->contracts[i]->id, &book->contracts[i]->base);
  for (size_t i = 0; book && i < book->n_bills; i++) settle(s, book->bills[i]);
  arena_free(&arena);
}

static void take_person(void *context, void *message, unsigned line, struct arena *arena) {
  (void)arena;
  ((struct sending *)context)->line = line;
  put(context, "persons", ((Yz__Person *)message)->id, message);
}
static void take_institution(void *context, void *message, unsigned line, struct arena *arena) {
  (void)arena;
  ((struct sending *)context)->line = line;
  put(context, "institutions", ((Yz__Institution *)message)->id, message);
}
static void take_contract(void *context, void *message, unsigned line, struct arena *arena) {
  (void)arena;
  ((struct sending *)context)->line = line;
  put(context, "contracts", ((Yz__Contract *)message)->id, message);
}
static void take_bill(void *context, void *message, unsigned line, struct arena *arena) {
  (void)arena;
  ((struct sending *)context)->line = line;
  settle(context, message);
}
static void refuse(void *context, const Yz__Problem *problem, unsigned line) {
  struct sending *s = context;
  s->line = line;
  print_refusal(s, problem);
}

/* What a file of records is, by the option that names it; NULL for the files of bills. */
static const struct source {
  const char *option;
  const ProtobufCMessageDescriptor *type;
  void (*take)(void *context, void *message, unsigned line, struct arena *arena);
} sources[] = {
    {"--persons", &yz__person__descriptor, take_person},
    {"--institutions", &yz__institution__descriptor, take_institution},
    {"--contracts", &yz__contract__descriptor, take_contract},
    {NULL, &yz__bill__descriptor, take_bill},
};
enum { SOURCES = sizeof sources / sizeof sources[0] };

static void send_file(struct sending *s, const char *option, const char *path) {
  if (is_book(path)) {
    send_book(s, path);
    return;
  }
  size_t i = 0;
  while (option ? !sources[i].option || strcmp(option, sources[i].option) != 0 : sources[i].option != NULL) i++;
  s->path = path;
  const struct record_sink sink = {.take = sources[i].take, .refuse = refuse, .context = s};
  if (!records_read(path, sources[i].type, &sink)) s->refused++;
}

static bool is_source(const char *option) {
  for (size_t i = 0; i < SOURCES; i++)
    if (sources[i].option && strcmp(option, sources[i].option) == 0) return true;
  return false;
}

/* Options count where they stand: records named before a file of bills are there when it is settled. */
static bool arguments_take(struct sending *s, int argc, char **argv) {
  bool any = false;
  for (int i = 1; i < argc; i++) {
    const bool more = i + 1 < argc;
    if (argv[i][0] != '-' || !argv[i][1]) {
      send_file(s, NULL, argv[i]);
      any = true;
    } else if (strcmp(argv[i], "--to") == 0 && more) {
      s->to = argv[++i];
    } else if (strcmp(argv[i], "--slips") == 0 && more) {
      s->slips = argv[++i];
    } else if (is_source(argv[i]) && more) {
      send_file(s, argv[i], argv[i + 1]);
      i++;
      any = true;
    } else {
      return false;
    }
  }
  return any;
}

int send_command(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "--help") == 0) {
    fputs(usage, stdout);
    return 0;
  }
  struct sending s = {.to = "http://127.0.0.1:8080"};
  arena_init(&s.arena, CLI_FILE_ARENA);
  const bool sound = arguments_take(&s, argc, argv);
  arena_free(&s.arena);
  if (!sound) fputs(usage, stderr);
  return !sound ? 2 : s.refused > 0;
}
