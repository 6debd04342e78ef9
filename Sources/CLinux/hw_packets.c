#define _GNU_SOURCE
#include "hw_packets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BLOCK = 64 << 10, SNAP = 128, PORTS_CACHE = 256 };

// Only the first fragment of a packet has ports.
struct hw_fragment {
  uint32_t id;
  uint32_t ports;
  uint8_t source[16], destination[16];
};

struct hw_packets {
  int fd;
  uint8_t *ring;
  uint32_t blocks;
  uint32_t next;
  struct hw_fragment fragments[PORTS_CACHE];
};

int hw_packets_want_tcp(struct hw_packets *packets, bool tcp) {
  // The packet starts at its IP header. What a bridge floods to others is not ours.
  struct sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OTHERHOST, 9, 0),
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 2),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
      BPF_JUMP(BPF_JMP | BPF_JA, 2, 0, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, 3),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 6, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, tcp ? SNAP : 0),
      BPF_STMT(BPF_RET | BPF_K, SNAP),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  struct sock_fprog filter = {.len = sizeof program / sizeof *program, .filter = program};
  return setsockopt(packets->fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0 ? -errno : 0;
}

int hw_packets_open(uint32_t blocks, bool tcp, struct hw_packets **result) {
  struct hw_packets *packets = calloc(1, sizeof *packets);
  if (!packets) return -ENOMEM;
  packets->ring = MAP_FAILED;
  packets->blocks = blocks;
  // Protocol 0 receives nothing until it is bound: no packet passes before the filter is there.
  packets->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int error = 0;
  if (packets->fd < 0) {
    error = -errno;
    free(packets);
    return error;
  }
  int version = TPACKET_V3;
  struct tpacket_req3 request = {
      .tp_block_size = BLOCK, .tp_block_nr = blocks, .tp_frame_size = 2048, .tp_frame_nr = blocks * (BLOCK / 2048),
      .tp_retire_blk_tov = 20};
  struct sockaddr_ll everywhere = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
  if ((error = hw_packets_want_tcp(packets, tcp)) < 0) goto failed;
  if (setsockopt(packets->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) < 0 ||
      setsockopt(packets->fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) < 0)
    goto refused;
  packets->ring = mmap(NULL, (size_t)blocks * BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, packets->fd, 0);
  if (packets->ring == MAP_FAILED) goto refused;
  if (bind(packets->fd, (struct sockaddr *)&everywhere, sizeof everywhere) < 0) goto refused;
  *result = packets;
  return 0;
refused:
  error = -errno;
failed:
  hw_packets_close(packets);
  return error;
}

int hw_packets_descriptor(const struct hw_packets *packets) { return packets->fd; }

void hw_packets_close(struct hw_packets *packets) {
  if (packets->ring != MAP_FAILED) munmap(packets->ring, (size_t)packets->blocks * BLOCK);
  close(packets->fd);
  free(packets);
}

uint64_t hw_packets_take_drops(struct hw_packets *packets) {
  // The kernel sets its counters back to zero.
  struct tpacket_stats_v3 statistics = {0};
  socklen_t size = sizeof statistics;
  if (getsockopt(packets->fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &size) < 0) return 0;
  return statistics.tp_drops;
}

static bool hw_has_ports(uint8_t transport) {
  return transport == 6 || transport == 17 || transport == 33 || transport == 132 || transport == 136;
}

static uint16_t hw_big16(const uint8_t *bytes) { return (uint16_t)(bytes[0] << 8 | bytes[1]); }

// Where a packet's fragment lies; `id` is 0 for a whole packet.
struct hw_part {
  uint32_t id;
  bool later;
};

