#include "clearing.h"
#include "services.pb-c.h"

static const struct bus_handler handlers[] = {
    {&yz__clearing__descriptor, "Balances", clearing_balances},
};

const struct service_program clearing_program = {
    .name = "clearing",
    .summary = "Sums what insured cities owe care cities, from the journal.",
    .admin_port = "9106",
    .handlers = handlers,
    .n_handlers = sizeof handlers / sizeof handlers[0],
    .take = clearing_take,
};
