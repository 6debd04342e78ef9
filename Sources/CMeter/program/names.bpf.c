// Passes to a packet socket only what tells which name a flow is for:
//
//   TCP    a TLS ClientHello, the first request of HTTP/1 on a connection, also behind a PROXY header, DNS answers from
//          port 53
//   UDP    Initial packets of QUIC 1 and 2, DNS answers from port 53
//
// What does not fit into its segment makes the segments that follow on that flow pass too, as far as the message says it
// is long and at most 16 KiB. Nothing depends on the socket that asks: one program serves the sockets of all namespaces,
// and a packet that is seen on several interfaces passes on each.
//
// It reads no kernel structures, so that it loads without the kernel's BTF, which takes long to read.
// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
#include <stdbool.h>
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include "hw_names_records.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86DD
#define ETH_P_8021Q 0x8100
#define ETH_P_8021AD 0x88A8
#define PACKET_OTHERHOST 3
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PORT_DNS 53
#define SYN 0x02
#define QUIC_1 0x00000001u
#define QUIC_2 0x6B3343CFu
// RFC 9000, section 14.1: a client's datagrams with Initial packets are at least this long.
#define SMALLEST_INITIAL 1200
// After this long on one connection a request passes once more: its end may not have been seen.
#define RENEWAL 30000000000ull
#define SLOTS 16384u

// Set before loading.
const volatile struct hw_names_options_record options SEC(".rodata.constant") = {};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct hw_names_counts);
} counts SEC(".maps");

// What is waited for, or was passed last, on a flow. The flow's hash decides on the place and tells flows apart: a newer
// one takes an older one's place, which costs at most a name. A look into an array is the only cost for other traffic.
struct slot {
  __u64 flow;
  __u32 start, end;  // sequence numbers
  __u64 time;
};
struct slot slots[SLOTS];

struct packet {
  __u64 flow;
  __u32 header;   // where the transport's header begins
  __u32 payload;  // where its payload begins
  __u32 size;     // of the payload
  __u32 sequence;
  __u16 source_port;
  __u8 bytes[16] __attribute__((aligned(8)));  // the payload's first; zero beyond its end
};

// From the network header on: that is where data begin for a packet socket of type SOCK_DGRAM, in both directions.
static __always_inline int load(struct __sk_buff *skb, __u32 offset, void *to, __u32 size) {
  return bpf_skb_load_bytes(skb, offset, to, size);
}

static __always_inline __u64 mix(__u64 hash, __u64 value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15ull;
  return hash ^ hash >> 29;
}

// The slot of the packet's flow, whosever it is.
static __always_inline struct slot *slot_of(struct packet *packet) { return &slots[packet->flow >> 17 & (SLOTS - 1)]; }

static __always_inline void expect(struct packet *packet, __u32 size) {
  struct slot *slot = slot_of(packet);
  slot->flow = packet->flow;
  slot->start = packet->sequence;
  slot->end = packet->sequence + size;
  slot->time = bpf_ktime_get_ns();
}

// The compiler would fetch what was there before as well, which kernels know since 5.12.
static __always_inline void raise(uint64_t *count) {
  asm volatile("lock *(u64 *)(%0 + 0) += %1" : : "r"(count), "r"(1ull) : "memory");
}

// How much of the packet is handed over.
static __always_inline int pass(struct packet *packet) {
  __u32 zero = 0;
  struct hw_names_counts *counted = bpf_map_lookup_elem(&counts, &zero);
  if (!counted) return 0;
  __u64 turn = bpf_ktime_get_ns() >> 26;
  if (counted->turn != turn) {
    counted->turn = turn;
    counted->in_turn = 0;
  }
  if (counted->in_turn >= options.most) {
    raise(&counted->refused);
    return 0;
  }
  raise(&counted->in_turn);
  raise(&counted->passed);
  return packet->payload + (packet->size < HW_NAMES_PAYLOAD ? packet->size : HW_NAMES_PAYLOAD);
}

static __always_inline bool load_payload(struct __sk_buff *skb, struct packet *packet) {
  __builtin_memset(packet->bytes, 0, sizeof packet->bytes);
  if (packet->size >= sizeof packet->bytes) return !load(skb, packet->payload, packet->bytes, sizeof packet->bytes);
  // In a form in which the kernel sees that it is neither zero nor too long.
  __u32 less = packet->size - 1;
  asm volatile("%0 &= 15" : "+r"(less));
  return packet->size > 0 && !load(skb, packet->payload, packet->bytes, less + 1);
}

// Passes a message of `size` bytes, which begins here.
static __always_inline int pass_message(struct packet *packet, __u32 size) {
  if (size > HW_NAMES_PAYLOAD) size = HW_NAMES_PAYLOAD;
  if (packet->size < size) expect(packet, size);
  return pass(packet);
}

