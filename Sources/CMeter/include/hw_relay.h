// Watching relays over libbpf, loaded and held like the meter (hw_meter.h). Functions return 0 or more, or -errno.
#ifndef HW_RELAY_H
#define HW_RELAY_H

#include "hw_meter.h"
#include "hw_relay_records.h"

struct hw_relay;

#define HW_RELAY_PROGRAMS 5

struct hw_relay_options {
  struct hw_relay_options_record record;
  const struct hw_relay_port *ports;  ///< listened on at the moment; later ones are seen
  size_t port_count;
  const char *without;  ///< names of programs not to load, separated by commas; for tests and doctor
};

/// Loads and attaches `object` (an ELF file's bytes). `report` has room for HW_RELAY_PROGRAMS; `*count` is set.
/// On failure `*relay` is NULL and `message` (capacity 256) says what failed.
int hw_relay_start(const void *object, size_t size, const struct hw_relay_options *options, struct hw_relay **relay,
                   struct hw_meter_program *report, size_t *count, char *message);
/// Adds ports that are listened on.
int hw_relay_add_ports(struct hw_relay *, const struct hw_relay_port *ports, size_t count);
/// Hands over the records that wait, in the order in which they happened, without blocking: how many.
int hw_relay_take(struct hw_relay *, void (*each)(const struct hw_relay_event *, void *), void *context);
/// Records that found no room in the ring buffer since the start.
int hw_relay_lost(struct hw_relay *, uint64_t *count);
/// Stops the programs; what waits can still be taken.
void hw_relay_detach(struct hw_relay *);
/// Detaches and frees everything.
void hw_relay_stop(struct hw_relay *);
#endif
