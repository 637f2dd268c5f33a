#include "id.h"
#include "redis_route.h"
#include "resp.h"
#include "test.h"

#include <stdio.h>

static void slots_are_those_of_redis(void **state) {
  (void)state;
  assert_int_equal(0x31c3, route_slot("123456789", 9)); /* the check value of CRC16/XMODEM */
  assert_int_equal(12182, route_slot("foo", 3));
  assert_int_equal(route_slot("user1000", 8), route_slot("{user1000}.following", 20));
  assert_int_equal(route_slot("bar", 3), route_slot("foo{bar}{zap}", 13));
  assert_int_equal(route_slot("{bar", 4), route_slot("foo{{bar}}zap", 13));
  assert_int_not_equal(route_slot("bar", 3), route_slot("foo{}{bar}", 10)); /* an empty tag is none */
}

static void buckets_fall_on_slots_of_their_own(void **state) {
  (void)state;
  static bool taken[ROUTE_SLOTS];
  for (uint32_t bucket = 0; bucket < BUCKETS; bucket++) {
    const uint16_t slot = route_slot_of_bucket(bucket);
    assert_false(taken[slot]);
    taken[slot] = true;
    char key[32];
    const int n = snprintf(key, sizeof key, "{b%04x}:journal", (unsigned)bucket);
    assert_int_equal(slot, route_slot(key, (size_t)n));
  }
}

static struct route_map map;

static bool read_map(const char *text) {
  struct resp resp;
  redisReply *reply;
  assert_true(resp_open(&resp));
  assert_true(resp_feed(&resp, text, strlen(text)));
  assert_int_equal(RESP_REPLY, resp_next(&resp, &reply));
  const bool read = route_read(&map, reply, "10.0.0.1");
  resp_free(reply);
  resp_close(&resp);
  return read;
}

static void a_slot_map_is_read(void **state) {
  (void)state;
  assert_true(
      read_map("*3\r\n"
               "*3\r\n:0\r\n:100\r\n*3\r\n$0\r\n\r\n:6379\r\n$2\r\nid\r\n"
               "*4\r\n:101\r\n:16382\r\n*3\r\n$5\r\nhostb\r\n:6380\r\n$2\r\nid\r\n*3\r\n$1\r\nr\r\n:1\r\n$1\r\nx\r\n"
               "*3\r\n:16383\r\n:16383\r\n*3\r\n$-1\r\n:6379\r\n$2\r\nid\r\n"));
  assert_int_equal(2, map.n_nodes);
  assert_string_equal("10.0.0.1", map.nodes[map.of_slot[0]].host); /* none named: where the reply came from */
  assert_string_equal("10.0.0.1", map.nodes[map.of_slot[16383]].host);
  assert_string_equal("hostb", map.nodes[map.of_slot[101]].host);
  assert_int_equal(6380, map.nodes[map.of_slot[16382]].port);
  assert_int_equal(-1, route_find(&map, "hostb", 6379));
}

static void a_senseless_slot_map_is_refused(void **state) {
  (void)state;
  static const char *const cases[] = {
      ":1\r\n",
      "*0\r\n",
      "*1\r\n:1\r\n",
      "*1\r\n*2\r\n:0\r\n:1\r\n",
      "*1\r\n*3\r\n:5\r\n:4\r\n*2\r\n$1\r\na\r\n:1\r\n",
      "*1\r\n*3\r\n:-1\r\n:4\r\n*2\r\n$1\r\na\r\n:1\r\n",
      "*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$1\r\na\r\n:1\r\n",
      "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\na\r\n:0\r\n",
      "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\na\r\n:65536\r\n",
      "*1\r\n*3\r\n:0\r\n:1\r\n*1\r\n$1\r\na\r\n",
      "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n:7\r\n:1\r\n",
  };
  for (size_t i = 0; i < COUNT(cases); i++) assert_false(read_map(cases[i]));
}

static void redirections_are_read(void **state) {
  (void)state;
  struct route_redirect to;
  assert_true(route_redirect_read(&to, "MOVED 3999 127.0.0.1:6381", "h"));
  assert_false(to.ask);
  assert_int_equal(3999, to.slot);
  assert_string_equal("127.0.0.1", to.to.host);
  assert_int_equal(6381, to.to.port);
  assert_true(route_redirect_read(&to, "ASK 0 fe80::1:7000", "h"));
  assert_true(to.ask);
  assert_string_equal("fe80::1", to.to.host);
  assert_true(route_redirect_read(&to, "MOVED 1 :7000", "h"));
  assert_string_equal("h", to.to.host);
  static const char *const cases[] = {"MOVED",           "MOVED 16384 a:1", "MOVED -1 a:1", "MOVED 1 a",
                                      "MOVED 1 a:65536", "MOVED 1 a:1x",    "ASK x a:1",    "ERR MOVED 1 a:1"};
  for (size_t i = 0; i < COUNT(cases); i++) assert_false(route_redirect_read(&to, cases[i], "h"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(slots_are_those_of_redis), cmocka_unit_test(buckets_fall_on_slots_of_their_own),
      cmocka_unit_test(a_slot_map_is_read),       cmocka_unit_test(a_senseless_slot_map_is_refused),
      cmocka_unit_test(redirections_are_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
