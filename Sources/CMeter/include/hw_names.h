// Packets that tell names, copied from any number of network namespaces. Functions return 0 or more, or -errno.
#ifndef HW_NAMES_H
#define HW_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hw_names_records.h"

struct hw_names;

/// Loads the filter `object` (an ELF file's bytes). Where that fails `*names` filters without eBPF: `*error` says why
/// (errno), and what goes on in further segments does not pass then. `object` may be NULL: ENOTSUP.
int hw_names_open(const void *object, size_t size, const struct hw_names_options_record *options,
                  struct hw_names **names, int *error);
/// Opens a packet socket in the calling thread's network namespace, for all of its interfaces: its descriptor. The kernel
/// may keep `bytes` of packets for it. Needs CAP_NET_RAW.
int hw_names_open_socket(const struct hw_names *, uint32_t bytes);
/// Begins to take packets from `socket`, which belongs to `names` from then on.
int hw_names_add(struct hw_names *, int socket, uint64_t tag);
/// Closes a socket that was added, and counts what it lost.
void hw_names_remove(struct hw_names *, int socket);
/// Readable when packets wait.
int hw_names_descriptor(const struct hw_names *);
/// Waits up to `milliseconds` for packets, and hands them over from the IP header on, at most `most`: how many.
long hw_names_take(struct hw_names *, int milliseconds, long most,
                   void (*each)(const uint8_t *bytes, size_t size, uint64_t tag, void *context), void *context);
/// How many packets found no room in the sockets, since the last call.
uint64_t hw_names_take_lost(struct hw_names *);
/// Since the start; all zero without eBPF.
int hw_names_counts(const struct hw_names *, struct hw_names_counts *);
void hw_names_close(struct hw_names *);
#endif
