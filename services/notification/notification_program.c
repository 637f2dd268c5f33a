#include "notification.h"
#include "services.pb-c.h"

static const struct bus_handler handlers[] = {
    {&yz__notification__descriptor, "Outbox", notification_outbox},
};

const struct service_program notification_program = {
    .name = "notification",
    .summary = "Keeps for each person what the journal has to tell, and tells it in plain words.",
    .admin_port = "9105",
    .handlers = handlers,
    .n_handlers = sizeof handlers / sizeof handlers[0],
    .policies = true,
    .take = notification_take,
};
