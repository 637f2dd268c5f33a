/* test.h - cmocka with the includes it wants, for every unit test. */
#ifndef YZ_TEST_H
#define YZ_TEST_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#endif
