#include "path.h"

#include "bounds.h"

#include <stdint.h>
#include <string.h>

int path_quote(const char *text, size_t n, size_t most) {
  if (n <= most) return (int)n;
  while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80) most--;
  return (int)most;
}

void path_pointer(const struct path *path, struct text *out) {
  if (!path) return;
  path_pointer(path->up, out);
  if (!path->name) {
    text_addf(out, "/%zu", path->index);
    return;
  }
  text_add_char(out, '/');
  const size_t length = path->name_n == PATH_NAME ? strlen(path->name) : path->name_n;
  const int n = path_quote(path->name, length, LIMIT_ID);
  for (int i = 0; i < n; i++) { /* RFC 6901 section 3 */
    if (path->name[i] == '~')
      text_add(out, "~0");
    else if (path->name[i] == '/')
      text_add(out, "~1");
    else
      text_add_char(out, path->name[i]);
  }
}

Yz__Problem *path_refuse(struct arena *arena, const struct path *path, Yz__Code code, const char *format, ...) {
  struct text pointer = {0}, detail = {0};
  path_pointer(path, &pointer);
  va_list args;
  va_start(args, format);
  text_addv(&detail, format, args);
  va_end(args);
  Yz__Problem *problem = problem_new(arena, code, text_string(&pointer), "%s", text_string(&detail));
  text_free(&pointer);
  text_free(&detail);
  return problem;
}

Yz__Problem *path_no_memory(struct arena *arena, const struct path *path) {
  return path_refuse(arena, path, YZ__CODE__TOO_LARGE, "needs more than the %zu bytes that one request may use",
                     arena->ceiling);
}

void path_members(const ProtobufCMessageDescriptor *type, struct text *out) {
  for (unsigned i = 0; i < type->n_fields; i++) text_addf(out, "%s%s", i ? ", " : "", type->fields[i].name);
}
