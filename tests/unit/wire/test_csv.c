/* Every record is read twice: from one piece, and byte by byte through CSV_MORE; both must agree. */
#include "csv.h"
#include "test.h"

/* Reads all of `text` and prints records as "a|b|c\n", errors as "!line: sentence\n". `step` bytes arrive at a time. */
static char *read_all(const char *text, size_t n, size_t step, char *out) {
  struct csv_reader reader = {0};
  static struct csv_record record;
  size_t from = 0, have = 0;
  char *end = out;
  for (;;) {
    size_t used;
    bool last = have == n;
    enum csv_status status = csv_next(&reader, text + from, have - from, last, &used, &record);
    from += used;
    if (status == CSV_END) break;
    if (status == CSV_MORE) {
      assert_false(last);
      have = have + step < n ? have + step : n;
    } else if (status == CSV_BAD) {
      end += sprintf(end, "!%u: %s\n", record.line, record.error);
    } else {
      end += sprintf(end, "%u", record.line);
      for (unsigned i = 0; i < record.n; i++) end += sprintf(end, "|%s", record.fields[i]);
      end += sprintf(end, "\n");
    }
    if (last && from == n && status != CSV_RECORD && status != CSV_BAD) break;
  }
  return out;
}

struct example {
  const char *text, *read;
};

static void test_examples(void **state) {
  (void)state;
  static const struct example examples[] = {
      {"", ""},
      {"a,b\n", "1|a|b\n"},
      {"a,b", "1|a|b\n"},
      {"a,\r\n,b\r\n", "1|a|\n2||b\n"},
      {"\xef\xbb\xbf姓名,id\n\n\r\n张,1\n", "1|姓名|id\n4|张|1\n"},
      {"\"a,\"\"b\"\"\nc\",d\ne\n", "1|a,\"b\"\nc|d\n3|e\n"},
      {"\"\",\"\"\n", "1||\n"},
      {" a , b\n", "1| a | b\n"},
      {"a\"b,c\nd\n", "!1: a quote inside a field that does not begin with one\n2|d\n"},
      {"\"a\" ,b\nd\n", "!1: text after a closing quote\n2|d\n"},
      {"a\rb\nd\n", "!1: a carriage return without a line feed\n2|d\n"},
      {"a\n\"b\nc", "1|a\n!2: the text ends inside quotes\n"},
      {"a,\xc0\xaf\nb\n", "!1: the field is not UTF-8\n2|b\n"},
      {"a,\xed\xa0\x80\nb", "!1: the field is not UTF-8\n2|b\n"},
  };
  char whole[4096], pieces[4096];
  for (size_t i = 0; i < COUNT(examples); i++) {
    size_t n = strlen(examples[i].text);
    assert_string_equal(read_all(examples[i].text, n, n + 1, whole), examples[i].read);
    assert_string_equal(read_all(examples[i].text, n, 1, pieces), examples[i].read);
  }
}

static void test_nul(void **state) {
  (void)state;
  char out[256];
  assert_string_equal(read_all("a\0b\nc\n", 6, 6, out), "!1: the record holds a NUL byte\n2|c\n");
}

/* A record beyond the limits costs one error, and a full buffer always makes progress. */
static void test_limits(void **state) {
  (void)state;
  size_t n = (size_t)4 * CSV_BUFFER;
  char *text = malloc(n + 1);
  memset(text, '"', n);
  memcpy(text, "\"", 1);
  text[n - 3] = '\n';
  memcpy(text + n - 2, "z\n", 2);
  struct csv_reader reader = {0};
  static struct csv_record record;
  size_t from = 0, used;
  unsigned bad = 0, good = 0;
  for (enum csv_status status = CSV_MORE; status != CSV_END; from += used) {
    size_t have = n - from < CSV_BUFFER ? n - from : CSV_BUFFER;
    status = csv_next(&reader, text + from, have, from + have == n, &used, &record);
    assert_true(used > 0 || status == CSV_END);
    bad += status == CSV_BAD;
    good += status == CSV_RECORD;
  }
  assert_int_equal(bad, 1);
  assert_int_equal(good, 1);
  assert_string_equal(record.fields[0], "z");

  memset(text, ',', n);
  size_t many = CSV_FIELDS_MAX;
  text[many - 1] = '\n';
  from = 0;
  reader = (struct csv_reader){0};
  assert_int_equal(csv_next(&reader, text, many, true, &used, &record), CSV_RECORD);
  assert_int_equal(record.n, CSV_FIELDS_MAX);
  text[many - 1] = ',';
  text[many] = '\n';
  reader = (struct csv_reader){0};
  assert_int_equal(csv_next(&reader, text, many + 1, true, &used, &record), CSV_BAD);
  free(text);
}

static void test_written_is_read(void **state) {
  (void)state;
  static const char *const fields[] = {"plain", "", "a,b", "say \"hi\"", "two\nlines", "\r", "张三"};
  char *text = NULL;
  size_t n;
  FILE *out = open_memstream(&text, &n);
  for (size_t i = 0; i < COUNT(fields); i++) {
    if (i > 0) fputc(',', out);
    csv_put(out, fields[i]);
  }
  fputs("\r\n", out);
  fclose(out);
  struct csv_reader reader = {0};
  static struct csv_record record;
  size_t used;
  assert_int_equal(csv_next(&reader, text, n, true, &used, &record), CSV_RECORD);
  assert_int_equal(record.n, COUNT(fields));
  for (size_t i = 0; i < COUNT(fields); i++) assert_string_equal(record.fields[i], fields[i]);
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_examples),
      cmocka_unit_test(test_nul),
      cmocka_unit_test(test_limits),
      cmocka_unit_test(test_written_is_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
