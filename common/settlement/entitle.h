/* entitle.h - who the person is on the service date, how the place of care is seen, and which services to ask.
 *
 * Pure: the caller brings the records and the shelf of packs. Strings of the entitlement are borrowed from the
 * records, which must live as long as it does; none is from the shelf. */
#ifndef YZ_SETTLEMENT_ENTITLE_H
#define YZ_SETTLEMENT_ENTITLE_H

#include "arena.h"
#include "person.pb-c.h"
#include "problem.h"
#include "settlement.pb-c.h"
#include "shelf.h"

/* Decides the entitlement for a checked bill, or says why there is none:
 *   INSTITUTION_SUSPENDED  no agreement in force on the service date, or suspended
 *   NOT_COVERED            no coverage in force; the nearest period is named
 *   WAITING_PERIOD         late enrolment; the first day of benefits is named
 *                          (both also for a bill that ends in time but begins before, and cannot say what of it is
 *                          early: early.h)
 *   UNKNOWN_POLICY         no pack of that city covers the day
 *   NOT_REGISTERED         chronic or two-disease care without a registration in force, long-term care without the
 *                          assessment that the pack asks for
 *   NO_BENEFIT             long-term care of days before its rule began
 *   INVALID                the bill contradicts the record (care before birth, no disease for chronic care, a disease
 *                          that the pack does not have)
 *
 * Remote status: in the insured city LOCAL; elsewhere, in this order, emergency rescue where the pack counts it as
 * filed, a long-term filing for the place in force on the first and the last day, a referral or temporary filing in
 * force on the service date, a long-term filing in force on the service date alone, which is TEMPORARY for this stay;
 * otherwise TEMPORARY where the pack asks no filing and UNFILED where it does.
 *
 * Slip: adjudication first (it splits the bill), then the services of the rules that can apply, in ladder order; a
 * service stands twice where another comes between its rules. SUPPLEMENTARY stands where the ladder has it; whoever
 * follows the slip leaves it out for a person without contracts. */
Yz__Problem *entitle(const Yz__Bill *bill, const Yz__Person *person, const Yz__Institution *institution,
                     struct shelf *shelf, struct arena *arena, Yz__Entitlement **entitlement);

#endif
