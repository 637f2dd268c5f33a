/* utf8.h - is this UTF-8? */
#ifndef YZ_WIRE_UTF8_H
#define YZ_WIRE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Length of the character that begins at text[0], 1..4; 0 when it is not one of RFC 3629 (overlong, surrogate, beyond
 * U+10FFFF, cut) or is NUL. n > 0. */
size_t utf8_character(const char *text, size_t n);
/* True when all n bytes are characters and none is NUL. */
bool utf8_valid(const char *text, size_t n);

#endif
