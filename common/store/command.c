#include "store.h"

#include "id.h"
#include "library.h"
#include "money.h"
#include "must.h"

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

/* Adds what was printed to the scratch space, `n` characters. */
static void add_printed(struct command *command, size_t n) {
  command_bytes(command, command->scratch + command->scratch_used, n);
  command->scratch_used += n + 1;
}

void command_copy(struct command *command, const char *text) {
  const size_t n = strlen(text);
  must(COMMAND_SCRATCH - command->scratch_used > n);
  memcpy(command->scratch + command->scratch_used, text, n + 1);
  add_printed(command, n);
}

void command_format(struct command *command, const char *format, ...) {
  va_list args;
  va_start(args, format);
  const size_t room = COMMAND_SCRATCH - command->scratch_used;
  const int n = vsnprintf(command->scratch + command->scratch_used, room, format, args);
  va_end(args);
  must(n >= 0 && (size_t)n < room);
  add_printed(command, (size_t)n);
}

/* A settlement has a dozen, and as many keys; printf took a twentieth of the services' instructions. */
void command_number(struct command *command, int64_t number) {
  must(COMMAND_SCRATCH - command->scratch_used >= MONEY_TEXT_MAX);
  char *text = command->scratch + command->scratch_used;
  add_printed(command, (size_t)(fixed_print(number, 0, text) - text));
}

/* The rest of a key at `at`, which has room for it; its end. */
static char *key_print(char *at, const char *end, const char *format, va_list args) {
  for (; *format; format++) {
    const char *text = format;
    size_t n = 1;
    char digits[MONEY_TEXT_MAX];
    if (*format == '%' && *++format == 'u') {
      text = digits;
      n = (size_t)(unsigned_print(va_arg(args, unsigned), digits) - digits);
    } else if (*text == '%') {
      must(*format == 's');
      text = va_arg(args, const char *);
      n = strlen(text);
    }
    must((size_t)(end - at) > n);
    at = mempcpy(at, text, n);
  }
  *at = '\0';
  return at;
}

void command_key(struct command *command, const char *format, ...) {
  enum { TAG = 8 }; /* {b01f3}: */
  must(COMMAND_SCRATCH - command->scratch_used >= STORE_KEY_MAX);
  char *key = memcpy(command->scratch + command->scratch_used, "{b0000}:", TAG);
  uint32_t rest = command->bucket % BUCKETS;
  for (char *digit = key + 5; rest > 0; rest /= 16) *digit-- = "0123456789abcdef"[rest % 16];
  va_list args;
  va_start(args, format);
  const char *end = key_print(key + TAG, key + STORE_KEY_MAX, format, args);
  va_end(args);
  add_printed(command, (size_t)(end - key));
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