static bool hw_parse(const uint8_t *bytes, size_t count, struct hw_packet *packet, struct hw_part *part) {
  size_t at;
  if (count < 1) return false;
  if (bytes[0] >> 4 == 4) {
    at = (size_t)(bytes[0] & 15) * 4;
    if (count < 20 || at < 20) return false;
    packet->transport = bytes[9];
    memcpy(packet->source, bytes + 12, 4);
    memcpy(packet->destination, bytes + 16, 4);
    uint16_t fragment = hw_big16(bytes + 6);
    if (fragment & 0x3FFF) *part = (struct hw_part){hw_big16(bytes + 4) | 1u << 16, fragment & 0x1FFF};
  } else if (bytes[0] >> 4 == 6) {
    if (count < 40) return false;
    at = 40;
    packet->is_v6 = true;
    packet->transport = bytes[6];
    memcpy(packet->source, bytes + 8, 16);
    memcpy(packet->destination, bytes + 24, 16);
    for (int i = 0; i < 8; i++) {
      uint8_t next = packet->transport;
      if (next != 0 && next != 43 && next != 44 && next != 51 && next != 60) break;
      if (at > count || count - at < 8) return true;
      if (next == 44) {
        uint32_t id;
        memcpy(&id, bytes + at + 4, 4);
        *part = (struct hw_part){id ? id : 1, hw_big16(bytes + at + 2) & 0xFFF8};
      }
      packet->transport = bytes[at];
      at += next == 44 ? 8 : next == 51 ? (size_t)(bytes[at + 1] + 2) * 4 : (size_t)(bytes[at + 1] + 1) * 8;
    }
  } else {
    return false;
  }
  if (part->later || at > count) return true;
  if (hw_has_ports(packet->transport) && count - at >= 4) {
    packet->source_port = hw_big16(bytes + at);
    packet->destination_port = hw_big16(bytes + at + 2);
  } else if ((packet->transport == 1 || packet->transport == 58) && count - at >= 6) {
    uint8_t type = bytes[at];
    bool echo = packet->transport == 1 ? type == 8 || type == 0 : type == 128 || type == 129;
    if (echo) packet->source_port = hw_big16(bytes + at + 4);
  }
  return true;
}

bool hw_packet_parse(const uint8_t *bytes, size_t count, struct hw_packet *packet) {
  struct hw_part part = {0};
  return packet->is_ip = hw_parse(bytes, count, packet, &part);
}

static void hw_join_fragments(struct hw_packets *packets, struct hw_packet *packet, struct hw_part part) {
  uint32_t slot = part.id;
  for (int i = 0; i < 16; i++) slot = slot * 31 + packet->source[i] + packet->destination[i] * 7u;
  struct hw_fragment *entry = &packets->fragments[slot % PORTS_CACHE];
  if (!part.later) {
    entry->id = part.id;
    entry->ports = (uint32_t)packet->source_port << 16 | packet->destination_port;
    memcpy(entry->source, packet->source, 16);
    memcpy(entry->destination, packet->destination, 16);
  } else if (entry->id == part.id && !memcmp(entry->source, packet->source, 16) &&
             !memcmp(entry->destination, packet->destination, 16)) {
    packet->source_port = (uint16_t)(entry->ports >> 16);
    packet->destination_port = (uint16_t)entry->ports;
  }
}

static void hw_read_frame(
    struct hw_packets *packets, const uint8_t *frame, size_t room, void (*each)(const struct hw_packet *, void *),
    void *context) {
  const struct tpacket3_hdr *header = (const void *)frame;
  // With a VLAN's tag aside the packet is also seen on the VLAN's own interface.
  if (header->tp_status & TP_STATUS_VLAN_VALID) return;
  const struct sockaddr_ll *link = (const void *)(frame + TPACKET_ALIGN(sizeof *header));
  if (header->tp_net > room || header->tp_snaplen > room - header->tp_net) return;
  struct hw_packet packet = {
      .interface = (uint32_t)link->sll_ifindex, .length = header->tp_len, .ethertype = ntohs(link->sll_protocol),
      .outgoing = link->sll_pkttype == PACKET_OUTGOING};
  struct hw_part part = {0};
  if (packet.ethertype == ETH_P_IP || packet.ethertype == ETH_P_IPV6) {
    packet.is_ip = hw_parse(frame + header->tp_net, header->tp_snaplen, &packet, &part);
    if (packet.is_ip && part.id) hw_join_fragments(packets, &packet, part);
  }
  each(&packet, context);
}

long hw_packets_read(struct hw_packets *packets, void (*each)(const struct hw_packet *, void *), void *context) {
  long count = 0;
  for (uint32_t turn = 0; turn < packets->blocks; turn++) {
    uint8_t *block = packets->ring + (size_t)packets->next * BLOCK;
    struct tpacket_hdr_v1 *header = &((struct tpacket_block_desc *)block)->hdr.bh1;
    if (!(__atomic_load_n(&header->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) break;
    uint32_t left = header->num_pkts;
    size_t at = header->offset_to_first_pkt;
    while (left-- > 0 && at <= BLOCK - TPACKET3_HDRLEN) {
      hw_read_frame(packets, block + at, BLOCK - at, each, context);
      count++;
      uint32_t step = ((const struct tpacket3_hdr *)(block + at))->tp_next_offset;
      if (step == 0) break;
      at += step;
    }
    __atomic_store_n(&header->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    packets->next = (packets->next + 1) % packets->blocks;
  }
  return count;
}
