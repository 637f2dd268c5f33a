#include "scalar.h"

#include "base.pb-c.h"
#include "date.h"
#include "field.h"
#include "money.h"
#include "must.h"
#include "path.h"

#include <assert.h>
#include <string.h>

enum { ENUM_NAME_MAX = 64 };
/* Integers beyond this are not exact in every JSON reader. */
#define EXACT_MAX (INT64_C(1) << 53)

static bool is_range(const ProtobufCFieldDescriptor *field) {
  return field->type == PROTOBUF_C_TYPE_MESSAGE && field->descriptor == &yz__range__descriptor;
}

enum scalar_form scalar_form(const ProtobufCFieldDescriptor *field) {
  switch (field->type) {
  case PROTOBUF_C_TYPE_INT32:
  case PROTOBUF_C_TYPE_UINT32:
  case PROTOBUF_C_TYPE_INT64:
  case PROTOBUF_C_TYPE_UINT64: return FORM_INTEGER;
  case PROTOBUF_C_TYPE_BOOL: return FORM_BOOL;
  case PROTOBUF_C_TYPE_MESSAGE: return is_range(field) ? FORM_STRING : FORM_OBJECT;
  default: return FORM_STRING;
  }
}

/* Adds the name of an enumeration's value as it stands in JSON. */
void scalar_enum_name(const char *name, struct text *out) {
  char *at = text_room(out, strlen(name));
  for (; *name; name++) *at++ = (char)(*name >= 'A' && *name <= 'Z' ? *name + ('a' - 'A') : *name);
  text_wrote(out, at);
}

static const char *expected_text(const ProtobufCFieldDescriptor *field) {
  switch (field->type) {
  case PROTOBUF_C_TYPE_SINT64: return "yuan as a string with at most two decimals, such as \"1234.50\"";
  case PROTOBUF_C_TYPE_SINT32: return "a percentage as a string with at most two decimals, such as \"85%\"";
  case PROTOBUF_C_TYPE_SFIXED32: return "a date as a string, such as \"2023-10-17\"";
  case PROTOBUF_C_TYPE_SFIXED64: return "an instant as a string, such as \"2023-10-17T02:03:04.567Z\"";
  case PROTOBUF_C_TYPE_FIXED64:
    return "a decimal as a string, not negative, with at most four decimals, such as \"1.5\"";
  case PROTOBUF_C_TYPE_INT32: return "a whole number of 32 bits";
  case PROTOBUF_C_TYPE_UINT32: return "a whole number of 32 bits, not negative";
  case PROTOBUF_C_TYPE_INT64: return "a whole number, at most 2^53";
  case PROTOBUF_C_TYPE_UINT64: return "a whole number, not negative, at most 2^53";
  case PROTOBUF_C_TYPE_BOOL: return "true or false";
  case PROTOBUF_C_TYPE_STRING: return "a string";
  case PROTOBUF_C_TYPE_MESSAGE:
    return is_range(field) ? "a range as a string: \"3\", \"3+\", \"60-69\" or \"-17\"" : "an object";
  default: must_fail("a type that base.proto gives no meaning", __FILE__, __LINE__);
  }
}

void scalar_expect(const ProtobufCFieldDescriptor *field, struct text *out) {
  if (field->type != PROTOBUF_C_TYPE_ENUM) {
    text_add(out, expected_text(field));
    return;
  }
  const ProtobufCEnumDescriptor *type = field->descriptor;
  text_add(out, "one of ");
  for (unsigned i = 0; i < type->n_values; i++) {
    if (i > 0) text_add(out, ", ");
    scalar_enum_name(type->values[i].name, out);
  }
}

void scalar_complain(const ProtobufCFieldDescriptor *field, const char *text, size_t n, struct text *out) {
  text_addf(out, "\"%.*s\" is not ", path_quote(text, n, ENUM_NAME_MAX), text);
  scalar_expect(field, out);
}

