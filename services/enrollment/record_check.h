/* record_check.h - is a person's or an institution's record sane? Pure. NULL when it is, else the problem with its
 * pointer. */
#ifndef YZ_ENROLLMENT_RECORD_CHECK_H
#define YZ_ENROLLMENT_RECORD_CHECK_H

#include "person.pb-c.h"
#include "problem.h"

/* Ids of the right alphabet, dates in order, standing that fits the scheme, and no two coverages on one day: a person
 * has one basic scheme at a time. */
Yz__Problem *person_check(const Yz__Person *person, struct arena *arena);
Yz__Problem *institution_check(const Yz__Institution *institution, struct arena *arena);

#endif
