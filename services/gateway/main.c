/* yz-gateway: the one door. HTTP in front, the bus behind. */
#include "bus.h"
#include "gateway.h"

int main(int argc, char **argv) {
  const int status = runtime_main(argc, argv, &gateway_program);
  bus_context_end();
  return status;
}
