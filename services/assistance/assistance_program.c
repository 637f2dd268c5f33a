#include "assistance.h"
#include "services.pb-c.h"

static const struct bus_handler handlers[] = {
    {&yz__assistance__descriptor, "Assist", assistance_assist},
    {&yz__assistance__descriptor, "Summary", assistance_summary},
};

const struct service_program assistance_program = {
    .name = "assistance",
    .summary = "Decides medical assistance, re-assistance and assistance on application.",
    .admin_port = "9103",
    .handlers = handlers,
    .n_handlers = sizeof handlers / sizeof handlers[0],
    .policies = true,
};
