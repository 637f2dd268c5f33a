/* summary.h - the whole settlement in one sentence. For the files of this library. */
#ifndef YZ_EXPLAIN_SUMMARY_H
#define YZ_EXPLAIN_SUMMARY_H

#include "saying.h"

/* "张三，2023-10-01 至 2023-10-17，在淄博市中心医院住院，总费用 20,000.00 元。…您个人负担 9,000.00 元（…）。" */
struct saying summary_of(const Yz__Settlement *settlement);
/* Its parts: who, when and where; who paid what, or what is granted where nothing of the bill is paid; what the person
 * pays. */
void say_visit(struct saying *s, const Yz__Settlement *settlement);
void say_payers(struct saying *s, const Yz__Settlement *settlement);
void say_personal(struct saying *s, const Yz__Settlement *settlement);

#endif
