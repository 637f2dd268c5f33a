/* remote.h - how the place of care is seen from the insured city. For entitle. */
#ifndef YZ_SETTLEMENT_REMOTE_H
#define YZ_SETTLEMENT_REMOTE_H

#include "person.pb-c.h"
#include "plan.h"
#include "settlement.pb-c.h"

#include <stdbool.h>

/* Both are division codes; a district belongs to its city, a municipality (110000) is a city of its own. */
Yz__Reach reach_of(const char *insured_city, const char *care_city);

/* True when two division codes name the same city. */
bool same_city(const char *a, const char *b);

enum { CITY_CODE_MAX = 7 };
/* The code of the city that a division code lies in, six digits: 370300 for 370303, 310000 for 310104. Two codes have
 * the same exactly when same_city() says so. Cities owe each other under it: a pooling area is a city. */
const char *city_code(const char *code, char out[CITY_CODE_MAX]);

/* The remote status of a bill; the rules are told in entitle.h. */
Yz__Remote remote_of(const Yz__Bill *bill, const Yz__Person *person, const char *care_city, Yz__Reach reach,
                     const struct plan *plan);

#endif
