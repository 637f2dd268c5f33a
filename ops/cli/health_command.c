/* health_command.c - `yz health URL`: exit 0 when the URL answers 200; for health checks in images without curl. */
#include "commands.h"
#include "http_client.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int health_command(int argc, char **argv) {
  const bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
  if (help || argc != 2) {
    fputs("usage: yz health URL   exit code 0 when it answers 200 within a second\n", help ? stdout : stderr);
    return help ? 0 : 2;
  }
  struct arena arena;
  arena_init(&arena, 1 << 20);
  const struct http_call call = {.method = "GET", .url = argv[1], .deadline_ms = 1000};
  struct http_reply reply;
  const char *failure = http_call(&arena, &call, &reply);
  if (failure)
    fprintf(stderr, "%s\n", failure);
  else if (reply.status != 200)
    fprintf(stderr, "%d %s\n", reply.status, reply.body);
  const int status = failure || reply.status != 200 ? 1 : 0;
  arena_free(&arena);
  return status;
}
