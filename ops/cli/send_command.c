/* send_command.c - `yz send`: brings books of people and bills to a running suite, through the same API as any
 * hospital. */
#include "bounds.h"
#include "commands.h"
#include "golden.pb-c.h"
#include "http_client.h"
#include "json.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: yz send [--to URL] [--slips zh|en|both] BOOK.json...\n"
                            "  Puts the persons, institutions and contracts of each book, then settles its bills in "
                            "order; a bill that was settled\n"
                            "  before is answered with its settlement. URL defaults to http://127.0.0.1:8080.\n";

struct sending {
  const char *to, *slips;
  struct arena arena; /* of one book */
  int refused;
};

/* One call; false, and the reason printed, when it was not answered with success. The reply lives until the arena is
 * reset. */
static bool send_one(struct sending *s, const char *method, const char *path, const ProtobufCMessage *message,
                     const char *accept, struct http_reply *reply) {
  struct text body;
  text_init(&body);
  if (message) json_write(message, &body);
  const char *url = arena_format(&s->arena, "%s%s", s->to, path);
  const struct http_call call = {.method = method,
                                 .url = url,
                                 .accept = accept,
                                 .content_type = message ? "application/json" : NULL,
                                 .body = text_string(&body),
                                 .n_body = message ? body.n : 0,
                                 .deadline_ms = 15000};
  const char *failure = http_call(&s->arena, &call, reply);
  const bool fine = !failure && reply->status >= 200 && reply->status < 300;
  if (failure)
    fprintf(stderr, "%s %s: %s\n", method, path, failure);
  else if (!fine)
    fprintf(stderr, "%s %s: %d %s\n", method, path, reply->status, reply->body);
  if (!fine) s->refused++;
  text_free(&body);
  return fine;
}

static void settle(struct sending *s, const Yz__Bill *bill) {
  struct http_reply reply;
  if (!send_one(s, "POST", "/v1/settlements", &bill->base, NULL, &reply)) return;
  Yz__Problem *problem = NULL;
  const Yz__Settlement *settlement =
      json_read(&yz__settlement__descriptor, reply.body, reply.n_body, &s->arena, &problem);
  if (!settlement) {
    fprintf(stderr, "POST /v1/settlements: unreadable answer at %s\n", problem->pointer ? problem->pointer : "");
    s->refused++;
  } else if (s->slips) {
    const char *path = arena_format(&s->arena, "/v1/settlements/%s/explanation?lang=%s", settlement->id, s->slips);
    if (send_one(s, "GET", path, NULL, "text/plain", &reply)) printf("%s\n", reply.body);
  } else {
    printf("%s %s\n", bill->request_id, settlement->id);
  }
}

static void send_book(struct sending *s, const Yz__Book *book) {
  struct http_reply reply;
  for (size_t i = 0; i < book->n_institutions; i++)
    send_one(s, "PUT", arena_format(&s->arena, "/v1/institutions/%s", book->institutions[i]->id),
             &book->institutions[i]->base, NULL, &reply);
  for (size_t i = 0; i < book->n_persons; i++)
    send_one(s, "PUT", arena_format(&s->arena, "/v1/persons/%s", book->persons[i]->id), &book->persons[i]->base, NULL,
             &reply);
  for (size_t i = 0; i < book->n_contracts; i++)
    send_one(s, "PUT", arena_format(&s->arena, "/v1/contracts/%s", book->contracts[i]->id), &book->contracts[i]->base,
             NULL, &reply);
  for (size_t i = 0; i < book->n_bills; i++) settle(s, book->bills[i]);
}

/* Reads a whole file into the arena; NULL, and the reason printed, when it cannot be read. */
static char *read_file(const char *name, struct arena *arena, size_t *n) {
  FILE *file = fopen(name, "rb");
  if (!file) {
    perror(name);
    return NULL;
  }
  fseek(file, 0, SEEK_END);
  const long size = ftell(file);
  rewind(file);
  char *bytes = size < 0 ? NULL : arena_try(arena, (size_t)size + 1);
  if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size) {
    fprintf(stderr, "%s: not read\n", name);
    bytes = NULL;
  }
  fclose(file);
  *n = (size_t)size;
  return bytes;
}

static void send_file(struct sending *s, const char *name) {
  size_t n;
  Yz__Problem *problem = NULL;
  const char *bytes = read_file(name, &s->arena, &n);
  const Yz__Book *book = bytes ? json_read(&yz__book__descriptor, bytes, n, &s->arena, &problem) : NULL;
  if (problem)
    fprintf(stderr, "%s%s: %s. %s\n", name, problem->pointer ? problem->pointer : "", problem->detail, problem->remedy);
  if (book)
    send_book(s, book);
  else
    s->refused++;
  arena_reset(&s->arena);
}

int send_command(int argc, char **argv) {
  struct sending s = {.to = "http://127.0.0.1:8080"};
  arena_init(&s.arena, (size_t)1 << 30);
  int i = 1;
  for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
    if (strcmp(argv[i], "--to") == 0 && i + 1 < argc)
      s.to = argv[++i];
    else if (strcmp(argv[i], "--slips") == 0 && i + 1 < argc)
      s.slips = argv[++i];
    else
      break;
  }
  if (i == argc || strncmp(argv[i], "--", 2) == 0) {
    fputs(usage, stderr);
    return 2;
  }
  for (; i < argc; i++) send_file(&s, argv[i]);
  arena_free(&s.arena);
  if (s.refused > 0) fprintf(stderr, "%d refused\n", s.refused);
  return s.refused > 0 ? 1 : 0;
}
