#include "clearing.h"

int main(int argc, char **argv) {
  return service_main(argc, argv, &clearing_program);
}
