/* Bytes into the HTTP parser, whole and cut at a place that the first byte gives: both readings must come to the same
 * end, and when that is a request, after the same number of bytes with the same content. (Of two faults the one that is
 * told may depend on the cut.) */
#include "http_request.h"
#include "must.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MAX = 1000 };

struct reading {
  struct arena arena;
  struct http_request request;
  struct http_exchange exchange;
  size_t used;
};

/* The piece in memory of its own, so that reading behind it is seen. */
static bool feed(struct reading *reading, const uint8_t *bytes, size_t n) {
  char *piece = malloc(n ? n : 1);
  must(piece != NULL);
  if (n) memcpy(piece, bytes, n);
  size_t used;
  const enum http_phase phase = http_request_feed(&reading->request, piece, n, &used);
  free(piece);
  must(used <= n);
  reading->used += used;
  if (phase == HTTP_WHOLE || phase == HTTP_REFUSED) return false;
  must(used == n);
  return true;
}

static void read_cut(struct reading *reading, const uint8_t *bytes, size_t n, size_t cut) {
  reading->used = 0;
  reading->exchange = (struct http_exchange){.arena = &reading->arena};
  arena_init(&reading->arena, 1024 * 1024);
  http_request_begin(&reading->request, &reading->arena, BODY_MAX);
  if (feed(reading, bytes, cut)) feed(reading, bytes + cut, n - cut);
  if (reading->request.phase == HTTP_WHOLE) http_request_take(&reading->request, &reading->exchange);
}

static void check_same(const struct reading *a, const struct reading *b) {
  must(a->request.phase == b->request.phase);
  if (a->request.phase != HTTP_WHOLE) return;
  must(a->used == b->used);
  must(strcmp(a->exchange.method, b->exchange.method) == 0 && strcmp(a->exchange.path, b->exchange.path) == 0 &&
       strcmp(a->exchange.query, b->exchange.query) == 0);
  must(a->exchange.path[0] == '/' && a->exchange.n_headers == b->exchange.n_headers);
  for (size_t i = 0; i < a->exchange.n_headers; i++) {
    must(strcmp(a->exchange.headers[i].name, b->exchange.headers[i].name) == 0);
    must(strcmp(a->exchange.headers[i].value, b->exchange.headers[i].value) == 0);
    must(!strpbrk(a->exchange.headers[i].value, "\r\n"));
  }
  must(a->exchange.n_body <= BODY_MAX && a->exchange.n_body == b->exchange.n_body);
  must(memcmp(a->exchange.body, b->exchange.body, a->exchange.n_body + 1) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  static struct reading whole, cut;
  if (n < 1) return 0;
  const size_t place = data[0];
  data++;
  n--;
  read_cut(&whole, data, n, 0);
  read_cut(&cut, data, n, place < n ? place : n);
  check_same(&whole, &cut);
  arena_free(&whole.arena);
  arena_free(&cut.arena);
  return 0;
}
