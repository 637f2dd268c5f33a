/* scalar.h - one value of one field, as text: the unit rules of proto/base.proto, shared by JSON and YAML.
 *
 * A message of type Range is a scalar here: "3", "3+", "60-69", "-17". */
#ifndef YZ_WIRE_SCALAR_H
#define YZ_WIRE_SCALAR_H

#include "arena.h"
#include "text.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

/* What form a field's value has in JSON. */
enum scalar_form { FORM_STRING, FORM_INTEGER, FORM_BOOL, FORM_OBJECT };
enum scalar_form scalar_form(const ProtobufCFieldDescriptor *field);

/* Adds what a value of this field looks like, for errors: "yuan as a string, such as \"1234.50\"". */
void scalar_expect(const ProtobufCFieldDescriptor *field, struct text *out);
/* Adds what is wrong with `text` by that status: "\"12.345\" is not yuan as a string ..". */
void scalar_complain(const ProtobufCFieldDescriptor *field, const char *text, size_t n, struct text *out);

enum scalar_status { SCALAR_OK, SCALAR_WRONG, SCALAR_TOO_LONG, SCALAR_NO_MEMORY };
/* Reads `text` (UTF-8 without NUL, not yet quoted or escaped) into `*value`, which has the C type of the field. `most`
 * is the longest string in bytes. */
enum scalar_status scalar_read(const ProtobufCFieldDescriptor *field, const char *text, size_t n, size_t most,
                               struct arena *arena, void *value);
/* Adds the value as JSON (quoted where FORM_STRING). */
void scalar_write(const ProtobufCFieldDescriptor *field, const void *value, struct text *out);
/* Adds an enumeration value's name as it stands in JSON: in lower case, without quotes. */
void scalar_enum_name(const char *name, struct text *out);

#endif
