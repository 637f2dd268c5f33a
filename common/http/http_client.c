#include "http_client.h"

#include "date.h"
#include "must.h"

#include <errno.h>
#include <llhttp.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIELD_MAX = 256 };

/* One answer being read. */
struct reading {
  struct arena *arena;
  struct http_reply *reply;
  char field[FIELD_MAX], value[FIELD_MAX]; /* longer ones are cut: none that we look at is */
  size_t n_field, n_value, room;
  char *body;
  bool bodiless /* answers HEAD */, whole, too_large;
};

static void keep(char *text, size_t *used, const char *at, size_t n) {
  if (n > FIELD_MAX - 1 - *used) n = FIELD_MAX - 1 - *used;
  memcpy(text + *used, at, n);
  *used += n;
  text[*used] = '\0';
}

static int on_field(llhttp_t *llhttp, const char *at, size_t n) {
  struct reading *reading = llhttp->data;
  keep(reading->field, &reading->n_field, at, n);
  return 0;
}

static int on_value(llhttp_t *llhttp, const char *at, size_t n) {
  struct reading *reading = llhttp->data;
  keep(reading->value, &reading->n_value, at, n);
  return 0;
}

static int on_value_complete(llhttp_t *llhttp) {
  struct reading *reading = llhttp->data;
  if (strcasecmp(reading->field, "content-type") == 0)
    reading->reply->content_type = arena_copy(reading->arena, reading->value);
  reading->n_field = reading->n_value = 0;
  reading->value[0] = '\0';
  return 0;
}

static int on_headers_complete(llhttp_t *llhttp) {
  const struct reading *reading = llhttp->data;
  return reading->bodiless ? 1 : 0;
}

static int on_body(llhttp_t *llhttp, const char *at, size_t n) {
  struct reading *reading = llhttp->data;
  struct http_reply *reply = reading->reply;
  if (reply->n_body + n > reading->room || !reading->body) {
    size_t room = reading->room ? reading->room : 4096;
    while (room < reply->n_body + n) room *= 2;
    char *body = arena_try(reading->arena, room + 1);
    if (!body) return reading->too_large = true, -1;
    if (reading->body) memcpy(body, reading->body, reply->n_body);
    reading->body = body;
    reading->room = room;
  }
  memcpy(reading->body + reply->n_body, at, n);
  reply->n_body += n;
  return 0;
}

static int on_complete(llhttp_t *llhttp) {
  struct reading *reading = llhttp->data;
  if (llhttp->status_code == 100) return 0; /* "Continue": the answer follows */
  reading->whole = true;
  reading->reply->status = llhttp->status_code;
  return HPE_PAUSED;
}

/* Waits until the socket is ready or the deadline has passed. */
static bool ready(int fd, short events, int64_t until_ms) {
  const int64_t left_ms = until_ms - steady_ms();
  struct pollfd poll_fd = {.fd = fd, .events = events};
  return left_ms > 0 && poll(&poll_fd, 1, (int)left_ms) == 1;
}

