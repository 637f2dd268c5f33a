/* must.h - assertions that stay on in release: a broken invariant stops the process rather than paying a wrong fen. */
#ifndef YZ_BASE_MUST_H
#define YZ_BASE_MUST_H

/* Aborts with the expression and place when `e` is false. For our own mistakes only; what comes from outside gets an
 * error. */
#define must(e) ((e) ? (void)0 : must_fail(#e, __FILE__, __LINE__))

_Noreturn void must_fail(const char *expression, const char *file, int line);

#endif
