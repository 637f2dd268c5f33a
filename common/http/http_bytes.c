#include "http_bytes.h"

#include "must.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_LEAST = 1024, ROOM_KEPT = 64 * 1024 };

void http_bytes_put(struct http_bytes *bytes, const void *from, size_t n) {
  if (n == 0) return;
  if (bytes->at + bytes->n + n > bytes->room && bytes->at > 0) {
    memmove(bytes->text, bytes->text + bytes->at, bytes->n);
    bytes->at = 0;
  }
  if (bytes->n + n > bytes->room) {
    size_t room = bytes->room ? bytes->room : ROOM_LEAST;
    while (room < bytes->n + n) room *= 2;
    bytes->text = realloc(bytes->text, room);
    must(bytes->text != NULL);
    bytes->room = room;
  }
  memcpy(bytes->text + bytes->at + bytes->n, from, n);
  bytes->n += n;
}

void http_bytes_drop(struct http_bytes *bytes, size_t n) {
  must(n <= bytes->n);
  bytes->at += n;
  bytes->n -= n;
  if (bytes->n > 0) return;
  bytes->at = 0;
  /* an idle connection should not sit on the room of its largest answer */
  if (bytes->room > ROOM_KEPT) http_bytes_free(bytes);
}

void http_bytes_free(struct http_bytes *bytes) {
  free(bytes->text);
  *bytes = (struct http_bytes){0};
}
