// Loads, attaches and reads the eBPF meter with libbpf. Programs that this kernel rejects are left out. Descriptors
// hold the attachments and nothing is pinned, so the kernel removes everything when the process ends, even if it is
// killed. Functions return 0 or more, or -errno.
#ifndef HW_METER_H
#define HW_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hw_meter_records.h"

struct hw_meter;

/// Whether one program is active, or why not.
struct hw_meter_program {
  char name[24];
  bool active;
  int error;  ///< errno of the failed load or attachment; 0 if active or not wanted
  char log[400];  ///< the last lines of the kernel's verifier or of libbpf about it; may be empty
};
#define HW_METER_PROGRAMS 26

/// The ELF files of a program's two builds; see program/socket_storage.h.
struct hw_objects {
  const void *plain;
  size_t plain_size;
  const void *by_address;
  size_t by_address_size;  ///< 0: there is none
};

struct hw_meter_options {
  const char *cgroup;             ///< path of the cgroup v2 root
  uint32_t reader_pid_namespace;  ///< inode number
  bool passing;                   ///< also count forwarded packets, non-IP and drops
  const char *without;            ///< names of programs not to load, separated by commas; for tests and doctor
};

/// Loads and attaches the programs. `report` must have room for HW_METER_PROGRAMS entries; `*count` is set to their
/// number. On failure `*meter` is NULL and `message` (256 bytes) says what failed.
int hw_meter_start(const struct hw_objects *objects, const struct hw_meter_options *options, struct hw_meter **meter,
                   struct hw_meter_program *report, size_t *count, char *message);

/// Attaches again what somebody detached from the cgroup (`bpftool link detach`), and calls `each` with the name of each such
/// program, and errno if it could not be attached.
void hw_meter_mend(struct hw_meter *, void (*each)(const char *name, int error, void *), void *context);
/// Calls `each` with the sockets that had traffic since the last call. Returns 1 if some may have come twice, the later
/// record last.
int hw_meter_read_sockets(struct hw_meter *, void (*each)(const struct hw_socket *, void *), void *context);
/// Calls `each` with the sockets that closed since the last call.
int hw_meter_read_closed(struct hw_meter *, void (*each)(const struct hw_socket *, void *), void *context);
/// Calls `each` with the traffic that packet sockets sent, by cookie, since the meter started or the entry was
/// forgotten.
int hw_meter_read_frames(struct hw_meter *, void (*each)(const uint64_t *, const struct hw_socket *, void *),
                         void *context);
int hw_meter_forget_frames(struct hw_meter *, uint64_t cookie);
int hw_meter_read_flows(struct hw_meter *, void (*each)(const struct hw_flow_key *, const struct hw_flow_value *, void *),
                        void *context);
int hw_meter_forget_flow(struct hw_meter *, const struct hw_flow_key *);
/// Calls `each` with the processes of sockets that several processes use, and what each of them sent and received since
/// the second process came.
int hw_meter_read_writers(struct hw_meter *,
                          void (*each)(const struct hw_writer_key *, const struct hw_writer_value *, void *),
                          void *context);
/// Stores the parents, command line and cgroup of a process. -ENOENT if they were not recorded, or are no longer
/// stored.
int hw_meter_find_lineage(struct hw_meter *, const struct hw_lineage_key *, struct hw_lineage *);
int hw_meter_forget_writer(struct hw_meter *, const struct hw_writer_key *);
int hw_meter_read_forwards(struct hw_meter *,
                           void (*each)(const struct hw_forward_key *, const struct hw_forward_value *, void *),
                           void *context);
int hw_meter_forget_forward(struct hw_meter *, const struct hw_forward_key *);
int hw_meter_read_leftovers(struct hw_meter *,
                            void (*each)(const struct hw_leftover_key *, const struct hw_direction *, void *),
                            void *context);
/// Stores how much was not recorded because a map was full: closed sockets, their bytes, forwarded bytes, and a
/// reserved value.
int hw_meter_read_overflow(struct hw_meter *, uint64_t counts[4]);
/// Returns a descriptor that is readable when the ring buffer of closed sockets is getting full.
int hw_meter_wakeup_descriptor(struct hw_meter *);
/// Detaches the programs and frees the memory.
void hw_meter_stop(struct hw_meter *);

/// Copies the kernel's name of drop reason `reason` (enum skb_drop_reason, from the kernel's BTF) without its prefix.
/// Returns false if it has none.
bool hw_drop_reason_name(uint32_t reason, char *name, size_t capacity);
#endif
