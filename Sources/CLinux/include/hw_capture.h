// Whole packets of a network namespace, with their link headers: AF_PACKET with a TPACKET_V3 ring. Functions return
// -errno on failure. No system header is exposed.
#ifndef HW_CAPTURE_H
#define HW_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// One instruction of the kernel's packet filter (`struct sock_filter`).
struct hw_filter_step {
  uint16_t code;
  uint8_t jump_true, jump_false;
  uint32_t value;
};

/// A packet, as the kernel delivered it.
struct hw_captured {
  /// Nanoseconds since 1970.
  uint64_t time;
  uint32_t interface;
  /// The packet's bytes from its link header on, of which the first `captured` are there. Without segmentation offload it
  /// is the length on the wire, without the VLAN tag that the kernel keeps aside.
  uint32_t length, captured;
  /// Where its network header begins.
  uint32_t network;
  /// The EtherType (ETH_P_…) behind the tag.
  uint16_t ethertype;
  /// The kind of device (ARPHRD_…).
  uint16_t hardware;
  /// PACKET_HOST (0) to PACKET_OUTGOING (4).
  uint8_t kind;
  uint8_t address_length;
  /// The sender's link address.
  uint8_t address[8];
  /// Whether the kernel keeps a VLAN tag aside.
  bool tagged;
  uint16_t tag, tag_protocol;
};

struct hw_capture;

/// Opens a ring of `blocks` times 512 KiB in the calling thread's namespace, for one interface, or for all of them if
/// `interface` is 0. Loopback delivers each packet twice; only the received one is kept, as tcpdump does.
///
/// `filter` sees packets from their network header on (`SKF_NET_OFF`) and returns what is not 0 for those that are wanted; it
/// may be empty. At most `snap` bytes of each are copied. Needs CAP_NET_RAW.
int hw_capture_open(
    const struct hw_filter_step *filter, size_t steps, uint32_t snap, uint32_t interface, uint32_t blocks,
    struct hw_capture **capture);
/// Returns a descriptor that is readable when there are packets.
int hw_capture_descriptor(const struct hw_capture *capture);
/// Calls `each` with the packets that wait, at most once around the ring. Returns how many there were.
long hw_capture_read(
    struct hw_capture *capture, void (*each)(const struct hw_captured *, const uint8_t *, void *), void *context);
/// Lets no further packet in. What is in the ring can be read after `hw_capture_patience_ms`.
int hw_capture_stop(struct hw_capture *capture);
/// The time in milliseconds after which the kernel passes on a block that is not full.
int hw_capture_patience_ms(void);
/// Returns how many packets were lost since the last call because the ring was full.
uint64_t hw_capture_take_drops(struct hw_capture *capture);
void hw_capture_close(struct hw_capture *capture);

/// Creates `path` for writing, which must not exist, readable and writable for its owner only. A FIFO or a device that
/// exists is opened. Returns a descriptor.
int hw_open_new(const char *path);
/// Stores the share of the file system of `fd` that is free for this user, 0 to 1, and how many bytes that are. Both are 1 and
/// the maximum for what is no regular file.
int hw_free_space(int fd, double *share, uint64_t *bytes);
/// Cuts the file behind its first `size` bytes.
int hw_cut_file(int fd, uint64_t size);
#endif
