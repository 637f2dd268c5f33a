/* The parser and its policy: every case whole, cut at every place, byte by byte, and truncated at every place, each
 * piece ending right before a page that must not be touched. */
#include "test.h"

#include "http_request.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BODY_MAX = 64, GUARDED = 64 * 1024 };

/* Copies bytes so that the one behind the last cannot be read. */
static const char *guard(const char *bytes, size_t n) {
  static char *pages;
  if (!pages) {
    pages = mmap(NULL, 2 * GUARDED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(pages != MAP_FAILED);
    assert_int_equal(mprotect(pages + GUARDED, GUARDED, PROT_NONE), 0);
  }
  assert_true(n <= GUARDED);
  return memcpy(pages + GUARDED - n, bytes, n);
}

struct fixture {
  struct arena arena;
  struct http_request request;
};

static void begin(struct fixture *fixture) {
  arena_reset(&fixture->arena);
  http_request_begin(&fixture->request, &fixture->arena, BODY_MAX);
}

/* Feeds one piece; returns false when the request is complete or refused. */
static bool feed(struct fixture *fixture, const char *bytes, size_t n, size_t *used) {
  const enum http_phase phase = http_request_feed(&fixture->request, guard(bytes, n), n, used);
  assert_true(*used <= n);
  if (phase == HTTP_WHOLE || phase == HTTP_REFUSED) return false;
  assert_int_equal(*used, n);
  return true;
}

/* 200: a request stands; else the refusal's status; 0: more bytes are wanted. *used of the n bytes were read. */
static int outcome(const struct fixture *fixture) {
  if (fixture->request.phase == HTTP_WHOLE) return 200;
  return fixture->request.phase == HTTP_REFUSED ? fixture->request.status : 0;
}

static int feed_in_two(struct fixture *fixture, const char *bytes, size_t n, size_t cut, size_t *used) {
  size_t second = 0;
  begin(fixture);
  *used = 0;
  if (cut && !feed(fixture, bytes, cut, used)) return outcome(fixture);
  feed(fixture, bytes + cut, n - cut, &second);
  *used += second;
  return outcome(fixture);
}

static int feed_bytewise(struct fixture *fixture, const char *bytes, size_t n, size_t *used) {
  begin(fixture);
  for (*used = 0; *used < n; ++*used) {
    size_t one;
    if (feed(fixture, bytes + *used, 1, &one)) continue;
    *used += one;
    break;
  }
  return outcome(fixture);
}

#define H "Host: a\r\n"
#define POST "POST / HTTP/1.1\r\n" H
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

static const struct {
  const char *name, *bytes;
  int status;
  size_t behind; /* bytes that belong to the next request */
  const char *body;
} cases[] = {
    {"plain", "GET / HTTP/1.1\r\n" H "\r\n", 200, 0, ""},
    {"1.0 needs no host", "GET / HTTP/1.0\r\n\r\n", 200, 0, ""},
    {"an empty line before", "\r\nGET / HTTP/1.1\r\n" H "\r\n", 200, 0, ""},
    {"length", POST "Content-Length: 3\r\n\r\nabc", 200, 0, "abc"},
    {"length with spaces", POST "Content-Length:  3 \r\n\r\nabc", 200, 0, "abc"},
    {"pipelined", POST "Content-Length: 3\r\n\r\nabcGET", 200, 3, "abc"},
    {"pipelined without a body", "GET / HTTP/1.1\r\n" H "\r\nGET /", 200, 5, ""},
    {"chunks", CHUNKED "2\r\nab\r\n1\r\nc\r\n0\r\n\r\nX", 200, 1, "abc"},
    {"chunk extension", CHUNKED "2;a=b\r\nab\r\n0\r\n\r\n", 200, 0, "ab"},
    {"trailer", CHUNKED "2\r\nab\r\n0\r\nHost: evil\r\n\r\n", 200, 0, "ab"},
    {"coding in capitals", POST "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", 200, 0, ""},
    {"upgrade is not taken up", "GET / HTTP/1.1\r\n" H "Upgrade: h2c\r\nConnection: upgrade\r\n\r\nXY", 200, 2, ""},
    {"empty header", "GET / HTTP/1.1\r\n" H "A:\r\n\r\n", 200, 0, ""},
    {"the limit exactly",
     POST "Content-Length: 64\r\n\r\n0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 200, 0,
     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},

    /* the probes of the field: smuggling, splitting, old and foreign protocols */
    {"no host", "GET / HTTP/1.1\r\n\r\n", 400, 0, NULL},
    {"two hosts", "GET / HTTP/1.1\r\n" H "Host: b\r\n\r\n", 400, 0, NULL},
    {"two equal hosts", "GET / HTTP/1.1\r\n" H H "\r\n", 400, 0, NULL},
    {"host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, 0, NULL},
    {"host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, 0, NULL},
    {"folded line", "GET / HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n", 400, 0, NULL},
    {"folded with a tab", "GET / HTTP/1.1\r\n" H "A: b\r\n\tc\r\n\r\n", 400, 0, NULL},
    {"folded first header", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, 0, NULL},
    {"bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400, 0, NULL},
    {"bare LF in headers", "GET / HTTP/1.1\r\n" H "A: b\nC: d\r\n\r\n", 400, 0, NULL},
    {"bare LF ends the head", "GET / HTTP/1.1\r\n" H "\n", 400, 0, NULL},
    {"bare CR in a value", "GET / HTTP/1.1\r\n" H "A: b\rC: d\r\n\r\n", 400, 0, NULL},
    {"empty header ended by CR", "GET / HTTP/1.1\r\n" H "A:\rTransfer-Encoding: chunked\r\n\r\n", 400, 0, NULL},
    {"CR twice", "GET / HTTP/1.1\r\r\n" H "\r\n", 400, 0, NULL},
    {"CR before the request line", "\rGET / HTTP/1.1\r\n" H "\r\n", 400, 0, NULL},
    {"two empty lines before", "\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n", 400, 0, NULL},
    {"HTTP/0.9", "GET /\r\n\r\n", 505, 0, NULL},
    {"HTTP/1.2", "GET / HTTP/1.2\r\n" H "\r\n", 505, 0, NULL},
    {"HTTP/2.0", "GET / HTTP/2.0\r\n" H "\r\n", 505, 0, NULL},
    {"HTTP/1.10", "GET / HTTP/1.10\r\n" H "\r\n", 505, 0, NULL},
    {"h2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, 0, NULL},
    {"RTSP", "OPTIONS / RTSP/1.0\r\n" H "\r\n", 505, 0, NULL},
    {"CONNECT", "CONNECT a:80 HTTP/1.1\r\n" H "\r\n", 501, 0, NULL},
    {"TRACE", "TRACE / HTTP/1.1\r\n" H "\r\n", 501, 0, NULL},
    {"no such method", "BREW / HTTP/1.1\r\n" H "\r\n", 501, 0, NULL},
    {"absolute target", "GET http://a/ HTTP/1.1\r\n" H "\r\n", 400, 0, NULL},
    {"asterisk", "OPTIONS * HTTP/1.1\r\n" H "\r\n", 400, 0, NULL},
    {"fragment", "GET /#a HTTP/1.1\r\n" H "\r\n", 400, 0, NULL},
    {"space in the target", "GET /a b HTTP/1.1\r\n" H "\r\n", 400, 0, NULL},
    {"byte above 127 in the target", "GET /\x80 HTTP/1.1\r\n" H "\r\n", 400, 0, NULL},
    {"space before the colon", "GET / HTTP/1.1\r\n" H "A : b\r\n\r\n", 400, 0, NULL},
    {"control character", "GET / HTTP/1.1\r\n" H "A: b\x01\r\n\r\n", 400, 0, NULL},
    {"header without a name", "GET / HTTP/1.1\r\n" H ": b\r\n\r\n", 400, 0, NULL},
    {"line without a colon", "GET / HTTP/1.1\r\n" H "A\r\n\r\n", 400, 0, NULL},
    {"length twice", POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400, 0, NULL},
    {"length list", POST "Content-Length: 3, 3\r\n\r\nabc", 400, 0, NULL},
    {"length with a sign", POST "Content-Length: +3\r\n\r\nabc", 400, 0, NULL},
    {"negative length", POST "Content-Length: -1\r\n\r\n", 400, 0, NULL},
    {"length in hex", POST "Content-Length: 0x3\r\n\r\nabc", 400, 0, NULL},
    {"length beyond 64 bits", POST "Content-Length: 99999999999999999999\r\n\r\n", 400, 0, NULL},
    {"length and coding", POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, 0, NULL},
    {"coding and length", POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400, 0, NULL},
    {"gzip coding", POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, 0, NULL},
    {"unknown coding", POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501, 0, NULL},
    {"coding twice", POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, 0, NULL},
    {"coding with 1.0", "POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, 0, NULL},
    {"chunk data without CRLF", CHUNKED "1\r\nab\r\n0\r\n\r\n", 400, 0, NULL},
    {"bare LF behind a chunk", CHUNKED "1\r\na\n0\r\n\r\n", 400, 0, NULL},
    {"bare LF behind a size", CHUNKED "1\na\r\n0\r\n\r\n", 400, 0, NULL},
    {"bare LF at the end", CHUNKED "1\r\na\r\n0\r\n\n", 400, 0, NULL},
    {"chunk size with 0x", CHUNKED "0x1\r\na\r\n0\r\n\r\n", 400, 0, NULL},
    {"chunk size with a sign", CHUNKED "-1\r\na\r\n0\r\n\r\n", 400, 0, NULL},
    {"chunk size beyond 64 bits", CHUNKED "FFFFFFFFFFFFFFFFF\r\na", 400, 0, NULL},
    {"body over the limit", POST "Content-Length: 65\r\n\r\n", 413, 0, NULL},
    {"chunk over the limit",
     CHUNKED "41\r\n0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefX\r\n0\r\n\r\n", 413, 0, NULL},
    {"unknown expectation", POST "Expect: miracles\r\nContent-Length: 3\r\n\r\n", 417, 0, NULL},
    {"TLS", "\x16\x03\x01\x02\r\n", 501, 0, NULL},
};

static void check_body(struct fixture *fixture, const char *body) {
  struct http_exchange exchange = {.arena = &fixture->arena};
  http_request_take(&fixture->request, &exchange);
  assert_int_equal(exchange.n_body, strlen(body));
  assert_memory_equal(exchange.body, body, exchange.n_body + 1);
}

static void test_cases_at_every_cut(void **state) {
  struct fixture *fixture = *state;
  for (size_t i = 0; i < COUNT(cases); i++) {
    const size_t n = strlen(cases[i].bytes);
    for (size_t cut = 0; cut <= n + 1; cut++) {
      size_t used;
      const int status = cut > n ? feed_bytewise(fixture, cases[i].bytes, n, &used)
                                 : feed_in_two(fixture, cases[i].bytes, n, cut, &used);
      if (status != cases[i].status) print_error("%s, cut at %zu: %s\n", cases[i].name, cut, fixture->request.reason);
      assert_int_equal(status, cases[i].status);
      if (status != 200) continue;
      assert_int_equal(n - used, cases[i].behind);
      check_body(fixture, cases[i].body);
    }
  }
}

/* A request that is not whole is never taken for one, and an accepted one is never refused before its end. */
static void test_truncations(void **state) {
  struct fixture *fixture = *state;
  for (size_t i = 0; i < COUNT(cases); i++) {
    const size_t n = strlen(cases[i].bytes) - cases[i].behind;
    for (size_t end = 1; end < n; end++) {
      size_t used;
      const int status = feed_in_two(fixture, cases[i].bytes, end, 0, &used);
      if (cases[i].status == 200)
        assert_int_equal(status, 0);
      else
        assert_int_not_equal(status, 200);
    }
  }
}

static void test_what_is_taken(void **state) {
  struct fixture *fixture = *state;
  static const char bytes[] =
      "PUT /v1/persons/p%201?on=2024-01-01&x HTTP/1.1\r\nHost: a:80\r\nX-Odd:  two  words \t\r\n"
      "Connection: close\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\nhi";
  size_t used;
  assert_int_equal(feed_in_two(fixture, bytes, sizeof bytes - 1, 20, &used), 200);
  struct http_exchange exchange = {.arena = &fixture->arena};
  http_request_take(&fixture->request, &exchange);
  memset(fixture->request.head, 'x', sizeof fixture->request.head); /* nothing of it may be borrowed */
  assert_string_equal(exchange.method, "PUT");
  assert_string_equal(exchange.path, "/v1/persons/p%201");
  assert_string_equal(exchange.query, "on=2024-01-01&x");
  assert_string_equal(http_header(&exchange, "x-odd"), "two  words");
  assert_string_equal(http_query(&exchange, "on"), "2024-01-01");
  assert_string_equal(http_query(&exchange, "x"), "");
  assert_null(http_query(&exchange, "y"));
  assert_null(http_header(&exchange, "y"));
  assert_string_equal(exchange.body, "hi");
  assert_false(fixture->request.keep_alive);
  assert_true(fixture->request.wants_continue);
}

/* A head of one long part, fed in pieces of 1000 bytes. */
static int feed_long(struct fixture *fixture, const char *front, size_t filling, const char *behind, size_t *fed) {
  begin(fixture);
  char *bytes = NULL;
  const int n = asprintf(&bytes, "%s%*s%s", front, (int)filling, "", behind);
  memset(bytes + strlen(front), 'a', filling);
  bool more = true;
  for (*fed = 0; more && *fed < (size_t)n;) {
    size_t used, piece = (size_t)n - *fed < 1000 ? (size_t)n - *fed : 1000;
    more = feed(fixture, bytes + *fed, piece, &used);
    *fed += piece;
  }
  free(bytes);
  return outcome(fixture);
}

static void test_lengths(void **state) {
  struct fixture *fixture = *state;
  size_t fed;
  const size_t line = strlen("GET / HTTP/1.1\r\n"), head = line + strlen(H "A: \r\n\r\n");
  assert_int_equal(feed_long(fixture, "GET /", HTTP_LINE_MAX - line, " HTTP/1.1\r\n" H "\r\n", &fed), 200);
  assert_int_equal(feed_long(fixture, "GET /", HTTP_LINE_MAX - line + 1, " HTTP/1.1\r\n" H "\r\n", &fed), 414);
  assert_int_equal(feed_long(fixture, "GET / HTTP/1.1\r\n" H "A: ", HTTP_HEAD_MAX - head, "\r\n\r\n", &fed), 200);
  assert_int_equal(feed_long(fixture, "GET / HTTP/1.1\r\n" H "A: ", HTTP_HEAD_MAX - head + 1, "\r\n\r\n", &fed), 431);
  /* endless ones are refused as soon as the limit is passed */
  assert_int_equal(feed_long(fixture, "GET /", 100000, "", &fed), 414);
  assert_true(fed < HTTP_LINE_MAX + 2000);
  assert_int_equal(feed_long(fixture, "GET / HTTP/1.1\r\n" H "A: ", 100000, "", &fed), 431);
  assert_true(fed < HTTP_HEAD_MAX + 2000);
  assert_int_equal(feed_long(fixture, CHUNKED "1;", 100000, "", &fed), 400);
  assert_true(fed < HTTP_CHUNK_WASTE + 2000);
  assert_int_equal(feed_long(fixture, CHUNKED "1\r\na\r\n0\r\nA: ", 100000, "", &fed), 400);
  assert_true(fed < HTTP_CHUNK_WASTE + 2000);
}

/* A body whose length is said takes that much once; one in chunks what its rooms took, and no more is counted. */
static void test_a_body_takes_its_length(void **state) {
  struct fixture *fixture = *state;
  enum { LONG = 60000 };
  static char body[LONG];
  memset(body, 'x', LONG);
  for (int chunked = 0; chunked < 2; chunked++) {
    size_t used;
    begin(fixture);
    fixture->request.body_max = LONG;
    const char *head = chunked ? "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nEA60\r\n"
                               : "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n";
    assert_true(feed(fixture, head, strlen(head), &used));
    assert_int_equal(http_request_taken(&fixture->request), 0); /* who only says it keeps nobody else out */
    for (size_t at = 0; at < LONG; at += 1000) feed(fixture, body + at, 1000, &used);
    if (chunked) feed(fixture, "\r\n0\r\n\r\n", 7, &used);
    assert_int_equal(outcome(fixture), 200);
    const size_t taken = http_request_taken(&fixture->request);
    struct http_exchange exchange = {.arena = &fixture->arena};
    http_request_take(&fixture->request, &exchange);
    assert_int_equal(exchange.n_body, LONG);
    assert_int_equal(strspn(exchange.body, "x"), LONG);
    if (chunked)
      assert_true(taken > LONG && taken <= 2 * LONG);
    else
      assert_true(taken == LONG && arena_held(&fixture->arena) < LONG + 40000);
  }
}

static void test_number_of_headers(void **state) {
  struct fixture *fixture = *state;
  for (int extra = 63; extra <= 64; extra++) {
    char bytes[4096];
    size_t n = (size_t)sprintf(bytes, "GET / HTTP/1.1\r\n" H), used;
    for (int i = 0; i < extra; i++) n += (size_t)sprintf(bytes + n, "A%d: b\r\n", i);
    n += (size_t)sprintf(bytes + n, "\r\n");
    assert_int_equal(feed_in_two(fixture, bytes, n, 0, &used), extra == 63 ? 200 : 431);
  }
}

static void test_decode(void **state) {
  struct fixture *fixture = *state;
  arena_reset(&fixture->arena);
  struct arena *arena = &fixture->arena;
  assert_string_equal(http_decode(arena, "a%2Fb+c", 7, false), "a/b+c");
  assert_string_equal(http_decode(arena, "a%2fb+c", 7, true), "a/b c");
  static const char *const broken[] = {"%", "%2", "%zz", "%00", "a%", "%2%20"};
  for (size_t i = 0; i < COUNT(broken); i++) {
    const size_t n = strlen(broken[i]);
    assert_null(http_decode(arena, guard(broken[i], n), n, false));
  }
  struct http_exchange exchange = {.arena = arena, .query = "a=1&&b=%zz&=x&c=1=2&a=3"};
  assert_string_equal(http_query(&exchange, "a"), "1");
  assert_null(http_query(&exchange, "b"));
  assert_string_equal(http_query(&exchange, "c"), "1=2");
  assert_string_equal(http_query(&exchange, ""), "x");
}

static int setup(void **state) {
  struct fixture *fixture = calloc(1, sizeof *fixture);
  arena_init(&fixture->arena, 1024 * 1024);
  *state = fixture;
  return 0;
}

static int teardown(void **state) {
  struct fixture *fixture = *state;
  arena_free(&fixture->arena);
  free(fixture);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cases_at_every_cut),      cmocka_unit_test(test_truncations),
      cmocka_unit_test(test_what_is_taken),           cmocka_unit_test(test_lengths),
      cmocka_unit_test(test_number_of_headers),       cmocka_unit_test(test_decode),
      cmocka_unit_test(test_a_body_takes_its_length),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