// RFC 8446, sections 4 and 5.1: a record of type 22 with a message of type 1, which may go on in further records.
static __always_inline int tls(struct packet *packet) {
  const __u8 *b = packet->bytes;
  if (packet->size > 1 && (b[1] != 3 || b[2] > 4)) return 0;
  if (packet->size < 9) {
    if (packet->size > 5 && b[5] != 1) return 0;
    return pass_message(packet, HW_NAMES_PAYLOAD);
  }
  __u32 record = b[3] << 8 | b[4], message = 4 + (b[7] << 8 | b[8]);
  if (b[5] != 1 || b[6] != 0 || record == 0 || record > 16384) return 0;
  return pass_message(packet, message + 5 * ((message + record - 1) / record));
}

#define WORD(a, b, c, d) ((__u32)(a) << 24 | (__u32)(b) << 16 | (__u32)(c) << 8 | (__u32)(d))

// RFC 9110, section 9; RFC 5789; RFC 4918.
static __always_inline bool is_request(const __u8 *b) {
  switch (WORD(b[0], b[1], b[2], b[3])) {
    case WORD('G', 'E', 'T', ' '):
    case WORD('P', 'U', 'T', ' '): return true;
    case WORD('P', 'O', 'S', 'T'):
    case WORD('H', 'E', 'A', 'D'): return b[4] == ' ';
    case WORD('P', 'A', 'T', 'C'): return b[4] == 'H' && b[5] == ' ';
    case WORD('T', 'R', 'A', 'C'): return b[4] == 'E' && b[5] == ' ';
    case WORD('D', 'E', 'L', 'E'): return b[4] == 'T' && b[5] == 'E' && b[6] == ' ';
    case WORD('O', 'P', 'T', 'I'): return b[4] == 'O' && b[5] == 'N' && b[6] == 'S' && b[7] == ' ';
    case WORD('C', 'O', 'N', 'N'): return b[4] == 'E' && b[5] == 'C' && b[6] == 'T' && b[7] == ' ';
    case WORD('P', 'R', 'O', 'P'): return b[4] == 'F' && b[5] == 'I' && b[6] == 'N' && b[7] == 'D' && b[8] == ' ';
    default: return false;
  }
}

static __always_inline int http(struct __sk_buff *skb, struct packet *packet) {
  struct slot *slot = slot_of(packet);
  // One request of a connection is enough.
  if (slot->flow == packet->flow && bpf_ktime_get_ns() - slot->time < RENEWAL) return 0;
  __u8 last[4];
  bool whole = !load(skb, packet->payload + packet->size - 4, last, 4) && last[0] == '\r' && last[1] == '\n' &&
               last[2] == '\r' && last[3] == '\n';
  expect(packet, whole && packet->size < HW_NAMES_PAYLOAD ? packet->size : HW_NAMES_PAYLOAD);
  return pass(packet);
}

// RFC 1035, sections 4.1.1 and 4.2.2: an answer to one question, its length before it.
static __always_inline int dns_over_tcp(struct packet *packet) {
  const __u8 *b = packet->bytes;
  __u32 size = b[0] << 8 | b[1];
  if (packet->size < 2 || size < 12) return 0;
  // Some servers send the length in a segment of its own.
  if (packet->size != 2 && (packet->size < 8 || (b[4] & 0xF8) != 0x80 || b[6] != 0 || b[7] != 1)) return 0;
  return pass_message(packet, 2 + size);
}

// What HAProxy and others put before a connection's own bytes (proxy-protocol.txt, sections 2.1 and 2.2).
static __always_inline bool is_proxy_header(const __u8 *b) {
  __u32 word = WORD(b[0], b[1], b[2], b[3]);
  return (word == WORD('P', 'R', 'O', 'X') && b[4] == 'Y' && b[5] == ' ') ||
         (word == WORD(13, 10, 13, 10) && b[4] == 0 && b[5] == 13 && b[6] == 10 && b[7] == 'Q');
}

