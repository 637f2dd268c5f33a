/* keys_command.c - yz keys: the CURVE keys of the bus as files.
 *
 *   DIR/gateway.key   secret, of the gateways          setting bus-key of the gateway
 *   DIR/gateway.pub   public, for the services         setting bus-gateway-key of each service
 *   DIR/SERVICE.key   secret, one for each service     setting bus-key of that service
 *   DIR/allow         lines "SERVICE PUBLIC-KEY"       setting bus-allow of the gateway
 *
 * Files are replaced by renaming: a reader sees the old or the new one. */
#include "bus.h"
#include "commands.h"
#include "key_file.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

static const char usage[] =
    "usage: yz keys DIR [--rotate NAME | --retire]\n"
    "Makes what is missing of the keys of the bus: a pair of the gateways, one of each service, the list of who may\n"
    "connect. What is there is kept.\n"
    "  --rotate NAME  a new pair for one service, or for `gateway`; the old one stays allowed. Then SIGHUP the "
    "gateway\n"
    "                 and the service's processes; for `gateway`: SIGHUP the services, then restart each gateway\n"
    "  --retire       allow only the keys that are in the files; then SIGHUP the gateway\n";

static const char *const owners[] = {"gateway",       "enrollment",   "adjudication", "assistance",
                                     "supplementary", "notification", "clearing"};
enum { OWNERS = sizeof owners / sizeof owners[0], GATEWAY = 0, ARENA_BYTES = 8 << 20 };

struct making {
  struct arena arena;
  const char *folder;
};

static bool complain(const char *path) {
  fprintf(stderr, "yz keys: %s: %s\n", path, strerror(errno));
  return false;
}

static const char *path_of(struct making *m, const char *name, const char *suffix) {
  return arena_format(&m->arena, "%s/%s%s", m->folder, name, suffix);
}

static bool write_whole(struct making *m, const char *path, mode_t mode, const char *text, size_t n) {
  const char *fresh = arena_format(&m->arena, "%s.new", path);
  unlink(fresh);
  const int file = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) return complain(fresh);
  const bool written = write(file, text, n) == (ssize_t)n && fsync(file) == 0;
  if (close(file) != 0 || !written || rename(fresh, path) != 0) return complain(path);
  return true;
}

static bool write_key(struct making *m, const char *path, mode_t mode, const char *key) {
  const char *line = arena_format(&m->arena, "%s\n", key);
  return write_whole(m, path, mode, line, strlen(line));
}

static const char list_head[] = "# SERVICE PUBLIC-KEY, made by yz keys\n";

/* The list as it is, with a line more. */
static bool extend_list(struct making *m, const char *line) {
  const char *path = path_of(m, "allow", "");
  struct text text;
  text_init(&text);
  FILE *file = fopen(path, "re");
  char had[256];
  while (file && fgets(had, sizeof had, file)) text_add(&text, had);
  if (file) fclose(file);
  if (text.n == 0) text_add(&text, list_head);
  text_add(&text, line);
  const bool written = write_whole(m, path, 0644, text_string(&text), text.n);
  text_free(&text);
  return written;
}

/* Says of a public key who may use it: a service's goes on the list, the gateways' into the file for the services. */
static bool announce(struct making *m, size_t owner, const char *public) {
  if (owner == GATEWAY) return write_key(m, path_of(m, owners[GATEWAY], ".pub"), 0644, public);
  return extend_list(m, arena_format(&m->arena, "%-13s %s\n", owners[owner], public));
}

static bool make_pair(struct making *m, size_t owner) {
  char public[BUS_KEY_TEXT], secret[BUS_KEY_TEXT];
  if (zmq_curve_keypair(public, secret) != 0) return complain("CURVE");
  /* first the list: a new key that is used is on it */
  const bool made = announce(m, owner, public) && write_key(m, path_of(m, owners[owner], ".key"), 0600, secret);
  if (made) printf("%-13s %s\n", owners[owner], public);
  return made;
}

static bool make_missing(struct making *m) {
  if (mkdir(m->folder, 0755) != 0 && errno != EEXIST) return complain(m->folder);
  for (size_t i = 0; i < OWNERS; i++)
    if (access(path_of(m, owners[i], ".key"), F_OK) != 0 && !make_pair(m, i)) return false;
  return true;
}

static bool rotate(struct making *m, const char *name) {
  for (size_t i = 0; i < OWNERS; i++)
    if (strcmp(owners[i], name) == 0) return make_pair(m, i);
  fprintf(stderr, "yz keys: there is no service `%s`\n", name);
  return false;
}

static bool retire(struct making *m) {
  char public[BUS_KEY_TEXT], secret[BUS_KEY_TEXT];
  struct text text;
  text_init(&text);
  text_add(&text, list_head);
  const char *why = NULL;
  for (size_t i = GATEWAY + 1; i < OWNERS && !why; i++) {
    why = key_file_load_pair(&m->arena, path_of(m, owners[i], ".key"), secret, public);
    if (!why) text_add(&text, arena_format(&m->arena, "%-13s %s\n", owners[i], public));
  }
  if (why) fprintf(stderr, "yz keys: %s\n", why);
  const bool written = !why && write_whole(m, path_of(m, "allow", ""), 0644, text_string(&text), text.n);
  text_free(&text);
  return written;
}

int keys_command(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "--help") == 0) {
    fputs(usage, stdout);
    return 0;
  }
  const bool rotating = argc == 4 && strcmp(argv[2], "--rotate") == 0;
  const bool retiring = argc == 3 && strcmp(argv[2], "--retire") == 0;
  if (argc < 2 || argv[1][0] == '-' || (argc > 2 && !rotating && !retiring)) {
    fputs(usage, stderr);
    return 2;
  }
  struct making m = {.folder = argv[1]};
  arena_init(&m.arena, ARENA_BYTES);
  const bool done = rotating ? rotate(&m, argv[3]) : retiring ? retire(&m) : make_missing(&m);
  arena_free(&m.arena);
  return done ? 0 : 1;
}