/* -?digits without leading zeros, within least..most. */
static bool integer_read(const char *text, size_t n, int64_t least, int64_t most, int64_t *value) {
  const bool negative = n > 0 && text[0] == '-';
  const size_t start = negative ? 1 : 0;
  if (n == start || n > 18 || (text[start] == '0' && n > start + 1)) return false;
  int64_t sum = 0;
  for (size_t i = start; i < n; i++) {
    if (text[i] < '0' || text[i] > '9') return false;
    sum = sum * 10 + (text[i] - '0');
  }
  *value = negative ? -sum : sum;
  return *value >= least && *value <= most;
}

static bool int32_read(const char *text, size_t n, int64_t least, int64_t most, void *value) {
  int64_t wide;
  if (!integer_read(text, n, least, most, &wide)) return false;
  const uint32_t bits = (uint32_t)wide; /* int32 or uint32: the same 32 bits */
  memcpy(value, &bits, sizeof bits);
  return true;
}

static bool bool_read(const char *text, size_t n, protobuf_c_boolean *value) {
  *value = n == 4 && memcmp(text, "true", 4) == 0;
  return *value || (n == 5 && memcmp(text, "false", 5) == 0);
}

static bool enum_read(const ProtobufCEnumDescriptor *type, const char *text, size_t n, int *value) {
  char name[ENUM_NAME_MAX + 1];
  if (n > ENUM_NAME_MAX) return false;
  for (size_t i = 0; i < n; i++) {
    if (text[i] >= 'A' && text[i] <= 'Z') return false;
    name[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - ('a' - 'A') : text[i]);
  }
  name[n] = '\0';
  const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value_by_name(type, name);
  if (found) *value = found->value;
  return found != NULL;
}

/* "3", "3+", "60-69", "-17": whole numbers that are not negative. */
static bool range_read(const char *text, size_t n, Yz__Range *range) {
  const char *dash = memchr(text, '-', n);
  const size_t split = dash ? (size_t)(dash - text) : n;
  const bool open = !dash && n > 1 && text[n - 1] == '+';
  int64_t from = 0, to = 0;
  range->has_from = split > 0;
  range->has_to = !open;
  if (range->has_from && !integer_read(text, open ? n - 1 : split, 0, INT32_MAX, &from)) return false;
  if (dash && !integer_read(dash + 1, n - split - 1, 0, INT32_MAX, &to)) return false;
  if (!range->has_from && !dash) return false; /* empty */
  if (!dash && !open) to = from;
  range->from = (int32_t)from;
  range->to = (int32_t)to;
  return !(range->has_from && range->has_to) || from <= to;
}

static enum scalar_status range_new(const char *text, size_t n, struct arena *arena, void *value) {
  Yz__Range *range = (Yz__Range *)message_new(&yz__range__descriptor, arena);
  if (!range) return SCALAR_NO_MEMORY;
  if (!range_read(text, n, range)) return SCALAR_WRONG;
  *(Yz__Range **)value = range;
  return SCALAR_OK;
}

static enum scalar_status string_read(const char *text, size_t n, size_t most, struct arena *arena, char **value) {
  if (n > most) return SCALAR_TOO_LONG;
  if (memchr(text, '\0', n)) return SCALAR_WRONG;
  char *copy = arena_try(arena, n + 1);
  if (!copy) return SCALAR_NO_MEMORY;
  memcpy(copy, text, n);
  *value = copy;
  return SCALAR_OK;
}

static bool plain_read(const ProtobufCFieldDescriptor *field, const char *text, size_t n, void *value) {
  switch (field->type) {
  case PROTOBUF_C_TYPE_SINT64: return fen_read(text, n, value);
  case PROTOBUF_C_TYPE_SINT32: return ratio_read(text, n, value);
  case PROTOBUF_C_TYPE_SFIXED32: return date_read(text, n, value);
  case PROTOBUF_C_TYPE_SFIXED64: return instant_read(text, n, value);
  case PROTOBUF_C_TYPE_FIXED64: return decimal_read(text, n, value);
  case PROTOBUF_C_TYPE_INT32: return int32_read(text, n, INT32_MIN, INT32_MAX, value);
  case PROTOBUF_C_TYPE_UINT32: return int32_read(text, n, 0, UINT32_MAX, value);
  case PROTOBUF_C_TYPE_INT64: return integer_read(text, n, -EXACT_MAX, EXACT_MAX, value);
  case PROTOBUF_C_TYPE_UINT64: return integer_read(text, n, 0, EXACT_MAX, value);
  case PROTOBUF_C_TYPE_BOOL: return bool_read(text, n, value);
  case PROTOBUF_C_TYPE_ENUM: return enum_read(field->descriptor, text, n, value);
  default: must_fail("not a plain scalar", __FILE__, __LINE__);
  }
}