static __always_inline int tcp(struct __sk_buff *skb, struct packet *packet, __u32 end) {
  __u8 h[20];
  if (load(skb, packet->header, h, sizeof h)) return 0;
  __u32 length = (h[12] >> 4) * 4;
  packet->payload = packet->header + length;
  bool begins = h[13] & SYN;
  if (length < 20 || (packet->payload >= end && !begins)) return 0;
  packet->size = packet->payload < end ? end - packet->payload : 0;
  packet->flow = mix(packet->flow, (__u64)h[0] << 24 | (__u64)h[1] << 16 | h[2] << 8 | h[3]);
  struct slot *slot = slot_of(packet);
  packet->sequence = (__u32)h[4] << 24 | (__u32)h[5] << 16 | (__u32)h[6] << 8 | h[7];
  if (begins) {
    if (slot->flow == packet->flow) slot->flow = 0;
    if (packet->size == 0) return 0;
    packet->sequence++;
  } else if (slot->flow == packet->flow && packet->sequence - slot->start < slot->end - slot->start) {
    return pass(packet);
  }
  if (!load_payload(skb, packet)) return 0;
  if ((h[0] << 8 | h[1]) == PORT_DNS) return dns_over_tcp(packet);
  if (packet->bytes[0] == 22) return tls(packet);
  if (packet->size > 16 && is_request(packet->bytes)) return http(skb, packet);
  if (packet->size >= 16 && is_proxy_header(packet->bytes)) return pass_message(packet, HW_NAMES_PAYLOAD);
  return 0;
}

static __always_inline int udp(struct __sk_buff *skb, struct packet *packet, __u32 end) {
  __u8 h[16];
  packet->payload = packet->header + 8;
  // The shortest that can be of use: a DNS header.
  if (packet->payload + 12 > end || load(skb, packet->header, h, sizeof h)) return 0;
  packet->size = end - packet->payload;
  const __u8 *b = h + 8;
  if ((h[0] << 8 | h[1]) == PORT_DNS) return (b[2] & 0xF8) == 0x80 ? pass(packet) : 0;
  if (packet->size < SMALLEST_INITIAL || (b[0] & 0xC0) != 0xC0) return 0;
  // RFC 9000, section 17.2.2; RFC 9369, section 3.2.
  __u32 version = WORD(b[1], b[2], b[3], b[4]);
  bool initial = (version == QUIC_1 && (b[0] & 0x30) == 0) || (version == QUIC_2 && (b[0] & 0x30) == 0x10);
  return initial ? pass(packet) : 0;
}

// Where the IP header is: behind VLAN tags that no driver took out.
static __always_inline int ip_version(struct __sk_buff *skb, __u32 *at) {
  __u16 protocol = bpf_ntohs((__u16)skb->protocol);
  for (int i = 0; i < 3; i++) {
    if (protocol == ETH_P_IP) return 4;
    if (protocol == ETH_P_IPV6) return 6;
    if (protocol != ETH_P_8021Q && protocol != ETH_P_8021AD) return 0;
    __u8 h[4];
    if (load(skb, *at, h, sizeof h)) return 0;
    // On the way out the network header is the IP header although a tag was put before it.
    if (i == 0 && h[0] >= 0x45 && h[0] <= 0x4F) return 4;
    if (i == 0 && h[0] >> 4 == 6 && h[0] == 0x60) return 6;
    protocol = h[2] << 8 | h[3];
    *at += 4;
  }
  return 0;
}

SEC("socket")
int pass_names(struct __sk_buff *skb) {
  // What a bridge floods to others.
  if (skb->pkt_type == PACKET_OTHERHOST) return 0;
  struct packet packet = {};
  __u32 at = 0, end = skb->len, size;
  __u8 inner;
  int version = ip_version(skb, &at);
  if (version == 4) {
    __u8 h[20];
    if (load(skb, at, h, sizeof h)) return 0;
    inner = h[9];
    if (inner != PROTO_TCP && inner != PROTO_UDP) return 0;
    // Fragments.
    if ((h[6] & 0x3F) || h[7]) return 0;
    packet.header = at + (h[0] & 15) * 4;
    size = h[2] << 8 | h[3];
    __u64 addresses;
    __builtin_memcpy(&addresses, h + 12, 8);
    packet.flow = mix(4, addresses);
  } else if (version == 6) {
    __u8 h[40];
    if (load(skb, at, h, sizeof h)) return 0;
    inner = h[6];
    packet.header = at + 40;
    size = h[4] << 8 | h[5];
    if (size) size += 40;
    __u64 words[4];
    __builtin_memcpy(words, h + 8, 32);
    packet.flow = mix(mix(mix(mix(6, words[0]), words[1]), words[2]), words[3]);
    for (int i = 0; i < 4; i++) {
      if (inner != 0 && inner != 43 && inner != 60) break;
      __u8 e[2];
      if (load(skb, packet.header, e, sizeof e)) return 0;
      inner = e[0];
      packet.header += 8 + e[1] * 8;
    }
    if (inner != PROTO_TCP && inner != PROTO_UDP) return 0;
  } else {
    return 0;
  }
  // A length of 0 is that of more than 64 KiB at once; short frames are padded.
  if (size && at + size < end) end = at + size;
  return inner == PROTO_TCP ? tcp(skb, &packet, end) : udp(skb, &packet, end);
}
