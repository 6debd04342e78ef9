// What a service tells its manager, and the host's time zone.
#ifndef HW_SERVICE_H
#define HW_SERVICE_H

#include <stddef.h>
#include <stdint.h>

/// Sends `state` to the manager's socket, as sd_notify(3) does. Returns 0, or -errno.
int hw_service_notify(const char *socket_path, const char *state);

/// Stores the local time of `seconds` since 1970 in `fields`: year, month (from 1), day, hour, minute, second, and the
/// distance to UTC in seconds; and the zone's abbreviation.
void hw_local_time(int64_t seconds, int *fields, char *zone, size_t size);

/// The seconds since 1970 of a local time. Fields beyond their ends are carried over.
int64_t hw_local_seconds(int year, int month, int day, int hour, int minute, int second);
#endif