static const char *converse(struct arena *arena, int fd, const char *request, size_t n, bool head, int64_t until_ms,
                            struct http_reply *reply) {
  for (size_t sent = 0; sent < n;) {
    if (!ready(fd, POLLOUT, until_ms)) return "the server does not read the request in time";
    const ssize_t k = send(fd, request + sent, n - sent, MSG_NOSIGNAL);
    if (k < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (k < 0) break; /* it may have answered early and closed: look */
    sent += (size_t)k;
  }
  struct reading reading = {.arena = arena, .reply = reply, .bodiless = head};
  const llhttp_settings_t settings = {.on_header_field = on_field,
                                      .on_header_value = on_value,
                                      .on_header_value_complete = on_value_complete,
                                      .on_headers_complete = on_headers_complete,
                                      .on_body = on_body,
                                      .on_message_complete = on_complete};
  llhttp_t llhttp;
  llhttp_init(&llhttp, HTTP_RESPONSE, &settings);
  llhttp.data = &reading;
  while (!reading.whole) {
    char bytes[16 * 1024];
    if (!ready(fd, POLLIN, until_ms)) return "no answer in time";
    const ssize_t k = recv(fd, bytes, sizeof bytes, 0);
    if (k < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (k < 0) return arena_format(arena, "the connection broke: %s", strerror(errno));
    const llhttp_errno_t error = k ? llhttp_execute(&llhttp, bytes, (size_t)k) : llhttp_finish(&llhttp);
    if (reading.whole) break;
    if (reading.too_large) return "the answer is too large";
    if (error != HPE_OK) return arena_format(arena, "not HTTP: %s", llhttp_get_error_reason(&llhttp));
    if (k == 0) return "the server closed the connection without an answer";
  }
  reply->body = reading.body ? reading.body : "";
  return NULL;
}

/* "http://host[:port]/..." into its parts, in the arena. False when it is not one. */
static bool split_url(struct arena *arena, const char *url, const char **host, const char **port, const char **target) {
  static const char scheme[] = "http://";
  if (strncmp(url, scheme, sizeof scheme - 1) != 0) return false;
  const char *from = url + sizeof scheme - 1;
  const size_t n = strcspn(from, "/?");
  char *authority = arena_copy_n(arena, from, n);
  *target = from[n] == '/' ? from + n : arena_format(arena, "/%s", from + n);
  if (strpbrk(*target, " \r\n") || strpbrk(authority, " \r\n@")) return false;
  char *colon = strrchr(authority, ':'), *bracket = strrchr(authority, ']');
  *port = "80";
  if (colon && (!bracket || colon > bracket)) {
    *colon = '\0';
    *port = colon + 1;
  }
  if (authority[0] == '[' && bracket) { /* [::1] */
    *bracket = '\0';
    authority++;
  }
  *host = authority;
  return authority[0] && (*port)[0];
}

/* A connected, non-blocking socket, or -1 with the reason in *why. */
static int connect_to(struct arena *arena, const char *host, const char *port, int64_t until_ms, const char **why) {
  const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
  struct addrinfo *found = NULL;
  const int error = getaddrinfo(host, port, &hints, &found);
  if (error) return *why = arena_format(arena, "cannot find %s: %s", host, gai_strerror(error)), -1;
  int fd = -1;
  for (const struct addrinfo *at = found; at && fd < 0; at = at->ai_next) {
    fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) continue;
    int failed = connect(fd, at->ai_addr, at->ai_addrlen) == 0 ? 0 : errno;
    if (failed == EINPROGRESS) {
      socklen_t n = sizeof failed;
      if (!ready(fd, POLLOUT, until_ms))
        failed = ETIMEDOUT;
      else
        must(getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &n) == 0);
    }
    if (failed) {
      *why = arena_format(arena, "cannot reach %s port %s: %s", host, port, strerror(failed));
      close(fd);
      fd = -1;
    }
  }
  freeaddrinfo(found);
  return fd;
}

const char *http_call(struct arena *arena, const struct http_call *call, struct http_reply *reply) {
  *reply = (struct http_reply){.content_type = "", .body = ""};
  const char *host, *port, *target, *why = "no address";
  if (!split_url(arena, call->url, &host, &port, &target))
    return arena_format(arena, "not an address of the form http://host:port/path: %s", call->url);
  const int64_t until_ms = steady_ms() + call->deadline_ms;
  const int fd = connect_to(arena, host, port, until_ms, &why);
  if (fd < 0) return why;
  const bool v6 = strchr(host, ':') != NULL;
  char *head = arena_format(arena, "%s %s HTTP/1.1\r\nHost: %s%s%s:%s\r\nAccept: %s\r\nConnection: close\r\n%s%s%s",
                            call->method, target, v6 ? "[" : "", host, v6 ? "]" : "", port,
                            call->accept ? call->accept : "*/*", call->content_type ? "Content-Type: " : "",
                            call->content_type ? call->content_type : "", call->content_type ? "\r\n" : "");
  char *length = arena_format(arena, "Content-Length: %zu\r\n\r\n", call->n_body);
  const size_t n_head = strlen(head), n_length = strlen(length), n = n_head + n_length + call->n_body;
  char *request = arena_try(arena, n + 1);
  if (request) {
    char *end = mempcpy(mempcpy(request, head, n_head), length, n_length);
    if (call->n_body) memcpy(end, call->body, call->n_body);
    why = converse(arena, fd, request, n, strcmp(call->method, "HEAD") == 0, until_ms, reply);
  } else {
    why = "the request is too large";
  }
  close(fd);
  return why;
}
