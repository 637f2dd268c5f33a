#include "services.pb-c.h"
#include "supplementary.h"

static const struct bus_handler handlers[] = {
    {&yz__supplementary__descriptor, "Contracts", supplementary_contracts},
    {&yz__supplementary__descriptor, "Supplement", supplementary_supplement},
    {&yz__supplementary__descriptor, "PutContract", supplementary_put_contract},
    {&yz__supplementary__descriptor, "GetContract", supplementary_get_contract},
    {&yz__supplementary__descriptor, "OfPerson", supplementary_of_person},
};

const struct service_program supplementary_program = {
    .name = "supplementary",
    .summary = "Keeps contracts of supplementary products and decides what they pay.",
    .admin_port = "9104",
    .handlers = handlers,
    .n_handlers = sizeof handlers / sizeof handlers[0],
    .policies = true,
    .tick = supplementary_sweep,
    .every_ms = 4000 / SUPPLEMENTARY_SWEEPS,
};
