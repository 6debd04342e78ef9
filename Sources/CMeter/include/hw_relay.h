// Watching relays over libbpf, loaded and held like the meter (hw_meter.h). Functions return 0 or more, or -errno.
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

/// Loads. `report` has room for HW_RELAY_PROGRAMS; `*count` is set.
/// On failure `*relay` is NULL and `message` (capacity 256) says what failed.
int hw_relay_load(const struct hw_objects *objects, const struct hw_relay_options *options, struct hw_relay **relay,
                   struct hw_meter_program *report, size_t *count, char *message);
/// Attaches what was loaded. `ports` are those listened on at the moment; later ones are seen. `report` is as above.
int hw_relay_attach(struct hw_relay *, const struct hw_relay_port *ports, size_t port_count,
                    struct hw_meter_program *report, char *message);
/// Hands over the records that wait, in the order in which they happened, without blocking: how many.
int hw_relay_take(struct hw_relay *, void (*each)(const struct hw_relay_event *, void *), void *context);
/// Records that found no room in the ring buffer since the start.
int hw_relay_lost(struct hw_relay *, uint64_t *count);
/// Stops the programs; what waits can still be taken.
void hw_relay_detach(struct hw_relay *);
/// Detaches and frees everything.
void hw_relay_stop(struct hw_relay *);
#endif
