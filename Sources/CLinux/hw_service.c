#define _GNU_SOURCE
#include "hw_service.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

int hw_service_notify(const char *socket_path, const char *state) {
  size_t length = strlen(socket_path);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (length == 0 || length >= sizeof address.sun_path || (socket_path[0] != '/' && socket_path[0] != '@'))
    return -EINVAL;
  memcpy(address.sun_path, socket_path, length);
  // An abstract socket begins with a zero byte.
  if (address.sun_path[0] == '@') address.sun_path[0] = 0;
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
  ssize_t sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, size);
  int error = sent < 0 ? -errno : 0;
  close(fd);
  return error;
}

void hw_local_time(int64_t seconds, int *fields, char *zone, size_t size) {
  time_t time = (time_t)seconds;
  struct tm local = {0};
  tzset();
  if (!localtime_r(&time, &local)) gmtime_r(&time, &local);
  int values[] = {local.tm_year + 1900, local.tm_mon + 1, local.tm_mday, local.tm_hour,
                  local.tm_min,         local.tm_sec,     (int)local.tm_gmtoff};
  memcpy(fields, values, sizeof values);
  snprintf(zone, size, "%s", local.tm_zone ? local.tm_zone : "UTC");
}

int64_t hw_local_seconds(int year, int month, int day, int hour, int minute, int second) {
  struct tm local = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour,
                     .tm_min = minute,       .tm_sec = second,    .tm_isdst = -1};
  return (int64_t)mktime(&local);
}
