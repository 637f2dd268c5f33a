/* formula.h - a result's arithmetic with the numbers put in: "(12,000.00 - 起付线 700.00) × 60% = 6,780.00". For the
 * files of this library. */
#ifndef YZ_EXPLAIN_FORMULA_H
#define YZ_EXPLAIN_FORMULA_H

#include "policy.pb-c.h"
#include "saying.h"
#include "settlement.pb-c.h"

/* `benefit` is NULL when its pack is not at hand: the numbers are the same, some names are more general. */
struct saying formula_of(const Yz__Settlement *settlement, const Yz__BenefitResult *result, const Yz__Benefit *benefit);

/* Which tilt fitted and what it changes: "特困人员：起付线减半，比例提高 5 个百分点"; empty when none did. */
struct saying tilt_of(const Yz__Settlement *settlement, const Yz__BenefitResult *result, const Yz__Benefit *benefit);

/* What a deductible or a cap of that benefit is called: "本年起付线", "全年限额". */
struct name deductible_name(const Yz__Benefit *benefit);
struct name cap_name(const Yz__Benefit *benefit, size_t cap);
/* Within what a cap counts: "一年内"; empty where it is not known. */
struct name cap_period(const Yz__Benefit *benefit, size_t cap);
/* True when the deductible is due once in a year, of whatever scope. */
bool deductible_of_year(const Yz__BenefitResult *result, const Yz__Benefit *benefit);
/* True when cap `cap` of the result bounds the covered amount and not the payment. */
bool cap_on_covered(const Yz__BenefitResult *result, const Yz__Benefit *benefit, size_t cap);

#endif
