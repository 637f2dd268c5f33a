/* yz-all: the gateway and every service in one process, on one loop; for a machine of few cores. The same code, the
 * same messages: only the way between them is memory. */
#include "adjudication.h"
#include "assistance.h"
#include "bus.h"
#include "clearing.h"
#include "enrollment.h"
#include "gateway.h"
#include "notification.h"
#include "supplementary.h"

int main(int argc, char **argv) {
  const struct service_program *const services[] = {&enrollment_program,    &adjudication_program, &assistance_program,
                                                    &supplementary_program, &notification_program, &clearing_program};
  const struct program *const parts[] = {&gateway_program,
                                         services_beside_gateway(services, sizeof services / sizeof services[0])};
  const struct program program = {.name = "all",
                                  .summary =
                                      "The gateway and every service in one process, for a machine of few cores.",
                                  .admin_port = "0",
                                  .parts = parts,
                                  .n_parts = sizeof parts / sizeof parts[0]};
  const int status = runtime_main(argc, argv, &program);
  bus_context_end();
  return status;
}