enum scalar_status scalar_read(const ProtobufCFieldDescriptor *field, const char *text, size_t n, size_t most,
                               struct arena *arena, void *value) {
  if (field->type == PROTOBUF_C_TYPE_STRING) return string_read(text, n, most, arena, value);
  if (is_range(field)) return range_new(text, n, arena, value);
  return plain_read(field, text, n, value) ? SCALAR_OK : SCALAR_WRONG;
}

static void range_write(const Yz__Range *range, struct text *out) {
  if (range->has_from && range->has_to && range->from == range->to) {
    text_addf(out, "\"%d\"", range->from);
  } else {
    text_add_char(out, '"');
    if (range->has_from) text_addf(out, "%d", range->from);
    if (range->has_from && !range->has_to)
      text_add_char(out, '+');
    else
      text_add_char(out, '-');
    if (range->has_to) text_addf(out, "%d", range->to);
    text_add_char(out, '"');
  }
}

static void enum_write(const ProtobufCEnumDescriptor *type, int value, struct text *out) {
  const ProtobufCEnumValue *found = field_enum_value(type, value);
  must(found != NULL); /* the guard lets no other in */
  text_add_char(out, '"');
  scalar_enum_name(found->name, out);
  text_add_char(out, '"');
}

static void amount_write(int64_t fen, struct text *out) {
  char *at = text_room(out, MONEY_TEXT_MAX + 2);
  *at++ = '"';
  at = fixed_print(fen, 2, at);
  *at++ = '"';
  text_wrote(out, at);
}

static void number_write(int64_t value, struct text *out) {
  text_wrote(out, fixed_print(value, 0, text_room(out, MONEY_TEXT_MAX)));
}

void scalar_write(const ProtobufCFieldDescriptor *field, const void *value, struct text *out) {
  static_assert((int)MONEY_TEXT_MAX >= (int)DATE_TEXT_MAX, "one buffer serves both");
  char print[MONEY_TEXT_MAX];
  switch (field->type) {
  case PROTOBUF_C_TYPE_SINT64: amount_write(*(const int64_t *)value, out); break;
  case PROTOBUF_C_TYPE_SINT32: text_add_quoted(out, ratio_print(*(const int32_t *)value, print)); break;
  case PROTOBUF_C_TYPE_SFIXED32: text_add_quoted(out, date_print(*(const int32_t *)value, print)); break;
  case PROTOBUF_C_TYPE_SFIXED64: text_add_quoted(out, instant_print(*(const int64_t *)value, print)); break;
  case PROTOBUF_C_TYPE_FIXED64: text_add_quoted(out, decimal_print(*(const uint64_t *)value, print)); break;
  case PROTOBUF_C_TYPE_INT32: number_write(*(const int32_t *)value, out); break;
  case PROTOBUF_C_TYPE_UINT32: number_write(*(const uint32_t *)value, out); break;
  case PROTOBUF_C_TYPE_INT64: number_write(*(const int64_t *)value, out); break;
  case PROTOBUF_C_TYPE_UINT64: text_addf(out, "%llu", (unsigned long long)*(const uint64_t *)value); break;
  case PROTOBUF_C_TYPE_BOOL: text_add(out, *(const protobuf_c_boolean *)value ? "true" : "false"); break;
  case PROTOBUF_C_TYPE_ENUM: enum_write(field->descriptor, *(const int *)value, out); break;
  case PROTOBUF_C_TYPE_STRING: text_add_json(out, *(char *const *)value ? *(char *const *)value : ""); break;
  case PROTOBUF_C_TYPE_MESSAGE: range_write(*(Yz__Range *const *)value, out); break;
  default: must_fail("a type that base.proto gives no meaning", __FILE__, __LINE__);
  }
}
