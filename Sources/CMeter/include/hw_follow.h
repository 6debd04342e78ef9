// Reports the events of sockets, call by call, with eBPF over libbpf. Programs are loaded and attached as those of the
// meter (hw_meter.h). Functions return 0 or more, or -errno.
#ifndef HW_FOLLOW_H
#define HW_FOLLOW_H

#include "hw_follow_records.h"
#include "hw_meter.h"

struct hw_follow;

#define HW_FOLLOW_PROGRAMS 27

struct hw_follow_options {
  const char *cgroup;  ///< path of the cgroup v2 root
  struct hw_follow_filter filter;
  const uint32_t *processes;  ///< if filter.by_process: pids in the reader's pid namespace
  size_t process_count;
  const uint32_t *namespaces;  ///< if filter.by_namespace: inode numbers
  size_t namespace_count;
  const char *without;  ///< names of programs not to load, separated by commas; for tests and doctor
};

/// Loads and attaches the programs. `report` must have room for HW_FOLLOW_PROGRAMS entries; `*count` is set to their
/// number. On failure `*follow` is NULL and `message` (256 bytes) says what failed.
int hw_follow_start(const struct hw_objects *objects, const struct hw_follow_options *options, struct hw_follow **follow,
                    struct hw_meter_program *report, size_t *count, char *message);
/// Returns a descriptor that is readable when there are events.
int hw_follow_descriptor(struct hw_follow *);
/// Calls `each` with the events that have arrived, in the order in which they happened, without waiting. Returns how
/// many.
int hw_follow_take(struct hw_follow *, void (*each)(const struct hw_follow_event *, void *), void *context);
/// Stores how many events were lost since the start because the ring buffer was full.
int hw_follow_lost(struct hw_follow *, uint64_t *count);
/// Detaches the programs and frees the memory.
void hw_follow_stop(struct hw_follow *);
#endif
