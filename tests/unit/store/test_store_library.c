#include "id.h"
#include "library.h"
#include "test.h"

#include <glob.h>
#include <stdio.h>

/* The embedded text is all files in the order of their names: what tests/bench/ceiling.sh loads, and what the hash in
 * the functions' names stands for. */
static void every_function_file_is_embedded_in_order(void **state) {
  (void)state;
  const struct library *library = library_of_functions();
  glob_t files;
  assert_int_equal(0, glob("common/store/functions/*.lua", 0, NULL, &files));
  assert_true(files.gl_pathc >= 5);
  const char *body = strchr(library->text, '\n');
  assert_non_null(body);
  body = strchr(body + 1, '\n');
  assert_non_null(body);
  body++;
  char hash[SHA256_HEX];
  sha256_hex(body, library->n - (size_t)(body - library->text), hash);
  assert_memory_equal(hash, library->name + 3, 12);
  for (size_t i = 0; i < files.gl_pathc; i++) {
    FILE *file = fopen(files.gl_pathv[i], "r");
    assert_non_null(file);
    for (int c; (c = fgetc(file)) != EOF; body++) assert_int_equal((char)c, *body);
    fclose(file);
  }
  assert_ptr_equal(library->text + library->n, body);
  globfree(&files);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_function_file_is_embedded_in_order)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
