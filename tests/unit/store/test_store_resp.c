#include "resp.h"
#include "store.h"
#include "test.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* What the functions answer: a status, nested arrays, nil, integers, binary strings, an error. */
static const char stream[] =
    "+OK\r\n"
    "*4\r\n$8\r\nconflict\r\n$1\r\n7\r\n*4\r\n$7\r\nbasic.p\r\n$3\r\n100\r\n$1\r\nv\r\n$1\r\n7\r\n$-1\r\n"
    "$-1\r\n"
    ":-42\r\n"
    "$6\r\na\r\nb\0c\r\n"
    "-ERR no\r\n"
    "*-1\r\n"
    "*0\r\n";
enum { STREAM = sizeof stream - 1, REPLIES = 8 };

static void check_reply(int i, const redisReply *reply) {
  static const int types[REPLIES] = {REDIS_REPLY_STATUS, REDIS_REPLY_ARRAY, REDIS_REPLY_NIL, REDIS_REPLY_INTEGER,
                                     REDIS_REPLY_STRING, REDIS_REPLY_ERROR, REDIS_REPLY_NIL, REDIS_REPLY_ARRAY};
  assert_in_range(i, 0, REPLIES - 1);
  assert_int_equal(types[i], reply->type);
  if (i == 1) {
    assert_string_equal("100", reply->element[2]->element[1]->str);
    assert_int_equal(REDIS_REPLY_NIL, reply->element[3]->type);
  }
  if (i == 3) assert_int_equal(-42, reply->integer);
  if (i == 4) assert_memory_equal("a\r\nb\0c", reply->str, 6);
}

static int drain(struct resp *resp, int seen) {
  redisReply *reply;
  enum resp_state state;
  while ((state = resp_next(resp, &reply)) == RESP_REPLY) {
    check_reply(seen++, reply);
    resp_free(reply);
  }
  assert_int_equal(RESP_MORE, state);
  return seen;
}

static void replies_come_whole_from_any_two_pieces(void **state) {
  (void)state;
  for (size_t cut = 0; cut <= STREAM; cut++) {
    struct resp resp;
    assert_true(resp_open(&resp));
    assert_true(resp_feed(&resp, stream, cut));
    int seen = drain(&resp, 0);
    assert_true(resp_feed(&resp, stream + cut, STREAM - cut));
    seen = drain(&resp, seen);
    assert_int_equal(REPLIES, seen);
    resp_close(&resp);
  }
}

static void replies_come_whole_byte_by_byte(void **state) {
  (void)state;
  struct resp resp;
  assert_true(resp_open(&resp));
  int seen = 0;
  for (size_t i = 0; i < STREAM; i++) {
    assert_true(resp_feed(&resp, stream + i, 1));
    seen = drain(&resp, seen);
  }
  assert_int_equal(REPLIES, seen);
  resp_close(&resp);
}

/* The last byte touches a page that may not be read. */
static void nothing_is_read_beyond_what_was_fed(void **state) {
  (void)state;
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert_ptr_not_equal(MAP_FAILED, memory);
  assert_int_equal(0, mprotect(memory + page, page, PROT_NONE));
  for (size_t n = 1; n <= STREAM; n++) {
    memcpy(memory + page - n, stream, n);
    struct resp resp;
    assert_true(resp_open(&resp));
    assert_true(resp_feed(&resp, memory + page - n, n));
    drain(&resp, 0);
    resp_close(&resp);
  }
  munmap(memory, 2 * page);
}

static void what_is_not_resp_breaks(void **state) {
  (void)state;
  static const char *const cases[] = {"HTTP/1.1 400 Bad Request\r\n", "$x\r\n", "*1000000\r\n", "*2000000000\r\n",
                                      "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n"};
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct resp resp;
    redisReply *reply;
    assert_true(resp_open(&resp));
    assert_true(resp_feed(&resp, cases[i], strlen(cases[i])));
    assert_int_equal(RESP_BROKEN, resp_next(&resp, &reply));
    assert_int_equal(RESP_BROKEN, resp_next(&resp, &reply));
    resp_close(&resp);
  }
}

static void a_reply_beyond_the_ceiling_breaks(void **state) {
  (void)state;
  struct resp resp;
  redisReply *reply;
  assert_true(resp_open(&resp));
  char *block = calloc(1, 1024 * 1024);
  assert_non_null(block);
  assert_true(resp_feed(&resp, "$100000000\r\n", 12));
  int fed = 0;
  while (resp_next(&resp, &reply) == RESP_MORE && fed < 100) {
    assert_true(resp_feed(&resp, block, 1024 * 1024));
    fed++;
  }
  assert_int_equal(RESP_REPLY_MAX / (1024 * 1024), fed);
  free(block);
  resp_close(&resp);
}

static void a_command_is_what_hiredis_makes_of_it(void **state) {
  (void)state;
  static char big[123456];
  memset(big, 'x', sizeof big);
  const char *const words[] = {"SET", "", "a\0b\r\n", "0123456789", big, "", "", "", "", "", "last"};
  const size_t lengths[] = {3, 0, 5, 10, sizeof big, 0, 0, 0, 0, 0, 4};
  for (int n = 1; n <= 11; n++) {
    char *expected = NULL;
    const int size = redisFormatCommandArgv(&expected, n, (const char **)(uintptr_t)words, lengths);
    assert_int_equal(size, resp_command_size(n, words, lengths));
    char *made = test_malloc((size_t)size);
    resp_command_write(made, (size_t)size, n, words, lengths);
    assert_memory_equal(expected, made, (size_t)size);
    test_free(made);
    redisFreeCommand(expected);
  }
  static const char ping[] = "*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n";
  char made[sizeof ping];
  assert_int_equal(sizeof ping - 1, resp_command_size(2, (const char *[]){"ECHO", "hi"}, NULL));
  resp_command_write(made, sizeof ping - 1, 2, (const char *[]){"ECHO", "hi"}, NULL);
  assert_memory_equal(ping, made, sizeof ping - 1);
}

static void assert_argument(const struct command *command, int i, const char *text) {
  assert_int_equal(command->argvlen[i], strlen(text));
  assert_memory_equal(command->argv[i], text, strlen(text));
}

static void commands_are_put_together(void **state) {
  (void)state;
  static struct command command;
  char copied[] = "copied";
  command_start(&command, 0x1f3, "HMGET");
  command_key(&command, "acc:%s:%u", "p1", 2023u);
  command_key(&command, "journal");
  command_key(&command, "%s:%s", "", "a:b");
  command_number(&command, INT64_MIN);
  command_number(&command, 0);
  command_copy(&command, copied);
  command_format(&command, "%c%s", '+', "x");
  memset(copied, '?', sizeof copied - 1);
  const char *const arguments[] = {
      "HMGET", "{b01f3}:acc:p1:2023", "{b01f3}:journal", "{b01f3}::a:b", "-9223372036854775808", "0", "copied", "+x"};
  assert_int_equal(command.argc, COUNT(arguments));
  for (size_t i = 0; i < COUNT(arguments); i++) assert_argument(&command, (int)i, arguments[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(commands_are_put_together),         cmocka_unit_test(replies_come_whole_from_any_two_pieces),
      cmocka_unit_test(replies_come_whole_byte_by_byte),   cmocka_unit_test(nothing_is_read_beyond_what_was_fed),
      cmocka_unit_test(what_is_not_resp_breaks),           cmocka_unit_test(a_command_is_what_hiredis_makes_of_it),
      cmocka_unit_test(a_reply_beyond_the_ceiling_breaks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
