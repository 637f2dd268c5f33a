#include "supplementary.h"

int main(int argc, char **argv) {
  return service_main(argc, argv, &supplementary_program);
}
