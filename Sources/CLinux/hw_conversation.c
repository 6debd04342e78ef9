#define _GNU_SOURCE
#include "hw_conversation.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

int hw_set_nonblocking(int fd) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return -errno;
  return fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

int hw_wait_conversation(int reading, int writing, int wake, int timeout_ms) {
  // poll(2) passes over negative descriptors.
  struct pollfd items[3] = {
      {.fd = reading, .events = POLLIN},
      {.fd = writing, .events = POLLOUT},
      {.fd = wake, .events = POLLIN},
  };
  int ready = poll(items, 3, timeout_ms);
  if (ready < 0) return errno == EINTR ? 0 : -errno;
  int bits = 0;
  for (int i = 0; i < 3; i++)
    if (items[i].revents) bits |= 1 << i;
  return bits;
}

uint32_t hw_effective_user(void) { return geteuid(); }

int hw_system_names(char name[65], char release[65]) {
  struct utsname names;
  if (uname(&names) != 0) return -errno;
  memcpy(name, names.nodename, 65);
  memcpy(release, names.release, 65);
  return 0;
}
