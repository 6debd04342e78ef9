// Copies of a network namespace's packets, truncated after their headers: AF_PACKET with a TPACKET_V3 ring. Functions
// return -errno on failure unless their comment says otherwise. No system header is exposed.
#ifndef HW_PACKETS_H
#define HW_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The header fields of one packet.
struct hw_packet {
  uint32_t interface;
  /// The packet's bytes from the IP header on. It may exceed the MTU, because the kernel merges received packets and
  /// splits sent ones late.
  uint32_t length;
  /// The EtherType (ETH_P_…). If the packet is neither IPv4 nor IPv6, or its header is not valid, only this field and
  /// those above are set.
  uint16_t ethertype;
  bool is_ip;
  bool is_v6;
  /// Whether this host sent it; otherwise it was received.
  bool outgoing;
  uint8_t transport;
  /// 0 if the transport has no ports. For ICMP `source_port` is the echo identifier.
  uint16_t source_port, destination_port;
  /// 4 or 16 bytes in network order.
  uint8_t source[16], destination[16];
};

struct hw_packets;

/// Opens a ring of `blocks` times 64 KiB for all interfaces of the calling thread's namespace, and stores it in
/// `*packets`. TCP packets are left out if `tcp` is false. Needs CAP_NET_RAW.
int hw_packets_open(uint32_t blocks, bool tcp, struct hw_packets **packets);
/// Sets whether TCP packets are copied.
int hw_packets_want_tcp(struct hw_packets *packets, bool tcp);
/// Returns a descriptor that is readable when there are packets.
int hw_packets_descriptor(const struct hw_packets *packets);
/// Calls `each` with the packets that wait, at most once around the ring. Returns how many there were.
long hw_packets_read(struct hw_packets *packets, void (*each)(const struct hw_packet *, void *), void *context);
/// Returns how many packets were lost since the last call because the ring was full.
uint64_t hw_packets_take_drops(struct hw_packets *packets);
void hw_packets_close(struct hw_packets *packets);

/// Reads the headers in the `count` bytes at `bytes` and never reads beyond them. Returns false if they are no IP
/// packet's. It does not change the fields of `packet` that headers don't have.
bool hw_packet_parse(const uint8_t *bytes, size_t count, struct hw_packet *packet);
#endif
