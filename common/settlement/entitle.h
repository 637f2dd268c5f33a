/* entitle.h - who the person is on the service date, how the place of care is seen, and which services to ask.
 *
 * Pure: the caller brings the records and looks up policy through `policies`. Strings of the entitlement are borrowed
 * from the records and the plan, which must live as long as it does. */
#ifndef YZ_SETTLEMENT_ENTITLE_H
#define YZ_SETTLEMENT_ENTITLE_H

#include "arena.h"
#include "person.pb-c.h"
#include "plan.h"
#include "policy.pb-c.h"
#include "problem.h"
#include "settlement.pb-c.h"

/* The policy of one city on one day: the pack's message with everything inherited from its parents, and its plan
 * without products. */
struct policy {
  const Yz__PolicyPack *pack;
  const struct plan *plan;
};

/* Finds the pack `id` that is in force on day `on`; false when there is none. */
struct policies {
  bool (*find)(const void *self, const char *id, int32_t on, struct policy *policy);
  const void *self;
};

/* Decides the entitlement for a checked bill, or says why there is none:
 *   INSTITUTION_SUSPENDED  no agreement in force on the day, or suspended
 *   NOT_COVERED            no coverage in force; the nearest period is named
 *   WAITING_PERIOD         late enrolment; the first day of benefits is named
 *   UNKNOWN_POLICY         no pack of that city covers the day
 *   NOT_REGISTERED         chronic or two-disease care without a registration in force
 *   NO_BENEFIT             nothing in the pack serves this scheme and setting
 *   INVALID                the bill contradicts the record (care before birth, no disease for chronic care)
 *
 * Remote status: in the insured city LOCAL; elsewhere, in this order, emergency rescue where the pack counts it as
 * filed, a long-term filing for the place in force on the first and the last day, a referral or temporary filing in
 * force on the service date, otherwise TEMPORARY where the pack asks no filing and UNFILED where it does.
 *
 * Slip: adjudication first (it splits the bill), then the services of the rules that can apply, in ladder order, each
 * once. SUPPLEMENTARY stands where the ladder has it; whoever follows the slip leaves it out for a person without
 * contracts. */
Yz__Problem *entitle(const Yz__Bill *bill, const Yz__Person *person, const Yz__Institution *institution,
                     const struct policies *policies, struct arena *arena, Yz__Entitlement **entitlement);

/* First day of benefits of a coverage: its first day, the day of birth for a newborn enrolled in time, or the end of
 * the waiting period of late enrolment. */
int32_t coverage_first_day(const Yz__Coverage *coverage, const Yz__Person *person, const Yz__Enrolment *enrolment);

/* The coverage in force on a day, or NULL. Where two are in force, the later one counts. `enrolment` may be NULL. */
const Yz__Coverage *coverage_on(const Yz__Person *person, int32_t on);

/* How the care city is seen from the insured city. Both are division codes. */
Yz__Reach reach_of(const char *insured_city, const char *care_city);

/* Two identical calls give equal entitlements; nothing else is read. */

#endif
