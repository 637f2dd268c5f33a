#include "catalogue.h"

#include "bounds.h"
#include "csv.h"
#include "date.h"
#include "id.h"
#include "money.h"
#include "must.h"

#include <stdlib.h>
#include <string.h>

enum { CATALOGUE_BYTES = 512 * 1024 * 1024 }; /* half a million lines of a national catalogue, read */

struct catalogue {
  struct arena arena;
  Yz__CatalogueItem *items; /* by code, then by day */
  unsigned *lines;          /* where items[i] stood; only while reading */
  size_t n, room;
};

enum column { CODE, NAME, CLASS, FIRST_PAY, PRICE_LIMIT, FROM, TO, COLUMNS };
static const char *const header[COLUMNS] = {"code", "name", "class", "first_pay", "limit", "from", "to"};

struct reading {
  const char *file;
  struct findings *findings;
};

static bool header_fits(const struct csv_record *record) {
  if (record->n != COLUMNS) return false;
  for (int i = 0; i < COLUMNS; i++)
    if (strcmp(record->fields[i], header[i]) != 0) return false;
  return true;
}

static bool class_read(const char *text, Yz__ItemClass *item_class) {
  static const char *const classes[] = {
      [YZ__ITEM_CLASS__CLASS_A] = "A", [YZ__ITEM_CLASS__CLASS_B] = "B", [YZ__ITEM_CLASS__CLASS_C] = "C"};
  for (int i = YZ__ITEM_CLASS__CLASS_A; i <= YZ__ITEM_CLASS__CLASS_C; i++)
    if (strcmp(text, classes[i]) == 0) {
      *item_class = (Yz__ItemClass)i;
      return true;
    }
  return false;
}

/* NULL when the record makes a sound item, else what is wrong with it. */
static const char *item_read(const struct csv_record *record, struct arena *arena, Yz__CatalogueItem *item) {
  const char *const *f = record->fields;
  yz__catalogue_item__init(item);
  if (record->n != COLUMNS) return "needs the seven fields code,name,class,first_pay,limit,from,to";
  if (!id_valid(f[CODE])) return "code must be 1 to 64 letters, digits, '-', '_' or '.'";
  if (!f[NAME][0] || strlen(f[NAME]) > LIMIT_TEXT) return "name must have 1 to 512 bytes";
  if (!class_read(f[CLASS], &item->item_class)) return "class must be A, B or C";
  item->has_first_pay = f[FIRST_PAY][0] != '\0';
  if (item->has_first_pay != (item->item_class == YZ__ITEM_CLASS__CLASS_B))
    return "first_pay belongs to class B, and class B needs it";
  if (item->has_first_pay && (!ratio_read(f[FIRST_PAY], strlen(f[FIRST_PAY]), &item->first_pay) ||
                              item->first_pay < 0 || item->first_pay > 10000))
    return "first_pay must be a share such as 10%, from 0% to 100%";
  item->has_limit = f[PRICE_LIMIT][0] != '\0';
  if (item->has_limit && !decimal_read(f[PRICE_LIMIT], strlen(f[PRICE_LIMIT]), &item->limit))
    return "limit must be a unit price in yuan with up to four decimals, such as 12.5, or empty";
  if (!date_read(f[FROM], strlen(f[FROM]), &item->from) || !date_read(f[TO], strlen(f[TO]), &item->to))
    return "from and to must be dates such as 2023-01-01";
  if (item->from > item->to) return "from must not be after to";
  item->code = arena_copy(arena, f[CODE]);
  item->name = arena_copy(arena, f[NAME]);
  return NULL;
}

static void item_add(struct catalogue *catalogue, const struct csv_record *record, struct reading *reading) {
  if (catalogue->n == catalogue->room) {
    catalogue->room = catalogue->room ? 2 * catalogue->room : 1024;
    catalogue->items = realloc(catalogue->items, catalogue->room * sizeof *catalogue->items);
    catalogue->lines = realloc(catalogue->lines, catalogue->room * sizeof *catalogue->lines);
    must(catalogue->items && catalogue->lines);
  }
  const char *wrong = item_read(record, &catalogue->arena, &catalogue->items[catalogue->n]);
  if (wrong) {
    findings_add(reading->findings, reading->file, (int)record->line, "%s", wrong);
    return;
  }
  catalogue->lines[catalogue->n++] = record->line;
}

