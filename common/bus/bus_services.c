#include "bus_services.h"

const struct bus_service bus_services[BUS_SERVICES] = {
    {"enrollment", &yz__enrollment__descriptor},     {"adjudication", &yz__adjudication__descriptor},
    {"assistance", &yz__assistance__descriptor},     {"supplementary", &yz__supplementary__descriptor},
    {"notification", &yz__notification__descriptor}, {"clearing", &yz__clearing__descriptor},
};
