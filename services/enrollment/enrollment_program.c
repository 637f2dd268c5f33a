#include "enrollment.h"
#include "services.pb-c.h"

static const struct bus_handler handlers[] = {
    {&yz__enrollment__descriptor, "Resolve", enrollment_resolve},
    {&yz__enrollment__descriptor, "PutPerson", enrollment_put_person},
    {&yz__enrollment__descriptor, "GetPerson", enrollment_get_person},
    {&yz__enrollment__descriptor, "Account", enrollment_account},
    {&yz__enrollment__descriptor, "PutInstitution", enrollment_put_institution},
    {&yz__enrollment__descriptor, "GetInstitution", enrollment_get_institution},
};

const struct service_program enrollment_program = {
    .name = "enrollment",
    .summary = "Persons with their coverages, categories, filings and registrations; who is entitled to what on a day.",
    .admin_port = "9101",
    .handlers = handlers,
    .n_handlers = sizeof handlers / sizeof handlers[0],
    .policies = true,
};
