/* problem_json.h - a Problem as application/problem+json (RFC 9457). Pure. */
#ifndef YZ_GATEWAY_PROBLEM_JSON_H
#define YZ_GATEWAY_PROBLEM_JSON_H

#include "problem.h"
#include "text.h"

/* Adds the name of its code: "store_away". */
void problem_code(const Yz__Problem *problem, struct text *out);
/* Adds {type, title, status, code, pointer, detail, remedy, trace}; absent members are left out. */
void problem_json(const Yz__Problem *problem, int status, const char *trace, struct text *out);

#endif
