#include "store.h"

#include "id.h"
#include "library.h"
#include "must.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void command_bytes(struct command *command, const void *bytes, size_t n) {
  must(command->argc < COMMAND_ARGS);
  command->argv[command->argc] = bytes;
  command->argvlen[command->argc++] = n;
}

void command_text(struct command *command, const char *text) {
  command_bytes(command, text, strlen(text));
}

static int print(struct command *command, size_t skip, const char *format, va_list args) {
  const size_t room = COMMAND_SCRATCH - command->scratch_used - skip;
  const int n = vsnprintf(command->scratch + command->scratch_used + skip, room, format, args);
  must(n >= 0 && (size_t)n < room);
  return n;
}

/* Adds what was printed to the scratch space, `n` characters. */
static void add_printed(struct command *command, size_t n) {
  command_bytes(command, command->scratch + command->scratch_used, n);
  command->scratch_used += n + 1;
}

void command_format(struct command *command, const char *format, ...) {
  va_list args;
  va_start(args, format);
  add_printed(command, (size_t)print(command, 0, format, args));
  va_end(args);
}

void command_number(struct command *command, int64_t number) {
  command_format(command, "%" PRId64, number);
}

void command_key(struct command *command, const char *format, ...) {
  enum { TAG = 8 }; /* {b01f3}: by hand, because a sweep of the journal makes thousands */
  char *tag = memcpy(command->scratch + command->scratch_used, "{b0000}:", TAG);
  uint32_t rest = command->bucket % BUCKETS;
  for (char *digit = tag + 5; rest > 0; rest /= 16) *digit-- = "0123456789abcdef"[rest % 16];
  va_list args;
  va_start(args, format);
  const int n = print(command, TAG, format, args);
  va_end(args);
  must(TAG + n < STORE_KEY_MAX);
  add_printed(command, TAG + (size_t)n);
}

void command_start(struct command *command, uint32_t bucket, const char *verb) {
  command->bucket = bucket;
  command->argc = 0;
  command->scratch_used = 0;
  command_text(command, verb);
}

void command_call(struct command *command, uint32_t bucket, const char *function, int keys) {
  command_start(command, bucket, "FCALL");
  command_format(command, "%s%s", library_of_functions()->prefix, function);
  command_number(command, keys);
}
