#include "gateways.h"

#include "log.h"
#include "must.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct target {
  uv_getaddrinfo_t request;
  struct gateways *gateways;
  struct bus_address address;
  bool pending;
};

struct gateways {
  uv_timer_t timer;
  struct gateways_user user;
  struct target targets[BUS_GATEWAYS_MAX];
  size_t n;
  bool inside;
  int refs; /* the timer's handle and the pending requests: each still points here */
  bool closing;
  void (*closed)(void *ctx);
  void *closed_ctx;
};

static bool targets_read(struct gateways *gateways, const char *text) {
  for (const char *at = text;; at++) {
    at += strspn(at, " ");
    size_t n = strcspn(at, ",");
    const char *next = at + n;
    while (n > 0 && at[n - 1] == ' ') n--;
    if (gateways->n == BUS_GATEWAYS_MAX || !bus_address_read(&gateways->targets[gateways->n].address, at, n))
      return false;
    gateways->targets[gateways->n++].gateways = gateways;
    if (!*next) return true;
    at = next;
  }
}

static void release(struct gateways *gateways) {
  if (--gateways->refs > 0) return;
  if (gateways->closed) gateways->closed(gateways->closed_ctx);
  free(gateways);
}

static void tell(struct gateways *gateways, const struct addrinfo *info) {
  char address[INET6_ADDRSTRLEN], endpoint[GATEWAYS_ENDPOINT_MAX];
  if (info->ai_family == AF_INET) {
    const struct sockaddr_in *v4 = (const void *)info->ai_addr;
    uv_ip4_name(v4, address, sizeof address);
    snprintf(endpoint, sizeof endpoint, "tcp://%s:%u", address, ntohs(v4->sin_port));
  } else {
    const struct sockaddr_in6 *v6 = (const void *)info->ai_addr;
    uv_ip6_name(v6, address, sizeof address);
    snprintf(endpoint, sizeof endpoint, "tcp://[%s]:%u", address, ntohs(v6->sin6_port));
  }
  gateways->user.found(gateways->user.ctx, endpoint);
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *list) {
  struct target *target = request->data;
  struct gateways *gateways = target->gateways;
  target->pending = false;
  if (status < 0 && !gateways->closing) gateways->user.failed(gateways->user.ctx);
  int family = AF_INET6;
  for (const struct addrinfo *info = list; info; info = info->ai_next)
    if (info->ai_family == AF_INET) family = AF_INET;
  for (const struct addrinfo *info = list; info && !gateways->closing; info = info->ai_next)
    if (info->ai_family == family) tell(gateways, info);
  uv_freeaddrinfo(list);
  release(gateways);
}

static void on_timer(uv_timer_t *timer) {
  struct gateways *gateways = timer->data;
  if (gateways->inside) gateways->user.found(gateways->user.ctx, BUS_INSIDE_ENDPOINT);
  const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  for (size_t i = 0; i < gateways->n; i++) {
    struct target *target = &gateways->targets[i];
    if (target->pending) continue; /* a slow name server must not fill the thread pool */
    target->request.data = target;
    const int error =
        uv_getaddrinfo(timer->loop, &target->request, on_resolved, target->address.host, target->address.port, &hints);
    target->pending = error == 0;
    gateways->refs += target->pending;
    if (error) gateways->user.failed(gateways->user.ctx);
  }
}

struct gateways *gateways_open(uv_loop_t *loop, const char *text, const struct gateways_user *user) {
  struct gateways *gateways = calloc(1, sizeof *gateways);
  must(gateways != NULL);
  gateways->user = *user;
  gateways->refs = 1;
  gateways->inside = strcmp(text, BUS_INSIDE) == 0;
  if (!gateways->inside && !targets_read(gateways, text)) {
    char shown[512];
    log_line(LOG_ERROR, "unreadable list of gateways: want host:port,host:port", "\"text\":%s",
             log_text(text, shown, sizeof shown));
    free(gateways);
    return NULL;
  }
  must(uv_timer_init(loop, &gateways->timer) == 0);
  gateways->timer.data = gateways;
  must(uv_timer_start(&gateways->timer, on_timer, 0, GATEWAYS_RESOLVE_MS) == 0);
  return gateways;
}

static void on_timer_closed(uv_handle_t *handle) {
  release(handle->data);
}

void gateways_close(struct gateways **slot, void (*closed)(void *ctx), void *ctx) {
  struct gateways *gateways = *slot;
  *slot = NULL;
  gateways->closing = true;
  gateways->closed = closed;
  gateways->closed_ctx = ctx;
  for (size_t i = 0; i < gateways->n; i++)
    if (gateways->targets[i].pending) uv_cancel((uv_req_t *)&gateways->targets[i].request);
  uv_close((uv_handle_t *)&gateways->timer, on_timer_closed);
}
