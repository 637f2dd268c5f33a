/* disk.so - preloaded into redis-server, a flush of its file takes at least YZ_FLUSH_US microseconds: a slower disk
 * than this machine has. What the real disk takes counts. */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { NS_PER_US = 1000, NS_PER_S = 1000000000 };

static long least_ns;

__attribute__((constructor)) static void read_least(void) {
  const char *us = getenv("YZ_FLUSH_US");
  if (!us) abort();
  least_ns = strtol(us, NULL, 10) * NS_PER_US;
}

int fdatasync(int file) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  const long ns = until.tv_nsec + least_ns;
  until.tv_sec += ns / NS_PER_S;
  until.tv_nsec = ns % NS_PER_S;
  const long done = syscall(SYS_fdatasync, file);
  const int error = errno;
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) continue;
  errno = error;
  return (int)done;
}
