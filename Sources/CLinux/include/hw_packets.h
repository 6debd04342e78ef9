// Copies of a network namespace's packets, cut after their headers: AF_PACKET with a TPACKET_V3 ring.
// Every function returns -errno on failure unless it says otherwise. No system header is exposed.
#ifndef HW_PACKETS_H
#define HW_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What the headers of one packet say.
struct hw_packet {
  uint32_t interface;
  /// From the IP header on; more than an MTU where the kernel merged or has yet to split packets.
  uint32_t length;
  /// ETH_P_…; what is neither IPv4 nor IPv6, or no valid header of theirs, has only the fields above.
  uint16_t ethertype;
  bool is_ip;
  bool is_v6;
  /// On its way out; otherwise it came in for this host.
  bool outgoing;
  uint8_t transport;
  /// 0 where there are none. ICMP has its echo identifier in `source_port`.
  uint16_t source_port, destination_port;
  /// 4 or 16 bytes in network order.
  uint8_t source[16], destination[16];
};

struct hw_packets;

/// Opens a ring of `blocks` times 64 KiB in the calling thread's namespace, for all its interfaces, into `*packets`.
/// TCP packets are left out unless `tcp`. Needs CAP_NET_RAW.
int hw_packets_open(uint32_t blocks, bool tcp, struct hw_packets **packets);
/// Changes whether TCP packets are wanted.
int hw_packets_want_tcp(struct hw_packets *packets, bool tcp);
/// Readable when there are packets.
int hw_packets_descriptor(const struct hw_packets *packets);
/// Calls `each` with the packets of at most one turn of the ring; how many there were.
long hw_packets_read(struct hw_packets *packets, void (*each)(const struct hw_packet *, void *), void *context);
/// How many packets found no room since the last call.
uint64_t hw_packets_take_drops(struct hw_packets *packets);
void hw_packets_close(struct hw_packets *packets);

/// Reads the headers in `bytes`, of which there are `count`; false if they are no IP packet's. The fields of
/// `packet` that come from elsewhere stay. Never reads beyond `count`.
bool hw_packet_parse(const uint8_t *bytes, size_t count, struct hw_packet *packet);
#endif