/* The next record that can be read; false at the end. What cannot be read is a finding. */
static bool record_next(struct csv_reader *reader, const char **bytes, size_t *n, struct csv_record *record,
                        struct reading *reading) {
  for (;;) {
    size_t used = 0;
    const enum csv_status status = csv_next(reader, *bytes, *n, true, &used, record);
    *bytes += used;
    *n -= used;
    if (status != CSV_BAD) return status == CSV_RECORD;
    findings_add(reading->findings, reading->file, (int)record->line, "%s", record->error);
  }
}

static void records_read(struct catalogue *catalogue, const char *bytes, size_t n, struct reading *reading) {
  struct csv_record *record = malloc(sizeof *record);
  must(record);
  struct csv_reader reader = {0};
  if (!record_next(&reader, &bytes, &n, record, reading) || !header_fits(record))
    findings_add(reading->findings, reading->file, 1,
                 "a catalogue begins with the line code,name,class,first_pay,limit,from,to");
  else
    while (record_next(&reader, &bytes, &n, record, reading)) item_add(catalogue, record, reading);
  free(record);
}

struct numbered {
  Yz__CatalogueItem item;
  unsigned line;
};

static int by_code_and_day(const void *a, const void *b) {
  const struct numbered *x = a, *y = b;
  const int code = strcmp(x->item.code, y->item.code);
  if (code != 0) return code;
  if (x->item.from != y->item.from) return x->item.from < y->item.from ? -1 : 1;
  return x->line < y->line ? -1 : x->line > y->line;
}

static void order(struct catalogue *catalogue, struct reading *reading) {
  struct numbered *all = calloc(catalogue->n + 1, sizeof *all);
  must(all);
  for (size_t i = 0; i < catalogue->n; i++) all[i] = (struct numbered){catalogue->items[i], catalogue->lines[i]};
  qsort(all, catalogue->n, sizeof *all, by_code_and_day);
  for (size_t i = 0; i < catalogue->n; i++) {
    catalogue->items[i] = all[i].item;
    if (i > 0 && strcmp(all[i - 1].item.code, all[i].item.code) == 0 && all[i].item.from <= all[i - 1].item.to)
      findings_add(reading->findings, reading->file, (int)all[i].line,
                   "code %s is listed for some of these days in line %u already: let each day have one line",
                   all[i].item.code, all[i - 1].line);
  }
  free(all);
}

struct catalogue *catalogue_read(const char *file, const void *bytes, size_t n, struct findings *findings) {
  struct catalogue *catalogue = calloc(1, sizeof *catalogue);
  must(catalogue);
  arena_init(&catalogue->arena, CATALOGUE_BYTES);
  struct reading reading = {.file = file, .findings = findings};
  const size_t before = findings->found;
  records_read(catalogue, bytes, n, &reading);
  order(catalogue, &reading);
  free(catalogue->lines);
  catalogue->lines = NULL;
  if (findings->found != before) catalogue_free(&catalogue);
  return catalogue;
}

void catalogue_free(struct catalogue **catalogue) {
  if (!*catalogue) return;
  free((*catalogue)->items);
  free((*catalogue)->lines);
  arena_free(&(*catalogue)->arena);
  free(*catalogue);
  *catalogue = NULL;
}

const Yz__CatalogueItem *catalogue_find(const struct catalogue *catalogue, const char *code, int32_t day) {
  size_t low = 0, high = catalogue->n; /* the last line of that code that begins on or before the day is below high */
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const Yz__CatalogueItem *item = &catalogue->items[middle];
    const int order_of = strcmp(item->code, code);
    if (order_of < 0 || (order_of == 0 && item->from <= day))
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0) return NULL;
  const Yz__CatalogueItem *item = &catalogue->items[low - 1];
  return strcmp(item->code, code) == 0 && day <= item->to ? item : NULL;
}

size_t catalogue_size(const struct catalogue *catalogue) {
  return catalogue->n;
}
