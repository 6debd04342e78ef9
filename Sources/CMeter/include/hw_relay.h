// Observes which connections of a relay belong together, with eBPF over libbpf. Programs are loaded and attached as
// those of the meter (hw_meter.h). Functions return 0 or more, or -errno.
#ifndef HW_RELAY_H
#define HW_RELAY_H

#include "hw_meter.h"
#include "hw_relay_records.h"

struct hw_relay;

#define HW_RELAY_PROGRAMS 10

struct hw_relay_options {
  struct hw_relay_options_record record;
  const char *without;  ///< names of programs not to load, separated by commas; for tests and doctor
};

/// Loads the programs. `report` must have room for HW_RELAY_PROGRAMS entries; `*count` is set to their number. On
/// failure `*relay` is NULL and `message` (256 bytes) says what failed.
int hw_relay_load(const struct hw_objects *objects, const struct hw_relay_options *options, struct hw_relay **relay,
                   struct hw_meter_program *report, size_t *count, char *message);
/// Attaches the programs that were loaded. `ports` are the ports that are listened on now; the programs see later ones
/// themselves. `report` is as above.
int hw_relay_attach(struct hw_relay *, const struct hw_relay_port *ports, size_t port_count,
                    struct hw_meter_program *report, char *message);
/// Calls `each` with the records that have arrived, in the order in which they happened, without waiting. Returns how
/// many.
int hw_relay_take(struct hw_relay *, void (*each)(const struct hw_relay_event *, void *), void *context);
/// Stores how many records were lost since the start because the ring buffer was full.
int hw_relay_lost(struct hw_relay *, uint64_t *count);
/// Stops the programs. Records that have arrived can still be taken.
void hw_relay_detach(struct hw_relay *);
/// Detaches the programs and frees the memory.
void hw_relay_stop(struct hw_relay *);
#endif
