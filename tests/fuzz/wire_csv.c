/* Whatever the bytes, reading ends, never goes backwards, and reading them in two pieces finds the same records. */
#include "csv.h"
#include "must.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A number that differs for different sequences of records; the first `head` bytes arrive before the rest. */
static uint64_t digest(const char *bytes, size_t n, size_t head) {
  static struct csv_record record;
  struct csv_reader reader = {0};
  uint64_t sum = 1469598103934665603u;
  size_t from = 0, have = head;
  for (;;) {
    size_t used;
    enum csv_status status = csv_next(&reader, bytes + from, have - from, have == n, &used, &record);
    must(used <= have - from);
    from += used;
    if (status == CSV_END) return sum;
    if (status == CSV_MORE) {
      must(have < n);
      have = n;
      continue;
    }
    must(used > 0 && record.line > 0);
    sum = sum * 1099511628211u + (uint64_t)status + record.line;
    for (unsigned i = 0; status == CSV_RECORD && i < record.n; i++) {
      for (const char *p = record.fields[i]; *p; p++) sum = (sum ^ (unsigned char)*p) * 1099511628211u;
      sum = (sum ^ 0x1fu) * 1099511628211u;
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *bytes = (const char *)data;
  must(digest(bytes, size, size) == digest(bytes, size, size / 2));
  return 0;
}
