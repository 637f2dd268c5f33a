/* Where a setting's value comes from, and what is refused. */
#include "test.h"

#include "settings.h"

#include <stdio.h>
#include <unistd.h>

static const struct setting own[] = {
    {.name = "host", .fallback = "127.0.0.1", .help = "Where.", .kind = SETTING_TEXT},
    {.name = "wait-ms",
     .fallback = "100",
     .unit = "ms",
     .help = "How long.",
     .kind = SETTING_NUMBER,
     .least = 1,
     .most = 1000,
     .reloadable = true},
    {.name = "loud", .fallback = "no", .help = "Whether.", .kind = SETTING_SWITCH},
};
static const struct setting common[] = {
    {.name = "settings", .fallback = "", .help = "File.", .kind = SETTING_TEXT},
    {.name = "key", .help = "Has no default.", .kind = SETTING_TEXT},
};
static const struct setting *const tables[] = {own, common};
static const size_t counts[] = {COUNT(own), COUNT(common)};

static struct arena arena;
static struct settings *settings;
static const char *why;
static char path[64];

/* Reads with these flags, the last NULL. */
static enum settings_outcome read_flags(const char *const flags[]) {
  char *argv[16] = {(char *)"yz-test"};
  int argc = 1;
  for (; *flags; flags++) argv[argc++] = (char *)(uintptr_t)*flags;
  settings_free(&settings);
  return settings_read(&settings, &arena, tables, counts, 2, argc, argv, &why);
}
#define READ(...) read_flags((const char *const[]){__VA_ARGS__, NULL})

static void write_file(const char *text) {
  FILE *file = fopen(path, "w");
  fputs(text, file);
  fclose(file);
}

static int setup(void **state) {
  (void)state;
  arena_init(&arena, 1024 * 1024);
  snprintf(path, sizeof path, "/tmp/test_settings.%d", (int)getpid());
  unsetenv("YZ_HOST");
  unsetenv("YZ_WAIT_MS");
  setenv("YZ_KEY", "k", 1);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  settings_free(&settings);
  arena_free(&arena);
  unlink(path);
  return 0;
}

static void test_sources_in_order(void **state) {
  (void)state;
  assert_int_equal(READ("--key=k"), SETTINGS_READ);
  assert_int_equal(settings_number(settings, "wait-ms"), 100);
  write_file("# a comment\n\n wait-ms = 5 \nhost=file\n");
  const char *file = arena_format(&arena, "--settings=%s", path);
  assert_int_equal(READ(file), SETTINGS_READ);
  assert_int_equal(settings_number(settings, "wait-ms"), 5);
  assert_string_equal(settings_text(settings, "host"), "file");
  setenv("YZ_HOST", "environment", 1);
  setenv("YZ_WAIT_MS", "6", 1);
  assert_int_equal(READ(file), SETTINGS_READ);
  assert_int_equal(settings_number(settings, "wait-ms"), 6);
  assert_string_equal(settings_text(settings, "host"), "environment");
  assert_int_equal(READ(file, "--wait-ms", "7", "--host=", "--loud=yes"), SETTINGS_READ);
  assert_int_equal(settings_number(settings, "wait-ms"), 7);
  assert_string_equal(settings_text(settings, "host"), "");
  assert_true(settings_switch(settings, "loud"));
}

static void test_refusals(void **state) {
  (void)state;
  static const struct {
    const char *flag, *why;
  } cases[] = {
      {"--nonsense=1", "no such setting"},
      {"stray", "only flags"},
      {"--wait-ms", "value is missing"},
      {"--wait-ms=", "not a number"},
      {"--wait-ms=1x", "not a number"},
      {"--wait-ms=0", "not within 1 to 1000"},
      {"--wait-ms=99999999999999999999", "not a number"},
      {"--loud=maybe", "neither yes nor no"},
      {"--settings=/nonexistent/file", "No such file"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    assert_int_equal(READ(cases[i].flag), SETTINGS_WRONG);
    assert_non_null(strstr(why, cases[i].why));
  }
  setenv("YZ_WAIT_MS", "x", 1);
  assert_int_equal(READ("--host=a"), SETTINGS_WRONG);
  assert_non_null(strstr(why, "YZ_WAIT_MS"));
  unsetenv("YZ_WAIT_MS");
  unsetenv("YZ_KEY");
  assert_int_equal(READ("--host=a"), SETTINGS_WRONG);
  assert_non_null(strstr(why, "key: has to be given"));
  static const char *const files[][2] = {{"wait-ms\n", ":1: a line is"},
                                         {"\nodd = 1\n", ":2: odd: no such"},
                                         {"host=a\nhost=b\n", ":2: host: a second"},
                                         {"wait-ms = 2000", ":1: wait-ms: 2000 is not within"}};
  for (size_t i = 0; i < COUNT(files); i++) {
    write_file(files[i][0]);
    assert_int_equal(READ("--key=k", arena_format(&arena, "--settings=%s", path)), SETTINGS_WRONG);
    assert_non_null(strstr(why, files[i][1]));
  }
}

static char changes[256];
static void on_changed(const char *name, bool taken, void *ctx) {
  assert_ptr_equal(ctx, changes);
  strcat(strcat(changes, name), taken ? "+ " : "- ");
}

static void test_reload(void **state) {
  (void)state;
  write_file("wait-ms = 5\nhost = a\nloud = yes\n");
  assert_int_equal(READ(arena_format(&arena, "--settings=%s", path), "--loud=no"), SETTINGS_READ);
  assert_null(settings_reload(settings, &arena, on_changed, changes));
  assert_string_equal(changes, "");
  write_file("host = b\n");
  assert_null(settings_reload(settings, &arena, on_changed, changes));
  assert_string_equal(changes, "host- wait-ms+ ");
  assert_int_equal(settings_number(settings, "wait-ms"), 100); /* the default again */
  assert_string_equal(settings_text(settings, "host"), "a");
  assert_false(settings_switch(settings, "loud"));
  changes[0] = '\0';
  write_file("wait-ms = 7\nhost\n");
  assert_non_null(settings_reload(settings, &arena, on_changed, changes));
  assert_int_equal(settings_number(settings, "wait-ms"), 100); /* nothing of a file with a mistake */
  assert_string_equal(changes, "");
}

static void test_help(void **state) {
  (void)state;
  assert_int_equal(READ("--help"), SETTINGS_HELP);
  const char *help = settings_help(&arena, "test", "Tests.", tables, counts, 2);
  static const char *const parts[] = {
      "yz-test", "Tests.", "--wait-ms, YZ_WAIT_MS", "100 ms, 1 to 1000", "SIGHUP", "has to be given", "yes or no"};
  for (size_t i = 0; i < COUNT(parts); i++) assert_non_null(strstr(help, parts[i]));
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {TEST(test_sources_in_order), TEST(test_refusals), TEST(test_reload),
                                     TEST(test_help)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
