// Following sockets call by call over libbpf, loaded and held like the meter (hw_meter.h). Functions return 0 or more,
// or -errno.
#ifndef HW_FOLLOW_H
#define HW_FOLLOW_H

#include "hw_follow_records.h"
#include "hw_meter.h"

struct hw_follow;

#define HW_FOLLOW_PROGRAMS 27

struct hw_follow_options {
  const char *cgroup;  ///< path of the cgroup v2 root
  struct hw_follow_filter filter;
  const uint32_t *processes;  ///< wanted if filter.by_process, by their numbers in the reader's pid namespace
  size_t process_count;
  const uint32_t *namespaces;  ///< wanted if filter.by_namespace, by inode number
  size_t namespace_count;
  const char *without;  ///< names of programs not to load, separated by commas; for tests and doctor
};

/// Loads and attaches. `report` has room for HW_FOLLOW_PROGRAMS; `*count` is set.
/// On failure `*follow` is NULL and `message` (capacity 256) says what failed.
int hw_follow_start(const struct hw_objects *objects, const struct hw_follow_options *options, struct hw_follow **follow,
                    struct hw_meter_program *report, size_t *count, char *message);
/// Readable when events wait.
int hw_follow_descriptor(struct hw_follow *);
/// Hands over the events that wait, in the order in which they happened, without blocking: how many.
int hw_follow_take(struct hw_follow *, void (*each)(const struct hw_follow_event *, void *), void *context);
/// Events that found no room in the ring buffer since the start.
int hw_follow_lost(struct hw_follow *, uint64_t *count);
/// Detaches and frees everything.
void hw_follow_stop(struct hw_follow *);
#endif
