#include "notification.h"

int main(int argc, char **argv) {
  return service_main(argc, argv, &notification_program);
}
