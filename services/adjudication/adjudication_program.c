#include "adjudication.h"
#include "commit.h"
#include "log.h"
#include "services.pb-c.h"

static const struct bus_handler handlers[] = {
    {&yz__adjudication__descriptor, "Adjudicate", adjudication_adjudicate},
    {&yz__adjudication__descriptor, "Read", adjudication_read},
    {&yz__adjudication__descriptor, "Explain", adjudication_explain},
    {&yz__adjudication__descriptor, "Cancel", adjudication_cancel},
    {&yz__adjudication__descriptor, "OpenEncounter", adjudication_open_encounter},
    {&yz__adjudication__descriptor, "AddLines", adjudication_add_lines},
    {&yz__adjudication__descriptor, "GetEncounter", adjudication_get_encounter},
    {&yz__adjudication__descriptor, "Settlements", adjudication_settlements},
};

const struct service_program adjudication_program = {
    .name = "adjudication",
    .summary = "Splits bills by the catalogue, decides basic, large-amount and critical-illness benefits; cancels.",
    .admin_port = "9102",
    .handlers = handlers,
    .n_handlers = sizeof handlers / sizeof handlers[0],
    .policies = true,
};
