// Copies packets that contain names (DNS, TLS, QUIC, HTTP) from any number of network namespaces. Functions return 0 or
// more, or -errno.
#ifndef HW_NAMES_H
#define HW_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hw_names_records.h"

struct hw_names;

/// Loads the filter `object`, the bytes of an ELF file. If that fails, `*error` has the errno and `*names` filters
/// without eBPF: then only the first packet of a message that spans several passes. `object` may be NULL; `*error` is
/// ENOTSUP then.
int hw_names_open(const void *object, size_t size, const struct hw_names_options_record *options,
                  struct hw_names **names, int *error);
/// Opens a packet socket for all interfaces of the calling thread's network namespace. The kernel may keep `bytes` of
/// packets for it. Returns its descriptor. Needs CAP_NET_RAW.
int hw_names_open_socket(const struct hw_names *, uint32_t bytes);
/// Begins to read packets from `socket`, which belongs to `names` from then on. `tag` is passed on with its packets.
int hw_names_add(struct hw_names *, int socket, uint64_t tag);
/// Closes a socket that was added, and counts the packets that it lost.
void hw_names_remove(struct hw_names *, int socket);
/// Returns a descriptor that is readable when there are packets.
int hw_names_descriptor(const struct hw_names *);
/// Waits up to `milliseconds` for packets, and calls `each` with at most `most` of them, from the IP header on. Returns
/// how many.
long hw_names_take(struct hw_names *, int milliseconds, long most,
                   void (*each)(const uint8_t *bytes, size_t size, uint64_t tag, void *context), void *context);
/// Returns how many packets were lost since the last call because the sockets' buffers were full.
uint64_t hw_names_take_lost(struct hw_names *);
/// Stores the filter's counts since the start; all are 0 without eBPF.
int hw_names_counts(const struct hw_names *, struct hw_names_counts *);
void hw_names_close(struct hw_names *);
#endif
